"""Names of calls: from what the user wrote, never from the position of a call.

A step that is called once has its own name, or that of the slot it fills. Several calls are told apart by the arguments
that differ, ``trainer@C:0.1,kernel:rbf``, so that a value added in the middle of a sweep renames nothing. A call inside
a loop has such a suffix from the start. Where a call takes an artifact that has a suffix itself, that is handed on:
``evaluator@C:0.1``.

What a step makes of its own results is told apart by where these began and by what differs on the way; where nothing
does, by depth: ``add@x:1`` and ``add@x:1@2`` for ``add(add(1))``. A chain that a loop carries, ``x = fit(x, C=c)``, is
as long as the loop: there only a call's own arguments count, and the artifact that the chain began with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lineage.declare.artifact_names import name_artifacts
from lineage.declare.recording import Recording

if TYPE_CHECKING:
    from lineage.declare.parts import PartsOfCalls

__all__ = ["give_names"]


def give_names(recording: Recording) -> None:
    """Name the calls of a pipeline that has been recorded, and their artifacts.

    Parameters
    ----------
    recording : Recording
        Its calls get their ``name``, ``task`` and ``outputs``. Time is linear in the number of calls.
    """
    recorded = recording.recorded
    if len({layout.base for _, layout, _ in recorded}) == len(recorded) and not any(one[2].repeats for one in recorded):
        for call, layout, _ in recorded:
            call.name = layout.base
            call.task = f"{recording.name}:{call.name}"
        name_artifacts(recorded, [""] * len(recorded))
        return
    # Only calls that have to be told apart take the trouble.
    from lineage.declare.parts import PartsOfCalls

    _Names(recording, PartsOfCalls(recording)).give()


class _Names:
    def __init__(self, recording: Recording, parts: PartsOfCalls) -> None:
        self._pipeline = recording.name
        self._recorded = recording.recorded
        self._parts = parts
        self._repeated = False
        self._copies: dict[str, int] = {}

    def give(self) -> None:
        found = self._number()
        shapes = self._parts.shapes
        ranks = [shapes.rank(shape) for shape in range(len(shapes))]
        numbers = self._parts.numbers
        suffixes = [
            (text and f"@{text}")
            if ranks[shape][0] == 1 and index not in numbers
            else self._marked(index, text and f"@{text}", *ranks[shape])
            for index, (text, shape) in enumerate(found)
        ]
        self._name_calls(suffixes)
        name_artifacts(self._recorded, suffixes, [shapes.labels(shape) for shape in range(len(shapes))], found)

    def _number(self) -> list[tuple[str, int]]:
        """Return what the name of each call shows and its shape; where others have both, calls get numbers."""
        firsts: dict[tuple[str, int], int] = {}
        numbers: dict[tuple[str, int], dict[int, int]] = {}
        found: list[tuple[str, int]] = []
        identity = self._parts.identities.of
        for index, name in enumerate(self._parts.all()):
            found.append(name)
            first = firsts.setdefault(name, index)
            if first != index:
                known = numbers.get(name) or numbers.setdefault(name, {identity(first): 1})
                same = identity(index)
                self._repeated = self._repeated or same in known
                number = known.setdefault(same, len(known) + 1)
                if number > 1:
                    self._parts.renumber(index, number)
        return found

    def _marked(self, index: int, suffix: str, rank: int, ranked: bool) -> str:
        """Return a suffix that others show too with what tells the call apart from them.

        That is its variable where it stands in no loop, else the rank of its shape and its number among its like.
        """
        site, number = self._recorded[index][2], self._parts.numbers.get(index, 1)
        if site.target is not None and not site.repeats:
            return f"{suffix}@{site.target}"
        if number > 1:
            return f"{suffix}@{rank}.{number}" if ranked else f"{suffix}@{number}"
        return f"{suffix}@{rank}"

    def _name_calls(self, suffixes: list[str]) -> None:
        """Give each call its name; the same call may be made again, and what stands in no loop has the first choice."""
        taken: set[str] = set()
        order = list(zip(self._recorded, suffixes, strict=True))
        if self._repeated:
            order.sort(key=lambda one: one[0][2].repeats)
        for (call, layout, site), suffix in order:
            name = layout.base + suffix
            if name in taken:
                name = self._free(name, None if site.repeats else site.target, taken)
            taken.add(name)
            call.name = name
            call.task = f"{self._pipeline}:{name}"

    def _free(self, name: str, target: str | None, taken: set[str]) -> str:
        """Return a name for a call that has been made before with the same arguments."""
        if target is not None and f"{name}@{target}" not in taken:
            return f"{name}@{target}"
        number = self._copies.get(name, 1) + 1
        while f"{name}@same:{number}" in taken:
            number += 1
        self._copies[name] = number
        return f"{name}@same:{number}"
