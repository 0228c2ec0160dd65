"""How options of steps are read: from source and while a module is executed alike, and what is wrong with them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from written import Written, both, read, written

from lineage.declare.deferred import DeferredModule
from lineage.errors import DeclarationError
from lineage.execute.declared import expand, matches
from lineage.fingerprint.cuts import Cuts

__all__ = ["both", "read", "written"]

HELPERS = """
QUERY = "q.sql"

def clean(x):
    return x

class Model:
    def fit(self): ...
"""
MODULE = """
import os
from functools import partial
import tasks.helpers
from tasks import helpers
from tasks.helpers import Model, QUERY, clean as tidy

TWO = "2"
QUIET = ["log", "plots.*"]
PLACES: tuple[str, ...] = ("b.sql", "a.sql")
MODES = {"MODE": "show"}
CHANGED = ["A"]
CHANGED.append("B")

def own(x): ...

bound = partial(own, 1)

@step
def other(): ...

copy = shell_step("cp {a} {b}", outputs="b")

"""

# What is written, what it says, and whether it can be read without importing the module.
OPTIONS: list[tuple[str, dict[str, Any], bool]] = [
    ("", {}, True),
    ("version=None, depends_on=None, ignore=[], env={}, packages=None, cache=True", {}, True),
    ("version='2'", {"version": "2"}, True),
    ("version=TWO", {"version": "2"}, True),
    ("version=TWO + '.1'", {"version": "2.1"}, True),
    ("version=str(2)", {"version": "2"}, False),
    ("depends_on=own", {"depends_on": (("code", "tasks.a:own"),)}, True),
    ("depends_on='b.sql'", {"depends_on": (("file", "b.sql"),)}, True),
    ("depends_on=[Path('b.sql')]", {"depends_on": (("file", "b.sql"),)}, True),
    ("depends_on=[Path('b') / 'sql']", {"depends_on": (("file", "b/sql"),)}, False),
    ("depends_on=PLACES", {"depends_on": (("file", "a.sql"), ("file", "b.sql"))}, True),
    ("depends_on=[TWO, *PLACES][:1]", {"depends_on": (("file", "2"),)}, False),
    (
        "depends_on=[TWO, *PLACES, own]",
        {"depends_on": (("code", "tasks.a:own"), ("file", "2"), ("file", "a.sql"), ("file", "b.sql"))},
        True,
    ),
    ("depends_on=[helpers]", {"depends_on": (("code", "tasks.helpers:"),)}, True),
    ("depends_on=[tasks.helpers.clean]", {"depends_on": (("code", "tasks.helpers:clean"),)}, True),
    (
        "depends_on=(tidy, Model)",
        {"depends_on": (("code", "tasks.helpers:Model"), ("code", "tasks.helpers:clean"))},
        True,
    ),
    ("depends_on=[Model.fit]", {"depends_on": (("code", "tasks.helpers:Model.fit"),)}, True),
    ("depends_on=[other, copy]", {"depends_on": (("code", "tasks.a:copy"), ("code", "tasks.a:other"))}, True),
    ("depends_on=[QUERY]", {"depends_on": (("file", "q.sql"),)}, False),
    ("depends_on=[bound]", {"depends_on": (("code", "tasks.a:bound"),)}, False),
    ("depends_on=[os.path.join]", {"depends_on": (("code", "posixpath:join"),)}, False),
    ("ignore='log'", {"ignore": ("log",)}, True),
    ("ignore=QUIET", {"ignore": ("log", "plots.*")}, True),
    ("ignore=['tasks.debug:show', *QUIET]", {"ignore": ("log", "plots.*", "tasks.debug:show")}, True),
    ("ignore=CHANGED", {"ignore": ("A", "B")}, False),
    ("env='MODE'", {"env": {"MODE": "hide"}}, True),
    ("env={'B', 'A'}", {"env": {"A": "hide", "B": "hide"}}, True),
    ("env=MODES", {"env": {"MODE": "show"}}, True),
    ("env={**MODES, 'HOME': 'ignore'}", {"env": {"HOME": "ignore", "MODE": "show"}}, True),
    ("env=dict(A='show')", {"env": {"A": "show"}}, False),
    ("packages=False", {"packages": False}, True),
    ("packages=True", {}, True),
    ("packages=['torch']", {"packages": {"torch": "count"}}, True),
    ("packages={'numpy': 'ignore'}", {"packages": {"numpy": "ignore"}}, True),
    ("cache=False", {"cache": False}, True),
    ("**{'cache': False}", {"cache": False}, False),
]


@pytest.mark.parametrize(("text", "options", "is_read"), OPTIONS, ids=[one[0] for one in OPTIONS])
def test_options_are_the_same_read_or_imported(both: Written, text: str, options: object, is_read: bool) -> None:
    """What can be told by reading is told by reading, and what an import says is the same."""
    both.steps("tasks/helpers.py", HELPERS)
    both.steps("tasks/a.py", f"{MODULE}@step({text})\ndef f(): ...\n")
    found = both.module("tasks.a").f.reading(both.project).spec
    if deferring(both):
        assert (type(sys.modules["tasks.a"]) is DeferredModule) == is_read
    assert found.options == options
    assert list(found.options) == list(options)  # type: ignore[call-overload]


def deferring(project: Written) -> bool:
    project.steps("tasks/probe.py", "@step\ndef f(): ...\n")
    return type(project.module("tasks.probe")) is DeferredModule


@pytest.mark.parametrize(("text", "options", "is_read"), OPTIONS, ids=[one[0] for one in OPTIONS])
def test_what_is_read_is_what_the_decorator_was_given(
    written: Written, text: str, options: object, is_read: bool
) -> None:
    """The two ways to the one form do not differ, but for the module of a name that was imported."""
    written.steps("tasks/helpers.py", HELPERS)
    written.steps("tasks/a.py", f"{MODULE}@step({text})\ndef f(): ...\n")
    given = written.module("tasks.a").f.options
    told = dict(options)  # type: ignore[call-overload]
    for name in {"depends_on"} & {*given, *told}:
        resolved = {*given.pop(name)}, {*told.pop(name)}
        assert {what for what, _ in resolved[0]} == {what for what, _ in resolved[1]}
        assert len(resolved[0]) == len(resolved[1])
    assert given == told


def test_a_shell_step_has_the_same_options_read_or_imported(both: Written) -> None:
    """All but those on Python code and packages that a command does not import."""
    both.steps(
        "tasks/a.py",
        "def own(): ...\nA = ['x.sql']\n"
        "copy = shell_step('cp x {b}', 'b', version='2', depends_on=[*A, own], env=['MODE'], cache=False)\n",
    )
    assert both.module("tasks.a").copy.reading(both.project).spec.options == {
        "version": "2",
        "depends_on": (("code", "tasks.a:own"), ("file", "x.sql")),
        "env": {"MODE": "hide"},
        "cache": False,
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ignroe=['log']", "a step has no option 'ignroe' (did you mean 'ignore'?) (tasks/a.py:"),
        ("retries=3", "fix: options of step: version, depends_on, ignore, env, packages, cache"),
        ("version=2", 'write version="2"'),
        ("cache='no'", "option 'cache' of a step is 'no' (tasks/a.py:"),
        ("cache=0", "write cache=False"),
        ("ignore=3", 'write ignore=["log", "plots.*"]'),
        ("ignore=[own]", 'write ignore=["own"]: the name, as text'),
        ("ignore=['']", "it names code that does not count"),
        ("env=['A=b']", "'A=b' is no name of a variable"),
        ("env={'A': 'shwo'}", "'A' is 'shwo' (did you mean 'show'?)"),
        ("env={'A': True}", "'A' is True; 'hide' counts its value"),
        ("env={3: 'show'}", "it names environment variables"),
        ("packages=['numpy', 3]", 'write packages=["torch"]'),
        ("packages={'numpy': '>=2'}", "'ignore' takes out what the code imports"),
        ("depends_on=[3]", "3 is no function, class or module that has a name, and no path"),
        ("depends_on=[CONFIG]", "is no function, class or module"),
        ("depends_on=[lambda: 1]", "is no function, class or module that has a name"),
        ("depends_on=['']", "'' is no function"),
    ],
)
def test_options_that_mean_nothing_say_so(both: Written, text: str, says: str) -> None:
    """What, why and how to put it right, with the user's file and line, deferred or not."""
    both.steps("tasks/a.py", f"CONFIG = {{}}\ndef own(): ...\n@step({text})\ndef f(): ...\n")
    with pytest.raises(DeclarationError) as caught:
        _ = both.module("tasks.a").f
    assert says in str(caught.value)
    assert "(tasks/a.py:" in str(caught.value)


