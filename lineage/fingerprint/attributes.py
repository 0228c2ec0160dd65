"""Which attributes the objects of a class have for themselves, and which they have in common."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from lineage.fingerprint.chains import alternatives
from lineage.fingerprint.declarations import dotted

__all__ = ["changeable_defaults", "held_by_class", "is_shared", "of_class", "of_objects"]

_FIELDS = frozenset({"field", "Field", "attrib", "ib"})


def changeable_defaults(arguments: ast.arguments) -> Iterable[str]:
    """Return the parameters whose default is made once and can be changed in place: ``table={}``."""
    places = [*arguments.posonlyargs, *arguments.args]
    pairs = [*zip(reversed(places), reversed(arguments.defaults), strict=False)]
    pairs += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)  # type: ignore[arg-type]
    kinds = (ast.Dict, ast.List, ast.Set, ast.Call)
    return [argument.arg for argument, default in pairs if isinstance(default, kinds)]


def of_objects(body: list[ast.stmt]) -> set[str]:
    """Return the names in a class body that each object gets for itself: ``x: int``, ``x: list = field(...)``."""
    names: set[str] = set()
    for node in body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            called = (dotted(node.value.func) or "") if isinstance(node.value, ast.Call) else ""
            if node.value is None or called.rpartition(".")[2] in _FIELDS:
                names.add(node.target.id)
    return names


def of_class(body: list[ast.stmt]) -> set[str]:
    """Return the names in a class body whose values are made there and can be changed: ``callbacks = []``."""
    made = [one for one in body if isinstance(one, (ast.Assign, ast.AnnAssign)) and one.value is not None]
    changeable = (one for one in made if not isinstance(one.value, (ast.Constant, ast.Name)))
    targets = (one.targets if isinstance(one, ast.Assign) else [one.target] for one in changeable)
    return {target.id for each in targets for target in each if isinstance(target, ast.Name)}


def held_by_class(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Yield the names in a class body that stand for what others have too, with its chain: ``table = conf.TABLE``."""
    for one in body:
        if isinstance(one, (ast.Assign, ast.AnnAssign)) and one.value is not None:
            targets = one.targets if isinstance(one, ast.Assign) else [one.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    yield from ((target.id, chain) for chain in alternatives(one.value))


def is_shared(chain: str, on_class: bool, bound: set[str]) -> bool:
    """Whether what a method changes behind its first argument belongs to the class."""
    head = chain.partition(".")[0]
    return on_class or head == "__class__" or (head in bound and not chain.endswith("="))
