"""Defaults of file parameters: which path ``Path("data") / "digits.csv"`` is, without importing the module.

Other defaults that are no literals need no value to plan: the code fingerprint covers their source.
"""

from __future__ import annotations

import ast
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from lineage.fingerprint.constants import assigned
from lineage.model.plan import Unevaluated

if TYPE_CHECKING:
    from lineage.fingerprint.source import SourceIndex

__all__ = ["file_default"]

_PATHS = frozenset(f"pathlib.{name}" for name in ("Path", "PurePath", "PosixPath", "PurePosixPath"))
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
        value = assigned(statement, name)
        if value is not None:
            return _evaluate(value, index, depth + 1)
    raise _UnknownError


def read_source(path: str) -> str:
    """Return the text of a source file."""
    from importlib.util import decode_source

    with open(path, "rb") as file:
        return decode_source(file.read())
