"""Modules that declare steps are read, not imported, until something else of them is wanted.

`install` puts a finder on ``sys.meta_path`` that answers for the modules below a folder whose source declares steps
or pipelines at its top level. Such a module holds `Step` and `Pipeline` objects made from the source's index. Asking
it for any other name that the source binds imports it for real, into the same dict, and so does running one of its
steps; the objects stay the same. What is not understood is imported at once: slower, never wrong.

The environment variable ``LINEAGE_DEFER=0`` switches reading off; modules are then imported as ever.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import _bootstrap, import_module
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import TYPE_CHECKING, Any

from lineage.declare.bytecode import FreshLoader
from lineage.declare.names import plain_namespace
from lineage.declare.pipeline import Pipeline
from lineage.declare.project import current, use
from lineage.declare.readable import declarations
from lineage.declare.step import Step, planning
from lineage.fingerprint.code import Project

if TYPE_CHECKING:
    from lineage.declare.readable import Declaration
    from lineage.fingerprint.source import FunctionInfo, SourceIndex

__all__ = ["DeferredModule", "Finder", "current_project", "install", "load", "loaded_at", "uninstall"]

loaded_at: dict[str, float] = {}
"""When each module of the project was executed: its file and the time (seconds since 1970) just before it was read."""

current_project = current

_SWITCH = "LINEAGE_DEFER"
_NOT_OURS = frozenset({"site-packages", "dist-packages", "node_modules", "__pycache__"})
_DODO_NAMES = ("DOIT_CONFIG", "create_doit_tasks", "__getattr__", "__dir__")


def install(root: str, project: Project | None = None) -> None:
    """Answer for the modules below a folder from now on.

    Parameters
    ----------
    root : str
        The project's folder.
    project : Project, optional
        Its indexes; by default with their cache in ``.lineage/index``.
    """
    uninstall()
    project = project or Project(root, os.path.join(root, ".lineage", "index"))
    use(project)
    finder = Finder(project, deferring=os.environ.get(_SWITCH, "1") != "0")
    # In front of the finder that searches sys.path, whose work it does: built-in and frozen modules and other tools'
    # hooks (pytest's rewriting of assertions) come before, and no path is searched twice.
    at = sys.meta_path.index(PathFinder) if PathFinder in sys.meta_path else len(sys.meta_path)
    sys.meta_path.insert(at, finder)


def uninstall() -> None:
    """Leave finding modules to Python again. Modules that have only been read stay what they are."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, Finder)]
    use(None)


def load(module_name: str) -> ModuleType:
    """Import a module for real.

    Parameters
    ----------
    module_name : str
        Dotted name.

    Returns
    -------
    ModuleType
        The module, executed. Whatever the module raises is passed on; the next call tries again.
    """
    module = sys.modules.get(module_name) or import_module(module_name)
    if isinstance(module, DeferredModule):
        _import_for_real(module)
    return module


