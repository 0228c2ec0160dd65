"""What a closure leaves out because the user says so: ``@step(ignore=["log", "plots.*"])``."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

__all__ = ["Cuts"]


class Cuts:
    """Patterns of names whose code does not count.

    A pattern matches a dotted name or the beginning of one: ``log`` takes ``log.info`` with it, ``tasks.debug`` all of
    that module.

    Parameters
    ----------
    patterns : iterable of str
        In the notation of the shell; a colon between module and name is a dot.

    Attributes
    ----------
    used : set of str
        Those that have matched something.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = [(pattern, pattern.replace(":", ".")) for pattern in patterns]
        self._known: dict[str, bool] = {}
        self.used: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def match(self, dotted: str) -> bool:
        """Say whether the code behind a name is left out."""
        found = self._known.get(dotted)
        if found is None:
            matching = [given for given, pattern in self._patterns if _matches(pattern, dotted)]
            self.used.update(matching)
            found = self._known[dotted] = bool(matching)
        return found

    def match_all(self, names: Iterable[str]) -> bool:
        """Say whether there are names and each of them is left out."""
        found = [self.match(name) for name in names]
        return bool(found) and all(found)


def _matches(pattern: str, dotted: str) -> bool:
    parts = dotted.split(".")
    return any(fnmatchcase(".".join(parts[:count]), pattern) for count in range(1, len(parts) + 1))
