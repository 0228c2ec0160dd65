"""How tasks are run: one after another, in worker processes, or in threads.

The loop over tasks is doit's. What differs:

- an error of ours while a result is taken over fails that step, not the run (`_Careful`);
- worker processes (`lineage.dodo.worker`) have a pipe each, where doit's share two queues. So it is known which worker
  has which task, a worker that dies is a failed task within a moment, and a result that does not pickle is one too;
  with doit's queues either hangs for ever.
"""

from __future__ import annotations

import os
import signal
import time
from collections import deque
from contextlib import nullcontext
from contextvars import copy_context
from multiprocessing import get_context
from multiprocessing.reduction import ForkingPickler
from typing import TYPE_CHECKING, Any

from doit.exceptions import BaseFail, InvalidTask
from doit.runner import MThreadRunner, Runner, pickle_dumps
from doit.task import DelayedLoaded, Stream

from lineage.dodo.tasks import StepFailed, StepTask
from lineage.dodo.worker import ended_python, work
from lineage.errors import LineageError
from lineage.execute.capture import last_words, unattributed
from lineage.execute.collector import make_spools
from lineage.execute.failure import our_failure

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from doit.control import ExecNode, TaskDispatcher
    from doit.task import Task

    from lineage.execute.descriptors import Spool

__all__ = ["ProcessRunner", "SerialRunner", "ThreadRunner"]

_WATCH_SECONDS = 0.5
_GRACE_SECONDS = 2.0


class _Careful:
    """Takes results over so that an error in doing so is a failure of that step."""

    if TYPE_CHECKING:

        def __init__(self, *arguments: Any) -> None: ...  # doit's, which has no types

    def execute_task(self, task: Task) -> BaseFail | None:
        """Execute a task; a plain one that calls ``sys.exit`` has failed, as a step that does has."""
        try:
            fail: BaseFail | None = super().execute_task(task)  # type: ignore[misc]
        except SystemExit as error:
            return ended_python(task, error)
        return fail

    def process_task_result(self, node: ExecNode, base_fail: BaseFail | None) -> None:
        """Record a result, or the failure to."""
        try:
            super().process_task_result(node, base_fail)  # type: ignore[misc]
        except LineageError as error:
            self._handle_task_error(node, StepFailed(our_failure(error)))  # type: ignore[attr-defined]
        finally:
            lock = getattr(node.task, "lock", None)
            if lock is not None:
                lock.release()
                node.task.lock = None


class SerialRunner(_Careful, Runner):  # type: ignore[misc]
    """Runs one task after another in this process."""


