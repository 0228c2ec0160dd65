"""Ctrl-C, SIGTERM, SIGHUP, kill -9 in the middle of a step: nothing finished is lost, and the next `doit` goes on."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from forking import heed_signals
from projects import DOIT, PATIENCE, Project, kill, only, wait_for

HOW = {"serial": [], "processes": ["-n", "2"], "threads": ["-n", "2", "-P", "thread"]}
ALL = ("collect", "counter", "report")
AFTER = {"collect": "cached", "counter": "run", "report": "run"}


def release(project: Project) -> None:
    os.remove(project.path.parent / "hold")


@pytest.mark.parametrize("how", HOW.values(), ids=HOW)
@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted(held: Project, how: list[str], with_signal: int) -> None:
    """The run is `interrupted`, its step `failed` for that reason, exit code 130, no traceback; then it goes on."""
    child = held.start(*DOIT, *how)
    wait_for(held.path / "reached", child)
    if "thread" in how:  # a thread cannot be stopped from outside: let it end by itself
        kill(child, with_signal)
        release(held)
    else:
        kill(child, with_signal)
    done = held.finish(child)
    assert done.code == 130
    assert "Traceback" not in done.printed
    assert held.status_of_run() == "interrupted"
    steps = held.steps()
    assert steps["collect"]["status"] == "run"
    assert steps["counter"]["status"] == "failed"
    assert [reason["kind"] for reason in steps["counter"]["reasons"]][-1:] == ["interrupted"]
    assert steps["report"]["status"] in {"skipped", "pending"}
    (held.path.parent / "hold").unlink(missing_ok=True)
    held.executed()
    assert held.rerun() == AFTER
    held.assert_database_intact()


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_doit_alone(held: Project, with_signal: signal.Signals) -> None:
    """A service manager signals only the process it started; its workers end with it."""
    child = held.start(*DOIT, "-n", "2")
    wait_for(held.path / "reached", child)
    os.kill(child.pid, with_signal)
    assert held.finish(child).code == 130
    assert held.status_of_run() == "interrupted"
    release(held)
    assert held.rerun() == AFTER


@pytest.mark.parametrize("how", [HOW["serial"], HOW["processes"]], ids=["serial", "processes"])
def test_killed(held: Project, how: list[str]) -> None:
    """The next reader notices that the process is gone: the run is `lost`, its step `failed`, and `doit` goes on."""
    child = held.start(*DOIT, *how)
    wait_for(held.path / "reached", child)
    assert held.status_of_run() == "running"
    assert held.statuses() == {"collect": "run", "counter": "running", "report": "pending"}
    assert held.runs()[0]["counts"] == {"run": 1, "running": 1, "pending": 1}
    kill(child)
    held.finish(child)
    assert held.status_of_run() == "lost"
    told = held.runs()[0]
    assert told["counts"] == {"run": 1, "failed": 1, "pending": 1}
    assert told["ended"] >= told["started"]
    assert held.lineage("runs").stdout.split()[-6:-2] == ["lost", "1", "0", "1"]
    steps = held.steps()
    assert steps["counter"]["status"] == "failed"
    assert [reason["kind"] for reason in steps["counter"]["reasons"]][-1:] == ["lost"]
    release(held)
    assert held.rerun() == AFTER
    assert [run["status"] for run in held.runs()] == ["lost", "ok"]
    # What a reader told is what was then recorded.
    assert {key: held.runs()[0][key] for key in ("counts", "ended", "seconds", "saved")} == {
        key: told[key] for key in ("counts", "ended", "seconds", "saved")
    }
    held.assert_database_intact()


def test_only_doit_itself_is_killed(held: Project) -> None:
    """Where the workers outlive their doit for a moment, the next `doit` still goes on."""
    child = held.start(*DOIT, "-n", "2")
    wait_for(held.path / "reached", child)
    os.kill(child.pid, signal.SIGKILL)
    child.wait(60)
    assert held.status_of_run() == "lost"
    release(held)
    assert held.rerun(timeout=60)["report"] == "run"
    assert held.rerun() == only("cached", ALL)
    kill(child)


@pytest.mark.parametrize("how", HOW.values(), ids=HOW)
def test_nohup_is_heeded(held: Project, how: list[str]) -> None:
    """Whoever starts doit with SIGHUP ignored wants it to go on."""
    child = held.start("nohup", *DOIT, *how)
    wait_for(held.path / "reached", child)
    kill(child, signal.SIGHUP)
    release(held)
    assert held.finish(child).code == 0
    assert held.status_of_run() == "ok"


@pytest.mark.parametrize("how", HOW.values(), ids=HOW)
def test_a_terminal_that_is_closed(held: Project, how: list[str]) -> None:
    """Its processes get SIGHUP, and nothing can be written to it any more: the run is `interrupted` all the same."""
    ours, its = pty.openpty()
    environment = {**held.environment, "TERM": "xterm"}
    leading = (
        "import os, sys, fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", leading, *DOIT, *how],
        cwd=held.path,
        env=environment,
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
        preexec_fn=heed_signals,
    )
    os.close(its)
    wait_for(held.path / "reached")
    os.close(ours)
    if "thread" in how:
        release(held)
    assert child.wait(PATIENCE) == 130
    assert held.status_of_run() == "interrupted"
    (held.path.parent / "hold").unlink(missing_ok=True)
    assert held.rerun()["report"] == "run"


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_idle_workers_end_without_a_word(held: Project, with_signal: signal.Signals) -> None:
    """A worker that waits for its next step is ended too."""
    held.write({"dodo.py": held.read("dodo.py") + "    short = count_unique(sentence)\n"})
    held.edit("dodo.py", "count, report", "count, count_unique, report")
    child = held.start(*DOIT, "-n", "2")
    wait_for(held.path / "reached", child)
    while "count_unique" not in held.read("executed.txt"):
        time.sleep(0.01)
    time.sleep(0.2)  # the worker says so, and waits
    kill(child, with_signal)
    done = held.finish(child)
    assert done.code == 130
    assert done.stderr == "interrupted\n"


POOL = """\
from multiprocessing import get_context

