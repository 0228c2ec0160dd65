"""The identity of values, and how they are shown.

`parameter_digest` is for the literals that a pipeline's body gives to its steps: small values, on the way of every
`doit`, so it encodes the common types by hand and asks `canonical` only for the others. `value_digest` is for what
steps put out. Both rather refuse than guess (as dask's ``tokenize`` does): a value whose identity cannot be told has
none.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import Enum
from pathlib import PurePath
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

from xxhash import xxh3_128_hexdigest

from lineage.errors import FingerprintError

__all__ = ["WIDEST_INT", "combined_digest", "parameter_digest", "show_value", "type_name", "value_digest"]


def parameter_digest(value: object) -> str:
    """Return the digest of a parameter: the same in every process, and different for whatever can be told apart.

    ``1``, ``1.0``, ``True`` and ``"1"`` differ, as do ``0.0`` and ``-0.0``; the order of a dict counts, because code
    can see it, that of a set does not. Functions and classes are their names (their code is another ingredient).

    Parameters
    ----------
    value : object
        A scalar, a container, an enum member, a dataclass or NamedTuple, a path, a date, a numpy value, a function or
        class that can be imported, an unfitted estimator ... An object of a class with a method
        ``__lineage_token__() -> str`` tells its own identity.

    Returns
    -------
    str
        xxh3-128, 32 hex digits.

    Raises
    ------
    FingerprintError
        If the value has hidden state (a random generator, an iterator, an open file, a lock), has no name of its own (a
        lambda) or contains itself. It does not say where the value was given: the caller knows.
    """
    try:
        return xxh3_128_hexdigest(_encode(value))
    except RecursionError:
        raise FingerprintError(
            f"a {type_name(type(value))} has no fingerprint",
            why="it contains itself, or is nested too deep to be looked at",
            fix="pass something flatter, or make it inside the step",
        ) from None


def value_digest(value: object, refers: set[str] | None = None) -> str | None:
    """Return the digest of an artifact's value, whatever bytes it would be stored as.

    Two equally trained models, and a model that was saved and loaded, have one digest, although their pickles differ.

    Parameters
    ----------
    value : object
        What a step has put out.
    refers : set of str, optional
        Takes what the value refers to: the project's classes and functions as ``module:name``, and names of packages.

    Returns
    -------
    str or None
        xxh3-128, 32 hex digits; ``None`` for a value that contains itself or cannot be pickled: then its stored bytes
        have to stand for it.
    """
    from lineage.fingerprint.canonical import digest_of

    return digest_of(value, refers)


def combined_digest(*parts: str | bytes) -> str:
    """Return one digest of several texts, which cannot run into one another."""
    encoded = [part.encode() if isinstance(part, str) else part for part in parts]
    return xxh3_128_hexdigest(b"".join(b"%d:%b" % (len(part), part) for part in encoded))


def type_name(kind: type) -> str:
    """Return a type's name as people write it: ``float``, ``numpy.ndarray``, ``sklearn.svm._classes.SVC``."""
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


# -- the encoding ------------------------------------------------------------------------------------------------------
# Every encoding tells its own length, so that no two sequences of values run together, and starts with its type.


def _atom(tag: bytes, text: str | bytes) -> bytes:
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return b"%b%d:%b" % (tag, len(data), data)


def _sequence(tag: bytes, items: list[bytes]) -> bytes:
    return b"%b%d:%b" % (tag, len(items), b"".join(items))


def _encode_dict(value: dict[Any, Any]) -> bytes:
    return _sequence(b"D", [_encode(key) + _encode(item) for key, item in value.items()])


_EXACT: dict[type, Callable[[Any], bytes]] = {
    type(None): lambda value: b"0",
    bool: lambda value: b"+" if value else b"-",
    int: lambda value: _atom(b"i", f"{value:x}"),
    float: lambda value: _atom(b"f", repr(value)),
    complex: lambda value: _atom(b"c", repr(value)),
    str: lambda value: _atom(b"s", value),
    bytes: lambda value: _atom(b"b", value),
    list: lambda value: _sequence(b"L", [_encode(item) for item in value]),
    tuple: lambda value: _sequence(b"T", [_encode(item) for item in value]),
    dict: _encode_dict,
    set: lambda value: _sequence(b"S", sorted(_encode(item) for item in value)),
    frozenset: lambda value: _sequence(b"Z", sorted(_encode(item) for item in value)),
}


def _encode(value: Any) -> bytes:
    encoder = _EXACT.get(type(value))
    return _encode_object(value) if encoder is None else encoder(value)


def _encode_object(value: Any) -> bytes:
    kind = type(value)
    token = getattr(kind, "__lineage_token__", None)
    if token is not None:
        return _sequence(b"K", [_atom(b"s", type_name(kind)), _atom(b"s", _text_of(token(value), kind))])
    if isinstance(value, PurePath):
        return _sequence(b"P", [_atom(b"s", kind.__name__), _atom(b"s", str(value))])
    if isinstance(value, Enum):
        return _sequence(b"E", [_atom(b"s", _importable(kind)), _encode(value.name), _encode(value.value)])
    if isinstance(value, (type, FunctionType)) or _is_plain_builtin(value):
        name = _importable(value)
        return _atom(b"n" if _is_outermost(name, value) else b"w", name)
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        return _sequence(b"N", [_atom(b"s", _importable(kind)), *(_encode(item) for item in value)])
    if hasattr(kind, "__dataclass_fields__") and not isinstance(value, _CONTAINERS):
        fields = [(name, getattr(value, name)) for name in kind.__dataclass_fields__ if hasattr(value, name)]
        # What __post_init__ has made of an InitVar, say, is no field.
        more = [item for item in getattr(value, "__dict__", {}).items() if item[0] not in kind.__dataclass_fields__]
        told = [_encode(fields), _encode(more)] if more else [_encode(fields)]
        return _sequence(b"A", [_atom(b"s", _importable(kind)), *told])
    return _atom(b"o", _by_canonical_pickle(value))


