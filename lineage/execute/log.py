"""What one step has printed: all of it in a file, some of it on the terminal."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from typing import Any, TextIO

from lineage.errors import StoreError

__all__ = ["TERMINAL", "Log", "flush", "log_path", "show"]

#: Held by whoever writes to the terminal or to a log. One for all, so that it can be held over a fork: a child that is
#: born while another thread holds a lock has it locked for ever.
TERMINAL = threading.RLock()
#: So many letters are not held back for the end of their line.
_LONG = 8192


class Log:
    """The log of one step run: a file made at the first character, and what of it goes on to the terminal.

    Parameters
    ----------
    folder : str
        The project's ``.lineage`` folder.
    path : str
        Where it is kept in there.
    verbosity : int
        doit's: 0 shows nothing, 1 stderr, 2 all.
    before_showing : callable, optional
        Called before something is shown (clears a progress line).
    goes_on : bool, optional
        Whether to add to what another process has kept there.
    """

    def __init__(
        self,
        folder: str,
        path: str,
        verbosity: int,
        before_showing: Callable[[], None] | None = None,
        *,
        goes_on: bool = False,
    ) -> None:
        self.path = path
        self._full_path = f"{folder}/{path}"
        self._goes_on = goes_on
        self.shown = {"stdout": verbosity >= 2, "stderr": verbosity >= 1}
        self.before_showing = before_showing
        self._file: int | None = None
        self._size_shown = 0
        self._begun = {"stdout": "", "stderr": ""}

    def open(self) -> int:
        """Return the descriptor of the file; every write goes to its end at once, whichever process it comes from.

        Raises
        ------
        StoreError
            If it cannot be made.
        """
        if self._file is None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | (0 if self._goes_on else os.O_TRUNC)
            try:
                os.makedirs(os.path.dirname(self._full_path), exist_ok=True)
                self._file = os.open(self._full_path, flags, 0o666)
            except OSError as error:
                raise self._refused(error) from error
        return self._file

    def _refused(self, error: OSError) -> StoreError:
        from lineage.errors.refusal import refused

        return refused("cannot keep what the step prints", error, self._full_path)

    def lines(self, name: str, text: str) -> str:
        """Return what is complete of what Python code has printed; what is not waits for the rest of its line.

        As on a terminal: else lines of several processes get into one another.
        """
        text = self._begun[name] + text
        end = text.rfind("\n") + 1 if len(text) < _LONG else len(text)
        self._begun[name] = text[end:]
        return text[:end]

    def rest(self, name: str) -> str:
        """Return the line that waits, which is to wait no longer."""
        text, self._begun[name] = self._begun[name], ""
        return text

    def take(self, name: str, data: bytes, text: str, real: TextIO) -> None:
        """Keep some bytes of a stream, and show the text that they are on the real one, if the verbosity says so.

        Raises
        ------
        StoreError
            If they cannot be kept (a full disk).
        """
        file, rest = self.open(), data
        try:
            while rest:
                rest = rest[os.write(file, rest) :]
        except OSError as error:
            raise self._refused(error) from error
        if self.shown[name]:
            if self.before_showing is not None:
                self.before_showing()
            # A terminal that has gone, or is full, does not concern the step: what it prints is kept.
            self.shown[name] = show(text, real)
            self._size_shown += len(data) * self.shown[name]

    def close(self) -> dict[str, Any]:
        """Close the file; what is taken after that is added to it.

        Returns
        -------
        dict
            ``log``, its path, or None if nothing was printed; and ``hidden``, whether some of it has not been shown.
        """
        size = 0
        with TERMINAL:
            if self._file is not None:
                size = os.fstat(self._file).st_size
                os.close(self._file)
                self._file = None
                self._goes_on = size > 0
                if not size:
                    os.unlink(self._full_path)
        hidden = size > self._size_shown and not all(self.shown.values())
        return {"log": self.path if size else None, "hidden": hidden}


def show(text: str, real: TextIO) -> bool:
    """Write to the terminal; return whether that could be done."""
    try:
        real.write(text)
    except (OSError, ValueError):
        return False
    return flush(real)


def flush(stream: TextIO | None) -> bool:
    """Write out what a stream holds back; return whether that could be done (its reader may have gone)."""
    try:
        if stream is not None:
            stream.flush()
    except (OSError, ValueError):
        return False
    return True


def log_path(run_id: int, task: str) -> str:
    """Return where the log of a step is kept, in the project's ``.lineage`` folder."""
    name = re.sub(r"[^\w.@,-]", "_", task)[:180]
    return f"logs/{run_id}/{name}.log"
