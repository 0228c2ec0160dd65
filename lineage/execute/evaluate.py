"""What is up to date, what comes back from history, and what must run.

`Evaluation` goes through a plan in order and settles each call: from what this checkout remembers (one ``stat`` an
artifact), else from the traces of all history, else not at all, and then it must run. That a rerun which gives the same
values reruns nothing after it (early cutoff) needs no code of its own: a fingerprint is made of input *digests*.

The names follow "Build Systems à la Carte" (Mokhov, Mitchell, Peyton Jones 2018): our traces are constructive.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

import xxhash

from lineage.errors import StepError, StoreError
from lineage.execute.declared import stats as stats_of
from lineage.execute.ingredients import Ingredients
from lineage.execute.memory import Known, Marks, Memory, file_stat
from lineage.execute.outcome import Outcome
from lineage.fingerprint import manifest
from lineage.model.options import is_cached, names
from lineage.model.plan import Call, Ref
from lineage.model.stored import DISCOVERED, Entry, Stat, Stored, Trace
from lineage.stack import READABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

    from lineage.declare.plan import Plan
    from lineage.execute.ahead import Ahead
    from lineage.execute.present import Present, Remembered
    from lineage.fingerprint.code import Project
    from lineage.share.cache import SharedCache
    from lineage.stack import Stack

__all__ = ["Begun", "Evaluation"]

Begun = tuple[str, dict[str, "Stat | None"], tuple[list[str], dict[str, "Stat | None"]]]
"""What a call is executed for: its fingerprint, and the stats of its input files and of those in ``depends_on``."""


def _with_fewer(outcome: Outcome, base: str, call: Call) -> Outcome:
    """Return an outcome as that of fewer ingredients than it was made from; it is remembered so from now on."""
    ignored = names(call.step.options, "env", ignored=True)
    discovered = tuple(each for each in outcome.discovered if each.kind != "variable" or each.name not in ignored)
    made_by = (outcome.step_run_id, outcome.run_id, outcome.seconds)
    return Outcome(manifest.final(base, discovered), outcome.outputs, *made_by, "history", base, discovered)


class Evaluation:
    """The state of every call of a plan.

    Parameters
    ----------
    plan : Plan
        What is going to be made.
    project : Project
        The project's sources, for code fingerprints.
    stack : Stack
        Where artifacts and traces are.
    memory : Memory
        What this checkout remembers.
    marks : Marks
        What the user told doit to forget or to ignore.

    Attributes
    ----------
    outcomes : list of Outcome or None
        By call index; ``None`` for a call that is not settled.
    selected : container of int
        Indices of the calls that the command is about: their readable paths are going to lead to their outcomes.
    """

    selected: Container[int] = ()

    def __init__(self, plan: Plan, project: Project, stack: Stack, memory: Memory, marks: Marks) -> None:
        self.plan = plan
        self.project = project
        self.stack = stack
        self.memory = memory
        self.marks = marks
        self.outcomes: list[Outcome | None] = [None] * len(plan.calls)
        self.ingredients = Ingredients(plan, project, stack, memory, self.outcomes)
        #: What keeps the result of an older fingerprint scheme from being carried over, by call index.
        self.obstacles: dict[int, str] = {}
        self._begun: dict[int, Begun] = {}
        #: Whether the artifact store is asked for objects of which nothing is known.
        self._asks = True
        #: Brings what is elsewhere of an outcome as far as something that is going to run needs it; returns whether all
        #: of that is here. Set while a run executes steps.
        self.bringing: Callable[[Call, Outcome], bool] | None = None

    # -- settling ----------------------------------------------------------------------------------------------------

    def survey(self) -> bool:
        """Settle what can be settled before anything runs; return whether that is everything.

        What cannot even be told (an input file that is not there) is left unsettled: whoever runs the step says so.

        Raises
        ------
        DeclarationError
            If a step says that it depends on a file which is not there and which no task makes.
        FingerprintError
            If a step of a notebook uses a value whose identity cannot be told.
        """
        self.ingredients.check_files()
        self.ingredients.check_values()
        if not self.stack.is_shared:
            return self._survey()
        from lineage.execute.ahead import Looked

        self.history = Looked(self.stack.metadata)
        try:
            # What is known here is settled without a question; only if something is left anybody is asked for it.
            self._asks = False
            if self._survey(here=True):
                return True
            self._asks = True
            if self._ahead is not None:
                self._ahead.survey()
            return self._survey()
        finally:
            self._asks, self.history = True, self.stack.metadata

    def _survey(self, *, here: bool = False) -> bool:
        complete = True
        for call in self.plan.calls:
            if self.outcomes[call.index] is None:
                try:
                    complete = self.settle(call, here=here) is not None and complete
                except StepError:
                    complete = False
        return complete

    def settle(self, call: Call, *, only_run: int | None = None, here: bool = False) -> Outcome | None:
        """Settle a call from memory or history.

        Parameters
        ----------
        call : Call
            The call; its inputs must be settled for it to be.
        only_run : int, optional
            Accept only what that run has executed (`doit -a` makes each thing anew, but each thing once).
        here : bool
            Look only at what is known here of the very fingerprint.

        Returns
        -------
        Outcome or None
            ``None`` if it must run, or if an input of it must.
        """
        if not self.ready(call) or (self.marks and (call.task, "forget") in self.marks):
            return None
        if call.step.options and not is_cached(call.step.options):
            return None  # only `executed` settles it
        base = self.fingerprint(call)
        if here:
            outcome = self._from_memory(call, base) or self._from_history(base, None)
            self.outcomes[call.index] = outcome
            return outcome
        outcome = self._find(call, base, only_run)
        uncut = self.ingredients.without_cuts(call) if outcome is None else None
        if uncut is not None:
            outcome = self._find(call, self.fingerprint(uncut), only_run)
            if outcome is not None:
                outcome = _with_fewer(outcome, base, call)
        if outcome is None and only_run is None and self._has_older_schemes:
            outcome = self._carried(call, base)
        self.outcomes[call.index] = outcome
        return outcome

    @cached_property
    def _has_older_schemes(self) -> bool:
        from lineage.execute.carry import is_needed

        return is_needed(self.stack.metadata, manifest.SCHEME)

    def _carried(self, call: Call, base: str) -> Outcome | None:
        """Settle a call by what an older fingerprint scheme remembers, if every ingredient is as it was."""
        from lineage.execute.carry import carried_over

        trace, obstacle = carried_over(call.task, self.entries(call), self.ingredients.closures(call), self.stack)
        if trace is None or not self._intact(trace.outputs):
            if obstacle is not None:
                self.obstacles[call.index] = obstacle
            return None
        return Outcome(base, trace.outputs, trace.step_run_id, trace.run_id, trace.seconds, "history", base, ())

    def _find(self, call: Call, fingerprint: str, only_run: int | None) -> Outcome | None:
        outcome = None if only_run is not None else self._from_memory(call, fingerprint)
        outcome = self._from_history(fingerprint, only_run) if outcome is None else outcome
        if outcome is None and only_run is None and self.stack.sharing is not None:
            outcome = self._from_cache(call, fingerprint)
        return outcome if outcome is None or self.is_at_hand(call, outcome) else None

    def take_last(self, call: Call) -> Outcome | None:
        """Settle a call with what it put out last, whatever has changed since: `doit -s` runs nothing before a step."""
        known = self.memory.known(call.task)
        if known is not None and len(known.outputs) == len(call.outputs) and self._intact(outputs := known.stored()):
            self.outcomes[call.index] = _remembered(known, outputs, "current")
        return self.outcomes[call.index]

    def look_again(self, call: Call) -> None:
        """Give a settled call up, and all that takes artifacts from it, if what it reads has changed meanwhile.

        Other steps and tasks may have written it since: nobody has declared that they come first.
        """
        outcome = self.outcomes[call.index]
        if outcome is None or not outcome.discovered or outcome.origin == "executed" or self._is_as_it_was(outcome):
            return
        self._give_up(call)

    def _give_up(self, call: Call) -> None:
        open_calls = {call.index}
        for each in self.plan.calls[call.index :]:
            if not open_calls.isdisjoint(each.upstream):
                open_calls.add(each.index)
        for index in open_calls:
            self.outcomes[index] = None

    def _is_as_it_was(self, outcome: Outcome) -> bool:
        return all(self.present.digest(each.kind, each.name) == each.digest for each in outcome.discovered)

    def ready(self, call: Call) -> bool:
        """Return whether all that a call takes artifacts from is settled."""
        outcomes = self.outcomes
        return all(outcomes[index] is not None for index in call.upstream)

    def _from_memory(self, call: Call, base: str) -> Outcome | None:
        fields = self.memory.tasks.get(call.task)
        if fields is None or fields[7] != base:
            return None
        fingerprint, step_run_id, run_id, seconds, plains, names, paths, _, found = fields
        inputs: tuple[Entry, ...] = ()
        if found:
            inputs = tuple([Entry(*plain) for plain in found])
            if any(self.present.digest(each.kind, each.name) != each.digest for each in inputs):
                return None
        # A local variable that was renamed is another artifact, although the step is the same.
        if names == call.outputs and self._in_place(plains, paths):
            outputs = tuple([Stored(*plain) for plain in plains])
            return Outcome(fingerprint, outputs, step_run_id, run_id, seconds, "current", base, inputs)
        return self._put_right(call, Known(*fields))

    def is_remembered(self, call: Call, base: str) -> bool:
        """Whether this checkout remembers a call with that fingerprint, whatever else it depends on."""
        return call.task in self.memory.tasks and self.memory.tasks[call.task][7] == base

    def _in_place(self, plains: list[Any], paths: tuple[str, ...]) -> bool:
        """Whether each readable path leads to its object, and nobody has written to that meanwhile."""
        root = self.stack.project
        for plain, path in zip(plains, paths, strict=True):
            try:
                found = os.stat(f"{root}/{path}")
            except OSError:
                return False
            # plain[6] is the stat that the object had then; plain[3] its format: folders are looked at more closely.
            if plain[6] != (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns) or plain[3] == "folder":
                return False
        return True

    def _put_right(self, call: Call, known: Known) -> Outcome | None:
        """Settle a call whose readable paths or objects are not as they were, if the objects are intact."""
        outputs = known.stored()
        if not self._intact(outputs):
            return None
        links = zip(known.links, outputs, strict=True)
        in_place = known.names == call.outputs and all(self._leads_to(link, stored.blob) for link, stored in links)
        if in_place:  # only touched: its new stat is remembered, so that it is not hashed again
            known.outputs = [stored.plain() for stored in outputs]
            self.memory.remember(call.task, known)
        return _remembered(known, outputs, "current" if in_place else "history")

    def _leads_to(self, link: str, blob: str) -> bool:
        try:
            return os.readlink(f"{self.stack.project}/{link}").endswith(blob)
        except OSError:
            return False

    def _from_history(self, base: str, only_run: int | None) -> Outcome | None:
        for trace, found in self.present.traces(self.history, base, only_run):
            if self._intact(trace.outputs):
                made_by = (trace.step_run_id, trace.run_id, trace.seconds)
                return Outcome(trace.fingerprint, trace.outputs, *made_by, "history", base, found)
            if not self._asks:
                return None  # an older one counts only if it is known that this one is nowhere
        return None

    def _from_cache(self, call: Call, base: str) -> Outcome | None:
        """Settle a call with what somebody else has computed."""
        cache: SharedCache | None = self.stack.sharing.cache if self.stack.sharing is not None else None
        if cache is None:
            return None
        from lineage.execute.ahead import fits

        if self._ahead is not None and not cache.has_looked(base):
            self._ahead.beside(call)
        for trace, found in self.present.traces(cache, base, None):
            if fits(call, trace) and self._intact(trace.outputs):
                record = trace.record
                return Outcome(trace.fingerprint, trace.outputs, 0, 0, trace.seconds, "shared", base, found, record)
            cache.forget(trace.fingerprint)
        return None

    def is_at_hand(self, call: Call, outcome: Outcome) -> bool:
        """Whether what a call has put out can be used by what is going to run; `bringing` makes sure of it."""
        return self.bringing is None or self.bringing(call, outcome)

    @cached_property
    def _ahead(self) -> Ahead | None:
        if self.stack.sharing is None:
            return None
        from lineage.execute.ahead import Ahead

        return Ahead(self, self.stack.sharing)

    @cached_property
    def history(self) -> Remembered[Trace]:
        """Where earlier results are looked up."""
        return self.stack.metadata

    @cached_property
    def present(self) -> Present:
        """The present state of what steps were seen to read."""
        from lineage.execute.present import Present

        return Present(self.stack, self._content)

    def _content(self, path: str) -> str:
        """Return the content of a file; of a readable path, that of the artifact which this plan makes it lead to."""
        if path.startswith(f"{READABLE}/"):
            for call in self._calls_of_pipeline.get(path.split("/")[1], ()):
                outcome = self.outcomes[call.index] if call.index in self.selected else None
                for link, blob in () if outcome is None else self.links(call, outcome):
                    if path == link or path.startswith(f"{link}/"):
                        with suppress(StoreError):  # what cannot be had now is not what it was
                            self.stack.artifacts.bring(blob)
                        return self.memory.content(self.stack.artifacts.place(blob) + path[len(link) :])
        return self.memory.content(path)

    @cached_property
    def _calls_of_pipeline(self) -> dict[str, list[Call]]:
        calls: dict[str, list[Call]] = {}
        for call in self.plan.calls:
            calls.setdefault(call.pipeline, []).append(call)
        return calls

    def links(self, call: Call, outcome: Outcome) -> Iterator[tuple[str, str]]:
        """Yield the readable path of each output, and the blob hash that it leads to."""
        from lineage.execute.links import readable_path
        from lineage.formats.registry import by_name

        for name, stored in zip(call.outputs, outcome.outputs, strict=True):
            yield readable_path(call.pipeline, name, by_name(stored.format).extension), stored.blob

    def _intact(self, outputs: tuple[Stored, ...]) -> bool:
        self.stack.artifacts.use(stored.blob for stored in outputs)  # then it stays, if it is there
        for stored in outputs:
            stat = self.stack.artifacts.trusted(stored.blob, stored.stat)
            if stat is None and not self.stack.artifacts.elsewhere(stored.blob, asks=self._asks):
                return False
            stored.stat = stat
        return True

    def hold(self) -> None:
        """Say what is used of what is settled, so that it is not collected while steps run.

        What this checkout remembers is safe without a word, until a command beside this one makes it remember something
        else. What was collected before the word came is given up again.
        """
        settled = [(call, outcome) for call, outcome in zip(self.plan.calls, self.outcomes, strict=True) if outcome]
        artifacts = self.stack.artifacts
        artifacts.use(stored.blob for _, outcome in settled for stored in outcome.outputs)
        for call, outcome in settled:
            gone = (stored.blob for stored in outcome.outputs if artifacts.stat(stored.blob) is None)
            if not all(artifacts.elsewhere(blob) for blob in gone):
                self._give_up(call)

    # -- executing ---------------------------------------------------------------------------------------------------

    def begin(self, call: Call) -> str:
        """Fix what a call is executed for, and return that fingerprint.

        The stats of its input files are taken before their contents are looked at: a file that changes from then on
        shows when the step has run.
        """
        stats = {path: file_stat(path) for path in self.input_files(call)}
        patterns = self.ingredients.patterns(call.step)
        declared = (patterns, stats_of(patterns, self.project.root) if patterns else {})
        self.ingredients.declared.look_again()
        fingerprint = self.fingerprint(call)
        self._begun[call.index] = fingerprint, stats, declared
        return fingerprint

    def begun(self, call: Call) -> Begun:
        """Return the fingerprint and the stats that a call is being executed for."""
        return self._begun[call.index]

    # -- fingerprints ------------------------------------------------------------------------------------------------

    def fingerprint(self, call: Call) -> str:
        """Return the fingerprint of a call whose inputs are settled."""
        try:
            return self.ingredients.fingerprint(call)
        except StepError as error:  # a file that cannot be read: whose input it is, the user has to find
            from lineage.declare.places import place

            error.what = f"{error.what} (for step '{call.step.name}', {place(call.path, call.line, self.project.root)})"
            raise

    def entries(self, call: Call) -> tuple[Entry, ...]:
        """List the ingredients of a call whose inputs are settled."""
        return self.ingredients.entries(call)

    def discovered_now(self, before: tuple[Entry, ...]) -> tuple[Entry, ...]:
        """Return the present state of the discovered inputs in an earlier manifest, to compare it with."""
        return self.present.entries(entry for entry in before if entry.kind in DISCOVERED)

    def artifact_name(self, ref: Ref) -> str:
        """Return the full name (``digits/X_train``) of an artifact."""
        return self.ingredients.artifact_name(ref)

    # -- after a step has run, or has been taken from history ---------------------------------------------------------

    def accepted(self, call: Call, known: Known, run_id: int) -> Outcome:
        """Return what a call put out last as what its present state gives: what it read then, as it is now."""
        base = self.fingerprint(call)
        sets = self.stack.metadata.find_discovered(base)
        found = self.present.entries(known.inputs() or (sets[0] if sets else ()))
        made_by = (known.step_run_id, run_id, known.seconds)
        return Outcome(manifest.final(base, found), known.stored(), *made_by, "executed", base, found)

    def executed(self, call: Call, outcome: Outcome) -> None:
        """Note what an execution has put out, and make its readable paths lead there."""
        self.outcomes[call.index] = outcome
        self.ingredients.declared.look_again()
        self.show(call)

    def show(self, call: Call) -> None:
        """Make the readable paths of a settled call lead to its outputs, and remember its state."""
        from lineage.execute.links import publish, withdraw

        outcome = self.outcomes[call.index]
        assert outcome is not None, "only what is settled can be shown"
        made = []
        for link, blob in self.links(call, outcome):
            publish(self.stack.project, link, self.stack.artifacts.place(blob), self.stack.path("damaged"))
            made.append(link)
        before = self.memory.known(call.task)
        for link in () if before is None else before.links:
            if link not in made:
                withdraw(self.stack.project, link)
        plain = [stored.plain() for stored in outcome.outputs]
        made_by = (outcome.step_run_id, outcome.run_id, outcome.seconds)
        found = tuple(each.plain() for each in outcome.discovered)
        known = Known(outcome.fingerprint, *made_by, plain, call.outputs, tuple(made), outcome.base, found)
        self.memory.remember(call.task, known)

    # -- of all of it ------------------------------------------------------------------------------------------------

    def input_files(self, call: Call) -> list[str]:
        """List the paths of the files that a call takes."""
        return manifest.files(call)

    def state_digest(self, calls: Iterable[Call]) -> str:
        """Hash which tasks are in which state, to tell whether two runs confirm the same."""
        digest = xxhash.xxh3_128()
        for call in calls:
            outcome = self.outcomes[call.index]
            told = (outcome.fingerprint, outcome.step_run_id) if outcome is not None else ("", 0)
            digest.update(f"{call.task}\0{call.outputs}\0{told[0]}\0{told[1]}\n".encode())
        return digest.hexdigest()


def _remembered(known: Known, outputs: tuple[Stored, ...], origin: str) -> Outcome:
    """Return the last known state of a task as an outcome."""
    made_by = (known.step_run_id, known.run_id, known.seconds)
    return Outcome(known.fingerprint, outputs, *made_by, origin, known.base, known.inputs())
