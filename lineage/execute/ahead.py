"""Look up at once what is known to be needed, where a shared cache is asked.

A step's fingerprint has the values it takes in it, so of a chain each step is asked for when the one before is settled.
But all that takes nothing unsettled can be asked for together: a hundred trainers of one data set cost as long as one.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from lineage.errors import FormatError, StepError
from lineage.model.options import is_cached
from lineage.stack import READABLE

if TYPE_CHECKING:
    from lineage.declare.plan import Plan
    from lineage.execute.ingredients import Ingredients
    from lineage.execute.outcome import Outcome
    from lineage.execute.present import Present, Remembered
    from lineage.model.plan import Call
    from lineage.model.stored import Entry, Trace
    from lineage.share.cache import SharedCache
    from lineage.share.sharing import Sharing

__all__ = ["Ahead", "Looked", "fits", "reads_artifacts"]

#: So many steps are asked for at once: their records are in memory until each is settled.
_BATCH = 256


class Looked:
    """What was looked up once, for as long as nothing is recorded.

    Parameters
    ----------
    remembered : Remembered
        What to look up in; over a network, perhaps.
    """

    def __init__(self, remembered: Remembered[Trace]) -> None:
        self._remembered = remembered
        self._found: dict[str, tuple[list[tuple[Entry, ...]], Trace | None]] = {}
        self._traces: dict[str, Trace | None] = {}

    def look_up(self, base: str, run_id: int | None = None) -> tuple[list[tuple[Entry, ...]], Trace | None]:
        """Return what it returned before."""
        if run_id is not None:
            return self._remembered.look_up(base, run_id)
        if base not in self._found:
            self._found[base] = self._remembered.look_up(base)
        return self._found[base]

    def find_trace(self, fingerprint: str, run_id: int | None = None, before: int | None = None) -> Trace | None:
        """Return the newest trace of a fingerprint."""
        if run_id is not None or before is not None:
            return self._remembered.find_trace(fingerprint, run_id, before)
        if fingerprint not in self._traces:
            self._traces[fingerprint] = self._remembered.find_trace(fingerprint)
        return self._traces[fingerprint]


class Settling(Protocol):
    """What settles calls (`lineage.execute.evaluate.Evaluation`)."""

    plan: Plan
    ingredients: Ingredients
    outcomes: list[Outcome | None]
    selected: Container[int]

    @property
    def history(self) -> Remembered[Trace]:
        """Where earlier results are looked up."""

    @property
    def present(self) -> Present:
        """The present state of what steps were seen to read."""

    def settle(self, call: Call) -> Outcome | None:
        """Settle a call from memory, history or the cache."""

    def ready(self, call: Call) -> bool:
        """Return whether all that a call takes artifacts from is settled."""

    def fingerprint(self, call: Call) -> str:
        """Return the fingerprint of a call whose inputs are settled."""

    def is_remembered(self, call: Call, base: str) -> bool:
        """Whether this checkout remembers a call with that fingerprint."""


class Ahead:
    """Asks what is shared ahead for what an evaluation is going to look up.

    Parameters
    ----------
    evaluation : Evaluation
        What settles the calls.
    sharing : Sharing
        What is asked: the artifact store for objects that the history names, the shared cache for what it lacks.
    """

    def __init__(self, evaluation: Settling, sharing: Sharing) -> None:
        self._evaluation = evaluation
        self._sharing = sharing
        self._takers: dict[int, list[int]] = {}
        for call in evaluation.plan.calls:
            for index in call.upstream:
                self._takers.setdefault(index, []).append(call.index)

    def survey(self) -> None:
        """Settle what can be settled, in waves: all that is ready, then what takes artifacts from that.

        What reads the readable path of an artifact is left for the order of the plan, which tells what that leads to.
        """
        calls, outcomes = self._evaluation.plan.calls, self._evaluation.outcomes
        wave = [call for call in calls if self._is_open(call)]
        while wave:
            settled: list[Call] = []
            for begin in range(0, len(wave), _BATCH):
                batch = wave[begin : begin + _BATCH]
                self._ask_for(batch)
                settled += [call for call in batch if self._settled(call)]
            following = {index for call in settled for index in self._takers.get(call.index, ())}
            wave = [calls[index] for index in sorted(following) if self._is_open(calls[index])]
            assert all(outcomes[call.index] is not None for call in settled), "what follows takes what is settled"

    def beside(self, call: Call) -> None:
        """Ask for what takes artifacts from the same steps as a call that is about to be looked up, and for that too.

        So when a step was executed, what takes its artifacts is looked up together.
        """
        found = (index for above in call.upstream for index in self._takers[above] if index > call.index)
        evaluation = self._evaluation
        selected = evaluation.selected
        calls = (evaluation.plan.calls[index] for index in dict.fromkeys(found) if index in selected)
        batch = [call]
        for each in calls:
            if len(batch) < _BATCH and self._is_open(each):
                batch.append(each)
        self._ask_for(batch)

    def _is_open(self, call: Call) -> bool:
        evaluation = self._evaluation
        if evaluation.outcomes[call.index] is not None or not evaluation.ready(call):
            return False
        return is_cached(call.step.options) if call.step.options else True

    def _settled(self, call: Call) -> bool:
        try:
            outcome = self._evaluation.settle(call)
        except StepError:
            return False
        if outcome is not None and reads_artifacts(outcome):
            self._evaluation.outcomes[call.index] = None
            return False
        return outcome is not None

    def _ask_for(self, calls: Sequence[Call]) -> None:
        self._sharing.ask_ahead(self._blobs(calls))
        cache = self._sharing.cache
        if cache is None:
            return
        cache.look_ahead(self._unknown(cache, calls), self._final)
        # The second question is that for a result which was made when more counted.
        ingredients = self._evaluation.ingredients
        missed = (call for call in calls if self._has_missed(cache, call))
        uncut = (each for call in missed if (each := ingredients.without_cuts(call)) is not None)
        cache.look_ahead(self._unknown(cache, uncut), self._final)

    def _blobs(self, calls: Iterable[Call]) -> Iterator[str]:
        """Yield the objects that the history names as results of calls, the likeliest of each."""
        history = self._evaluation.history
        for call in calls:
            try:
                base = self._evaluation.fingerprint(call)
            except StepError:
                continue  # whoever settles or runs it says so
            sets, trace = history.look_up(base)
            if sets:
                trace = history.find_trace(self._final(base, sets[0]))
            yield from (stored.blob for stored in (() if trace is None else trace.outputs))

    def _has_missed(self, cache: SharedCache, call: Call) -> bool:
        try:
            return cache.has_nothing(self._evaluation.fingerprint(call))
        except StepError:
            return False

    def _unknown(self, cache: SharedCache, calls: Iterable[Call]) -> Iterator[str]:
        """Yield the fingerprints of calls of which nothing is known here."""
        evaluation = self._evaluation
        for call in calls:
            try:
                base = evaluation.fingerprint(call)
            except StepError:
                continue  # whoever settles or runs it says so
            if cache.has_looked(base) or evaluation.is_remembered(call, base):
                continue
            sets, newest = evaluation.history.look_up(base)
            if not sets and newest is None:
                yield base

    def _final(self, base: str, inputs: tuple[Entry, ...]) -> str:
        try:
            return self._evaluation.present.final(base, inputs)
        except StepError:
            return base  # which was asked for


def reads_artifacts(outcome: Outcome) -> bool:
    """Return whether a result was made by looking at readable paths of artifacts."""
    return any(entry.name.startswith(f"{READABLE}/") for entry in outcome.discovered)


def fits(call: Call, trace: Trace) -> bool:
    """Whether what somebody else has recorded can be a call's result here, where other packages may be installed."""
    from lineage.formats.registry import by_name

    try:
        return len([by_name(stored.format) for stored in trace.outputs]) == len(call.outputs)
    except FormatError:
        return False
