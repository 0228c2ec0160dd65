from __future__ import annotations

import pytest
from written import Written, arguments, artifacts, both, facts, tasks, written

from lineage.errors import DeclarationError, FingerprintError

__all__ = ["both", "written"]

STEPS = '''
class Pair(NamedTuple):
    left: list
    right: list

@step
def load(n: int = 3) -> list:
    """Load."""
    return [n]

@step
def split(data: list, at: float = 0.5) -> Pair:
    """Split."""
    return Pair([1], [2])

@step
def fit(X: list, C: float = 1.0, kernel: str = "rbf") -> list:
    """Fit."""
    return X

@step
def other_fit(X: list, depth: int = 2) -> list:
    return X

@step
def score(model: list, X: list) -> float:
    return 1.0

@step
def best(models: object) -> object:
    return models

@step
def save(model: list) -> None:
    return None
'''


def test_local_variables_are_the_artifacts(both: Written) -> None:
    """The outputs of a plan are named by NamedTuple fields and local variables, and arguments refer to them."""
    both.steps("tasks/a.py", STEPS)
    planned = both.body(
        """
        from tasks.a import load, split, fit, score

        @pipeline
        def p(trainer=fit, n=3):
            '''Link.'''
            data = load(n)
            left, right = split(data)
            model = trainer(left, C=2.0)
            accuracy = score(model, X=right)
        """
    )
    assert tasks(planned) == ["p:load", "p:split", "p:trainer", "p:score"]
    assert artifacts(planned) == ["data", "left", "right", "model", "accuracy"]
    assert arguments(planned, "p:trainer") == {"X": "left", "C": 2.0, "kernel": "rbf"}
    assert arguments(planned, "p:score") == {"model": "model", "X": "right"}
    assert [call.upstream for call in planned.calls] == [(), (0,), (1,), (1, 2)]
    assert planned.pipelines["p"].selection == {"trainer": "fit", "n": "3"}
    assert planned.pipelines["p"].doc == "Link."


def test_writing_out_a_default_changes_nothing(written: Written) -> None:
    """A default that is written out in the call gives the very same arguments."""
    planned = written.body(
        STEPS
        + """
@pipeline
def p():
    a = load()
@pipeline
def q():
    a = load(n=3)
"""
    )
    one, other = planned.calls
    assert [(name, value.digest) for name, value in one.arguments] == [
        (name, value.digest) for name, value in other.arguments
    ]


def test_a_slot_names_the_task_and_a_swap_keeps_the_name(written: Written) -> None:
    """A swapped step keeps its slot's task name, also when it is called under an alias or through a helper."""
    written.steps(
        "dodo.py",
        STEPS
        + """
def run(t, X):
    return t(X)

@pipeline
def p(trainer=fit, second=other_fit):
    data = load()
    model = trainer(data)
    alias = second
    other = alias(data)
    third = fit(data, C=5.0)
    fourth = run(second, data)
""",
    )
    dodo = written.module("dodo")
    assert tasks(written.plan(dodo.p)) == ["p:load", "p:trainer", "p:second", "p:fit", "p:second@same:2"]
    swapped = written.plan(dodo.p, trainer=dodo.other_fit, second=dodo.fit)
    assert tasks(swapped) == ["p:load", "p:trainer", "p:second", "p:fit", "p:second@same:2"]
    assert swapped.by_task["p:trainer"].step.name == "other_fit"
    assert swapped.pipelines["p"].selection == {"trainer": "other_fit", "second": "fit"}


def test_two_slots_with_the_same_step_stay_two_slots(written: Written) -> None:
    """Slots filled with one and the same step are told apart by the name that is called."""
    planned = written.body(
        STEPS
        + """
@pipeline
def p(champion=fit, challenger=fit):
    data = load()
    a = champion(data)
    b = challenger(data)
    c = fit(data)
"""
    )
    assert tasks(planned) == ["p:load", "p:champion", "p:challenger", "p:fit"]


