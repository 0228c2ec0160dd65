"""How far two values are apart: the largest difference of numbers, and the first place that differs otherwise."""

from __future__ import annotations

import math
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence, Set
from typing import Any

__all__ = ["Difference", "difference"]

#: So many pairs are looked at; a value of more parts is compared by its first ones.
_MOST = 200_000


class Difference:
    """What tells two values apart.

    Attributes
    ----------
    largest : float or None
        The largest absolute difference of two numbers at the same place; ``None`` if all numbers agree.
    relative : float or None
        That difference over the larger of the two numbers.
    where : str
        The place of it, or of the first thing that differs otherwise: ``.coef_[3, 1]``, ``['weights'][0]``.
    text : str
        A sentence: ``largest difference 0.012 (1.3 %) at .coef_[3, 1]``.
    """

    __slots__ = ("largest", "relative", "text", "where")

    def __init__(self, text: str, where: str, largest: float | None = None, relative: float | None = None) -> None:
        self.text = text
        self.where = where
        self.largest = largest
        self.relative = relative

    def plain(self) -> dict[str, Any]:
        """Return it as it stands in JSON; a difference that is no number (infinite) as its text."""
        finite = self.largest is None or math.isfinite(self.largest)
        return {
            "text": self.text,
            "where": self.where,
            "largest": self.largest if finite else None,
            "relative": self.relative if self.relative is None or math.isfinite(self.relative) else None,
        }


def difference(before: object, after: object) -> Difference | None:
    """Compare two values of any type, part by part.

    Parameters
    ----------
    before, after : object
        Numbers, arrays, containers, tables, objects with attributes.

    Returns
    -------
    Difference or None
        ``None`` if no difference can be found.
    """
    largest: Difference | None = None
    other: Difference | None = None
    for found in _differences(before, after):
        if found.largest is None:
            other = other or found
        elif largest is None or _size(found) > _size(largest):
            largest = found
    return largest if other is None else other


def _size(found: Difference) -> float:
    size = found.largest or 0.0
    return math.inf if math.isnan(size) else size


def _differences(before: object, after: object) -> Iterator[Difference]:
    waiting: list[tuple[str, Any, Any]] = [("", before, after)]
    seen: dict[tuple[int, int], tuple[Any, Any]] = {}
    count = 0
    while waiting and count < _MOST:
        where, one, other = waiting.pop()
        count += 1
        key = (id(one), id(other))
        if one is other or key in seen:
            continue
        if type(one) is not type(other):
            if not (_is_number(one) and _is_number(other)):
                yield Difference(f"a {_kind(one)} became a {_kind(other)}{_at(where)}", where)
                continue
        elif not isinstance(one, (bool, int, float, complex, str, bytes)):
            seen[key] = (one, other)  # kept alive, so that nothing else gets their ids
        found = yield from _compared(where, one, other)
        waiting.extend(reversed(found))


def _compared(where: str, one: Any, other: Any) -> Generator[Difference, None, list[tuple[str, Any, Any]]]:
    """Yield what differs here; return the parts that have still to be compared."""
    if _is_number(one):
        if not _same_number(one, other):
            yield _number(where, one, other)
        return []
    if _is_array(one):
        yield from _array(where, one, other)
        return []
    if isinstance(one, (str, bytes)):
        if one != other:
            yield Difference(f"{one[:40]!r} became {other[:40]!r}{_at(where)}", where)
        return []
    parts, others = _parts(one), _parts(other)
    if parts is None or others is None:
        if not _equal(one, other):
            yield Difference(f"a {_kind(one)} differs{_at(where)}", where)
        return []
    if list(parts) != list(others):
        yield _other_parts(where, one, parts, others)
    return [(f"{where}{name}", parts[name], others[name]) for name in parts if name in others]


def _other_parts(where: str, one: Any, parts: dict[str, Any], others: dict[str, Any]) -> Difference:
    gone = [name for name in parts if name not in others] or [name for name in others if name not in parts]
    if len(parts) != len(others):
        return Difference(f"a {_kind(one)} of {len(parts)} became one of {len(others)}{_at(where)}", where)
    if gone:
        return Difference(f"the parts of a {_kind(one)} are others, {gone[0]} among them{_at(where)}", where)
    return Difference(f"the order of a {_kind(one)} differs{_at(where)}", where)


