"""One doit command on one project: its pipelines, their plan, and the state of every step."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lineage.declare.plan import Plan, plan
from lineage.errors import UsageError
from lineage.execute.evaluate import Evaluation
from lineage.execute.memory import Marks, Memory
from lineage.fingerprint.manifest import references
from lineage.stack import Stack

if TYPE_CHECKING:
    from lineage.declare.pipeline import Pipeline
    from lineage.dodo.decision import Decision
    from lineage.execute.locks import Lock
    from lineage.execute.log import Log
    from lineage.execute.perform import Job
    from lineage.fingerprint.code import Project
    from lineage.model.plan import Call
    from lineage.model.stored import Stored
    from lineage.settings import Settings

__all__ = ["Session"]


class Session:
    """What a doit command knows about the pipelines of its dodo.py.

    Parameters
    ----------
    pipelines : sequence of Pipeline
        The pipelines of dodo.py, in the order of their lines.
    overrides : mapping
        Pipeline name -> parameter -> value, from the command line.
    project : Project
        The project's sources.
    read_only : bool
        Create and write nothing: for commands that only ask.
    records : bool
        Whether the metadata store is written to. Without, only caches, marks and readable paths are.

    Raises
    ------
    VersionError
        If the metadata store is newer than this code, whatever the command would have asked of it.

    Attributes
    ----------
    plan : Plan
        The calls of all pipelines.
    evaluation : Evaluation
        Their state.
    run_id : int
        The run being recorded; 0 outside `doit run`.
    always : bool
        Whether each step is to be executed although it is up to date (`doit -a`).
    """

    def __init__(
        self,
        pipelines: Sequence[Pipeline[Any, Any]],
        overrides: Mapping[str, Mapping[str, object]],
        project: Project,
        *,
        read_only: bool = False,
        records: bool = True,
    ) -> None:
        self.pipelines = pipelines
        self.overrides = overrides
        self.project = project
        self.stack = Stack(project.root, read_only=read_only, records=records)
        self.plan: Plan = plan(pipelines, overrides, self.project)
        self.memory = Memory(self.stack.path("memory"))
        if not self._is_of_this_database() and self.memory.tasks:
            self.memory.forget_tasks()
        self.marks = Marks(self.stack.path("marks.json"))
        self.evaluation = Evaluation(self.plan, self.project, self.stack, self.memory, self.marks)
        self.run_id = 0
        #: Steps that a stale plain task comes before, with the reason: for commands that run nothing.
        self.held: dict[int, str] = {}
        #: What would become of each task: for commands that run nothing.
        self.decisions: Mapping[str, Decision] = {}
        self.always = False
        self.before_showing: Callable[[], None] | None = None
        self.tell: Callable[[str], None] | None = None
        #: Takes the result of a step, in a run: records it, and lets the steps after it see it.
        self.take: Callable[[Call, dict[str, Any]], None] | None = None
        #: What became of plain tasks, which are not recorded: (name, status, seconds, what it said).
        self.plain_tasks: list[tuple[str, str, float, str]] = []
        self.import_error: BaseException | None = None

    def _is_of_this_database(self) -> bool:
        """Whether the memory names runs of the metadata store that is there: it may have been removed or put back."""
        # Asked also where nothing is remembered: one that is newer than this code is refused here, by every command.
        if self.memory.anchor is None and not os.path.isdir(self.stack.folder):
            return False
        run_id, started = self.memory.anchor or (0, 0.0)
        rows = self.stack.metadata.select("SELECT started FROM run WHERE run_id = ?", (run_id,))
        return bool(rows) and rows[0][0] == started

    def targets(self, call: Call) -> list[str]:
        """Return the readable paths of a call's outputs: those it has, else those its annotations predict."""
        from lineage.execute.links import predicted_paths

        known = self.memory.known(call.task)
        if known is not None and known.names == call.outputs:
            return list(known.links)
        return predicted_paths(call)

    def job(self, call: Call, verbosity: int) -> Job:
        """Describe the execution of a call to whoever executes it."""
        from lineage.execute.perform import Job

        ingredients = self.evaluation.ingredients
        if self.project.live:
            ingredients.check_unchanged(call.step)
        fingerprint, file_stats, declared = self.evaluation.begun(call)
        closures = ingredients.closures(call).values()
        modules = ingredients.modules(call)
        return Job(
            call,
            self._inputs(call),
            fingerprint,
            self.run_id,
            self.always or (call.task, "forget") in self.marks,
            verbosity,
            {
                path: stat
                for code in closures
                for path, stat in zip(code.files, code.stats, strict=True)
                if path not in self.project.texts
            },
            file_stats,
            declared,
            {index: self.plan.calls[index].step for index in call.upstream},
            modules,
            ingredients.literal_variables(modules),
            tuple(name for name, *_ in (*ingredients.environment(call.step), *ingredients.carried_environment(call))),
            self.settings.strict,
            frozenset(part.name for code in closures for part in code.entries) if self.project.live else None,
            ingredients.searched(call),
            ingredients.imported(modules),
        )

    @cached_property
    def settings(self) -> Settings:
        """What the project's pyproject.toml says; asked only if a step is executed."""
        from lineage.settings import read_settings

        return read_settings(self.project.root)

    @cached_property
    def has_collected(self) -> bool:
        """Whether artifacts of this project were ever collected (`lineage gc`)."""
        return bool(self.stack.metadata.select("SELECT 1 FROM gone WHERE kind = 'collected' LIMIT 1"))

    def _inputs(self, call: Call) -> dict[tuple[int, int], Stored]:
        found = {}
        for _, ref in references(call):
            outcome = self.evaluation.outcomes[ref.call]
            assert outcome is not None, "a step starts when its inputs are settled"
            found[ref.call, ref.output] = outcome.outputs[ref.output]
        return found

    def perform(self, call: Call, verbosity: int) -> tuple[dict[str, Any], Lock]:
        """Run a step in this process."""
        from lineage.execute.perform import perform

        return perform(self.job(call, verbosity), self.stack, self.before_showing, self._waiting(call.task))

    def rest_of_log(self, task: str, verbosity: int) -> Log:
        """Return the log of a step, to add to what the worker has kept there that has died."""
        from lineage.execute.log import Log, log_path

        log = Log(self.stack.folder, log_path(self.run_id, task), verbosity, self.before_showing, goes_on=True)
        log.open()
        return log

    def _waiting(self, task: str) -> Callable[[], None] | None:
        tell = self.tell
        text = f"{task} is being computed already, by another doit or for an equal step: waiting for it"
        return None if tell is None else lambda: tell(text)

    def import_steps(self) -> None:
        """Import the modules of the steps that may run, so that each worker need not do it after the fork."""
        from lineage.declare import deferred
        from lineage.declare.import_effects import given_to
        from lineage.execute.hearing import ground_of, watching
        from lineage.execute.leftovers import change_environment, surroundings_kept
        from lineage.execute.watch import Watch

        for call in self.plan.calls:
            if (self.always or self.evaluation.outcomes[call.index] is None) and call.step.command is None:
                try:
                    # What a module reads when it is imported counts for all steps that use it.
                    watch = Watch(ground_of(self.stack.project), searched=self.evaluation.ingredients.searched(call))
                    with surroundings_kept(), watching(watch):
                        # What it imports may have been executed for another one, and have set what it asks for.
                        given = given_to(self.evaluation.ingredients.modules(call))
                        change_environment({} if given is None else given.variables)
                        deferred.load(call.step.module)
                except (Exception, SystemExit) as error:
                    # The step fails with the same error, in its own name and with its traceback.
                    self.import_error = error

    def selected(self, names: Iterable[str]) -> list[Call]:
        """Return the calls that a selection of tasks needs, in plan order, upstream included.

        Parameters
        ----------
        names : iterable of str
            Tasks and pipelines; others (plain doit tasks) are passed over.
        """
        wanted: set[int] = set()
        for name in names:
            if name in self.plan.by_task:
                wanted.add(self.plan.by_task[name].index)
            elif name in self.plan.pipelines:
                wanted.update(call.index for call in self.plan.pipelines[name].calls)
        waiting = list(wanted)
        while waiting:
            for index in self.plan.calls[waiting.pop()].upstream:
                if index not in wanted:
                    wanted.add(index)
                    waiting.append(index)
        return [self.plan.calls[index] for index in sorted(wanted)]

    def calls_named(self, names: Sequence[str]) -> list[Call]:
        """Return the calls of steps and pipelines, in plan order; all of them for no names.

        Raises
        ------
        UsageError
            For a name that is none of theirs, or several.
        """
        from lineage.explain.past import chosen

        tasks = list(self.plan.by_task)
        wanted = {task for name in names for task in chosen(name, tasks, "in dodo.py")} if names else set(tasks)
        return [call for call in self.plan.calls if call.task in wanted]

    def close(self) -> None:
        """Write what is remembered in caches, and close the stores."""
        if not self.stack.read_only and os.path.isdir(self.stack.folder):
            self.project.flush()
            self.memory.save()
            # Whoever interrupts does not wait: what is not sent yet stays in the outbox.
            if not isinstance(sys.exc_info()[1], KeyboardInterrupt):
                self.stack.finish_sending()
        self.stack.close()


def find_pipelines(namespace: Mapping[str, Any]) -> list[Pipeline[Any, Any]]:
    """Return the pipelines that dodo.py can see, each once, in the order of their lines.

    Raises
    ------
    UsageError
        If two different pipelines have one name.
    """
    from lineage.declare.pipeline import Pipeline

    found: dict[str, Pipeline[Any, Any]] = {}
    for thing in namespace.values():
        if not isinstance(thing, Pipeline):
            continue
        other = found.setdefault(thing.name, thing)
        if other is not thing:
            raise UsageError(
                f"two pipelines are called '{thing.name}'",
                why="the name of a pipeline is the name of its doit task",
                fix="rename one of the two functions",
            )
    return sorted(found.values(), key=lambda each: each.line)  # as doit does, from whichever file they come
