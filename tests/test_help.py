"""``doit help TASK``: what a task is, and which words it takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import Project

DODO = '''\
from lineage import pipeline, shell_step
from steps import train, tree

count = shell_step("wc -l {table} > {lines}", outputs=("lines",))


@pipeline
def study(trainer=train, rate=0.5, name="a b"):
    """Study a table.

    The whole of it.
    """
    model = trainer(3, rate=rate)
    lines = count("data.txt")


def task_plain():
    """Do something plain."""
    size = {"name": "size", "long": "size", "default": 1, "type": int, "help": "how many"}
    return {"actions": ["true"], "params": [size]}
'''
STEPS = '''\
from lineage import step

open("imported", "w")


@step
def train(X: int, *rest, rate: float = 0.1) -> float:
    """Train a model.

    By gradient descent,
    slowly.
    """
    return X * rate


@step
def tree(X, rate=1):
    return X
'''


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project").write({"dodo.py": DODO, "steps.py": STEPS, "data.txt": "1\n"})


def test_of_a_step(project: Project) -> None:
    """Its docstring, where it is, and its parameters; its module is only read, and nothing is recorded."""
    assert project.doit("help", "study:trainer").stdout.splitlines() == [
        "study:trainer  Train a model.",
        "",
        "  By gradient descent,",
        "  slowly.",
        "",
        "  step        steps:train (steps.py:7)",
        "  pipeline    study (dodo.py:13)",
        "  parameters  X: int",
        "              *rest",
        "              rate: float = 0.1",
        "  outputs     model",
    ]
    assert not (project.path / "imported").exists()
    assert "command     wc -l {table} > {lines}" in project.doit("help", "study:count").stdout
    assert "steps:tree (steps.py:17)" in project.doit("help", "study:trainer", "trainer=tree").stdout
    assert project.runs() == []


def test_of_a_pipeline(project: Project) -> None:
    """Its slots and parameters with their defaults, and what this command has selected in their place."""
    lines = project.doit("help", "study", "trainer=tree").stdout.splitlines()
    assert lines[:4] == ["study  Study a table.", "", "  The whole of it.", ""]
    assert lines[4:] == [
        "  pipeline    study (dodo.py:7)",
        "  slots       trainer=train  (here tree)",
        "  parameters  rate=0.5",
        "              name='a b'",
        "  steps       study:trainer",
        "              study:count",
    ]


def test_of_all_else_as_doit_has_it(project: Project) -> None:
    """Commands, plain tasks, and where there is no dodo.py; a name that is none of these is an error."""
    assert "--size" in project.doit("help", "plain").stdout
    assert project.doit("help", "run").stdout.startswith("PURPOSE")
    assert "Task Dictionary" in project.doit("help", "task").stdout
    assert project.doit("help").stdout.startswith("doit -- automation tool")
    assert "did you mean 'study:trainer'" in project.doit("help", "study:trainr", code=3).stderr
    (project.path / "empty").mkdir()
    assert project.doit("help", "plain", cwd="empty").stdout.startswith("doit -- automation tool")
