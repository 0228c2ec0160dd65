"""A no-op imports nothing that the steps import, in no process; and what must be imported is imported once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from projects import Project

#: Put on PYTHONPATH: every python that starts says so, and says which heavy package it begins to import.
WITNESS = """\
import os
import sys

HEAVY = {"numpy", "sklearn", "scipy", "pandas", "joblib", "bokeh", "tornado", "jinja2"}


def say(*words):
    descriptor = os.open(os.environ["WITNESS"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(descriptor, (" ".join(map(str, words)) + "\\n").encode())
    os.close(descriptor)


class Witness:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in HEAVY:
            say("imports", name, os.getpid())
        return None


if "WITNESS" in os.environ:
    say("starts", os.path.basename(sys.argv[0] if hasattr(sys, "argv") else "python"), os.getpid())
    os.register_at_fork(after_in_child=lambda: say("forks", os.getppid(), os.getpid()))
    sys.meta_path.insert(0, Witness)
"""


class Watched:
    """A project whose processes tell what they import."""

    def __init__(self, project: Project, folder: Path) -> None:
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(WITNESS)
        self.project = project
        self.book = folder / "witness.txt"
        path = os.pathsep.join(filter(None, [str(folder), project.environment.get("PYTHONPATH")]))
        project.environment |= {"PYTHONPATH": path, "WITNESS": str(self.book)}

    def told(self, *wanted: str) -> list[str]:
        """Return what was told since the last question: the packages imported, each as often as it was."""
        lines = [line.split() for line in self.book.read_text().splitlines()]
        self.book.unlink()
        assert any(words[0] == "starts" for words in lines), "nobody watched"
        return [words[1] for words in lines if words[0] == "imports" and (not wanted or words[1] in wanted)]


@pytest.fixture
def watched(digits: Project, tmp_path: Path) -> Watched:
    """The example, watched, after a first run that really imported what it needs."""
    found = Watched(digits, tmp_path / "witness")
    digits.doit()
    assert {"numpy", "sklearn"} <= set(found.told())
    return found


NO_OPS = [
    ["doit"],
    ["doit", "-n", "2"],
    ["doit", "-n", "2", "-P", "thread"],
    ["doit", "digits:evaluator"],
    ["doit", "list"],
    ["doit", "list", "--all", "--status"],
    ["doit", "list", "--all", "trainer=tree_trainer"],
    ["doit", "info", "digits:trainer"],
    ["doit", "lineage", "runs"],
    ["lineage", "runs"],
    ["lineage", "runs", "--json"],
    ["lineage", "show", "digits/model"],
    ["lineage", "show", "artifacts/digits/X_train.npy"],
    ["lineage", "artifacts"],
    ["lineage", "stack", "describe"],
    ["lineage", "plan"],
    ["lineage", "plan", "--json", "trainer=tree_trainer"],
    ["lineage", "plan", "--if", "tasks/digits.py"],
    ["lineage", "--help"],
]


def test_nothing_to_do_and_every_query_import_nothing_heavy(watched: Watched) -> None:
    """numpy, scikit-learn and what they bring stay unimported in every process that these commands start."""
    for command in NO_OPS:
        done = watched.project.command(*command)
        assert done.code == 0, (command, done)
        assert watched.told() == [], command


def test_swapping_back_imports_nothing_heavy(watched: Watched) -> None:
    """What history gives back needs no step, and so none of its imports."""
    watched.project.doit("trainer=tree_trainer")
    watched.told()
    watched.project.doit()
    assert set(watched.project.statuses().values()) == {"cached"}
    assert watched.told() == []


def test_a_comment_and_a_stale_list_import_nothing_heavy(watched: Watched) -> None:
    """Reading a changed module is not importing it."""
    watched.project.edit("tasks/digits.py", "    X, y = load_digits", "    # all of them\n    X, y = load_digits")
    watched.project.doit()
    assert watched.told() == []
    watched.project.edit("tasks/digits.py", "shuffle=False", "shuffle=True, random_state=0")
    watched.project.doit("list", "--all", "--status")
    watched.project.doit("info", "digits:trainer", code=1)
    watched.project.lineage("plan")
    assert watched.told() == []


def test_a_usage_error_imports_nothing_heavy(watched: Watched) -> None:
    """A mistyped name is refused before anything is imported."""
    watched.project.doit("trainer=tree_traner", code=3)
    watched.project.doit("trainr=tree_trainer", code=3)
    assert watched.told() == []


def test_workers_do_not_each_pay_the_import(digits: Project, tmp_path: Path) -> None:
    """With -n 2 scikit-learn is imported by one process, before the workers are forked."""
    found = Watched(digits, tmp_path / "witness")
    digits.doit("-n", "2")
    assert set(digits.statuses().values()) == {"run"}
    assert found.told("sklearn") == ["sklearn"]


def test_the_off_switch_imports_the_modules(watched: Watched) -> None:
    """LINEAGE_DEFER=0 imports step modules as python does, and changes nothing else."""
    watched.project.doit(env={"LINEAGE_DEFER": "0"})
    assert set(watched.project.statuses().values()) == {"cached"}
    assert {"numpy", "sklearn"} <= set(watched.told())
