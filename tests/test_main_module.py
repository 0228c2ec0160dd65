"""Steps that are defined in a script that is run: ``python script.py``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from projects import Project

FILES = {
    "helper.py": "SCALE = 2\n\n\ndef scale(x):\n    return x * SCALE\n",
    "script.py": """\
import helper
from lineage import pipeline, step

OFFSET = 1


@step
def numbers(count: int = 3) -> list:
    return [helper.scale(each) for each in range(count)]


@step
def total(values: list) -> int:
    return sum(values) + OFFSET


@pipeline
def sums():
    values = numbers()
    result = total(values)


if __name__ == "__main__":
    import doit

    doit.run(globals())
""",
}


@pytest.fixture
def script(tmp_path: Path) -> Project:
    """A script that has run once."""
    project = Project(tmp_path / "project").write(FILES)
    run(project)
    return project


def run(project: Project, *args: str) -> dict[str, str]:
    done = project.command(sys.executable, "script.py", *args)
    assert done.code == 0, done.printed
    return project.statuses()


def test_nothing_to_do(script: Project) -> None:
    """A script is its own dodo.py, and is remembered like one."""
    assert run(script) == {"numbers": "cached", "total": "cached"}


def test_a_helper_in_another_module_counts(script: Project) -> None:
    """And taking the edit back brings the old result back."""
    script.edit("helper.py", "SCALE = 2", "SCALE = 30")  # of another size, see the next test
    assert run(script) == {"numbers": "run", "total": "run"}
    script.edit("helper.py", "SCALE = 30", "SCALE = 2")
    assert run(script) == {"numbers": "cached", "total": "cached"}


def test_bytecode_that_python_takes_for_current_is_noticed(script: Project) -> None:
    """Python imports the helper before anybody asks us: of the same second and size, an older one is as good to it."""
    source = script.path / "helper.py"
    before = os.stat(source)
    script.edit("helper.py", "SCALE = 2", "SCALE = 3")
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
    done = script.command(sys.executable, "script.py")
    assert done.code == 1
    assert "step 'numbers' uses helper.py, of which Python has imported an older version" in done.stdout
    assert run(script) == {"numbers": "run", "total": "run"}


def test_a_constant_of_the_script_counts_for_whoever_reads_it(script: Project) -> None:
    """The rest of the script does not."""
    script.edit("script.py", "OFFSET = 1", "OFFSET = 2")
    assert run(script) == {"numbers": "cached", "total": "run"}
    script.edit("script.py", "    import doit\n", "    import doit  # the engine\n\n    print('hello')\n")
    assert run(script) == {"numbers": "cached", "total": "cached"}


def test_in_worker_processes(script: Project) -> None:
    """Workers find the steps of a script."""
    script.edit("script.py", "+ OFFSET", "- OFFSET")
    assert run(script, "-n", "2") == {"numbers": "cached", "total": "run"}


def test_a_step_of_a_script_depends_on_what_it_names(script: Project) -> None:
    """A function of the script itself counts, though the script goes by another name when it runs."""
    script.edit("script.py", "@step\ndef total", "def clean():\n    return 1\n\n\n@step(depends_on=[clean])\ndef total")
    assert run(script) == {"numbers": "cached", "total": "run"}
    assert run(script) == {"numbers": "cached", "total": "cached"}
    script.edit("script.py", "return 1", "return 2")
    assert run(script) == {"numbers": "cached", "total": "run"}
