"""A new fingerprint scheme: results are carried over where every ingredient is as it was; else it is said why not."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from projects import Project

FILES = {
    "tasks/__init__.py": "",
    "tasks/models.py": """\
class Mean:
    def __init__(self, values):
        self.values = values

    def predict(self):
        return sum(self.values) / len(self.values)
""",
    "tasks/steps.py": """\
import os

import numpy as np
from lineage import step
from tasks.models import Mean


@step
def numbers(count: int = 4) -> np.ndarray:
    return np.arange(count)


@step
def model(values: np.ndarray) -> object:
    return Mean([int(value) for value in values])


@step
def predicted(model: object) -> float:
    return model.predict()


@step
def shifted(value: float) -> float:
    return value + 1
""",
    "dodo.py": """\
from lineage import pipeline
from tasks.steps import model, numbers, predicted, shifted


@pipeline
def means():
    values = numbers()
    fitted = model(values)
    prediction = predicted(fitted)
    result = shifted(prediction)
""",
}
STEPS = ("numbers", "model", "predicted", "shifted")
ALL_CACHED = dict.fromkeys(STEPS, "cached")


def downgrade(project: Project, change: Callable[[sqlite3.Connection], object] | None = None) -> None:
    """Leave what the first scheme would have left: no versions, variables or classes, and other fingerprints."""
    (project.path / ".lineage" / "memory").unlink()
    with sqlite3.connect(project.path / ".lineage" / "metadata.sqlite") as database:
        database.execute("DELETE FROM fingerprint_entry WHERE kind IN ('scheme', 'package', 'env', 'class')")
        rows = database.execute("SELECT fingerprint, position FROM fingerprint_entry ORDER BY 1, 2").fetchall()
        places: dict[str, int] = {}
        for fingerprint, position in rows:
            place = places[fingerprint] = places.get(fingerprint, -1) + 1
            where = "WHERE fingerprint = ? AND position = ?"
            database.execute(f"UPDATE fingerprint_entry SET position = ? {where}", (place, fingerprint, position))
        for table in ("fingerprint_entry", "step_run"):
            database.execute(f"UPDATE {table} SET fingerprint = 'old' || substr(fingerprint, 4)")
        for key, text in database.execute("SELECT av_id, summary FROM artifact_version").fetchall():
            summary = {name: value for name, value in json.loads(text or "{}").items() if name != "refers"}
            database.execute(
                "UPDATE artifact_version SET summary = ?, seal = NULL WHERE av_id = ?", (json.dumps(summary), key)
            )
        if change is not None:
            change(database)
    database.close()


@pytest.fixture
def means(tmp_path: Path) -> Project:
    """A project that has run once."""
    project = Project(tmp_path / "project").write(FILES)
    project.doit()
    return project


def test_nothing_runs_for_a_new_scheme(means: Project) -> None:
    """Every ingredient is as it was, so every result is carried over; and remembered from then on."""
    downgrade(means)
    assert means.rerun() == ALL_CACHED
    assert means.rerun() == ALL_CACHED
    (means.path / ".lineage" / "memory").unlink()
    assert means.rerun() == ALL_CACHED


def test_what_changed_meanwhile_runs(means: Project) -> None:
    """Carrying over is no licence: an edit counts as ever."""
    downgrade(means)
    means.edit("tasks/steps.py", "value + 1", "value + 2")
    assert means.rerun() == ALL_CACHED | {"shifted": "run"}


def test_an_older_state_comes_back_across_schemes(means: Project) -> None:
    """Not only the newest result of a task is carried over."""
    means.edit("tasks/steps.py", "value + 1", "value + 2")
    means.doit()
    downgrade(means)
    means.edit("tasks/steps.py", "value + 2", "value + 1")
    assert means.rerun() == ALL_CACHED


def test_what_the_old_scheme_did_not_see_counts_from_then_on(means: Project) -> None:
    """The classes in artifacts that were carried over are known: a step that calls their methods reruns."""
    downgrade(means)
    means.doit()
    means.edit("tasks/models.py", "/ len(self.values)", "/ (len(self.values) + 1)")
    assert means.rerun()["predicted"] == "run"


def test_a_package_that_had_another_version_then(means: Project) -> None:
    """It is not carried over, and the reason names both versions."""

    def older(database: sqlite3.Connection) -> None:
        (text,) = database.execute("SELECT packages FROM environment").fetchone()
        packages = {**json.loads(text), "numpy": "1.2.3"}
        database.execute("UPDATE environment SET packages = ?", (json.dumps(packages),))

    downgrade(means, older)
    told = means.doit("info", "means:numbers", code=1).stdout
    assert "not carried over: package numpy was 1.2.3 then" in told
    assert means.rerun()["numbers"] == "run"


def test_a_variable_was_not_recorded(tmp_path: Path) -> None:
    """Nobody can tell what it was, so the step runs, and says so."""
    files = dict(FILES)
    files["tasks/steps.py"] = FILES["tasks/steps.py"].replace("value + 1", "value + int(os.environ.get('BY', '1'))")
    project = Project(tmp_path / "project").write(files)
    project.doit()
    downgrade(project)
    assert "not carried over: env BY was not recorded" in project.doit("info", "means:shifted", code=1).stdout
    assert project.rerun() == ALL_CACHED | {"shifted": "run"}
