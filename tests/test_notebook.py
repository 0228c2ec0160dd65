"""Steps that are defined in the cells of a notebook: a real IPython in a process of its own, for each kernel one."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from projects import REPOSITORY, Done, Project, expect

pytest.importorskip("IPython")

#: Executes cells one after another, as a kernel does. A cell that begins with ``!`` is the name of a file and its text.
KERNEL = """\
import json
import os
import sys
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance(colors="NoColor")
if len(sys.argv) > 2:  # what Jupyter's kernel calls the code of a cell
    shell.compile.get_code_name = lambda *cell: f"/tmp/ipykernel_{os.getpid()}/{abs(hash(cell[0]))}.py"
for cell in json.loads(sys.argv[1]):
    if cell.startswith("!"):
        name, _, text = cell[1:].partition("\\n")
        with open(name, "w") as file:
            file.write(text)
        continue
    shell.run_cell(cell, store_history=True)
"""

IMPORTS = "import helper\nimport lineage\nfrom lineage import pipeline, step"
HELPER = "SCALE = 2\n\n\ndef scale(x):\n    return x * SCALE\n"
OFFSET = "OFFSET = 1"
SHIFT = "def shift(x):\n    return x + OFFSET"
STEPS = """\
@step
def numbers(count: int = 3) -> list:
    return [helper.scale(each) for each in range(count)]

@step
def total(values: list) -> int:
    return sum(shift(each) for each in values)
"""
PIPELINE = """\
@pipeline
def sums():
    values = numbers()
    result = total(values)
"""
RUN = "lineage.run()"
CELLS = [IMPORTS, OFFSET, SHIFT, STEPS, PIPELINE, RUN]

ALL_CACHED = {"numbers": "cached", "total": "cached"}
TOTAL_RUN = {"numbers": "cached", "total": "run"}
BOTH_RUN = {"numbers": "run", "total": "run"}

Kernel = Callable[..., Done]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A folder with a module beside the notebook."""
    made = Project(tmp_path / "project").write({"helper.py": HELPER})
    made.environment["IPYTHONDIR"] = str(tmp_path / "ipython")
    return made


def kernel(project: Project, *cells: str) -> Done:
    """Execute cells in a new kernel."""
    return expect(0, project.command(sys.executable, "-c", KERNEL, json.dumps(cells)))


def statuses(project: Project) -> list[dict[str, str]]:
    """Return what became of each step, run by run."""
    return [{step["task"].partition(":")[2]: step["status"] for step in run["steps"]} for run in project.runs()]


def result(project: Project, name: str = "sums/result") -> str:
    return project.artifact(name).read_text().strip()


def test_again(project: Project) -> None:
    """The second run is all cached, whether in the same kernel, with all cells executed again, or in a new kernel."""
    kernel(project, *CELLS, RUN, *CELLS)
    kernel(project, *CELLS)
    assert statuses(project) == [BOTH_RUN, ALL_CACHED, ALL_CACHED, ALL_CACHED]


def test_file_names_of_jupyter(project: Project) -> None:
    """Jupyter's kernel gives cells names of files that are not there; a result of one kernel is one of another."""
    cells = [*CELLS, SHIFT.replace("+", "-"), RUN, SHIFT, RUN]
    expect(0, project.command(sys.executable, "-c", KERNEL, json.dumps(cells), "jupyter"))
    kernel(project, *CELLS)
    assert statuses(project) == [BOTH_RUN, TOTAL_RUN, ALL_CACHED, ALL_CACHED]


def test_an_edited_helper_reruns_what_reaches_it(project: Project) -> None:
    """And only that, once the cell is executed again; edited back, the result comes from history."""
    kernel(project, *CELLS, SHIFT.replace("+", "-"), RUN, SHIFT, RUN)
    assert statuses(project) == [BOTH_RUN, TOTAL_RUN, ALL_CACHED]
    assert result(project) == "9"


def test_an_edited_step(project: Project) -> None:
    """A step counts with its own code, and what comes after it by the values that it gets."""
    edited = STEPS.replace("range(count)", "reversed(range(count))")
    same = STEPS.replace("range(count)", "list(range(count))")
    kernel(project, *CELLS, edited, RUN, same, RUN)
    assert statuses(project) == [BOTH_RUN, BOTH_RUN, {"numbers": "run", "total": "cached"}]


