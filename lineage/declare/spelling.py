"""How a value is written in a name: short, harmless to shells and file systems, and different for different values."""

from __future__ import annotations

import re
from enum import Enum
from typing import Any

from xxhash import xxh3_128_hexdigest

from lineage.declare.arguments import BY_NAME, plain
from lineage.fingerprint.values import parameter_digest
from lineage.model.plan import Value

__all__ = ["hashed", "labelled", "safe", "spelled"]

_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-")
_LONGEST = 32
_NUMBERS = frozenset({int, float, bool, type(None)})
_WORDS = frozenset({"True", "False", "None"})


def spelled(argument: Value, module: str) -> str:
    """Return a value as part of a name.

    Parameters
    ----------
    argument : Value
        The value.
    module : str
        The module in which the pipeline is: functions, classes and enumerations of others have their module's name.

    Returns
    -------
    str
        Numbers and plain words as they are; whatever else, and a text that looks like a number, with six digits of a
        digest, so that no two values have one text. That digest is never of code: an edit renames nothing.
    """
    value, kind = argument.value, argument.value.__class__
    if kind in _NUMBERS and len(argument.shown) <= _LONGEST:
        return argument.shown
    if kind is str:
        return _marked(value, argument.digest) if _is_literal(value) else safe(value, argument.digest)
    if isinstance(value, BY_NAME):
        return _named(value, module)
    if isinstance(value, Enum):
        return _named(kind, module, f".{value.name}")
    if kind.__module__ == "numpy" and _is_literal(argument.shown):
        return safe(argument.shown, argument.digest)
    return _marked(argument.shown, parameter_digest(plain(value)))


def labelled(name: str) -> str:
    """Return the name of an argument as part of a name; keywords of ``**options`` may be any text."""
    return name if name.isidentifier() or re.fullmatch(r"\w+\[\d+\]", name) else safe(name, hashed(name))


def safe(text: str, digest: str) -> str:
    """Return a text as part of a name; its digest is added if it had to be cut or characters to be replaced.

    Examples
    --------
    >>> safe("0.1", "9f86d0")
    '0.1'
    >>> safe("Ridge(alpha=1)", "9f86d0")
    'Ridge_alpha_1-9f86d0'
    """
    if _SAFE.issuperset(text) and 0 < len(text) <= _LONGEST:
        return text
    return _marked(text, digest)


def hashed(text: str) -> str:
    """Return the digest of a text."""
    return xxh3_128_hexdigest(text.encode("utf-8", "surrogatepass"))


def _marked(text: str, digest: str) -> str:
    words = re.sub(r"[^A-Za-z0-9._+-]+", "_", text)
    return f"{words[:_LONGEST].strip('_')}-{digest[:6]}"


def _named(value: Any, module: str, rest: str = "") -> str:
    own = value.__module__ == module
    name = value.__qualname__ + rest
    text = name if own else f"{value.__module__}.{name}"
    if _SAFE.issuperset(text) and len(text) <= _LONGEST:
        return text
    return _marked(name, hashed(f"{value.__module__}:{name}"))


def _is_literal(text: str) -> bool:
    if text in _WORDS:
        return True
    try:
        float(text)
    except ValueError:
        return False
    return True
