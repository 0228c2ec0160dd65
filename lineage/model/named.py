"""A dict of things by their names, which names the nearest where there is none of a name."""

from __future__ import annotations

from typing import NoReturn, TypeVar

from lineage.errors import did_you_mean

__all__ = ["Named"]

V = TypeVar("V")


class Named(dict[str, V]):
    """What a snapshot has by name: its steps, its outputs.

    Attributes
    ----------
    kind : str
        What its values are called.
    """

    kind = "step"

    def __missing__(self, name: object) -> NoReturn:
        # Still a KeyError: `get`, `in` and whoever catches one find a dict.
        raise KeyError(f"there is no {self.kind} {name!r}{did_you_mean(str(name), self)}")


class NamedOutputs(Named[V]):
    """The outputs of a step by name."""

    kind = "output"