def test_comments_and_layout(project: Project) -> None:
    """A comment, a docstring and another layout rerun nothing."""
    commented = "def shift(x):\n    '''Shift.'''\n    # by the offset\n    return (x +\n        OFFSET)"
    kernel(project, *CELLS, commented, RUN)
    assert statuses(project) == [BOTH_RUN, ALL_CACHED]


def test_an_edited_constant(project: Project) -> None:
    """A constant counts for whoever reads it, by its value: how it came to it does not matter."""
    kernel(project, *CELLS, "OFFSET = 2", RUN, "OFFSET = sum([1, 1])", RUN, "OFFSET += 1", RUN)
    assert statuses(project) == [BOTH_RUN, TOTAL_RUN, ALL_CACHED, TOTAL_RUN]
    assert result(project) == "15"


def test_the_order_of_cells_does_not_count(project: Project) -> None:
    """Nor does which of them were executed before, nor what else the notebook holds."""
    kernel(project, *CELLS)
    first = f"{IMPORTS}\nimport threading\nlock = threading.Lock()\nOFFSET = 77\ndef shift(x): return 0"
    kernel(project, first, STEPS, SHIFT, "x = 5", OFFSET, PIPELINE, RUN)
    assert statuses(project) == [BOTH_RUN, ALL_CACHED]


def test_a_pipeline_whose_slot_was_filled_before_the_step_changed(project: Project) -> None:
    """A slot takes the step that its name stands for now."""
    slotted = "@pipeline\ndef sums(last=total):\n    values = numbers()\n    result = last(values)\n"
    kernel(project, IMPORTS, OFFSET, SHIFT, STEPS, slotted, STEPS.replace("sum(", "10 + sum("), RUN)
    assert result(project) == "19"


def test_arrays_and_frames_count_by_value(project: Project) -> None:
    """An array that a step reads counts, by its value, and is not written out in reasons."""
    steps = "@step\ndef total() -> float:\n    return float(WEIGHTS.sum())\n"
    one = "@pipeline\ndef sums():\n    result = total()\n"
    cells = ["import numpy as np\n" + IMPORTS, "WEIGHTS = np.ones(3)", steps, one, RUN]
    done = kernel(project, *cells, "WEIGHTS = np.ones(3) * 1", RUN, "WEIGHTS[1] = 5", RUN)
    assert statuses(project) == [{"total": "run"}, {"total": "cached"}, {"total": "run"}]
    assert "error" not in done.printed.lower()
    assert "-WEIGHTS = object('array (3,) float64'" in project.lineage("why", "sums:total", "--run", "last").stdout


def test_a_value_without_identity_is_refused(project: Project) -> None:
    """Before anything runs it is said what, why and how to mend it; where no step uses it, it does not matter."""
    done = kernel(project, *CELLS[:-1], "import random\nOFFSET = random.Random(0)", RUN)
    assert "step 'total' uses 'OFFSET' (reached by total -> shift -> OFFSET): a random.Random has no fingerprint" in (
        done.stderr
    )
    assert "why: a Random has hidden state" in done.stderr
    assert "fix: pass a seed" in done.stderr
    assert not (project.path / "artifacts").exists()
    kernel(project, *CELLS[:-1], "import random\nSEED = random.Random(0)", RUN)
    assert statuses(project)[-1] == BOTH_RUN


def test_why_says_which_cell(project: Project) -> None:
    """A reason names the cell by what it defines, with the diff, and never its file or number."""
    kernel(project, *CELLS, SHIFT.replace("+", "-"), RUN)
    told = project.lineage("why", "sums:total", "--run", "last").stdout
    assert "__main__:shift (cell defining shift) changed, reached by total -> shift" in told
    assert "-    return x + OFFSET" in told
    assert "+    return x - OFFSET" in told
    assert "ipython" not in told


def test_nothing_of_the_cells_is_in_a_fingerprint(project: Project) -> None:
    """Other cells before it, another number and another process give the same fingerprint."""
    kernel(project, *CELLS)
    before = project.steps()
    kernel(project, "1", "2", "\n\n".join([IMPORTS, OFFSET, SHIFT, STEPS, PIPELINE]), "lineage.run('-a')")
    after = project.steps()
    assert statuses(project)[-1] == BOTH_RUN
    for name in before:
        assert project.lineage("why", f"sums:{name}", "--run", "last").code == 0
        assert [one["version"] for one in after[name]["outputs"]] == [one["version"] for one in before[name]["outputs"]]
    kernel(project, *CELLS)
    assert statuses(project)[-1] == ALL_CACHED


