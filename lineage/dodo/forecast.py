"""A dry run as it is told: by ``lineage plan``, ``doit --dry-run`` and ``--question``, to people and to scripts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

from lineage.dodo.decision import FRESH, STALE
from lineage.model.plan import FileArgument, Value
from lineage.model.shown import one_line
from lineage.model.shown import show_duration as duration
from lineage.terminal.style import Style

if TYPE_CHECKING:
    from lineage.dodo.planned import DryRun, Planned
    from lineage.model.plan import Call

__all__ = ["show"]

#: For each status: what people read, the console's symbol, and its colour.
_SHOWN = {
    "run": ("will run", "running", "34"),
    "maybe": ("may run", "pending", "33"),
    "cached": ("up to date", "cached", "32"),
    "restored": ("from history", "cached", "32"),
    "ignored": ("ignored", "skipped", "90"),
    "error": ("cannot tell", "failed", "31"),
}
#: So many tasks are listed one by one; of more, those that are up to date are counted.
_LISTED = 50
#: So many reasons of a task are listed.
_REASONS = 4
_NAME_WIDTH = 44


def show(found: DryRun, out: TextIO, *, as_json: bool = False, quiet: bool = False) -> int:
    """Print a dry run; return the exit code.

    Parameters
    ----------
    found : DryRun
        What doit would do.
    out : TextIO
        Where to print.
    as_json : bool
        Print ``{"plan": [...]}``; see docs/commands.md.
    quiet : bool
        Print nothing (but JSON, if that is asked for), and answer by the exit code.

    Returns
    -------
    int
        0 if the plan could be made, 3 if some task of it cannot be told; if `quiet`, 1 if something will or may run.
    """
    counts = found.counts
    code = 3 if "error" in counts else 0
    if as_json:
        out.write(json.dumps(_plain(found), indent=1) + "\n")
    elif not quiet:
        out.writelines(f"{line}\n" for line in _lines(found, Style(out)))
    return code or int(quiet and any(status in counts for status in STALE))


# -- for people --------------------------------------------------------------------------------------------------------


def _lines(found: DryRun, style: Style) -> list[str]:
    listed, counted = found.planned, []
    if len(listed) > _LISTED:
        counted = [each for each in listed if each.status in FRESH]
        listed = [each for each in listed if each.status not in FRESH]
    rows = [*_counted(counted), *(_row(each) for each in listed)]
    lines = _aligned(rows, style)
    lines += [one_line(f"nothing depends on {file}") for file, users in found.supposed.items() if not users]
    return [*lines, _total(found)]


Row = tuple[str, str, str, list[str]]
"""status, name, seconds, reasons"""


def _row(planned: Planned) -> Row:
    reasons = list(dict.fromkeys(one_line(reason.text) for reason in planned.reasons))
    if len(reasons) > _REASONS:
        reasons[_REASONS - 1 :] = [f"and {len(reasons) - _REASONS + 1} more reasons"]
    seconds = "" if planned.seconds is None else duration(planned.seconds)
    return planned.status, one_line(planned.task), seconds, reasons


def _counted(fresh: Sequence[Planned]) -> list[Row]:
    counts: dict[tuple[str, str], int] = {}
    for each in fresh:
        key = (each.status, one_line(each.task.partition(":")[0]))
        counts[key] = counts.get(key, 0) + 1
    return [(status, name, "", [f"{count:,} of them"]) for (status, name), count in counts.items()]


def _aligned(rows: Sequence[Row], style: Style) -> list[str]:
    width = min(max((len(name) for _, name, _, _ in rows), default=0), _NAME_WIDTH)
    words = max((len(_SHOWN[status][0]) for status, _, _, _ in rows), default=0)
    times = max((len(seconds) for _, _, seconds, _ in rows), default=0)
    lines = []
    for status, name, seconds, reasons in rows:
        word, symbol, colour = _SHOWN[status]
        head = f"{name:<{width}}  {word:<{words}}" + (f"  {seconds:>{times}}" if times else "")
        first, *others = reasons or [""]
        tell = style.dim if status in FRESH else str
        lines.append(f"{style.paint(style.mark(symbol), colour)} {head}  {tell(first)}".rstrip())
        lines += [f"  {'':{len(head)}}  {other}" for other in others]
    return lines


def _total(found: DryRun) -> str:
    counts = found.counts
    total, stale = len(found.planned), sum(counts.get(status, 0) for status in STALE)
    noun = "step" if all(each.call is not None for each in found.planned) else "task"
    nouns = noun if total == 1 else f"{noun}s"
    parts = [f"{counts[status]:,} {_SHOWN[status][0]}" for status in _SHOWN if status in counts]
    if not stale and set(counts) <= set(FRESH):
        return f"nothing to do: {total:,} {nouns} up to date"
    return f"{stale:,} of {total:,} {nouns}: {', '.join(parts)}{_time(found, stale)}"


def _time(found: DryRun, stale: int) -> str:
    unknown = sum(each.seconds is None for each in found.planned if each.status in STALE)
    at_most = found.seconds(*STALE)
    if unknown:
        return f"; expected {duration(at_most)} for {stale - unknown:,} of them" if unknown < stale else ""
    parts = [f"expected {duration(found.seconds('run'))}"] if "run" in found.counts else []
    parts += [f"at most {duration(at_most)}"] if "maybe" in found.counts else []
    return "; " + ", ".join(parts) if parts else ""


# -- for scripts -------------------------------------------------------------------------------------------------------


def _plain(found: DryRun) -> dict[str, Any]:
    counts = found.counts
    return {
        "plan": [_plain_task(each) for each in found.planned],
        "expected_seconds": found.seconds("run"),
        "expected_seconds_at_most": found.seconds(*STALE),
        "counts": {status: counts.get(status, 0) for status in _SHOWN},
        "if": [{"file": file, "tasks": tasks} for file, tasks in found.supposed.items()],
    }


def _plain_task(planned: Planned) -> dict[str, Any]:
    call = planned.call
    return {
        "task": planned.task,
        "pipeline": None if call is None else call.pipeline,
        "step": None if call is None else call.step.name,
        "doc": planned.doc,
        "status": planned.status,
        "reasons": [reason.plain() for reason in planned.reasons],
        "seconds": planned.seconds,
        "upstream": planned.upstream,
        "parameters": {} if call is None else _parameters(call),
        "inputs": [{"name": name, "artifact": artifact} for name, artifact in planned.inputs.items()],
        "files": [] if call is None else _files(call),
        "outputs": [] if call is None else _outputs(call, planned.targets),
        "targets": planned.targets,
    }


def _parameters(call: Call) -> dict[str, str]:
    return {name: argument.shown for name, argument in call.arguments if isinstance(argument, Value)}


def _files(call: Call) -> list[dict[str, str]]:
    found = [(name, argument.path) for name, argument in call.arguments if isinstance(argument, FileArgument)]
    return [{"name": name, "path": path} for name, path in found]


def _outputs(call: Call, targets: Sequence[str]) -> list[dict[str, str]]:
    return [
        {"name": name, "artifact": f"{call.pipeline}/{name}", "path": path}
        for name, path in zip(call.outputs, targets, strict=True)
    ]
