"""From what a step was seen to look at to its discovered inputs, and to what people are told of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator

from lineage.errors import StepError
from lineage.execute.memory import file_stat, is_settled
from lineage.execute.sights import Sight, Sights
from lineage.execute.states import ABSENT, UNKNOWN, matches, names_digest
from lineage.execute.watch import Watch, of_modules
from lineage.model.stored import Entry, Stat

__all__ = ["Findings", "Remark"]

_DIGITS = 32
_TOLD = 10
#: Kinds of remarks that say what was read.
_READS = ("read", "command", "database", "own", "listed", "glob", "variable", "iterated")

Remark = tuple[str, str, str]
"""Kind, name and place. The kind is that of a discovered input, or what else is to be said of it: read by the
``command`` of a shell step, only ``named``, ``changed`` while the step ran, ``rewritten`` by the step, a database that
is the step's ``own``; ``iterated`` is all of the environment."""

#: Digest of an environment variable's value, by name and value.
Digest = Callable[[str, "str | None"], str]


class Findings:
    """What a step has read besides its inputs.

    Parameters
    ----------
    watch : Watch
        What it was seen to look at.
    modules : iterable of str
        The source files that its code is in: what they read when they were imported counts too.
    literals : iterable of str
        The environment variables that these files name. Which statements need their values is told by the code, which
        is an ingredient; that a statement which the step does not need reads one at import is no matter.
    place : callable
        Returns the step's own place, for what no frame of the project's read.
    variable : callable
        Digest of the value of an environment variable.
    command : bool
        Whether the step is a shell step.

    Attributes
    ----------
    entries : list of Entry
        Its discovered inputs by kind and name. What is shown of each is the place that reads it.
    remarks : list of Remark
        What people are told in the end.
    learnt : list of (str, tuple, str)
        Files whose content is known now: name, stat and digest.
    """

    def __init__(
        self,
        watch: Watch,
        modules: Iterable[str],
        literals: Iterable[str],
        place: Callable[[], str],
        variable: Digest,
        *,
        command: bool = False,
    ) -> None:
        watch.gather()
        self._watch = watch
        self._place = place
        self._variable = variable
        self._command = command
        self._sights = self._all_sights(modules, frozenset(literals))
        self.entries: list[Entry] = []
        self.learnt: list[tuple[str, Stat, str]] = []
        self.remarks: list[Remark] = [("iterated", "", each) for each in sorted(watch.iterated)]
        for (kind, name), sight in sorted(self._sights.items(), key=lambda item: item[0]):
            digest = self._digest(kind, name, sight)
            where = sight.place or place()
            if digest is not None:
                self.entries.append(Entry(kind, name, digest, where))
            self.remarks += [(each, name, where) for each in self._remarked(kind, name, digest)]

    def _all_sights(self, modules: Iterable[str], literals: frozenset[str]) -> Sights:
        imported = [(key, sight) for module in modules for key, sight in of_modules.get(module, {}).items()]
        told = {id(sight) for (kind, name), sight in imported if kind == "variable" and name in literals}
        sights = dict(imported)
        for looks in (self._watch.named, self._watch.commands):
            sights |= {("read", name): sight for name, sight in looks.items() if self._is_read(name, sight)}
        return {key: sight for key, sight in (sights | self._watch.sights).items() if id(sight) not in told}

    def _is_read(self, name: str, sight: Sight) -> bool:
        """Whether a file that was named is as it was: then it was read, if anything."""
        return sight.stat is not None and not self._watch.is_own(name) and file_stat(self._path(name)) == sight.stat

    def _digest(self, kind: str, name: str, sight: Sight) -> str | None:
        """Return the digest of what was seen; ``None`` if it is no input after all."""
        if kind == "variable":
            return self._variable(name, sight.value)
        if kind in ("listed", "glob"):
            left = self._left_in if kind == "listed" else self._left_of
            return names_digest(left(name, set(sight.names)))
        if kind in ("absent", "exists"):
            return None if self._watch.is_own(name) or self._is_read_too(kind, name) else sight.digest or ABSENT
        digest = sight.digest or self._hashed(kind, name, sight)
        # Who has a database open while it changes is most likely who changes it.
        return None if digest == UNKNOWN and kind == "database" else digest

    def _hashed(self, kind: str, name: str, sight: Sight) -> str:
        digest = self._watch.content(kind, name, sight)
        if kind == "read" and sight.stat is not None and len(digest) == _DIGITS and is_settled(sight.stat):
            self.learnt.append((name, sight.stat, digest))
        return digest

    def _is_read_too(self, kind: str, name: str) -> bool:
        return kind == "exists" and any((other, name) in self._sights for other in ("read", "listed", "database"))

    def _left_in(self, folder: str, names: set[str]) -> set[str]:
        """Return the names that were in a folder, with what the step itself has made or removed there."""
        before = "" if folder == "." else f"{folder}/"
        own = {each[len(before) :].partition("/")[0] for each in self._watch.own if each.startswith(before)}
        return (names - own) | {name for name in own if os.path.lexists(self._path(before + name))}

    def _left_of(self, pattern: str, names: set[str]) -> set[str]:
        """Return the paths that matched a pattern, with what the step itself has made or removed of them."""
        own = self._watch.own
        return (names - own) | (own and matches(self._watch.ground.root, pattern) & own)

    def _remarked(self, kind: str, name: str, digest: str | None) -> Iterator[str]:
        if kind in ("absent", "exists"):
            return
        if digest is None:
            yield "own"
        elif self._command and kind == "read":
            yield "command"
        else:
            yield "named" if self._sights[kind, name] is self._watch.named.get(name) else kind
        if digest == UNKNOWN:
            yield "changed"
        elif kind == "read" and name in self._watch.own:
            yield "rewritten"

    def refuse(self, step: str) -> None:
        """Raise an error if the step has read what is no input.

        Raises
        ------
        StepError
            With all that it has read.
        """
        found = [(where, _named(kind, name), kind) for kind, name, where in self.remarks if kind in _READS]
        if not found:
            return
        told = ", ".join(f"{what} ({where})" for where, what, _ in found[:_TOLD])
        more = f" and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
        raise StepError(
            f"step '{step}' ({self._place()}) read what is not an input of it: {told}{more}",
            why="strict = true in [tool.lineage] of pyproject.toml makes that an error; its result is not kept",
            fix=_FIXES[found[0][2]],
        )

    def _path(self, name: str) -> str:
        return os.path.join(self._watch.ground.root, name)


def _named(kind: str, name: str) -> str:
    if kind == "iterated":
        return "all environment variables"
    return {"listed": "folder ", "glob": "the names ", "variable": "environment variable "}.get(kind, "") + name


_FILE = "declare it: give the step a parameter annotated Annotated[Path, File], and the path where it is called"
_VARIABLE = 'name it: @step(env=["NAME"])'
_COMMAND = "declare it: depends_on=[...] of the shell step, or a {name} in its command and the path where it is called"
_FIXES = dict.fromkeys(_READS, _FILE) | {"variable": _VARIABLE, "iterated": _VARIABLE, "command": _COMMAND}