def test_a_value_that_another_step_changes(project: Project) -> None:
    """The step that reads it fails: what it was fingerprinted with is gone. The next run sees what it is."""
    steps = "@step\ndef numbers() -> list:\n    SHARED.append(1)\n    return [1]\n"
    steps += "@step\ndef total(values: list) -> int:\n    return len(SHARED)\n"
    done = kernel(project, IMPORTS, "SHARED = []", steps, PIPELINE, RUN)
    assert "'SHARED', which step 'total' uses (total -> SHARED), has changed since this run began" in done.printed
    assert statuses(project) == [{"numbers": "run", "total": "failed"}]


def test_an_object_whose_class_was_defined_again(project: Project) -> None:
    """It is not what the class is now, and nobody else could make it: its cell has to be executed again."""
    point = "class Point:\n    def __init__(self, x): self.x = x"
    shift = "def shift(x): return x + HERE.x"
    done = kernel(
        project, IMPORTS, point, "HERE = Point(1)", shift, STEPS, PIPELINE, RUN, point, RUN, "HERE = Point(1)", RUN
    )
    assert "it is an object of class 'Point' as it was before" in done.stderr
    assert "fix: execute the cell that makes the object again" in done.stderr
    assert statuses(project) == [BOTH_RUN, ALL_CACHED]


# Modules of the project


def test_a_module_that_changed_after_it_was_imported(project: Project) -> None:
    """The old code is not run under the name of the new one; reloaded, it runs."""
    edited = "!helper.py\n" + HELPER.replace("2", "3")
    done = kernel(project, *CELLS, edited, RUN, "import importlib\nimportlib.reload(helper)", RUN)
    assert "uses helper.py, which changed after it was imported" in done.printed
    assert "restart the kernel, or importlib.reload(helper)" in done.printed
    assert statuses(project) == [BOTH_RUN, {"numbers": "failed", "total": "skipped"}, BOTH_RUN]
    assert result(project) == "12"


def test_a_module_that_was_imported_before_lineage(project: Project) -> None:
    """It is noticed too where nobody has watched the import."""
    edited = "!helper.py\n" + HELPER.replace("2", "3")
    done = kernel(project, "import helper", "import time; time.sleep(1.1)", edited, *CELLS)
    assert "uses helper.py, which changed after it was imported" in done.printed
    kernel(project, *CELLS)
    assert statuses(project)[-1] == BOTH_RUN
    assert result(project) == "12"


def test_a_name_that_a_reload_leaves_behind(project: Project) -> None:
    """``from helper import scale`` keeps the old function: reloading the module is not enough."""
    steps = STEPS.replace("helper.scale", "scale")
    cells = [IMPORTS + "\nfrom helper import scale", OFFSET, SHIFT, steps, PIPELINE, RUN]
    edited = "!helper.py\n" + HELPER.replace("x * SCALE", "x + SCALE")
    done = kernel(project, *cells, edited, "import importlib\nimportlib.reload(helper)", RUN)
    assert "may use helper.scale, of which the notebook has what it was before a reload" in done.printed
    kernel(project, *cells)
    assert statuses(project)[-1] == BOTH_RUN
    assert result(project) == "12"


@pytest.mark.parametrize("setting", ["helper.SCALE = 3", "helper.scale = lambda x: x + 1"])
def test_a_name_of_a_module_that_a_cell_sets(project: Project, setting: str) -> None:
    """The module is not what its file says, so nothing is remembered as made by it."""
    done = kernel(project, *CELLS[:-1], setting, RUN)
    assert "which is not what helper.py says" in done.printed
    assert statuses(project) == [{"numbers": "failed", "total": "skipped"}]
    kernel(project, *CELLS)
    assert statuses(project)[-1] == BOTH_RUN


def test_a_name_of_a_module_that_no_step_uses(project: Project) -> None:
    """It may be set as one likes."""
    project.write({"helper.py": HELPER + "\n\nVERBOSE = False\n"})
    kernel(project, *CELLS[:-1], "helper.VERBOSE = True", RUN)
    assert statuses(project) == [BOTH_RUN]


