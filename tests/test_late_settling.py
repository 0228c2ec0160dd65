"""What a shared cache gives to steps that come after something that runs: no byte comes here that nothing needs."""

from __future__ import annotations

import pytest
from projects import Project
from sharing import CACHED, Shared, here, shared

__all__ = ["shared"]

AFTER_A_TASK = {
    "dodo.py": """\
from lineage import pipeline
from steps import evaluator, importer, trainer

@pipeline
def models(scale=2.0):
    X, y = importer("numbers.txt")
    model = trainer(X, y, scale=scale)
    score = evaluator(X, model)

def task_numbers():
    return {"actions": ["echo 3 > numbers.txt"], "targets": ["numbers.txt"]}
"""
}


@pytest.fixture
def after_a_task(shared: Shared) -> Shared:
    """The first step takes a file that a plain task makes, each time."""
    shared.project.write(AFTER_A_TASK)
    shared.project.edit("steps.py", "def importer()", "def importer(numbers: Annotated[Path, File])")
    shared.project.edit(
        "steps.py", "from lineage import step", "from pathlib import Path\nfrom lineage import File, step"
    )
    shared.project.edit("steps.py", "np.arange(1000.0)", "np.arange(1000.0) * int(numbers.read_text())")
    return shared


def lose(shared: Shared, step: str) -> None:
    """Let the place have an object no more, as a lifecycle rule does."""
    shared.place().delete(shared.blob(step))


@pytest.mark.parametrize("how", [(), ("-n", "2"), ("-n", "2", "-P", "thread")], ids=["one", "processes", "threads"])
def test_after_a_plain_task_nothing_comes_that_nothing_needs(after_a_task: Shared, how: tuple[str, ...]) -> None:
    """The steps are looked up when the task is done, and all the same by records only."""
    after_a_task.project.doit()
    other = after_a_task.checkout("other")
    other.doit(*how)
    assert other.statuses() == CACHED
    assert here(other) == []
    other.doit(*how)
    assert other.statuses() == CACHED
    assert here(other) == []


def edited(shared: Shared) -> tuple[Project, dict[str, str]]:
    """Return a checkout whose first step runs again for the same values; all has a key."""
    key = shared.key(shared.project)
    shared.project.doit()
    other = shared.checkout("other")
    other.environment["LINEAGE_TRUST_KEY"] = key
    other.edit("steps.py", "np.arange(1000.0)", "np.arange(1000.0) + 0")
    return other, {output["name"]: output["blob"] for each in shared.records().values() for output in each["outputs"]}


def test_after_a_step_that_gave_the_same_nothing_comes_that_nothing_needs(shared: Shared) -> None:
    """The trainer's model stays where it is, since what takes it need not run either."""
    other, blobs = edited(shared)
    other.doit()
    assert other.statuses() == {**CACHED, "importer": "run"}
    assert set(here(other)) == {blobs["models/X"], blobs["models/y"]}


def test_what_runs_later_gets_its_inputs(shared: Shared) -> None:
    """The evaluator runs, so the model of the cached trainer before it comes here."""
    other, blobs = edited(shared)
    other.edit("model.py", "weight / 2", "weight / 4")
    other.doit()
    assert other.statuses() == {"importer": "run", "trainer": "cached", "evaluator": "run"}
    assert blobs["models/model"] in here(other)


def test_what_is_not_there_any_more_is_made_by_its_step(shared: Shared) -> None:
    """The trainer runs here before the evaluator that needs its model."""
    other, _ = edited(shared)
    lose(shared, "trainer")
    other.edit("model.py", "weight / 2", "weight / 4")
    other.doit()
    assert other.statuses() == {"importer": "run", "trainer": "run", "evaluator": "run"}
    assert other.lineage("fsck").code == 0
