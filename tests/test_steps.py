"""Ways to write steps and pipelines, end to end: outputs, files, folders, shell commands, loops, collections."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping

import pytest
from projects import Project, only

Write = Callable[[Mapping[str, str]], Project]

HEAD = """\
from pathlib import Path
from typing import Annotated, NamedTuple

from lineage import File, shell_step, step


def note(word):
    with open("executed.txt", "a") as file:
        file.write(word + "\\n")


"""


def written(project: Write, steps: str, dodo: str, **files: str) -> Project:
    """Write tasks/steps.py (with some imports on top), dodo.py and more files."""
    return project({"tasks/__init__.py": "", "tasks/steps.py": HEAD + steps, "dodo.py": dodo, **files})


JOIN = """

@step
def join(a: str, b: str) -> str:
    return b + a
"""


def test_outputs_named_by_annotations(project: Write) -> None:
    """`tuple[Annotated[T, "name"], ...]` names several outputs, whatever the local variables are."""
    steps = """\
@step
def split(text: str) -> tuple[Annotated[str, "head"], Annotated[str, "tail"]]:
    return text[:1], text[1:]
"""
    dodo = """\
from lineage import pipeline
from tasks.steps import join, split


@pipeline
def cut():
    h, t = split("hello")
    turned = join(h, t)
"""
    named = written(project, steps + JOIN, dodo)
    named.doit()
    assert named.artifact("cut/head").read_text() == "h"
    assert named.artifact("cut/tail").read_text() == "ello"
    assert named.artifact("cut/turned").read_text() == "elloh"


def test_outputs_of_a_named_tuple_by_field(project: Write) -> None:
    """A NamedTuple's fields name the outputs; in the body they are attributes too."""
    steps = """\
class Parts(NamedTuple):
    head: str
    tail: str


@step
def split(text: str) -> Parts:
    return Parts(text[:1], text[1:])
"""
    dodo = """\
from lineage import pipeline
from tasks.steps import join, split


@pipeline
def cut():
    parts = split("hello")
    turned = join(parts.head, parts.tail)
"""
    named = written(project, steps + JOIN, dodo)
    named.doit()
    assert named.artifact("cut/head").read_text() == "h"
    assert named.artifact("cut/turned").read_text() == "elloh"


FIELDS = "    head: str\n    tail: str\n"


@pytest.mark.parametrize(
    ("head", "other"),
    [
        (f"from typing import *\n\n\nclass Parts(NamedTuple):\n{FIELDS}", ""),
        (f"from kinds import NamedTuple\n\n\nclass Parts(NamedTuple):\n{FIELDS}", "from typing import NamedTuple\n"),
        (f"from kinds import *\n\n\nclass Parts(NamedTuple):\n{FIELDS}", "from typing import NamedTuple\n"),
        (f"from kinds import *\n\n\nclass Parts(NamedTuple):\n{FIELDS}", "from typing import *\n"),
        (
            "from kinds import Base\n\n\nclass Parts(Base):\n    size: int\n",
            f"from typing import NamedTuple\n\n\nclass Base(NamedTuple):\n{FIELDS}",
        ),
        ("from collections import namedtuple\n\n\nclass Parts(namedtuple('Parts', 'head tail')):\n    size: int\n", ""),
        ("from typing import *\n\nParts = Tuple[Annotated[str, 'head'], Annotated[str, 'tail']]\n", ""),
    ],
    ids=["star", "handed-on", "star-handed-on", "star-of-star", "derived", "called", "annotated"],
)
def test_outputs_are_named_wherever_the_names_of_typing_come_from(project: Write, head: str, other: str) -> None:
    """A NamedTuple is one through a star import, a module of the project or another class as well."""
    returned = "text[:1], text[1:]" if "Parts = " in head else "Parts(text[:1], text[1:])"
    steps = f"{head}\n\n@step\ndef split(text: str) -> Parts:\n    return {returned}\n"
    dodo = "from lineage import pipeline\nfrom steps import split\n\n\n@pipeline\ndef cut():\n"
    dodo += "    head, tail = split('hello')\n"
    named = project({"steps.py": f"from lineage import step\n{steps}", "kinds.py": other, "dodo.py": dodo})
    named.doit()
    assert named.artifact("cut/head").read_text() == "h"
    assert named.artifact("cut/tail").read_text() == "ello"


