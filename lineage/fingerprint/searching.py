"""Folders that a module adds to ``sys.path``, told from its source.

``sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))`` at the top of a step module makes its
``lib/clean.py`` the module ``clean`` of the project. Reading the source tells so before anything is imported.
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator

from lineage.fingerprint.declarations import dotted
from lineage.fingerprint.units import HERE

__all__ = ["searched"]

_ADDING = {"sys.path.insert": 1, "sys.path.append": 0, "sys.path.extend": 0, "site.addsitedir": 0}
_SAME = frozenset({"abspath", "realpath", "normpath", "str", "fspath", "Path", "PurePath", "join"})
_SAME_METHODS = frozenset({"resolve", "absolute", "as_posix"})
_FILE = f"{HERE}/__file__"
_CURRENT = frozenset({"os.getcwd", "getcwd", "Path.cwd", "pathlib.Path.cwd"})


def searched(statement: ast.AST, constants: dict[str, ast.expr]) -> tuple[str, ...]:
    """Return the folders that a statement adds to ``sys.path``, relative to the project or to `HERE`.

    Parameters
    ----------
    statement : ast.AST
        The statement, with all that is inside of it.
    constants : dict of str to ast.expr
        Names that are assigned once at the top level, with their values.

    Returns
    -------
    tuple of str
        Those that can be told; a folder that is computed in another way is left out.
    """
    folders = _Folders(constants)
    found = (folders.of(value) for added in _added(statement) for value in _parts(added))
    return tuple(dict.fromkeys(folder for folder in found if folder is not None))


def _added(statement: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(statement):
        if isinstance(node, ast.Call):
            place = _ADDING.get(dotted(node.func) or "")
            if place is not None and len(node.args) > place:
                yield node.args[place]
        elif isinstance(node, (ast.Assign, ast.AugAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(_is_search_path(target) for target in targets):
                yield node.value


def _is_search_path(target: ast.expr) -> bool:
    return dotted(target.value if isinstance(target, ast.Subscript) else target) == "sys.path"


def _parts(value: ast.expr) -> Iterator[ast.expr]:
    """Yield the members of a list that is written out, and of such lists added up."""
    if isinstance(value, (ast.List, ast.Tuple)):
        for each in value.elts:
            yield from _parts(each.value if isinstance(each, ast.Starred) else each)
    elif isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        yield from _parts(value.left)
        yield from _parts(value.right)
    else:
        yield value


class _Folders:
    """Works out paths from how they are written."""

    def __init__(self, constants: dict[str, ast.expr]) -> None:
        self._constants = constants

    def of(self, node: ast.expr, depth: int = 0) -> str | None:
        """Return the path that an expression gives, ``None`` where that cannot be told."""
        if depth > 16:
            return None
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.Name):
            constant = self._constants.get(node.id)
            return _FILE if node.id == "__file__" else None if constant is None else self.of(constant, depth + 1)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            return self._joined([node.left, node.right], depth)
        if isinstance(node, ast.Attribute) and node.attr == "parent":
            return self._above(node.value, 1, depth)
        if isinstance(node, ast.Subscript):
            return self._parents(node, depth)
        if isinstance(node, ast.JoinedStr):
            return self._text(node, depth)
        return self._called(node, depth) if isinstance(node, ast.Call) else None

    def _joined(self, nodes: list[ast.expr], depth: int) -> str | None:
        parts = [self.of(node, depth + 1) for node in nodes]
        known = [part for part in parts if part is not None]
        return posixpath.join(*known) if known and len(known) == len(parts) else None

    def _text(self, node: ast.JoinedStr, depth: int) -> str | None:
        pieces = [value.value if isinstance(value, ast.FormattedValue) else value for value in node.values]
        parts = [self.of(piece, depth + 1) for piece in pieces]
        known = [part for part in parts if part is not None]
        return "".join(known) if len(known) == len(parts) else None

    def _above(self, node: ast.expr, count: int, depth: int) -> str | None:
        found = self.of(node, depth + 1)
        return None if found is None else posixpath.join(found, *[".."] * count)

    def _parents(self, node: ast.Subscript, depth: int) -> str | None:
        owner, place = node.value, node.slice
        if isinstance(owner, ast.Attribute) and owner.attr == "parents" and isinstance(place, ast.Constant):
            return self._above(owner.value, place.value + 1, depth) if isinstance(place.value, int) else None
        return None

    def _called(self, node: ast.Call, depth: int) -> str | None:
        chain = dotted(node.func) or ""
        if chain in _CURRENT:
            return "."
        last = node.func.attr if isinstance(node.func, ast.Attribute) else chain
        if isinstance(node.func, ast.Attribute) and last in _SAME_METHODS and not node.args:
            return self.of(node.func.value, depth + 1)
        if isinstance(node.func, ast.Attribute) and last == "joinpath":
            return self._joined([node.func.value, *node.args], depth)
        if last == "dirname" and node.args:
            return self._above(node.args[0], 1, depth)
        return self._joined(node.args, depth) if last in _SAME and node.args else None
