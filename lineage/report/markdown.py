"""A run as a summary that a person reads in ten seconds: in a pull request, a merge request, a step summary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from lineage.formats.summary import show_number
from lineage.model.shown import counted, show_duration
from lineage.query.plain import value_text
from lineage.report.markup import code, fenced, plain
from lineage.report.mermaid import MARKS, mermaid

if TYPE_CHECKING:
    from lineage.explain.runs import Metric
    from lineage.model.history import StepRun
    from lineage.report.account import Account, Compared, Edit

__all__ = ["markdown"]

#: So much is listed; of more it is said how much. A comment on GitHub holds 65,536 characters.
_STEPS, _METRICS, _ARTIFACTS, _EDITS, _FAILURES = 25, 25, 30, 6, 5
_DIFF_LINES, _TRACE_LINES, _LOG_LINES = 30, 30, 15
_WIDE = 160
_ROOM = 60_000
_DONE = ("run", "cached")


def markdown(told: Account) -> str:
    """Return the summary: GitHub's Markdown, which GitLab reads too.

    Whatever stands in names, values and code is text in it and never markup.
    """
    sections = [_heading(told), _failures(told), _metrics(told), _edits(told), _steps(told), _artifacts(told)]
    text = "\n".join(line for section in sections for line in section)
    drawn = "\n".join(_picture(told))
    # What is longest and least needed goes first.
    return text + drawn if len(text) + len(drawn) <= _ROOM else text


# -- the first lines ---------------------------------------------------------------------------------------------------


def _heading(told: Account) -> Iterator[str]:
    run = told.run
    mark = {"ok": "✓", "running": "▶"}.get(run.status, "✕")
    ended = "" if run.status == "ok" else f" {run.status},"
    counts = [f"{run.counts.get(status, 0)} {status}" for status in ("run", "cached", "failed")]
    counts += [f"{run.counts[status]} {status}" for status in ("skipped", "pending") if run.counts.get(status)]
    yield f"### {mark} {plain(told.project)}:{ended} {', '.join(counts)}"
    yield ""
    yield " · ".join(_facts(told))
    yield ""
    if run.status == "ok" and run.steps and all(step.status == "cached" for step in run.steps.values()):
        yield f"**Nothing had to run:** {_all(len(run.steps))} up to date."
        yield ""
    if told.is_unexplained:
        yield "**What failed is no step of a pipeline:** see the log."
        yield ""


def _all(count: int) -> str:
    return "the only step is" if count == 1 else f"all {count} steps are"


def _facts(told: Account) -> Iterator[str]:
    run = told.run
    yield f"run {run.id}, {show_duration(run.seconds)}"
    if run.saved > 0.05:
        yield f"{show_duration(run.saved)} saved"
    if run.git_commit:
        branch = f" on {plain(run.git_branch)}" if run.git_branch else ""
        yield f"commit {code(run.git_commit[:7])}{branch}{' with changes' if run.git_dirty else ''}"
    if told.note:
        yield plain(told.note)
    elif told.baseline is not None:
        yield f"against {plain(told.baseline.label)}"
        if told.baseline.missing:
            yield f"not known of it: {_listed(told.baseline.missing, 3)}"


def _listed(names: Sequence[str], most: int) -> str:
    shown = ", ".join(code(name) for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


# -- what failed -------------------------------------------------------------------------------------------------------


def _failures(told: Account) -> Iterator[str]:
    failed = [step for step in told.run.steps.values() if step.status == "failed"]
    for step in failed[:_FAILURES]:
        yield from _failure(step)
    for task in [task for task in told.plain if task.status == "failed"][:_FAILURES]:
        yield f"**✕ {code(task.name)}** failed"
        yield ""
        yield fenced(_last(task.text, _TRACE_LINES))
        yield ""
    if len(failed) > _FAILURES:
        yield f"and {len(failed) - _FAILURES} more failed."
        yield ""


def _failure(step: StepRun) -> Iterator[str]:
    error = step.error or {}
    place = f" at {code(str(error['place']))}" if error.get("place") else ""
    message = (str(error.get("message") or "it did not come to its end").splitlines() or [""])[0]
    yield f"**✕ {code(step.task)}**{place}: {plain(message)}"
    yield ""
    if error.get("traceback"):
        yield fenced(_last(str(error["traceback"]), _TRACE_LINES))
        yield ""
    if log := step.log_text().strip():
        yield f"<details><summary>What {code(step.task)} printed</summary>"
        yield ""
        yield fenced(_last(log, _LOG_LINES))
        yield ""
        yield "</details>"
        yield ""


def _last(text: str, most: int) -> str:
    lines = text.rstrip().splitlines()
    kept = [line if len(line) <= _WIDE else f"{line[:_WIDE]}…" for line in lines[-most:]]
    return "\n".join(["...", *kept] if len(lines) > most else kept)


# -- numbers -----------------------------------------------------------------------------------------------------------


def _metrics(told: Account) -> Iterator[str]:
    # What changed first; of steps that do not repeat before those of folds.
    metrics = sorted(told.metrics, key=lambda each: (not each.metric.change, "@" in each.task))
    if not metrics:
        return
    compared = told.baseline is not None
    yield "| metric | before | now | change |" if compared else "| metric | value |"
    yield "|---|--:|--:|--:|" if compared else "|---|--:|"
    missing = () if told.baseline is None else told.baseline.missing
    yield from (_metric(each, compared=compared, known=each.task not in missing) for each in metrics[:_METRICS])
    yield ""
    if len(metrics) > _METRICS:
        yield f"and {counted(len(metrics) - _METRICS, 'more metric')}."
        yield ""


def _metric(each: Compared, *, compared: bool, known: bool) -> str:
    metric = each.metric
    name, now = code(metric.name), _number(metric.after)
    if not compared:
        return f"| {name} | {now} |"
    return f"| {name} | {_number(metric.before)} | {now} | {_change(metric, known=known)} |"


def _number(value: float | None) -> str:
    return "" if value is None else plain(show_number(value)) if value == value else "nan"


def _change(metric: Metric, *, known: bool) -> str:
    if metric.before is None:
        return "new" if known else "not known"
    if metric.change is None:
        return ""
    if metric.change == 0:
        return "="
    relative = f" ({_percent(100 * metric.relative)} %)" if metric.relative is not None else ""
    return f"**{metric.change:+.4g}**{relative}"


def _percent(value: float) -> str:
    """Return two digits of it, or all that stand before the point: 2e+02 % is nothing that people read."""
    return f"{value:+.2g}" if abs(value) < 99.5 else f"{value:+,.0f}" if abs(value) < 1e9 else f"{value:+.1e}"


# -- why ---------------------------------------------------------------------------------------------------------------


def _edits(told: Account) -> Iterator[str]:
    edits = told.edits
    if not edits:
        return
    yield "**Changed code**"
    yield ""
    for edit in edits[:_EDITS]:
        yield from _edit(edit)
    if len(edits) > _EDITS:
        rest = [edit.reason.name for edit in edits[_EDITS:]]
        yield f"and {_listed(rest, 10)}."
        yield ""


def _edit(edit: Edit) -> Iterator[str]:
    reason = edit.reason
    where = f" ({plain(str(reason.details['file']))})" if reason.details.get("file") else ""
    opened = " open" if len(reason.details["diff"]) <= _DIFF_LINES else ""
    yield f"<details{opened}><summary>{code(reason.name)}{where}, reached by {_listed(edit.tasks, 3)}</summary>"
    yield ""
    lines = [line if len(line) <= _WIDE else f"{line[:_WIDE]}…" for line in reason.details["diff"]]
    shown, more = lines[:_DIFF_LINES], len(lines) - _DIFF_LINES
    yield fenced("\n".join(shown), "diff")
    if more > 0:
        yield ""
        yield f"... {counted(more, 'more line')} of this diff."
    yield ""
    yield "</details>"
    yield ""


def _steps(told: Account) -> Iterator[str]:
    steps = told.ordered
    listed = [step for step in steps if step.status != "cached"][:_STEPS]
    listed += [step for step in steps if step.status == "cached"][: max(0, _STEPS - len(listed))]
    if not listed or all(step.status == "cached" for step in steps):
        return
    yield "| | step | time | why |"
    yield "|---|---|--:|---|"
    for step in sorted(listed, key=lambda step: step.position):
        took = show_duration(step.seconds) if step.status in ("run", "failed") else step.status
        yield f"| {MARKS[step.status]} | {code(step.task)} | {took} | {_why(told, step)} |"
    yield ""
    if len(steps) > len(listed):
        yield f"and {counted(len(steps) - len(listed), 'more step')}."
        yield ""


def _why(told: Account, step: StepRun) -> str:
    reasons = told.reasons.get(step.task, [])
    if step.status == "cached" and not (told.baseline and reasons):
        return ""
    texts = [plain(reason.text, 120) for reason in reasons]
    return "<br>".join([*texts[:2], f"and {len(texts) - 2} more reasons"] if len(texts) > 3 else texts)


# -- what came of it ---------------------------------------------------------------------------------------------------


def _artifacts(told: Account) -> Iterator[str]:
    found = [(step, version) for step in told.ordered for version in step.outputs.values() if step.status in _DONE]
    if not found:
        return
    yield f"<details><summary>{len(found)} artifact{'' if len(found) == 1 else 's'}</summary>"
    yield ""
    yield "| artifact | version | value | |"
    yield "|---|--:|---|---|"
    for step, version in found[:_ARTIFACTS]:
        state = _state(told, step, version.short_name, version.digest)
        yield f"| {code(version.name)} | {version.version} | {plain(value_text(version), 60)} | {state} |"
    yield ""
    if len(found) > _ARTIFACTS:
        yield f"and {len(found) - _ARTIFACTS} more."
        yield ""
    yield "</details>"
    yield ""


def _state(told: Account, step: StepRun, name: str, digest: str) -> str:
    if told.baseline is None:
        return "made" if step.status == "run" else "kept"
    if step.task in told.baseline.missing:
        return "not known"
    before = told.baseline.outputs.get(step.task, {}).get(name)
    return "new" if before is None else "same" if before == digest else "changed"


def _picture(told: Account) -> Iterator[str]:
    if not told.run.steps:
        return
    picture, left_out = mermaid(told.ordered)
    yield "<details open><summary>Lineage</summary>"
    yield ""
    yield fenced(picture, "mermaid")
    yield ""
    if left_out:
        yield f"{counted(left_out, 'more step')} {'is' if left_out == 1 else 'are'} not drawn."
        yield ""
    yield "</details>"
    yield ""
