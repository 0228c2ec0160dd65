"""Names of calls and artifacts: readable, and none depends on what else a sweep makes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from random import Random
from types import ModuleType

import pytest
from bodies import STEPS, SWEEPS, VALUES, Body
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from projects import Project, only
from written import Written, artifacts, tasks, written

from lineage.declare.plan import Plan

__all__ = ["written"]

_NUMBERS = itertools.count()
_COPY = re.compile("@same:[0-9]+")


def dodo(written: Written, body: str, before: str = "") -> ModuleType:
    """Write a dodo.py of its own with a pipeline `p` that sweeps."""
    name = f"dodo_{next(_NUMBERS)}"
    lines = "\n".join(f"    {line}" for line in body.strip("\n").splitlines())
    written.steps(f"{name}.py", f"{STEPS}\n{before}\n@pipeline\ndef p(s0=(), s1=(), s2=()):\n{lines}\n")
    return written.module(name)


def names(written: Written, body: str, s0: tuple[object, ...] = (0.1, 10), before: str = "") -> list[str]:
    """Return the names of the calls of a body that sweeps over `s0`."""
    return [name.removeprefix("p:") for name in tasks(written.plan(dodo(written, body, before).p, s0=s0))]


SAID = {
    "a call in a loop": ("for c in s0: m = add(c)", ["add@x:0.1", "add@x:10"]),
    "a step fed with its own result": (
        "for c in s0: m = add(add(c))",
        ["add@x:0.1", "add@x:0.1@2", "add@x:10", "add@x:10@2"],
    ),
    "three deep": ("for c in s0[:1]: m = add(add(add(c)))", ["add@x:0.1", "add@x:0.1@2", "add@x:0.1@3"]),
    "a step trained further by the same value": (
        "a = load()\nfor c in s0: m = fit(fit(a, C=c), C=c)",
        ["load", "fit@C:0.1", "fit@C:0.1@2", "fit@C:10", "fit@C:10@2"],
    ),
    "a step trained further by all values": (
        "a = load()\nfor c in s0:\n    b = fit(a, C=c)\n    for d in s0: m = fit(b, C=d)",
        [
            *("load", "fit@C:0.1", "fit@C:0.1,C:0.1", "fit@C:0.1,C:10"),
            *("fit@C:10", "fit@C:10,C:0.1", "fit@C:10,C:10"),
        ],
    ),
    "a chain that a loop carries": (
        "x = load()\nfor c in s0: x = fit(x, C=c)",
        ["load", "fit@C:0.1", "fit@C:10"],
    ),
    "a chain in which nothing differs": ("x = load()\nfor c in s0: x = fit(x)", ["load", "fit", "fit@2"]),
    "a chain for each value": (
        "for n in s0:\n    x = load(n)\n    for c in (1, 2): x = fit(x, C=c)",
        [
            *("load@n:0.1", "fit@n:0.1,C:1", "fit@n:0.1,C:2"),
            *("load@n:10", "fit@n:10,C:1", "fit@n:10,C:2"),
        ],
    ),
    "a chain through two steps": (
        "x = load()\nfor c in s0:\n    y = fit(x, C=c)\n    x = add(y)",
        ["load", "fit@C:0.1", "add@C:0.1", "fit@C:10", "add@C:10"],
    ),
    "a chain beside a sweep": (
        "a = load()\nfor c in s0: m = fit(a, C=c)\nx = a\nfor c in s0: x = fit(x, C=c)",
        ["load", "fit@C:0.1", "fit@C:10", "fit@x,C:0.1", "fit@x,C:10"],
    ),
    "a chain in a list": (
        "ms = [load()]\nfor c in s0: ms.append(fit(ms[-1], C=c))\nb = best(ms)",
        ["load", "fit@C:0.1", "fit@C:10", "best"],
    ),
    "what is made in a chain": (
        "x = load()\nfor c in s0:\n    x = fit(x, C=c)\n    s = score(x, x)",
        ["load", "fit@C:0.1", "score@C:0.1", "fit@C:10", "score@C:10"],
    ),
    "a line of calls outside of loops": (
        "a = load()\nb = fit(a, C=1)\nc = fit(b, C=2)\nd = fit(c, C=2)",
        ["load", "fit@C:1", "fit@C:2", "fit@C:2@d"],
    ),
    "what a sweep starts from": (
        "a = fit(load(), C=1)\nfor c in s0: m = fit(a, C=c)",
        ["load", "fit@C:1", "fit@C:0.1@2", "fit@C:10@2"],
    ),
    "what a loop has left": (
        "for n in s0:\n    a = load(n)\n    for c in (1, 2): m = fit(a, C=c)\n    s = score(m, a)\n"
        "t = score(m, a, k=2)",
        [
            *("load@n:0.1", "fit@n:0.1,C:1", "fit@n:0.1,C:2", "score@n:0.1,k:0"),
            *("load@n:10", "fit@n:10,C:1", "fit@n:10,C:2", "score@n:10,k:0", "score@t,k:2"),
        ],
    ),
    "the best of each": (
        "for k in s0: b = best([add(c, k=k) for c in (1, 2)])",
        ["add@x:1,k:0.1", "add@x:2,k:0.1", "best@k:0.1", "add@x:1,k:10", "add@x:2,k:10", "best@k:10"],
    ),
    "the best, by name": (
        "g = {k: [add(c, k=k) for c in (1, 2)] for k in s0}\nfor k, ms in g.items(): b = best(ms)",
        ["add@x:1,k:0.1", "add@x:2,k:0.1", "add@x:1,k:10", "add@x:2,k:10", "best@k:0.1", "best@k:10"],
    ),
    "two collections": (
        "ms = [add(c) for c in s0]\nt = best(ms)\nu = best(ms[1:])",
        ["add@x:0.1", "add@x:10", "best@t", "best@u"],
    ),
    "one value on several ways": (
        "for c in s0:\n    d = load(m=c)\n    m = add(d, C=c)\n    s = score(m, d, k=c)",
        [
            *("load@m:0.1", "add@m:0.1,C:0.1", "score@m:0.1,C:0.1,k:0.1"),
            *("load@m:10", "add@m:10,C:10", "score@m:10,C:10,k:10"),
        ],
    ),
    "one name for one value on several ways": (
        "for c in s0:\n    d = add(0, C=c)\n    m = fit(d, C=c)",
        ["add@C:0.1", "fit@C:0.1", "add@C:10", "fit@C:10"],
    ),
    "several outputs of one step": (
        "for c in s0[:1]:\n    l, r = split(c)\n    for side in (l, r): m = fit(side)",
        ["split@data:0.1", "fit@data:0.1,left", "fit@data:0.1,right"],
    ),
    "what is made by steps that a loop chooses": (
        "a = load()\nfor c, s in zip(s0, (add, fit)):\n    m = s(a, C=c)\n    t = score(m, a)",
        ["load", "add@C:0.1", "score@C:0.1,s:add", "fit@C:10", "score@C:10,s:fit"],
    ),
    "what is made by steps that two loops choose": (
        "for p in (load, split):\n    x = p(1)\n    for q in (add, fit):\n        m = q(x if p is load else x[0])\n"
        "        b = best(m)",
        [
            *("load", "add@p:load", "best@p:load,q:add", "fit@p:load", "best@p:load,q:fit"),
            *("split", "add@p:split", "best@p:split,q:add", "fit@p:split", "best@p:split,q:fit"),
        ],
    ),
    "what fills the slot of a pipeline in a loop": (
        "for s in (add, fit): m = inner(f=s)\nb = best(m)",
        ["load", "add", "f@f:add", "load@same:2", "add@same:2", "f@f:fit", "best"],
    ),
    "a step that a helper is given": (
        "def use(how): return best(how(7))\nfor s in (add, fit): m = use(s)",
        ["add", "best@how:add", "fit", "best@how:fit"],
    ),
    "a step by its key": (
        "known = {'a': add, 'f': fit}\nfor k in 'af': m = best(known[k](7))",
        ["add", "best@step:add", "fit", "best@step:fit"],
    ),
    "two sweeps that meet": (
        "t = best([fit(7, C=c) for c in s0[:1]])\nu = best([fit(7, C=c) for c in s0[:1]])",
        ["fit@C:0.1", "best@t", "fit@C:0.1@same:2", "best@u"],
    ),
    "what a loop has left, given to a function": (
        "for k in s0[:1]:\n    for c in s0: m = fit(7, C=c)\n    n = both(m, 1)",
        ["fit@C:0.1", "fit@C:10", "add@x:m", "fit@x:m,C:1.0"],
    ),
    "a chain that begins with what a loop has left": (
        "for k in s0[:1]:\n    for c in s0: m = fit(7, C=c)\n    n = m\n    for i in range(2): n = add(n)",
        ["fit@C:0.1", "fit@C:10", "add@x:m", "add@x:m@2"],
    ),
    "the same call again": (
        "for c in s0: m = load()\nn = load()\no = load()",
        ["load@same:2", "load@same:3", "load", "load@o"],
    ),
}


@pytest.mark.parametrize(("body", "expected"), SAID.values(), ids=SAID)
def test_names_say_what_differs(written: Written, body: str, expected: list[str]) -> None:
    """A call is named by the arguments that tell it apart, by those of what it is made from, and by depth."""
    assert names(written, body) == expected


def test_a_step_that_makes_nothing_renames_no_other(written: Written) -> None:
    """A step that returns None stands anywhere between calls that are named by what they are given."""
    keep = "@step\ndef keep(x: object) -> None: ...\n"
    body = "a = load()\nb = split(7)\nkeep(a)\nm = add(a)\nn = add(b.left)\nfor c in s0: keep(fit(a, C=c))"
    without = "a = load()\nb = split(7)\nm = add(a)\nn = add(b.left)\nfor c in s0: fit(a, C=c)"
    found = names(written, body, before=keep)
    assert [name for name in found if not name.startswith("keep")] == names(written, without)
    assert [name for name in found if name.startswith("keep")] == ["keep@x:a", "keep@C:0.1", "keep@C:10"]


LOUD = """
import functools