class Finder:
    """Finds what ``sys.path`` has, and has the project's step modules read instead of executed.

    Parameters
    ----------
    project : Project
        Whose modules they are.
    deferring : bool
        Whether to read at all; without, only `loaded_at` is kept.
    """

    def __init__(self, project: Project, deferring: bool = True) -> None:
        self.project = project
        self._inside = project.root + os.sep
        self._entry = project.entry and os.path.realpath(project.entry)
        self._deferring = deferring

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module as Python would, then look whether it can be read instead."""
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.origin is None or type(spec.loader) is not SourceFileLoader:
            return spec
        real = spec.origin if spec.origin.startswith(self._inside) else os.path.realpath(spec.origin)
        if not real.startswith(self._inside) or not _may_be_ours(real[len(self._inside) :]):
            return spec
        index = self._readable(name, real) if self._deferring and target is None else None
        declared = [] if index is None else list(declarations(index, name, self.project))
        if index is None or not declared:
            loaded_at[real] = time.time()
            spec.loader = FreshLoader(spec.loader.name, spec.loader.path)
            return spec
        spec.loader = _Loader(spec.loader.name, spec.loader.path, index, declared)
        return spec

    def _readable(self, name: str, path: str) -> SourceIndex | None:
        """Return the index of a module that may be read instead of imported."""
        if path == self._entry or name == "dodo" or name.partition(".")[0] == "lineage":
            return None  # doit executes the dodo file itself, whatever -f calls it
        try:
            with open(path, "rb") as file:
                if b"lineage" not in file.read():
                    return None
        except OSError:
            return None
        index = self.project.index(path)
        if index.error is not None or index.star_imports:
            return None
        if any(name.startswith("task_") or name in _DODO_NAMES for name in index.binds):
            return None
        return index


def _may_be_ours(relative: str) -> bool:
    return not any(part.startswith(".") or part in _NOT_OURS for part in relative.split(os.sep))


class _Loader(FreshLoader):
    """Fills a module from its index; executes it only when it must be, or when it is reloaded."""

    def __init__(self, name: str, path: str, index: SourceIndex, declared: list[Declaration]) -> None:
        super().__init__(name, path)
        self.index = index
        self.declared = declared
        self.made: dict[str, Step[Any, Any] | Pipeline[Any, Any]] = {}
        self.filled = False
        self.loading = False

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Make a module that notices what is asked of it."""
        return DeferredModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Fill the module the first time, execute it later."""
        if isinstance(module, DeferredModule) and not self.filled:
            self.filled = True
            self._fill(module)
        elif isinstance(module, DeferredModule):
            _import_for_real(module)
        else:
            self.execute(module)

    def execute(self, module: ModuleType) -> None:
        """Execute the module's source in its dict."""
        loaded_at[self.index.path] = time.time()
        super().exec_module(module)

    def _fill(self, module: ModuleType) -> None:
        namespace = plain_namespace(module)
        namespace["__doc__"] = self.index.docstring

        def import_it() -> None:
            _import_for_real(module)

        for name, kind, info, options in self.declared:
            made: Step[Any, Any] | Pipeline[Any, Any]
            if kind == "step":
                made = self._step(module.__name__, info, options)
                made.defer(import_it)
            elif kind == "pipeline":
                made = self._pipeline(module, info, import_it)
            else:
                from lineage.declare.shell import from_assignment

                made = from_assignment(info, module.__name__, self.index.path, options)
                made.defer(import_it)
            namespace[name] = self.made[name] = made

    def _step(self, module: str, info: FunctionInfo, options: dict[str, Any]) -> Step[Any, Any]:
        return Step(
            None,
            module=module,
            name=info.name,
            path=self.index.path,
            line=info.line,
            doc=info.docstring,
            options=options,
        )

    def _pipeline(self, module: ModuleType, info: FunctionInfo, import_it: Any) -> Pipeline[Any, Any]:
        made: Pipeline[Any, Any] = Pipeline(
            None,
            module=module.__name__,
            name=info.name,
            path=self.index.path,
            line=info.first_line,
            doc=info.docstring,
        )
        made.defer(import_it, self.compiler(module, info), _annotations(info))
        return made

    def compiler(self, module: ModuleType, info: FunctionInfo) -> Any:
        """Return what compiles a pipeline's body."""

        def compile_it() -> Any:
            from lineage.declare.body import compile_body

            return compile_body(module, self.index, info, lambda: _import_for_real(module))

        return compile_it


def _annotations(info: FunctionInfo) -> dict[str, str]:
    return {one.name: one.annotation for one in info.parameters if one.annotation is not None}