def test_a_script_that_is_run_with_names_of_its_own(project: Project) -> None:
    """``%run`` gives functions that do not see the notebook's names; with ``-i`` they do."""
    project.write({"shifting.py": SHIFT, "old.py": OFFSET})
    done = kernel(project, IMPORTS, "%run shifting.py", OFFSET, STEPS, PIPELINE, RUN)
    assert "'shift' does not see the names of the notebook" in done.stderr
    kernel(project, IMPORTS, "%run -i shifting.py", OFFSET, STEPS, PIPELINE, RUN, "OFFSET = 2", RUN)
    assert statuses(project) == [BOTH_RUN, TOTAL_RUN]


def test_what_dodo_py_changes_is_not_executed_in_a_notebook(project: Project) -> None:
    """A dodo.py in the same folder is another program."""
    project.write({"dodo.py": "import helper\nhelper.SCALE = 50\n"})
    kernel(project, *CELLS)
    project.write({"dodo.py": "import helper\nhelper.SCALE = 60\n"})
    kernel(project, *CELLS)
    assert statuses(project) == [BOTH_RUN, ALL_CACHED]


# What cells define

CLASS = """\
class Model:
    def __init__(self, slope):
        self.slope = slope

    def predict(self, x):
        return self.slope * x
"""
MODEL_STEPS = """\
@step
def fit() -> Model:
    return Model(2)

@step
def predict(model: object) -> int:
    return model.predict(10)
"""
MODEL_PIPELINE = "@pipeline\ndef models():\n    model = fit()\n    guess = predict(model)\n"
MODEL_CELLS = [IMPORTS, CLASS, MODEL_STEPS, MODEL_PIPELINE, RUN]


def test_a_class_of_a_cell_in_an_artifact(project: Project) -> None:
    """Whoever gets an object of it depends on its methods, in this kernel and in the next one."""
    kernel(project, *MODEL_CELLS, CLASS, RUN)
    kernel(project, *MODEL_CELLS, CLASS.replace("self.slope * x", "self.slope + x"), RUN)
    cached, run = {"fit": "cached", "predict": "cached"}, {"fit": "run", "predict": "run"}
    assert statuses(project) == [run, cached, cached, run]
    assert result(project, "models/guess") == "12"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("class Point(NamedTuple):\n    x: int = 1", "class Point(NamedTuple):\n    x: int = 2"),
        ("@dataclass\nclass Point:\n    x: int = 1", "@dataclass\nclass Point:\n    x: int = 2"),
        ("class Point:\n    x = 1", "class Point:\n    x = 2"),
        ("class Point:\n    x = 1\n    def f(self): pass", "Point.x = 2"),
        ("class Base:\n    x = 1\nclass Point(Base): pass", "class Base:\n    x = 2\nclass Point(Base): pass"),
        (
            "def g(self): return 1\nclass Point:\n    x = 1\nPoint.x = property(g)",
            "def g(self): return 2\nPoint.x = property(g)",
        ),
        (
            "X = 1\nclass Point:\n    x = X\n    def f(self): pass",
            "X = 2\nclass Point:\n    x = X\n    def f(self): pass",
        ),
        ("class Point(Enum):\n    x = 1", "class Point(Enum):\n    x = 2"),
    ],
)
def test_classes(project: Project, before: str, after: str) -> None:
    """A class without a method counts with what it is made of, and one with methods also with what was set later."""
    imports = IMPORTS + "\nfrom enum import Enum\nfrom dataclasses import dataclass\nfrom typing import NamedTuple"
    total = "@step\ndef total() -> int:\n    point = Point.x if isinstance(Point, type(Enum)) else Point().x\n"
    total += "    return int(getattr(point, 'value', point))\n"
    one = "@pipeline\ndef sums():\n    result = total()\n"
    kernel(project, imports, before, total, one, RUN, before, RUN, after, RUN)
    assert statuses(project) == [{"total": "run"}, {"total": "cached"}, {"total": "run"}]
    assert result(project) == "2"