def test_a_shell_step_does_not_take_options_on_python_code(both: Written) -> None:
    """A command's own reading of files is not lineage's to cut."""
    both.steps("tasks/a.py", "copy = shell_step('cp x {b}', 'b', ignore=['log'])\n")
    with pytest.raises(DeclarationError, match="a shell_step has no option 'ignore'"):
        _ = both.module("tasks.a").copy


def test_a_step_in_a_notebook_has_its_options(both: Written) -> None:
    """Where there is no source to read, what the decorator was given counts."""
    both.write("tasks/made.py", "")
    module = both.module("tasks.made")
    text = "from lineage import step\ndef own(): ...\n@step(depends_on=[own, 'x'], cache=False)\ndef f(): ...\n"
    exec(compile(text, "<cell>", "exec"), vars(module))
    options = module.f.reading(both.project).spec.options
    assert options == {"depends_on": (("code", "tasks.made:own"), ("file", "x")), "cache": False}


def test_patterns_of_ignored_names() -> None:
    """A pattern takes a name with all below it; those that match nothing are known."""
    cuts = Cuts(["log", "plots.*", "tasks.debug:show", "never"])
    assert [name for name in ("log", "log.info", "logs", "a.log", "plots", "plots.x.y") if cuts.match(name)] == [
        "log",
        "log.info",
        "plots.x.y",
    ]
    assert cuts.match("tasks.debug.show")
    assert not cuts.match_all([])
    assert not cuts.match_all(["log", "a"])
    assert cuts.used == {"log", "plots.*", "tasks.debug:show"}