class DeferredModule(ModuleType):
    """A module of which only the steps and pipelines are known."""

    def __getattr__(self, name: str) -> Any:
        loader = _loader(self)
        index = None if loader is None else loader.index
        if index is None or (name not in index.binds and name != "__all__"):
            raise AttributeError(f"module '{self.__name__}' has no attribute '{name}'")
        if name == "__all__" and index.exported is not None:
            return list(index.exported)  # without one, who asks wants to know all names: `from module import *`
        try:
            _import_for_real(self)
        except AttributeError as error:
            # `from module import name` would take it for a missing name and hide where it comes from.
            raise ImportError(f"importing '{self.__name__}' failed: {error}", name=self.__name__) from error
        namespace = plain_namespace(self)
        if name not in namespace:
            partially = "partially initialized " if loader is not None and loader.loading else ""
            circular = " (most likely due to a circular import)" if partially else ""
            raise AttributeError(f"{partially}module '{self.__name__}' has no attribute '{name}'{circular}")
        return namespace[name]

    def __setattr__(self, name: str, value: Any) -> None:
        if not _is_machinery(self, name, value):
            _import_for_real(self)
        ModuleType.__setattr__(self, name, value)  # not super(): the class may have changed meanwhile

    def __delattr__(self, name: str) -> None:
        _import_for_real(self)
        ModuleType.__delattr__(self, name)

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]
        """All that the module binds, for ``vars`` and ``dir``."""
        loader = _loader(self)
        # inspect only looks for the module's source, and doit asks it for the line of each pipeline.
        asked = sys._getframe(1).f_globals.get("__name__") != "inspect"
        if asked and loader is not None and loader.filled and not loader.loading:
            _import_for_real(self)
        return plain_namespace(self)


def _is_machinery(module: ModuleType, name: str, value: Any) -> bool:
    """Say whether Python's import system sets an attribute: a dunder name, or a submodule in its package."""
    if name.startswith("__") and name.endswith("__"):
        return True
    return isinstance(value, ModuleType) and sys.modules.get(f"{module.__name__}.{name}") is value


def _loader(module: ModuleType) -> _Loader | None:
    spec = plain_namespace(module).get("__spec__")
    loader = getattr(spec, "loader", None)
    return loader if isinstance(loader, _Loader) else None


_lock = threading.RLock()


@contextmanager
def _locked(name: str) -> Iterator[bool]:
    """Hold a module's own import lock, as importing it does; False where two threads would wait for each other.

    A lock of ours could be held by a thread that waits for a module's lock, whose holder waits for ours.
    """
    manager = getattr(_bootstrap, "_ModuleLockManager", None)
    if manager is None:
        with _lock:
            yield True
        return
    lock = manager(name)
    try:
        lock.__enter__()
    except RuntimeError:  # _DeadlockError: a circular import in two threads sees a partial module, as in Python itself
        yield False
        return
    try:
        yield True
    finally:
        lock.__exit__(None, None, None)


def _import_for_real(module: ModuleType) -> None:
    """Execute a module that has only been read, in its own dict, once; the objects made from its source stay."""
    loader = _loader(module)
    if loader is None or type(module) is ModuleType:
        return
    with _locked(module.__name__) as held:
        if not held or loader.loading or type(module) is ModuleType:
            return
        namespace = plain_namespace(module)
        before = dict(namespace)
        loader.loading = True
        token = planning.set(None)  # what the module calls at its top level is no part of a pipeline
        try:
            loader.execute(module)
        except BaseException:
            _take_back(module, loader, before)
            raise
        finally:
            loader.loading = False
            planning.reset(token)
        _settle(loader, namespace)
        module.__class__ = ModuleType


def _take_back(module: ModuleType, loader: _Loader, before: dict[str, Any]) -> None:
    """Bring a module back to what it was before it failed, so that the next try fails in the same way."""
    namespace = plain_namespace(module)
    namespace.clear()
    namespace.update(before)
    for name, made in loader.made.items():
        if isinstance(made, Step):
            made.forget()
        else:
            made.forget(loader.compiler(module, loader.index.functions[name]))


def _settle(loader: _Loader, namespace: dict[str, Any]) -> None:
    """Let the objects made from source take over from those that the execution has made anew, if it has."""
    for name, made in loader.made.items():
        found = namespace.get(name)
        anew: Any = found if type(found) is type(made) and found is not made else None
        made.arrived(anew)
        if anew is not None:
            namespace[name] = made
