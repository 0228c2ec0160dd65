"""name=value on the command line, typed at real commands: collections, enumerations, several steps, mistyped names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from projects import Project

Write = Callable[[Mapping[str, str]], Project]

WORDS = {
    "steps.py": '''\
import enum

from lineage import step


class Kernel(enum.Enum):
    RBF = "rbf"
    LINEAR = 2


@step
def show(value) -> str:
    """Tell a value and its type."""
    return f"{value!r}"


@step
def short(value) -> str:
    """Tell it shorter."""
    return f"{value!r}"[:3]
''',
    "dodo.py": '''\
from doit import get_var

from lineage import pipeline
from steps import Kernel, short, show


@pipeline
def sweep(Cs: tuple[float, ...] = (0.1, 1.0), tellers=(show,), kernel: Kernel | None = None):
    """Sweep over C."""
    told = [show(C) for C in Cs]
    chosen = [tell(kernel) for tell in tellers]


def task_hello():
    return {"actions": ["echo hello " + get_var("greeting", "you")], "verbosity": 2}
''',
}


@pytest.fixture
def sweep(project: Write) -> Project:
    """A sweep over numbers, a tuple of steps and an enumeration without a default."""
    return project(WORDS)


def test_numbers_in_a_list_have_the_type_that_is_annotated(sweep: Project) -> None:
    """`Cs=1,10` for a tuple of floats is 1.0 and 10.0, as dodo.py would have it: the same steps, cached."""
    sweep.doit()
    sweep.doit("Cs=1,10")
    assert {name: status for name, status in sweep.statuses().items() if "value:1" in name} == {
        "show@value:1.0": "cached",
        "show@value:10.0": "run",
    }


def test_a_tuple_of_steps_takes_names_of_steps(sweep: Project) -> None:
    """Several steps are swapped as one is, and an unknown one gets the nearest name before anything runs."""
    sweep.doit("tellers=show,short")
    assert {step["step"] for step in sweep.steps().values()} == {"show", "short"}
    runs = len(sweep.runs())
    assert "did you mean 'short'" in sweep.doit("tellers=show,shrot", code=3).stderr
    assert len(sweep.runs()) == runs


def test_an_enumeration_is_read_by_its_annotation(sweep: Project) -> None:
    """A parameter that may be None takes the members of the enumeration that its annotation names."""
    assert "<Kernel.LINEAR: 2>" in sweep.doit("kernel=LINEAR").stdout
    assert "did you mean 'LINEAR'" in sweep.doit("kernel=LINAER", code=3).stderr


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("greting=me", "did you mean 'greeting'?"),
        ("kernl=RBF", "did you mean 'kernel'?"),
        ("sweep.kernl=RBF", "pipeline 'sweep' has no parameter 'kernl' (did you mean 'kernel'?)"),
        ("sweep.zzz=RBF", "use one of: sweep.Cs, sweep.kernel, sweep.tellers"),
        ("swep.kernel=RBF", "did you mean 'sweep.kernel'?"),
    ],
)
@pytest.mark.parametrize("command", [["doit"], ["doit", "list"], ["doit", "info", "sweep"], ["lineage", "runs"]])
def test_a_mistyped_name_gets_the_nearest(sweep: Project, word: str, says: str, command: list[str]) -> None:
    """Parameters, those of one pipeline, and variables that a task's creator reads are known to every command."""
    done = sweep.command(*command, word)
    assert done.code == 3
    assert says in done.stderr
    assert not (sweep.path / "artifacts").exists()


def test_a_kind_of_parallel_execution_that_there_is_not(sweep: Project) -> None:
    """`-P` with another word is an error before anything runs, and also where nothing has to run."""
    assert "did you mean 'thread'?" in sweep.doit("-n", "2", "-P", "threads", code=3).stderr
    assert not sweep.runs()
    sweep.doit()
    sweep.doit("-n", "2", "-P", "threads", code=3)
    assert len(sweep.runs()) == 1


@pytest.mark.parametrize("name", ["run", "lineage"])
def test_a_pipeline_with_the_name_of_a_command(sweep: Project, name: str) -> None:
    """Such a pipeline is an error with its line for every command, whether something has to run or not."""
    sweep.doit()
    text = f"\n\n@pipeline\ndef {name}(Cs=(0.1, 1.0)):\n    told = [show(C) for C in Cs]\n"
    sweep.write({"dodo.py": WORDS["dodo.py"] + text})
    for command in ([], ["list"], ["info", "sweep"]):
        assert f"pipeline '{name}' has the name of a command (dodo.py:" in sweep.doit(*command, code=3).stderr


def test_a_mistyped_option_without_a_pipeline_is_told_as_doit_does(project: Write) -> None:
    """Where the dodo.py does not speak of lineage, doit answers as if lineage were not installed."""
    plain = project({"dodo.py": "def task_hello():\n    return {'actions': ['echo hello']}\n"})
    assert plain.doit("--contine", code=3).printed == plain.plain_doit("--contine").printed
