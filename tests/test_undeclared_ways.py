"""Reads in ways that hardly anybody uses are seen too, and count from then on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from projects import Project

Write = Callable[[Mapping[str, str]], Project]

STEPS = '''\
import linecache
import os

from lineage import step


@step
def lines() -> str:
    """Read by a function that tracebacks use."""
    return "".join(linecache.getlines("data/" + "x.txt"))


@step
def line() -> str:
    """Read one line so."""
    return linecache.getline("data/" + "x.txt", 1)


@step
def variable() -> str:
    """Ask for a variable as bytes."""
    return os.getenvb("MO".encode() + b"DE").decode()


@step
def names() -> list:
    """List a folder that is open."""
    folder = os.open("data", os.O_RDONLY)
    try:
        return sorted(os.listdir(folder))
    finally:
        os.close(folder)


@step
def below() -> list:
    """Walk through folders that are open."""
    return [sorted(files) for _, _, files, _ in os.fwalk("data")]
'''

DODO = """\
from lineage import pipeline
from steps import below, line, lines, names, variable


@pipeline
def ways():
    a = lines()
    b = variable()
    c = names()
    d = below()
    e = line()
"""


def ran(project: Project) -> set[str]:
    """Run, and return which steps were executed."""
    printed = project.doit().stdout.splitlines()
    return {words[1].removeprefix("ways:") for words in map(str.split, printed) if words and words[0] == "✓"}


@pytest.fixture
def ways(project: Write) -> Project:
    """Return a project whose steps have run, each of which reads in a way of its own."""
    made = project({"dodo.py": DODO, "steps.py": STEPS, "data/x.txt": "1\n"})
    made.environment["MODE"] = "a"
    assert ran(made) == {"lines", "line", "variable", "names", "below"}
    assert ran(made) == set()
    return made


def test_a_file_that_is_read_line_by_line(ways: Project) -> None:
    """linecache reads source for tracebacks, and whatever a step asks it for."""
    ways.write({"data/x.txt": "2\n"})
    assert ran(ways) == {"lines", "line"}
    assert ways.artifact("ways/e").read_text() == "2\n"


def test_a_variable_that_is_asked_for_as_bytes(ways: Project) -> None:
    """os.getenvb is os.getenv."""
    ways.environment["MODE"] = "b"
    assert ran(ways) == {"variable"}


def test_a_folder_that_is_listed_by_its_descriptor(ways: Project) -> None:
    """What is open has a name, and so os.fwalk is os.walk."""
    ways.write({"data/y.txt": ""})
    assert ran(ways) == {"names", "below"}
