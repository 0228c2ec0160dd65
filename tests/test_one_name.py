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


#: The folder is told by an argument, so that no text says where a step's `util` is.
COMPUTED = 'use("{}")'
LIB = """\
import os
import sys


def use(name: str) -> None:
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), name))
"""
COMPUTED_APART = """\
from lib import use
from lineage import step

use("{folder}")
import util


@step
def {name}() -> str:
    return util.f()
"""


def in_steps(adding: str) -> str:
    """Return a module of steps that each add a folder."""
    return STEPS.format(adding_one=adding.format("one"), adding_two=adding.format("two"))


def computed_apart() -> dict[str, str]:
    """Return the files of two step modules that add their folder through a function of a third one."""
    dodo = DODO.replace("from tasks.s import first, second", "from a import first\nfrom b import second")
    files = {"dodo.py": dodo, "lib.py": LIB}
    for module, folder, name in (("a", "one", "first"), ("b", "two", "second")):
        files[f"{module}.py"] = COMPUTED_APART.format(folder=folder, name=name)
    return files


def started(path: Path, files: dict[str, str]) -> Project:
    """Return a project with two modules `util`."""
    utils = {f"{folder}/util.py": f"def f():\n    return {folder!r}\n" for folder in ("one", "two")}
    return Project(path / "project").write({**utils, **files})


CASES = {
    "inserted by steps": {"dodo.py": DODO, "tasks/s.py": in_steps(INSERTING)},
    "appended by steps": {"dodo.py": DODO, "tasks/s.py": in_steps(APPENDING)},
    "computed by steps": {"dodo.py": DODO, "lib.py": LIB, "tasks/s.py": "from lib import use\n" + in_steps(COMPUTED)},
    "computed by modules": computed_apart(),
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


def test_the_folder_that_comes_first_is_the_one_that_counts(tmp_path: Path) -> None:
    """dodo.py puts a folder before the project's own, in which there is a module of the same name."""
    dodo = 'import os\nimport sys\n\nsys.path.insert(0, os.path.abspath("one"))\n' + DODO
    steps = "import util\nfrom lineage import step\n\n\n@step\ndef {}() -> str:\n    return util.f()\n"
    project = started(tmp_path, {"dodo.py": dodo, "util.py": "def f():\n    return 'root'\n"})
    project.write({"tasks/s.py": steps.format("first") + "\n\n" + steps.format("second").split("step\n\n\n", 1)[1]})
    project.doit()
    project.edit("one/util.py", "'one'", "'one edited'")
    assert set(project.rerun().values()) == {"run"}
    assert project.artifact("p/a").read_text() == "one edited"
    project.edit("util.py", "'root'", "'root edited'")
    assert set(project.rerun().values()) == {"cached"}


def test_a_module_that_a_folder_of_the_project_may_hide_counts_too(tmp_path: Path) -> None:
    """The step puts its folder before the project's own: the file there is imported, and an edit of it is seen."""
    steps = in_steps(INSERTING).replace('"two"', '"one"')
    project = started(tmp_path, {"dodo.py": DODO, "tasks/s.py": steps, "util.py": "def f():\n    return 'root'\n"})
    project.doit()
    assert project.artifact("p/b").read_text() == "one"
    project.edit("one/util.py", "'one'", "'one edited'")
    assert set(project.rerun().values()) == {"run"}
    assert project.artifact("p/b").read_text() == "one edited"


def test_two_packages_with_a_module_of_one_name_are_none_of_this(tmp_path: Path) -> None:
    """``one.util`` and ``two.util`` are two names, also beside a ``util`` of the project and a folder in sys.path."""
    apart = "import os\nimport sys\n\nfrom lineage import step\n\nsys.path.insert(0, os.path.dirname(__file__))\n"
    step = "{}\n\n\n@step\ndef {}() -> str:\n    from {} import util as inside\n\n    return util.f() + inside.f()\n"
    project = started(tmp_path, {"dodo.py": DODO, "util.py": "def f():\n    return 'root '\n"})
    for module, name, folder in (("a", "first", "one"), ("b", "second", "two")):
        project.write({f"{module}.py": apart + step.format("import util", name, folder)})
    dodo = DODO.replace("from tasks.s import first, second", "from a import first\nfrom b import second")
    project.write({"dodo.py": dodo})
    assert set(project.rerun().values()) == {"run"}
    assert [project.artifact(f"p/{name}").read_text() for name in "ab"] == ["root one", "root two"]
