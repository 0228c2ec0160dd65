"""What an index says about a file: functions, outputs, files, calls and the places of calls."""

from __future__ import annotations

import textwrap
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from lineage.fingerprint.code import Project
from lineage.fingerprint.source import SourceIndex
from lineage.model.plan import MISSING, Unevaluated


def read(tmp_path: Path, text: str, name: str = "tasks.py") -> SourceIndex:
    path = tmp_path / name
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return Project(str(tmp_path)).index(str(path))


HEAD = """
import typing
import typing as t
from pathlib import Path
from typing import Annotated, NamedTuple, Optional
import lineage
import lineage as L
from lineage import File, pipeline, shell_step as sh, step
Data = Annotated[Path, File]
"""


def test_functions_have_place_documentation_and_decorators(tmp_path: Path) -> None:
    """A function knows its lines, the first line of its docstring, and its decorators with what they stand for."""
    index = read(
        tmp_path,
        HEAD
        + '@L.step(version="2", retries=-1, when=LATER)\n@other\n'
        + 'def train(x):\n    """\n    Train it.\n\n    More.\n    """\n',
    )
    train = index.functions["train"]
    assert (train.first_line, train.line, train.end_line) == (10, 12, 17)
    assert (train.doc, train.docstring) == ("Train it.", "\n    Train it.\n\n    More.\n    ")
    ours, other = train.decorators
    assert (ours.text, ours.origin, ours.ours, ours.is_call) == ("L.step", "lineage.step", "step", True)
    assert (ours.keywords["version"], ours.keywords["retries"]) == ("2", -1)
    assert isinstance(ours.keywords["when"], Unevaluated)
    assert (other.origin, other.ours, other.is_call) == ("other", None, False)
    assert train.decorated("step") is ours
    assert train.decorated("pipeline") is None


@pytest.mark.parametrize(
    ("head", "decorator", "ours"),
    [
        ("from lineage import step", "step", "step"),
        ("from lineage import step as s", "s", "step"),
        ("import lineage.declare as d", "d.step", "step"),
        ("from lineage import *", "pipeline", "pipeline"),
        ("try:\n    from lineage import step\nexcept ImportError:\n    pass", "step", "step"),
        ("def step(f):\n    return f", "step", None),
        ("from elsewhere import step", "step", None),
        ("from lineages import step", "step", None),
    ],
)
def test_our_decorators_are_known_by_their_imports(head: str, decorator: str, ours: str | None, tmp_path: Path) -> None:
    """A decorator is lineage's when the file's imports say so, whatever it is called there."""
    index = read(tmp_path, f"{head}\n@{decorator}\ndef f():\n    pass\n")
    assert index.functions["f"].decorators[0].ours == ours


def test_parameters_have_kinds_and_defaults(tmp_path: Path) -> None:
    """Kinds are inspect's; defaults are literals, the text of an expression, or missing."""
    index = read(tmp_path, "def f(a, /, b: int = -1, *c, d={'x': (1, 2.5)}, e=Path('x'), **g):\n    pass\n")
    parameters = index.functions["f"].parameters
    assert [(p.name, p.kind, p.annotation) for p in parameters] == [
        ("a", 0, None),
        ("b", 1, "int"),
        ("c", 2, None),
        ("d", 3, None),
        ("e", 3, None),
        ("g", 4, None),
    ]
    assert parameters[0].default is MISSING
    assert (parameters[1].default, parameters[3].default) == (-1, {"x": (1, 2.5)})
    assert isinstance(parameters[4].default, Unevaluated)
    assert parameters[4].default.text == "Path('x')"


@pytest.mark.parametrize(
    ("annotation", "is_file"),
    [
        ("Annotated[Path, File]", True),
        ("Annotated[Path, lineage.File]", True),
        ("t.Annotated[Path, L.File]", True),
        ("Data", True),
        ("'Data'", True),
        ("Data | None", True),
        ("Optional[Annotated[Path, File]]", True),
        ("Annotated[Path, 'File']", False),
        ("Path", False),
        ("list[Data]", True),
        ("dict[str, Annotated[Path, File]]", True),
        ("Union[Annotated[Path, File], None]", True),
        ("list[Path]", False),
    ],
)
def test_file_parameters_are_recognised(annotation: str, is_file: bool, tmp_path: Path) -> None:
    """A parameter is a file when its annotation says lineage.File, also quoted, optional, or by another name."""
    index = read(tmp_path, HEAD + f"def f(x: {annotation}):\n    pass\n")
    assert index.functions["f"].parameters[0].is_file is is_file


