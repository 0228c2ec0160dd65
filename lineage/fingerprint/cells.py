"""Where functions and classes that were defined in a notebook's cells, or at a prompt, have their source.

IPython and the prompts of newer Pythons leave the text of each cell in ``linecache``, under the file name of its code.
A function is found in it by the lines and columns that its code knows, so that it does not matter which cell was
executed last.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from types import CodeType, FunctionType

from lineage.errors import FingerprintError
from lineage.errors.defect import is_cell

__all__ = ["Definition", "cell_text", "class_definition", "code_of", "definition", "has_function", "is_cell"]

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef

_parsed: dict[str, tuple[str, ast.Module]] = {}


def cell_text(filename: str) -> str:
    """Return the text of a cell, or of a file that was run; empty where there is none."""
    if not is_cell(filename):
        linecache.checkcache(filename)
    return "".join(linecache.getlines(filename))


def _module_of(filename: str) -> ast.Module | None:
    """Return what a cell says, ``None`` where its text is not known."""
    text = cell_text(filename)
    known = _parsed.get(filename)
    if known is None or known[0] != text:
        try:
            known = _parsed[filename] = (text, ast.parse(text))
        except SyntaxError:
            return None
    return known[1] if text else None


def definition(function: FunctionType) -> Definition:
    """Return the ``def`` or the ``lambda`` that a function was made by.

    Raises
    ------
    FingerprintError
        If its source is not known: it was made by ``exec``, or its file has changed since.
    """
    code = function.__code__
    tree = _module_of(code.co_filename)
    found = None if tree is None else next((node for node in ast.walk(tree) if _made(node, code)), None)
    if found is None or not (is_cell(code.co_filename) or _still_says(code)):
        name = function.__qualname__
        raise FingerprintError(
            f"'{name}' has no source",
            why="it was made by exec, or its file has changed since it ran, so nobody can tell when it differs",
            fix="define it in a cell or in a module of the project, and execute that again",
        )
    assert isinstance(found, Definition)
    return found


def _made(node: ast.AST, code: CodeType) -> bool:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        first = min(one.lineno for one in (node, *node.decorator_list))
        return node.name == code.co_name and first == code.co_firstlineno
    return isinstance(node, ast.Lambda) and code.co_name == "<lambda>" and _place(node.body) in _places(code)


def _place(node: ast.expr) -> tuple[int, int | None, int, int | None]:
    return (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset)


def _places(code: CodeType) -> set[tuple[int | None, int | None, int | None, int | None]]:
    """Return where a lambda's own instructions stand: that of its whole body is among them."""
    return set(code.co_positions())


def _still_says(code: CodeType) -> bool:
    """Whether the file of a script that was run still has this code in it."""
    flags = code.co_flags & 0x1FFE0000  # what __future__ imports set
    try:
        made = compile(cell_text(code.co_filename), code.co_filename, "exec", flags=flags, dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return any(each == code for each in code_of(made))


def code_of(code: CodeType) -> Iterator[CodeType]:
    """Yield a code object and all that are inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from code_of(constant)


def class_definition(kind: type) -> ast.ClassDef | None:
    """Return the ``class`` statement that made a class; ``None`` where no method of its own tells where it is."""
    for value in vars(kind).values():
        function = getattr(value, "__func__", getattr(value, "fget", value))
        function = getattr(function, "__wrapped__", function)
        if not isinstance(function, FunctionType) or function.__qualname__.rpartition(".")[0] != kind.__qualname__:
            continue
        tree = _module_of(function.__code__.co_filename)
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.ClassDef) and node.name == kind.__name__ and has_function(node, function.__code__):
                return node
    return None


def has_function(node: ast.ClassDef, code: CodeType) -> bool:
    """Whether the code of a method stands in a class."""
    return any(_made(inner, code) for inner in ast.walk(node))
