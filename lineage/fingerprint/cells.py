"""Where functions and classes that were defined in a notebook's cells, or at a prompt, have their source.

IPython and the prompts of newer Pythons leave the text of each cell in ``linecache``, under the file name of its code.
A function is found in it by the lines and columns that its code knows, so that it does not matter which cell was
executed last.
"""

from __future__ import annotations

import ast
import dis
import linecache
import textwrap
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

from lineage.errors import FingerprintError
from lineage.errors.defect import is_cell

__all__ = [
    "Definition",
    "cell_text",
    "class_definition",
    "definition",
    "has_function",
    "is_cell",
    "is_literal",
    "names_in",
    "targets",
    "text_of",
]

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef

_READS = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS", "STORE_GLOBAL", "DELETE_GLOBAL"})

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
    return any(each == code for each in _code_of(made))


def _code_of(code: CodeType) -> Iterator[CodeType]:
    """Yield a code object and all that are inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code_of(constant)


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


def text_of(node: Any, filename: str) -> str:
    """Return the text of a definition as its cell has it, with its decorators."""
    first = min(one.lineno for one in (node, *node.decorator_list))
    return textwrap.dedent("\n".join(cell_text(filename).split("\n")[first - 1 : node.end_lineno]))


def is_literal(node: ast.expr | None, value: Any) -> bool | None:
    """Return whether a literal is a value; ``None`` for what is no literal."""
    try:
        return node is not None and repr(ast.literal_eval(node)) == repr(value)
    except (ValueError, TypeError):
        return None


def targets(statement: ast.stmt) -> Iterator[ast.Name]:
    """Yield the plain names that a statement assigns."""
    found = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    yield from (each for each in found if isinstance(each, ast.Name))


def names_in(text: str) -> tuple[set[str], set[str]]:
    """Return the global names that a statement reads, and those that only annotations name."""
    tree = ast.parse(text)
    hints: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.annotation is not None:
            hints |= _named(node.annotation)
            node.annotation = None
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.returns is not None:
            hints |= _named(node.returns)
            node.returns = None
    code = compile(tree, "<live>", "exec", dont_inherit=True)
    found = {str(one.argval) for each in _code_of(code) for one in dis.get_instructions(each) if one.opname in _READS}
    return found, hints


def _named(node: ast.expr) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
