from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

STEPS = '''
from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, NamedTuple

from lineage import File, shell_step, step


class Digits(NamedTuple):
    X_train: list[float]
    y_train: list[int]


class Model:
    depth: int = 1


@step
def importer(test_size: float = 0.2, data: Annotated[Path, File] = Path("x.csv")) -> Digits:
    """Load."""
    return Digits([test_size], [1])


@step(version="2")
def trainer(X_train: list[float], y_train: list[int], gamma: float = 0.001) -> Model:
    return Model()


@step
def evaluator(model: Model) -> float:
    return 1.0

train = shell_step("cp {a} {b}", outputs=("b",), version="2", depends_on=["x.sql"], env=["MODE"], cache=False)


@step(
    version="2",
    depends_on=[Model, Model.__init__, train, json, Path("x.sql"), "configs/*.json"],
    ignore=["log"],
    env={"MODE": "show", "TOKEN": "hide", "HOME": "ignore"},
    packages={"torch": "count", "numpy": "ignore"},
    cache=False,
)
def optioned(depth: int) -> Model:
    return Model()


@step(depends_on="x.sql", ignore="log", env=("MODE",), packages=False)
def briefly(depth: int) -> Model:
    return Model()
'''

DODO = """
from __future__ import annotations

from collections.abc import Callable

from lineage import History, Step, load, pipeline
from tasks import Model, briefly, evaluator, importer, optioned, trainer


@pipeline
def digits(fit: Callable[[list[float], list[int]], Model] = trainer, test_size: float = 0.2) -> None:
    X_train, y_train = importer(test_size=test_size)
    model = fit(X_train, y_train)
    accuracy = evaluator(model)
    reveal_type(X_train)
    reveal_type(trainer(X_train, y_train))
    reveal_type(accuracy)
    reveal_type(briefly(optioned(1).depth))


@pipeline
def slots(fit: Step[..., Model] = trainer) -> None:
    digits(fit)
"""

WRONG = """
from lineage import setp, shell_step, step
from tasks import importer, trainer

importer("x")
trainer([1.0])
a, b, c = importer()
step(verison="1")
shell_step("cp {a} {b}", ignore=["log"])
"""

OPTIONS = """\
from lineage import shell_step, step
step(version="2", depends_on=[step, "x"], ignore=("log",), env="A", packages={"numpy": "ignore"}, cache=False)
shell_step("cp {a} b", version="2", depends_on=[step, "x"], env="A", cache=False)
step(version=2)
step(depends_on=[3])
step(ignore=[step])
step(env={"MODE": "shwo"})
step(packages={"numpy": ">=2"})
step(cache="no")
shell_step("cp {a} b", version=2)
shell_step("cp {a} b", depends_on=3)
shell_step("cp {a} b", env=["MODE", 3])
shell_step("cp {a} b", cache="no")
shell_step("cp {a} b", packages=False)
"""


def mypy(folder: Path, name: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", folder.parent / "mypy", name],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return done.stdout.splitlines()


def test_a_users_page_is_strictly_typed(tmp_path: Path) -> None:
    """A step has the types of its function for mypy --strict: mistakes are found, and what is right passes."""
    pytest.importorskip("mypy")
    (tmp_path / "tasks.py").write_text(STEPS)
    (tmp_path / "dodo.py").write_text(DODO)
    (tmp_path / "wrong.py").write_text(WRONG)
    found = [line for line in mypy(tmp_path, "dodo.py") if line.startswith(("dodo", "tasks"))]
    assert [line.rpartition("type is ")[2] for line in found] == [
        '"list[float]"',
        '"tasks.Model"',
        '"float"',
        '"tasks.Model"',
    ]
    found = [line.partition(": error: ")[2] for line in mypy(tmp_path, "wrong.py") if line.startswith("wrong")]
    for part in (
        'no attribute "setp"',
        '"str"; expected "float"',
        "Missing positional argument",
        "Need more than",
        "verison",
        'Unexpected keyword argument "ignore" for "shell_step"',
    ):
        assert any(part.lower() in line.lower() for line in found), (part, found)


def test_each_option_of_a_step_has_its_type(tmp_path: Path) -> None:
    """A value that an option cannot have is an error in its line."""
    pytest.importorskip("mypy")
    (tmp_path / "options.py").write_text(OPTIONS)
    found = [int(line.split(":")[1]) for line in mypy(tmp_path, "options.py") if ": error: " in line]
    assert sorted(set(found)) == list(range(4, len(OPTIONS.splitlines()) + 1))
