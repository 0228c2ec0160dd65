from __future__ import annotations

import importlib
import os
import subprocess
import sys
import threading
import time
import types

import pytest
from written import HEADER, Written, both, facts, read, tasks, written

from lineage.declare import deferred
from lineage.declare.deferred import DeferredModule
from lineage.errors import DeclarationError

__all__ = ["both", "read", "written"]

HEAVY = "import heavy\n"
STEPS = """
SCALE = 3
TABLE = heavy.make()

class Thing:
    pass

@step
def f(x: int = 1) -> int:
    '''F.'''
    return SCALE * x

@step(version="1")
def g(x: int) -> int:
    return x + 1
"""


def heavy(project: Written) -> None:
    """Write a module that counts how often it is imported, and one with steps that imports it."""
    project.write("heavy.py", "import sys\nsys.heavy = getattr(sys, 'heavy', 0) + 1\ndef make(): return {}\n")
    project.steps("tasks/a.py", HEAVY + STEPS)


@pytest.fixture(autouse=True)
def _uncounted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "heavy", 0, raising=False)


def is_read(name: str) -> bool:
    return type(sys.modules[name]) is DeferredModule


def test_steps_are_taken_without_executing_their_module(read: Written) -> None:
    """`from tasks.a import f` and planning with it execute neither the module nor what it imports."""
    heavy(read)
    planned = read.body("from tasks.a import f, g\n@pipeline\ndef p(t=g):\n    a = f()\n    b = t(a)\n")
    assert tasks(planned) == ["p:f", "p:t"]
    assert is_read("tasks.a")
    assert sys.heavy == 0


@pytest.mark.parametrize(
    "use",
    [
        "from tasks.a import SCALE; assert SCALE == 3",
        "import tasks.a as a; assert a.SCALE == 3",
        "from tasks import a; assert a.Thing()",
        "from tasks.a import *; assert SCALE == 3 and f(2) == 6",
        "import tasks.a; assert 'SCALE' in dir(tasks.a)",
        "import tasks.a; assert vars(tasks.a)['SCALE'] == 3",
        "import tasks.a; tasks.a.SCALE = 5; assert tasks.a.f(1) == 5",
        "import tasks.a; del tasks.a.SCALE; assert not hasattr(tasks.a, 'SCALE')",
        "from tasks.a import f; assert f(2) == 6",
        "from tasks.a import f; assert f.__wrapped__(2) == 6",
        "import inspect, tasks.a; assert 'SCALE * x' in inspect.getsource(tasks.a.f.__wrapped__)",
    ],
)
def test_anything_else_of_the_module_imports_it_once(read: Written, use: str) -> None:
    """A constant, a class, a star, dir(), a changed attribute or running a step imports the module, exactly once."""
    heavy(read)
    f = read.module("tasks.a").f
    exec(use, {})
    if "del " not in use:
        exec(use, {})
    assert sys.heavy == 1
    assert type(sys.modules["tasks.a"]) is types.ModuleType
    assert sys.modules["tasks.a"].f is f
    assert f.deferred is False


def test_questions_that_others_ask_import_nothing(read: Written) -> None:
    """doit asks all names for create_doit_tasks, others for dunder names: that is no reason to import."""
    heavy(read)
    module = read.module("tasks.a")
    for name in ("create_doit_tasks", "__wrapped__", "__path__", "__version__", "nothing"):
        assert not hasattr(module, name)
    assert module.__doc__ is None
    assert module.__file__.endswith("a.py")
    assert module.__name__ == "tasks.a"
    assert "tasks.a" in repr(module)
    assert module.f.__doc__ == "F."
    assert sys.heavy == 0


def test_all_is_known_without_importing(read: Written) -> None:
    """A star import takes what a literal __all__ lists, and imports only for names that are no steps."""
    heavy(read)
    read.steps("tasks/b.py", HEAVY + "__all__ = ['f']\nX = 1\n@step\ndef f(): return X\n")
    names: dict[str, object] = {}
    exec("from tasks.b import *", names)
    assert set(names) == {"__builtins__", "f"}
    assert sys.heavy == 0


