"""Ctrl-C, SIGTERM and kill -9 in the middle of a step: nothing finished is lost, and the next `doit` goes on."""

from __future__ import annotations

import os
import signal

import pytest
from projects import DOIT, Project, kill, only, wait_for

HOW = {"serial": [], "processes": ["-n", "2"], "threads": ["-n", "2", "-P", "thread"]}
ALL = ("collect", "counter", "report")
AFTER = {"collect": "cached", "counter": "run", "report": "run"}


def release(project: Project) -> None:
    os.remove(project.path / "hold")


@pytest.mark.parametrize("how", HOW.values(), ids=HOW)
@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM])
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
    (held.path / "hold").unlink(missing_ok=True)
    held.executed()
    assert held.rerun() == AFTER
    held.assert_database_intact()


def test_sigterm_to_doit_alone(held: Project) -> None:
    """A service manager signals only the process it started; its workers end with it."""
    child = held.start(*DOIT, "-n", "2")
    wait_for(held.path / "reached", child)
    os.kill(child.pid, signal.SIGTERM)
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