def test_outside_a_pipeline_a_step_is_its_function(words: Project) -> None:
    """In a test or a notebook it just runs, and so does the pipeline."""
    code = "from tasks.words import count; print(count('a b c'), count.__name__, count.__doc__)"
    assert words.python(code) == "3 count Count all words."
    assert not (words.path / ".lineage").exists()


def test_a_sweep_has_stable_names_and_reruns_only_what_is_new(project: Write) -> None:
    """Adding a value in the middle of a loop reruns that one, and the step that takes them all."""
    steps = """\
@step
def train(C: float) -> float:
    note(f"train{C}")
    return C * 2


@step
def best(models: list) -> float:
    note("best")
    return max(models)
"""
    dodo = """\
from lineage import pipeline
from tasks.steps import best, train


@pipeline
def sweep():
    models = [train(C) for C in (0.1, 10.0)]
    winner = best(models)
"""
    swept = written(project, steps, dodo)
    assert set(swept.rerun()) == {"train@C:0.1", "train@C:10.0", "best"}
    assert swept.artifact("sweep/winner").read_text().strip() == "20.0"
    swept.executed()
    swept.edit("dodo.py", "(0.1, 10.0)", "(0.1, 1.0, 10.0)")
    assert swept.rerun() == {"train@C:0.1": "cached", "train@C:1.0": "run", "train@C:10.0": "cached", "best": "run"}
    assert swept.executed() == ["train1.0", "best"]


READING = """\
@step
def size(file: Annotated[Path, File]) -> int:
    note("size")
    return len(Path(file).read_bytes())
"""
READ = """\
from lineage import pipeline
from tasks.steps import size


@pipeline
def files(file="data/in.txt"):
    total = size(file)
"""


def test_a_file_input_counts_by_content_and_path(project: Write) -> None:
    """Another content reruns the step, a touch does not, a file under another name does."""
    read = written(project, READING, READ, **{"data/in.txt": "abc"})
    assert read.rerun() == {"size": "run"}
    (read.path / "data/in.txt").touch()
    assert read.rerun() == {"size": "cached"}
    read.write({"data/in.txt": "abcd"})
    assert read.rerun() == {"size": "run"}
    assert read.artifact("files/total").read_text().strip() == "4"
    read.write({"data/in.txt": "abc", "data/other.txt": "abc"})
    assert read.rerun() == {"size": "cached"}
    assert read.rerun("file=data/other.txt") == {"size": "run"}


def test_a_file_input_is_given_as_what_is_annotated(project: Write) -> None:
    """`Annotated[Path, File]` gives a Path and `Annotated[str, File]` a text, alone, in lists and as `*args`."""
    steps = """\
@step
def kinds(
    a: Annotated[Path, File], b: Annotated[str, File], *c: Annotated[str, File], d: list[Annotated[str, File]]
) -> str:
    return " ".join(["Path" if isinstance(each, Path) else type(each).__name__ for each in (a, b, *c, *d)])
"""
    dodo = (
        "from lineage import pipeline\nfrom tasks.steps import kinds\n\n\n"
        "@pipeline\ndef files():\n    told = kinds('x.txt', 'x.txt', 'x.txt', d=['x.txt'])\n"
    )
    made = written(project, steps, dodo)
    made.write({"x.txt": "x"})
    made.doit()
    assert made.artifact("files/told").read_text() == "Path str str str"
    made.write({"x.txt": "y"})
    assert made.rerun() == {"kinds": "run"}


def test_a_missing_input_file_is_an_error_that_names_it(project: Write) -> None:
    """No traceback, the file's name, and an exit code of the user's making."""
    done = written(project, READING, READ).doit(code=None)
    assert done.code in (1, 3)
    assert "data/in.txt" in done.printed
    assert "Traceback" not in done.printed


