from __future__ import annotations

import inspect
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from projects import Project
from written import HEADER, Written, both, read, spec_facts, tasks, written

import lineage
from lineage.declare.live import find_step
from lineage.declare.pipeline import Pipeline
from lineage.declare.step import Step
from lineage.errors import DeclarationError

__all__ = ["both", "read", "written"]


def test_outside_of_a_pipeline_a_step_is_its_function(both: Written) -> None:
    """Steps and pipelines are called in tests and notebooks like the functions they are."""
    both.steps(
        "tasks/a.py",
        """
        @step
        def double(x: int) -> int:
            return 2 * x

        @step
        def quadruple(x: int) -> int:
            return double(double(x))

        @pipeline
        def p(f=double, x=1):
            return f(quadruple(x))
        """,
    )
    module = both.module("tasks.a")
    assert module.quadruple(3) == 12
    assert module.p() == 8
    assert module.p(module.quadruple, x=2) == 32


def test_a_step_keeps_name_doc_and_signature(both: Written) -> None:
    """inspect, help and tools see the function's own name, module, docstring and signature."""
    both.steps(
        "tasks/a.py", 'SCALE = 2\n@step\ndef f(x: int, /, *a: int, y: float = 0.5, **k: int) -> int:\n    """Doc."""\n'
    )
    f = both.module("tasks.a").f
    assert (f.__name__, f.__module__, f.__doc__) == ("f", "tasks.a", "Doc.")
    signature = inspect.signature(f)
    assert list(signature.parameters) == ["x", "a", "y", "k"]
    assert signature.parameters["y"].default == 0.5
    assert str(signature.parameters["x"].annotation) == "int"
    assert repr(f) == "<step tasks.a:f>"


def test_steps_pickle_by_name(both: Written) -> None:
    """A step and a pipeline unpickle as the very same objects, before and after their module is executed."""
    both.steps("tasks/a.py", "CONST = 1\n@step\ndef f(x): return CONST\n@pipeline\ndef p(): f(1)\n")
    module = both.module("tasks.a")
    f, p = module.f, module.p
    assert pickle.loads(pickle.dumps((f, p))) == (f, p)
    assert module.CONST == 1
    assert pickle.loads(pickle.dumps((f, p))) == (f, p)
    assert find_step("tasks.a", "f") is f
    assert f.__wrapped__(1) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("@step\nasync def f(): ...", "is an async function"),
        ("@step\ndef f():\n    yield 1", "is a generator function"),
        ("class A:\n    @step\n    def f(self): ...", "a method cannot be a step: A.f"),
        ("class A:\n    @step\n    @staticmethod\n    def f(): ...", "a method cannot be a step"),
        ("@step\nclass A: ...", "a class cannot be a step"),
        ("@step(retries=3)\ndef f(): ...", "a step has no option 'retries'"),
        ("@step(versoin='1')\ndef f(): ...", "did you mean 'version'?"),
        ("@step(version=2)\ndef f(): ...", 'write version="2"'),
        ("@pipeline\ndef p(*steps): ...", "pipeline 'p' (tasks/a.py:6) has a parameter with *"),
        ("@pipeline\ndef p(**steps): ...", "has a parameter with **"),
        ("@pipeline\ndef p():\n    yield 1", "pipeline 'p' (tasks/a.py:6) is a generator"),
        ("@pipeline\nasync def p(): ...", "is an async function"),
        ("@pipeline\n@step\ndef p(): ...", "cannot be a pipeline"),
        ("t = shell_step('cp {a} b', outputs=('b',))", "output 'b' is not in the command"),
    ],
)
def test_what_cannot_be_declared_says_so(both: Written, text: str, says: str) -> None:
    """A wrong declaration is a DeclarationError with the user's file, deferred or not."""
    both.steps("tasks/a.py", text)
    with pytest.raises(DeclarationError) as caught:
        both.plan(both.module("tasks.a").p)
    assert says in str(caught.value)
    assert "tasks/a.py:" in str(caught.value)
    assert "fix:" in str(caught.value)


def test_decorators_above_and_below_step(both: Written) -> None:
    """Decorators below @step are part of the step; one above it still lets the step be planned, run and found."""
    both.steps(
        "tasks/a.py",
        """
        from functools import lru_cache, wraps

        def doubled(f):
            @wraps(f)
            def inner(*args, **kwargs):
                return 2 * f(*args, **kwargs)
            return inner

        def bare(f):
            return lambda *args: f(*args)

        @step
        @doubled
        def below(x: int) -> int:
            return x

        @doubled
        @step
        def above(x: int) -> int:
            return x

        @step
        @lru_cache
        def cached(x: int) -> int:
            return x

        @step
        @bare
        def unnamed(x: int) -> int:
            return x

        @pipeline
        def p():
            a = below(1)
            b = cached(a)
        """,
    )
    module = both.module("tasks.a")
    assert tasks(both.plan(module.p)) == ["p:below", "p:cached"]
    assert module.below(2) == 4
    assert module.above(2) == 4
    assert module.cached(2) == 2
    assert find_step("tasks.a", "below").__wrapped__(2) == 4
    assert find_step("tasks.a", "above").__wrapped__(2) == 2
    assert find_step("tasks.a", "cached").__wrapped__(2) == 2
    assert [one.name for one in find_step("tasks.a", "below").spec.parameters] == ["x"]


