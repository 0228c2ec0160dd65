"""What a live object of a notebook is: a step, a function of a cell, or something that is imported from a module."""

from __future__ import annotations

import ast
import sys
from types import FunctionType, MethodType, ModuleType
from typing import Any

from lineage.fingerprint.cells import is_cell
from lineage.fingerprint.source import PACKAGE

__all__ = ["MAIN", "declared", "innermost", "is_mains", "origin", "underlying"]

MAIN = "__main__"

#: Not vars(), for which a module that has only been read would be imported.
_NAMESPACE: Any = vars(ModuleType)["__dict__"]
_SHELLS = frozenset({"IPython", "ipykernel"})


def declared(value: Any) -> tuple[ast.expr | None, Any]:
    """Return this library's decorator of a step or pipeline, and the function; of anything else the function itself."""
    kind = type(value)
    if kind.__module__.partition(".")[0] == PACKAGE and kind.__name__ in ("Step", "Pipeline"):
        function = getattr(value, "_function", None)
        options = dict(getattr(value, "options", None) or {})
        text = f"{PACKAGE}.{kind.__name__.lower()}" + (f"(**{options!r})" if options else "")
        return ast.parse(text, mode="eval").body, function
    return None, value


def innermost(function: Any) -> Any:
    """Follow ``functools.wraps`` down to the function itself."""
    for _ in range(100):
        inner = getattr(function, "__wrapped__", None)
        if inner is None:
            break
        function = inner
    return function


def underlying(value: Any) -> Any:
    """Return the function behind a property, a static method or a class method; anything else as it is."""
    return value.fget if isinstance(value, property) else getattr(value, "__func__", value)


def is_mains(function: FunctionType) -> bool:
    """Whether a function's code is a cell's, or that of a script that was run, or of exec, in ``__main__`` itself."""
    if is_cell(function.__code__.co_filename) or function.__globals__.get("__name__") == MAIN:
        return True
    return function.__module__ == MAIN and not hasattr(function, "__wrapped__")


def origin(value: Any) -> tuple[str, str] | None:
    """Return the module and the name by which another process finds something; ``None`` for what is ``__main__``'s."""
    if isinstance(value, MethodType) and type(value.__self__).__module__.partition(".")[0] in _SHELLS:
        return type(value.__self__).__module__, type(value.__self__).__name__
    module = getattr(value, "__module__", None)
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None) or getattr(value, "_name", None)
    if not isinstance(module, str) or not isinstance(name, str) or module == MAIN:
        return None
    holder = sys.modules.get(module)
    first, *rest = name.split(".")
    if holder is None or rest:
        return None
    found = _NAMESPACE.__get__(holder).get(first)
    # After importlib.reload, or %autoreload, a name may still stand for what it was before.
    same = found is value or (isinstance(value, type) and isinstance(found, type)) or _same_file(found, value)
    return (module, first) if same else None


def _same_file(one: Any, other: Any) -> bool:
    both = isinstance(one, FunctionType) and isinstance(other, FunctionType)
    return both and one.__code__.co_filename == other.__code__.co_filename