@pytest.mark.parametrize(
    ("pattern", "path", "is_meant"),
    [
        ("a/b.sql", "a/b.sql", True),
        ("a/b.sql", "a/c.sql", False),
        ("a", "a/b/c", True),
        ("a", "ab", False),
        ("*.json", "x.json", True),
        ("*.json", "a/x.json", False),
        ("*.json", ".x.json", False),
        ("a/*", "a/b/c", True),
        ("**/*.json", "x.json", True),
        ("**/*.json", "a/b/x.json", True),
        ("a/**", "a/b/c", True),
        ("a/**/z", "a/z", True),
        ("a/**/z", "b/z", False),
    ],
)
def test_patterns_of_files_that_do_not_exist_yet(pattern: str, path: str, is_meant: bool) -> None:
    """A path that a task is going to make is told as the file system would tell it later."""
    assert matches(pattern, path) == is_meant


def test_what_patterns_of_files_name(tmp_path: Path) -> None:
    """Files one by one, folders whole; not what lineage, git and Python keep there."""
    for name in (
        "a.json",
        "b.json",
        "d/x",
        "d/__pycache__/y.pyc",
        "d/e/z",
        "artifacts/p/m.json",
        ".lineage/k",
        "[x].json",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    root = str(tmp_path)
    assert expand("*.json", root) == {name: (name,) for name in ("[x].json", "a.json", "b.json")}
    assert expand("[x].json", root) == {"[x].json": ("[x].json",)}
    assert expand("d", root) == {"d/": ("d/x", "d/e/z")}
    assert expand("?", root) == {"d/": ("d/x", "d/e/z")}
    assert expand("**/*.json", root) == expand("*.json", root)
    assert expand("artifacts/**/*.json", root) == {"artifacts/p/m.json": ("artifacts/p/m.json",)}
    assert list(expand("**", root)) == ["[x].json", "a.json", "b.json", "d/e/z", "d/x"]
    assert expand(".", root) == {"./": ("[x].json", "a.json", "b.json", "d/x", "d/e/z")}
    assert expand("none*", root) == {}
