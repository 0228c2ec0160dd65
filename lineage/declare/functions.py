"""Which functions can be steps, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from types import FrameType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any, NoReturn

from lineage.declare.places import place
from lineage.errors import DeclarationError

if TYPE_CHECKING:
    from lineage.fingerprint.source import SourceIndex

__all__ = ["check_methods", "check_plain", "is_generator", "names_of", "refuse_plain", "source_of"]

_WHY = {
    "a method": "a step is found by its name at the top level of a module, and an instance has hidden state",
    "a class": "a step is called with artifacts and returns artifacts",
}
_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200


def names_of(function: Any, frame: FrameType) -> tuple[str, str]:
    """Return name and qualified name of what can be a step, or say why it cannot."""
    name = getattr(function, "__name__", None)
    qualname = str(getattr(function, "__qualname__", name))
    where = place(frame.f_code.co_filename, frame.f_lineno)
    owner = qualname.rpartition(".")[0]
    kind = None
    if isinstance(function, (staticmethod, classmethod, MethodType)) or (owner and not owner.endswith("<locals>")):
        kind = "a method"
    elif isinstance(function, type):
        kind = "a class"
    elif name is None or not callable(function):
        kind = f"a {type(function).__name__}"
    if kind is not None:
        raise _no_step(kind, "" if name is None else qualname, where)
    check_plain(function, f"step '{name}'", where)
    return str(name), qualname


def _no_step(kind: str, name: str, where: str) -> DeclarationError:
    return DeclarationError(
        f"{kind} cannot be a step{name and f': {name}'} ({where})",
        why=_WHY.get(kind, "a step is found by its name in every process"),
        fix="write a function at the top level",
    )


def check_plain(function: Any, what: str, where: str) -> None:
    """Refuse generator functions and coroutines."""
    code = getattr(_innermost(function), "__code__", None)
    flags = 0 if code is None else code.co_flags
    if flags & (_COROUTINE | _ASYNC_GENERATOR | _GENERATOR):
        refuse_plain(what, where, is_async=not flags & _GENERATOR)


def refuse_plain(what: str, where: str, *, is_async: bool) -> NoReturn:
    """Say why a coroutine, or a generator function, cannot be a step or a pipeline."""
    if is_async:
        raise DeclarationError(
            f"{what} ({where}) is an async function",
            why="calling it gives a coroutine, which is no value that could be kept",
            fix="write a plain def; call asyncio.run(...) inside it",
        )
    raise DeclarationError(
        f"{what} ({where}) is a generator function",
        why="calling it gives an iterator, which can be read only once and not be kept",
        fix="return a list or an array instead of yielding",
    )


def is_generator(lines: Sequence[str]) -> bool:
    """Whether a ``def``, given by its lines, makes generators; the word alone, in a text or a comment, says nothing."""
    if not any("yield" in line for line in lines):
        return False
    import ast  # most modules need neither

    waiting: list[ast.AST] = list(ast.parse("\n".join(lines)).body[0].body)  # type: ignore[attr-defined]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting.extend(ast.iter_child_nodes(node))
    return False


def check_methods(text: str, index: SourceIndex) -> None:
    """Refuse methods that a module declares to be steps.

    Parameters
    ----------
    text : str
        The module's source.
    index : SourceIndex
        What it says.
    """
    names = [name for name, origin in index.imports.items() if origin == "lineage.step"]
    names += [f"{name}.step" for name, origin in index.imports.items() if origin == "lineage"]
    if not any(f" @{name}" in text or f"\t@{name}" in text for name in names):
        return
    import ast

    for owner in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)):
        for method in owner.body:
            for decorator in getattr(method, "decorator_list", ()):
                called = decorator.func if isinstance(decorator, ast.Call) else decorator
                if ast.unparse(called) in names:
                    raise _no_step("a method", f"{owner.name}.{method.name}", place(index.path, decorator.lineno))  # type: ignore[attr-defined]


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
