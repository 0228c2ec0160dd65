"""The top-level statements of a module."""

from __future__ import annotations

import ast
from typing import Any

from lineage.fingerprint.bindings import bound_names
from lineage.fingerprint.declarations import Lines


def pack_units(tree: ast.Module, lines: Lines) -> tuple[Any, dict[str, int]]:
    binds: dict[str, int] = {}
    for statement in tree.body:
        for name in dict.fromkeys(bound_names(statement)):
            binds[name] = binds.get(name, 0) + 1
    return None, binds