def test_loops_are_named_by_the_arguments_that_differ(both: Written) -> None:
    """Loops and comprehensions give names from arguments; a suffix is handed on to what takes the artifact."""
    both.steps("tasks/a.py", STEPS)
    planned = both.body(
        """
        from tasks.a import load, fit, score, best

        @pipeline
        def p(cs=(0.1, 1, 10)):
            data = load()
            models = [fit(data, C=c, kernel=k) for c in cs for k in ("rbf", "linear")]
            scores = {}
            for c, model in zip(cs, models):
                accuracy = score(model, data)
                scores[c] = accuracy
            top = best(scores)
        """
    )
    assert tasks(planned)[1:4] == ["p:fit@C:0.1,kernel:rbf", "p:fit@C:0.1,kernel:linear", "p:fit@C:1,kernel:rbf"]
    assert tasks(planned)[7:10] == ["p:score@C:0.1,kernel:rbf", "p:score@C:0.1,kernel:linear", "p:score@C:1,kernel:rbf"]
    assert artifacts(planned)[7] == "accuracy@C:0.1,kernel:rbf"
    assert arguments(planned, "p:best") == {
        "models": {0.1: "accuracy@C:0.1,kernel:rbf", 1: "accuracy@C:0.1,kernel:linear", 10: "accuracy@C:1,kernel:rbf"}
    }


@pytest.mark.parametrize(
    "loop",
    [
        "[fit(data, C=c) for c in cs]",
        "list(fit(data, C=c) for c in cs)",
        "{c: fit(data, C=c) for c in cs}",
        "[fit(data, c) for _, c in enumerate(cs)]",
        "list(map(lambda c: fit(data, C=c), cs))",
    ],
)
def test_a_value_added_in_the_middle_renames_nothing(written: Written, loop: str) -> None:
    """However a sweep is written, its other calls keep their names when a value is added, even to a sweep of one."""
    written.steps(
        "dodo.py",
        STEPS
        + f"""
@pipeline
def p(cs=(0.1, 10)):
    data = load()
    models = {loop}
""",
    )
    dodo = written.module("dodo")
    before, after = tasks(written.plan(dodo.p)), tasks(written.plan(dodo.p, cs=(0.1, 1, 10)))
    assert before == ["p:load", "p:fit@C:0.1", "p:fit@C:10"]
    assert after == ["p:load", "p:fit@C:0.1", "p:fit@C:1", "p:fit@C:10"]
    if "lambda" not in loop:
        assert tasks(written.plan(dodo.p, cs=(0.1,))) == ["p:load", "p:fit@C:0.1"]


def test_while_loops_and_nested_calls(written: Written) -> None:
    """A while loop and f(g(x)) are planned like any other calls."""
    planned = written.body(
        STEPS
        + """
@pipeline
def p():
    n = 0
    while n < 2:
        data = load(n)
        n += 1
    accuracy = score(fit(load(7)), data)
"""
    )
    assert tasks(planned) == ["p:load@n:0", "p:load@n:1", "p:load@n:7", "p:fit", "p:score"]
    assert artifacts(planned) == ["data@n:0", "data@n:1", "load@n:7", "fit", "accuracy"]


def test_same_arguments_are_told_apart_by_the_local_variable(written: Written) -> None:
    """The same step with the same arguments keeps its name once; the other is called after its local variable."""
    planned = written.body(
        STEPS
        + """
@pipeline
def p():
    a = load()
    b = load()
    for i in range(2):
        c = load()
"""
    )
    assert tasks(planned) == ["p:load", "p:load@b", "p:load@same:2", "p:load@same:3"]
    assert len(set(artifacts(planned))) == 4


def test_values_that_look_alike_get_a_digest(written: Written) -> None:
    """0.1 and '0.1', long and strange texts give different, harmless names."""
    planned = written.body(
        STEPS
        + """
@pipeline
def p(cs=(0.1, "0.1", "a b/c=*:", "x" * 100)):
    data = [load(c) for c in cs]
"""
    )
    names = tasks(planned)
    assert names[0] == "p:load@n:0.1"
    assert len(set(names)) == 4
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789.@:-_,") for name in names)
    assert max(map(len, names)) < 60


def test_a_chain_of_one_step_is_numbered_and_linear(written: Written) -> None:
    """x = f(x) two thousand times has short names, no recursion, and each call takes the one before."""
    planned = written.body(
        STEPS
        + """
@pipeline
def p(n=2000):
    x = load()
    for i in range(n):
        x = fit(x)
"""
    )
    assert tasks(planned)[:3] == ["p:load", "p:fit", "p:fit@2"]
    assert tasks(planned)[-1] == "p:fit@2000"
    assert planned.calls[-1].upstream == (1999,)
    assert len(set(artifacts(planned))) == 2001


def test_two_steps_that_feed_each_other_in_a_loop_have_short_names(written: Written) -> None:
    """Names do not grow with the length of a chain that goes through several steps."""
    planned = written.body(
        STEPS
        + """
@pipeline
def p():
    x = load()
    for i in range(50):
        y = fit(x, C=i)
        x = other_fit(y)
"""
    )
    assert tasks(planned)[:3] == ["p:load", "p:fit@C:0", "p:other_fit@C:0"]
    assert max(map(len, tasks(planned))) < 30
    assert len(set(tasks(planned))) == 101


