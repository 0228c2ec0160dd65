"""Sources that a step executes or starts without importing them by a name: all of them, and what they import, count."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest
from projects import Project

DODO = """\
from lineage import pipeline
from steps import work


@pipeline
def p():
    result = work()
"""

HOW = {
    "a script": 'subprocess.run([sys.executable, "tool/run.py"], capture_output=True, text=True, check=True).stdout',
    "a module": 'subprocess.run([sys.executable, "-m", "tool"], capture_output=True, text=True, check=True).stdout',
    "a shell's command": (
        'subprocess.run(f"{sys.executable} -m tool.run", shell=True, capture_output=True, text=True, check=True).stdout'
    ),
    "in another folder": (
        'subprocess.run([sys.executable, "run.py"], cwd="tool", capture_output=True, text=True, check=True,'
        ' env={**os.environ, "PYTHONPATH": os.getcwd()}).stdout'
    ),
    "os.popen": 'os.popen(f"{sys.executable} tool/run.py").read()',
    "run_path": 'runpy.run_path("tool/run.py")["told"]()',
    "run_module": 'runpy.run_module("tool.run")["told"]()',
    "a file's location": "by_location().told()",
    "exec": 'executed(open("tool/run.py").read())',
    "a pickle that names it": "pickle.loads(b'ctool.run\\ntold\\n.')()",
}

STEPS = """\
import importlib.util
import os
import pickle
import runpy
import subprocess
import sys

from lineage import step


def by_location():
    spec = importlib.util.spec_from_file_location("plugin", os.path.join("tool", "run.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def executed(text):
    names = {"__name__": "script"}
    exec(compile(text, "tool/run.py", "exec"), names)
    return names["told"]()


@step
def work() -> str:
    with open("executed.txt", "a") as file:
        file.write("work\\n")
    return HOW
"""

TOOL = {
    "tool/__init__.py": "",
    "tool/__main__.py": "from tool.run import told\n\nprint(told())\n",
    "tool/run.py": """\
import sys

sys.path.insert(0, ".")
from tool.inner import words


def told():
    from tool.late import end

    return words() + end


if __name__ == "__main__":
    print(told())
""",
    "tool/inner.py": "from tool.deep import WORD\n\n\ndef words():\n    return WORD\n",
    "tool/deep.py": 'WORD = "one"\n',
    "tool/late.py": 'end = "!"\n',
    "tool/other.py": "UNUSED = 1\n",
}


def test_bytecode_that_was_to_be_trusted_is_not_when_its_source_has_changed(
    project: Callable[[dict[str, str]], Project],
) -> None:
    """It was written long after the source; the edit leaves size and time as they were."""
    found = project({"dodo.py": DODO, "steps.py": STEPS.replace("HOW", HOW["a file's location"]), **TOOL})
    time.sleep(2.1)  # bytecode that is written within two seconds is never kept
    found.doit()
    assert list(found.path.glob("tool/__pycache__/run.*.pyc")), "else there is nothing to trust"
    before = (found.path / "tool/run.py").stat()
    found.edit("tool/run.py", "words() + end", "end + words()")
    os.utime(found.path / "tool/run.py", ns=(before.st_atime_ns, before.st_mtime_ns))
    found.doit()
    assert "!one" in found.artifact("p/result").read_text()


@pytest.mark.parametrize("how", HOW)
def test_what_a_program_consists_of_counts(project: Callable[[dict[str, str]], Project], how: str) -> None:
    """The source, and what it imports of the project, wherever the import stands; not what lies beside them."""
    found = project({"dodo.py": DODO, "steps.py": STEPS.replace("HOW", HOW[how]), **TOOL})
    found.doit()
    assert "one!" in found.artifact("p/result").read_text()
    found.executed()
    found.doit()
    assert found.executed() == []
    for name, old, new in [
        ("tool/deep.py", "one", "two"),
        ("tool/late.py", "!", "?"),
        ("tool/run.py", "words() + end", "end + words()"),
    ]:
        before = (found.path / name).stat()
        found.edit(name, old, new)
        # Python would take its bytecode for that of the new source: its size and its time are those of the old one.
        os.utime(found.path / name, ns=(before.st_atime_ns, before.st_mtime_ns))
        found.doit()
        assert found.executed() == ["work"], name
    assert "?two" in found.artifact("p/result").read_text()
    found.edit("tool/other.py", "1", "2")
    found.doit()
    assert found.executed() == []


def test_what_is_imported_by_its_name_counts_as_ever(project: Callable[[dict[str, str]], Project]) -> None:
    """Statement by statement: a comment in a module that a step imports itself reruns nothing."""
    steps = """\
from lineage import step


@step
def work() -> str:
    with open("executed.txt", "a") as file:
        file.write("work\\n")
    from tool.inner import words

    return words()
"""
    found = project({"dodo.py": DODO, "steps.py": steps, **TOOL})
    found.doit()
    found.executed()
    found.edit("tool/inner.py", "def words", "UNUSED = 1  # a comment\n\n\ndef words")
    found.doit()
    assert found.executed() == []
    found.edit("tool/deep.py", "one", "two")
    found.doit()
    assert found.executed() == ["work"]