@pytest.mark.parametrize(
    ("returns", "outputs", "types"),
    [
        ("", ("other", ""), ()),
        (" -> None", ("none",), ()),
        (" -> 'None'", ("none",), ()),
        (" -> Digits", ("name", "Digits"), ()),
        (" -> 'd.Digits'", ("name", "d.Digits"), ()),
        (" -> list[int]", ("other", "list[int]"), ()),
        (" -> tuple[int, str]", ("other", "tuple[int, str]"), ()),
        (" -> Annotated[int, 'n']", ("annotated", "n"), ("int",)),
        (" -> tuple[Annotated[int, 'a'], Annotated[str, 'b']]", ("names", ("a", "b")), ("int", "str")),
        (" -> typing.Tuple[Annotated[int, 'a']]", ("names", ("a",)), ("int",)),
        (" -> 'tuple[Annotated[x.Y, \"a\"]]'", ("names", ("a",)), ("x.Y",)),
    ],
)
def test_outputs_are_read_from_the_return_annotation(
    returns: str, outputs: tuple[object, ...], types: tuple[str, ...], tmp_path: Path
) -> None:
    """Named tuples of outputs, one named output, a class, nothing, or anything else."""
    function = read(tmp_path, HEAD + f"def f(){returns}:\n    pass\n").functions["f"]
    assert (function.outputs, function.output_types) == (outputs, types)


def test_annotations_over_several_lines_are_one_text(tmp_path: Path) -> None:
    """Comments and line breaks inside of an annotation are not part of its text."""
    function = read(tmp_path, "def f(x: dict[\n    str,  # key\n    int,\n]):\n    pass\n").functions["f"]
    assert function.parameters[0].annotation == "dict[str, int]"


def test_text_after_non_ascii_characters_is_cut_right(tmp_path: Path) -> None:
    """Columns count bytes, texts characters."""
    function = read(tmp_path, "def f(x: 'é', y: int = größe()):\n    pass\n").functions["f"]
    assert [parameter.annotation for parameter in function.parameters] == ["é", "int"]
    assert repr(function.parameters[1].default) == "größe()"


def test_named_tuples_are_known_with_their_fields(tmp_path: Path) -> None:
    """Classes, typing.NamedTuple(...) and collections.namedtuple(...) name the outputs of a step."""
    index = read(
        tmp_path,
        HEAD + "import collections\nclass A(NamedTuple):\n    x: int  # one\n    y: 'str' = 'a'\n    def z(self): ...\n"
        "B = t.NamedTuple('B', [('p', int), ('q', str)])\nC = collections.namedtuple('C', 'r, s')\n"
        "class D:\n    v: int\n",
    )
    found = {name: (one.is_namedtuple, one.fields) for name, one in index.classes.items()}
    assert found == {
        "A": (True, (("x", "int"), ("y", "str"))),
        "B": (True, (("p", "int"), ("q", "str"))),
        "C": (True, (("r", None), ("s", None))),
        "D": (False, (("v", "int"),)),
    }


def test_shell_steps_are_assignments_of_our_function(tmp_path: Path) -> None:
    """A top-level shell_step call is found with its literal arguments; other calls are not ours."""
    index = read(tmp_path, HEAD + "train = sh('train.sh {data}', outputs=('model',), doc=DOC)\nother = make(1)\n")
    train = index.assignments["train"]
    assert (train.ours, train.arguments, train.keywords["outputs"]) == ("shell_step", ("train.sh {data}",), ("model",))
    assert isinstance(train.keywords["doc"], Unevaluated)
    assert index.assignments["other"].ours is None


def test_every_bound_name_is_counted(tmp_path: Path) -> None:
    """Names bound anywhere at the top level, conditional or not, except under __main__ and TYPE_CHECKING."""
    index = read(
        tmp_path,
        """
        '''Doc.'''
        from __future__ import annotations
        import a.b, c as d
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            import hidden
        else:
            shown = 1
        x, (y, *z) = f()
        for i in range(3):
            [j for j in (k := [])]
        try:
            with open(x) as file:
                pass
        except OSError as error:
            x = 1
        match x:
            case {"a": first, **rest}:
                pass
        def g(): inner = 1
        if __name__ == "__main__":
            main = 1
        __all__ = ["x"]
        __all__ += ["g"]
        """,
    )
    assert index.docstring == "Doc."
    assert index.exported == ("x", "g")
    once = {
        "annotations",
        "a",
        "d",
        "TYPE_CHECKING",
        "shown",
        "y",
        "z",
        "i",
        "k",
        "file",
        "error",
        "first",
        "rest",
        "g",
    }
    assert index.binds == {**dict.fromkeys(once, 1), "x": 2, "__all__": 2}


