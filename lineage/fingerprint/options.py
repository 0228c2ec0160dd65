"""The options of `step` and `shell_step`, read from the AST.

An option is a literal, or made of literals and module constants (``ignore=[*QUIET, "plots.*"]``); in ``depends_on`` a
name stands for code. What more there may be is left to whoever imports the module.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from lineage.fingerprint.constants import constant, is_immutable
from lineage.fingerprint.source import ours

__all__ = ["NOT_CODE", "OptionReader", "without_options"]

Packed = tuple[Any, ...]

NOT_CODE = frozenset({"cache", "depends_on", "env", "ignore", "packages", "version"})
"""Options that are ingredients of their own, or none: what is written in the decorator is no code."""

_DEEPEST = 8
_PATHS = frozenset(f"pathlib.{name}" for name in ("Path", "PurePath", "PosixPath", "PurePosixPath"))


class _UnknownError(Exception):
    """The expression is more than is read here."""


class OptionReader:
    """Reads options in one module.

    Parameters
    ----------
    tree : ast.Module
        The module.
    binds : dict of str to int
        Its top-level names, counted.
    origin : callable
        Applies its imports to an expression that is a dotted name; ``None`` for any other.
    """

    def __init__(self, tree: ast.Module, binds: dict[str, int], origin: Callable[[ast.AST], str | None]) -> None:
        self._tree = tree
        self._binds = binds
        self._origin = origin

    def value(self, name: str, node: ast.expr) -> Packed | None:
        """Pack an option.

        Returns
        -------
        tuple or None
            ``("=", value)``; for ``depends_on`` ``("@", elements)``, each element ``("=", path)`` or ``("@", name)``;
            ``None`` for what is more than that.
        """
        try:
            if name != "depends_on":
                return ("=", self._fold(node, 0))
            if isinstance(node, ast.Constant) and node.value is None:
                return ("=", None)
            return ("@", tuple(_packed(one) for one in self._flat(node, 0)))
        except _UnknownError:
            return None

    def named(self, call: ast.Call) -> list[ast.expr]:
        """Return the expressions by which ``depends_on`` names code."""
        found: list[ast.expr] = []
        for word in call.keywords:
            if word.arg == "depends_on":
                try:
                    found += [one for one in self._flat(word.value, 0) if not isinstance(one, ast.Constant)]
                except _UnknownError:
                    found.append(word.value)
        return found

    # Values

    def _fold(self, node: ast.expr, depth: int) -> Any:
        if depth > _DEEPEST:
            raise _UnknownError
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            expression, safe = self._constant(node.id)
            value = self._fold(expression, depth + 1)
            if safe or is_immutable(value):
                return value
        elif isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            items = [item for one in node.elts for item in self._items(one, depth)]
            return tuple(items) if isinstance(node, ast.Tuple) else items
        elif isinstance(node, ast.Dict):
            return self._dict(node, depth)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self._fold(node.left, depth + 1), self._fold(node.right, depth + 1)
            if type(left) is type(right) and isinstance(left, (str, list, tuple)):
                return left + right
        raise _UnknownError

    def _items(self, node: ast.expr, depth: int) -> list[Any]:
        if not isinstance(node, ast.Starred):
            return [self._fold(node, depth + 1)]
        value = self._fold(node.value, depth + 1)
        if not isinstance(value, (list, tuple)):
            raise _UnknownError
        return list(value)

    def _dict(self, node: ast.Dict, depth: int) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            folded = self._fold(value, depth + 1)
            if key is not None:
                name = self._fold(key, depth + 1)
                if not isinstance(name, str):
                    raise _UnknownError
                found[name] = folded
            elif isinstance(folded, dict):
                found.update(folded)
            else:
                raise _UnknownError
        return found

    def _constant(self, name: str) -> tuple[ast.expr, bool]:
        expression, safe = constant(self._tree, name) if self._binds.get(name) == 1 else (None, False)
        if expression is None:
            raise _UnknownError
        return expression, safe

    # What a step depends on

    def _flat(self, node: ast.expr, depth: int) -> Iterator[ast.expr]:
        """Yield the elements of a list as if it were written out, or what stands alone."""
        if depth > _DEEPEST:
            raise _UnknownError
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            for one in node.elts:
                if isinstance(one, ast.Starred):
                    yield from self._flat_list(one.value, depth + 1)
                else:
                    yield self._element(one, depth + 1)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            yield from self._flat_list(node.left, depth + 1)
            yield from self._flat_list(node.right, depth + 1)
        elif self._list_of(node) is not None:
            yield from self._flat_list(node, depth)
        else:
            yield self._element(node, depth + 1)

    def _flat_list(self, node: ast.expr, depth: int) -> Iterator[ast.expr]:
        found = self._list_of(node)
        if found is None:
            raise _UnknownError
        yield from self._flat(found, depth + 1)

    def _list_of(self, node: ast.expr) -> ast.expr | None:
        """Return a list that is written here, or that a constant is."""
        if isinstance(node, ast.Name) and self._binds.get(node.id) == 1:
            expression, safe = constant(self._tree, node.id)
            if isinstance(expression, ast.Tuple) or (safe and isinstance(expression, (ast.List, ast.Set, ast.BinOp))):
                return expression
            return None
        return node if isinstance(node, (ast.List, ast.Tuple, ast.Set, ast.BinOp)) else None

    def _element(self, node: ast.expr, depth: int) -> ast.expr:
        """Return a path as a constant, a name as it is written."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node
        if isinstance(node, ast.Call) and self._origin(node.func) in _PATHS and len(node.args) == 1:
            return self._element(node.args[0], depth + 1)
        if isinstance(node, ast.Name) and self._binds.get(node.id) == 1:
            expression, _ = constant(self._tree, node.id)
            if expression is None or depth > _DEEPEST or self._is_shell_step(expression):
                return node
            return self._path(expression, depth + 1)
        if isinstance(node, ast.Attribute) and self._origin(node) is not None:
            return node
        raise _UnknownError

    def _is_shell_step(self, expression: ast.expr) -> bool:
        origin = self._origin(expression.func) if isinstance(expression, ast.Call) else None
        return origin is not None and ours(origin) == "shell_step"

    def _path(self, expression: ast.expr, depth: int) -> ast.expr:
        """Return what a constant stands for, if that is a path."""
        found = self._element(expression, depth)
        if not isinstance(found, ast.Constant):
            raise _UnknownError
        return found


def _packed(element: ast.expr) -> Packed:
    return ("=", element.value) if isinstance(element, ast.Constant) else ("@", ast.unparse(element))


def without_options(statement: ast.stmt, call: ast.Call, named: list[ast.expr]) -> ast.stmt:
    """Return a copy of a step's declaration in which a call has no options but what it names of code.

    Parameters
    ----------
    statement : ast.stmt
        The ``def`` or the assignment.
    call : ast.Call
        The call of ``step`` or ``shell_step`` in it.
    named : list of ast.expr
        What `OptionReader.named` finds in that call.
    """
    from copy import copy  # few steps have options

    bare = copy(call)
    bare.keywords = [word for word in call.keywords if word.arg is not None and word.arg not in NOT_CODE]
    if named:
        bare.keywords.append(ast.keyword(arg="depends_on", value=ast.List(elts=named, ctx=ast.Load())))
    stripped = copy(statement)
    if isinstance(stripped, (ast.FunctionDef, ast.AsyncFunctionDef)):
        stripped.decorator_list = [bare if one is call else one for one in stripped.decorator_list]
    elif isinstance(stripped, (ast.Assign, ast.AnnAssign)):
        stripped.value = bare
    return stripped