def test_files_and_folders_as_outputs(project: Write) -> None:
    """A step may return the path of a file or a folder that it wrote; the next step gets its path."""
    steps = """\
@step
def write() -> Path:
    Path("made.csv").write_text("a,b")
    return Path("made.csv")


@step
def spread() -> Path:
    folder = Path("made")
    folder.mkdir(exist_ok=True)
    (folder / "one.txt").write_text("1")
    (folder / "two.txt").write_text("2")
    return folder


@step
def read(table: Path, folder: Path) -> str:
    return table.read_text() + "".join(sorted(p.read_text() for p in folder.iterdir()))
"""
    dodo = """\
from lineage import pipeline
from tasks.steps import read, spread, write


@pipeline
def files():
    table = write()
    folder = spread()
    text = read(table, folder)
"""
    made = written(project, steps, dodo)
    assert set(made.rerun().values()) == {"run"}
    assert made.artifact("files/text").read_text() == "a,b12"
    assert made.artifact("files/table").read_text() == "a,b"
    assert sorted(path.name for path in made.artifact("files/folder").iterdir()) == ["one.txt", "two.txt"]
    assert set(made.rerun().values()) == {"cached"}
    (made.stored("files/folder") / "two.txt").unlink()
    assert made.rerun() == {"write": "cached", "spread": "run", "read": "cached"}
    assert sorted(path.name for path in made.artifact("files/folder").iterdir()) == ["one.txt", "two.txt"]


def test_a_copy_of_a_folder_is_recognised(project: Write) -> None:
    """`lineage show` of a copy of a folder artifact, or of one file in it, leads to what made it, wherever it is."""
    made = written(
        project,
        """\
@step
def spread() -> Path:
    folder = Path("made")
    (folder / "deeper").mkdir(parents=True, exist_ok=True)
    (folder / "deeper/one.txt").write_text("1")
    (folder / "two.txt").write_text("2")
    return folder
""",
        "from lineage import pipeline\nfrom tasks.steps import spread\n\n\n"
        "@pipeline\ndef files():\n    folder = spread()\n",
    )
    made.doit()
    single = made.path / "somewhere.txt"
    shutil.copy(made.artifact("files/folder") / "deeper/one.txt", single)
    assert "files/folder" in made.lineage("show", "somewhere.txt").stdout
    single.chmod(0o644)
    single.write_text("3")
    assert "nothing is known of" in made.lineage("show", "somewhere.txt", code=3).stderr
    copy = made.path.parent / "elsewhere" / "site"
    shutil.copytree(made.artifact("files/folder"), copy)
    assert "files/folder" in made.lineage("show", str(copy)).stdout
    (copy / "two.txt").chmod(0o644)
    (copy / "two.txt").write_text("3")
    assert "nothing is known of" in made.lineage("show", str(copy), code=3).stderr


def test_a_shell_command_is_a_step(project: Write) -> None:
    """Its outputs are the paths it writes; its script and its inputs count."""
    steps = """\
upper = shell_step("sh upper.sh {text} {loud}", outputs=("loud",))


@step
def collect() -> str:
    return "hello"
"""
    dodo = """\
from lineage import pipeline
from tasks.steps import collect, upper


@pipeline
def shell():
    text = collect()
    loud = upper(text)
"""
    ran = written(project, steps, dodo, **{"upper.sh": 'tr a-z A-Z < "$1" > "$2"\n'})
    assert set(ran.rerun().values()) == {"run"}
    assert ran.artifact("shell/loud").read_text() == "HELLO"
    assert set(ran.rerun().values()) == {"cached"}
    ran.write({"upper.sh": 'tr a-z A-Z < "$1" > "$2"; echo ! >> "$2"\n'})
    assert ran.rerun() == {"collect": "cached", "upper": "run"}
    ran.write({"upper.sh": "echo broken >&2; exit 4\n"})
    done = ran.doit(code=1)
    assert "4" in done.printed
    assert "broken" in done.printed


def test_a_local_name_names_the_artifact_not_its_value(done_words: Project) -> None:
    """Renaming a local variable renames the artifact and executes nothing."""
    done_words.write({"dodo.py": done_words.read("dodo.py").replace("total", "number")})
    assert done_words.rerun() == only("cached", ["collect", "counter", "report"])
    assert done_words.executed() == []
    assert done_words.artifact("words/number").read_text().strip() == "6"