def test_factories_are_found_by_the_name_they_are_assigned_to(both: Written) -> None:
    """A step made by a function, or by step(...) of a plain function, is called what the module calls it."""
    both.steps(
        "tasks/a.py",
        """
        def make(scale):
            @step
            def made(x: int) -> int:
                return x * scale
            return made

        def plain(x: int = 3) -> int:
            return x

        twice = make(2)
        thrice = make(3)
        wrapped = step(plain)
        small = step(lambda x: x - 1)
        """,
    )
    module = both.module("tasks.a")
    planned = both.body(
        """
        from tasks.a import *
        @pipeline
        def p():
            a = twice(1)
            b = thrice(a)
            c = wrapped()
            d = small(c)
        """
    )
    assert tasks(planned) == ["p:twice", "p:thrice", "p:wrapped", "p:small"]
    assert planned.calls[0].step.qualname == "twice"
    assert find_step("tasks.a", "thrice").__wrapped__(5) == 15
    assert pickle.loads(pickle.dumps(module.twice)) is module.twice


def test_a_step_inside_a_function_runs_but_cannot_be_planned(written: Written) -> None:
    """A step without a top-level name works as a function; planning with it says what is missing."""

    @lineage.step
    def local(x: int) -> int:
        return x + 1

    assert local(1) == 2

    @lineage.pipeline
    def p() -> None:
        local(1)

    with pytest.raises(DeclarationError, match="no top-level name"):
        written.plan(p)


def test_specs_of_functions_without_source_are_inspected(written: Written) -> None:
    """Where no file says it (a notebook, exec), the live function gives parameters, files and outputs."""
    import types

    module = types.ModuleType("typed_in")
    sys.modules["typed_in"] = module
    try:
        exec(
            HEADER.replace("from __future__ import annotations\n", "")
            + """
class Out(NamedTuple):
    a: int
    b: str

@step
def f(data: Annotated[Path, File], *rest: int, c: float = 0.5) -> Out:
    "Doc."
@step
def g(x) -> tuple[Annotated[int, "u"], Annotated[str, "v"]]: ...
@step
def h(x=print) -> Annotated[int, "m"]: ...
@step
def none() -> None: ...
""",
            module.__dict__,
        )
        spec = module.f.spec
        assert [(one.name, one.kind, one.annotation, one.is_file) for one in spec.parameters][1:] == [
            ("rest", 2, "int", False),
            ("c", 3, "float", False),
        ]
        assert spec.parameters[0].is_file
        assert (spec.outputs, spec.returns, spec.doc) == (("a", "b"), ("int", "str"), "Doc.")
        assert module.g.spec.outputs == ("u", "v")
        assert (module.h.spec.outputs, module.h.reading(None).output) == (None, "m")
        assert module.none.spec.outputs == ()
    finally:
        del sys.modules["typed_in"]


def test_reload_keeps_the_step_and_takes_its_new_code(both: Written) -> None:
    """After importlib.reload the same Step runs the new function, also when the module had only been read."""
    import importlib

    both.steps("tasks/a.py", "@step\ndef f(): return 1\n")
    module = both.module("tasks.a")
    f = module.f
    assert f() == 1
    both.steps("tasks/a.py", "# longer\n@step\ndef f(x=2): return x\n")
    importlib.reload(module)
    assert module.f is f
    assert f() == 2


def test_two_definitions_of_one_name_are_two_steps(both: Written) -> None:
    """A second definition does not change the step that was made of the first."""
    both.steps("tasks/a.py", "@step\ndef f(): return 1\nfirst = f\n@step\ndef f(): return 2\n")
    module = both.module("tasks.a")
    assert (module.first(), module.f()) == (1, 2)


