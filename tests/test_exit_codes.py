"""The exit codes of the README, each row by a command that ends with it."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Mapping

import pytest
from projects import DOIT, REPOSITORY, Project, kill, wait_for

Making = Callable[[Mapping[str, str]], Project]

STEP = """\
from lineage import pipeline, step


@step
def make(fails: bool = False) -> int:
    if fails:
        raise ValueError("as told")
    return 1


@pipeline
def numbers(fails=False):
    number = make(fails=fails)
"""


def table() -> dict[int, str]:
    """Return the README's table: {code: meaning}."""
    text = (REPOSITORY / "README.md").read_text().partition("## Exit codes")[2].partition("\n## ")[0]
    return {int(code): meaning for code, meaning in re.findall(r"^\| (\d+) \| (.*) \|$", text, re.MULTILINE)}


def done(project: Project) -> int:
    return project.doit(code=None).code


def failed(project: Project) -> int:
    return project.doit("fails=true", code=None).code


def unreadable(project: Project) -> int:
    project.doit()
    (project.path / ".lineage" / "metadata.sqlite").write_bytes(b"no database at all" * 100)
    return project.lineage("runs", code=None).code


def meaningless(project: Project) -> int:
    codes = {project.doit(*words, code=None).code for words in (["numbrs"], ["--jbs", "2"], ["fail=true"])}
    codes.add(project.lineage("rns", code=None).code)
    project.write({"dodo.py": "1 / 0\n"})
    codes.add(project.doit(code=None).code)
    assert len(codes) == 1, codes
    return codes.pop()


def interrupted(project: Project) -> int:
    project.edit("dodo.py", "    return 1\n", "    open('reached', 'w').close()\n    import time\n    time.sleep(60)\n")
    child = project.start(*DOIT)
    wait_for(project.path / "reached", child)
    kill(child, signal.SIGINT)
    return project.finish(child).code


ROWS = {0: done, 1: failed, 2: unreadable, 3: meaningless, 130: interrupted}


def test_the_readme_has_these_rows() -> None:
    """No code is promised that no test ends with, and none is left out."""
    assert set(table()) == set(ROWS)


@pytest.mark.parametrize("code", sorted(ROWS))
def test_a_command_ends_with_each_code(project: Making, code: int) -> None:
    """What the row says happens, and the command ends with its number."""
    assert ROWS[code](project({"dodo.py": STEP})) == code, table()[code]