def test_a_pipeline_in_a_pipeline_is_inlined_with_its_slots(both: Written) -> None:
    """Calling a pipeline inside another plans its calls as part of the outer one."""
    both.steps("tasks/a.py", STEPS)
    both.steps(
        "tasks/inner.py",
        """
        from tasks.a import load, fit, score, other_fit
        @pipeline
        def train(trainer=fit, n=1):
            data = load(n)
            model = trainer(data)
            return model
        """,
    )
    planned = both.body(
        """
        from tasks.inner import train
        from tasks.a import other_fit, best

        @pipeline
        def outer(trainer=other_fit):
            one = train(trainer, n=1)
            two = train(trainer, n=2)
            top = best([one, two])
        """
    )
    names = [name for name in tasks(planned) if name.startswith("outer:")]
    assert names == ["outer:load@n:1", "outer:trainer@n:1", "outer:load@n:2", "outer:trainer@n:2", "outer:best"]
    assert arguments(planned, "outer:best") == {"models": ["model@n:1", "model@n:2"]}
    assert {call.step.name for call in planned.calls if ":trainer" in call.task and "outer" in call.task} == {
        "other_fit"
    }


def test_args_kwargs_and_positional_only_are_bound_as_python_does(written: Written) -> None:
    """Star arguments have names of their own, keyword-only and positional-only parameters work."""
    planned = written.body(
        STEPS
        + """
@step
def many(first, /, *rest, flag=False, **options):
    return 1

@pipeline
def p():
    data = load()
    out = many(data, 1, data, flag=True, depth=3)
"""
    )
    assert arguments(planned, "p:many") == {"first": "data", "rest[0]": 1, "rest[1]": "data", "flag": True, "depth": 3}


def test_file_parameters_take_paths_and_artifacts(both: Written) -> None:
    """A file parameter turns paths, also defaults in the def, into project-relative files."""
    both.steps(
        "tasks/f.py",
        """
        ROOT = Path(__file__).parent
        NAME = "data.csv"

        @step
        def read(
            data: Annotated[Path, File] = Path("raw") / NAME, more: Annotated[Path, File] | None = None
        ) -> list: ...
        @step
        def near(data: Annotated[Path, File] = ROOT / "near.csv") -> list: ...
        @step
        def plain(data: Path = Path("x")) -> list: ...
        """,
    )
    planned = both.body(
        """
        from tasks.f import read, near, plain
        @pipeline
        def p():
            a = read()
            b = read("./other/../b.csv", Path("c.csv"))
            c = near()
            d = read(c)
            e = plain("x.csv")
        """
    )
    found = [arguments(planned, call.task) for call in planned.calls]
    assert found[0] == {"data": "file raw/data.csv", "more": None}
    assert found[1] == {"data": "file b.csv", "more": "file c.csv"}
    assert found[2] == {"data": "file tasks/near.csv"}
    assert found[3] == {"data": "c", "more": None}
    assert found[4] == {"data": "x.csv"}


def test_annotated_outputs(both: Written) -> None:
    """ZenML's spelling names several outputs or one, a NamedTuple may come from another module."""
    both.write("tasks/types.py", "from typing import NamedTuple\nclass Out(NamedTuple):\n    u: int\n    v: str\n")
    both.steps(
        "tasks/a.py",
        """
        from . import types
        from .types import Out

        @step
        def two() -> tuple[Annotated[int, "a"], Annotated["list[int]", "b"]]: ...
        @step
        def one() -> Annotated[int, "metric"]: ...
        @step
        def out() -> Out: ...
        @step
        def out_by_module() -> types.Out: ...
        @step
        def plain() -> tuple[int, int]: ...
        """,
    )
    planned = both.body(
        """
        from tasks.a import two, one, out, out_by_module, plain
        @pipeline
        def p():
            x, y = two()
            m = one()
            u, v = out()
            pair = out_by_module()
            rest = plain()
            other = plain() if False else one()
        """
    )
    assert artifacts(planned) == [
        "a",
        "b",
        "metric",
        "u",
        "v",
        "out_by_module.u",
        "out_by_module.v",
        "rest",
        "metric@other",
    ]
    assert planned.calls[0].step.returns == ("int", "list[int]")
    assert planned.calls[2].step.returns == ("int", "str")


