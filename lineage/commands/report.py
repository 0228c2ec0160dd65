"""``lineage report``: a run as one file, to be kept, sent and looked at without a server."""

from __future__ import annotations

import json
import os
from typing import TextIO

from lineage.commands.reports import comparison, reference
from lineage.commands.tables import size
from lineage.errors import UsageError

__all__ = ["report"]


def report(
    project: str,
    out: TextIO,
    *,
    output: str | None,
    form: str | None = None,
    run: str | None = None,
    theme: str | None = None,
    against: str | None = None,
    as_json: bool = False,
) -> int:
    """Write a report of a run.

    Parameters
    ----------
    project : str
        The project's folder.
    out : TextIO
        Where to say what was written, or to write it.
    output : str or None
        The file; ``-`` is `out`.
    form : str, optional
        One of `lineage.report.write.FORMATS`; by default what the file's suffix says, and html for ``-``.
    run : str, optional
        Its number, ``last`` or ``-2``; by default the newest.
    theme : str, optional
        ``light`` or ``dark``.
    against : str, optional
        What the run is compared with: a git reference, a run, or a JSON report.
    as_json : bool
        Say as JSON what was written.
    """
    from lineage.report.write import Wanted, format_of, make, write

    if not output:
        raise UsageError(
            "where the report is to go was not said",
            fix="`lineage report -o report.html`; report.svg and report.png are pictures; - is standard output",
        )
    if output == "-" and as_json:
        raise UsageError("the report and JSON cannot both go to standard output", fix="name a file: -o report.html")
    form = form or ("html" if output == "-" else format_of(output))
    wanted = Wanted(theme, comparison(reference(project, against)) if against is not None else None)
    made = make(project, form, None if run is None else _number(project, run), wanted)
    if output == "-":
        _print(made.content, form, out)
        return 0
    write(output, made.content)
    told = {"path": os.path.abspath(output), "format": form, "run": made.run, "bytes": len(made.content)}
    if as_json:
        out.write(json.dumps({"report": told | {"left_out": list(made.left_out)}}, indent=1) + "\n")
        return 0
    out.write(f"{output}: run {made.run}, {size(len(made.content))}\n")
    if made.left_out:
        out.write(f"left out: {'; '.join(made.left_out)}\n")
    return 0


def _number(project: str, run: str) -> int:
    from lineage.explain.past import find_run
    from lineage.query.history import History

    with History(project) as history:
        return find_run(history, run).id


def _print(content: bytes, form: str | None, out: TextIO) -> None:
    """Print the bytes as they are: the page says that it is UTF-8, whatever the locale is."""
    if form == "png" and out.isatty():
        raise UsageError("a PNG is nothing that a terminal can show", fix="name a file: `lineage report -o report.png`")
    out.flush()
    out.buffer.write(content)
