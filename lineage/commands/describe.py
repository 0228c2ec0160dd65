"""``lineage stack describe``: which stores and executor a project uses, where they are, and what they hold."""

from __future__ import annotations

import json
from typing import Any, TextIO

from lineage.commands.stack import title
from lineage.commands.tables import size
from lineage.errors import UsageError, did_you_mean
from lineage.model.shown import one_line
from lineage.stack import COMPONENTS, Stack

__all__ = ["describe"]

#: Of the column of names; a longer one widens it for all.
_WIDTH = 14


def describe(project: str, component: str | None, out: TextIO, *, as_json: bool = False) -> int:
    """Describe a project's stack, or one component of it.

    Parameters
    ----------
    project : str
        The project's folder.
    component : str or None
        One of `lineage.stack.COMPONENTS`.
    out : TextIO
        Where to print.
    as_json : bool
        Print JSON.
    """
    if component is not None and component not in COMPONENTS:
        raise UsageError(
            f"there is no component '{component}'{did_you_mean(component, COMPONENTS)}",
            fix=f"use one of: {', '.join(COMPONENTS)}",
        )
    stack = Stack(project, read_only=True)
    if component is None and not as_json:
        out.write(title(stack) + "\n\n")  # also where a store cannot be opened
    try:
        parts = stack.describe()
    finally:
        stack.close()
    chosen = {name: parts[name] for name in COMPONENTS if component in (None, name)}
    if as_json:
        told = {"stack": stack.choice.name, "why": stack.choice.why}
        out.write(json.dumps({**told, **chosen}, indent=1) + "\n")
        return 0
    width = max(_WIDTH, *(len(key) for part in chosen.values() for key in part))
    out.write("\n".join(_lines(name, part, width) for name, part in chosen.items()))
    return 0


def _lines(name: str, part: dict[str, Any], width: int) -> str:
    rows = [f"{name}"]
    rows += [f"  {key.replace('_', ' '):<{width}} {_shown(key, value)}" for key, value in part.items()]
    return "\n".join(rows) + "\n"


def _shown(key: str, value: Any) -> str:
    if key in ("bytes", "size"):
        return size(int(value))
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else one_line(str(value))
