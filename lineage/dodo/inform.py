"""``doit info`` of a step: whether it is up to date, why not, and what it takes and puts out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TextIO

from lineage.errors import LineageError
from lineage.fingerprint.manifest import references
from lineage.formats.summary import describe_stored
from lineage.model.plan import FileArgument, Value

if TYPE_CHECKING:
    from lineage.dodo.session import Session
    from lineage.model.plan import Call

__all__ = ["inform"]


def inform(session: Session, call: Call, stream: TextIO, *, hide_status: bool = False) -> int:
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
    code = 0 if hide_status else _status(session, call, stream)
    place = f" ({os.path.relpath(call.step.path)}:{call.step.line})" if call.step.path else ""
    write(f"\n{'step':11s}: {call.step.module}:{call.step.qualname}{place}\n")
    _arguments(session, call, stream)
    _outputs(session, call, stream)
    return code


def _status(session: Session, call: Call, stream: TextIO) -> int:
    evaluation = session.evaluation
    outcome = evaluation.outcomes[call.index]
    if (call.task, "ignore") in session.marks:
        stream.write(f"\n{'status':11s}: ignore\n * doit ignore was told to skip it; doit forget takes it back\n")
        return 0
    if outcome is not None:
        stream.write(f"\n{'status':11s}: up-to-date\n * its artifacts were made by run {outcome.run_id}\n")
        return 0
    stream.write(f"\n{'status':11s}: run\n")
    if call.index in session.held:
        stream.write(f" * {session.held[call.index]}\n")
        return 1
    try:
        for reason in evaluation.reasons(call):
            stream.write(f" * {reason.text}\n")
    except LineageError as error:
        stream.write(f" * {error}\n")
    return 1


def _arguments(session: Session, call: Call, stream: TextIO) -> None:
    files = [(name, argument.path) for name, argument in call.arguments if isinstance(argument, FileArgument)]
    files += [("depends_on", pattern) for pattern in session.evaluation.ingredients.patterns(call.step)]
    inputs = [(name, session.evaluation.artifact_name(ref)) for name, ref in references(call)]
    values = [(name, argument.shown) for name, argument in call.arguments if isinstance(argument, Value)]
    for title, pairs in (("inputs", inputs), ("files", files), ("parameters", values)):
        if pairs:
            stream.write(f"\n{title:11s}:\n")
            stream.writelines(f" - {name} = {shown}\n" for name, shown in pairs)


def _outputs(session: Session, call: Call, stream: TextIO) -> None:
    if not call.outputs:
        return
    known = session.memory.known(call.task)
    stream.write(f"\n{'outputs':11s}:\n")
    if known is None or len(known.links) != len(call.outputs):
        stream.writelines(f" - {name}\n" for name in call.outputs)
        return
    for name, stored, link in zip(call.outputs, known.stored(), known.links, strict=True):
        stream.write(f" - {describe_stored(name, stored)}  {link}\n")
