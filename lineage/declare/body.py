"""The body of a pipeline in a module that has only been read.

The one ``def`` is compiled by itself, without decorators and annotations, and runs with the module's names: each is
looked up when the body asks for it, so that ``from tasks.digits import importer`` and ``CS = (0.1, 1)`` in the
module are enough to plan, and ``import sklearn`` beside them is not executed. A name that is neither an import nor a
literal makes the module be imported for real, and has the value that it has there.
"""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from lineage.declare.defaults import read_source
from lineage.declare.functions import check_plain
from lineage.declare.names import absolute, plain_namespace
from lineage.declare.pipeline import Pipeline, check_parameters
from lineage.declare.places import place
from lineage.declare.step import Step
from lineage.fingerprint.constants import literal_constant

if TYPE_CHECKING:
    from lineage.fingerprint.source import FunctionInfo, SourceIndex

__all__ = ["compile_body"]

_FUTURE_ANNOTATIONS = 0x1000000


def compile_body(module: ModuleType, index: SourceIndex, info: FunctionInfo, load: Callable[[], object]) -> Any:
    """Compile one function of a module that has only been read.

    Parameters
    ----------
    module : ModuleType
        The module.
    index : SourceIndex
        Its source.
    info : FunctionInfo
        The function.
    load : callable
        Imports the module for real.

    Returns
    -------
    function
        With the file and lines of the source. Where the function needs the module itself, that is imported and the
        function is the module's own.
    """
    source = read_source(index.path)
    lines = source.split("\n")[info.line - 1 : info.end_line]
    tree = ast.parse("\n" * (info.line - 1) + "\n".join(lines))
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    if any(isinstance(node, (ast.Global, ast.Nonlocal)) for node in ast.walk(definition)):
        load()
        found = plain_namespace(module)[info.name]
        return found.body if isinstance(found, Pipeline) else found
    _strip(definition)
    flags = _FUTURE_ANNOTATIONS if index.imports.get("annotations") == "__future__.annotations" else 0
    code = compile(tree, index.path, "exec", flags=flags, dont_inherit=True)
    names = _Names(module, index, source, load)
    exec(code, names)  # noqa: S102 - the user's own def, which importing the module would execute too
    function = names[info.name]
    assert isinstance(function, FunctionType)
    where = place(index.path, info.first_line)
    check_plain(function, f"pipeline '{info.name}'", where)
    check_parameters(function, where)
    return function


def _strip(definition: ast.FunctionDef) -> None:
    definition.decorator_list = []
    definition.returns = None
    arguments = definition.args
    for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
        if one is not None:
            one.annotation = None


class _Names(dict[str, Any]):
    """The names that the body finds: those of the module, each made when it is asked for."""

    def __init__(self, module: ModuleType, index: SourceIndex, source: str, load: Callable[[], object]) -> None:
        super().__init__(__name__=module.__name__, __file__=index.path, __package__=module.__package__)
        self._module = module
        self._index = index
        self._source = source
        self._load = load

    def __missing__(self, name: str) -> Any:
        if name not in self._index.binds:
            raise KeyError(name)  # a builtin, or a mistake
        value = self._find(name)
        self[name] = value
        return value

    def _find(self, name: str) -> Any:
        namespace = plain_namespace(self._module)
        if type(self._module) is ModuleType or isinstance(namespace.get(name), (Step, Pipeline)):
            return namespace[name]  # imported meanwhile, or a step that has been read
        if self._index.binds[name] == 1:
            origin = self._index.imports.get(name)
            if origin is not None and not _is_package(origin):
                try:
                    return import_name(absolute(origin, self._module.__name__, self._index.path))
                except ModuleNotFoundError:  # the module may say where it is, at its top (`sys.path.insert`)
                    self._load()
                    return namespace[name]
            known, value = literal_constant(ast.parse(self._source), name)
            if known:
                return value
        self._load()
        return namespace[name]


def _is_package(origin: str) -> bool:
    """Say whether an import is, or may be, the ``import a.b`` that binds ``a`` and imports ``a.b`` too."""
    if "." in origin:
        return False
    found = sys.modules.get(origin)
    return origin not in sys.stdlib_module_names and (found is None or hasattr(found, "__path__"))


def import_name(dotted: str) -> Any:
    """Import what ``from a.b import c`` or ``import a.b as c`` binds, for ``a.b.c``."""
    parent, _, name = dotted.rpartition(".")
    if parent:
        try:
            return getattr(importlib.import_module(parent), name)
        except AttributeError:
            pass
    try:
        return importlib.import_module(dotted)
    except ModuleNotFoundError as error:
        if error.name == dotted and parent:
            raise ImportError(f"cannot import name '{name}' from '{parent}'") from None
        raise