#: A dataclass may also be one of these, and have members besides its fields.
_CONTAINERS = (str, bytes, bytearray, int, float, complex, list, tuple, dict, set, frozenset)


def _text_of(token: Any, kind: type) -> str | bytes:
    if isinstance(token, (str, bytes)):
        return token
    raise FingerprintError(
        f"a {type_name(kind)} has no fingerprint",
        why=f"its __lineage_token__() gave no text but {type_name(type(token))}",
        fix="return a text from it that differs wherever the objects do",
    )


def _is_outermost(name: str, value: Any) -> bool:
    """Tell a decorated function from the one inside of it, ``train.__wrapped__``, which has the same name."""
    module, _, path = name.partition(":")
    found = sys.modules.get(module)
    return found is None or _reached(found, path) is value or not hasattr(_reached(found, path), "__wrapped__")


def _is_plain_builtin(value: Any) -> bool:
    """Tell ``len`` from ``[].append``, which brings its list along."""
    return isinstance(value, BuiltinFunctionType) and isinstance(value.__self__, ModuleType | None)


def _importable(value: Any) -> str:
    """Return ``module:qualname`` of a function or class; refuse one that another process would not find there."""
    module, name = getattr(value, "__module__", None) or "builtins", value.__qualname__
    if "<lambda>" in name:
        raise _nameless("a lambda", "has no name by which another process could find it")
    if "<" in name:
        raise _nameless(f"'{value.__name__}'", "is defined inside a function, so two of that name can differ")
    if not _leads_to(module, name, value):
        raise _nameless(f"'{value.__name__}'", f"is not what {module}.{name} is, so two of that name can differ")
    return f"{module}:{name}"


def _nameless(told: str, why: str) -> FingerprintError:
    fix = "define it with def or class at the top level of a module"
    return FingerprintError(f"{told} has no fingerprint", why=f"{told} {why}", fix=fix)


def _leads_to(module: str, name: str, value: Any) -> bool:
    found = sys.modules.get(module)
    if found is None:
        return True  # a namespace that is no module: nothing to compare with
    reached = _reached(found, name)
    return reached is value or getattr(reached, "__wrapped__", None) is value


def _reached(module: ModuleType, name: str) -> Any:
    first, *rest = name.split(".")
    found = vars(module).get(first)  # not getattr, which may import a deferred module
    for part in rest:
        found = getattr(found, part, None)
    return found


def _by_canonical_pickle(value: Any) -> str:
    from lineage.fingerprint.canonical import CannotTell, digest_parameter

    try:
        return digest_parameter(value)
    except CannotTell as problem:
        raise FingerprintError(
            f"a {type_name(type(value))} has no fingerprint", why=problem.why, fix=problem.fix
        ) from problem


# -- showing -----------------------------------------------------------------------------------------------------------

_WIDTH = 60
#: Bits of the largest number that is shown in decimals: more take ever longer, and beyond 4,300 digits Python refuses.
WIDEST_INT = 200
_BRACKETS: dict[type, tuple[str, str]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    set: ("{", "}"),
    frozenset: ("{", "}"),
    dict: ("{", "}"),
}


def show_value(value: object) -> str:
    """Return a short text for a value: ``0.001``, ``'rbf'``, ``svc_trainer``, ``[0.1, 1.0, 10.0]``, ``SVC(C=10)``.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    str
        One line of at most 60 characters, without memory addresses.
    """
    text = _show(value, 3)
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def _show(value: Any, depth: int) -> str:
    kind = type(value)
    if kind in (str, bytes):
        return _cut(repr(value[: _WIDTH + 1]))
    if kind is int and value.bit_length() > WIDEST_INT:
        return f"{value:#x}"[: _WIDTH + 1]
    if kind in _BRACKETS:
        return _show_container(value, kind, depth)
    if isinstance(value, (type, FunctionType, BuiltinFunctionType, MethodType)):
        return value.__qualname__ if "<" not in value.__qualname__ else value.__name__
    if isinstance(value, ModuleType):
        return value.__name__
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Enum):
        return f"{kind.__name__}.{value.name}"
    return _show_object(value, kind)


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def _show_container(value: Any, kind: type, depth: int) -> str:
    opening, closing = _BRACKETS[kind]
    if depth == 0 and value:
        return f"{opening}…{closing}"
    shown: list[str] = []
    for item in value.items() if kind is dict else value:
        if len(shown) == 12:
            shown.append("…")
            break
        shown.append(_show_item(item, depth - 1) if kind is dict else _show(item, depth - 1))
    if kind in (set, frozenset):
        shown.sort()  # the order of a set differs between processes
        opening, closing = (opening, closing) if shown else ("set(", ")")
    comma = "," if kind is tuple and len(shown) == 1 else ""
    return f"{opening}{', '.join(shown)}{comma}{closing}"


def _show_item(item: tuple[Any, Any], depth: int) -> str:
    return f"{_show(item[0], depth)}: {_show(item[1], depth)}"


def _show_object(value: Any, kind: type) -> str:
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, getattr(numpy, "ndarray", ())):
        array: Any = value
        return f"array {array.shape} {array.dtype}"
    if numpy is not None and isinstance(value, getattr(numpy, "generic", ())):
        return str(value)
    if kind.__module__.partition(".")[0] == "pandas":
        return f"{kind.__name__} {getattr(value, 'shape', '')}"
    try:
        text = " ".join(repr(value).split())
    except Exception:  # a user's __repr__ may do anything
        text = ""
    return text if text and " at 0x" not in text else kind.__name__