FUNCTIONS = {
    "recursion": ("def f(x): return g(x)\ndef g(x): return x if x < 3 else f(x - 1)", "def g(x): return -x"),
    "lambda": ("f = lambda x: x + 1", "f = lambda x: x + 2"),
    "two lambdas on a line": ("f, g = lambda x: x + 1, lambda x: x", "g, f = lambda x: x + 1, lambda x: x"),
    "made in a loop": (
        "for k in (1, 2):\n    def f(x, k=k):\n        return x + k",
        "for k in (2, 1):\n    def f(x, k=k):\n        return x + k",
    ),
    "lambdas in a list": (
        "fs = [lambda x, k=k: x + k for k in (1, 2)]\ndef f(x): return fs[0](x)",
        "fs = [lambda x, k=k: x + k for k in (3, 2)]",
    ),
    "closure": ("def make(k):\n    def f(x): return x + k\n    return f\nf = make(1)", "f = make(2)"),
    "decorator": (
        "def twice(g):\n    def f(x): return g(x) * 2\n    return f\n@twice\ndef f(x): return x",
        "def twice(g):\n    def f(x): return g(x) * 3\n    return f\n@twice\ndef f(x): return x",
    ),
    "cached": (
        "@functools.lru_cache\ndef f(x): return x",
        "@functools.lru_cache\ndef f(x): return x + 1",
    ),
    "partial": ("def g(x, k): return x + k\nf = functools.partial(g, k=1)", "f = functools.partial(g, k=2)"),
    "partial of another": (
        "def g(x, k): return x + k\nf = functools.partial(g, k=1)",
        "def g(x, k): return x - k\nf = functools.partial(g, k=1)",
    ),
    "another name": ("def g(x): return x\nf = g", "def g(x): return x + 1\nf = g"),
    "attribute": ("def f(x): return x + f.by\nf.by = 1", "f.by = 2"),
    "imported": ("f = helper.scale", "f = abs"),
    "static method": (
        "class C:\n    @staticmethod\n    def f(x): return x\nf = C.f",
        "class C:\n    @staticmethod\n    def f(x): return x + 1\nf = C.f",
    ),
    "changed in place": ("FIXED = {'by': [1, 2]}\ndef f(x): return x + FIXED['by'][0]", "FIXED['by'][0] = 7"),
    "wrapped in an array function": (
        "def g(x): return x\nf = np.vectorize(g)",
        "def g(x): return x + 1\nf = np.vectorize(g)",
    ),
    "looked up": ("def g(x): return x\ndef f(x): return globals()['g'](x)", "def g(x): return x + 1"),
}


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("K = 1\nclass C:\n    def get(self, k=K): return k", "K = 2"),
        ("K = 1\nclass C:\n    k = K\n    def get(self): return self.k", "K = 2"),
        ("class B:\n    def get(self): return 1\nclass C(B):\n    pass", "class B:\n    def get(self): return 2"),
        ("K = 1\ndef get(k=K): return k\nclass C:\n    def get(self): return get()", "K = 2"),
        ("K = 1\n@step\ndef get(k=K) -> int: return k\nclass C:\n    def get(self): return get()", "K = 2"),
        ("K = 1\ndef get(k=K): return k\nclass C:\n    get = staticmethod(get)", "K = 2"),
    ],
)
def test_what_was_worked_out_before_a_name_changed(project: Project, first: str, then: str) -> None:
    """A class keeps what its definition has taken from other names; executed again, it is another one."""
    total = "@step\ndef total() -> int:\n    return C().get()\n"
    one = "@pipeline\ndef sums():\n    result = total()\n"
    kernel(project, IMPORTS, first, total, one, then, RUN)
    assert result(project) == "1"
    kernel(project, IMPORTS, then, first.replace("1", "2"), then, total, one, RUN)
    assert result(project) == "2"


