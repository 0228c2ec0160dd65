"""Whether a function puts things into something that lasts longer than a step: a global, a table, a class, a default.

Its source tells, by the rules by which fingerprints know what statements change. Most functions that read a file fill a
list of their own beside constants and a logger of their module: what they read is of the step alone that called them.
"""

from __future__ import annotations

import ast
import builtins
import linecache
import sys
import textwrap
from collections.abc import Mapping
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lineage.fingerprint.facts import Facts

__all__ = ["UNCHANGING", "puts_into_what_lasts"]

UNCHANGING = (str, bytes, int, float, complex, tuple, frozenset, type(None), FunctionType, BuiltinFunctionType)
"""Types of values that nothing can be put into."""

_INDIFFERENT = frozenset(("logging", "re", "pathlib", "datetime", "decimal", "fractions", "uuid", "zoneinfo"))
_MORE_LINES = 40

Read = tuple["Facts", ast.AST]

#: What a function does, and its definition; ``None`` where its source cannot be had.
_known: dict[CodeType, Read | None] = {}


def puts_into_what_lasts(code: CodeType, names: Mapping[str, Any], *, inner: bool) -> bool:
    """Return whether a function may put things into what its module names, or into variables of a function around it.

    Parameters
    ----------
    code : CodeType
        The function.
    names : mapping of str to object
        The names of its module.
    inner : bool
        Whether the function around it is at work too, so that its variables last no longer than the step.
    """
    found = _read(code)
    if found is None:
        return True
    facts, tree = found
    return any(_lasts(chain, code, names, inner) for chain in facts.late_writes) or _gives(tree, names)


def _lasts(chain: str, code: CodeType, names: Mapping[str, Any], inner: bool) -> bool:
    """Whether what is behind a chain lasts; that of an import in the function itself does."""
    if ":" in chain:
        return not _is_of_libraries(sys.modules.get(chain.split(":")[1]))
    head, _, rest = chain.partition(".")
    name = head.removesuffix("()")
    if name in code.co_freevars:
        return not inner
    if name not in names:
        return not hasattr(builtins, name)  # a global that nobody has bound yet
    value = names[name]
    while isinstance(value, ModuleType) and rest.endswith("()"):  # settings.get()["rate"] = 1
        head, _, rest = rest.partition(".")
        value = vars(value).get(head.removesuffix("()"))
    if head.endswith("()"):
        return _returns_what_lasts(value)
    if isinstance(value, ModuleType):
        return bool(rest) and not _is_of_libraries(value)
    if isinstance(value, FunctionType) and rest:
        return True  # a default of it, or an attribute
    return _can_keep(value) or _declares(code, name)


def _can_keep(value: Any) -> bool:
    return not isinstance(value, UNCHANGING) and type(value).__module__ not in _INDIFFERENT


def _declares(code: CodeType, name: str) -> bool:
    """Whether a function, or one in it, binds a name of its module anew."""
    found = _read(code)
    return found is None or any(isinstance(one, ast.Global) and name in one.names for one in ast.walk(found[1]))


def _is_of_libraries(module: ModuleType | None) -> bool:
    name = getattr(module, "__name__", "").partition(".")[0]
    return name in sys.stdlib_module_names or "-packages" in (getattr(module, "__file__", None) or "")


def _returns_what_lasts(function: Any, depth: int = 4) -> bool:
    """Whether what a call returns lasts: a cache, or something that the module of the function names."""
    if isinstance(function, (type, ModuleType, BuiltinFunctionType, type(None))):
        return False  # made anew, or not known
    found = _read(function.__code__) if isinstance(function, FunctionType) and depth else None
    if found is None:
        return True
    names = function.__globals__
    for chain in found[0].returns:
        head = chain.partition(".")[0]
        value = names.get(head.removesuffix("()"))
        if _returns_what_lasts(value, depth - 1) if head.endswith("()") else _is_kept(value):
            return True
    return False


def _is_kept(value: Any) -> bool:
    return _can_keep(value) and not isinstance(value, (ModuleType, type))


def _gives(tree: ast.AST, names: Mapping[str, Any]) -> bool:
    """Whether something that lasts is given to a function of Python that changes what it is given."""
    return any(
        isinstance(node, ast.Call)
        and any(isinstance(one, ast.Name) and _is_kept(names.get(one.id)) for one in _arguments(node))
        and _changes_arguments(names.get(node.func.id) if isinstance(node.func, ast.Name) else None)
        for node in ast.walk(tree)
    )


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(word.value for word in call.keywords)]


def _changes_arguments(function: Any, depth: int = 4) -> bool:
    from lineage.fingerprint.units import MUTATES

    if not isinstance(function, FunctionType) or _is_of_libraries(sys.modules.get(function.__module__)):
        return False
    found = _read(function.__code__) if depth else None
    if found is None or found[0].flags & MUTATES:
        return True
    return any(_changes_arguments(function.__globals__.get(chain), depth - 1) for chain in found[0].passes)


def _read(code: CodeType) -> Read | None:
    if code not in _known:
        tree = _tree(code)
        _known[code] = None if tree is None else (_facts(tree), tree)
    return _known[code]


def _facts(tree: ast.AST) -> Facts:
    from lineage.fingerprint.scope import read_facts  # few steps read files by functions that may keep them

    return read_facts(tree, lambda _: None, lambda *_: None, lambda chain: chain)


def _tree(code: CodeType) -> ast.AST | None:
    """Return the definition of a function, ``None`` where its text cannot be had or is of something else."""
    lines = linecache.getlines(code.co_filename)
    first = code.co_firstlineno - 1
    last = max((end or 0 for _, end, _, _ in code.co_positions()), default=0)
    for end in range(last, min(last + _MORE_LINES, len(lines)) + 1):
        try:
            body = ast.parse(textwrap.dedent("".join(lines[first:end]))).body
        except SyntaxError:
            continue
        if len(body) == 1 and isinstance(body[0], (ast.FunctionDef, ast.AsyncFunctionDef)):
            return body[0] if body[0].name == code.co_name else None
        return None
    return None
