"""What would follow if the steps that have to run put out what they put out last.

A dry run cannot know what a step is going to give. But if all that comes before a step gave what it gave last, and the
step were then up to date, it need run only if an input really changes; if it were not even then, it runs in any case.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from lineage.execute.declared import expand, matches
from lineage.execute.ingredients import Ingredients
from lineage.execute.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from lineage.execute.evaluate import Evaluation
    from lineage.execute.memory import Known
    from lineage.fingerprint.code import Code
    from lineage.model.plan import Call, Ref, StepSpec
    from lineage.model.stored import Entry

__all__ = ["Assumption"]

#: Stands for the digest of an input that was never made.
_UNKNOWN = "unknown"


class Assumption:
    """The state of every call if inputs come out as they were last.

    Parameters
    ----------
    evaluation : Evaluation
        The true state; it is left as it is.

    Attributes
    ----------
    outcomes : list of Outcome or None
        By call index: what a call has put out, or is assumed to; ``None`` where there is nothing to go by.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self.outcomes: list[Outcome | None] = list(evaluation.outcomes)
        #: The states of tasks that are in the plan no more, by pipeline and names of outputs.
        self._gone: dict[tuple[str, tuple[str, ...]], Known] | None = None
        self._twin = copy(evaluation)
        self._twin.outcomes = self.outcomes
        self._twin.ingredients = self._guess = _Guess.of(evaluation.ingredients, self.outcomes)

    def settle(self, call: Call, remade: Collection[str] = ()) -> Outcome | None:
        """Settle a call as if its inputs came out as they were last.

        Parameters
        ----------
        call : Call
            The call.
        remade : collection of str
            Files it takes that a task makes again before it.

        Returns
        -------
        Outcome or None
            ``None`` if it would have to run even then.
        """
        self._guess.depended = {}
        if remade:
            last = self._twin.stack.metadata.last_manifest(call.task) or ()
            files = [entry for entry in last if entry.kind == "file" and _made(entry.shown, remade)]
            self._guess.remade.update((entry.shown, entry.digest) for entry in files)
            self._guess.depended.update((entry.shown, entry.digest) for entry in files if entry.name == entry.shown)
        outcome = self._twin.settle(call)
        if outcome is None:
            self.take_last(call)
        return outcome

    def take_last(self, call: Call) -> None:
        """Assume that a call puts out what it put out last, if only under another name."""
        known = self._twin.memory.known(call.task) or self._before_renaming(call)
        if known is None or len(known.outputs) != len(call.outputs):
            self.outcomes[call.index] = None
            return
        made_by = (known.step_run_id, known.run_id, known.seconds)
        read = (known.base, known.inputs())
        self.outcomes[call.index] = Outcome(known.fingerprint, known.stored(), *made_by, "assumed", *read)

    def _before_renaming(self, call: Call) -> Known | None:
        """Return the state of a task that is gone, and put out what a new one will: most likely it was renamed."""
        if self._gone is None:
            present = {each.task for each in self._twin.plan.calls}
            gone = {task: self._twin.memory.known(task) for task in self._twin.memory.tasks if task not in present}
            self._gone = {
                (task.partition(":")[0], known.names): known for task, known in gone.items() if known is not None
            }
        return self._gone.get((call.pipeline, call.outputs))

    def fingerprint(self, call: Call) -> str:
        """Return what the fingerprint of a call would be."""
        return self._twin.fingerprint(call)

    def entries(self, call: Call) -> tuple[Entry, ...]:
        """List the ingredients of a call."""
        return self._twin.entries(call)

    def closures(self, call: Call) -> dict[str, Code]:
        """Return the code closures that are ingredients of a call, by their digests."""
        return self._twin.ingredients.closures(call)


class _Guess(Ingredients):
    """Ingredients of which some are assumed."""

    #: Files that are made again, with the digests that they had last.
    remade: dict[str, str]
    #: Of the call that is settled, those that its step says it depends on.
    depended: dict[str, str]

    @classmethod
    def of(cls, ingredients: Ingredients, outcomes: list[Outcome | None]) -> _Guess:
        """Share what has been gathered, but for the outcomes."""
        guess = cls.__new__(cls)
        guess.__dict__.update(ingredients.__dict__)
        guess.outcomes, guess.remade, guess.depended = outcomes, {}, {}
        return guess

    def _refers(self, call: Call) -> list[str]:
        known = all(self.outcomes[index] is not None for index in call.upstream)
        return super()._refers(call) if known else []

    def input_digest(self, ref: Ref) -> str:
        return _UNKNOWN if self.outcomes[ref.call] is None else super().input_digest(ref)

    def file_digest(self, path: str) -> str:
        return self.remade.get(path) or super().file_digest(path)

    def files(self, step: StepSpec) -> tuple[tuple[str, str], ...]:
        made = self.depended
        if not made:
            return super().files(step)
        root = self.project.root
        there = [each for each in self.patterns(step) if expand(each, root) or not _names_one(each, made)]
        found = dict(self.declared.of(step, there)) | made
        del self.declared.known[id(step)]  # which is of what is really there
        return tuple(sorted(found.items()))


def _made(name: str, remade: Collection[str]) -> bool:
    """Whether an ingredient is a file that is made again, or a folder with one."""
    return name in remade or (name.endswith("/") and any(path.startswith(name) for path in remade))


def _names_one(pattern: str, names: Iterable[str]) -> bool:
    return any(matches(pattern, name.rstrip("/")) for name in names)
