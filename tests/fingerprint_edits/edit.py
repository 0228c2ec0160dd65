"""The form of an edit."""

from __future__ import annotations

import textwrap
from typing import Any

S = "steps.py"

Edit = tuple[str, str, dict[str, str], dict[str, str], list[str], list[str]]


def edit(
    name: str, why: str, files: dict[str, str], change: dict[str, Any], *, stale: str = "", fresh: str = ""
) -> Edit:
    """Return (name, why, files before, files after, stale steps, fresh steps)."""
    sources = {path: textwrap.dedent(text).lstrip("\n") for path, text in files.items()}
    after = dict(sources)
    for path, new in change.items():
        if new is None:
            del after[path]
        elif isinstance(new, tuple):
            assert after[path].count(new[0]) == 1, (name, path, new)
            after[path] = after[path].replace(*new)
        else:
            after[path] = textwrap.dedent(new).lstrip("\n")
    return name, why, sources, after, stale.split(), fresh.split()
