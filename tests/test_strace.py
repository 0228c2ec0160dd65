"""``doit strace`` of a plain task that depends on steps."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from projects import Project

DODO = """\
from lineage import pipeline, step


@step
def make() -> int:
    return 1


@pipeline
def p():
    a = make()


def task_report():
    return {"task_dep": ["p"], "file_dep": ["artifacts/p/a.json"], "actions": ["cat artifacts/p/a.json"]}


def task_alone():
    return {"actions": ["cat data.txt"]}
"""


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_it_traces_a_task_whose_steps_are_up_to_date(tmp_path: Path) -> None:
    """It runs no step: one that is stale is named, and a step itself is no task for it."""
    project = Project(tmp_path / "project").write({"dodo.py": DODO, "data.txt": "1\n"})
    assert ".  alone" in project.doit("strace", "alone").stdout
    assert "'report' depends on p:make, which has to run first" in project.doit("strace", "report", code=3).stderr
    project.doit()
    assert ".  report" in project.doit("strace", "report").stdout
    project.edit("dodo.py", "return 1", "return 2")
    assert "p:make, which has to run first" in project.doit("strace", "report", code=3).stderr
    assert "is no plain task" in project.doit("strace", "p:make", code=3).stderr
    assert len(project.runs()) == 1
