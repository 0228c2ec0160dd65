"""The shapes of calls: how what tells a call apart has come to it, whatever the values are.

``add(1)`` and ``add(2)`` have one shape, ``add(add(1))`` has another. What is written of a call in its name are values
and where they end up; two calls of different shapes may have the same of these, ``x:1`` for all three. Then the shapes
are ranked: by how deep they are nested, and where that is the same by a digest, so that no other call has a say in it.
"""

from __future__ import annotations

from lineage.declare.spelling import hashed

__all__ = ["Shapes"]

Component = tuple[str, "int | str"]
"""The name of an argument and what it is: the shape of the call that made it, or a word for something else."""


class Shapes:
    """The shapes of the calls of a pipeline, each with a number."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, tuple[Component, ...]], int] = {}
        self._bases: list[str] = []
        self._labels: list[tuple[str, ...] | None] = []
        self._order: list[tuple[int, str]] = []
        self._ranks: list[tuple[int, bool]] | None = None

    def __len__(self) -> int:
        return len(self._bases)

    def number(self, base: str, components: tuple[Component, ...]) -> int:
        """Return the number of a shape.

        Parameters
        ----------
        base : str
            What the call is named after.
        components : tuple of Component
            The arguments that tell it apart.
        """
        key = base, components
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = len(self._known)
            inner = [of for _, of in components if isinstance(of, int)]
            told = ",".join(f"{name}={self._order[of][1] if isinstance(of, int) else of}" for name, of in components)
            self._order.append((1 + max((self._order[of][0] for of in inner), default=0), hashed(f"{base}({told})")))
            self._bases.append(base)
            self._labels.append(None)
        return found

    def label(self, shape: int, labels: tuple[str, ...]) -> None:
        """Note the names of the arguments that the names of calls of a shape show, in their order."""
        if self._labels[shape] is None:
            self._labels[shape] = labels

    def is_labelled(self, shape: int) -> bool:
        """Whether that was noted."""
        return self._labels[shape] is not None

    def labels(self, shape: int) -> tuple[str, ...]:
        """Return what was noted first."""
        return self._labels[shape] or ()

    def rank(self, shape: int) -> tuple[int, bool]:
        """Return the place of a shape among those that show the same, from 1, and whether there are others.

        To be asked for when all shapes are known.
        """
        if self._ranks is None:
            self._ranks = self._ranked()
        return self._ranks[shape]

    def _ranked(self) -> list[tuple[int, bool]]:
        alike: dict[tuple[str, tuple[str, ...]], list[int]] = {}
        for shape, base in enumerate(self._bases):
            alike.setdefault((base, self.labels(shape)), []).append(shape)
        ranks = [(1, False)] * len(self._bases)
        for found in alike.values():
            for place, shape in enumerate(sorted(found, key=self._order.__getitem__)):
                ranks[shape] = place + 1, len(found) > 1
        return ranks