def test_history_is_shared_across_pipelines(done_words: Project) -> None:
    """Another pipeline that calls a step as this one did gets its result from history."""
    done_words.edit("dodo.py", "def words", "def elsewhere")
    assert set(done_words.rerun().values()) == {"cached"}
    assert done_words.executed() == []
    assert done_words.artifact("elsewhere/total").read_text().strip() == "6"


def test_writing_out_a_default_changes_nothing(words: Project) -> None:
    """An argument that says what the default says is the same call."""
    words.edit("tasks/words.py", "def count(sentence: str) -> int:", "def count(sentence: str, least: int = 0) -> int:")
    words.doit()
    words.edit("dodo.py", "counter(sentence)", "counter(sentence, least=0)")
    assert set(words.rerun().values()) == {"cached"}


def test_pipelines_in_a_module_of_steps(words: Project) -> None:
    """dodo.py may import the pipeline too."""
    words.write({"tasks/flow.py": words.read("dodo.py"), "dodo.py": "from tasks.flow import words\n"})
    assert set(words.rerun().values()) == {"run"}
    assert words.rerun("counter=count_unique")["counter"] == "run"


SMALL = """\
from lineage import pipeline, step


@step
def one() -> int:
    return 1


@step
def plus(x: int) -> int:
    return x + 1


@pipeline
def small():
    x = one()
    y = plus(x)
"""


def test_steps_in_dodo_itself(project: Write) -> None:
    """A small project needs no tasks/ at all."""
    small = project({"dodo.py": SMALL})
    assert small.rerun() == {"one": "run", "plus": "run"}
    assert small.rerun() == {"one": "cached", "plus": "cached"}
    small.edit("dodo.py", "return x + 1", "return x + 2")
    assert small.rerun("-n", "2") == {"one": "cached", "plus": "run"}


VALUES = [
    "None",
    "True",
    "[1, 'a', None]",
    "{'a': (1, 2)}",
    "b'bytes'",
    "{3, 1}",
    "1j",
    "float('nan')",
    "{1: 'int key'}",
]


def test_values_come_back_as_they_were(project: Write) -> None:
    """What a step returned is what the next one and `lineage.load` get, type and all."""
    steps = "".join(f"@step\ndef make{number}():\n    return {value}\n\n\n" for number, value in enumerate(VALUES))
    steps += "@step\ndef show(values):\n    return repr(values)\n"
    calls = [f"make{number}()" for number in range(len(VALUES))]
    body = "".join(f"    value{number} = {call}\n" for number, call in enumerate(calls))
    names = ", ".join(["show", *(f"make{number}" for number in range(len(VALUES)))])
    together = ", ".join(f"value{number}" for number in range(len(VALUES)))
    dodo = f"from lineage import pipeline\nfrom tasks.steps import {names}\n\n\n@pipeline\ndef values():\n{body}"
    kept = written(project, steps, f"{dodo}    shown = show([{together}])\n")
    kept.doit()
    expected = [eval(value) for value in VALUES]
    assert kept.artifact("values/shown").read_text() == repr(expected)
    load = f"import lineage; print([lineage.load(f'values/value{{n}}') for n in range({len(VALUES)})])"
    assert kept.python(load) == repr(expected)
    assert set(kept.rerun().values()) == {"cached"}


@pytest.mark.parametrize("argument", ["rng", "[rng]", "{'a': rng}"])
def test_an_argument_without_an_identity_is_refused(project: Write, argument: str) -> None:
    """A value whose identity cannot be told ends with 3, naming parameter, step, why and the fix."""
    dodo = f"""\
import random

from lineage import pipeline
from tasks.steps import draw

rng = random.Random(1)


@pipeline
def chance():
    drawn = draw({argument})
"""
    done = written(project, "@step\ndef draw(rng) -> int:\n    return 4\n", dodo).doit(code=3)
    assert "'rng'" in done.printed
    assert "draw" in done.printed
    assert "fix:" in done.printed


