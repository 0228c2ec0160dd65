"""Whether a function keeps what it reads, so that the next step which calls it does not read it again.

``@cache`` above a function that loads the settings, a ``global``, a table of its module, an object that many share: the
step that comes first reads the file, and every other one takes what is kept. What such a function reads counts for all
steps that load its module, as what a module reads while it is imported does.
"""

from __future__ import annotations

import opcode
from collections.abc import Iterable
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

__all__ = ["keeps"]

_STORE_GLOBAL, _STORE_ATTR, _STORE_SUBSCR = (
    opcode.opmap[name] for name in ("STORE_GLOBAL", "STORE_ATTR", "STORE_SUBSCR")
)
_PUTTING = frozenset(("add", "append", "extend", "insert", "setdefault", "update", "__setitem__"))
_OF_CACHES = ("cache_info", "cache_clear", "cache_parameters")
_UNCHANGING = (str, bytes, int, float, complex, tuple, frozenset, type(None), FunctionType, ModuleType)

#: What a function stores, told by its code: in a global, in attributes, in items.
_stores: dict[CodeType, tuple[bool, bool, bool]] = {}


def keeps(frame: FrameType, stack: Iterable[FrameType]) -> bool:
    """Return whether a function may keep what is read while it is at work.

    Parameters
    ----------
    frame : FrameType
        The function at work.
    stack : iterable of FrameType
        All functions of the project that are at work; what their modules name lasts longer than a step.
    """
    code = frame.f_code
    in_global, in_attribute, in_item = _stored_by(code)
    if in_global or _is_cached(_named(frame.f_globals, code.co_qualname)):
        return True
    if (in_attribute or in_item) and _names_what_lasts(code, frame.f_globals):
        return True
    return _is_of_what_lasts(frame, in_attribute, stack)


def _stored_by(code: CodeType) -> tuple[bool, bool, bool]:
    found = _stores.get(code)
    if found is None:
        used = set(code.co_code[::2])
        in_item = _STORE_SUBSCR in used or not _PUTTING.isdisjoint(code.co_names)
        found = _stores[code] = (_STORE_GLOBAL in used, _STORE_ATTR in used, in_item)
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


def _attributes(found: Any) -> dict[str, Any]:
    attributes = getattr(found, "__dict__", {})
    return attributes if isinstance(attributes, dict) else {}


def _names_what_lasts(code: CodeType, names: dict[str, Any]) -> bool:
    """Whether a function names something of its module that can be changed in place, by which it may keep things."""
    module = names.get("__name__")
    return any(
        not isinstance(value, _UNCHANGING) and (not isinstance(value, type) or value.__module__ == module)
        for value in (names.get(name) for name in code.co_names if name in names)
    )


def _is_of_what_lasts(frame: FrameType, in_attribute: bool, stack: Iterable[FrameType]) -> bool:
    """Whether it is a method that keeps things in its object or class, where that outlasts the step."""
    code = frame.f_code
    if not code.co_argcount or not (in_attribute or _is_behind_cached_property(frame)):
        return False
    own = frame.f_locals.get(code.co_varnames[0])
    if isinstance(own, type):
        return True
    if isinstance(own, _UNCHANGING):
        return False
    return any(value is own for each in stack for value in list(each.f_globals.values()))


def _is_behind_cached_property(frame: FrameType) -> bool:
    return frame.f_back is not None and frame.f_back.f_code.co_qualname == "cached_property.__get__"
