"""What is executed before a step is, by dodo.py and by other steps: it counts where it changes something."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import Project

FILES = {
    "dodo.py": """\
import settings
from lineage import pipeline
from plug import plugged
from steps import other, train


@pipeline
def p():
    name = plugged("settings")
    rate = train()
    number = other()
""",
    "settings.py": "import json\n\nimport helper\n\nhelper.RATE = 2\nTITLE = json.load(open('title.json'))\n",
    "title.json": '"one"',
    "helper.py": "RATE = 1\n",
    "steps.py": """\
import helper
from lineage import step


@step
def train() -> int:
    return helper.RATE


@step
def other() -> int:
    return 5
""",
    "plug.py": """\
from importlib import import_module

from lineage import step


@step
def plugged(name: str) -> str:
    return import_module(name).TITLE
""",
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "project").write(FILES)
    made.doit()
    assert made.rerun() == {"train": "cached", "other": "cached", "plugged": "cached"}
    return made


def test_what_a_module_that_only_dodo_imports_changes_counts(project: Project) -> None:
    """A constant that settings.py sets in another module, where dodo.py alone imports settings.py."""
    project.edit("settings.py", "RATE = 2", "RATE = 3")
    statuses = project.rerun()
    assert (statuses["train"], statuses["other"]) == ("run", "cached")
    assert project.read(str(project.artifact("p/rate").relative_to(project.path))).strip() == "3"
    assert "settings.py:5" in project.lineage("why", "train", "--run", "last").stdout


def test_what_a_file_decides_that_such_a_module_reads_counts(project: Project) -> None:
    """The constant comes from a file that settings.py reads."""
    project.edit("settings.py", "RATE = 2", "RATE = len(open('rate.txt').read())")
    project.write({"rate.txt": "1234"}).doit()
    project.write({"rate.txt": "123456"})
    statuses = project.rerun()
    assert (statuses["train"], statuses["other"]) == ("run", "cached")


def test_what_others_read_at_import_reruns_no_other_step(project: Project) -> None:
    """A step that imports a module by a computed name makes what the project's modules read no input of other steps."""
    project.edit("settings.py", "helper.RATE = 2\n", "")
    project.doit()
    project.write({"title.json": '"two"'})
    assert project.rerun() == {"train": "cached", "other": "cached", "plugged": "run"}
