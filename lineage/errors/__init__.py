"""Every error that lineage raises on purpose.

The tree, with the exit code that each ends a command with::

    LineageError                  2
    ├── InternalError             2   a defect of lineage itself (`lineage.errors.defect` finds out)
    ├── UsageError                3   a word on the command line that means nothing here
    ├── DodoError                 3   a dodo.py that raises when it is loaded
    ├── DeclarationError          3   a step or a pipeline that is written in a way that cannot work
    │   └── FingerprintError      3   a value whose identity cannot be told, so a cache hit would be a guess
    ├── StepError                 1   a step could not be executed or its outputs not be kept
    │   └── FormatError           1   no format can store, or read back, a value
    └── StoreError                2   a store that cannot be read or written
        ├── VersionError          2   a database that is newer than this code
        ├── RemoteError           2   a store that others share does not answer, or refuses
        └── TrustError            2   stored bytes that would run code when they are read, and that nobody vouches for

An error says *what* happened, *why* that is a problem and how to *fix* it, with the user's file and line, after the
manner of Elm and ninja.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "DeclarationError",
    "DodoError",
    "FingerprintError",
    "FormatError",
    "InternalError",
    "LineageError",
    "RemoteError",
    "StepError",
    "StoreError",
    "TrustError",
    "UsageError",
    "VersionError",
    "did_you_mean",
]


class LineageError(Exception):
    """The root of all errors that lineage raises on purpose.

    Parameters
    ----------
    what : str
        What happened, in the user's words, with the file and line where there is one.
    why : str, optional
        Why that is a problem.
    fix : str, optional
        What to do about it.
    """

    exit_code = 2

    def __init__(self, what: str, *, why: str | None = None, fix: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.fix = fix

    def __str__(self) -> str:
        lines = [self.what]
        if self.why:
            lines.append(f"  why: {self.why}")
        if self.fix:
            lines.append(f"  fix: {self.fix}")
        return "\n".join(lines)

    def shown(self) -> str:
        """Return the error as it stands on a terminal."""
        return f"lineage.{type(self).__name__}: {self}"

    def __reduce__(self) -> tuple[object, ...]:
        # The keyword-only arguments do not survive Exception's own pickling, and errors cross process borders.
        return (_rebuild, (type(self), self.what, self.why, self.fix))


def _rebuild(kind: type[LineageError], what: str, why: str | None, fix: str | None) -> LineageError:
    return kind(what, why=why, fix=fix)


class InternalError(LineageError):
    """A defect of lineage itself: something happened in its code that it did not expect."""


class UsageError(LineageError):
    """A command, option or name that means nothing here."""

    exit_code = 3


class DodoError(LineageError):
    """A dodo.py that raises when it is loaded; what happened is the user's own traceback, and is shown as it is."""

    exit_code = 3

    def shown(self) -> str:
        """Return the traceback as Python prints it."""
        return self.what


class DeclarationError(LineageError):
    """A step or a pipeline that is written in a way that cannot work."""

    exit_code = 3


class FingerprintError(DeclarationError):
    """A value whose identity cannot be told, so that a cache hit would be a guess."""


class StepError(LineageError):
    """A step that could not be executed, or whose outputs could not be kept."""

    exit_code = 1


class FormatError(StepError):
    """A value that no format can store, or stored bytes that no format can read back."""


class StoreError(LineageError):
    """A store that cannot be read or written (a full disk, a damaged database)."""


class VersionError(StoreError):
    """A database that is newer than this code; or an older one, where it is only read (`is_older`)."""

    is_older = False


class RemoteError(StoreError):
    """A store that is shared with others does not answer, or refuses; work goes on without it where that can be."""


class TrustError(StoreError):
    """Stored bytes that would run code when they are read, and that nobody who is trusted vouches for."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `` (did you mean 'x'?)`` for the nearest known name, or an empty string.

    Parameters
    ----------
    word : str
        What the user wrote.
    known : iterable of str
        What could have been written.

    Returns
    -------
    str
        Text to append to a message, with its leading space.
    """
    import difflib

    # It may be right elsewhere: `doit run run`.
    word, names = word.casefold(), sorted(set(known) - {word}, reverse=True)
    whole = {name.casefold(): name for name in names}
    # People write the last part of a name ('trainer' for 'digits:trainer'), rightly or not.
    meant = {small.rsplit(mark, 1)[-1]: name for mark in ":/" if mark not in word for small, name in whole.items()}
    near = difflib.get_close_matches(word, meant, n=1, cutoff=0.65)
    meant.update(whole)
    # The nearer of both; of what is near as a part of a name only, it has to be nearer.
    near = difflib.get_close_matches(word, [*near, *whole], n=1, cutoff=0.5)
    return f" (did you mean '{meant[near[0]]}'?)" if near else ""