def logged(step):
    @functools.wraps(step)
    def inner(*args, **kwargs):
        return step(*args, **kwargs)
    return inner

loud = logged(add)
"""
WRITTEN = {
    "by a function": ("for c in s0: m = both(c, 1)", "", ["add@x:7", "fit@x:7"]),
    "by a nested function": (
        "def one(c):\n    m = add(c)\n    return fit(m)\nfor c in s0: m = one(c)",
        "",
        ["add@x:7", "fit@x:7"],
    ),
    "by a nested function that looks out": (
        "for c in s0:\n    def one(): return add(c)\n    m = one()",
        "",
        ["add@x:7"],
    ),
    "by two functions": (
        "for c in s0: m = outer(value=c)",
        "def outer(value): return both(value, C=2)",
        ["add@x:7", "fit@x:7"],
    ),
    "by another pipeline": ("for c in s0: m = inner(n=c)", "", ["load@n:7", "add@n:7", "f@n:7"]),
    "by map": ("ms = list(map(lambda c: add(c), s0))", "", ["add@x:7"]),
    "by a generator": ("ms = list(add(c) for c in s0)", "", ["add@x:7"]),
    "by next": ("it = iter(s0)\nwhile (c := next(it, None)) is not None: m = add(c)", "", ["add@x:7"]),
    "by pop": ("todo = list(s0)\nwhile todo: m = add(todo.pop())", "", ["add@x:7"]),
    "by counting": ("n = 0\nwhile n < len(s0):\n    m = add(s0[n])\n    n += 1", "", ["add@x:7"]),
    "in a list that grows": (
        "given = []\nfor c in s0:\n    given.append(c)\n    m = add(given)",
        "",
        ["add@x:7-8f41dd"],
    ),
    "by a decorated step": ("for c in s0: m = loud(c)", LOUD, ["add@x:7"]),
}


@pytest.mark.parametrize(("body", "before", "expected"), WRITTEN.values(), ids=WRITTEN)
def test_a_sweep_of_one_has_the_names_that_it_has_in_a_larger_one(
    written: Written, body: str, before: str, expected: list[str]
) -> None:
    """However a sweep is written, its only call is named as if there were others."""
    assert names(written, body, (7,), before) == expected
    assert set(names(written, body, (7, 8), before)) > set(expected)


CHOSEN = ("(1, add)", "(1, fit)", "(2, add)", "(3, fit)")


@pytest.mark.parametrize("left", [left for n in (1, 2, 3) for left in itertools.combinations(CHOSEN, n)], ids="".join)
def test_a_step_taken_out_of_a_loop_renames_nothing_else(written: Written, left: tuple[str, ...]) -> None:
    """Where a loop chooses values and steps, what is made of each has the same names whatever others there are."""

    def made(pairs: tuple[str, ...]) -> set[str]:
        body = f"a = load()\nfor c, s in ({', '.join(pairs)},):\n    m = s(a, C=c)\n    t = score(m, a)"
        planned = written.plan(dodo(written, body).p)
        assert len(set(tasks(planned))) == 1 + 2 * len(pairs)
        return {*tasks(planned), *artifacts(planned)}

    assert made(left) < made(CHOSEN)


def test_no_two_values_are_written_alike(written: Written) -> None:
    """Values that look alike, long ones and strange ones have different, short, harmless names."""
    planned = written.plan(dodo(written, "for c in s0: m = add(c)").p, s0=VALUES)
    found = [name.removeprefix("p:add@x:") for name in tasks(planned)]
    assert found[:8] == ["0", "1", "2", "10", "0.1", "1.0", "-1", "True"]
    assert {"rbf", "a_b", "a_b-9dd5e3", "None", "None-14a05c", "0.1-6d31eb"} <= set(found)
    assert len(set(found)) == len(VALUES)
    assert all(re.fullmatch(r"[A-Za-z0-9._+-]{1,40}", name) for name in found)


NAMED = """
import enum
import random as chance
from other import loss as other_loss