def test_imports_say_what_names_stand_for(tmp_path: Path) -> None:
    """Absolute, aliased, relative and star imports, also inside of try."""
    index = read(
        tmp_path,
        "import a.b\nimport a.c as e\nfrom . import f\nfrom ..g import h as i\nfrom j import *\n"
        "try:\n    import k\nexcept ImportError:\n    k = None\n",
    )
    assert index.imports == {"a": "a", "e": "a.c", "f": ".f", "i": "..g.h", "k": "k"}
    assert index.star_imports == ("j",)
    assert (index.origin("e.x.y"), index.origin("free.z")) == ("a.c.x.y", "free.z")


# Call sites

BODY = """
from lineage import pipeline
import steps as s

@pipeline
def digits(trainer=s.svc, n=3):
    X, y = s.load(n)
    model = trainer(X, y) if n else s.tree(y)
    models = [trainer(X, y, C=c, g=n) for c in (1, 2)]
    for c in range(3):
        part = s.cut(X, c)
        score = (s
            .evaluate(part, n,
                k=[score], *X, **y))
    (only,) = s.one(é='é')
    (a, (b, d)) = s.nested()
    first = second = s.twice()
    if (found := s.look()):
        table["x"] = s.put()
    while n:
        n = s.less(n)
    return (s.pack
        .chain(1)
        .end())

def helper():
    return s.also()
"""


def calls(code: types.CodeType) -> Iterator[tuple[int | None, ...]]:
    import dis

    for instruction in dis.get_instructions(code):
        place = instruction.positions
        if instruction.opname in ("CALL", "CALL_KW", "CALL_FUNCTION_EX") and place is not None:
            yield place.lineno, place.col_offset, place.end_lineno, place.end_col_offset
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from calls(constant)


def test_call_sites_have_the_positions_of_the_compiler(tmp_path: Path) -> None:
    """Every call that the interpreter makes in a pipeline is found by the position it reports."""
    index = read(tmp_path, BODY, "dodo.py")
    functions = [one for one in compile(BODY, "dodo.py", "exec").co_consts if isinstance(one, types.CodeType)]
    made = {place for function in functions for place in calls(function)}
    comprehension = {place for place in made if place[0] == 9 and place[1] == 13}  # before Python 3.12: its own call
    assert made - comprehension <= set(index.call_sites)
    assert len(made) > 15


def site(index: SourceIndex, line: int, place: int = 0) -> tuple[object, ...]:
    found = sorted((position, one) for position, one in index.call_sites.items() if position[0] == line)[place][1]
    return found.targets, found.unpack, found.loop, found.varying


def test_call_sites_know_their_targets_and_loops(tmp_path: Path) -> None:
    """Targets, loops, and the arguments that a loop changes."""
    index = read(tmp_path, BODY, "dodo.py")
    assert site(index, 7) == (("X", "y"), True, False, ())
    assert site(index, 8, 0) == site(index, 8, 1) == (("model",), False, False, ())
    assert site(index, 9) == ((), False, True, ("C",))
    assert site(index, 11) == (("part",), False, True, (1,))
    assert site(index, 12) == (("score",), False, True, (0,))
    assert site(index, 15) == (("only",), True, False, ())
    assert site(index, 16) == (None, True, False, ())
    assert site(index, 17) == (("first",), False, False, ())
    assert site(index, 18) == (("found",), False, False, ())
    assert site(index, 19) == ((), False, False, ())
    assert site(index, 21) == (("n",), False, True, ())
    assert {one.function for one in index.call_sites.values()} == {"digits", "helper"}


def test_files_without_a_pipeline_have_no_call_sites(tmp_path: Path) -> None:
    """Only pipelines' bodies are asked for, so only their files pay."""
    assert read(tmp_path, "def f():\n    return g()\n").call_sites == {}


def test_a_syntax_error_is_told_with_its_line(tmp_path: Path) -> None:
    """A file that does not parse has an error and nothing else."""
    index = read(tmp_path, "x = 1\ndef f(:\n")
    assert index.error == "has a syntax error at line 2: invalid syntax"
    assert (index.functions, index.classes, index.binds, index.call_sites, index.docstring) == ({}, {}, {}, {}, None)


def test_long_modules_are_read_whole(tmp_path: Path) -> None:
    """A module of five thousand lines is indexed to its end."""
    text = "".join(f"def f{n}(x, y={n}):\n    '''Doc.'''\n    return g(x) + {n}\n\n\n" for n in range(1000))
    index = read(tmp_path, text)
    assert len(index.functions) == 1000
    assert index.functions["f999"].line == 4996
