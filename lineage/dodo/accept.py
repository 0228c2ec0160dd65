"""``doit reset-dep`` of steps: take the present outputs as those of the present code, parameters and inputs.

Nothing is executed and nothing is lost: the old trace stays, and a new one is recorded with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lineage.dodo.recorder import Recorder
from lineage.errors import LineageError

if TYPE_CHECKING:
    from lineage.dodo.session import Session
    from lineage.model.plan import Call

__all__ = ["accept"]


def accept(session: Session, calls: Sequence[Call], write: Callable[[str], object]) -> None:
    """Record the present outputs of steps as up to date.

    Parameters
    ----------
    session : Session
        The command's session.
    calls : sequence of Call
        Which steps; in the order of the plan, so that what depends on them is looked at after them.
    write : callable
        Takes a line for each step: ``skip``, ``processed`` or ``failed``, as doit has it.
    """
    recorder: Recorder | None = None
    for call in sorted(calls, key=lambda call: call.index):
        try:
            settled = all(_settle(session, session.plan.calls[index]) for index in call.upstream) and _settle(
                session, call
            )
        except LineageError as error:
            write(f"failed {call.task} ({error.what})\n")
            continue
        if settled:
            write(f"skip {call.task}\n")
        elif not session.evaluation.ready(call) or session.memory.known(call.task) is None:
            write(f"failed {call.task} (it has no outputs yet, or one of its inputs has none)\n")
        else:
            if recorder is None:
                recorder = Recorder(session, {})
                recorder.begin([], executing=False)
            recorder.accept(call)
            write(f"processed {call.task}\n")
    if recorder is not None:
        recorder.end("ok")


def _settle(session: Session, call: Call) -> bool:
    """Settle a call and what is upstream of it."""
    evaluation = session.evaluation
    for each in session.selected([call.task]):
        if evaluation.outcomes[each.index] is None:
            evaluation.settle(each)
    return evaluation.outcomes[call.index] is not None
