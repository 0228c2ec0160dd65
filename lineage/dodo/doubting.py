"""What must be made here although its result is known: a step that will run takes it, and it must not be read.

What a run finds out when it brings what its steps take (`lineage.dodo.bringing`), said beforehand for who only asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lineage.fingerprint.manifest import references
from lineage.model.stored import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lineage.dodo.decision import Decision
    from lineage.dodo.session import Session
    from lineage.model.plan import Call

__all__ = ["doubted"]


def doubted(session: Session, decisions: Mapping[str, Decision]) -> Iterator[tuple[str, Reason]]:
    """Yield the tasks that are up to date and will run all the same, each with the reason.

    Parameters
    ----------
    session : Session
        The command's session, on a stack that is shared.
    decisions : mapping of str to Decision
        What was decided; read again after each task, which by then is one that will run.
    """
    calls = session.plan.calls
    for call in reversed(calls):  # what must be made needs what comes before it
        taker = decisions.get(call.task)
        if taker is None or taker.status != "run":
            continue
        for _, ref in references(call):
            maker, found = calls[ref.call], decisions.get(calls[ref.call].task)
            if found is not None and found.status in ("cached", "restored") and found.outcome is not None:
                stored = found.outcome.outputs[ref.output]
                if not session.stack.may_read(stored.blob, stored.format):
                    yield maker.task, _reason(maker, ref.output, call.task)


def _reason(maker: Call, output: int, taker: str) -> Reason:
    name = f"{maker.pipeline}/{maker.outputs[output]}"
    text = f"{taker} takes {name}, which is not read here: nobody vouches for it (`lineage trust`)"
    return Reason("trust", name, None, None, text)
