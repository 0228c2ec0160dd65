"""Whether a dodo.py only links steps: then all that it says is in its text, and it says the same each time.

Most do: imports, pipelines whose bodies call steps, and constants. Nobody needs to listen to what such a file reads,
since it reads nothing; and what followed from it once still follows from it while nothing is changed
(`lineage.dodo.receipt`). What is not certainly known to be harmless is not: a dodo.py that asks for the time, a
variable or a file is executed each time, as any other Python.
"""

from __future__ import annotations

import ast
import builtins
import re
import warnings
from collections.abc import Callable, Collection, Iterable
from functools import cache
from pathlib import Path, PurePath

__all__ = ["is_blank", "only_links", "pipelines_only_link"]

#: What may be taken from modules that are not the project's; of these only `Path` is called.
_KNOWN = {
    "__future__": frozenset({"annotations"}),
    "lineage": frozenset({"File", "Pipeline", "Step", "pipeline", "step"}),
    "pathlib": frozenset({"Path"}),
    "typing": frozenset({"Annotated", "Any", "Literal", "NamedTuple", "Optional", "Union"}),
    "collections.abc": frozenset({"Callable", "Iterable", "Mapping", "Sequence"}),
}
#: Builtins that say the same each time, for arguments of which that is so. The order of a set is another each time.
_BUILTINS = frozenset(
    {"abs", "all", "any", "bool", "dict", "enumerate", "float", "int", "len", "list", "max", "min", "range"}
    | {"reversed", "round", "sorted", "str", "sum", "tuple", "zip"}
)
_TYPES = frozenset({"None", "object", "bytes", "complex", "type"})
#: Methods of texts, lists and dicts. Of a step none is called: they have other names.
_METHODS = frozenset(
    {"append", "copy", "count", "endswith", "extend", "format", "get", "index", "insert", "items", "join", "keys"}
    | {"lower", "lstrip", "pop", "replace", "reverse", "rsplit", "rstrip", "setdefault", "sort", "split"}
    | {"startswith", "strip", "title", "update", "upper", "values", "zfill"}
)
#: The one method that looks into what it is given: "{0.x[y]}".
_FORMAT = ("format", "format_map")
_INTO = re.compile(r"\{[^{}:!]*[.\[]")
#: Views of dicts become sets by these operators.
_VIEWS = ("keys", "items")
_OF_SETS = (ast.Sub, ast.BitOr, ast.BitAnd, ast.BitXor)
_STATEMENTS = (
    ast.AnnAssign, ast.Assert, ast.Assign, ast.AugAssign, ast.Break, ast.Continue, ast.Expr, ast.For, ast.If, ast.Pass,
    ast.Return,
)  # fmt: skip
_EXPRESSIONS = (
    ast.Attribute, ast.BinOp, ast.BoolOp, ast.Call, ast.Compare, ast.Constant, ast.Dict, ast.DictComp,
    ast.FormattedValue, ast.GeneratorExp, ast.IfExp, ast.JoinedStr, ast.List, ast.ListComp, ast.Name, ast.Slice,
    ast.Starred, ast.Subscript, ast.Tuple, ast.UnaryOp,
)  # fmt: skip


def is_blank(text: bytes) -> bool:
    """Return whether a module consists of comments and a docstring at most."""
    if not text.strip():
        return True
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return all(_is_text(each) for each in tree.body)


def only_links(text: bytes, is_ours: Callable[[str], bool]) -> bool:
    """Return whether a dodo.py certainly says the same each time that it is executed.

    Parameters
    ----------
    text : bytes
        Its source.
    is_ours : callable
        Whether a module, by its absolute name, is the project's own. What is called of such a module is a step if the
        module was not executed; that is for the caller to find out.
    """
    tree = _parsed(text)
    return tree is not None and _File(is_ours).is_harmless(tree)


