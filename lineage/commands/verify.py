"""``lineage verify``: prove that steps reproduce, by executing them again in clean processes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

from lineage.model.shown import one_line

if TYPE_CHECKING:
    from lineage.dodo.verifying import Verified

__all__ = ["verify"]

_SYMBOLS = {"bytes": "✓", "values": "✓", "different": "✕", "failed": "✕", "unknown": "·"}
_TEXTS = {
    "bytes": "identical bytes",
    "values": "identical values (the bytes differ)",
    "different": "different",
    "failed": "failed",
    "unknown": "not verified",
}


def verify(
    project: str,
    tasks: Sequence[str],
    assignments: Sequence[str],
    out: TextIO,
    *,
    causes: bool = True,
    as_json: bool = False,
) -> int:
    """Execute steps again and print whether they give what is recorded.

    Parameters
    ----------
    project : str
        The project's folder.
    tasks : sequence of str
        Steps and pipelines; all steps, if empty.
    assignments : sequence of str
        ``name=value`` words.
    out : TextIO
        Where to print.
    causes : bool
        Whether to find out why a step differs.
    as_json : bool
        Print JSON, when all is done.

    Returns
    -------
    int
        0 if all of them gave identical values, 1 if one did not, or was not up to date.
    """
    from lineage.dodo.offline import open_session
    from lineage.dodo.verifying import verify as verified

    with open_session(project, assignments) as session:
        session.evaluation.survey()
        calls = session.calls_named(tasks)
        found = []
        for each in verified(session, calls, causes=causes):
            found.append(each)
            if not as_json:
                _print(each, max(len(call.task) for call in calls), out)
                out.flush()
    if as_json:
        out.write(json.dumps({"verified": [each.plain() for each in found]}, indent=1) + "\n")
    return 0 if all(each.verdict in ("bytes", "values") for each in found) else 1


def _print(found: Verified, width: int, out: TextIO) -> None:
    out.writelines(f"{one_line(line)}\n" for line in _lines(found, width))


def _lines(found: Verified, width: int) -> Iterator[str]:
    seconds = "" if found.seconds is None else f"  {found.seconds:.1f} s"
    run = "" if found.run_id is None else f"  (made by run {found.run_id})"
    yield f"{_SYMBOLS[found.verdict]} {found.task:<{width}}  {_TEXTS[found.verdict]}{seconds}{run}"
    for output in found.outputs:
        if output["same"] is None:
            yield f"    {output['name']}: {output['difference']['text']}"
    if found.cause:
        lead = "likely cause: " if found.verdict == "different" else ""
        yield from (f"    {line}" for line in f"{lead}{found.cause}".splitlines())
