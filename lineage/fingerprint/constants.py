"""What a name of a module stands for when it is a plain constant, told without executing the module."""

from __future__ import annotations

import ast
from typing import Any

__all__ = ["assigned", "constant", "literal_constant"]

_IMMUTABLE = (int, float, complex, str, bytes, bool, type(None), type(...))
_OURS = frozenset({"pipeline", "shell_step", "step"})


def assigned(statement: ast.stmt, name: str) -> ast.expr | None:
    """Return what a top-level statement assigns to a name."""
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    else:
        return None
    if len(targets) == 1 and isinstance(targets[0], ast.Name) and targets[0].id == name:
        return statement.value
    return None


def constant(tree: ast.Module, name: str) -> tuple[ast.expr | None, bool]:
    """Find the top-level ``name = ...`` of a module.

    Parameters
    ----------
    tree : ast.Module
        The module.
    name : str
        A name that it binds once.

    Returns
    -------
    tuple of expr or None and bool
        What is assigned; and whether nothing else that runs while the module is imported mentions the name: that could
        change a list or a dict.
    """
    found: ast.expr | None = None
    safe = True
    for statement in tree.body:
        value = assigned(statement, name)
        if value is not None:
            found = value
        elif not _is_inert(statement) and _mentions(statement, name):
            safe = False
    return found, safe


def literal_constant(tree: ast.Module, name: str) -> tuple[bool, Any]:
    """Evaluate the top-level ``name = literal`` of a module.

    Parameters
    ----------
    tree : ast.Module
        The module.
    name : str
        A name that it binds once.

    Returns
    -------
    tuple of bool and object
        Whether its value is known, and the value. A list or dict is known only if nothing that runs while the module is
        imported mentions it: that could change it.
    """
    found, safe = constant(tree, name)
    if found is None:
        return False, None
    try:
        literal = ast.literal_eval(found)
    except (ValueError, TypeError, SyntaxError):
        return False, None
    return safe or is_immutable(literal), literal


def _is_inert(statement: ast.stmt) -> bool:
    """Say whether a statement runs nothing of the user's when the module is imported: an import, a step, a pipeline."""
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return True
    if isinstance(statement, ast.Assign):
        return isinstance(statement.value, ast.Call) and _last_name(statement.value) == "shell_step"
    if not isinstance(statement, ast.FunctionDef):
        return False
    return len(statement.decorator_list) == 1 and _last_name(statement.decorator_list[0]) in _OURS


def _last_name(node: ast.expr) -> str:
    return ast.unparse(node.func if isinstance(node, ast.Call) else node).rpartition(".")[2]


def _mentions(statement: ast.stmt, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(statement))


def is_immutable(value: Any) -> bool:
    """Say whether nobody can change a value."""
    if isinstance(value, (tuple, frozenset)):
        return all(map(is_immutable, value))
    return isinstance(value, _IMMUTABLE)
