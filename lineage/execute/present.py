"""The present state of what steps were seen to read, and the second look-up that it makes possible.

A step's fingerprint before it runs, the *base*, names the sets of discovered inputs that were seen with it so far; a
set and its present content give the final fingerprint, which names the result. ccache looks up twice in the same way
("direct mode": the manifest names the include files, and their hashes name the result).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Protocol, TypeVar

from lineage.execute.states import content, database_digest, matches, names_digest, names_in, presence
from lineage.execute.variables import Variables
from lineage.fingerprint import manifest
from lineage.model.stored import Entry, Trace

if TYPE_CHECKING:
    from lineage.stack import Stack

__all__ = ["Present", "Remembered"]

T = TypeVar("T", bound=Trace, covariant=True)


class Remembered(Protocol[T]):
    """What results are looked up in: the metadata store, or a shared cache."""

    def look_up(self, base: str, run_id: int | None = None) -> tuple[list[tuple[Entry, ...]], T | None]:
        """Return the sets of inputs that were discovered under a base fingerprint, without digests.

        Where there is none, also the newest trace of the base itself.
        """

    def find_trace(self, fingerprint: str, run_id: int | None = None, before: int | None = None) -> T | None:
        """Return the newest trace of a fingerprint; only of run `run_id`, only older than `before`, if given."""


class Present:
    """The project as it is now.

    Parameters
    ----------
    stack : Stack
        Where the project and the key for environment variables are.
    contents : callable, optional
        Returns the digest of a file by its path relative to the project; by default the file is read.
    """

    def __init__(self, stack: Stack, contents: Callable[[str], str] | None = None) -> None:
        self._root = stack.project
        self._variables = Variables(stack)
        self._contents = contents or (lambda name: content(os.path.join(self._root, name)))
        self._states = {
            "read": self._contents,
            "database": self._database,
            "listed": self._names,
            "glob": self._matches,
            "absent": self._presence,
            "exists": self._presence,
            "variable": self._variable,
        }

    def entries(self, inputs: Iterable[Entry]) -> tuple[Entry, ...]:
        """Return discovered inputs with their present digests."""
        return tuple(Entry(each.kind, each.name, self.digest(each.kind, each.name), each.shown) for each in inputs)

    def digest(self, kind: str, name: str) -> str:
        """Return the present digest of one discovered input."""
        return self._states[kind](name)

    def final(self, base: str, inputs: Iterable[Entry]) -> str:
        """Return the fingerprint of a base and a set of discovered inputs as they are now."""
        return manifest.final(base, self.entries(inputs))

    def traces(
        self, remembered: Remembered[T], base: str, only_run: int | None
    ) -> Iterator[tuple[T, tuple[Entry, ...]]]:
        """Yield the traces of a base fingerprint whose discovered inputs are as they were, the likeliest first.

        A step that was seen to read something always looks at the same thing first. So where sets are known, a trace
        without discovered inputs is not a trace of the present state.
        """
        sets, newest = remembered.look_up(base, only_run)
        for inputs in sets or [()]:
            found = self.entries(inputs)
            fingerprint = manifest.final(base, found)
            trace = remembered.find_trace(fingerprint, only_run) if inputs else newest
            while trace is not None:
                yield trace, found
                trace = remembered.find_trace(fingerprint, only_run, before=trace.step_run_id)

    def _database(self, name: str) -> str:
        return database_digest(os.path.join(self._root, name), content)

    def _names(self, name: str) -> str:
        return names_digest(names_in(self._root, name))

    def _matches(self, pattern: str) -> str:
        return names_digest(matches(self._root, pattern))

    def _presence(self, name: str) -> str:
        return presence(os.path.join(self._root, name))

    def _variable(self, name: str) -> str:
        return self._variables.told(name)[0]
