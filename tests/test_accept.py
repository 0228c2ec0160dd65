"""`lineage accept`: a refactoring that somebody vouches for costs nothing, and its reason stays in the lineage."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import Project

FILES = {
    "tasks/__init__.py": "",
    "tasks/words.py": """\
from lineage import step


@step
def collect(count: int = 3) -> list:
    return ["a"] * count


@step
def joined(words: list) -> str:
    return "".join(words)


@step
def shout(text: str) -> str:
    return text.upper()
""",
    "dodo.py": """\
from lineage import pipeline
from tasks.words import collect, joined, shout


@pipeline
def words(count=3):
    parts = collect(count)
    text = joined(parts)
    loud = shout(text)
""",
}
ALL_CACHED = dict.fromkeys(("collect", "joined", "shout"), "cached")


@pytest.fixture
def words(tmp_path: Path) -> Project:
    """A project that has run once, and whose second step has then been rewritten."""
    project = Project(tmp_path / "project").write(FILES)
    project.doit()
    project.edit(
        "tasks/words.py",
        'return "".join(words)',
        'text = ""\n    for word in words:\n        text += word\n    return text',
    )
    return project


def test_an_accepted_step_does_not_run(words: Project) -> None:
    """Everything is up to date afterwards, and the reason stands in the lineage of the artifact."""
    done = words.lineage("accept", "words:joined", "-m", "same thing, plainer")
    assert "✓ words:joined  accepted: same thing, plainer" in done.stdout
    assert words.rerun() == ALL_CACHED
    assert "same thing, plainer" in words.lineage("show", "words/text").stdout
    assert "same thing, plainer" in words.lineage("show", "words/text", "--json").stdout


def test_what_is_not_accepted_runs(words: Project) -> None:
    """The control: without the command the step is stale."""
    assert words.rerun() == ALL_CACHED | {"joined": "run"}


def test_the_old_trace_stays(words: Project) -> None:
    """Taking the edit back finds the old result; making it again the accepted one."""
    new = words.read("tasks/words.py")
    words.lineage("accept", "words", "-m", "fine")
    words.write(FILES)
    assert words.rerun() == ALL_CACHED
    words.write({"tasks/words.py": new})
    assert words.rerun() == ALL_CACHED


def test_nothing_to_accept(words: Project) -> None:
    """A step that is up to date is said to be."""
    assert "= words:collect  up to date" in words.lineage("accept", "words:collect", "-m", "x").stdout


def test_a_step_without_outputs_cannot_be_accepted(tmp_path: Path) -> None:
    """Nothing was put out: exit code 1, and the cause."""
    project = Project(tmp_path / "project").write(FILES)
    done = project.lineage("accept", "words:collect", "-m", "x", code=1)
    assert "has put nothing out yet" in done.stdout


def test_upstream_comes_first(words: Project) -> None:
    """A step whose inputs are not up to date is refused; the whole pipeline is accepted in order."""
    words.edit("tasks/words.py", '["a"] * count', 'list("a" * count)')
    done = words.lineage("accept", "words:joined", "-m", "x", code=1)
    assert "words:collect, which it takes artifacts from, is not up to date" in done.stdout
    words.lineage("accept", "words", "-m", "x")
    assert words.rerun() == ALL_CACHED


def test_a_damaged_artifact_is_not_accepted(words: Project) -> None:
    """What is not there any more cannot be vouched for."""
    words.stored("words/text").unlink()
    assert "missing or damaged" in words.lineage("accept", "words:joined", "-m", "x", code=1).stdout


def test_a_message_is_required(words: Project) -> None:
    """The reason is the point of it."""
    assert "-m" in words.lineage("accept", "words:joined", code=3).stderr


def test_parameters_of_the_command_line(words: Project) -> None:
    """`name=value` words select the state that is accepted."""
    words.lineage("accept", "words:collect", "count=4", "-m", "the count is only shown", code=0)
    assert words.rerun("count=4")["collect"] == "cached"
