"""``lineage accept``: take the outputs of steps as up to date without running them, with a reason that is kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TextIO

from lineage.model.shown import one_line

__all__ = ["accept"]

_SYMBOLS = {"accepted": "✓", "current": "=", "refused": "✕"}


def accept(
    project: str, tasks: Sequence[str], message: str, assignments: Sequence[str], out: TextIO, *, as_json: bool = False
) -> int:
    """Record the present outputs of steps as those of their present code, parameters and inputs.

    Parameters
    ----------
    project : str
        The project's folder.
    tasks : sequence of str
        Steps and pipelines.
    message : str
        Why; it stands in the lineage from then on.
    assignments : sequence of str
        ``name=value`` words.
    out : TextIO
        Where to print.
    as_json : bool
        Print JSON.

    Returns
    -------
    int
        0, or 1 if the outputs of a step could not be accepted.
    """
    from lineage.dodo import accept as accepting
    from lineage.dodo.offline import open_session

    with open_session(project, assignments, read_only=False) as session:
        calls = session.calls_named(tasks)
        found = list(accepting.accept(session, calls, f"accepted without running: {message}"))
    if as_json:
        out.write(json.dumps({"accepted": [each._asdict() for each in found]}, indent=1) + "\n")
    else:
        for each in found:
            told = {"accepted": f"accepted: {message}", "current": "up to date"}.get(each.verdict, each.why)
            out.write(one_line(f"{_SYMBOLS[each.verdict]} {each.task}  {told}") + "\n")
    return 1 if any(each.verdict == "refused" for each in found) else 0
