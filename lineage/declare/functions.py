"""Which functions can be steps, and where they stand."""

from __future__ import annotations

from types import FrameType, FunctionType, MethodType
from typing import Any

from lineage.declare.places import place
from lineage.errors import DeclarationError

__all__ = ["check_plain", "names_of", "source_of"]

_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200


def names_of(function: Any, frame: FrameType) -> tuple[str, str]:
    """Return name and qualified name of what can be a step, or say why it cannot."""
    name = getattr(function, "__name__", None)
    qualname = str(getattr(function, "__qualname__", name))
    where = place(frame.f_code.co_filename, frame.f_lineno)
    owner = qualname.rpartition(".")[0]
    problem = None
    if isinstance(function, (staticmethod, classmethod, MethodType)) or (owner and not owner.endswith("<locals>")):
        problem = (
            "a method",
            "a step is found by its name at the top level of a module, and an instance has hidden state",
        )
    elif isinstance(function, type):
        problem = "a class", "a step is called with artifacts and returns artifacts"
    elif name is None or not callable(function):
        problem = f"a {type(function).__name__}", "a step is found by its name in every process"
    if problem is not None:
        raise DeclarationError(
            f"{problem[0]} cannot be a step{'' if name is None else f': {qualname}'} ({where})",
            why=problem[1],
            fix="write a function at the top level",
        )
    check_plain(function, f"step '{name}'", where)
    return str(name), qualname


def check_plain(function: Any, what: str, where: str) -> None:
    """Refuse generator functions and coroutines."""
    code = getattr(_innermost(function), "__code__", None)
    flags = 0 if code is None else code.co_flags
    if flags & (_COROUTINE | _ASYNC_GENERATOR):
        raise DeclarationError(
            f"{what} ({where}) is an async function",
            why="calling it gives a coroutine, which is no value that could be kept",
            fix="write a plain def; call asyncio.run(...) inside it",
        )
    if flags & _GENERATOR:
        raise DeclarationError(
            f"{what} ({where}) is a generator function",
            why="calling it gives an iterator, which can be read only once and not be kept",
            fix="return a list or an array instead of yielding",
        )


def _innermost(function: Any) -> Any:
    """Follow ``functools.wraps`` down to the user's own function."""
    for _ in range(100):
        inner = getattr(function, "__wrapped__", None)
        if inner is None:
            break
        function = inner
    return function


def source_of(function: Any, frame: FrameType) -> tuple[str, int]:
    """Return file and first line of a function, or of the place that declares it."""
    inner = _innermost(function)
    if isinstance(inner, FunctionType):
        return inner.__code__.co_filename, inner.__code__.co_firstlineno
    return frame.f_code.co_filename, frame.f_lineno
