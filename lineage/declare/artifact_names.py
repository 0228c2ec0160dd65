"""Names of artifacts: the local variable, else the field or the step, with what follows the call's name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lineage.declare.layouts import Layout, Recorded, Site

__all__ = ["count", "name_artifacts", "stem"]

Labels = tuple[str, ...]

Place = tuple[Layout, Site, int]
"""A place that calls a step, with the shape of its calls."""


def stem(layout: Layout, site: Site, output: int) -> str:
    """Return an artifact's name without suffix: the declared one, the local variable, or the call's base."""
    reading = layout.reading
    if not layout.single:
        return (reading.spec.outputs or ())[output]
    return reading.output or site.target or (reading.spec.outputs or (layout.base,))[0]


def name_artifacts(
    recorded: list[Recorded],
    suffixes: list[str],
    labels: Sequence[Labels] = ((),),
    shown: Sequence[tuple[str, int]] | None = None,
) -> None:
    """Name the artifacts of calls that have their names.

    Parameters
    ----------
    recorded : list of Recorded
        The calls of a pipeline; they get their ``outputs``.
    suffixes : list of str
        What follows the base in the name of each, the same for calls with the same arguments.
    labels : sequence of tuple of str
        The names of the arguments that suffixes show, for each shape of a call. Only where they are the same can two
        suffixes be the same.
    shown : sequence of (str, int), optional
        The second of each pair is the shape of a call; by default all have one.
    """
    _ArtifactNames(recorded, suffixes, labels, shown or [("", 0)] * len(recorded)).give()


class _ArtifactNames:
    def __init__(
        self,
        recorded: list[Recorded],
        suffixes: list[str],
        labels: Sequence[Labels],
        shown: Sequence[tuple[str, int]],
    ) -> None:
        self._recorded = recorded
        self._suffixes = suffixes
        self._labels = labels
        self._places = list(_places(recorded, shown))
        self._taken: set[str] = set()
        self._copies: dict[str, int] = {}
        self._claims: dict[tuple[str, Labels], set[str]] = {}

    def give(self) -> None:
        # What stands in no loop goes first, and of that a local variable of its own, so that a name never depends on
        # what a loop makes.
        places = {id(place): place for place in self._places}
        straight = [index for index, place in enumerate(self._places) if not place[1].repeats]
        rest = [index for index in straight if not self._by_variable(index)]
        for place in places.values():
            if place[1].repeats:
                self._claim(place)
        for index in rest:
            self._claim(self._places[index])
        for index in rest:
            self._recorded[index][0].outputs = tuple(map(self._free, self._candidates(index)))
        self._name_in_loops({key: self._stems_of(place) for key, place in places.items() if place[1].repeats})

    def _name_in_loops(self, stems: dict[int, list[str]]) -> None:
        taken = self._taken
        for (call, _, _), place, suffix in zip(self._recorded, self._places, self._suffixes, strict=True):
            found = stems.get(id(place))
            if found is not None:
                names = tuple([name + suffix for name in found])
                call.outputs = names if taken.isdisjoint(names) else tuple([self._free([name]) for name in names])
                taken.update(call.outputs)

    def _by_variable(self, index: int) -> bool:
        call, layout, site = self._recorded[index]
        target = site.target
        if target is None or not layout.single or layout.reading.output or target in self._taken:
            return False
        self._taken.add(target)
        self._claims.setdefault((target, ()), set()).add(layout.base)
        call.outputs = (target,)
        return True

    def _claim(self, place: Place) -> None:
        layout, site, shape = place
        for output in range(count(layout)):
            self._claims.setdefault((stem(layout, site, output), self._labels[shape]), set()).add(layout.base)

    def _stems_of(self, place: Place) -> list[str]:
        """Return the names without suffix of what a place in a loop makes; where others claim one, with the step's."""
        layout, site, shape = place
        names = [stem(layout, site, output) for output in range(count(layout))]
        labels = self._labels[shape]
        if layout.chosen is not None and not layout.hides_choice:
            # Others of the same loop claim it, or may: it is said even of one that is alone.
            return [name if name == layout.base else f"{layout.base}.{name}" for name in names]
        return [name if len(self._claims[name, labels]) == 1 else f"{layout.base}.{name}" for name in names]

    def _candidates(self, index: int) -> Iterator[list[str]]:
        """Yield for each output names in the order in which they are tried."""
        call, layout, site = self._recorded[index]
        suffix, told_apart = self._suffixes[index], call.name[len(layout.base) :]
        for output in range(count(layout)):
            name, variable = stem(layout, site, output), _variable(layout, site, output)
            own = [] if variable is None else [variable + suffix]
            yield [name + suffix, *own, name + told_apart, f"{layout.base}.{name}{suffix}"]

    def _free(self, candidates: list[str]) -> str:
        for name in candidates:
            if name not in self._taken:
                break
        else:
            name = first = candidates[0]
            while name in self._taken:
                number = self._copies[first] = self._copies.get(first, 1) + 1
                name = f"{first}@same:{number}"
        self._taken.add(name)
        return name


def _places(recorded: list[Recorded], shown: Sequence[tuple[str, int]]) -> Iterator[Place]:
    """Yield the place of each call, the same object for the same place."""
    known: dict[Place, Place] = {}
    layout, shape, place = None, -1, None
    for (_, now, site), (_, other) in zip(recorded, shown, strict=True):
        if place is None or now is not layout or other != shape:  # in a loop the next call is mostly at the same place
            layout, shape = now, other
            place = known.setdefault((now, site, other), (now, site, other))
        yield place


def count(layout: Layout) -> int:
    """Return how many artifacts a call gives."""
    return 1 if layout.single else len(layout.reading.spec.outputs or ())


def _variable(layout: Layout, site: Site, output: int) -> str | None:
    """Return the local variable that an output without a declared name of its own, or one of several, is bound to."""
    if layout.single:
        return None if layout.reading.output else site.target
    targets = None if site.found is None else site.found.targets
    if targets is None or len(targets) != count(layout) or targets[output] == "_":
        return None
    return str(targets[output])
