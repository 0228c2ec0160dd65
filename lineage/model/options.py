"""What the options of a step say, in the one form that they have once they are checked.

A step's options are a dict that holds only what was given and differs from the default::

    {"version": "2", "depends_on": (("code", "tasks.text:clean"), ("file", "query.sql")), "ignore": ("log",),
     "env": {"MODE": "show"}, "packages": {"torch": "count", "numpy": "ignore"}, "cache": False}

``packages`` is ``False`` where no package counts. The same whether the step's module was imported or only read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["dependencies", "is_cached", "names", "without_cuts"]

Options = Mapping[str, Any]


def dependencies(options: Options, kind: str) -> tuple[str, ...]:
    """Return what a step says it depends on: the ``code`` (``module:name``), or each ``file`` (paths and globs)."""
    return tuple(name for what, name in options.get("depends_on", ()) if what == kind)


def names(options: Options, option: str, *, ignored: bool = False) -> tuple[str, ...]:
    """Return what ``env`` or ``packages`` adds, or what it takes out."""
    given = options.get(option) or {}
    return tuple(name for name, how in given.items() if (how == "ignore") == ignored)


def is_cached(options: Options) -> bool:
    """Return whether a step's result may be given back; ``cache=False`` runs it every time."""
    return bool(options.get("cache", True))


def without_cuts(options: Options) -> dict[str, Any] | None:
    """Return the options without those that take ingredients out; ``None`` where there are none of these."""
    kept = {name: value for name, value in options.items() if name != "ignore"}
    for name in ("env", "packages"):
        if name in kept:
            kept[name] = {key: how for key, how in (kept[name] or {}).items() if how != "ignore"}
    return None if kept == options else kept