class ThreadRunner(_Careful, MThreadRunner):  # type: ignore[misc]
    """Runs tasks in threads; steps print into their own logs (`lineage.execute.capture`)."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        # A new thread knows nothing of what modules have set by context (decimal's precision) when they were imported.
        self._context = copy_context()

    def execute_task(self, task: Task) -> BaseFail | None:
        """Run a task in this thread."""
        with nullcontext() if isinstance(task, StepTask) else unattributed():
            fail: BaseFail | None = self._context.copy().run(super().execute_task, task)
            return fail


class _Worker:
    """A worker process, seen from the master."""

    def __init__(self, process: BaseProcess, pipe: Connection, spools: tuple[Spool, Spool]) -> None:
        self.process = process
        self.pipe = pipe
        self.spools = spools
        self.node: ExecNode | None = None

    def close(self) -> None:
        """Let go of it."""
        for each in (self.pipe, *self.spools):
            each.close()


class ProcessRunner(_Careful, Runner):  # type: ignore[misc]
    """Runs tasks in worker processes.

    Workers are forked when the first task is ready for them, and so have the step modules that the master has imported
    by then.
    """

    def __init__(
        self,
        dep_manager: Any,
        reporter: Any,
        continue_: bool = False,
        always_execute: bool = False,
        stream: Stream | None = None,
        num_process: int = 1,
    ) -> None:
        super().__init__(dep_manager, reporter, continue_, always_execute, stream)
        self.num_process = num_process
        self._context = get_context("fork")
        self._workers: list[_Worker] = []
        self._idle: deque[_Worker] = deque()
        self._known: set[str] = set()
        self._dispatcher: Any = None
        self._held = False
        self._exhausted = False

    @property
    def _session(self) -> Any:
        return self.dep_manager.session

    # -- the master's side -------------------------------------------------------------------------------------------

    def run_tasks(self, task_dispatcher: TaskDispatcher) -> None:
        """Give tasks to workers as they become ready, until there are none."""
        self._dispatcher = task_dispatcher
        self._known = set(task_dispatcher.tasks)
        try:
            self._feed(None)
            while busy := [worker for worker in self._workers if worker.node is not None]:
                for worker in self._ready(busy):
                    self._feed(self._receive(worker))
            self._check_circle()
        except BaseException:
            self._stop(at_once=True)
            raise
        self._stop(at_once=False)

    def _check_circle(self) -> None:
        if self._held and not self._stop_running:
            raise InvalidTask("tasks wait for one another in a circle")

    def _feed(self, completed: ExecNode | None) -> None:
        """Tell doit's dispatcher what is done, and give what is ready to idle workers."""
        self._held = False
        while completed is not None or (
            not self._exhausted and not self._held and not self._stop_running and self._has_room()
        ):
            if self._stop_running:
                return
            node = self._next(completed)
            completed = None
            if node is not None:
                self._give(node)

    def _has_room(self) -> bool:
        return bool(self._idle) or len(self._workers) < self.num_process

    def _next(self, completed: ExecNode | None) -> ExecNode | None:
        """Return the next node that has to be executed; None if there is none at present."""
        node: Any = completed
        while True:
            try:
                node = self._dispatcher.generator.send(node)
            except StopIteration:
                self._exhausted = True
                return None
            if node == "hold on":
                self._held = True
                return None
            if self.select_task(node, self._dispatcher.tasks):
                return node
            if self._stop_running:
                return None

    def _give(self, node: ExecNode) -> None:
        task = node.task
        self.reporter.execute_task(task)
        try:
            message = self._message(task)
        except LineageError as error:
            self.process_task_result(node, StepFailed(our_failure(error)))
            self._feed(node)
            return
        worker = self._idle.popleft() if self._idle else self._hire()
        worker.node = node
        try:
            worker.pipe.send_bytes(message)
        except OSError:
            return  # it has died just now; `_ready` finds its pipe closed and `_receive` says what happened

    def _message(self, task: Task) -> bytes:
        if isinstance(task, StepTask):
            return bytes(ForkingPickler.dumps(("step", task.name, self._session.job(task.call, task.shown))))
        if task.name not in self._known or task.loader is DelayedLoaded:
            # Created after the workers were forked: the whole task has to travel.
            try:
                return bytes(ForkingPickler.dumps(("new", task.name, pickle_dumps(task))))
            except Exception as error:
                raise LineageError(
                    f"task '{task.name}' was created while others ran and cannot be pickled: {error}",
                    why="a worker process that was started before it has to be sent all of it",
                    fix="run without -n, or with -P thread",
                ) from error
        return bytes(ForkingPickler.dumps(("plain", task.name, task.pickle_safe_dict())))

    def _hire(self) -> _Worker:
        self._session.import_steps()
        self._session.stack.metadata.close()  # a connection must not be carried over a fork; it opens itself again
        ours, theirs = self._context.Pipe()
        spools = make_spools(self._session.stack.work)
        others = [each for worker in self._workers for each in (worker.pipe, *worker.spools)]
        arguments = (theirs, [*others, ours], self._dispatcher.tasks, self.stream, self._session, os.getpid(), spools)
        process = self._context.Process(target=work, args=arguments, daemon=False)
        process.start()
        theirs.close()
        worker = _Worker(process, ours, spools)
        self._workers.append(worker)
        return worker

    def _ready(self, busy: list[_Worker]) -> list[_Worker]:
        from multiprocessing import connection  # loaded with the first pipe

        pipes = {worker.pipe: worker for worker in busy}
        return [pipes[pipe] for pipe in connection.wait(list(pipes)) if pipe in pipes]

    def _receive(self, worker: _Worker) -> ExecNode:
        """Take over what a worker says, which may be nothing any more."""
        node, worker.node = worker.node, None
        assert node is not None, "only busy workers are listened to"
        try:
            kind, payload = ForkingPickler.loads(worker.pipe.recv_bytes())
        except (EOFError, OSError):
            self._bury(worker, node.task)
            fail: BaseFail | None = StepFailed(_death(worker.process, node.task))
        else:
            fail = self._take(node.task, kind, payload)
        self.process_task_result(node, fail)
        if worker in self._workers:
            # The result is recorded: the worker may let go of the step's lock.
            try:
                worker.pipe.send_bytes(ForkingPickler.dumps(("recorded", "", None)))
            except OSError:
                self._bury(worker)  # it has died after its work was done
            else:
                self._idle.append(worker)
        return node

    def _take(self, task: Task, kind: str, payload: Any) -> BaseFail | None:
        task.executed = True
        if kind == "step":
            return task.take(payload, None)
        fields, outputs, fail = payload
        if fields is not None:
            task.update_from_pickle(fields)
        for action, (out, err) in zip(task.actions, outputs, strict=False):
            action.out, action.err = out, err
        return fail

    def _bury(self, worker: _Worker, task: Task | None = None) -> None:
        worker.process.join()
        if isinstance(task, StepTask):
            log = self._session.rest_of_log(task.name, task.shown)
            last_words(worker.spools, log)
            task.values = log.close()
        else:
            last_words(worker.spools, None)
        self._workers.remove(worker)
        worker.close()

    def _stop(self, *, at_once: bool) -> None:
        for worker in self._workers:
            if at_once:
                worker.process.terminate()
                continue
            try:
                worker.pipe.send_bytes(ForkingPickler.dumps(("stop", "", None)))
            except OSError:
                continue  # it is gone already
        deadline = time.monotonic() + _GRACE_SECONDS
        for worker in self._workers:
            worker.process.join(max(deadline - time.monotonic(), 0) if at_once else None)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.close()
        self._workers.clear()
        self._idle.clear()


def _death(process: BaseProcess, task: Task) -> dict[str, Any]:
    """Describe the end of a worker that said nothing."""
    code = process.exitcode or 0
    if code < 0:
        name = signal.Signals(-code).name if -code in {item.value for item in signal.Signals} else str(-code)
        hint = "; the system kills a process that takes too much memory" if -code == signal.SIGKILL else ""
        message = f"its worker process was killed by {name}{hint}"
    else:
        message = f"its worker process ended with exit code {code} in the middle of the step (os._exit, or a crash)"
    return {"kind": "WorkerDied", "message": message, "traceback": "", "place": None, "exit_code": 1}