def pipelines_only_link(text: bytes, module: str, names: Collection[str], is_ours: Callable[[str], bool]) -> bool:
    """Return whether pipelines of a module that was read, and not executed, certainly make the same plan each time.

    Parameters
    ----------
    text : bytes
        The source of the module.
    module : str
        Its absolute name.
    names : collection of str
        The pipelines.
    is_ours : callable
        As `only_links` has it.
    """
    tree = _parsed(text)
    return tree is not None and _File(is_ours, module).has_harmless(tree, names)


def _parsed(text: bytes) -> ast.Module | None:
    """Return the tree of a source of which Python has nothing to say, not even a warning."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compile(text, "dodo.py", "exec", dont_inherit=True)
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError, Warning):
        return None
    return None if _mixes_views(tree) else tree


def _mixes_views(tree: ast.Module) -> bool:
    """Whether sets may come out of the views of dicts; their order is another each time."""
    nodes = list(ast.walk(tree))
    if not any(isinstance(node, ast.Attribute) and node.attr in _VIEWS for node in nodes):
        return False
    return any(isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, _OF_SETS) for node in nodes)


class _File:
    """The names of a dodo.py, and whether each statement is harmless.

    Parameters
    ----------
    is_ours : callable
        Whether a module is the project's own.
    module : str
        The absolute name of the file.
    """

    def __init__(self, is_ours: Callable[[str], bool], module: str = "") -> None:
        self._is_ours = is_ours
        self._module = module
        self._names = {*_BUILTINS, *_TYPES}
        #: What may be called anywhere; and in a pipeline's body, where the call of a step is only noted.
        self._builtins = set(_BUILTINS)
        self._called = set(_BUILTINS)
        self._has_paths = False

    def is_harmless(self, tree: ast.Module) -> bool:
        return all(self._is_top_level(each) for each in tree.body)

    def has_harmless(self, tree: ast.Module, names: Collection[str]) -> bool:
        """Whether pipelines are harmless where their names are looked up when they are asked for.

        What is no import, function or constant has no name here: to be asked for it, the module is executed.
        """
        if not _BUILTINS.isdisjoint(_named(tree)):
            return False
        functions = [each for each in tree.body if isinstance(each, ast.FunctionDef)]
        for each in tree.body:
            if isinstance(each, ast.ImportFrom):
                self._is_import(each)
            elif isinstance(each, ast.Assign):
                self._is_constant(each)
        self._names.update(each.name for each in functions)
        self._called.update(each.name for each in functions)
        return all(self._only_links(each) for each in functions if each.name in names)

    def _is_top_level(self, statement: ast.stmt) -> bool:
        if _is_text(statement):
            return True
        if isinstance(statement, ast.ImportFrom):
            return self._is_import(statement)
        if isinstance(statement, ast.FunctionDef):
            return self._is_function(statement)
        if isinstance(statement, ast.Assign):
            return self._is_constant(statement)
        return False

    def _is_import(self, statement: ast.ImportFrom) -> bool:
        module = self._absolute(statement)
        names = {each.name: each.asname or each.name for each in statement.names}
        if "*" in names or not _BUILTINS.isdisjoint(names.values()):
            return False
        if "pipeline" in names.values() and (module, names.get("pipeline")) != ("lineage", "pipeline"):
            return False
        if module in _KNOWN:
            if not names.keys() <= _KNOWN[module]:
                return False
            paths = {own for name, own in names.items() if name == "Path"}
            self._builtins |= paths
            self._called |= paths
            self._has_paths = self._has_paths or bool(paths)
        elif self._is_ours(module):
            self._called.update(names.values())
        else:
            return False
        self._names.update(names.values())
        return True

    def _absolute(self, statement: ast.ImportFrom) -> str:
        """Return which module is imported from; empty for one that cannot be told."""
        around = self._module.split(".")[: -statement.level] if statement.level else []
        if statement.level and not around:
            return ""
        return ".".join([*around, *filter(None, [statement.module])])

    def _is_constant(self, statement: ast.Assign) -> bool:
        names = [target.id for target in statement.targets if isinstance(target, ast.Name)]
        if len(names) != len(statement.targets) or not self._names.isdisjoint(names):
            return False  # something else of that name may have been used before
        self._names.update(names)
        return self._is_quiet([statement.value], self._names, self._builtins)

    def _is_function(self, function: ast.FunctionDef) -> bool:
        """Whether a function is a pipeline that only links: its decorator, what is evaluated now, and its body."""
        decorators = function.decorator_list
        if len(decorators) != 1 or not isinstance(decorators[0], ast.Name) or decorators[0].id != "pipeline":
            return False
        if "pipeline" not in self._names or function.name in self._names:
            return False
        harmless = self._only_links(function)
        self._names.add(function.name)
        return harmless

    def _only_links(self, function: ast.FunctionDef) -> bool:
        given = function.args
        parameters = [*given.posonlyargs, *given.args, *given.kwonlyargs]
        annotations = [each.annotation for each in parameters] + [function.returns]
        at_once = [*given.defaults, *given.kw_defaults, *annotations]
        if given.vararg or given.kwarg or not self._is_quiet(filter(None, at_once), self._names, self._builtins):
            return False
        inner, outer = _bound(function.body)
        bound = {each.arg for each in parameters} | outer
        if any(hasattr(builtins, name) for name in inner - bound - self._names):
            return False  # outside of the comprehension it is Python's own
        bound |= inner
        # What is bound here may be a step, and hides what is called so outside. It could be a method that was put into
        # a variable, too; those that read something are those of paths.
        called = self._called - bound if self._has_paths else self._called | bound
        return self._is_quiet(function.body, self._names | bound, called)

    def _is_quiet(self, nodes: Iterable[ast.AST], names: set[str], called: set[str]) -> bool:
        every = [each for node in nodes for each in ast.walk(node)]
        if self._has_paths and any(isinstance(each, ast.Attribute) and each.attr in _of_paths() for each in every):
            return False
        return all(_is_quiet(each, names, called) for each in every)


@cache
def _of_paths() -> frozenset[str]:
    """Return the methods of paths that look at files, or move them; some may be handed on: ``key=Path.exists``."""
    return frozenset(dir(Path)) - frozenset(dir(PurePath)) | {"replace", "copy"}


def _only_formats(method: ast.Attribute) -> bool:
    """Whether a text formats values, and looks into none."""
    text = method.value.value if isinstance(method.value, ast.Constant) else None
    return method.attr == "format" and isinstance(text, str) and not _INTO.search(text)


def _is_quiet(node: ast.AST, names: set[str], called: set[str]) -> bool:
    """Whether a statement or an expression, without what is in it, cannot say another thing the next time."""
    if isinstance(node, ast.Name):
        return not isinstance(node.ctx, ast.Load) or node.id in names
    if isinstance(node, ast.Attribute):
        # A generator leads by its frame to all that Python has.
        if not isinstance(node.ctx, ast.Load) or node.attr.startswith(("_", "gi_")):
            return False
        return node.attr not in _FORMAT or _only_formats(node)
    if isinstance(node, ast.Call):
        function = node.func
        if isinstance(function, ast.Name):
            return function.id in called
        return isinstance(function, ast.Attribute) and function.attr in _METHODS
    if isinstance(node, (ast.stmt, ast.expr)):
        return isinstance(node, (*_STATEMENTS, *_EXPRESSIONS))
    return True  # operators, contexts, the parts of comprehensions and calls


def _bound(body: Iterable[ast.stmt]) -> tuple[set[str], set[str]]:
    """Return the names that statements bind inside of comprehensions, and those that they bind in the function."""
    nodes = [each for statement in body for each in ast.walk(statement)]
    targets = [each.target for each in nodes if isinstance(each, ast.comprehension)]
    inside = {id(each) for target in targets for each in ast.walk(target)}
    stored = [each for each in nodes if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)]
    inner = {each.id for each in stored if id(each) in inside}
    return inner, {each.id for each in stored if id(each) not in inside}


def _named(tree: ast.Module) -> Iterable[str]:
    """Yield the names that imports and definitions bind, wherever they are."""
    for node in ast.walk(tree):
        if isinstance(node, ast.alias):
            yield node.asname or node.name
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
