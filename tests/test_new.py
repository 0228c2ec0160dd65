"""`lineage new NAME`, whatever the name: a project that its printed command runs, or an error and no change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from projects import DOIT, LINEAGE, WORDS, Project, expect

Write = Callable[[Mapping[str, str]], Project]


def everything(folder: Path) -> dict[str, str | None]:
    """Return all files in a folder with their texts."""
    return {str(path.relative_to(folder)): path.read_text() if path.is_file() else None for path in folder.rglob("*")}


@pytest.mark.parametrize("name", ["my project", "class", "a=b", "-dash", "tü/$(b)/x", "q?u#o%20 t;e'", "."])
def test_an_odd_name_works(project: Write, name: str) -> None:
    """The command that is printed goes to the project and runs it."""
    around = project({})
    told = expect(0, around.command(*LINEAGE, "new", "--", name)).stdout
    (line,) = [line.removeprefix("now: ") for line in told.splitlines() if line.startswith("now: ")]
    assert line.endswith("doit")
    shown = expect(0, around.command("sh", "-c", f"{line} && lineage artifacts")).stdout
    assert "3 run, 0 cached, 0 failed" in shown
    assert "iris/model" in shown
    assert (around.path / name / "README.md").read_text().startswith(f"# {(around.path / name).resolve().name}\n")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "no name for a project"),
        ("  ", "no name for a project"),
        ("two\nlines", "no name for a project"),
        (b"\xff".decode("utf-8", "surrogateescape"), "no name for a project"),
        ("x" * 300, "longer than the file system allows"),
        ("full", "the folder full is not empty"),
        ("hidden", "the folder hidden is not empty"),
        (".", "the folder . is not empty"),
        ("file", "file exists already"),
        ("file/inside", "file is a file"),
        ("dangling", "dangling exists already"),
    ],
)
def test_a_name_that_cannot_be_is_an_error_that_loses_nothing(project: Write, name: str, why: str) -> None:
    """It ends with exit code 3, says why, and leaves all as it was."""
    around = project({"full/dodo.py": "mine", "hidden/.keep": "", "file": "mine"})
    (around.path / "dangling").symlink_to("nowhere")
    before = everything(around.path)
    done = around.lineage("new", name, code=3)
    assert why in done.stderr
    assert "fix:" in done.stderr
    assert everything(around.path) == before


def test_a_name_with_an_equals_sign_needs_no_dashes(project: Write) -> None:
    """`lineage new a=b` makes that folder: what `new` takes is a name, never an assignment."""
    around = project({})
    assert around.lineage("new", "a=b").stdout.endswith("now: cd a=b && doit\n")
    assert around.command(*DOIT, "lineage", "new", "c=d").code == 0
    assert (around.path / "c=d" / "dodo.py").exists()


def test_what_an_option_takes_is_no_assignment(project: Write) -> None:
    """A file to write to and a reason may hold a `=`, wherever the option stands."""
    words = project(WORDS)
    words.doit()
    words.lineage("report", "-o", "k=5.svg")
    assert "<svg" in words.read("k=5.svg")
    assert words.lineage("accept", "words", "-m", "text=same").code == 0
