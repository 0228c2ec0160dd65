"""A project whose folder of steps is a symbolic link: its code counts statement by statement, as everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import Project

DODO = """\
from lineage import pipeline
from tasks.words import load, size, use


@pipeline
def p():
    x = load()
    y = use(x)
    z = size()
"""

WORDS = """\
from lineage import step
from tasks.helper import FACTOR, Word


@step
def load() -> object:
    return Word()


@step
def use(x: object) -> str:
    return x.text()


@step
def size() -> int:
    return FACTOR
"""

HELPER = """\
FACTOR = 1


class Word:
    def text(self):
        return "a"
"""


@pytest.fixture(params=["inside", "outside"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    """A project whose `tasks` leads to another folder."""
    made = Project(tmp_path / "project").write({"dodo.py": DODO, "title.txt": "1"})
    target = made.path / "sources" if request.param == "inside" else tmp_path / "elsewhere"
    target.mkdir()
    (made.path / "tasks").symlink_to(target)
    made.write({"tasks/__init__.py": "", "tasks/words.py": WORDS, "tasks/helper.py": HELPER})
    made.doit()
    return made


def test_only_what_an_edit_reaches_runs(project: Project) -> None:
    """Neither a comment nor another step's constant reruns a step, and the reason names the statement."""
    assert set(project.rerun().values()) == {"cached"}
    project.edit("tasks/helper.py", "FACTOR = 1", "FACTOR = 2  # twice")
    assert project.rerun() == {"load": "cached", "use": "cached", "size": "run"}
    assert "tasks.helper:FACTOR (tasks/helper.py:1) changed" in project.lineage("why", "size", "--run", "last").stdout
    project.edit("tasks/helper.py", 'return "a"', 'return "b"')
    assert project.rerun()["use"] == "run"
    assert set(project.rerun().values()) == {"cached"}


def test_what_its_modules_read_at_import_counts_for_all_steps(project: Project) -> None:
    """Also for a step that finds the module imported."""
    project.edit("tasks/helper.py", "FACTOR = 1", "FACTOR = int(open('title.txt').read())")
    project.doit()
    project.write({"title.txt": "5"})
    assert project.rerun()["size"] == "run"
    assert project.artifact("p/z").read_text().strip() == "5"


def test_a_plan_knows_who_depends_on_a_file_of_it(project: Project) -> None:
    """By the name that the user sees."""
    told = project.lineage("plan", "--if", "tasks/helper.py").stdout
    assert "FACTOR" in told
    assert "nothing depends" not in told
