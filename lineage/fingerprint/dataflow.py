"""What the local names of a function are made of, and which of them a loop carries from one round to the next.

Only names count, and mostly the order of statements does not: a name depends on whatever any statement binds it to.
Names whose values come back to themselves, ``x = fit(x)`` in a loop, form a *chain*; a binding of a name of the chain
that reads none of it, ``x = load(n)``, is a *reset*.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lineage.fingerprint.circles import circles

__all__ = ["Binding", "Flow", "Loops"]

Loops = tuple[int, ...]
"""The numbers of the loops around a place, outermost first."""


class Binding:
    """One place that binds a name, or changes what is bound to it.

    Attributes
    ----------
    name : str
        The name.
    reads : frozenset of str
        The names that the new value is made of.
    loops : tuple of int
        The loops that it is inside of.
    order : int
        Its place among the bindings and calls of the function as they are written.
    """

    __slots__ = ("loops", "name", "order", "reads")

    def __init__(self, name: str, reads: Iterable[str], loops: Loops, order: int) -> None:
        self.name = name
        self.reads = frozenset(reads)
        self.loops = loops
        self.order = order


class Flow:
    """How the names of a function depend on one another.

    Parameters
    ----------
    bindings : list of Binding
        All of the function and of the functions inside it.
    targets : dict of int to tuple of str
        The names that each loop binds by itself, or counts with (``n += 1``).
    parameters : frozenset of str
        The parameters of the function and of the functions inside it.
    """

    def __init__(
        self, bindings: list[Binding], targets: dict[int, tuple[str, ...]], parameters: frozenset[str]
    ) -> None:
        self._targets = targets
        self._bindings: dict[str, list[Binding]] = {}
        for binding in bindings:
            self._bindings.setdefault(binding.name, []).append(binding)
        known = self._bindings.keys()
        edges = {
            name: {read for one in found for read in one.reads if read in known}
            for name, found in self._bindings.items()
        }
        self._chains = circles(edges)
        self._made_of = _made_of(self._bindings, {*parameters, *(name for one in targets.values() for name in one)})

    def chain(self, names: Iterable[str]) -> int | None:
        """Return the number of the chain that one of some names is on."""
        return next((found for found in map(self._chains.get, names) if found is not None), None)

    def carries(self, chain: int | None, name: str) -> bool:
        """Whether a name is on a chain."""
        return chain is not None and self._chains.get(name) == chain

    def name_of(self, chain: int) -> str:
        """Return the name that a chain goes by: the first of its names in the alphabet."""
        return min(name for name, number in self._chains.items() if number == chain)

    def is_new(self, name: str, loops: Loops, order: int) -> bool:
        """Whether the round that a place is in has bound a name before it comes to that place."""
        inside = len(loops)
        return any(one.order < order and one.loops[:inside] == loops for one in self._bindings.get(name, ()) if inside)

    def changes(self, name: str, loops: Loops, chain: int | None) -> bool:
        """Whether the loops around a place bind a name anew; of a name of the own chain only resets count."""
        found = self._resets(chain) if self.carries(chain, name) else self._bindings.get(name, ())
        return any(not set(loops).isdisjoint(one.loops) for one in found)

    def variables(self, names: Iterable[str], loops: Loops, chain: int | None) -> Iterator[tuple[str, int]]:
        """Yield the variables of the loops around an expression on which its value depends, each with its loop.

        Parameters
        ----------
        names : iterable of str
            The names that the expression reads.
        loops : tuple of int
            The loops around it; all variables of such a loop are yielded where it depends on one.
        chain : int or None
            The chain that the value goes on: of its names only what resets are made of counts.
        """
        found = self._origins(names, chain)
        for loop in loops:
            if not found.isdisjoint(self._targets.get(loop, ())):
                yield from ((name, loop) for name in self._targets[loop])

    def parameters(self, names: Iterable[str], parameters: frozenset[str], chain: int | None) -> list[str]:
        """Return the parameters of the functions around an expression on which its value depends."""
        return sorted(self._origins(names, chain) & parameters)

    def _origins(self, names: Iterable[str], chain: int | None) -> set[str]:
        found: set[str] = set()
        for name in names:
            own = self.carries(chain, name)
            reads = {read for one in self._resets(chain) for read in one.reads} if own else {name}
            found.update(*(self._made_of.get(read, ()) for read in reads))
        return found

    def _resets(self, chain: int | None) -> Iterator[Binding]:
        for name, found in self._bindings.items():
            if self._chains[name] == chain:
                yield from (one for one in found if not any(self.carries(chain, read) for read in one.reads))


def _made_of(bindings: dict[str, list[Binding]], variables: Iterable[str]) -> dict[str, set[str]]:
    """Return for each name the variables that it is made of, directly or not; a variable is made of itself."""
    readers: dict[str, set[str]] = {}
    for name, found in bindings.items():
        for read in {read for one in found for read in one.reads}:
            readers.setdefault(read, set()).add(name)
    made_of: dict[str, set[str]] = {}
    for variable in variables:
        waiting = [variable]
        while waiting:
            name = waiting.pop()
            if variable not in made_of.setdefault(name, set()):
                made_of[name].add(variable)
                waiting.extend(readers.get(name, ()))
    return made_of