def test_the_class_pipeline_is_no_task_creator(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    """doit finds create_doit_tasks on pipelines and never on the class, with name, line and doc of the function."""
    path = written.steps("dodo.py", "from lineage import Pipeline\n@pipeline\ndef p():\n    '''Doc.'''\n")
    p = written.module("dodo").p
    assert not hasattr(p, "create_doit_tasks")
    monkeypatch.setattr(Pipeline, "task_creator", lambda one: [one.name])
    assert not hasattr(Pipeline, "create_doit_tasks")
    creator = p.create_doit_tasks
    assert creator() == ["p"]
    assert (creator.basename, creator.__doc__) == ("p", "Doc.")
    assert inspect.getsourcelines(creator)[1] == len(Path(path).read_text().splitlines()) - 2


def test_doit_finds_the_place_of_a_pipeline_that_is_only_read(read: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    """doit's questions to a pipeline of a read module neither compile nor import anything."""
    read.steps(
        "tasks/a.py", "import never_there\n@step\ndef f(): ...\n@pipeline\ndef p():\n    '''Doc.'''\n    a = f()\n"
    )
    p = read.module("tasks.a").p
    monkeypatch.setattr(Pipeline, "task_creator", lambda one: [one.name])
    lines, line = inspect.getsourcelines(p.create_doit_tasks)
    assert lines[0].startswith("@pipeline")
    assert line == 9
    assert tasks(read.plan(p)) == ["p:f"]


def test_importing_lineage_loads_almost_nothing() -> None:
    """`import lineage` loads no third party; `step` and `pipeline` need no numpy, doit, dataclasses or subprocess."""
    code = """
import sys
third = {"numpy", "sklearn", "cloudpickle", "doit", "asyncio", "subprocess", "tempfile"}
before = set(sys.modules)
import lineage
print(sorted((third | {"difflib", "sqlite3", "xxhash", "typing", "inspect"}) & (set(sys.modules) - before)))
from lineage import step, pipeline, File
import lineage.declare.plan, lineage.declare.deferred
print(sorted(third & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "[]"]


def test_every_public_name_can_be_imported() -> None:
    """What __all__ lists is there, dir() shows it, anything else is an AttributeError."""
    for name in set(lineage.__all__) - {"History", "load"}:
        assert getattr(lineage, name).__name__
    assert set(lineage.__all__) <= set(dir(lineage))
    with pytest.raises(AttributeError, match="has no attribute 'setp'"):
        lineage.setp  # noqa: B018
    assert isinstance(lineage.Step, type)
    assert Step is lineage.Step


def test_the_spec_does_not_depend_on_whether_the_module_was_executed(read: Written) -> None:
    """A spec read before its module is executed equals the one read after."""
    text = "CONST = 1\n@step\ndef f(x: int, y: float = CONST + 1) -> int:\n    '''Doc.'''\n"
    read.steps("tasks/a.py", text)
    read.steps("tasks/b.py", text)
    before = spec_facts(read.module("tasks.a").f.spec)
    b = read.module("tasks.b")
    assert b.CONST == 1
    after = list(spec_facts(b.f.spec))  # type: ignore[call-overload]
    after[1], after[3] = "tasks.a", "a.py"
    assert tuple(after) == before


GOOD = "from lineage import step\n\n\n@step\ndef good() -> int:\n    return 1\n\n\n"
REFUSED = {
    "generator": ("@step\ndef bad():\n    yield 1\n", "step 'bad' (steps.py:9) is a generator function"),
    "inner yield": (
        "@step\ndef bad():\n    for x in (yield):\n        pass\n",
        "step 'bad' (steps.py:9) is a generator",
    ),
    "async": ("@step\nasync def bad():\n    return 1\n", "step 'bad' (steps.py:9) is an async function"),
    "options": ('@step(version="2")\ndef bad():\n    yield 1\n', "step 'bad' (steps.py:9) is a generator function"),
    "method": ("class C:\n    @step\n    def m(self):\n        pass\n", "a method cannot be a step: C.m (steps.py:10)"),
    "method with options": (
        "class C:\n    @step(cache=False)\n    def m(self):\n        pass\n",
        "a method cannot be a step: C.m (steps.py:10)",
    ),
    "pipeline": (
        "from lineage import pipeline\n\n\n@pipeline\ndef bad():\n    yield good()\n",
        "pipeline 'bad' (steps.py:12) is a generator function",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_a_step_is_refused_before_anything_runs(tmp_path: Path, case: str) -> None:
    """Also where dodo.py takes another step of the module, and where nothing has to run."""
    text, told = REFUSED[case]
    project = Project(tmp_path / "project")
    project.write({"dodo.py": IMPORTING.format("good", "good"), "steps.py": GOOD + text})
    for words in ((), ("list",), ("info", "p:good")):
        assert told in project.doit(*words, code=3).stderr
    assert project.runs() == []


def test_the_word_yield_makes_no_generator(tmp_path: Path) -> None:
    """A text, a comment, a name, or a function inside that yields: the module is only read for them."""
    text = [
        *("from lineage import step", "open('imported', 'w')", "@step", "def fine():", '    """Crop yield."""'),
        *("    crop_yield = 1  # yields", "    def each():", "        yield crop_yield", "    return sum(each())", ""),
    ]
    project = Project(tmp_path / "project").write({"dodo.py": IMPORTING.format("fine", "fine")})
    project.write({"steps.py": "\n".join(text)})
    project.doit("list")
    assert not (project.path / "imported").exists()
    assert project.rerun() == {"fine": "run"}


IMPORTING = """\
from lineage import pipeline
from steps import {}


@pipeline
def p():
    a = {}()
"""