def test_monkeypatch_works_on_a_read_module(read: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    """pytest's monkeypatch sets and restores constants and steps of a module that was only read."""
    heavy(read)
    module = read.module("tasks.a")
    f = module.f
    with monkeypatch.context() as patch:
        patch.setattr("tasks.a.SCALE", 7)
        patch.setattr(module, "g", 1)
        assert (f(1), module.g) == (7, 1)
    assert f(1) == 3
    assert module.g(1) == 2


def test_import_errors_repeat(read: Written) -> None:
    """A module that fails to import fails in the same way each time it is needed, and can be mended."""
    read.steps("tasks/a.py", "import no_such_thing\nSCALE = 1\n@step\ndef f(): return SCALE\n")
    module = read.module("tasks.a")
    for _ in range(2):
        with pytest.raises(ModuleNotFoundError, match="no_such_thing"):
            module.f()
        with pytest.raises(ModuleNotFoundError, match="no_such_thing"):
            exec("from tasks.a import SCALE", {})
    read.write("no_such_thing.py", "")
    importlib.invalidate_caches()
    assert module.f() == 1
    assert module.SCALE == 1


def test_a_failure_after_the_def_leaves_no_half_module(read: Written) -> None:
    """Steps declared before the error are not run with half of their module."""
    read.steps("tasks/a.py", "@step\ndef f(): return LATER\n@pipeline\ndef p(): f()\nLATER = 1 / 0\n")
    module = read.module("tasks.a")
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            module.f()
    assert tasks(read.plan(module.p)) == ["p:f"]


def test_an_attribute_error_at_the_top_is_not_hidden(read: Written) -> None:
    """`from module import name` tells what failed inside the module, not that the name is missing."""
    read.steps("tasks/a.py", "import sys\nX = sys.no_such_attribute\n@step\ndef f(): ...\n")
    read.module("tasks.a")
    with pytest.raises(ImportError, match="no_such_attribute"):
        exec("from tasks.a import X", {})


def test_a_syntax_error_is_the_users_own(read: Written) -> None:
    """A step module that does not parse gives Python's SyntaxError with its file and line."""
    path = read.steps("tasks/a.py", "@step\ndef f(:\n    pass\n")
    with pytest.raises(SyntaxError) as caught:
        read.module("tasks.a")
    assert caught.value.filename == path


def test_threads_import_once_and_see_whole_modules(read: Written) -> None:
    """Eight threads that take a constant or run a step at the same time import the module once, complete."""
    read.write("heavy.py", "import sys, time\nsys.heavy = getattr(sys, 'heavy', 0) + 1\ndef make(): time.sleep(0.05)\n")
    read.steps("tasks/a.py", HEAVY + "@step\ndef f(): return LAST\nheavy.make()\nLAST = 5\n")
    module = read.module("tasks.a")
    found: list[object] = []

    def work(number: int) -> None:
        try:
            found.append(module.f() if number % 2 else module.LAST)
        except BaseException as error:
            found.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == [5] * 8
    assert sys.heavy == 1


def test_two_modules_needing_each_other_in_two_threads_do_not_wait_for_ever(read: Written) -> None:
    """One thread loads a read module that imports a plain one; another imports the plain one, which needs a third."""
    read.write("plain.py", "import time\ntime.sleep(0.05)\nfrom tasks.c import C\n")
    read.steps("tasks/a.py", "import time\ntime.sleep(0.02)\nimport plain\nA = 1\n@step\ndef f(): ...\n")
    read.steps("tasks/c.py", "C = 1\n@step\ndef g(): ...\n")
    a = read.module("tasks.a")
    read.module("tasks.c")
    threads = [
        threading.Thread(target=lambda: a.A, daemon=True),
        threading.Thread(target=lambda: importlib.import_module("plain"), daemon=True),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
    assert sys.modules["plain"].C == 1


def test_circular_imports_behave_as_in_python(both: Written) -> None:
    """Two step modules that import each other's steps work; a circle over constants fails as Python's does."""
    both.steps("tasks/a.py", "from tasks.b import g\n@step\ndef f(): return g()\n")
    both.steps("tasks/b.py", "import tasks.a\n@step\ndef g(): return 1\n")
    assert both.module("tasks.a").f() == 1
    both.steps("tasks/c.py", "from tasks.d import D\nC = 1\n@step\ndef h(): ...\n")
    both.steps("tasks/d.py", "from tasks.c import C\nD = 1\n@step\ndef i(): ...\n")
    with pytest.raises(ImportError):
        exec("from tasks.c import C", {})


def test_packages_reexport_steps(both: Written) -> None:
    """A package's __init__ may re-export steps by relative imports, or declare some itself."""
    heavy(both)
    both.steps("tasks/deep/b.py", "from ..a import f\n@step\ndef h(x: int) -> int: return x\n")
    both.write(
        "tasks/deep/__init__.py", HEADER + HEAVY + "from .b import h, f\n@step\ndef own(x: int) -> int: return x\n"
    )
    planned = both.body(
        """
        from tasks.deep import h, f, own
        import tasks.deep.b as b
        from tasks import deep

        @pipeline
        def p():
            a = f()
            c = h(a)
            d = own(c)
            e = deep.b.h(d)
        """
    )
    assert tasks(planned) == ["p:f", "p:h", "p:own", "p:h@e"]
    assert [call.step.module for call in planned.calls] == ["tasks.a", "tasks.deep.b", "tasks.deep", "tasks.deep.b"]


def test_type_checking_imports_and_main_blocks_are_not_executed(both: Written) -> None:
    """`if TYPE_CHECKING:` and `if __name__ == '__main__':` are no obstacle."""
    both.steps(
        "tasks/a.py",
        """
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from nowhere import Type

        @step
        def f(x: Type = 1) -> Type:
            return x

        if __name__ == "__main__":
            raise SystemExit(f(1))
        """,
    )
    module = both.module("tasks.a")
    assert module.f.spec.returns == ("Type",)
    assert module.f(4) == 4


@pytest.mark.parametrize(
    "text",
    [
        "if True:\n    @step\n    def f(): return 1\n",
        "try:\n    import json\nexcept ImportError:\n    pass\nelse:\n    @step\n    def f(): return 1\n",
        "def noted(f):\n    return f\n@noted\n@step\ndef f(): return 1\n",
        "VERSION = '2'\n@step(version=VERSION)\ndef f(): return 1\n",
        "@step\ndef f(): return 0\n@step\ndef f(): return 1\n",
        "def __getattr__(name):\n    raise AttributeError(name)\n@step\ndef f(): return 1\n",
        "from math import *\n@step\ndef f(): return int(cos(0))\n",
        "import lineage as L\n@L.step\ndef f(): return 1\n",
        "from lineage import step as s\n@s()\ndef f(): return 1\n",
    ],
)
def test_what_is_not_understood_is_imported(both: Written, text: str) -> None:
    """Steps under an if, decorated above, bound twice or with computed options work all the same."""
    both.steps("tasks/a.py", text)
    planned = both.body("from tasks.a import f\n@pipeline\ndef p():\n    a = f()\n")
    assert tasks(planned) == ["p:f"]
    assert both.module("tasks.a").f() == 1


def test_only_step_modules_of_the_project_are_read(read: Written) -> None:
    """Plain modules, dodo.py, the standard library and installed packages are imported as ever."""
    read.write("helper.py", "X = 1\n")
    read.write("uses.py", "import lineage\nX = 1\n")
    read.steps("dodo.py", "@step\ndef f(): ...\n")
    read.steps("others.py", "def task_x(): ...\n@step\ndef f(): ...\n")
    read.steps("venv/lib/python3.11/site-packages/pkg.py", "@step\ndef f(): ...\n")
    read.steps(".hidden/inside.py", "@step\ndef f(): ...\n")
    sys.path[:0] = [str(read.root / "venv/lib/python3.11/site-packages"), str(read.root / ".hidden")]
    try:
        for name in ("helper", "uses", "dodo", "others", "pkg", "inside", "colorsys"):
            assert type(read.module(name)) is types.ModuleType
    finally:
        del sys.path[:2]


def test_loaded_at_tells_what_was_really_executed(read: Written) -> None:
    """Each module of the project that was executed has its time; one that was only read has none."""
    heavy(read)
    before = time.time()
    module = read.module("tasks.a")
    path = os.path.realpath(module.__file__)
    assert path not in deferred.loaded_at
    deferred.load("tasks.a")
    assert before <= deferred.loaded_at[path] <= time.time()
    assert before <= deferred.loaded_at[str(read.root / "heavy.py")] <= time.time()


def test_the_switch_turns_reading_off(written: Written) -> None:
    """With LINEAGE_DEFER=0 modules are imported as ever, and still noted."""
    heavy(written)
    module = written.module("tasks.a")
    assert type(module) is types.ModuleType
    assert sys.heavy == 1
    assert os.path.realpath(module.__file__) in deferred.loaded_at


def test_a_module_and_a_package_of_one_name(both: Written) -> None:
    """The package goes before the file, as Python has it; names of the standard library are no problem inside."""
    both.steps("tasks.py", "@step\ndef wrong(): ...\n")
    both.steps("tasks/statistics.py", "import statistics as s\n@step\ndef f(): return s.mean([1, 3])\n")
    module = both.module("tasks.statistics")
    assert module.f() == 2
    assert not hasattr(both.module("tasks"), "wrong")


def test_a_step_called_while_its_module_loads_in_a_plan_is_not_recorded(both: Written) -> None:
    """What a module calls at its top level is no part of the pipeline that made it load."""
    both.steps("tasks/a.py", "@step\ndef f(): return 7\nVALUE = f()\n@step\ndef g(x): return x\n")
    planned = both.body("import tasks.a as a\n@pipeline\ndef p():\n    x = a.g(a.VALUE)\n")
    assert tasks(planned) == ["p:g"]


# Pipelines in modules that are read


def test_a_pipeline_is_planned_from_its_own_def(read: Written) -> None:
    """Imports and literal constants that the body names are enough; nothing else of the module is executed."""
    heavy(read)
    read.steps(
        "tasks/p.py",
        HEAVY
        + """
from itertools import product
import tasks.a as a
from .a import g
CS = [1, 2]
DEPTHS: tuple[int, ...] = (3,)
UNUSED = heavy.make()

@pipeline
def p(t=g, cs=CS, flag: bool = True) -> None:
    '''Doc.'''
    for c, d in product(cs, DEPTHS):
        x = a.f(c * d)
    y = t(x)
""",
    )
    p = read.module("tasks.p").p
    assert (p.doc, list(p.parameters), p.annotations) == ("Doc.", ["t", "cs", "flag"], {"flag": "bool"})
    assert tasks(read.plan(p)) == ["p:f@x:3", "p:f@x:6", "p:t"]
    assert sys.heavy == 0
    assert is_read("tasks.p")


@pytest.mark.parametrize(
    "text",
    [
        "CS = [1]\nCS.append(2)\n",
        "CS = [1]\ndef more(): CS.append(2)\nmore()\n",
        "CS = [1]\nCS += [2]\n",
        "CS = list(range(1, 3))\n",
        "def cs(): return [1, 2]\nCS = cs()\n",
        "CS = (1, 2)\n",
        "CS = [1, 2]\n",
        "if True:\n    CS = [1, 2]\n",
        "from tasks.values import CS\n",
        "CS: list[int] = [1, 2]\n",
    ],
)
def test_constants_of_a_body_have_their_real_values(both: Written, text: str) -> None:
    """However a constant comes to its value, the body sees that value."""
    both.write("tasks/values.py", "CS = [1, 2]\n")
    both.steps(
        "tasks/p.py",
        text + "@step\ndef f(x): ...\n@pipeline\ndef p(cs=CS):\n    a = [f(c) for c in CS]\n    b = len(cs)\n",
    )
    planned = both.plan(both.module("tasks.p").p)
    assert tasks(planned) == ["p:f@x:1", "p:f@x:2"]


def test_helpers_and_globals_of_a_body_work(both: Written) -> None:
    """A body that calls the module's own functions or writes its globals uses the module itself."""
    both.steps(
        "tasks/p.py",
        """
        COUNT = 0
        @step
        def f(x): ...
        def helper(x):
            return f(x)
        @pipeline
        def p():
            global COUNT
            COUNT += 1
            a = helper(COUNT)
        @pipeline
        def q():
            a = helper(5)
        """,
    )
    module = both.module("tasks.p")
    planned = both.plan(module.p, module.q)
    assert tasks(planned) == ["p:f", "q:f"]
    assert module.COUNT == 1


def test_pipelines_of_pipelines_in_read_modules(both: Written) -> None:
    """A pipeline of a read module may call another one and pass steps on."""
    heavy(both)
    both.steps(
        "tasks/inner.py", "from .a import f, g\n@pipeline\ndef inner(t=f, n=1):\n    a = t(n)\n    return g(a)\n"
    )
    both.steps(
        "tasks/outer.py",
        "from .inner import inner\nfrom .a import g\n@pipeline\ndef outer():\n    b = g(inner(g, n=2))\n",
    )
    planned = both.plan(both.module("tasks.outer").outer)
    expected = FACTS.setdefault("outer", facts(planned))
    assert facts(planned) == expected
    assert tasks(planned)[0] == "outer:t"


def test_a_body_finds_what_its_module_says_where_to_find(both: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that adds a folder to ``sys.path`` at its top is imported when its pipeline takes a step from there."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    both.steps("lib/inner_steps.py", "@step\ndef f(x): ...\n")
    both.steps(
        "tasks/p.py",
        "import os, sys\nsys.path.insert(0, os.path.abspath('lib'))\nfrom inner_steps import f\n"
        "@pipeline\ndef p(t=f):\n    a = t(1)\n",
    )
    assert tasks(both.plan(both.module("tasks.p").p)) == ["p:t"]


FACTS: dict[str, list[object]] = {}


def test_a_missing_name_in_a_body_is_an_error_with_its_line(both: Written) -> None:
    """A name that nobody has is the user's NameError, wrapped with file and line."""
    both.steps("tasks/p.py", "@pipeline\ndef p():\n    a = nothing_like_it()\n")
    with pytest.raises(DeclarationError, match=r"NameError \(tasks/p.py:8\)"):
        both.plan(both.module("tasks.p").p)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_steps_run_in_other_processes(read: Written, method: str) -> None:
    """A worker process of each kind finds a step by name and runs it, whether or not a finder is installed there."""
    heavy(read)
    read.write(
        "drive.py",
        f"""
        import multiprocessing, os, sys
        from lineage.declare import deferred
        from lineage.declare.live import find_step

        def work(name):
            return find_step(*name).__wrapped__(5), len([m for m in sys.modules if m == "heavy"])

        if __name__ == "__main__":
            deferred.install(os.getcwd())
            from tasks.a import f
            with multiprocessing.get_context("{method}").Pool(1) as pool:
                print(pool.apply(work, [("tasks.a", "f")]), pool.apply(f, [2]), "heavy" in sys.modules)
        """,
    )
    done = subprocess.run([sys.executable, "drive.py"], cwd=read.root, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "(15, 1) 6 False", done.stderr
