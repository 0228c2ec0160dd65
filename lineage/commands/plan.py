"""``lineage plan``: what doit would do, why, and how long that would take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from lineage.dodo.dryrun import dry_run
from lineage.dodo.forecast import show

__all__ = ["plan"]


def plan(
    project: str,
    tasks: Sequence[str],
    assignments: Sequence[str],
    supposed: Sequence[str],
    out: TextIO,
    *,
    as_json: bool = False,
    quiet: bool = False,
) -> int:
    """Print what doit would do.

    Parameters
    ----------
    project : str
        The project's folder.
    tasks : sequence of str
        What doit would be asked for; all that it makes by default if empty.
    assignments : sequence of str
        ``name=value`` words.
    supposed : sequence of str
        Files that are supposed to change.
    out : TextIO
        Where to print.
    as_json, quiet
        As of `lineage.dodo.forecast.show`, whose exit code is returned.
    """
    explained = as_json or not quiet
    return show(dry_run(project, tasks, assignments, supposed, explained=explained), out, as_json=as_json, quiet=quiet)