def loss(): ...

class Kind(enum.Enum):
    FULL = 1
"""


def test_what_has_a_name_is_written_by_it(written: Written) -> None:
    """Functions, steps and members of enumerations are named, those of other modules with the module."""
    written.write("other.py", "def loss(): return 1\n")
    body = "for c in (loss, other_loss, fit, Kind.FULL, len): m = add(c)"
    before = names(written, body, before=NAMED)
    assert before == ["add@x:loss", "add@x:other.loss", "add@x:fit", "add@x:Kind.FULL", "add@x:builtins.len"]


def test_an_argument_may_be_called_anything(written: Written) -> None:
    """A keyword of ``**options`` that is no identifier is made harmless."""
    before = "@step\ndef free(x, **options): ..."
    (found,) = names(written, 'for c in s0: m = free(c, **{"a\\nb = c": c})', (7,), before)
    assert re.fullmatch(r"free@x:7,a_b_c-[0-9a-f]{6}:7", found)


def stable(name: str) -> str:
    """Return a name without the number of calls that are made again with the same arguments."""
    return _COPY.sub("", name)


def noted(module: ModuleType, planned: Plan) -> dict[object, tuple[str, str]]:
    """Return the call and the artifact that each name of the body stood for."""
    found = {}
    for key, artifact in module.seen.items():
        call = planned.calls[artifact.ref.call]
        found[key] = stable(call.name), stable(call.outputs[artifact.ref.output])
    return found


SOME = st.lists(st.integers(0, len(VALUES) - 1), min_size=1, max_size=4, unique=True)


# The same bodies in every run: to look for rare ones, raise the number.
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False), st.fixed_dictionaries(dict.fromkeys(SWEEPS, SOME)))
def test_a_value_taken_away_renames_nothing_else(
    written: Written, chance: Random, chosen: dict[str, list[int]]
) -> None:
    """Whatever a pipeline does with its sweeps: without any one value, or with it, all others keep their names.

    The calls that are left, and their artifacts, have names that they had; each name of the body stands for the same.
    """
    module = dodo(written, "\n".join(line[4:] for line in Body(chance).written().splitlines()))
    sweeps = {sweep: tuple(VALUES[place] for place in places) for sweep, places in chosen.items()}
    module.seen.clear()
    planned = written.plan(module.p, **sweeps)
    whole = noted(module, planned)
    assert len(set(tasks(planned))) == len(planned.calls)
    assert len(set(artifacts(planned))) == len(artifacts(planned))
    assert all(re.fullmatch(r"p:[\w.+:,@\[\]-]{1,120}", name) for name in tasks(planned))
    for sweep, values in sweeps.items():
        for place in range(len(values) if len(values) > 1 else 0):
            module.seen.clear()
            less = written.plan(module.p, **{**sweeps, sweep: values[:place] + values[place + 1 :]})
            assert set(tasks(less)) <= set(tasks(planned))
            assert set(artifacts(less)) <= set(artifacts(planned))
            assert noted(module, less).items() <= whole.items()


# With doit

CHOICE = {
    "dodo.py": """\
