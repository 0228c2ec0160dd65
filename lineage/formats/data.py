"""Plain data, as JSON that any tool reads: numbers, truth values, None, and lists and dicts of these.

The file holds what JSON can say; what it cannot (that a list was a tuple, that a number was a ``numpy.float64`` or not
a number) stands in the summary as ``types``, a list of [path, tag], so that exactly the same value comes back while
``json.load(open("artifacts/digits/accuracy.json"))`` just works.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from lineage.fingerprint.values import show_value, type_name
from lineage.formats.protocol import Encoded

__all__ = ["Data"]

#: Larger or stranger data than this goes to pickle: it is for machines.
MOST_VALUES = 100_000
MOST_TAGS = 200
MOST_DEPTH = 60
_INDENTED = 1000
_NOT_FINITE = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}
_SCALARS = (type(None), bool, int, float)

Path = tuple[str | int, ...]


class _NotPlain(Exception):  # noqa: N818 - a signal between two functions
    """The value is not for JSON."""


class Data:
    """Stores None, bool, int, float, numpy numbers, and lists, tuples and dicts of these and of texts."""

    name = "json"
    extension = ".json"
    safe = True

    def accepts(self, value: object) -> bool:
        """Return whether it comes back from JSON exactly, with the help of at most `MOST_TAGS` tags."""
        try:
            _Projection().project(value, (), 0)
        except _NotPlain:
            return False
        return True

    def encode(self, value: Any) -> Encoded:
        """Write readable JSON: indented where it is short."""
        projection = _Projection()
        plain = projection.project(value, (), 0)
        indent = 1 if projection.seen <= _INDENTED and isinstance(plain, list | dict) else None
        text = json.dumps(plain, ensure_ascii=False, allow_nan=False, indent=indent) + "\n"
        summary = _summary(value, plain)
        salt = ""
        if projection.tags:
            summary["types"] = projection.tags
            salt = json.dumps(projection.tags)
        return Encoded(type_name(type(value)), summary, [text.encode()], salt=salt)

    def decode(self, path: str, summary: dict[str, Any]) -> object:
        """Read the value back, with the types that its summary tells."""
        with open(path, "rb", buffering=0) as file:  # half the system calls: most of these files are short
            plain = json.loads(file.read().decode())
        tags = {tuple(where): tag for where, tag in summary.get("types", ())}
        return _restored(plain, (), tags) if tags else plain


class _Projection:
    """What JSON can say of a value, and tags for the rest."""

    def __init__(self) -> None:
        self.tags: list[list[Any]] = []
        self.seen = 0

    def project(self, value: Any, path: Path, depth: int) -> Any:
        self.seen += 1
        if self.seen > MOST_VALUES or depth > MOST_DEPTH:
            raise _NotPlain
        kind = type(value)
        if kind is bool or value is None:
            return value
        if kind is str:
            return _text(value)
        if kind is int:
            return _int(value)
        if kind is float:
            return self._float(value, path)
        if kind is list or kind is tuple:
            if kind is tuple:
                self._tag(path, "tuple")
            return [self.project(item, (*path, number), depth + 1) for number, item in enumerate(value)]
        if kind is dict:
            return self._dict(value, path, depth)
        return self._numpy(value, path)

    def _tag(self, path: Path, tag: str) -> None:
        if len(self.tags) == MOST_TAGS:
            raise _NotPlain
        self.tags.append([list(path), tag])

    def _float(self, value: float, path: Path) -> float | None:
        if value - value == 0.0:
            return value
        self._tag(path, repr(value))
        return None

    def _dict(self, value: dict[Any, Any], path: Path, depth: int) -> dict[str, Any]:
        kinds = set(map(type, value))
        if kinds == {int}:
            self._tag(path, "int keys")
            return {str(_int(key)): self.project(item, (*path, str(key)), depth + 1) for key, item in value.items()}
        if kinds - {str}:
            raise _NotPlain
        return {_text(key): self.project(item, (*path, key), depth + 1) for key, item in value.items()}

    def _numpy(self, value: Any, path: Path) -> Any:
        numpy: Any = sys.modules.get("numpy")
        generic = getattr(numpy, "generic", None)
        if generic is None or not isinstance(value, generic):
            raise _NotPlain
        dtype = value.dtype
        if dtype.kind not in "biuf" or dtype.itemsize > 8 or numpy.dtype(dtype.name).type is not type(value):
            raise _NotPlain
        number = value.item()
        finite = number - number == 0
        self._tag(path, dtype.name if finite else f"{dtype.name} {number!r}")
        return number if finite else None


def _text(value: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _NotPlain from None
    return value


def _int(value: int) -> int:
    if value.bit_length() > 4096:  # Python itself refuses to read much longer ones back
        raise _NotPlain
    return value


def _restored(plain: Any, path: Path, tags: dict[Path, str]) -> Any:
    if isinstance(plain, list):
        items = [_restored(item, (*path, number), tags) for number, item in enumerate(plain)]
        return tuple(items) if path in tags else items
    if isinstance(plain, dict):
        whole = path in tags
        return {int(key) if whole else key: _restored(item, (*path, key), tags) for key, item in plain.items()}
    tag = tags.get(path)
    return plain if tag is None else _retyped(plain, tag)


def _retyped(plain: Any, tag: str) -> Any:
    if tag in _NOT_FINITE:
        return _NOT_FINITE[tag]
    import numpy as np

    name, _, number = tag.partition(" ")
    return np.dtype(name).type(_NOT_FINITE[number] if number else plain)


def _summary(value: Any, plain: Any) -> dict[str, Any]:
    if isinstance(plain, list | dict):
        summary: dict[str, Any] = {"length": len(plain), "head": show_value(value)}
        if isinstance(plain, dict) and 0 < len(plain) <= 50 and all(map(_is_number, plain.values())):
            summary["numbers"] = plain
        return summary
    if plain is None and value is not None:
        return {"value": repr(float(value))}
    return {"value": plain}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1 << 62
