"""What is to be sent, kept on disk until it has arrived: a store that is away costs no build anything.

One file an execution, written before the execution is recorded and removed when all of it has been sent. Whatever stops
in between, the next `doit` goes on with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
import uuid
from hashlib import sha256
from typing import Any

from lineage.errors.refusal import refused
from lineage.stores.writing import remove

__all__ = ["Outbox"]

#: Seconds after which a file that is still being written has no writer any more.
_LEFT_OVER = 3600.0


class Outbox:
    """Files that are to be sent.

    Parameters
    ----------
    folder : str
        Where they are.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._is_swept = False

    def add(self, content: dict[str, Any]) -> str:
        """Keep something until it is sent; return the name of its file."""
        os.makedirs(self.folder, exist_ok=True)
        name = f"{uuid.uuid4().hex}.json"
        self._sweep()
        temporary = os.path.join(self.folder, f".{name}")
        text = json.dumps(content)
        try:
            with open(temporary, "w", encoding="utf-8") as file:
                # It is going to be signed: a flipped byte in it must not be.
                file.write(f"{_sum(text)}\n{text}")
            os.replace(temporary, os.path.join(self.folder, name))
        except OSError:  # a full disk has no room for what nobody sends
            remove(temporary)
            raise
        return name

    def _sweep(self) -> None:
        """Remove, once a process, what writers that were killed have left: no execution waits for it."""
        if self._is_swept:
            return
        self._is_swept = True
        for entry in os.scandir(self.folder):
            with contextlib.suppress(FileNotFoundError):
                if entry.name.startswith(".") and entry.stat().st_mtime < time.time() - _LEFT_OVER:
                    os.unlink(entry.path)

    def read(self, name: str) -> dict[str, Any] | None:
        """Return what is in a file; ``None`` if it is gone or damaged."""
        try:
            with open(os.path.join(self.folder, name), encoding="utf-8") as file:
                told, _, text = file.read().partition("\n")
            content = json.loads(text) if told == _sum(text) else None
        except (OSError, ValueError):
            return None
        return content if isinstance(content, dict) else None

    def set_aside(self, name: str) -> str | None:
        """Move a file that is damaged to where damaged objects are; return its path there, None if it is gone."""
        aside = os.path.join(os.path.dirname(self.folder), "damaged", f"outbox-{name}")
        try:
            os.makedirs(os.path.dirname(aside), exist_ok=True)
            os.rename(os.path.join(self.folder, name), aside)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise refused(f"cannot set {name} of {self.folder} aside", error, aside) from error
        return aside

    def names(self) -> list[str]:
        """Return the names of the files, oldest first."""
        try:
            found = [entry for entry in os.scandir(self.folder) if not entry.name.startswith(".")]
        except (FileNotFoundError, NotADirectoryError):
            return []
        aged = []
        for entry in found:
            with contextlib.suppress(FileNotFoundError):
                aged.append((entry.stat().st_mtime_ns, entry.name))
        return [name for _, name in sorted(aged)]

    def remove(self, name: str) -> None:
        """Forget something: it has arrived, or there is nothing to send any more."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(self.folder, name))


def _sum(text: str) -> str:
    return sha256(text.encode()).hexdigest()
