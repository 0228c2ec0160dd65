"""What a call replaces that it is told by a text: ``unittest.mock.patch("helpers.RATE", 2)``."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

__all__ = ["REPLACING", "patched"]

_BY_TEXT = frozenset({"patch", "setattr", "delattr"})
_OF_PATCH = frozenset({"multiple", "dict"})
REPLACING = _BY_TEXT | _OF_PATCH
"""The last parts of the names of what replaces: of all other calls `patched` yields nothing."""


def patched(origin: str, node: ast.Call, fold: Callable[[ast.expr], str | None]) -> Iterator[str]:
    """Yield references to what a call replaces, ``level:module:rest``.

    Parameters
    ----------
    origin : str
        What is called, with the imports applied.
    node : ast.Call
        The call.
    fold : callable
        Returns the text that an expression evaluates to, with a trailing ``*`` where only its beginning is known.
    """
    owner, _, last = origin.rpartition(".")
    of_patch = owner.rpartition(".")[2] == "patch" and last in _OF_PATCH
    if not owner or not node.args or not (of_patch or last in _BY_TEXT):
        return
    text = fold(node.args[0])
    if text is None or not all(part.isidentifier() for part in text.removesuffix("*").rstrip(".").split(".")):
        return
    if last == "multiple":
        yield from (f"0:{text}:{word.arg or '*'}" for word in node.keywords)
    elif "." in text:
        module, _, name = text.rpartition(".")
        yield f"0:{module}:{'*' if name.endswith('*') else name}"