from lineage import pipeline
from tasks.steps import exact, rough, score


@pipeline
def compare():
    for C, step in ((1, rough),):
        model = step(C)
        quality = score(model)
""",
    "tasks/steps.py": """\
from lineage import step


@step
def rough(C: int) -> int:
    return C


@step
def exact(C: int) -> int:
    return C * 10


@step
def score(model: int) -> int:
    return model + 1
""",
}


def test_a_step_more_in_a_loop_keeps_the_history_of_the_others(
    project: Callable[[Mapping[str, str]], Project],
) -> None:
    """A loop over values and steps that gets another pair runs only that; all others keep their names and versions."""
    sweep = project(CHOICE)
    first = {"rough@C:1", "score@C:1,step:rough"}
    assert sweep.rerun() == only("run", first)
    assert {name["name"] for name in sweep.json("artifacts")["artifacts"]} == {
        "compare/rough.model@C:1",
        "compare/quality@C:1,step:rough",
    }
    sweep.edit("dodo.py", "((1, rough),)", "((1, exact), (1, rough), (2, exact))")
    new = {"exact@C:1", "exact@C:2", "score@C:1,step:exact", "score@C:2,step:exact"}
    assert sweep.rerun() == only("run", new) | only("cached", first)
    sweep.edit("dodo.py", "(1, exact), (1, rough), (2, exact)", "(1, exact),")
    assert sweep.rerun() == only("cached", {"exact@C:1", "score@C:1,step:exact"})


FED = {
    "dodo.py": '''\
from lineage import pipeline
from tasks.steps import add, load, score, train


@pipeline
def fed(values=(1, 3), rates=(0.1, 10)):
    """Steps that are fed what they have made."""
    for value in values:
        twice = add(add(value))
        start = load(value)
        for rate in rates:
            start = train(start, rate)
        result = score(twice, start)
    data = load(7)
    for rate in rates:
        model = train(train(data, rate), rate)
''',
    "tasks/steps.py": """\