HIDDEN = {
    "helper.py": "def one():\n    return 1\n",
    "kinds.py": "from pathlib import Path\nfrom typing import Annotated\n\nimport lineage\n\n"
    "InFile = Annotated[Path, lineage.File]\n",
    "steps.py": """\
import functools
import os
from pathlib import Path
from typing import Annotated, Any

from helper import one
from kinds import InFile
from lineage import File, step


def doubled():
    return one() * 2


class Adder:
    def __init__(self, by):
        self.by = by

    def go(self):
        return self.by + one()


@step
def call(f: Any) -> int:
    return f()


@step(version="1")
def versioned() -> int:
    return 1


@step
def alias(file: InFile) -> str:
    return Path(file).read_text()


@step
def several(files: list[Annotated[Path, File]]) -> str:
    return Path(files[0]).read_text()


@step
def wanders(x: int = 1) -> int:
    os.chdir("/")
    os.environ["LEFT_BEHIND"] = "1"
    return x


@step
def stays(x: int, file: Annotated[Path, File]) -> str:
    return file.read_text().strip() + os.environ.get("LEFT_BEHIND", "")
""",
    "dodo.py": """\
import functools

from doit import get_var
from lineage import pipeline
from steps import Adder, alias, call, doubled, several, stays, versioned, wanders


@pipeline
def hidden():
    part = call(functools.partial(doubled))
    bound = call(Adder(1).go)
    number = versioned()
    text = alias("in.txt")
    texts = several(["in.txt"])
    x = wanders()
    here = stays(x, "in.txt")


def task_tell():
    return {"actions": ["echo speed " + get_var("speed", "slow")], "verbosity": 2}
""",
    "in.txt": "1\n",
}


def test_code_that_hides_in_a_partial_or_a_bound_method_counts(project: Write) -> None:
    """The functions that a partial, or a method of an object, brings with it are part of the argument."""
    hidden = project(HIDDEN)
    hidden.doit("hidden")
    hidden.edit("helper.py", "return 1", "return 10")
    hidden.doit("hidden")
    assert hidden.artifact("hidden/part").read_text().strip() == "20"
    assert hidden.artifact("hidden/bound").read_text().strip() == "11"


def test_a_version_makes_a_step_another_one(project: Write) -> None:
    """`@step(version=...)` is part of the code, and taking it back gives the old result back."""
    hidden = project(HIDDEN)
    hidden.doit("hidden")
    hidden.edit("steps.py", 'version="1"', 'version="2"')
    assert hidden.rerun("hidden")["versioned"] == "run"
    hidden.edit("steps.py", 'version="2"', 'version="1"')
    assert hidden.rerun("hidden")["versioned"] == "cached"


def test_files_in_lists_and_by_imported_aliases_count(project: Write) -> None:
    """`File` counts wherever it stands in an annotation, also behind a name from another module."""
    hidden = project(HIDDEN)
    hidden.doit("hidden")
    hidden.write({"in.txt": "2\n"})
    statuses = hidden.rerun("hidden")
    assert (statuses["alias"], statuses["several"], statuses["versioned"]) == ("run", "run", "cached")


def test_a_step_leaves_folder_and_environment_as_they_were(project: Write) -> None:
    """A step that changes the working folder or the environment does not change what the next step sees."""
    hidden = project(HIDDEN)
    hidden.doit("hidden")
    assert hidden.artifact("hidden/here").read_text().strip() == "1"


def test_variables_that_task_creators_read_are_known(project: Write) -> None:
    """`get_var` in a plain task's creator may be given on the command line; another name is an error."""
    hidden = project(HIDDEN)
    assert "speed fast" in hidden.doit("speed=fast", "tell").stdout
    assert "speeed" in hidden.doit("speeed=fast", "tell", code=3).stderr


PAIR = """
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy

T = TypeVar("T")
Both = tuple[list, list]


class Pair(NamedTuple):
    train: list
    test: list


class Other:
    pass


@step
def load(n: int = 1) -> Pair:
    return Pair([n], [n, n])
"""


@pytest.mark.parametrize("one", ["list", "'list'", "int | None", "Other", "numpy.ndarray", "Annotated[dict, 'x']"])
def test_all_outputs_for_a_step_that_wants_one_thing(project: Write, one: str) -> None:
    """A variable that holds all outputs cannot be given where one thing is wanted: lines and fix are told."""
    steps = f"{PAIR}\n\n@step\ndef fit(data: {one}) -> int:\n    return 1\n"
    dodo = (
        "from lineage import pipeline\nfrom tasks.steps import fit, load\n\n"
        "@pipeline\ndef p():\n    pair = load()\n    size = fit(pair)\n"
    )
    done = written(project, steps, dodo).doit(code=3)
    assert "'data' of step 'fit' is given all 2 outputs of step 'load' (train, test)" in done.stderr
    assert "(dodo.py:7)" in done.stderr
    line = (HEAD + steps).splitlines().index(f"def fit(data: {one}) -> int:") + 1
    assert f"tasks/steps.py:{line} declares" in done.stderr
    assert "train, test = load(...), or pair.train" in done.stderr