from lineage import pipeline, step


def square(number):
    return number * number


@step
def pool() -> int:
    with get_context("fork").Pool(4) as workers:  # which are ended with SIGTERM
        return sum(workers.map(square, range(10)))


@pipeline
def pools():
    total = pool()
"""


@pytest.mark.parametrize("how", HOW.values(), ids=HOW)
def test_processes_that_a_step_forks_do_not_have_our_handlers(
    project: Callable[[Mapping[str, str]], Project], how: list[str]
) -> None:
    """A handler in Python runs only when what waits in C has waited: the pool would hang now and then, or complain."""
    pools = project({"dodo.py": POOL.replace("square, range(10)", "square, range(10)")})
    asking = "[signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)]"
    pools.edit(
        "dodo.py", "    return number * number", f"    import signal\n    return {asking} == [signal.SIG_DFL] * 2"
    )
    done = pools.doit(*how, timeout=60)
    assert "Traceback" not in done.printed
    assert pools.artifact("pools/total").read_text().strip() == "10"


FORKED = """\
import os, signal

os.register_at_fork(after_in_child=lambda: os.kill(os.getpid(), signal.SIGTERM))  # before anything of ours

from lineage.dodo.interrupt import take_signals

take_signals([signal.SIGTERM], lambda *_: None)
child = os.fork()
if not child:
    os._exit(0)
ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(ended, signal.SIGTERM in signal.pthread_sigmask(signal.SIG_BLOCK, []))
"""


@pytest.mark.fresh
def test_a_signal_that_comes_while_a_step_forks_is_not_lost(project: Callable[[Mapping[str, str]], Project]) -> None:
    """A pool ends its workers with SIGTERM, also one that has only just begun; it would wait for it for ever."""
    assert project({}).python(FORKED).split() == [str(-signal.SIGTERM), "False"]


SLEEPING = """\
from lineage import pipeline, shell_step