from lineage import step


def note(word):
    with open("executed.txt", "a") as file:
        file.write(word.replace(" ", "") + "\\n")


@step
def load(n: int) -> list:
    note(f"load:{n}")
    return [n]


@step
def add(x: int) -> int:
    note(f"add:{x}")
    return x + 100


@step
def train(model: list, rate: float) -> list:
    note(f"train:{model}:{rate}")
    return [*model, rate]


@step
def score(number: int, model: list) -> float:
    note(f"score:{number}:{model}")
    return float(number)
""",
}


def test_only_a_new_value_in_the_middle_of_a_sweep_runs(project: Callable[[Mapping[str, str]], Project]) -> None:
    """With a value more between two others, what is made of those stays cached under its name, and back again."""
    fed = project(FED)
    fed.doit()
    before = fed.steps()
    fed.executed()
    fed.edit("dodo.py", "values=(1, 3)", "values=(1, 2, 3)")
    fed.doit()
    new = ["add:2", "add:102", "load:2", "train:[2]:0.1", "train:[2,0.1]:10", "score:202:[2,0.1,10]"]
    assert sorted(fed.executed()) == sorted(new)
    after = fed.steps()
    assert {name: after[name]["status"] for name in before} == only("cached", before)
    assert {name: after[name]["outputs"] for name in before} == {name: before[name]["outputs"] for name in before}
    assert set(after) - set(before) == {
        *("add@x:2", "add@x:2@2", "load@n:2", "score@x:2,value:2"),
        *("train@start,n:2,rate:0.1", "train@start,n:2,rate:10"),
    }
    fed.edit("dodo.py", "values=(1, 2, 3)", "values=(1, 3)")
    assert fed.rerun() == only("cached", before)
    assert fed.executed() == []


def test_a_value_in_the_middle_of_a_sweep_that_is_fed_on(project: Callable[[Mapping[str, str]], Project]) -> None:
    """A rate more runs what is made with it; what had its name before keeps it, and its history."""
    fed = project(FED)
    fed.doit()
    before = fed.steps()
    fed.executed()
    fed.edit("dodo.py", "rates=(0.1, 10)", "rates=(0.1, 1, 10)")
    fed.doit()
    after = fed.steps()
    assert set(before) <= set(after)
    rerun = {name for name in before if after[name]["status"] == "run"}
    # What comes after the new rate in a chain is made of something else now; all others are what they were.
    assert rerun == {"train@start,n:1,rate:10", "train@start,n:3,rate:10", "score@x:1,value:1", "score@x:3,value:3"}
    assert set(after) - set(before) == {
        *("train@start,n:1,rate:1", "train@start,n:3,rate:1"),
        *("train@n:7,rate:1", "train@n:7,rate:1@2"),
    }
    fed.edit("dodo.py", "rates=(0.1, 1, 10)", "rates=(0.1, 10)")
    assert fed.rerun() == only("cached", before)
