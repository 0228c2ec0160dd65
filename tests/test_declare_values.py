from __future__ import annotations

from pathlib import Path

import pytest
from projects import Project
from written import Written, both

from lineage.declare.values import parse_value, parse_word
from lineage.errors import UsageError
from lineage.model.plan import MISSING

__all__ = ["both"]


def no_steps(name: str | None) -> object:
    return [] if name is None else None


@pytest.mark.parametrize(
    ("text", "annotation", "default", "value"),
    [
        ("3", "int", 1, 3),
        ("1e-3", "float", 1, 0.001),
        ("3", "float", MISSING, 3.0),
        ("yes", "bool", False, True),
        ("false", None, True, False),
        ("3", "str", MISSING, "3"),
        ("a/b", "Path", MISSING, Path("a/b")),
        ("a/b", "Annotated[Path, File]", MISSING, Path("a/b")),
        ("a/b", "Annotated[pathlib.Path, lineage.File] | None", None, Path("a/b")),
        ("none", "int | None", 3, None),
        ("4", "int | None", None, 4),
        ("4", "Optional[float]", None, 4.0),
        ("x", "typing.Union[int, str]", 1, "x"),
        ("7", "str | int", 1, 7),
        ("rbf", "Literal['rbf', 'linear']", "linear", "rbf"),
        ("2", "Literal[1, 2]", 1, 2),
        ("[1, 2]", "list[int]", MISSING, [1, 2]),
        ("1,2", "list[int]", MISSING, [1, 2]),
        ("0.1, rbf", "tuple", MISSING, (0.1, "rbf")),
        ("5", None, (1, 2), (5,)),
        ("{'a': 1}", "dict[str, int]", MISSING, {"a": 1}),
        ("1,10", "tuple[float, ...]", (0.1,), (1.0, 10.0)),
        ("[1, 10]", "list[float]", MISSING, [1.0, 10.0]),
        ("1,2", "list[str]", MISSING, ["1", "2"]),
        ("[a, b]", "list[str]", MISSING, ["a", "b"]),
        ("1,x", "tuple[int, str]", MISSING, (1, "x")),
        ("1,none", "list[int | None]", MISSING, [1, None]),
        ("[[1], [2, 3]]", "list[list[float]]", MISSING, [[1.0], [2.0, 3.0]]),
        ("{1: 2}", "dict[str, float]", MISSING, {"1": 2.0}),
        ("a/b,c", "Sequence[Path]", MISSING, [Path("a/b"), Path("c")]),
        ("1,10", None, (0.1, 1.0), (1.0, 10.0)),
        ("1,2", None, ["age", "income"], ["1", "2"]),
        ("yes,no", "list", [True], [True, False]),
        ("{'b': 1}", None, {"a": 0.5}, {"b": 1.0}),
        ("0.5,x", None, (1, 2), (0.5, "x")),
        ("['1', 2]", None, (1, 2), ("1", 2)),
        ("0.3", None, 0.2, 0.3),
        ("3", None, 0.2, 3.0),
        ("x=y", None, "a", "x=y"),
        ("3", None, MISSING, 3),
        ("abc", None, None, "abc"),
        ("3", "SomethingElse", 1, 3),
    ],
)
def test_text_is_read_by_annotation_then_by_default(
    text: str, annotation: str | None, default: object, value: object
) -> None:
    """A value has the type that the annotation says, else that of the default, else that of the literal."""
    found = parse_value(text, annotation, default, no_steps)
    assert repr(found) == repr(value)


@pytest.mark.parametrize(
    ("text", "annotation", "default", "says"),
    [
        ("x", "int", 1, "'x' is no whole number"),
        ("1.5", "int", 1, "'1.5' is no whole number"),
        ("maybe", "bool", True, "'maybe' is no truth value"),
        ("lienar", "Literal['rbf', 'linear']", "rbf", "did you mean 'linear'?"),
        ("x", "int | None", 1, "'x' is none of: int, None"),
        ("[1]", "dict", MISSING, "'[1]' is no dict"),
        ("1,x", "list[int]", MISSING, "'x' is no whole number"),
        ("1.5", "tuple[int, ...]", MISSING, "'1.5' is no whole number"),
        ("1,x", None, (0.1, 1.0), "'x' is no number"),
        ("x", None, slice(1), "a slice cannot be written on the command line"),
    ],
)
def test_what_does_not_fit_is_a_usage_error(text: str, annotation: str | None, default: object, says: str) -> None:
    """A text that is no such value says what it should be."""
    with pytest.raises(UsageError) as caught:
        parse_value(text, annotation, default, no_steps)
    assert says in str(caught.value)


def test_enums_are_taken_by_name_or_value() -> None:
    """A parameter whose default is an Enum member takes the names and values of its class."""
    from enum import Enum

    class Kernel(Enum):
        RBF = "rbf"
        LINEAR = 2

    for text in ("LINEAR", "Kernel.LINEAR", "2"):
        assert parse_value(text, None, Kernel.RBF, no_steps) is Kernel.LINEAR
    with pytest.raises(UsageError, match="did you mean 'LINEAR'"):
        parse_value("LINAER", None, Kernel.RBF, no_steps)


def test_a_slot_takes_the_name_of_a_step(both: Written) -> None:
    """Steps of dodo.py, of the default's module and dotted names fill a slot; others get 'did you mean'."""
    both.steps(
        "tasks/a.py",
        "@step\ndef svc(): ...\n@step\ndef tree(): ...\n",
    )
    both.steps("tasks/b.py", "@step\ndef linear(): ...\n")
    both.steps(
        "dodo.py",
        "import tasks.a as a\nfrom tasks.a import svc\n@step\ndef mine(): ...\n"
        "@pipeline\ndef p(trainer=svc, n: int = 1): ...\n",
    )
    dodo, a = both.module("dodo"), both.module("tasks.a")

    def word(text: str, parameter: str = "trainer") -> object:
        return parse_word(text, parameter, dodo.p, parameter, vars(dodo))

    assert word("mine") is dodo.mine
    assert word("tree") is a.tree
    assert word("a.tree") is a.tree
    assert word("tasks.b.linear") is both.module("tasks.b").linear
    assert word("5", "n") == 5
    with pytest.raises(UsageError) as caught:
        word("teer")
    assert "trainer=teer: there is no step 'teer' (did you mean 'tree'?)" in str(caught.value)
    assert "mine, svc, tree" in str(caught.value)
    with pytest.raises(UsageError, match="n=x: 'x' is no whole number"):
        word("x", "n")


def test_numbers_beyond_what_python_writes_in_decimals(tmp_path: Path) -> None:
    """A parameter, a member of a list and a value of a sweep may have any number of digits, and each digit counts."""
    dodo = (
        "from lineage import pipeline, step\n@step\ndef total(numbers, plus):\n    return (sum(numbers) + plus) % 9\n"
        "@pipeline\ndef large(most=10**5000):\n    for plus in (most, -(10**5000), 7):\n"
        "        left = total([most], plus)\n"
    )
    project = Project(tmp_path / "project").write({"dodo.py": dodo})
    project.doit()
    assert [step["outputs"][0]["version"] for step in project.steps().values()] == [1] * 3
    assert set(project.rerun().values()) == {"cached"}
    project.edit("dodo.py", "in (most,", "in (most + 1,")
    assert sorted(project.rerun().values()) == ["cached", "cached", "run"]
