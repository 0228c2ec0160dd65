"""Never run bytecode that may be older than its source.

Python trusts a ``.pyc`` file whose recorded source has the same size and the same modification time *in whole
seconds*. Two edits within a second (``A = 1``, ``A = 2``), or one that puts the old time back, and Python runs the old
code: a result made by it would be recorded under the fingerprint of the new. So bytecode of the project's own modules
is used only if it was written well after the source last changed in any way (the racy rule of git's index).
"""

from __future__ import annotations

import functools
import marshal
import os
import sys
from collections.abc import Callable, Iterable
from importlib.machinery import SourceFileLoader
from importlib.util import cache_from_source
from types import CodeType, ModuleType

from lineage.declare.import_effects import executing
from lineage.errors import StepError

__all__ = ["FreshLoader", "check_bytecode", "forget_racy", "is_script", "may_be_old"]

_RACY_NS = 2_000_000_000
#: What precedes the code in bytecode files (PEP 552).
_HEADER = 16


#: Called with the path of a module of the project before it is executed, while somebody wants to know.
before_executing: Callable[[str], None] | None = None


class FreshLoader(SourceFileLoader):
    """Loads a module of the project from its source as it is now."""

    def exec_module(self, module: ModuleType) -> None:
        """Execute the module."""
        if before_executing is not None:
            before_executing(self.path)
        with executing(self.path, for_all=before_executing is not None):
            super().exec_module(module)

    def get_code(self, fullname: str) -> CodeType | None:
        """Return the module's code, from bytecode only if that is certainly not older than the source."""
        path = self.get_filename(fullname)
        try:
            if _stays_old(path):
                return self.source_to_code(self.get_data(path), path)
            return super().get_code(fullname)
        except SyntaxError as error:
            if error.filename is None:  # of null bytes
                raise SyntaxError(error.msg, (path, 1, None, None)) from None
            raise
        except RecursionError as error:
            # Python's own parser and compiler give up, without saying where.
            raise SyntaxError(f"too deeply nested for Python: {error}", (path, 1, None, None)) from None


def _stays_old(path: str) -> bool:
    """Whether there is bytecode that may be older than the source and cannot be removed."""
    bytecode = _racy(path)
    return bytecode is not None and (sys.dont_write_bytecode or not _discard(bytecode))


def _racy(path: str) -> str | None:
    """Return the path of a source's bytecode if that may be older than the source."""
    try:
        bytecode = cache_from_source(path)
        made = os.stat(bytecode).st_mtime_ns
        return None if made - _changed_ns(path) > _RACY_NS else bytecode
    except (OSError, NotImplementedError):
        return None  # there is none


def may_be_old(path: str) -> bool:
    """Whether there is bytecode of a source that may be older than it."""
    return _racy(path) is not None


def forget_racy(paths: Iterable[str]) -> None:
    """Remove bytecode that may be older than its source, before another Python trusts it.

    Parameters
    ----------
    paths : iterable of str
        Sources of a program that is about to be started.
    """
    for path in paths:
        bytecode = _racy(path)
        if bytecode is not None:
            _discard(bytecode)


def is_script() -> bool:
    """Whether this process is ``python script.py``, which imports modules before anybody asks us."""
    main = sys.modules["__main__"]
    return getattr(main, "__spec__", None) is None and str(getattr(main, "__file__", "")).endswith(".py")


def check_bytecode(paths: Iterable[str], step: str) -> None:
    """Refuse to run a step with a module that Python itself has imported from bytecode of an older source.

    Raises
    ------
    StepError
        Once: that bytecode is gone then.
    """
    for path in paths:
        module = _by_file().get(path)
        bytecode = None if module is None else _racy(path)
        if module is None or bytecode is None or type(getattr(module, "__loader__", None)) is not SourceFileLoader:
            continue
        with open(path, "rb") as source, open(bytecode, "rb") as file:
            if marshal.loads(file.read()[_HEADER:]) == compile(source.read(), path, "exec", dont_inherit=True):
                continue
        _discard(bytecode)
        raise StepError(
            f"step '{step}' uses {os.path.relpath(path)}, of which Python has imported an older version",
            why="its bytecode was of the same second and size; the result would be remembered as that of the new code",
            fix="run it again: the bytecode has been removed",
        )


@functools.cache
def _by_file() -> dict[str, ModuleType]:
    files = [(module, getattr(module, "__dict__", {}).get("__file__")) for module in list(sys.modules.values())]
    return {os.path.realpath(file): module for module, file in files if isinstance(file, str)}


def _changed_ns(path: str) -> int:
    found = os.stat(path)
    return max(found.st_mtime_ns, found.st_ctime_ns)


def _discard(bytecode: str) -> bool:
    try:
        os.unlink(bytecode)
    except OSError:
        return not os.path.exists(bytecode)
    return True