def test_multi_outputs_have_attributes_and_can_be_passed_whole(written: Written) -> None:
    """A NamedTuple's placeholders are a tuple with its fields; passed whole it is all of its artifacts."""
    planned = written.body(
        STEPS
        + """
@pipeline
def p():
    pair = split(load())
    model = fit(pair.left)
    accuracy = score(pair[1], model)
    top = best(pair)
"""
    )
    assert arguments(planned, "p:fit")["X"] == "left"
    assert arguments(planned, "p:score") == {"model": "right", "X": "model"}
    assert arguments(planned, "p:best") == {"models": ("left", "right")}


def test_mutating_an_argument_after_the_call_changes_nothing(written: Written) -> None:
    """What a call was given is what it was when it was called."""
    planned = written.body(
        STEPS
        + """
@pipeline
def p():
    options = []
    for c in (1, 2):
        options.append(c)
        out = best(options)
"""
    )
    assert [arguments(planned, task)["models"] for task in tasks(planned)] == [[1], [1, 2]]


def test_two_pipelines_share_steps(written: Written) -> None:
    """Each pipeline has its own names, and calls are numbered through."""
    planned = written.body(
        STEPS
        + """
@pipeline
def p():
    data = load()
@pipeline
def q():
    data = load()
    model = fit(data)
"""
    )
    assert tasks(planned) == ["p:load", "q:load", "q:fit"]
    assert [call.index for call in planned.calls] == [0, 1, 2]
    assert planned.calls[2].upstream == (1,)
    assert [call.name for call in planned.pipelines["q"].calls] == ["load", "fit"]


def test_functions_and_steps_as_arguments_name_the_code_that_they_bring(written: Written) -> None:
    """By a function's name, wherever it is inside; so their code is an ingredient of its own."""
    written.steps(
        "dodo.py",
        STEPS
        + """
def square(x): return x * x
@pipeline
def p():
    a = best(square)
    b = best(fit)
    c = best({"kind": [square]})
    d = best({"kind": 1})
""",
    )
    plan = written.plan(written.module("dodo").p)
    assert tasks(plan)[:2] == ["p:best@models:square", "p:best@models:fit"]
    refers = [call.arguments[0][1].refers for call in plan.calls]
    assert refers == [("dodo:square",), ("dodo:fit",), ("dodo:square",), ()]


# What cannot work


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("a = load()\n    if a: pass", ["the truth of artifact 'a'", "dodo.py:{line}", "let a step decide"]),
        ("a = load()\n    print(f'{a}')", ["the text of artifact 'a'"]),
        ("a = load()\n    a[0]", ["an item of artifact 'a'"]),
        ("a = load()\n    a + 1", ["arithmetic with artifact 'a'"]),
        ("a = load()\n    a.mean()", ["attribute 'mean' of artifact 'a'"]),
        ("a = load()\n    a == 3", ["a comparison with artifact 'a'"]),
        ("a = load()\n    for b in a: pass", ["the items of artifact 'a'"]),
        ("a = load()\n    len(a)", ["the length of artifact 'a'"]),
        (
            "\n    a, b = load()",
            ["step 'load' has one output, which is unpacked into 2", "dodo.py:{line}", "NamedTuple"],
        ),
        ("\n    a, b, c = split(load())", ["step 'split' has 2 outputs (left, right), which are unpacked into 3"]),
        ("d = split(load())\n    a, b, c = d", ["unpacks a wrong number of outputs (dodo.py:{line})"]),
        ("\n    a = load(m=1)", ["call of step 'load' has no parameter 'm'", "dodo.py:{line}", "load(n: int = 3)"]),
        ("\n    a = load(1, 2)", ["takes 1 positional argument, 2 are given"]),
        ("\n    a = fit()", ["misses 'X'", "fit(X: list, C: float = 1.0, kernel: str = 'rbf')"]),
        ("\n    a = load(1, n=2)", ["has two values for 'n'"]),
        ("a = load()\n    a = fit(a)", ["local name 'a'", "twice", "dodo.py:{before} and dodo.py:{line}"]),
        ("d = load()\n    b = fit(save(d))", ["step 'save' gives no artifact", "'-> None'", "dodo.py:{line}"]),
        ("\n    1 / 0", ["the body of pipeline 'p' raised ZeroDivisionError (dodo.py:{line})"]),
        ("\n    p()", ["calls itself"]),
        ("\n    best({load()})", ["a set of artifacts"]),
        ("a = load()\n    fit({a: 1})", ["artifact 'a'", "the key of a dict", "dodo.py:{line}"]),
        ("a = load()\n    best([{a}])", ["artifact 'a' is inside of another object", "dodo.py:{line}"]),
        ("a = [load()]\n    a.append(a)\n    best(a)", ["'best' is given a value that holds itself", "dodo.py:{line}"]),
        (
            "a = split(load())\n    fit(a.lift)",
            ["no output 'lift' (did you mean 'left'?)", "dodo.py:{line}", "left, right"],
        ),
    ],
)
def test_mistakes_in_a_body_name_the_line_and_the_way_out(written: Written, body: str, says: list[str]) -> None:
    """Every mistake in a pipeline's body is a DeclarationError with the user's line, why and fix."""
    text = STEPS + f"@pipeline\ndef p():\n    {body}\n"
    with pytest.raises(DeclarationError) as caught:
        written.body(text)
    source = (written.root / "dodo.py").read_text().rstrip().splitlines()
    for part in says:
        assert part.format(line=len(source), before=len(source) - 1) in str(caught.value)
    assert "fix:" in str(caught.value)


