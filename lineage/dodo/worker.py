"""What a worker process does: one task after another, as the master says (`lineage.dodo.runner`)."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from multiprocessing.reduction import ForkingPickler
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

from doit.exceptions import BaseFail, TaskError
from doit.runner import Runner

from lineage.dodo.interrupt import take_signals
from lineage.execute.capture import collect_in_worker, stop_collecting
from lineage.execute.failure import our_failure
from lineage.execute.generators import begin_in_worker
from lineage.execute.perform import perform

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from doit.task import Stream, Task

    from lineage.execute.descriptors import Spool
    from lineage.execute.locks import Lock
    from lineage.stack import Stack

__all__ = ["ended_python", "work"]

_WATCH_SECONDS = 0.5


def work(
    pipe: Connection,
    inherited: list[Connection | Spool],
    tasks: dict[str, Task],
    stream: Stream,
    session: Any,
    master: int,
    spools: tuple[Spool, Spool],
) -> None:
    """Do what the master says until it says stop, or is gone.

    Parameters
    ----------
    pipe : Connection
        To the master.
    inherited : list of Connection or Spool
        What came along with the fork and is not this worker's.
    tasks : dict of str to Task
        All tasks that the master knew when it forked.
    stream : Stream
        doit's verbosity.
    session : Session
        The command's session.
    master : int
        The master's process number.
    spools : tuple of Spool
        What takes the output of the programs that steps start.
    """
    for other in inherited:
        other.close()
    signals = _Signals()
    threading.Thread(target=_leave_with, args=(master,), daemon=True).start()
    collect_in_worker(spools)
    begin_in_worker()
    runner = Runner(None, _Silent(), stream=stream)
    try:
        _serve(pipe, tasks, runner, session, signals)
    except KeyboardInterrupt:  # between two tasks
        _leave(1)
    runner.teardown()
    session.stack.close()
    _leave(0)


def _serve(pipe: Connection, tasks: dict[str, Task], runner: Runner, session: Any, signals: _Signals) -> None:
    lock: Lock | None = None
    while True:
        try:
            kind, name, payload = ForkingPickler.loads(pipe.recv_bytes())
        except (EOFError, OSError):
            os._exit(1)  # the master is gone
        if kind == "recorded":
            if lock is not None:
                lock.release()
                lock = None
        elif kind == "stop":
            return
        elif kind == "step":
            answer, lock = _do_step(payload, session.stack, signals)
            _send(pipe, ForkingPickler.dumps(("step", answer)))
        else:
            task = ForkingPickler.loads(payload) if kind == "new" else tasks[name]
            _send(pipe, _do_plain(runner, task, payload if kind == "plain" else None))


class _Signals:
    """What signals do to a worker."""

    def __init__(self) -> None:
        #: Whether the master has told this worker to end.
        self.ended = False
        #: Whether it is executing a step.
        self.in_step = False
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            # Processes that a step forks from this one end of Ctrl-C, without a word.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        take_signals((signal.SIGTERM, signal.SIGINT, signal.SIGHUP), self._receive)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        # Ctrl-C and the end of a terminal go to the whole process group; the master decides what they mean. (They are
        # not ignored, since commands that a step starts would ignore them as well.)
        if number == signal.SIGTERM:
            if self.ended and not self.in_step:
                return  # it is ending: who signals the whole group, and then the master, say so twice
            self.ended = True
            # As an interruption, so that a command that a step has started is ended with it.
            raise KeyboardInterrupt


def _send(pipe: Connection, message: Any) -> None:
    try:
        pipe.send_bytes(message)
    except OSError:
        os._exit(1)  # the master is gone


def _leave(code: int) -> NoReturn:
    """End this worker, and with it the idle processes that joblib keeps for five minutes."""
    loky = sys.modules.get("joblib.externals.loky.reusable_executor")
    executor = getattr(loky, "_executor", None)
    if executor is not None:
        executor.shutdown(wait=True, kill_workers=True)
    stop_collecting()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _do_step(job: Any, stack: Stack, signals: _Signals) -> tuple[dict[str, Any], Lock | None]:
    signals.in_step = True
    try:
        return perform(job, stack)
    except Exception as error:
        return {"error": our_failure(error), "seconds": 0.0}, None
    except KeyboardInterrupt:
        signals.in_step = False
        if signals.ended:
            _leave(1)
        message = "KeyboardInterrupt was raised in the step"
        told = {"kind": "KeyboardInterrupt", "message": message, "traceback": "", "place": None, "exit_code": 1}
        return {"error": told, "seconds": 0.0}, None
    finally:
        signals.in_step = False


def _do_plain(runner: Runner, task: Task, fields: dict[str, Any] | None) -> bytes:
    """Execute a plain doit task; give back what doit's own workers do."""
    if fields is not None:
        task.update_from_pickle(fields)
    try:
        fail = runner.execute_task(task)
        outputs = [(action.out, action.err) for action in task.actions]
        return bytes(ForkingPickler.dumps(("plain", (task.pickle_safe_dict(), outputs, fail))))
    except BaseException as error:
        unsendable = TaskError(f"task '{task.name}' gave something that cannot be sent back (not picklable): {error!r}")
        fail = ended_python(task, error) if isinstance(error, SystemExit) else unsendable
        return bytes(ForkingPickler.dumps(("plain", (None, [], fail))))


def ended_python(task: Task, error: SystemExit) -> TaskError:
    """Return the failure of a plain doit task that has called ``sys.exit``."""
    return TaskError(f"task '{task.name}' called sys.exit: {error!r}")


def _leave_with(master: int) -> None:
    """End this worker when its master has died: what it computes could not be recorded any more."""
    while os.getppid() == master:
        time.sleep(_WATCH_SECONDS)
    os._exit(1)


class _Silent:
    """The reporter of a worker: the master has reported what it gave out."""

    def execute_task(self, task: Task) -> None:
        """Say nothing."""

    def teardown_task(self, task: Task) -> None:
        """Say nothing."""

    def cleanup_error(self, error: BaseFail) -> None:
        """Say what went wrong in a teardown; nobody else will."""
        sys.stderr.write(error.get_msg())
