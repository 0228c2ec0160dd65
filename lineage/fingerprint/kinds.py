"""Of which classes the objects of a project are, and what these do to themselves when something is asked of them."""

from __future__ import annotations

from collections.abc import Iterator

from lineage.fingerprint.graph import Graph, Hit, Module
from lineage.fingerprint.units import CONSTANT, ITERATOR, YIELDS, Unit

__all__ = ["Kinds"]

_NO_OPERATORS = frozenset(
    {"__init__", "__new__", "__post_init__", "__call__", "__enter__", "__exit__", "__setstate__", "__set_name__"}
)
_GIVING = frozenset({0, 1, 2, 3, 7})  # calls, and no operators


class Kinds:
    """The classes of objects.

    Parameters
    ----------
    graph : Graph
        The modules.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._methods: dict[int, frozenset[str]] = {}
        self._values: dict[int, frozenset[str]] = {}
        self._classes: dict[int, list[int]] = {}

    def bases(self, module: Module, number: int) -> list[Hit]:
        """Return what the bases and the metaclass of a class stand for."""
        bases = self._graph.units[number][1].bases
        return [hit for base in bases for hit in self._graph.resolve(module, base)]

    def above(self, number: int) -> list[int]:
        """Return the classes above one, as far as they are the project's."""
        found: dict[int, None] = {}
        pending = [number]
        while pending:
            one = pending.pop()
            above = [hit.unit for hit in self.bases(self._graph.units[one][0], one) if hit.unit is not None]
            pending += [each for each in above if each not in found]
            found.update(dict.fromkeys(above))
        return list(found)

    def classes_of(self, number: int) -> list[int]:
        """Return the classes that the value of an assignment may be of."""
        found = self._classes.get(number)
        if found is None:
            found = self._classes[number] = []
            pending = [number]
            seen = {number}
            while pending:
                module, unit = self._graph.units[pending.pop()]
                made = [chain for chain, mode, _ in unit.calls if mode in _GIVING]
                made += (*unit.aliases, *unit.copies, *unit.returns)
                for hit in (hit for chain in made for hit in self._graph.resolve(module, chain.removesuffix("()"))):
                    if hit.unit is None or hit.unit in seen:
                        continue
                    seen.add(hit.unit)
                    (found if self._graph.units[hit.unit][1].kind == "class" else pending).append(hit.unit)
        return found

    def changing_of(self, number: int) -> frozenset[str]:
        """Return the methods that change their object, of whatever classes the value of an assignment may be of.

        All properties are among them too, as ``@name``.
        """
        found = self._values.get(number)
        if found is None:
            methods = (self._changing(one) for one in self.classes_of(number))
            found = self._values[number] = frozenset().union(*methods)
        return found

    def _changing(self, number: int) -> frozenset[str]:
        """Return the methods of a class, also of those above it, that change their object."""
        found = self._methods.get(number)
        if found is None:
            self._methods[number] = frozenset()  # a cycle of bases ends here
            module, unit = self._graph.units[number]
            methods = set(unit.changing)
            for hit in self.bases(module, number):
                if hit.unit is not None:
                    methods |= self._changing(hit.unit)
            found = self._methods[number] = frozenset(methods)
        return found

    def answers_by_changing(self, number: int) -> bool:
        """Whether an operator changes the object that is the value of an assignment."""
        return any(name.startswith("__") and name not in _NO_OPERATORS for name in self.changing_of(number))

    def looked_up(self, number: int, name: str) -> list[str]:
        """Return the methods that are called where an attribute of the value of an assignment is asked for."""
        methods = self.changing_of(number)
        return [one for one in (name, "__getattr__", "__getattribute__") if f"@{one}" in methods]

    def is_iterator(self, number: int) -> bool:
        """Whether who goes through the value of an assignment takes something away."""
        module, unit = self._graph.units[number]
        if unit.flags & ITERATOR:
            return True
        made = (alias.removesuffix("()") for alias in unit.aliases if alias.endswith("()"))
        makers = (hit.unit for chain in made for hit in self._graph.resolve(module, chain) if hit.unit is not None)
        return any(
            self._graph.units[one][1].kind != "class" and self._graph.units[one][1].flags & YIELDS for one in makers
        )

    def sharing(self, module: Module, unit: Unit, attribute: str) -> set[str]:
        """Return the keys of the classes that share an attribute of an object among all of theirs."""
        made = (alias.removesuffix("()") for alias in (*unit.aliases, *unit.copies) if alias.endswith("()"))
        return {key for chain in made for key in self.sharing_made(module, chain, attribute)}

    def sharing_made(self, module: Module, maker: str, attribute: str) -> Iterator[str]:
        """Yield the same of an object that calling `maker` gives."""
        for hit in self._graph.resolve(module, maker):
            if hit.unit is None or hit.rest:
                continue
            is_class = self._graph.units[hit.unit][1].kind == "class"
            for number in [hit.unit] if is_class else self.classes_of(hit.unit):
                yield from self.sharers(number, attribute)

    def _may_change(self, hit: Hit) -> bool:
        unit = None if hit.unit is None else self._graph.units[hit.unit][1]
        return unit is not None and bool(hit.key) and unit.kind == "code" and not unit.flags & CONSTANT

    def sharers(self, number: int, attribute: str) -> Iterator[str]:
        """Yield the keys of a class and of those above it that have the attribute for all their objects."""
        pending = [number]
        seen = {number}
        for one in pending:
            module, unit = self._graph.units[one]
            if "*" in unit.shared or attribute in unit.shared:
                yield from self._graph.keys[one]
            for shared in unit.shared:
                name, held, chain = shared.partition(":")
                if held and attribute in (name, "*"):
                    yield from (hit.key or "" for hit in self._graph.resolve(module, chain) if self._may_change(hit))
            above = [hit.unit for hit in self.bases(module, one) if hit.unit is not None]
            pending += [each for each in dict.fromkeys(above) if each not in seen]
            seen.update(above)
