"""What a function or a class does, as far as it can be told from the live object.

An artifact may hold a function (a ``FunctionTransformer``) or be an object of the project's own class. What such an
artifact is depends on code, so the code is part of its digest: bytecode and constants without docstrings, files and
line numbers, and what the code reaches through globals and closures. What comes from a library is its name.
"""

from __future__ import annotations

import opcode
import os
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

__all__ = ["class_parts", "code_parts", "function_parts", "is_library"]

_STANDARD = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_PACKAGES = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


def is_library(module: str | None) -> bool:
    """Return whether a module is part of Python, of an installed package, or of lineage; not of the user's project."""
    found = sys.modules.get(module or "builtins")
    if found is None or module == "__main__":
        return False
    path = vars(found).get("__file__") or getattr(vars(found).get("__spec__"), "origin", None)
    if not path or not path.endswith((".py", ".pyc")):
        return True  # built in, or compiled
    return path.startswith((_STANDARD, _HERE)) or any(part in path for part in _PACKAGES)


def code_parts(code: CodeType) -> tuple[Any, ...]:
    """Return what decides what a code object does."""
    return (
        (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags),
        (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars),
        (code.co_code, code.co_exceptiontable),
        _constants(code),
    )


def _constants(code: CodeType) -> tuple[Any, ...]:
    """Return the constants without the docstring, which is the first one unless an instruction uses that."""
    constants = code.co_consts
    if not constants or not isinstance(constants[0], str) or code.co_name.startswith("<"):
        return constants
    words = code.co_code
    used = any(words[at] in opcode.hasconst and words[at + 1] == 0 for at in range(0, len(words), 2))
    return constants if used else (None, *constants[1:])


def function_parts(function: FunctionType) -> dict[str, Any]:
    """Return what decides what a function does, by name."""
    parts: dict[str, Any] = {
        "code": function.__code__,
        "defaults": function.__defaults__,
        "keyword defaults": function.__kwdefaults__,
    }
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
        parts[f"closure {name}"] = _content(cell)
    parts.update(_reached(function))
    return parts


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return "empty"


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _reached(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """Yield the globals that a function names, and what it names of the project's modules among them."""
    names = sorted(set(_names(function.__code__)))
    for name in names:
        if name not in function.__globals__:
            continue
        value = function.__globals__[name]
        yield f"global {name}", value
        if isinstance(value, ModuleType) and not is_library(value.__name__):
            inside = vars(value)
            yield from ((f"global {name}.{inner}", inside[inner]) for inner in names if inner in inside)


#: Of a class's attributes that are no functions, those with a meaning of their own and no part of what it does.
_SKIPPED = frozenset({"_abc_impl", "_is_protocol", "_is_runtime_protocol"})


def class_parts(kind: type) -> dict[str, Any]:
    """Return what decides what the objects of a class do, by name."""
    parts: dict[str, Any] = {f"base {number}": base for number, base in enumerate(kind.__bases__)}
    for name, value in vars(kind).items():
        plain = _underlying(value)
        special = name.startswith("__") and name.endswith("__")
        if name not in _SKIPPED and (not special or isinstance(plain, FunctionType)):
            parts[name] = plain
    return dict(sorted(parts.items()))


def _underlying(value: Any) -> Any:
    if isinstance(value, (staticmethod, classmethod)):
        return value.__func__
    if isinstance(value, property):
        return (value.fget, value.fset, value.fdel)
    return value
