"""`lineage verify`: does a step give the same again, and if not, how far apart and why?"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from projects import Project

from lineage.formats.difference import difference

FILES = {
    "steps/__init__.py": "",
    "steps/chances.py": """\
import os
import random
import time

import numpy as np
from lineage import step, shell_step


@step
def good(n: int = 3) -> np.ndarray:
    return np.arange(n)


@step
def noisy(x: np.ndarray) -> np.ndarray:
    return x + np.random.default_rng().normal(size=len(x))


@step
def drawn() -> float:
    return random.random()


@step
def ordered() -> list:
    return list({"a", "b", "c", "dd", "eee", "f" * 9})


@step
def clock() -> int:
    return time.time_ns()


@step
def outside(x: np.ndarray) -> str:
    with open(os.path.join(os.path.dirname(os.getcwd()), "outside.txt")) as file:
        return file.read()


upper = shell_step("tr a-z A-Z < {text} > {loud}", outputs=("loud",))
""",
    "dodo.py": """\
from lineage import pipeline
from steps.chances import clock, drawn, good, noisy, ordered, outside, upper


@pipeline
def chances():
    x = good()
    y = noisy(x)
    z = drawn()
    s = ordered()
    t = clock()
    o = outside(x)
    u = upper(o)
""",
}


@pytest.fixture
def chances(tmp_path: Path) -> Project:
    """A project with a step for each way not to reproduce, after its first run."""
    (tmp_path / "outside.txt").write_text("one")
    project = Project(tmp_path / "project").write(FILES)
    project.doit()
    return project


def verified(project: Project, *tasks: str, code: int) -> dict[str, dict[str, Any]]:
    done = project.lineage("verify", *(f"chances:{task}" for task in tasks), "--json", code=code)
    found = json.loads(done.stdout)["verified"]
    return {each["task"].partition(":")[2]: each for each in found}


def test_steps_that_reproduce(chances: Project) -> None:
    """A step of Python and a shell command give identical bytes, and the exit code says so."""
    found = verified(chances, "good", "upper", code=0)
    assert {task: each["verdict"] for task, each in found.items()} == {"good": "bytes", "upper": "bytes"}
    printed = chances.lineage("verify", "chances:good").stdout
    assert "✓ chances:good  identical bytes" in printed


def test_the_cause_is_found_by_experiment(chances: Project) -> None:
    """Unseeded generators, the order of sets, the clock: each is told from the others."""
    found = verified(chances, "noisy", "drawn", "ordered", "clock", code=1)
    assert {each["verdict"] for each in found.values()} == {"different"}
    assert "unseeded random generator" in found["noisy"]["cause"]
    assert "unseeded random generator" in found["drawn"]["cause"]
    assert "order of a set" in found["ordered"]["cause"]
    assert "the clock, an id, the order in which threads end" in found["clock"]["cause"]
    assert found["noisy"]["outputs"][0]["difference"]["largest"] > 0


def test_what_changed_around_a_step(chances: Project) -> None:
    """A step that gives the same twice, but not what is recorded, has an input that is not seen."""
    (chances.path.parent / "outside.txt").write_text("two")
    found = verified(chances, "outside", code=1)["outside"]
    assert "something around it has changed" in found["cause"]
    assert "what other steps had left in the process (a global)" in found["cause"]
    assert found["outputs"][0]["difference"]["text"] == "'one' became 'two'"


def test_what_was_accepted_without_running(chances: Project) -> None:
    """A result that was accepted differs because the step does: no chance is looked for."""
    chances.edit("steps/chances.py", "np.arange(n)", "np.arange(n) + 1")
    chances.lineage("accept", "chances:good", "-m", "a trial")
    told = chances.lineage("verify", "chances:good", code=1).stdout
    assert "likely cause: what is recorded was accepted without running: a trial" in told


def test_a_step_that_fails_now(chances: Project) -> None:
    """Its error is told."""
    (chances.path.parent / "outside.txt").unlink()
    found = verified(chances, "outside", code=1)["outside"]
    assert found["verdict"] == "failed"
    assert "FileNotFoundError" in found["cause"]


def test_a_stale_step_cannot_be_verified(chances: Project) -> None:
    """There is nothing that its present code could be compared with."""
    chances.edit("steps/chances.py", "np.arange(n)", "np.arange(n) + 1")
    found = verified(chances, "good", code=1)["good"]
    assert (found["verdict"], "doit" in found["cause"]) == ("unknown", True)


def test_nothing_is_recorded_or_changed(chances: Project) -> None:
    """Every file of the project is what it was."""

    def files() -> dict[Path, tuple[int, int]]:
        stats = {path: path.lstat() for path in sorted(chances.path.rglob("*"))}
        return {path: (stat.st_size, stat.st_mtime_ns) for path, stat in stats.items()}

    chances.lineage("runs")
    before = files()
    verified(chances, "noisy", "good", code=1)
    changed = {path for path, state in files().items() if before.get(path) != state}
    assert {path for path in changed if "metadata.sqlite" not in path.name and path.name != ".lineage"} == set()
    assert len(chances.runs()) == 1


def test_an_unknown_name(chances: Project) -> None:
    """The nearest one is named, with exit code 3."""
    assert "did you mean 'chances:good'" in chances.lineage("verify", "chances:god", code=3).stderr


def _array(**changes: Any) -> np.ndarray:
    array = np.zeros(4)
    array[2] = changes.get("third", 0.0)
    return array


CASES: dict[str, tuple[object, object, str | None]] = {
    "numbers": (2.0, 3.0, "largest difference 1 (relative 0.33)"),
    "equal": ([1, "a", None], [1, "a", None], None),
    "not a number": (math.nan, math.nan, None),
    "an int and a float": (1, 1.0, None),
    "deep": ({"w": [1.0, 2.0]}, {"w": [1.0, 2.5]}, "largest difference 0.5 (relative 0.2) at ['w'][1]"),
    "the largest": ([1.0, 10.0], [1.5, 15.0], "largest difference 5 (relative 0.33) at [1]"),
    "text": ("a", "b", "'a' became 'b'"),
    "kind": ({"a": 1}, {"a": "1"}, "a int became a str at ['a']"),
    "length": ([1], [1, 2], "a list of 1 became one of 2"),
    "keys": ({"a": 1}, {"b": 1}, "the parts of a dict are others, ['a'] among them"),
    "order": ({"a": 1, "b": 2}, {"b": 2, "a": 1}, "the order of a dict differs"),
    "arrays": (_array(), _array(third=0.5), "largest difference 0.5 (relative 1) at [2]"),
    "shapes": (np.zeros(3), np.zeros((3, 1)), "an array (3,) float64 became (3, 1) float64"),
    "missing numbers": (np.array([np.nan, 1]), np.array([np.nan, 1]), None),
    "objects": (
        SimpleNamespace(a=1, b=[2]),
        SimpleNamespace(a=1, b=[4]),
        "largest difference 2 (relative 0.5) at .b[0]",
    ),
    "words in an array": (np.array(["a", "b"]), np.array(["a", "c"]), "1 of 2 elements differ"),
    "sets": ({1, 2}, {1, 3}, "the parts of a set are others, {2} among them"),
}


@pytest.mark.parametrize("name", CASES)
def test_differences(name: str) -> None:
    """The largest difference and its place, or the first thing that differs otherwise."""
    before, after, text = CASES[name]
    found = difference(before, after)
    assert (found and found.text) == text


def test_values_that_contain_themselves() -> None:
    """Comparing ends."""
    make: Callable[[], list[Any]] = lambda: [1]  # noqa: E731
    one, other = make(), make()
    one.append(one)
    other.append(other)
    assert difference(one, other) is None
