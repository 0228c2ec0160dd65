"""An explanation as lines for people: plain text, painted by whoever knows the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lineage.formats.summary import show_moment
from lineage.model.shown import each_line, one_line, show_duration

if TYPE_CHECKING:
    from lineage.explain.explanation import Explanation, Source
    from lineage.model.stored import Reason

__all__ = ["CUT", "Paint", "bulleted", "diff_lines", "error_line", "headline", "reason_lines", "tell"]

#: So many lines of a diff are shown.
CUT = 60

Paint = Callable[[str, str], str]
"""Takes a text and an ANSI colour code, and returns the text in that colour if colours are wanted."""

_COLOURS = {"---": "1", "+++": "1", "@@": "36", "-": "31", "+": "32"}


def tell(explanation: Explanation, paint: Paint, *, brief: bool = False) -> Iterator[str]:
    """Yield the lines that explain a step.

    Parameters
    ----------
    explanation : Explanation
        What is known.
    paint : Paint
        Colours a text.
    brief : bool
        Leave the diffs out.
    """
    yield headline(explanation, paint)
    if explanation.run is not None and explanation.status == "cached" and explanation.reasons:
        yield "  what had changed since the run before:"
    yield from reason_lines(explanation.reasons, paint, "  ", brief=brief)
    yield from (f"  {one_line(line)}" for line in _remarks(explanation))


def bulleted(explanation: Explanation, paint: Paint) -> Iterator[str]:
    """Yield the same for `doit info`, which has said already which step it is and whether it is up to date."""
    if explanation.status in ("cached", "restored"):
        yield f" * {one_line(_present(explanation))}"
    yield from reason_lines(explanation.reasons, paint, " * ")
    yield from (f" * {one_line(line)}" for line in _remarks(explanation))


def _remarks(explanation: Explanation) -> Iterator[str]:
    yield from (f"not deterministic: {variation}" for variation in explanation.variations)
    yield from explanation.notes


def headline(explanation: Explanation, paint: Paint) -> str:
    """Return the sentence that says how it stands with a step."""
    told = _present(explanation) if explanation.run is None else _past(explanation)
    return f"{paint(one_line(explanation.task), '1')}: {one_line(told)}"


def _present(explanation: Explanation) -> str:
    status, source = explanation.status, explanation.source
    if status in _TO_COME:
        return f"{_TO_COME[status]}; last made in {_run(source)}" if source is not None else _TO_COME[status]
    how = "need not run: its artifacts come back" if status == "restored" else "up to date: its artifacts come"
    if source is not None:
        return f"{how} from {_executed(source)}"
    return "need not run" if status == "restored" else "up to date"


def _past(explanation: Explanation) -> str:
    status, source, where = explanation.status, explanation.source, f"in run {explanation.run}"
    if explanation.confirms is not None:
        where += f" (nothing had changed since run {explanation.confirms})"
    if status == "run" and source is not None:
        return f"ran in {_run(source)}, for {show_duration(source.seconds)}"
    if source is not None and source.accepted and source.run == explanation.run:
        return f"cached {where}: {source.accepted}"
    if status == "cached" and source is not None:
        return f"cached {where}: its result comes from {_executed(source)}"
    if status == "failed" and explanation.error:
        return f"failed {where}: {error_line(explanation.error)}"
    return f"{_PAST.get(status, status)} {where}"


_TO_COME = {
    "run": "must run",
    "maybe": "must run if what is before it changes",
    "ignored": "is skipped",
    "error": "cannot run",
}
_PAST = {"run": "ran", "running": "is running", "pending": "was not reached"}


def _run(source: Source) -> str:
    return f"run {source.run} ({show_moment(source.started)})"


def _executed(source: Source) -> str:
    if source.shared is not None:
        by, started = source.shared
        when = f" ({show_moment(started)})" if started is not None else ""
        return (
            f"the shared cache, made by {by}{when}, executed in {show_duration(source.seconds)}; "
            f"taken in {_run(source)}"
        )
    return f"{_run(source)}, {source.accepted or f'executed in {show_duration(source.seconds)}'}"


def error_line(error: dict[str, Any]) -> str:
    """Return the first line of an error, and where it came from."""
    first = (str(error.get("message") or error.get("kind") or "").splitlines() or [""])[0]
    place = error.get("place")
    return f"{first}  {place}" if place and place not in first else first


def reason_lines(reasons: Sequence[Reason], paint: Paint, lead: str, *, brief: bool = False) -> Iterator[str]:
    """Yield a line for each reason, with the diff below it where code was edited; `lead` stands before each."""
    for reason in reasons:
        indent = " " * len(lead) + "  "
        told = [reason.text]
        told += [f"  where code is looked up while running, more counts: {why}" for why in _wide(reason)]
        yield from (lead + one_line(text) for text in told)
        if not brief and reason.before is not None and reason.after is not None:
            yield from diff_lines(reason.details.get("diff", ()), paint, indent)


def _wide(reason: Reason) -> Sequence[str]:
    found: Sequence[str] = reason.details.get("wide", ())
    return found


def diff_lines(diff: Sequence[str], paint: Paint, lead: str, cut: int = CUT) -> Iterator[str]:
    """Yield the lines of a diff, in colours; of a long one the beginning, and how much was left out."""
    for line in map(each_line, diff[:cut]):
        colour = next((code for start, code in _COLOURS.items() if line.startswith(start)), "")
        yield lead + (paint(line, colour) if colour else line)
    if len(diff) > cut:
        yield f"{lead}... {len(diff) - cut} more lines of this diff (--json has all)"
