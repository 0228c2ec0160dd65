"""Whether the code in this process is that in the files: in a notebook, modules are imported once and edited later.

What a step does there is what its modules were when they were imported, and what it is remembered by is what their
files are now. A result must not be kept under the name of code that has not run.
"""

from __future__ import annotations

import ast
import functools
import os
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any

from lineage.declare import deferred
from lineage.declare.names import plain_namespace
from lineage.errors import StepError
from lineage.execute.memory import file_stat
from lineage.fingerprint.bindings import bound_names

__all__ = ["check_fresh"]

_WHY = "the code that would run is not the code in the file, and the result would be remembered as if it were"


def check_fresh(paths: Iterable[str], reached: Collection[str], step: str) -> None:
    """Refuse to run a step with a module that was imported before its file changed.

    Parameters
    ----------
    paths : iterable of str
        The source files of the step's code.
    reached : collection of str
        What of them it reaches, ``module:name``.
    step : str
        Its name.

    Raises
    ------
    StepError
        With the module, and what to do.
    """
    wanted = set(paths)
    modules = [module for module in list(sys.modules.values()) if _path(module) in wanted]
    for module in modules:
        if _is_older(_path(module)):
            raise StepError(
                f"step '{step}' uses {_shown(module)}, which changed after it was imported",
                why=_WHY,
                fix=f"restart the kernel, or importlib.reload({module.__name__}) and import again what comes from it",
            )
        for name in _set_from_outside(module):
            if f"{module.__name__}:{name}" not in reached:
                continue
            raise StepError(
                f"step '{step}' may use {module.__name__}.{name}, which is not what {_shown(module)} says",
                why=f"it was set after the import, and {_WHY}",
                fix=f"write it into {_shown(module)} and reload that, or give it to the step as a parameter",
            )
    main = sys.modules["__main__"]
    for holder in (main, *modules):
        for name, of in _left_behind(holder, {module.__name__: module for module in modules}):
            if f"{of.__name__}:{name}" not in reached:
                continue
            where = "the notebook has" if holder is main else f"module {holder.__name__} has"
            again = "import it again" if holder is main else f"importlib.reload({holder.__name__})"
            raise StepError(
                f"step '{step}' may use {of.__name__}.{name}, of which {where} what it was before a reload",
                why=_WHY,
                fix=f"{again}, or restart the kernel",
            )


def _path(module: ModuleType) -> str:
    file = plain_namespace(module).get("__file__") if isinstance(module, ModuleType) else None
    return os.path.realpath(file) if isinstance(file, str) else ""


def _shown(module: ModuleType) -> str:
    return os.path.relpath(_path(module))


def _is_older(path: str) -> bool:
    """Whether a file changed after it was executed; of a module that was imported before we looked, since the start."""
    if any(_path(module) == path for module in list(sys.modules.values()) if _is_only_read(module)):
        return False
    stat = file_stat(path)
    loaded = deferred.loaded_at.get(path, _process_started())
    # By the inode's change time, which nobody can set.
    return stat is None or loaded * 1e9 < stat[3] <= time.time_ns()


def _is_only_read(module: ModuleType) -> bool:
    return isinstance(module, deferred.DeferredModule)


def _set_from_outside(module: ModuleType) -> Iterator[str]:
    """Yield the constants and functions that somebody has put in the place of a module's own (``helper.SCALE = 3``)."""
    if _is_only_read(module):
        return
    namespace, path = plain_namespace(module), _path(module)
    with open(path, "rb") as file:
        tree = ast.parse(file.read())
    bound = [name for statement in tree.body for name in bound_names(statement)]
    changed = {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
    for statement in tree.body:
        name, says = _said(statement, path)
        if name in namespace and bound.count(name) == 1 and name not in changed and not says(namespace[name]):
            yield name


def _said(statement: ast.stmt, path: str) -> tuple[str, Callable[[Any], bool]]:
    """Return the name that a statement binds, and whether a value can be what it says."""
    if isinstance(statement, ast.FunctionDef) and not statement.decorator_list:
        return statement.name, lambda value: os.path.realpath(getattr(_code(value), "co_filename", "")) == path
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        constant = statement.value
        if isinstance(constant, ast.Constant) and len(statement.targets) == 1:
            return statement.targets[0].id, lambda value: repr(value) == repr(constant.value)
    return "", lambda value: True


def _code(value: Any) -> CodeType | None:
    return getattr(value, "__code__", None)


@functools.cache
def _process_started() -> float:
    """Return when this process began, in seconds since 1970: as `ps` tells it, to the second."""
    import subprocess

    try:
        told = subprocess.run(["ps", "-o", "etime=", "-p", str(os.getpid())], capture_output=True, text=True)  # noqa: S603, S607
        days, _, clock = told.stdout.strip().rpartition("-")
        parts = [int(part) for part in clock.split(":")]
    except (OSError, ValueError):
        return 0.0  # nobody knows: then every module that was imported before we looked has to be reloaded
    seconds = functools.reduce(lambda total, part: total * 60 + part, parts, 0)
    return time.time() - seconds - 86400 * int(days or 0)


def _left_behind(holder: ModuleType, modules: Mapping[str, ModuleType]) -> Iterator[tuple[str, ModuleType]]:
    """Yield the names of functions and classes that a module has of another one, where they are something else now."""
    for value in list(plain_namespace(holder).values()):
        if not isinstance(value, (FunctionType, type)):
            continue
        of = modules.get(value.__module__ or "")
        if of is None or of is holder or not value.__qualname__.isidentifier():
            continue
        now: Any = plain_namespace(of).get(value.__qualname__)
        if now is not value and isinstance(now, (FunctionType, type)) and _codes(now) != _codes(value):
            yield value.__qualname__, of


def _codes(value: Any) -> list[CodeType]:
    """Return the code of a function, or of the methods of a class: %autoreload gives old ones the new code."""
    if isinstance(value, FunctionType):
        return [value.__code__]
    return [each.__code__ for each in vars(value).values() if isinstance(each, FunctionType)]