@pytest.mark.parametrize(("before", "after"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_functions(project: Project, before: str, after: str) -> None:
    """A function counts as it is now, however it came about; executing its cell again changes nothing."""
    total = "@step\ndef total() -> int:\n    return int(sum(f(x) for x in range(5)))\n"
    one = "@pipeline\ndef sums():\n    result = total()\n"
    done = kernel(
        project, IMPORTS + "\nimport functools\nimport numpy as np", before, total, one, RUN, before, RUN, after, RUN
    )
    kernel(project, IMPORTS + "\nimport functools\nimport numpy as np", before, after, total, one, RUN)
    expected = [{"total": "run"}, {"total": "cached"}, {"total": "run"}, {"total": "cached"}]
    assert statuses(project) == expected, done.printed


def test_code_without_source_is_refused(project: Project) -> None:
    """What exec has made has no source that could tell when it differs."""
    done = kernel(project, IMPORTS, OFFSET, "exec('def shift(x): return x')", STEPS, PIPELINE, RUN)
    assert "step 'total' uses 'shift' (reached by total -> shift): 'shift' has no source" in done.stderr
    assert "why: it was made by exec" in done.stderr
    assert not (project.path / "artifacts").exists()


def test_a_failure_shows_the_lines_of_the_cell(project: Project) -> None:
    """The traceback is the user's, and the console says which line of which cell."""
    done = kernel(project, *CELLS[:-1], "def shift(x):\n    y = 1\n    return x / 0", RUN, "print('went on')")
    assert "ZeroDivisionError: division by zero  line 3 of the cell defining shift" in done.stdout
    assert "    return x / 0" in done.printed
    assert "lineage/" not in done.printed
    assert "StepError: a step failed: see above" in done.printed
    assert "went on" in done.stdout


def test_options_of_a_step(project: Project) -> None:
    """What a step depends on, its version and what it ignores are told as in a module."""
    steps = STEPS.replace("@step\ndef total", "@step(depends_on=[extra], ignore=['log'], version='1')\ndef total")
    extra = "def extra():\n    return 1\ndef log(x):\n    return x"
    cells = [IMPORTS, OFFSET, SHIFT, extra, steps.replace("return sum", "log(1)\n    return sum"), PIPELINE, RUN]
    kernel(project, *cells, extra, RUN, extra.replace("return x", "return 2 * x"), RUN, extra.replace("1", "2"), RUN)
    assert statuses(project) == [BOTH_RUN, ALL_CACHED, ALL_CACHED, TOTAL_RUN]


def test_options_that_mean_nothing(project: Project) -> None:
    """They are remarked on, or refused, with the step that is meant."""
    done = kernel(
        project, *CELLS[:3], STEPS.replace("@step\ndef total", "@step(ignore='nothing')\ndef total"), PIPELINE, RUN
    )
    assert "of step 'total' (in a cell)" in done.printed
    done = kernel(
        project, *CELLS[:3], STEPS.replace("@step\ndef total", "@step(depends_on='no.sql')\ndef total"), PIPELINE, RUN
    )
    assert "step 'total' (in a cell) depends on no.sql, which does not exist" in done.printed


def test_a_pipeline_that_cannot_be_planned(project: Project) -> None:
    """The error names the line of the cell."""
    done = kernel(project, *CELLS[:4], "@pipeline\ndef sums():\n    values = numbers()\n    if values: pass", RUN)
    assert "line 4 of a cell" in done.printed


def test_the_example_of_the_documentation(project: Project) -> None:
    """It works as it is written."""
    text = (REPOSITORY / "docs" / "pipelines.md").read_text().partition("## In a notebook")[2].partition("\n## ")[0]
    cells = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    done = kernel(project, *cells)
    assert "run 1: 2 run, 0 cached, 0 failed" in done.stdout
    kernel(project, *cells, "assert lineage.load('sums/result') == 6\nprint('as told')", "lineage.run('count=5')")
    assert result(project) == "20"


def test_words(project: Project) -> None:
    """``lineage.run`` takes what ``doit`` takes; ``-n`` changes nothing, since no other process has the steps."""
    taking = "@pipeline\ndef sums(count=3):\n    values = numbers(count=count)\n    result = total(values)\n"
    done = kernel(
        project,
        IMPORTS,
        OFFSET,
        SHIFT,
        STEPS,
        taking,
        "lineage.run('count=4', '-n', '2')",
        RUN,
        "sums.name",
        "lineage.run('')",
    )
    assert statuses(project) == [BOTH_RUN, BOTH_RUN]
    assert "UsageError: '' is no word for doit" in done.printed
    assert "sums:total" in done.stdout


def test_what_a_cell_reads_without_declaring_it(project: Project) -> None:
    """Code of a cell is the project's own: what it reads is a discovered input."""
    reading = "def shift(x):\n    with open('offset.txt') as file:\n        return x + int(file.read())"
    project.write({"offset.txt": "1"})
    done = kernel(project, IMPORTS, reading, STEPS, PIPELINE, RUN, RUN, "!offset.txt\n5", RUN)
    assert statuses(project) == [BOTH_RUN, ALL_CACHED, TOTAL_RUN]
    assert "the cell defining shift, line 2, read offset.txt" in done.printed
