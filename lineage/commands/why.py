"""``lineage why``: why a step must run or had to, and where its result comes from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from lineage.errors import UsageError

if TYPE_CHECKING:
    from lineage.explain.explanation import Explanation

__all__ = ["why"]


def why(
    project: str,
    word: str | None,
    out: TextIO,
    *,
    run: str | None = None,
    words: Sequence[str] = (),
    as_json: bool = False,
) -> int:
    """Explain a step, all steps of a pipeline, or what ran in a run.

    Parameters
    ----------
    project : str
        The project's folder.
    word : str or None
        ``digits:trainer``, ``trainer`` if only one pipeline has it, or ``digits``; ``None`` for all steps of a run, by
        default of the last one.
    out : TextIO
        Where to print.
    run : str, optional
        A run by its number (``last``, ``-1``): then only the records are read. By default the present state is told.
    words : sequence of str
        ``name=value`` words for the pipelines.
    as_json : bool
        Print JSON: ``{"query", "run", "steps"}``.

    Raises
    ------
    UsageError
        There is no such step, pipeline or run.
    """
    if word is None and words:
        raise UsageError(
            f"'{words[0]}' needs a step or a pipeline to be asked about",
            why="without one, `lineage why` tells what the last run did",
            fix=f"lineage why TASK {' '.join(words)}",
        )
    number: int | None = None
    if word is None or run is not None:
        found, number = _past(project, word, run or "last")
    else:
        found = _present(project, word, words)
    if as_json:
        told = {"query": word, "run": number, "steps": [explanation.plain() for explanation in found]}
        out.write(json.dumps(told, indent=1) + "\n")
        return 0
    if word is None:
        # What was cached has nothing to explain, and may be ten thousand lines.
        idle = [explanation for explanation in found if explanation.status == "cached"]
        found = [explanation for explanation in found if explanation.status != "cached"]
    _print(found, out, brief=word is None or len(found) > 1)
    if word is None and idle:
        out.write(f"{len(idle)} cached in run {number}\n")
    return 0


def _present(project: str, word: str, words: Sequence[str]) -> list[Explanation]:
    from lineage.dodo.dryrun import decided
    from lineage.dodo.explaining import explain
    from lineage.dodo.offline import load_dodo
    from lineage.explain.past import chosen

    with load_dodo(project, words) as (session, loader):
        calls = session.plan.by_task
        tasks = chosen(word, list(calls), "in dodo.py")
        planning = decided(session, loader, tasks)
        return [explain(planning, calls[task]) for task in tasks]


def _past(project: str, word: str | None, run: str) -> tuple[list[Explanation], int]:
    from lineage.explain.past import chosen, explain_run, find_run
    from lineage.query.history import History

    with History(project) as history:
        found = find_run(history, run)
        tasks = list(found.steps) if word is None else chosen(word, list(found.steps), f"in run {found.id}")
        return explain_run(history, found, [found.steps[task] for task in tasks]), found.id


def _print(found: Sequence[Explanation], out: TextIO, *, brief: bool) -> None:
    from lineage.explain.telling import tell
    from lineage.terminal.style import Style

    paint = Style(out).paint
    for explanation in found:
        out.writelines(f"{line}\n" for line in tell(explanation, paint, brief=brief))
