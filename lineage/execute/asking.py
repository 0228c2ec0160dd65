"""What Python raises no audit event for: ``os.environ``, and questions whether a file is there.

Only what the project's own code asks itself counts. Libraries look for many a file and variable (``HOME``, ``PATH``,
their settings), on which no result should be said to depend.
"""

from __future__ import annotations

import genericpath
import os
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FrameType, ModuleType
from typing import Any

from lineage.execute.watch import Watch

__all__ = ["install", "is_matching", "keep_up"]

_Listening = Callable[[], tuple[tuple[Watch, ...], bool]]

_listening: _Listening
#: Where somebody began to copy all variables: each of them is then asked for at this place.
_copying: tuple[CodeType, int] | None = None

_SIZES = frozenset(("getsize", "getmtime", "stat"))
_CHECKS = _SIZES | {"exists", "isfile", "isdir", "is_file", "is_dir"}
_LISTS = frozenset(("iterdir", "walk"))
_LIBRARY = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
#: Which module of the standard library a file is: its own `__name__` may say another.
_modules: dict[str, str] = {}

_COPIES = frozenset(("copy", "__or__", "__ror__", "__ior__", "__repr__"))
_THROUGH_OS = frozenset(("getenv", "getenvb", "setdefault"))


def install(listening: _Listening) -> None:
    """Put ourselves between the project's code and what it asks."""
    global _listening
    _listening = listening
    for environment in (os.environ, os.environb):
        if type(environment) is os._Environ:
            environment.__class__ = _Environment
    genericpath.os = _instead  # type: ignore[attr-defined]


def keep_up() -> None:
    """Do the same with what has been imported since."""
    # The functions in these modules look `os.stat` up when they are called; `os` itself stays as it is.
    for name in ("pathlib", "pathlib._local", "pathlib._abc"):
        module = sys.modules.get(name)
        if module is not None and getattr(module, "os", None) is os:
            module.os = _instead  # type: ignore[attr-defined]


# -- is it there? ------------------------------------------------------------------------------------------------------


class _Os(ModuleType):
    """The module ``os`` as ``os.path`` and ``pathlib`` see it."""

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def stat(self, path: Any, *arguments: Any, **options: Any) -> os.stat_result:
        """Return what ``os.stat`` does."""
        watches, owned = _listening()
        if watches:
            asker, size = _asker(sys._getframe(1))
            for watch in watches if asker is not None else ():
                watch.checked(path, asker, size=size, owned=owned)  # type: ignore[arg-type]
        return os.stat(path, *arguments, **options)


_instead = _Os("os")


def _asker(frame: FrameType | None) -> tuple[FrameType | None, bool]:
    """Return who called ``os.path.exists`` or the like, and whether more was asked than that.

    Nobody has, where a function only uses it inside.
    """
    size = True
    while frame is not None and _is_of(frame, "genericpath", "pathlib"):
        if frame.f_code.co_name not in _CHECKS:
            return None, size
        size = size and frame.f_code.co_name in _SIZES
        frame = frame.f_back
    return frame, size


def is_matching(frame: FrameType) -> bool:
    """Whether a folder is listed to look for what matches a pattern: that is told by an event of its own."""
    return _is_of(frame, "glob") or (_is_of(frame, "pathlib") and frame.f_code.co_name not in _LISTS)


def _is_of(frame: FrameType, *modules: str) -> bool:
    """Whether a frame is of one of these modules of the standard library."""
    filename = frame.f_code.co_filename
    module = _modules.get(filename)
    if module is None:
        module = _modules[filename] = _module(filename)
    return module in modules


def _module(filename: str) -> str:
    if filename.startswith("<frozen "):
        return filename[8:-1]
    inside = filename.removeprefix(_LIBRARY) if filename.startswith(_LIBRARY) else ""
    return inside.partition(os.sep)[0].removesuffix(".py")


# -- the environment ---------------------------------------------------------------------------------------------------


class _Environment(os._Environ):  # type: ignore[type-arg]
    """``os.environ``, which tells what is asked of it."""

    def __getitem__(self, key: Any) -> Any:
        watches, owned = _listening()
        asker = _reader(sys._getframe(1)) if watches and isinstance(key, str | bytes) else None
        if asker is not None:
            value = self._data.get(os.fsencode(key))  # type: ignore[attr-defined]
            for watch in watches:
                watch.asked(os.fsdecode(key), None if value is None else os.fsdecode(value), asker, owned=owned)
        return super().__getitem__(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        _change(key)
        super().__setitem__(key, value)

    def __delitem__(self, key: Any) -> None:
        _change(key)
        super().__delitem__(key)

    def __iter__(self) -> Iterator[Any]:
        watches, owned = _listening()
        if watches:
            asker = _iterating(sys._getframe(1))
            for watch in watches if asker is not None else ():
                watch.went_through(asker, owned=owned)  # type: ignore[arg-type]
        return super().__iter__()


def _change(key: Any) -> None:
    if isinstance(key, str | bytes):
        for watch in _listening()[0]:
            watch.set_variable(os.fsdecode(key))


def _reader(frame: FrameType | None) -> FrameType | None:
    """Return who asks for one variable; ``None`` if all are copied, or if a function needs it for itself."""
    while frame is not None:
        name = frame.f_code.co_name
        if _is_of(frame, "_collections_abc"):
            if name == "__iter__":
                return None
        elif not (
            (_is_of(frame, "os") and name in _THROUGH_OS) or (_is_of(frame, "posixpath") and name == "expandvars")
        ):
            return None if _copying == (frame.f_code, frame.f_lasti) else frame
        frame = frame.f_back
    return None


def _iterating(frame: FrameType | None) -> FrameType | None:
    """Return who goes through all variables; ``None`` if they are only copied, for a program that is started."""
    global _copying
    through = ""
    while frame is not None and _is_of(frame, "_collections_abc"):
        through = frame.f_code.co_qualname
        frame = frame.f_back
    if frame is None or (_is_of(frame, "os") and frame.f_code.co_name in _COPIES):
        return None
    if through.startswith("KeysView") and not _is_looping(frame):
        _copying = (frame.f_code, frame.f_lasti)  # dict(os.environ), {**os.environ}
        return None
    return frame


def _is_looping(frame: FrameType) -> bool:
    from opcode import opname

    return opname[frame.f_code.co_code[frame.f_lasti]] in ("GET_ITER", "FOR_ITER")