def test_all_outputs_for_a_placeholder_of_a_command(project: Write) -> None:
    """A placeholder stands for one word, so all outputs of a step are an error there, and one of them is none."""
    steps = f"{PAIR}\n\nshow = shell_step('cat {{data}} > {{text}}', outputs=('text',))\n"
    dodo = (
        "from lineage import pipeline\nfrom tasks.steps import load, show\n\n"
        "@pipeline\ndef p():\n    pair = load()\n    text = show(pair)\n"
    )
    shown = written(project, steps, dodo)
    assert "'data' of step 'show' is given all 2 outputs" in shown.doit(code=3).stderr
    shown.edit("dodo.py", "show(pair)", "show(pair.train)")
    shown.doit()


def test_all_outputs_in_a_list_of_single_things(project: Write) -> None:
    """A sweep over a step with two outputs, whose results are given on as if each were one thing, is an error."""
    steps = f"{PAIR}\n\n@step\ndef best(data: list[dict]) -> int:\n    return 1\n"
    dodo = (
        "from lineage import pipeline\nfrom tasks.steps import best, load\n\n"
        "@pipeline\ndef p():\n    pairs = [load(n) for n in (1, 2)]\n    size = best(pairs)\n"
    )
    assert "'data' of step 'best' is given all 2 outputs" in written(project, steps, dodo).doit(code=3).stderr


@pytest.mark.parametrize(
    "whole",
    ["", ": Pair", ": tuple", ": 'tuple[list, list]'", ": Sequence[list]", ": Any", ": T", ": Both", ": Pair | None"],
)
def test_all_outputs_for_a_step_that_takes_a_tuple(project: Write, whole: str) -> None:
    """A step that takes the tuple, or does not say what it takes, gets it; outputs are taken apart in all ways."""
    steps = (
        f"{PAIR}\n\n@step\ndef sizes(pair{whole}) -> list:\n    return [len(pair[0]), len(pair.test)]\n\n"
        "@step\ndef fit(data: list) -> int:\n    return len(data)\n\n"
        "@step\ndef most(pairs: list[Pair]) -> int:\n    return len(pairs)\n"
    )
    dodo = (
        "from lineage import pipeline\nfrom tasks.steps import fit, load, most, sizes\n\n"
        "@pipeline\ndef p():\n    pair = load()\n    both = sizes(pair)\n    field = fit(pair.train)\n    a, b = pair\n"
        "    element = fit(b)\n    count = most([pair, load(2)])\n"
    )
    found = written(project, steps, dodo)
    found.doit()
    assert found.python("import lineage\nprint(lineage.load('p/both'), lineage.load('p/element'))") == "[1, 2] 2"


@pytest.mark.parametrize(("targets", "fix"), [("test, train", "train, test = ..."), ("test, _", "_, test = ...")])
def test_outputs_unpacked_in_another_order(project: Write, targets: str, fix: str) -> None:
    """A local variable that has the name of another output is a swap, and an error with the lines of both."""
    dodo = (
        f"from lineage import pipeline\nfrom tasks.steps import load\n\n@pipeline\ndef p():\n    {targets} = load()\n"
    )
    swapped = written(project, PAIR, dodo)
    done = swapped.doit(code=3)
    assert "'test' is given output 'train' of step 'load' (dodo.py:6)" in done.stderr
    assert fix in done.stderr
    swapped.edit("dodo.py", targets, "train, other")
    swapped.doit()
    swapped.edit("dodo.py", "train, other = load()", f"pair = load()\n    {targets} = pair")
    later = swapped.doit(code=3)
    assert "'test' is given output 'train' of step 'load' (dodo.py:7)" in later.stderr
    swapped.edit("dodo.py", f"{targets} = pair", "train, test = pair")
    swapped.doit()
