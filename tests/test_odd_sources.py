"""Source files that are broken, odd or huge: a clear message or a rerun, never a crash or a stale result."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from projects import Project

FILES = {
    "dodo.py": """\
from lineage import pipeline
from tasks.steps import make, train


@pipeline
def p(n=3):
    data = make(n)
    model = train(data)
""",
    "tasks/__init__.py": "",
    "tasks/steps.py": """\
from lineage import step
from tasks import helper


@step
def make(n: int) -> list:
    return list(range(n))


@step
def train(data: list) -> float:
    return helper.scale(sum(data))
""",
    "tasks/helper.py": "def scale(x):\n    return x * 2.0\n",
}
HELPER = "tasks/helper.py"

#: What Python cannot import, and what the user is told of it.
BROKEN: dict[str, tuple[bytes | None, str]] = {
    "syntax error": (b"def scale(x:\n", "SyntaxError: '(' was never closed  tasks/helper.py:1"),
    "not in UTF-8": (b'NAME = "\xe9"\ndef scale(x):\n    return x\n', "can't decode byte 0xe9"),
    "null byte": (b"def scale(x):\0\n    return x\n", "null bytes  tasks/helper.py:1"),
    "nested too deeply": (b"def scale(x):\n    return x + " + b" + ".join([b"1"] * 6000) + b"\n", "too deeply nested"),
    "unknown encoding": (b"# coding: klingon\ndef scale(x):\n    return x\n", "unknown encoding"),
    "gone": (None, "ImportError: cannot import name 'helper'"),
    "cut in the middle": (b"def scale(x):\n    return x * \\", "unexpected EOF"),
}

#: What Python can import though it is odd, with what it makes of 3.
ODD: dict[str, tuple[bytes, str]] = {
    "Latin-1": ('# coding: latin-1\nNAME = "\xe9"\ndef scale(x):\n    return x * len(NAME)\n'.encode("latin-1"), "3"),
    "byte order mark": (b"\xef\xbb\xbfdef scale(x):\n    return x * 3.0\n", "9.0"),
    "tabs and form feeds": (b"def scale(x):\n\treturn x\n        # c\n\x0c\ndef g():\n    pass\n", "3"),
    "a long chain of cases": (
        b"def scale(x):\n    if x == 0:\n        return 0\n"
        + b"".join(b"    elif x == -%d:\n        return %d\n" % (n, n) for n in range(1, 1500))
        + b"    return 7\n",
        "7",
    ),
    "five thousand lines": (
        b"def scale(x):\n    return f0(x)\n"
        + b"".join(b"def f%d(x):\n    return f%d(x)\n" % (n, n + 1) for n in range(800))
        + b"".join(b"def f%d(x):\n    return x\n" % n for n in range(800, 2500)),
        "3",
    ),
}


@pytest.fixture
def done(project: Callable[..., Project]) -> Project:
    """Two steps, the second with a helper in another module, after the first `doit`."""
    found = project(FILES)
    found.doit()
    return found


def put(project: Project, content: bytes | None) -> None:
    path = project.path / HELPER
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_imported_fails_the_step_that_needs_it(done: Project, name: str) -> None:
    """With the user's file and line; every command that asks answers; and all is cached when it is mended."""
    content, told = BROKEN[name]
    before = (done.path / HELPER).read_bytes()
    put(done, content)
    result = done.doit(code=1)
    assert told in result.stdout
    assert "defect" not in result.stdout + result.stderr
    assert done.steps()["make"]["status"] == "cached"
    for words in (["why", "p:train"], ["plan"], ["plan", "--json"], ["runs"], ["show", "p/model"]):
        done.lineage(*words)
    done.lineage("plan", "-q", code=1)
    done.doit("list", "--all", "--status")
    done.doit("info", "p:train", code=1)
    (done.path / HELPER).write_bytes(before)
    assert done.rerun() == {"make": "cached", "train": "cached"}


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_counts_as_any_other_code(done: Project, name: str) -> None:
    """It runs once, an appended comment reruns nothing, and another number in it does."""
    content, value = ODD[name]
    put(done, content)
    assert done.rerun() == {"make": "cached", "train": "run"}
    assert (done.path / "artifacts" / "p" / "model.json").read_text().strip() == value
    put(done, content + b"# a comment\n")
    assert done.rerun() == {"make": "cached", "train": "cached"}
    put(done, content + b"def scale(x):\n    return 5\n")
    assert done.rerun() == {"make": "cached", "train": "run"}


def test_other_line_ends_change_nothing(done: Project) -> None:
    """A checkout on Windows, or one with `autocrlf`."""
    for path in (done.path / "tasks").glob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert done.rerun() == {"make": "cached", "train": "cached"}


def test_a_broken_file_that_no_step_reaches_changes_nothing(done: Project) -> None:
    done.write({"tasks/draft.py": "def (\n"})
    assert done.rerun() == {"make": "cached", "train": "cached"}


def test_modules_that_import_each_other(done: Project) -> None:
    """A constant on the other side of the circle counts, and comes back from history."""
    done.write(
        {
            "tasks/a.py": "from tasks import b\nX = 1\ndef fa(x):\n    return b.fb(x)\n",
            "tasks/b.py": "from tasks import a\ndef fb(x):\n    return x * a.X\n",
            HELPER: "from tasks import a\ndef scale(x):\n    return a.fa(x)\n",
        }
    )
    assert done.rerun() == {"make": "cached", "train": "run"}
    done.edit("tasks/a.py", "X = 1", "X = 5")
    assert done.rerun() == {"make": "cached", "train": "run"}
    done.edit("tasks/a.py", "X = 5", "X = 1")
    assert done.rerun() == {"make": "cached", "train": "cached"}


def test_a_file_that_vanishes_while_its_step_runs(done: Project) -> None:
    """The step fails, or its result is not taken for one of the code that is there now."""
    vanishing = "import os\n\n\ndef scale(x):\n    os.remove(__file__)\n    return x * 4.0\n"
    done.write({HELPER: vanishing})
    done.doit(code=None)
    assert not (done.path / HELPER).exists()
    done.doit(code=1)
    done.write({HELPER: FILES[HELPER]})
    assert done.rerun() == {"make": "cached", "train": "cached"}


def test_a_link_that_leads_to_itself(done: Project) -> None:
    path: Path = done.path / HELPER
    path.unlink()
    os.symlink("helper.py", path)
    assert "cannot import name 'helper'" in done.doit(code=1).stdout
