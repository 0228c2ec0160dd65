"""Which arguments tell the calls of one name apart.

Those that a loop changes, even if it has made only one call so far, and those that differ between the places that
call the step. A step may also be fed what it has made itself, directly or through others: its base is on a *circle*
then. Such an artifact differs from call to call whatever happens; what counts is where it began, its *origin*.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any

from lineage.declare.identities import Identities
from lineage.declare.layouts import Layout, Recorded, Site
from lineage.fingerprint.circles import circles
from lineage.model.plan import Argument, Collection, FileArgument, Ref, Value

__all__ = ["Telling", "chain_of", "references"]

Origin = frozenset[Any]


class Telling:
    """The telling arguments of the calls of a pipeline.

    Parameters
    ----------
    recorded : list of Recorded
        The calls in the order of the plan.
    identities : Identities
        Which of them are the same.

    Attributes
    ----------
    groups : dict of str to list of Recorded
        The calls by what they are named after.
    """

    def __init__(self, recorded: list[Recorded], identities: Identities) -> None:
        self._recorded = recorded
        self._identities = identities
        self._first = recorded[0][0].index if recorded else 0
        self.groups: dict[str, list[Recorded]] = {}
        for one in recorded:
            self.groups.setdefault(one[1].base, []).append(one)
        self._circle: dict[str, int | None] | None = None
        self._growing: dict[str, bool] = {}
        self._outputs: dict[tuple[str, str], dict[str, set[int]]] = {}
        self._keys = {base: frozenset(self._telling(base, group)) for base, group in self.groups.items()}

    def places(self, layout: Layout, arguments: tuple[tuple[str, Argument], ...]) -> tuple[int, ...]:
        """Return where in the arguments of the calls of a layout those stand that tell them apart."""
        names = self._keys[layout.base] | layout.varying
        return tuple(place for place, (name, _) in enumerate(arguments) if name in names)

    def grows(self, base: str) -> bool:
        """Whether calls of a base are fed what calls of it gave, and a loop makes some of them."""
        if base not in self._growing:
            looped = any(site.repeats for _, _, site in self.groups[base])
            self._growing[base] = looped and self.on_circle(base)
        return self._growing[base]

    def on_circle(self, base: str) -> bool:
        """Whether calls of a base are fed, directly or not, what calls of it gave."""
        return self._circles()[base] is not None

    def feeds_itself(self, base: str, ref: Ref) -> bool:
        """Whether an artifact that a call of a base takes is made, directly or not, of what calls of that base gave."""
        circle = self._circles()
        number = circle[base]
        return number is not None and number == circle[self._base(ref)]

    def takes_several(self, base: str, name: str, maker: str) -> bool:
        """Whether the calls of a base take, by one name, several of the outputs that another base has."""
        known = self._outputs.get((base, name))
        if known is None:
            known = self._outputs[base, name] = {}
            for call, _, _ in self.groups[base]:
                argument = dict(call.arguments).get(name)
                if isinstance(argument, Ref):
                    known.setdefault(self._base(argument), set()).add(argument.output)
        return len(known.get(maker, ())) > 1

    def _base(self, ref: Ref) -> str:
        return self._recorded[ref.call - self._first][1].base

    def _circles(self) -> dict[str, int | None]:
        """Return the circle that each base is on. Worked out when an artifact may be what tells calls apart."""
        if self._circle is None:
            edges: dict[str, set[str]] = {base: set() for base in self.groups}
            for call, layout, _ in self._recorded:
                sources = edges[layout.base]
                for index in call.upstream:
                    sources.add(self._recorded[index - self._first][1].base)
            for chain in self._chains():
                # One that goes round only once has no circle yet.
                for base, following in zip(chain, [*chain[1:], chain[0]], strict=True):
                    edges[base].add(following)
            self._circle = circles(edges)
        return self._circle

    def _chains(self) -> list[list[str]]:
        """Return the bases that take part in each chain that a loop carries."""
        found: dict[object, list[str]] = {}
        seen: set[Layout] = set()
        for _, layout, site in self._recorded:
            if layout.linked and layout not in seen:
                seen.add(layout)
                found.setdefault(chain_of(layout, site), []).append(layout.base)
        return list(found.values())

    # Which arguments

    def _telling(self, base: str, group: list[Recorded]) -> Iterator[str]:
        layouts = list(dict.fromkeys(map(itemgetter(1), group)))
        found = {
            name
            for layout in layouts
            for name in layout.varying
            if any(not self._feeds_itself(base, one) for one in _at(group, layout, name))
        }
        yield from found
        for name in self._differing(group, layouts, found):
            given = _all(group, layouts, name)
            if not any(self._feeds_itself(base, one) for one in given) or self._begins_apart(
                base, group, layouts, name
            ):
                yield name

    def _feeds_itself(self, base: str, argument: Argument | None) -> bool:
        return any(self.feeds_itself(base, ref) for ref in references(argument))

    def _begins_apart(self, base: str, group: list[Recorded], layouts: list[Layout], name: str) -> bool:
        """Whether an argument that may be of the own circle began differently, or is another one in another loop."""
        origins = self._origins(base, layouts, name)
        first = next(origins)
        if any(origin is not first and origin != first for origin in origins):
            return True
        constant = {
            self._origin(dict(call.arguments).get(name), {})
            for call, layout, site in _first_of_each(group)
            if site.repeats and name not in layout.varying and name not in layout.carried
        }
        return len(constant) > 1

    def _origins(self, base: str, layouts: list[Layout], name: str) -> Iterator[Origin]:
        """Yield for each call of a base where the artifacts that it takes by one name began."""
        circle = self._circles()
        around = {other for other, number in circle.items() if number == circle[base]}
        calls = [one for one in self._recorded if one[1].base in around] if len(around) > 1 else self.groups[base]
        own = iter(_all(self.groups[base], layouts, name))
        known: dict[int, Origin] = {}
        for call, layout, _ in calls:
            if layout.base == base:
                argument = next(own)
                origin = known.get(argument.call) if argument.__class__ is Ref else None
                known[call.index] = origin = origin or self._origin(argument, known)
                yield origin
            else:
                taken = [given for one, given in call.arguments if not layout.linked or one in layout.linked]
                known[call.index] = _union(
                    self._origin(one, known) for one in taken if isinstance(one, Ref | Collection)
                )

    def _origin(self, argument: Argument | None, known: dict[int, Origin]) -> Origin:
        """Return where an argument began: what is known of the call that made it, else the artifact or value itself."""
        if isinstance(argument, Ref):
            return known.get(argument.call) or frozenset([self._identities.told(argument)])
        if isinstance(argument, Collection):
            return _union(self._origin(item, known) for item in argument.items)
        if isinstance(argument, Value):
            return frozenset([argument.digest])
        return frozenset([None if argument is None else argument.path])

    def _differing(self, group: list[Recorded], layouts: list[Layout], found: set[str]) -> Iterator[str]:
        """Yield the names of arguments, beyond those that were found, that are not the same in all calls of a group."""
        if all(layout.hides_choice for layout in layouts):
            # Steps that fill one slot are told apart by themselves; what only some of them have is no difference.
            for name in dict.fromkeys(name for layout in layouts for name in _passed(layout)):
                taken = [dict(call.arguments)[name] for call, layout, _ in group if name in _passed(layout)]
                if name not in found and not all(self._same(one, taken[0]) for one in taken):
                    yield name
        elif len(layouts) > 1:
            for name in dict.fromkeys(name for call, _, _ in _first_of_each(group) for name, _ in call.arguments):
                given = [] if name in found else _all(group, layouts, name)
                if not all(self._same(one, given[0]) and not self._meet(one, given[0]) for one in given):
                    yield name
        elif len(group) > 1:
            # Calls of one layout have the same arguments at the same places.
            first, sources = group[0][0].arguments, layouts[0].sources
            for place, (name, before) in enumerate(first):
                if name in found or place >= len(sources) or not isinstance(sources[place][1], (int, str)):
                    continue  # a default, or a script of the step itself, is the same for all
                others = {id(call.arguments[place][1]): call.arguments[place][1] for call, _, _ in group}
                if len(others) > 1 and not all(self._same(other, before) for other in others.values()):
                    yield name

    def _meet(self, one: Argument | None, other: Argument | None) -> bool:
        """Whether two collections of what loops make may only happen to be the same: with a value more they differ."""
        if one is other or not isinstance(one, Collection):
            return False
        return any(self._recorded[ref.call - self._first][1].around for ref in references(one))

    def _same(self, one: Argument | None, other: Argument | None) -> bool:
        if one is other:
            return True
        if isinstance(one, Value) and isinstance(other, Value):
            return one.digest == other.digest
        if isinstance(one, Ref) and isinstance(other, Ref):
            return self._identities.same(one, other)
        if isinstance(one, FileArgument) and isinstance(other, FileArgument):
            return one.path == other.path
        if isinstance(one, Collection) and isinstance(other, Collection):
            keys = [[key.digest for key in side.keys or ()] for side in (one, other)]
            alike = one.kind == other.kind and len(one.items) == len(other.items) and keys[0] == keys[1]
            return alike and all(map(self._same, one.items, other.items))
        return False


def _union(origins: Iterable[Origin]) -> Origin:
    found: Origin = frozenset()
    for origin in origins:  # mostly there is one: a chain shares a single set
        found = origin if not found else found if origin <= found else found | origin
    return found


def chain_of(layout: Layout, site: Site) -> object:
    """Return what is the same for the calls by which a loop carries a value from one round to the next."""
    if site.found is None or site.found.chain is None:
        return layout
    return site.path, site.found.function, site.found.chain


def _at(group: list[Recorded], layout: Layout, name: str) -> Iterator[Argument]:
    """Yield an argument of all calls of a layout."""
    place = next(place for place, source in enumerate(layout.sources) if source[0] == name)
    return (call.arguments[place][1] for call, other, _ in group if other is layout)


def _passed(layout: Layout) -> list[str]:
    """Return the names of the arguments that the calls of a layout are given, and so no defaults."""
    return [name for name, source, _ in layout.sources if isinstance(source, (int, str))]


def _all(group: list[Recorded], layouts: list[Layout], name: str) -> list[Argument | None]:
    """Return an argument of all calls of a group, ``None`` for calls that are not given it."""
    places: dict[Layout, int] = {}
    for call, layout, _ in _first_of_each(group) if len(layouts) > 1 else group[:1]:
        places.update((layout, place) for place, (other, _) in enumerate(call.arguments) if other == name)
    if len(places) < len(layouts):
        return [call.arguments[places[one]][1] if one in places else None for call, one, _ in group]
    return [call.arguments[places[one]][1] for call, one, _ in group]


def _first_of_each(group: list[Recorded]) -> Iterator[Recorded]:
    """Yield the first call of each layout."""
    seen = set()
    for recorded in group:
        if id(recorded[1]) not in seen:
            seen.add(id(recorded[1]))
            yield recorded


def references(argument: Argument | None) -> Iterator[Ref]:
    """Yield the artifacts in an argument."""
    if isinstance(argument, Ref):
        yield argument
    elif isinstance(argument, Collection):
        for item in argument.items:
            yield from references(item)
