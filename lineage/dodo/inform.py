"""``doit info`` of a step: whether it is up to date, why not, and what it takes and puts out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

from lineage.dodo.decision import FRESH, STALE
from lineage.dodo.explaining import explain
from lineage.explain.telling import bulleted
from lineage.fingerprint.manifest import references
from lineage.formats.summary import describe_stored
from lineage.model.plan import FileArgument, Value
from lineage.model.shown import one_line
from lineage.terminal.style import Style

if TYPE_CHECKING:
    from lineage.dodo.planning import Planning
    from lineage.dodo.session import Session
    from lineage.model.plan import Call

__all__ = ["inform", "members"]

#: So many tasks of a group are told of.
_MOST = 20
_WORDS = {"run": "will run", "maybe": "may run", "ignored": "is skipped", "error": "cannot run"}


def inform(session: Session, planning: Planning, call: Call, stream: TextIO, *, hide_status: bool = False) -> int:
    """Print what is known of a step.

    Returns
    -------
    int
        0 if the step is up to date, 1 if it must run (as doit has it).
    """
    write = stream.write
    write(f"\n{call.task}\n")
    if call.step.doc:
        write(f"\n{call.step.doc}\n")
    code = 0 if hide_status else _status(planning, call, stream)
    place = f" ({os.path.relpath(call.step.path)}:{call.step.line})" if call.step.path else ""
    write(f"\n{'step':11s}: {call.step.module}:{call.step.qualname}{place}\n")
    _arguments(session, call, stream)
    _outputs(session, planning, call, stream)
    return code


def members(planning: Planning, name: str) -> Iterator[str]:
    """Yield a line for each task of a group that is not up to date, with the first reason; nothing for other tasks.

    Parameters
    ----------
    planning : Planning
        Which has decided the group.
    name : str
        A pipeline, or another task that only stands for others.
    """
    found = [each for each in planning.members(name) if planning.decisions[each].status not in FRESH]
    for each in found[:_MOST]:
        reasons = planning.reasons(each)
        own = [reason for reason in reasons if reason.kind != "upstream"] or reasons
        more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
        yield f" * {one_line(f'{each} {_WORDS[planning.decisions[each].status]}: {own[0].text}{more}')}"
    if len(found) > _MOST:
        yield f" * ... and {len(found) - _MOST:,} more: `lineage plan {name}` tells of all"


def _status(planning: Planning, call: Call, stream: TextIO) -> int:
    found = explain(planning, call)
    shown = {"ignored": "ignore", "error": "error"}.get(found.status, "run" if found.status in STALE else "up-to-date")
    stream.write(f"\n{'status':11s}: {shown}\n")
    stream.writelines(f"{line}\n" for line in bulleted(found, Style(stream).paint))
    return 1 if shown in ("run", "error") else 0


def _arguments(session: Session, call: Call, stream: TextIO) -> None:
    files = [(name, argument.path) for name, argument in call.arguments if isinstance(argument, FileArgument)]
    files += [("depends_on", pattern) for pattern in session.evaluation.ingredients.patterns(call.step)]
    inputs = [(name, session.evaluation.artifact_name(ref)) for name, ref in references(call)]
    values = [(name, argument.shown) for name, argument in call.arguments if isinstance(argument, Value)]
    for title, pairs in (("inputs", inputs), ("files", files), ("parameters", values)):
        if pairs:
            stream.write(f"\n{title:11s}:\n")
            stream.writelines(f" - {one_line(f'{name} = {shown}')}\n" for name, shown in pairs)


def _outputs(session: Session, planning: Planning, call: Call, stream: TextIO) -> None:
    """Tell what the step puts out: what is up to date or comes back from history, else what it put out last."""
    if not call.outputs:
        return
    stream.write(f"\n{'outputs':11s}:\n")
    decision, known = planning.decisions.get(call.task), session.memory.known(call.task)
    if decision is not None and decision.outcome is not None:
        stored = decision.outcome.outputs
        links = [link for link, _ in session.evaluation.links(call, decision.outcome)]
    elif known is not None and len(known.links) == len(call.outputs):
        stored, links = known.stored(), list(known.links)
    else:
        stream.writelines(f" - {one_line(name)}\n" for name in call.outputs)
        return
    for name, each, link in zip(call.outputs, stored, links, strict=True):
        stream.write(f" - {describe_stored(name, each)}  {one_line(link)}\n")
