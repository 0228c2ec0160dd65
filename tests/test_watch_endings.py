"""How `lineage watch` ends: at any moment, by any signal, with nothing left and nothing lost."""

from __future__ import annotations

import os
import pty
import signal
import time
from pathlib import Path

import pytest
from forking import heed_signals
from projects import LINEAGE, PATIENCE, Project, wait_for
from watching import Watching, processes_of, until

#: Seconds after its start at which it is ended: while it starts, in the first round, while imports are made, and later.
MOMENTS = (0.4, 0.7, 0.9, 1.1, 1.4, 1.8, 2.5, 3.5)


def test_ctrl_c_while_a_step_runs(held: Project, watching: Watching) -> None:
    """The step ends, its run is recorded as interrupted, no process is left, and the exit code is 0."""
    for number in (signal.SIGINT, signal.SIGTERM):
        (held.path / "reached").unlink(missing_ok=True)
        (held.path.parent / "hold").touch()
        seen = watching(held)
        wait_for(held.path / "reached", seen.child)
        os.kill(seen.child.pid, number)  # itself only: it ends the fork
        assert seen.child.wait(PATIENCE) == 0, seen.said
        assert held.status_of_run() == "interrupted"
        assert processes_of(held.path) == []


def test_nothing_is_left_of_one_that_was_killed(held: Project, watching: Watching) -> None:
    """After `kill -9` of the warm process its fork notices, ends, and has its run recorded as interrupted."""
    (held.path.parent / "hold").touch()
    seen = watching(held)
    wait_for(held.path / "reached", seen.child)
    os.kill(seen.child.pid, signal.SIGKILL)
    end = time.monotonic() + PATIENCE
    while processes_of(held.path) and time.monotonic() < end:
        time.sleep(0.1)
    assert processes_of(held.path) == []
    assert held.status_of_run() == "interrupted"


def test_it_ends_at_any_moment(words: Project, watching: Watching) -> None:
    """Whatever it is at: no process is left, and each run that has begun is recorded with its end."""
    for number, moment in enumerate(MOMENTS):
        seen = watching(words)
        time.sleep(moment)
        words.edit(
            "tasks/words.py", "return len(split(sentence))", f"return {number} - {number} + len(split(sentence))"
        )
        words.edit(
            "tasks/words.py", f"return {number} - {number} + len(split(sentence))", "return len(split(sentence))"
        )
        code = seen.end((signal.SIGINT, signal.SIGTERM, signal.SIGHUP)[number % 3])
        assert code in (0, 130, -signal.SIGTERM, -signal.SIGHUP, -signal.SIGINT), seen.said
        assert processes_of(words.path) == []
    assert {run["status"] for run in words.runs()} <= {"ok", "interrupted"}
    words.doit()


def test_the_end_of_the_terminal_ends_it(held: Project) -> None:
    """A terminal that is closed while a step runs: its run is recorded as interrupted, and no process is left."""
    pid, terminal = pty.fork()
    if pid == 0:
        heed_signals()
        os.chdir(held.path)
        os.execve(LINEAGE[0], [*LINEAGE, "watch"], held.environment)
    wait_for(held.path / "reached")
    os.close(terminal)
    assert os.waitpid(pid, 0)[1] == 0
    assert held.status_of_run() == "interrupted"
    assert processes_of(held.path) == []


def test_code_that_passes_over_an_interruption_is_told_again(held: Project, watching: Watching) -> None:
    """A second Ctrl-C is one for the step, too; a third one kills it."""
    stubborn = """\
    while True:
        try:
            open("reached", "a").write("again ")
            time.sleep(600)
        except BaseException:
            pass
"""
    held.edit("tasks/words.py", '    note("count")\n', f'{stubborn}    note("count")\n')
    (held.path.parent / "hold").unlink()
    seen = watching(held)
    for times in (1, 2, 3):
        until(lambda times=times: held.read("reached").count("again") == times, "the step was not told")  # type: ignore[misc]
        os.kill(seen.child.pid, signal.SIGINT)
    assert seen.child.wait(PATIENCE) == 0
    assert processes_of(held.path) == []
    assert held.status_of_run() == "lost"


def test_two_ctrl_c_are_as_one(held: Project, watching: Watching) -> None:
    """Who is impatient loses nothing: the run of the step is recorded, and the exit code is 0."""
    seen = watching(held)
    wait_for(held.path / "reached", seen.child)
    os.kill(seen.child.pid, signal.SIGTERM)
    os.kill(seen.child.pid, signal.SIGTERM)
    assert seen.child.wait(PATIENCE) == 0
    assert held.status_of_run() in ("interrupted", "lost")
    assert processes_of(held.path) == []


def test_an_interruption_just_after_a_run_has_begun_is_recorded(words: Project) -> None:
    """Between the record of its begin and the first step there is a moment, too."""
    words.edit(
        "dodo.py",
        "from lineage import pipeline\n",
        """\
import os
import signal

from lineage import pipeline
from lineage.dodo.recorder import Recorder

begin = Recorder.begin


def begin_and_interrupt(self, calls, *, executing):
    begin(self, calls, executing=executing)
    os.kill(os.getpid(), signal.SIGTERM)


Recorder.begin = begin_and_interrupt
""",
    )
    words.doit(code=130)
    assert words.status_of_run() == "interrupted"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="finds processes as Linux shows them")
def test_who_reads_may_have_stopped_to(words: Project, watching: Watching) -> None:
    """Ctrl-C also ends one whose output nobody takes any more, so that it is stuck in a line."""
    child = words.start(*LINEAGE, "watch")
    assert child.stdout is not None
    os.set_blocking(child.stdout.fileno(), True)
    with open(f"/proc/{child.pid}/fd/1", "wb", buffering=0) as full:
        os.set_blocking(full.fileno(), False)
        while full.write(b"x" * 4096) is not None:
            pass
        os.set_blocking(full.fileno(), True)
        until(lambda: words.read("executed.txt").count("report"), "no round came")
        time.sleep(1)
        os.kill(child.pid, signal.SIGINT)
        assert child.wait(PATIENCE) == 0
    assert processes_of(words.path) == []