wait = shell_step("mkdir {{out}}; touch {{out}}/half begun; (sleep {seconds}; echo) ; true", ("out",))


@pipeline
def hold():
    x = wait()
"""


def sleeps(seconds: str) -> bool:
    """Say whether a process `sleep SECONDS` runs anywhere."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended just now
            if path.read_bytes() == f"sleep\0{seconds}\0".encode():
                return True
    return False


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


@pytest.mark.parametrize("how", HOW.values(), ids=HOW)
def test_commands_of_shell_steps_do_not_outlive_a_kill(
    project: Callable[[Mapping[str, str]], Project], how: list[str]
) -> None:
    """`kill -9` of doit alone: its guard ends the command with all that it has started; the next run sweeps up."""
    seconds = f"6{list(HOW.values()).index(how)}.25"
    held = project({"dodo.py": SLEEPING.format(seconds=seconds)})
    child = held.start(*DOIT, "run", *how)
    wait_for(held.path / "begun", child)
    wait_until(lambda: sleeps(seconds))
    os.kill(child.pid, signal.SIGKILL)
    held.finish(child)
    wait_until(lambda: not sleeps(seconds))
    work = held.path / ".lineage" / "work"
    assert list(work.glob("*/*/half")) != []
    held.edit("dodo.py", f"touch {{out}}/half begun; (sleep {seconds}; echo)", "true")
    assert held.rerun(*how) == {"wait": "run"}
    assert sorted(path.name for path in work.iterdir() if path.suffix != ".lock") == []


def test_a_worker_that_is_killed_takes_its_command_along(project: Callable[[Mapping[str, str]], Project]) -> None:
    """The step fails, and what it has started does not go on."""
    held = project({"dodo.py": SLEEPING.format(seconds="63.25")})
    child = held.start(*DOIT, "run", "-n", "2")
    wait_for(held.path / "begun", child)
    wait_until(lambda: sleeps("63.25"))
    (worker,) = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
    os.kill(int(worker), signal.SIGKILL)
    assert held.finish(child).code == 1
    wait_until(lambda: not sleeps("63.25"))


def test_a_run_beside_others_sweeps_nothing_of_theirs(project: Callable[[Mapping[str, str]], Project]) -> None:
    """What a running command has written so far stays, whoever begins to work beside it."""
    seconds = "0.01; while [ ! -e go ]; do sleep 0.01; done; sleep 0.01"
    dodo = SLEEPING.format(seconds=seconds) + "    y = other()\n"
    dodo = dodo.replace("@pipeline", 'other = shell_step("echo other > {out}", ("out",))\n\n\n@pipeline')
    held = project({"dodo.py": dodo})
    child = held.start(*DOIT, "run", "hold:wait")
    wait_for(held.path / "begun", child)
    held.doit("hold:other")
    assert list((held.path / ".lineage" / "work").glob("*/*/half")) != []
    held.write({"go": ""})
    assert held.finish(child).code == 0
    assert (held.artifact("hold/x") / "half").exists()


def test_an_interrupt_while_a_class_is_made(project: Callable[[Mapping[str, str]], Project]) -> None:
    """Before 3.12 Python says RuntimeError then, which was told as a defect of lineage."""
    made = project({"dodo.py": _MAKES_A_CLASS})
    assert made.doit(code=130).stderr == "interrupted\n"


_MAKES_A_CLASS = """\
from lineage import pipeline, step


class Attribute:
    def __set_name__(self, owner, name):
        raise KeyboardInterrupt


class Owner:
    attribute = Attribute()


@step
def one() -> int:
    return 1


@pipeline
def small():
    x = one()
"""
