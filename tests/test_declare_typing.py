from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

STEPS = '''
from __future__ import annotations

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

train = shell_step("cp {a} {b}", outputs=("b",))
'''

DODO = """
from __future__ import annotations

from collections.abc import Callable

from lineage import History, Step, load, pipeline
from tasks import Model, evaluator, importer, trainer


@pipeline
def digits(fit: Callable[[list[float], list[int]], Model] = trainer, test_size: float = 0.2) -> None:
    X_train, y_train = importer(test_size=test_size)
    model = fit(X_train, y_train)
    accuracy = evaluator(model)
    reveal_type(X_train)
    reveal_type(trainer(X_train, y_train))
    reveal_type(accuracy)


@pipeline
def slots(fit: Step[..., Model] = trainer) -> None:
    digits(fit)
"""

WRONG = """
from lineage import setp, step
from tasks import importer, trainer

importer("x")
trainer([1.0])
a, b, c = importer()
step(verison="1")
"""


def mypy(folder: Path, name: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", name],
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
    assert [line.rpartition("type is ")[2] for line in found] == ['"list[float]"', '"tasks.Model"', '"float"']
    found = [line.partition(": error: ")[2] for line in mypy(tmp_path, "wrong.py") if line.startswith("wrong")]
    for part in (
        'no attribute "setp"',
        '"str"; expected "float"',
        "Missing positional argument",
        "Need more than",
        "verison",
    ):
        assert any(part.lower() in line.lower() for line in found), (part, found)
