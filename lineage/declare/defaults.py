"""Defaults of file parameters: which path ``Path("data") / "digits.csv"`` is, without importing the module.

Other defaults that are no literals need no value to plan: the code fingerprint covers their source.
"""

from __future__ import annotations

import ast
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from lineage.model.plan import Unevaluated

if TYPE_CHECKING:
    from lineage.fingerprint.source import SourceIndex

__all__ = ["file_default", "literal_constant"]

_PATHS = frozenset(f"pathlib.{name}" for name in ("Path", "PurePath", "PosixPath", "PurePosixPath"))
_IMMUTABLE = (int, float, complex, str, bytes, bool, type(None), type(...))
_DEEPEST = 8


class _UnknownError(Exception):
    """The expression is not one of the few that are understood."""


def file_default(text: str, index: SourceIndex) -> object:
    """Evaluate the default of a file parameter.

    Parameters
    ----------
    text : str
        The expression.
    index : SourceIndex
        The file that it is in.

    Returns
    -------
    PurePath, str, list, tuple, None or Unevaluated
        `Unevaluated` where it is no literal, ``Path(...)``, ``/``, ``.parent``, ``__file__`` or a constant of these.
    """
    try:
        return _evaluate(ast.parse(text, mode="eval").body, index, 0)
    except (_UnknownError, SyntaxError):
        return Unevaluated(text)


def _evaluate(node: ast.expr, index: SourceIndex, depth: int) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return _constant(node.id, index, depth)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        left, right = _evaluate(node.left, index, depth), _evaluate(node.right, index, depth)
        if isinstance(left, PurePath) and isinstance(right, (str, PurePath)):
            return left / right
    elif isinstance(node, ast.Attribute) and node.attr == "parent":
        return _path(_evaluate(node.value, index, depth)).parent
    elif isinstance(node, ast.Call) and not node.keywords:
        return _call(node, index, depth)
    raise _UnknownError


def _call(node: ast.Call, index: SourceIndex, depth: int) -> Any:
    arguments = [_evaluate(argument, index, depth) for argument in node.args]
    if index.origin(ast.unparse(node.func)) in _PATHS and all(isinstance(one, (str, PurePath)) for one in arguments):
        return PurePath(*arguments)
    if isinstance(node.func, ast.Attribute):
        owner = _path(_evaluate(node.func.value, index, depth))
        if node.func.attr == "joinpath":
            return owner.joinpath(*arguments)
        if node.func.attr in ("resolve", "absolute") and owner.is_absolute() and not arguments:
            return owner
    raise _UnknownError


def _path(value: object) -> PurePath:
    if not isinstance(value, PurePath):
        raise _UnknownError
    return value


def _constant(name: str, index: SourceIndex, depth: int) -> Any:
    if name == "__file__":
        return index.path
    if index.binds.get(name) != 1 or depth > _DEEPEST:
        raise _UnknownError
    for statement in ast.parse(read_source(index.path)).body:
        value = _assigned(statement, name)
        if value is not None:
            return _evaluate(value, index, depth + 1)
    raise _UnknownError


def read_source(path: str) -> str:
    """Return the text of a source file."""
    from importlib.util import decode_source

    with open(path, "rb") as file:
        return decode_source(file.read())


def _assigned(statement: ast.stmt, name: str) -> ast.expr | None:
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
    found: ast.expr | None = None
    safe = True
    for statement in tree.body:
        value = _assigned(statement, name)
        if value is not None:
            found = value
        elif not _is_inert(statement) and _mentions(statement, name):
            safe = False
    if found is None:
        return False, None
    try:
        literal = ast.literal_eval(found)
    except (ValueError, TypeError, SyntaxError):
        return False, None
    return safe or _is_immutable(literal), literal


def _is_inert(statement: ast.stmt) -> bool:
    """Say whether a statement runs nothing of the user's when the module is imported: an import, a step, a pipeline."""
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return True
    if not isinstance(statement, ast.FunctionDef):
        return False
    called = [one.func if isinstance(one, ast.Call) else one for one in statement.decorator_list]
    return [ast.unparse(one).rpartition(".")[2] for one in called] in (["step"], ["pipeline"])


def _mentions(statement: ast.stmt, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(statement))


def _is_immutable(value: Any) -> bool:
    if isinstance(value, (tuple, frozenset)):
        return all(map(_is_immutable, value))
    return isinstance(value, _IMMUTABLE)
