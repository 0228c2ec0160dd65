"""Bring what is elsewhere as far as something needs it that is going to run, before it does.

What a step takes, and the files that plain tasks depend on, must be here. If something cannot be brought (the place
does not answer, has it no more, or nobody vouches for it), the step that makes it runs here instead: no build fails
because a store that is shared does.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any

from lineage.dodo.files import Makers
from lineage.dodo.tasks import StepTask
from lineage.errors import LineageError, StoreError, TrustError
from lineage.execute.ahead import reads_artifacts
from lineage.fingerprint.manifest import references

if TYPE_CHECKING:
    from lineage.dodo.session import Session
    from lineage.execute.outcome import Outcome
    from lineage.model.plan import Call
    from lineage.model.stored import Stored
    from lineage.share.sharing import Sharing

__all__ = ["Bringing"]


class Bringing:
    """What a run needs of what is elsewhere.

    Parameters
    ----------
    session : Session
        The command's session.
    sharing : Sharing
        The shared side of its stack.
    calls : sequence of Call
        The calls of the run.
    tasks : sequence of Task
        The tasks that the run looks at.
    """

    def __init__(self, session: Session, sharing: Sharing, calls: Sequence[Call], tasks: Sequence[Any]) -> None:
        self._session = session
        self._sharing = sharing
        self._calls = calls
        #: Of each call, which of its outputs are taken by which calls.
        self._takers: dict[int, list[tuple[int, int]]] = {}
        for call in calls:
            for _, ref in references(call):
                self._takers.setdefault(ref.call, []).append((ref.output, call.index))
        #: Of each call, the outputs that plain tasks have as files.
        self._files: dict[int, set[int]] = {}
        makers = Makers(session.plan, ())
        for path in {path for task in tasks if not isinstance(task, StepTask) for path in task.file_dep}:
            made = makers.part(path)
            if made is not None:
                self._files.setdefault(session.plan.by_task[made[0]].index, set()).add(made[1])
        self._refused: set[str] = set()
        #: Calls that come after a plain task, which may change what they read.
        self._after_plain: set[int] = {
            task.call.index
            for task in tasks
            if isinstance(task, StepTask) and any(name not in session.plan.by_task for name in task.task_dep)
        }

    def secure(self) -> None:
        """Bring what is needed by what is going to run; unsettle what cannot be brought, and what follows it.

        Raises
        ------
        StoreError
            If it is the output of a step that this run must not execute (`doit -s`).
        """
        own = {call.index for call in self._calls}
        above = own.union(*(call.upstream for call in self._calls))
        # With `doit -a` each step of the run is executed, whatever is known of it.
        self._secure(above - own if self._session.always else above, own)
        self._session.evaluation.bringing = self

    def __call__(self, call: Call, outcome: Outcome) -> bool:
        """Bring what a settled call has put out as far as it is needed; return whether all of that is here.

        A call that is settled only now came after something that ran. What takes its outputs is settled with it: only
        then is it known who needs them.
        """
        outcomes = self._session.evaluation.outcomes
        outcomes[call.index] = outcome
        settled = {call.index, *self._settle_after(call)}
        self._secure(settled, settled)
        return outcomes[call.index] is not None

    def _secure(self, settled: Iterable[int], own: Container[int]) -> None:
        """Bring what is needed of settled calls; unsettle those of the run of which it cannot be brought."""
        outcomes = self._session.evaluation.outcomes
        waiting = sorted(settled, reverse=True)
        again = True
        while again:
            again = False
            known = ((index, outcomes[index]) for index in waiting)
            self._ahead((index, outcome.outputs) for index, outcome in known if outcome is not None)
            # From the end: what must run here after all needs what comes before it.
            for index in waiting:
                outcome = outcomes[index]
                if outcome is None:
                    continue
                error = self._problem(index, outcome)
                if error is not None:
                    if index not in own:
                        raise error
                    self._unsettle(index)
                    again = True

    def _settle_after(self, call: Call) -> list[int]:
        """Settle what follows a settled call, and what takes from the same as it, as far as it need not run.

        Returns which calls that are: what the others are given is needed at the same time, and so comes together.
        """
        session, settled = self._session, list[int]()
        if session.always:
            return settled
        evaluation, looked = session.evaluation, set[int]()
        above = {ref.call for _, ref in references(call)}
        waiting = [taker for index in (call.index, *above) for _, taker in self._takers.get(index, ())]
        heapify(waiting)
        evaluation.bringing = None  # nothing is brought before it is known who needs it
        try:
            while waiting:
                index = heappop(waiting)
                if index in looked or index in self._after_plain or evaluation.outcomes[index] is not None:
                    continue
                looked.add(index)
                try:
                    found = evaluation.settle(session.plan.calls[index])
                except LineageError:
                    continue  # it is told when the step has its turn
                if found is not None and reads_artifacts(found):
                    evaluation.outcomes[index] = None  # what that leads to is told by the order of the plan
                elif found is not None:
                    settled.append(index)
                    for _, taker in self._takers.get(index, ()):
                        heappush(waiting, taker)
        finally:
            evaluation.bringing = self
        return settled

    def _ahead(self, found: Iterable[tuple[int, Sequence[Stored]]]) -> None:
        """Have come what is needed of what calls have put out, several objects at a time, before each is asked for."""
        wanted = (outputs[number] for index, outputs in found for number in self._needed(index))
        self._session.stack.bring_ahead((stored.blob, stored.format) for stored in wanted)

    def _problem(self, index: int, outcome: Outcome) -> StoreError | None:
        call = self._session.plan.calls[index]
        for output in sorted(self._needed(index)):
            stored = outcome.outputs[output]
            try:
                name = f"{call.pipeline}/{call.outputs[output]}"
                in_place = output in self._files.get(index, ())
                what = (stored.blob, stored.format, stored.type, name, stored.stat)
                self._session.stack.bring(*what, in_place=in_place)
            except StoreError as error:
                self._sharing.store.lost.add(stored.blob)
                if isinstance(error, TrustError):
                    self._tell(stored.blob, f"lineage: warning: {error}\n  {call.task} runs here instead")
                return error
        return None

    def _needed(self, index: int) -> set[int]:
        outcomes, always = self._session.evaluation.outcomes, self._session.always
        taken = self._takers.get(index, ())
        return {output for output, taker in taken if always or outcomes[taker] is None} | self._files.get(index, set())

    def _unsettle(self, index: int) -> None:
        outcomes = self._session.evaluation.outcomes
        open_calls = {index}
        for each in self._session.plan.calls[index:]:
            if not open_calls.isdisjoint(each.upstream):
                open_calls.add(each.index)
        for each_index in open_calls:
            outcomes[each_index] = None

    def _tell(self, blob: str, text: str) -> None:
        if blob not in self._refused:
            self._refused.add(blob)
            self._sharing.tell(text)
