"""Which names a statement binds in the scope it stands in."""

from __future__ import annotations

import ast
from collections.abc import Iterator

__all__ = ["bound_names", "names_captured"]

#: Of the commonest nodes, those that bind no name themselves.
_BINDING_NOTHING = frozenset(
    {
        ast.Assign,
        ast.Attribute,
        ast.BinOp,
        ast.Call,
        ast.Compare,
        ast.Dict,
        ast.Expr,
        ast.If,
        ast.Import,
        ast.ImportFrom,
    }
    | {ast.List, ast.Subscript, ast.Tuple, ast.keyword}
)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def bound_names(node: ast.AST) -> Iterator[str]:
    """Yield the names that a statement or expression binds in the scope around it, in source order, with repeats.

    Star imports bind names that only the other module knows; they are not among these.
    """
    pending: list[tuple[ast.AST, bool]] = [(node, False)]
    while pending:
        current, in_comprehension = pending.pop()
        if current.__class__ not in _BINDING_NOTHING:
            yield from _own_names(current, in_comprehension)
        if isinstance(current, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            inside = _outside_of_scope(current)
        else:
            inside = list(ast.iter_child_nodes(current))
        nested = in_comprehension or isinstance(current, _COMPREHENSIONS)
        pending.extend((child, nested) for child in reversed(inside) if not _binds_nothing(child))


def names_captured(pattern: ast.pattern) -> list[ast.expr]:
    """Return the names that a pattern binds, as targets of an assignment."""
    found = (getattr(one, "name", None) or getattr(one, "rest", None) for one in ast.walk(pattern))
    return [ast.Name(name, ast.Store()) for name in found if isinstance(name, str)]


def _binds_nothing(node: ast.AST) -> bool:
    kind = node.__class__
    return kind is ast.Constant or (kind is ast.Name and node.ctx.__class__ is ast.Load)  # type: ignore[attr-defined]


def _own_names(node: ast.AST, in_comprehension: bool) -> Iterator[str]:
    if isinstance(node, ast.Name):
        # Inside a comprehension a plain target is the comprehension's own.
        if not isinstance(node.ctx, ast.Load) and not in_comprehension:
            yield node.id
    elif isinstance(node, ast.NamedExpr):
        if in_comprehension:
            yield node.target.id
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.alias):
        if node.name != "*":
            yield node.asname or node.name.partition(".")[0]
    elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
        if node.name:
            yield node.name
    elif isinstance(node, ast.MatchMapping):
        if node.rest:
            yield node.rest
    elif type(node).__name__ == "TypeAlias":  # Python 3.12
        yield node.name.id  # type: ignore[attr-defined]


def _outside_of_scope(node: ast.AST) -> list[ast.AST]:
    """Return the parts of a function or class that are evaluated in the scope around it."""
    arguments = getattr(node, "args", None)
    inside: list[ast.AST] = list(getattr(node, "decorator_list", ()))
    if arguments is not None:
        inside += [*arguments.defaults, *(default for default in arguments.kw_defaults if default is not None)]
    inside += getattr(node, "bases", ())
    inside += [word.value for word in getattr(node, "keywords", ())]
    return inside
