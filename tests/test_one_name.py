"""Two files of one module name, each found through a folder of its own in ``sys.path``: Python keeps one of a name."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import Project

DODO = """\
from lineage import pipeline
from tasks.s import first, second


@pipeline
def p():
    a = first()
    b = second()
"""

#: Each step puts its own folder into sys.path, at one end of it.
STEPS = """\
import os
import sys

from lineage import step

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


@step
def first() -> str:
    {adding_one}
    import util

    return util.f()


@step
def second() -> str:
    {adding_two}
    import util

    return util.f()
"""
INSERTING = 'sys.path.insert(0, os.path.join(ROOT, "{}"))'
APPENDING = 'sys.path.append(os.path.join(ROOT, "{}"))'
#: A step module for each folder; it and what it imports lie there.
APART = """\
import os
import sys

from lineage import step

sys.path.{how}os.path.dirname(os.path.abspath(__file__)))
{top}

@step
def {name}() -> str:
    {inside}
    return util.f()
"""


def apart(how: str, *, late: bool) -> dict[str, str]:
    """Return the files of two folders, each with a step module that adds its folder and imports its `util`."""
    top, inside = ("", "import util\n") if late else ("import util\n", "")
    files = {
        "dodo.py": DODO.replace(
            "from tasks.s import first, second", "from one.s import first\nfrom two.s import second"
        )
    }
    for folder, name in (("one", "first"), ("two", "second")):
        files[f"{folder}/s.py"] = APART.format(how=how, top=top, inside=inside, name=name)
    return files


WAYS = {
    f"{kind}-{end}": STEPS.format(adding_one=adding.format("one"), adding_two=adding.format("two"))
    for kind, end, adding in (("function", "insert", INSERTING), ("function", "append", APPENDING))
}


def started(path: Path, files: dict[str, str]) -> Project:
    """Return a project with two modules `util`."""
    utils = {f"{folder}/util.py": f"def f():\n    return {folder!r}\n" for folder in ("one", "two")}
    return Project(path / "project").write({**utils, **files})


CASES = {
    "inserted by steps": {"dodo.py": DODO, "tasks/s.py": WAYS["function-insert"]},
    "appended by steps": {"dodo.py": DODO, "tasks/s.py": WAYS["function-append"]},
    "inserted by modules": apart("insert(0, ", late=False),
    "appended by modules": apart("append(", late=False),
    "inserted by modules, imported late": apart("insert(0, ", late=True),
    "appended by modules, imported late": apart("append(", late=True),
}


@pytest.mark.parametrize(
    "options", [(), ("-n", "2"), ("-n", "2", "-P", "thread")], ids=["serial", "processes", "threads"]
)
@pytest.mark.parametrize("case", CASES)
def test_a_step_is_never_given_the_module_of_another(tmp_path: Path, case: str, options: tuple[str, ...]) -> None:
    """It makes what it makes alone, or is refused with both files named; then it runs alone, and that is right."""
    project = started(tmp_path, CASES[case])
    done = project.doit("--continue", *options, code=None)
    made = {
        name: project.artifact(f"p/{name}").read_text()
        for name in "ab"
        if list(project.path.glob(f"artifacts/p/{name}.*"))
    }
    assert made.items() <= {"a": "one", "b": "two"}.items(), done.printed
    if done.code:
        assert "Python keeps one module of each name" in done.printed
        assert "one/util.py" in done.printed
        assert "two/util.py" in done.printed
    for task in ("p:first", "p:second"):
        assert project.doit("-s", task).code == 0
    assert [project.artifact(f"p/{name}").read_text() for name in "ab"] == ["one", "two"]


@pytest.mark.parametrize("case", CASES)
def test_an_edit_of_either_file_counts(tmp_path: Path, case: str) -> None:
    """Both steps have run, each alone; then either module changes."""
    project = started(tmp_path, CASES[case])
    for task in ("p:first", "p:second"):
        project.doit("-s", task)
    for folder, task, name in (("two", "p:second", "b"), ("one", "p:first", "a")):
        project.edit(f"{folder}/util.py", repr(folder), repr(folder + " edited"))
        assert project.doit("-s", task).code == 0
        assert project.artifact(f"p/{name}").read_text() == f"{folder} edited"
