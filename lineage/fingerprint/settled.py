"""Statements as they are executed: without what only a type checker sees, and imports in one spelling and order."""

from __future__ import annotations

import ast
import sys
from typing import Any

__all__ = ["settled", "types_only"]

_TESTS = frozenset({ast.Attribute, ast.Name, ast.UnaryOp})
_IMPORTS = (ast.Import, ast.ImportFrom)


def types_only(test: Any) -> bool | None:
    """Say whether a condition holds for a type checker alone (True), or never for one; ``None`` for any other."""
    kind = test.__class__
    if kind is ast.Name or kind is ast.Attribute:
        name = test.id if kind is ast.Name else test.attr
        return True if name == "TYPE_CHECKING" else None
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = types_only(test.operand)
        return None if inner is None else not inner
    return None


def _decides(node: Any) -> bool:
    return node.test.__class__ in _TESTS and types_only(node.test) is not None


def settled(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return the statements of a block inside of another statement, in the form in which they are compared.

    What formatters do to imports makes no difference: one statement for several modules, the order of names, and
    modules of the standard library, which no other import can depend on, below others.
    """
    for one in body:
        kind = one.__class__
        if kind is ast.Import or kind is ast.ImportFrom or (kind is ast.If and _decides(one)):
            break
    else:
        return body
    found: list[ast.stmt] = []
    run: list[ast.Import | ast.ImportFrom] = []
    for statement in body:
        if isinstance(statement, _IMPORTS):
            run += _single(statement)
            continue
        if run:
            found += _ordered(run)
            run = []
        only = types_only(statement.test) if isinstance(statement, ast.If) else None
        if isinstance(statement, ast.If) and only is not None:
            found += settled(statement.orelse if only else statement.body)
        else:
            found.append(statement)
    return [*found, *_ordered(run)]


def _single(statement: ast.Import | ast.ImportFrom) -> list[ast.Import | ast.ImportFrom]:
    if isinstance(statement, ast.Import):
        return [ast.Import([alias]) for alias in statement.names]
    names = sorted(statement.names, key=lambda alias: (alias.name, alias.asname or ""))
    unique = len({alias.asname or alias.name for alias in names}) == len(names)
    return [ast.ImportFrom(statement.module, names, statement.level) if unique else statement]


def _ordered(run: list[ast.Import | ast.ImportFrom]) -> list[ast.Import | ast.ImportFrom]:
    """Put what comes from the standard library first, sorted."""
    if len(run) < 2:
        return run
    standard = [one for one in run if _is_standard(one)]
    return [*sorted(standard, key=ast.unparse), *(one for one in run if one not in standard)]


def _is_standard(statement: ast.Import | ast.ImportFrom) -> bool:
    if isinstance(statement, ast.ImportFrom):
        name = "" if statement.level else statement.module or ""
    else:
        name = statement.names[0].name
    return name.partition(".")[0] in sys.stdlib_module_names