def _parts(value: Any) -> dict[str, Any] | None:
    """Return the parts of a value by the way to write them; ``None`` if it has none."""
    if isinstance(value, Mapping):
        return {f"[{key!r}]": item for key, item in value.items()}
    if isinstance(value, Set):
        return {f"{{{item!r}}}": None for item in sorted(value, key=repr)}
    if isinstance(value, Sequence):
        return {f"[{number}]": item for number, item in enumerate(value)}
    if _is_table(value):
        return {f"[{name!r}]": value[name].to_numpy() for name in value.columns}
    if hasattr(value, "to_numpy"):
        return {"": value.to_numpy()}
    state = getattr(value, "__dict__", None)
    if isinstance(state, dict) and not isinstance(value, type):
        return {f".{name}": item for name, item in state.items()}
    return _reduced(value)


def _reduced(value: Any) -> dict[str, Any] | None:
    """Return what an object without a dict is made of, by how it would be pickled: the trees of a forest, say."""
    try:
        told = value.__reduce_ex__(4)
    except Exception:  # whatever an object of a library raises; then it has no parts that could be compared
        return None
    if not isinstance(told, tuple) or len(told) < 2:
        return None
    state = told[2] if len(told) > 2 else None
    parts = {f"({number})": item for number, item in enumerate(told[1]) if not isinstance(item, type)}
    if isinstance(state, dict):
        parts.update((f".{name}", item) for name, item in state.items())
    elif state is not None:
        parts[".state"] = state
    return parts


def _is_number(value: Any) -> bool:
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, getattr(numpy, "number", ())):
        return True
    return isinstance(value, (int, float, complex))


def _same_number(one: Any, other: Any) -> bool:
    return bool(one == other or (one != one and other != other))


def _number(where: str, one: Any, other: Any) -> Difference:
    apart, scale = float(abs(one - other)), float(max(abs(one), abs(other)))
    return _told(where, apart, apart / scale if scale else 0.0)


def _told(where: str, apart: float, relative: float) -> Difference:
    return Difference(f"largest difference {apart:.3g} (relative {relative:.2g}){_at(where)}", where, apart, relative)


def _is_array(value: Any) -> bool:
    numpy: Any = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, getattr(numpy, "ndarray", ()))


def _array(where: str, one: Any, other: Any) -> Iterator[Difference]:
    numpy: Any = sys.modules["numpy"]
    if one.shape != other.shape or one.dtype != other.dtype:
        told = f"an array {one.shape}{_type(one)} became {other.shape}{_type(other)}"
        yield Difference(told + _at(where), where)
        return
    if one.dtype.names:
        for name in one.dtype.names:
            yield from _array(f"{where}[{name!r}]", one[name], other[name])
        return
    if one.dtype.kind not in "iufcb":
        unequal = [place for place in numpy.ndindex(one.shape) if not _equal(one[place], other[place])]
        if unequal:
            yield Difference(f"{len(unequal)} of {one.size} elements differ{_at(where)}", where)
        return
    wide = "complex128" if one.dtype.kind == "c" else "float64"
    apart = numpy.abs(one.astype(wide) - other.astype(wide))
    apart = numpy.where((one == other) | (numpy.isnan(one.astype(wide)) & numpy.isnan(other.astype(wide))), 0.0, apart)
    if not apart.size or not numpy.any(apart != 0):
        return
    place = numpy.unravel_index(int(numpy.argmax(numpy.where(numpy.isnan(apart), numpy.inf, apart))), apart.shape)
    most, scale = float(apart[place]), float(max(abs(one[place]), abs(other[place])))
    inside = f"[{', '.join(map(str, place))}]" if place else ""
    yield _told(where + inside, most, most / scale if scale else 0.0)


def _type(array: Any) -> str:
    return "" if array.dtype.names else f" {array.dtype}"


def _is_table(value: Any) -> bool:
    return hasattr(value, "columns") and hasattr(value, "to_numpy") and hasattr(value, "__getitem__")


def _equal(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except Exception:  # an object may not be comparable; then nobody can say that it is the same
        return False


def _kind(value: object) -> str:
    return type(value).__qualname__


def _at(where: str) -> str:
    return f" at {where}" if where else ""
