"""Steps of one name in different modules, where the same code decides what they make."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from projects import Project

DODO = """\
import one
import two
from lineage import pipeline


@pipeline
def p():
    first = one.train(2)
    second = two.train(2)
"""

CALLING = """\
from lineage import step

import {other}


@step
def train(depth: int) -> list:
    return [{own!r}, {other}.train(depth - 1)] if depth else []
"""

COMPUTED = """\
from importlib import import_module

from lineage import step


@step
def train(depth: int) -> list:
    return [{own!r}, import_module(f"{{'{other}'}}").__name__]
"""

NESTED = """\
from lineage import step

import {other}


def make_{own}():
    @step
    def train(depth: int) -> list:
        return [{own!r}, depth and {other}.train(depth - 1)]

    return train


train = make_{own}()
"""


@pytest.mark.parametrize("text", [CALLING, COMPUTED, NESTED], ids=["calling", "computed", "nested"])
def test_each_step_makes_what_its_own_body_says(tmp_path: Path, text: str) -> None:
    """Neither is given the other's result, although the statements that they reach are the same."""
    project = Project(tmp_path / "project").write({"dodo.py": DODO})
    project.write({"one.py": text.format(own="one", other="two"), "two.py": text.format(own="two", other="one")})
    project.doit()
    assert json.loads(project.artifact("p/first").read_text())[0] == "one"
    assert json.loads(project.artifact("p/second").read_text())[0] == "two"
    assert set(project.rerun().values()) == {"cached"}
