"""Texts of a step that go only to functions whose opening of files is heard (`lineage.execute.hearing`)."""

from __future__ import annotations

import ast
import tokenize
from collections import Counter
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

__all__ = ["heard"]

#: Functions of Python itself: what they open is heard (see `hearing`), and the others open nothing.
_HEARD = frozenset({"open", "print", "len", "str", "repr", "getattr", "isinstance"})
#: Modules all of whose functions are heard, or do not read.
_HEARD_MODULES = frozenset({"os", "glob", "io", "logging", "re"})
#: Methods of a `pathlib.Path` that is written out where they are called; those that make other paths are missing.
_HEARD_METHODS = frozenset({"open", "read_text", "read_bytes", "write_text", "exists", "is_file", "glob"})


def heard(function: Callable[..., Any]) -> frozenset[str]:
    """Return the literal texts in a function that go nowhere but to what is heard anyway.

    ``open("b.csv")`` counts when it happens; that it is written there says nothing more. This parses the function's
    file, so it is for those few functions that name an existing file.
    """
    code = function.__code__ if isinstance(function, FunctionType) else None
    try:
        with tokenize.open(code.co_filename if code else "") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, UnicodeDecodeError):  # made without a file, or changed since: then all texts count
        return frozenset()
    every: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    for function_node in _functions(tree, code.co_firstlineno if code else 0):
        for node in ast.walk(function_node):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                every[node.value] += 1
            elif isinstance(node, ast.Call):
                passed.update(_passed_to_heard(node))
    return frozenset(text for text, count in passed.items() if count == every[text])


def _functions(tree: ast.Module, line: int) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
            if min(each.lineno for each in (node, *decorators)) == line:
                yield node


def _passed_to_heard(node: ast.Call) -> list[str]:
    given: list[ast.expr] = []
    match node.func:
        case ast.Name(id=name) if name in _HEARD:
            given = node.args
        case ast.Attribute(value=ast.Call(func=ast.Name(id="Path"), args=args), attr=name) if name in _HEARD_METHODS:
            given = args
        case ast.Attribute(value=ast.Name(id=name) | ast.Attribute(value=ast.Name(id=name))) if name in _HEARD_MODULES:
            given = node.args
    return [each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)]
