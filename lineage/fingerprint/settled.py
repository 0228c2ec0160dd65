"""Statements as they are executed: without what only a type checker sees, and imports in one spelling and order."""

from __future__ import annotations

import ast
import sys
from typing import Any

__all__ = ["settled", "singly", "types_only"]

_TESTS = frozenset({ast.Attribute, ast.Name, ast.UnaryOp})
_ROWS = frozenset({ast.List, ast.Tuple})
_NOT_APART = frozenset({ast.Await, ast.Call, ast.NamedExpr, ast.Starred})
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


def settled(body: list[ast.stmt], is_tried: bool = False) -> list[ast.stmt]:
    """Return the statements of a block inside of another statement, in the form in which they are compared.

    What formatters do to imports makes no difference: one statement for several modules, the order of names and of
    modules. Where those change the same thing, their order counts for who imports them
    (`lineage.fingerprint.ordering`).

    Parameters
    ----------
    body : list of ast.stmt
        The block.
    is_tried : bool
        Whether the first import that fails decides which names there are: then only the standard library's, which do
        not fail, may stand anywhere.
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
            found += _ordered(run, not is_tried)
            run = []
        only = types_only(statement.test) if isinstance(statement, ast.If) else None
        if isinstance(statement, ast.If) and only is not None:
            found += settled(statement.orelse if only else statement.body, is_tried)
        else:
            found.append(statement)
    return [*found, *_ordered(run, not is_tried)]


def _single(statement: ast.Import | ast.ImportFrom) -> list[ast.Import | ast.ImportFrom]:
    if isinstance(statement, ast.Import):
        return [ast.Import([alias]) for alias in statement.names]
    names = sorted(statement.names, key=lambda alias: (alias.name, alias.asname or ""))
    unique = len({alias.asname or alias.name for alias in names}) == len(names)
    return [ast.ImportFrom(statement.module, names, statement.level) if unique else statement]


def _ordered(run: list[ast.Import | ast.ImportFrom], sort_all: bool) -> list[ast.Import | ast.ImportFrom]:
    """Put what comes from the standard library first, sorted; and sort the rest where each binds names of its own."""
    if len(run) < 2:
        return run
    standard = sorted((one for one in run if _is_standard(one)), key=ast.unparse)
    others = [one for one in run if not _is_standard(one)]
    names = [alias.asname or alias.name.partition(".")[0] for one in run for alias in one.names]
    if sort_all and "*" not in names and len(set(names)) == len(names):
        others.sort(key=ast.unparse)
    return [*standard, *others]


def _is_standard(statement: ast.Import | ast.ImportFrom) -> bool:
    if isinstance(statement, ast.ImportFrom):
        name = "" if statement.level else statement.module or ""
    else:
        name = statement.names[0].name
    return name.partition(".")[0] in sys.stdlib_module_names


def singly(statement: ast.stmt) -> list[ast.stmt]:
    """Return ``a = 1`` and ``b = {}`` of ``a, b = 1, {}``, so that who needs one does not depend on the other.

    A statement whose values may look at its own names, or are worked out by calls, stays one.
    """
    if not isinstance(statement, ast.Assign) or statement.value.__class__ not in _ROWS or len(statement.targets) != 1:
        return [statement]
    target, values = statement.targets[0], statement.value.elts  # type: ignore[attr-defined]
    names = target.elts if isinstance(target, (ast.Tuple, ast.List)) else []
    bound = {one.id for one in names if isinstance(one, ast.Name)}
    if len(bound) != len(names) or len(names) != len(values) or not names:
        return [statement]
    inside = [one for value in values for one in ast.walk(value)]
    if any(one.__class__ in _NOT_APART or getattr(one, "id", None) in bound for one in inside):
        return [statement]
    pairs = zip(names, values, strict=True)
    return [ast.copy_location(ast.Assign([name], value), statement) for name, value in pairs]
