"""What a run prints: one line a step, and one line in the end.

::

    ✓ digits:importer   X_train (1437, 64)  X_test (360, 64)  y_train (1437,)  y_test (360,)  0.1 s
    = digits:trainer    model SVC  cached
    run 7: 1 run, 1 cached, 0 failed, 1.1 s, saved 0.4 s

Each status has a symbol, so that colour is never alone. On a terminal a running step has a line with its elapsed and
its expected time.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TextIO

from lineage.formats.summary import describe_stored
from lineage.model.shown import each_line, one_line
from lineage.model.shown import show_duration as duration
from lineage.terminal.bars import bars
from lineage.terminal.style import Style, in_ci, step_line, summary_line, width_of

if TYPE_CHECKING:
    from doit.exceptions import BaseFail
    from doit.task import Task

    from lineage.dodo.recorder import Recorder
    from lineage.execute.outcome import Outcome
    from lineage.model.plan import Call
    from lineage.terminal.ci import Forge

Boards = Callable[[], list[dict[str, Any]]]

__all__ = ["Console", "Style", "duration", "outputs_of"]

_TICK_SECONDS = 0.5


class Console:
    """A doit reporter that prints steps with what they put out.

    Parameters
    ----------
    stream : TextIO
        Where it prints.
    recorder : Recorder
        The run being recorded.
    width : int
        Width of the column of task names.
    lock : RLock, optional
        Held while something is printed: that of others who write to the same terminal.
    boards : callable, optional
        Returns what steps tell of how far they are (`lineage.stores.progress.read_boards`).
    """

    desc = "one line a step, with what it put out"

    def __init__(
        self, stream: TextIO, recorder: Recorder, width: int = 0, lock: Any = None, boards: Boards | None = None
    ) -> None:
        self.stream = stream
        self.recorder = recorder
        self.style = Style(stream)
        self.width = width_of(width)
        self._lock = lock or threading.RLock()
        self._running: dict[str, tuple[float, float | None]] = {}
        self._boards = boards
        self._shown_running = False
        self._ticker: threading.Thread | None = None
        self._failures: list[str] = []
        self._annotations: list[str] = []
        self._forge: Forge | None = None
        self._folded: str | None = None
        self._process = os.getpid()
        if in_ci():
            from lineage.terminal.ci import forge

            self._forge = forge()

    # -- lines -------------------------------------------------------------------------------------------------------

    def line(self, status: str, name: str, rest: str = "", aside: str = "") -> None:
        """Print the line of a task, with what steps back at its end; it is one line, whatever is in these texts."""
        self._put(status, one_line(name), one_line(rest), one_line(aside))

    def _put(self, status: str, name: str, rest: str = "", aside: str = "") -> None:
        with self._lock:
            self.clear()
            self._unfold()
            self._write(step_line(self.style, self.width, status, name, rest, aside))
            if self.style.terminal:
                self._flush()
            self._draw()

    def _write(self, text: str) -> None:
        """Write what the stream can take; a reader who has gone away (``doit | head``) does not end the run."""
        try:
            self.stream.write(text)
        except UnicodeEncodeError:
            encoding = getattr(self.stream, "encoding", None) or "ascii"
            self._write(text.encode(encoding, "replace").decode(encoding))
        except (OSError, ValueError):
            self._give_up()

    def _flush(self) -> None:
        try:
            self.stream.flush()
        except (OSError, ValueError):
            self._give_up()

    def _give_up(self) -> None:
        self.stream = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for the rest of the process
        if sys.stdout is not None:
            sys.stdout = self.stream

    def tell(self, text: str) -> None:
        """Print a remark."""
        with self._lock:
            self.clear()
            self._write(f"  {text}\n")
            self._flush()
            self._draw()

    def clear(self) -> None:
        """Take the progress line away before something else is printed."""
        with self._lock:
            if self._shown_running:
                self._write("\r\x1b[2K")
                self._shown_running = False

    def before_output(self) -> None:
        """Make room for what a step prints; a CI system's log folds it, where it can only be that of one step."""
        with self._lock:
            self.clear()
            alone = len(self._running) == 1 and os.getpid() == self._process  # not a worker, whose lines are mixed
            if self._forge is not None and self._folded is None and alone:
                (self._folded,) = self._running
                self._write(self._forge.begin(self._folded))
                self._flush()

    def _unfold(self) -> None:
        if self._forge is not None and self._folded is not None:
            # A line that was not ended would hide the command.
            self._write("\n" + self._forge.end(self._folded))
            self._folded = None

    def _draw(self) -> None:
        if not self.style.terminal or not self._running:
            return
        now = time.perf_counter()
        told = self._told()
        parts = []
        for name, (begin, expected) in self._running.items():
            # A task already past what it took last time is late; saying "of 0.1 s" then helps nobody.
            about = f" of about {duration(expected)}" if expected and expected >= now - begin else ""
            parts.append(f"{name} {duration(now - begin)}{told.get(name) or about}")
        try:
            # 0: a terminal that nobody has told its size (`script`, `docker exec -t`, an editor's).
            columns = os.get_terminal_size(self.stream.fileno()).columns or 80
        except OSError:
            columns = 80
        text = one_line("  ".join(parts))[: max(columns - 3, 10)]
        self._write(f"\r\x1b[2K{self.style.symbol('running')} {text}")
        self._flush()
        self._shown_running = True

    def _told(self) -> dict[str, str]:
        """Return what the steps of this run tell of how far they are, by task."""
        boards = [] if self._boards is None else self._boards()
        run_id, now, plain = self.recorder.run_id, time.time(), self.style.plain
        return {each["task"]: bars(each["bars"], now, plain=plain) for each in boards if each["run"] == run_id}

    def _tick(self) -> None:
        while self._ticker is threading.current_thread():
            time.sleep(_TICK_SECONDS)
            with self._lock:
                if self._running and self._ticker is not None:
                    self._draw()

    # -- steps -------------------------------------------------------------------------------------------------------

    def step_started(self, call: Call) -> None:
        """Show that a step is at work, on a terminal."""
        with self._lock:
            expected = self.recorder.expected(call) if self.style.terminal else None
            self._running[call.task] = (time.perf_counter(), expected)
            self._draw()
            if self._ticker is None and self.style.terminal:
                self._ticker = threading.Thread(target=self._tick, name="lineage-progress", daemon=True)
                self._ticker.start()

    def _step_ended(self, call: Call) -> None:
        with self._lock:
            self._running.pop(call.task, None)

    def step_cached(self, call: Call, outcome: Outcome) -> None:
        """Print the line of a step that did not have to run."""
        self._step_ended(call)
        self.line("cached", call.task, outputs_of(call, outcome), "cached")

    def step_finished(self, call: Call, outcome: Outcome) -> None:
        """Print the line of a step that ran."""
        self._step_ended(call)
        self.line("run", call.task, outputs_of(call, outcome), duration(outcome.seconds))

    def step_failed(self, call: Call, error: dict[str, Any], output: str) -> None:
        """Print the line of a step that failed; the traceback follows at the end, where it is looked for."""
        self._step_ended(call)
        message, place = error["message"].splitlines()[0], error.get("place") or ""
        aside = "" if place in message else place
        self.line("failed", call.task, message, aside)
        told = "" if error["traceback"] else aside  # a traceback ends with the place
        rule = self.style.paint(f"-- {call.task}", "31") + (f" {self.style.dim(told)}" if told else "")
        text = f"\n{rule}\n{self._inert((error['traceback'] or error['message']).rstrip())}\n"
        if output:
            text += self._printed(f"-- what {call.task} printed", self._inert(output.rstrip()))
        self._failures.append(text)
        self._annotate(call.task, error["message"], place)

    def _printed(self, title: str, output: str) -> str:
        if self._forge is not None:
            return f"{self._forge.begin(title)}{output}\n{self._forge.end(title)}"
        return f"{self.style.dim(title)}\n{output}\n"

    def _inert(self, text: str) -> str:
        return text if self._forge is None else self._forge.inert(text).rstrip()

    def _annotate(self, task: str, message: str, place: str = "") -> None:
        """Let a CI system show an error at the user's file and line."""
        if self._forge is not None:
            project = self.recorder.session.stack.project
            self._annotations.append(self._forge.error(place, f"{task} failed", message, project))

    def step_skipped(self, call: Call, why: str) -> None:
        """Print the line of a step that was skipped."""
        self._step_ended(call)
        self.line("skipped", call.task, why)

    # -- plain tasks -------------------------------------------------------------------------------------------------

    def task_started(self, task: Task) -> None:
        """Say on a terminal that a plain doit task begins: what it prints comes below, and its line when it is done."""
        if self.style.terminal and _is_shown(task):
            self._put("running", _title(task))

    def task_finished(self, task: Task, seconds: float) -> None:
        """Print the line of a plain task that was executed."""
        if _is_shown(task):
            self._put("run", _title(task), aside=duration(seconds))

    def task_cached(self, task: Task) -> None:
        """Print the line of a plain task that is up to date."""
        if not task.name.startswith("_"):
            self._put("cached", _title(task), aside="up to date")

    def task_failed(self, task: Task, fail: BaseFail) -> None:
        """Print the line of a plain task that failed, and keep what it printed for the end."""
        from lineage.dodo.raised import raised

        message, place = raised(fail, self.recorder.session.stack.project)
        self.line("failed", task.name, message, place)
        text = f"\n{self.style.paint(f'-- {one_line(task.name)} ', '31')}\n{fail.get_msg().rstrip()}\n"
        if task.executed:
            verbosity = 1 if task.verbosity is None else task.verbosity
            hidden = [action.out for action in task.actions if action.out and verbosity < 2]
            hidden += [action.err for action in task.actions if action.err and verbosity < 1]
            text += "".join(hidden)
        self._failures.append(self._inert(text) + ("" if self._forge is None else "\n"))
        self._annotate(task.name, message if place else str(fail.message or fail.get_name()), place)

    # -- the end -----------------------------------------------------------------------------------------------------

    def finish(self, status: str) -> None:
        """Print the failures and the summary line."""
        self._ticker = None
        with self._lock:
            running, self._running = self._running, {}
            self.clear()
            self._unfold()
            for name, (begin, _) in running.items():
                self.line("failed", name, f"{status} after {duration(time.perf_counter() - begin)}")
            for text in self._failures:
                self._write(text)
            if self._failures:
                self._write("\n")
            self._write("".join(self._annotations))
            recorder = self.recorder
            seconds, saved = duration(recorder.seconds()), duration(recorder.saved)
            plain = sum(task[1] == "failed" for task in recorder.session.plain_tasks)
            self._write(summary_line(recorder.run_id, status, recorder.counts(), seconds, saved, plain))
            self._flush()


def outputs_of(call: Call, outcome: Outcome) -> str:
    """Return what people are shown of the outputs of a step."""
    return "  ".join(describe_stored(name, stored) for name, stored in zip(call.outputs, outcome.outputs, strict=True))


def _is_shown(task: Task) -> bool:
    """Whether doit shows a task that is executed: neither a hidden one nor a group."""
    return bool(task.actions) and not task.name.startswith("_")


def _title(task: Task) -> str:
    """Return a plain task's title; one that is made up (`doit.tools.title_with_actions`) may have several lines."""
    title = str(task.title())
    return one_line(title) if title == task.name else each_line(title)