def test_a_value_without_identity_is_refused_with_its_name_and_place(written: Written) -> None:
    """A numpy Generator as a parameter is an error that names parameter, step, file and line."""
    np = pytest.importorskip("numpy")
    text = STEPS + "import numpy as np\n@pipeline\ndef p():\n    a = load(np.random.default_rng(0))\n"
    assert np
    with pytest.raises(FingerprintError) as caught:
        written.body(text)
    line = len((written.root / "dodo.py").read_text().splitlines())
    assert str(caught.value).startswith(f"parameter 'n' of step 'load' (dodo.py:{line}) has no fingerprint")
    assert "why:" in str(caught.value)


def test_a_parameter_without_default_is_an_error_unless_it_is_given(written: Written) -> None:
    """doit runs pipelines without arguments, so each parameter needs a value from somewhere."""
    written.steps("dodo.py", STEPS + "@pipeline\ndef p(n):\n    a = load(n)\n")
    dodo = written.module("dodo")
    with pytest.raises(DeclarationError, match="parameter 'n' of pipeline 'p'"):
        written.plan(dodo.p)
    assert arguments(written.plan(dodo.p, n=4), "p:load") == {"n": 4}


def test_two_pipelines_of_one_name_are_an_error_naming_both(written: Written) -> None:
    """A pipeline's name is a task's name, so there is one of it; the same pipeline twice is no mistake."""
    written.steps("a.py", STEPS + "@pipeline\ndef p():\n    a = load()\n")
    written.steps("b.py", STEPS + "@pipeline\ndef p():\n    a = load()\n")
    one, two = written.module("a").p, written.module("b").p
    with pytest.raises(DeclarationError, match=r"two pipelines are called 'p': a.py:\d+ and b.py:\d+"):
        written.plan(one, two)
    assert len(written.plan(one, one).calls) == 1


def test_an_artifact_of_another_pipeline_is_refused(written: Written) -> None:
    """Artifacts do not leak from one pipeline into another through a global."""
    with pytest.raises(DeclarationError, match="outside of pipeline 'p'"):
        written.body(
            STEPS
            + "kept = []\n@pipeline\ndef p():\n    a = load()\n    kept.append(a)\n"
            + "@pipeline\ndef q():\n    b = fit(kept[0])\n"
        )


def test_deferred_and_eager_give_the_same_plan(both: Written) -> None:
    """Whether modules are read or imported, specs, calls, names and digests are the same."""
    both.steps("tasks/a.py", STEPS)
    both.steps(
        "tasks/more.py",
        '''
        """More."""
        from .a import load, split, fit, score, best
        from functools import wraps

        def logged(f):
            @wraps(f)
            def inner(*args, **kwargs):
                return f(*args, **kwargs)
            return inner

        @step(version="2")
        @logged
        def prepared(data: list, *, scale: float = 1 / 16, path: Annotated[Path, File] = Path("a.csv")) -> list:
            """
            Prepare.

            More text.
            """
            return data

        train = shell_step(
            "python train.py {data} {c} > {model}", outputs=("model",), doc="Train by a script."
        )

        @pipeline
        def swept(trainer=fit, cs=(1, 2)):
            """Sweep."""
            left, right = split(prepared(load()))
            for c in cs:
                model = trainer(left, C=c)
                accuracy = score(model, right)
                binary = train(left, c)
        ''',
    )
    both.write("train.py", "")
    planned = both.body("from tasks.more import swept\n")
    expected = FACTS.setdefault("facts", facts(planned))
    assert facts(planned) == expected
    assert planned.by_task["swept:train@c:1"].step.command
    assert arguments(planned, "swept:train@c:1") == {"data": "left", "c": 1, "train.py": "file train.py"}


FACTS: dict[str, list[object]] = {}
