"""Whether a function keeps what it reads, so that the next step which calls it does not read it again.

``@cache`` above a function that loads the settings, a ``global``, a table of its module, an object that many share: the
step that comes first reads the file, and every other one takes what is kept. What such a function reads counts for all
steps that load its module, as what a module reads while it is imported does.
"""

from __future__ import annotations

import functools
import gc
import opcode
from collections.abc import Sequence
from types import CodeType, FrameType, MethodType
from typing import Any

from lineage.execute.putting import UNCHANGING, puts_into_what_lasts

__all__ = ["keeps"]

_STORES = frozenset(opcode.opmap[name] for name in ("STORE_GLOBAL", "STORE_ATTR", "STORE_SUBSCR", "STORE_DEREF"))
_PUTTING = frozenset(("add", "append", "extend", "insert", "setdefault", "update", "__setitem__"))
_OF_CLASS = frozenset(("type", "__class__"))
_OF_CACHES = ("cache_info", "cache_clear", "cache_parameters")

_Cache = type(functools.lru_cache(len))
#: Whether a cache calls a function, told by its code.
_behind: dict[CodeType, bool] = {}
#: Whether a function may put things anywhere, told by its code.
_puts: dict[CodeType, bool] = {}


def keeps(frame: FrameType, stack: Sequence[FrameType]) -> bool:
    """Return whether a function may keep what is read while it is at work.

    Parameters
    ----------
    frame : FrameType
        The function at work.
    stack : sequence of FrameType
        All functions of the project that are at work; what their modules name lasts longer than a step.
    """
    code = frame.f_code
    if _is_cached(_named(frame.f_globals, code.co_qualname)):
        return True
    return _puts_away(frame, stack) or _is_behind_cache(code)


def _puts_away(frame: FrameType, stack: Sequence[FrameType]) -> bool:
    code = frame.f_code
    if not _may_put(code):
        return _is_behind_cached_property(frame) and _is_of_what_lasts(frame, stack)
    is_inner = any(code in other.f_code.co_consts for other in stack if other is not frame)
    return puts_into_what_lasts(code, frame.f_globals, inner=is_inner) or _is_of_what_lasts(frame, stack)


def _may_put(code: CodeType) -> bool:
    """Whether a function stores anything but its own variables, or hands things over that somebody may put it into."""
    found = _puts.get(code)
    if found is None:
        used = set(code.co_code[::2])
        found = _puts[code] = not _STORES.isdisjoint(used) or not _PUTTING.isdisjoint(code.co_names)
    return found


def _named(names: dict[str, Any], qualname: str) -> Any:
    """Return what a dotted name stands for, without asking any object for an attribute."""
    first, *rest = qualname.split(".")
    found = names.get(first)
    for name in rest:
        found = vars(found).get(name) if isinstance(found, type) else None
    return getattr(found, "__func__", found) if isinstance(found, (staticmethod, classmethod)) else found


def _is_cached(found: Any) -> bool:
    return found is not None and any(hasattr(type(found), name) or name in _attributes(found) for name in _OF_CACHES)


def _is_behind_cache(code: CodeType) -> bool:
    """Whether a cache that stands under another name calls a function: ``get = cache(_load)``.

    Such a cache has no frame of its own, and may be anywhere: in a table, in an object, in another module.
    """
    found = _behind.get(code)
    if found is None:
        # A look through all objects, which takes some milliseconds: once for each function that reads something. Those
        # that were there before the run are frozen, and so would not be seen.
        if gc.get_freeze_count():
            gc.unfreeze()
        found = _behind[code] = any(type(each) is _Cache and _called_by(each) is code for each in gc.get_objects())
    return found


def _called_by(cache: Any) -> CodeType | None:
    called = cache.__wrapped__
    while isinstance(called, functools.partial | MethodType):
        called = called.func if isinstance(called, functools.partial) else called.__func__
    return getattr(called, "__code__", None)


def _attributes(found: Any) -> dict[str, Any]:
    attributes = getattr(found, "__dict__", {})
    return attributes if isinstance(attributes, dict) else {}


def _is_of_what_lasts(frame: FrameType, stack: Sequence[FrameType]) -> bool:
    """Whether it is a method that keeps things in its object or class, where that outlasts the step."""
    code = frame.f_code
    if not code.co_argcount:
        return False
    own = frame.f_locals.get(code.co_varnames[0])
    if isinstance(own, type):
        return True
    if isinstance(own, UNCHANGING):
        return False
    if not _OF_CLASS.isdisjoint(code.co_names) and _may_put(code):
        return True  # type(self).known[name] = ...
    return any(value is own for each in stack for value in list(each.f_globals.values()))


def _is_behind_cached_property(frame: FrameType) -> bool:
    return frame.f_back is not None and frame.f_back.f_code.co_qualname == "cached_property.__get__"
