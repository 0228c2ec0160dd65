"""The code that a function depends on: which edits change its digest, and what the memory on disk may do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from fingerprint_edits import EDITS

from lineage.fingerprint import reading
from lineage.fingerprint.code import Project

CASES = [pytest.param(*case[2:], id=case[0]) for case in EDITS]

# Runs functions of many small projects in one process; each starts with fresh modules.
RUNNER = """
import importlib, json, os, sys
results = []
for root, names in json.load(sys.stdin):
    path, modules = list(sys.path), set(sys.modules)
    os.chdir(root)
    sys.path.insert(0, root)
    importlib.invalidate_caches()
    steps = importlib.import_module("steps")
    results.append({name: repr(getattr(steps, name)()) for name in names})
    sys.path[:] = path
    os.environ.pop("LINEAGE_TEST_X", None)
    for name in set(sys.modules) - modules:
        if (getattr(sys.modules[name], "__file__", None) or root).startswith(root):
            del sys.modules[name]
print(json.dumps(results))
"""


def write(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode("utf-8", "surrogatepass"))
    return root


def settle(root: Path) -> None:
    """Make the files old enough that their times alone tell a change."""
    for path in root.rglob("*.py"):
        os.utime(path, (1_700_000_000, 1_700_000_000.5))
    time.sleep(0.03)


def digest(root: Path, name: str = "train", module: str = "steps", **options: str) -> str:
    return Project(str(root), **options).code(module, name).digest


def one(files: str | dict[str, str], tmp_path: Path, name: str = "train", folder: str = "p") -> str:
    sources = {"steps.py": files} if isinstance(files, str) else files
    return digest(write(tmp_path / folder, {path: textwrap.dedent(text) for path, text in sources.items()}), name)


@pytest.mark.parametrize(("before", "after", "stale", "fresh"), CASES)
def test_an_edit_changes_the_digest_of_what_depends_on_it_and_of_nothing_else(
    before: dict[str, str], after: dict[str, str], stale: list[str], fresh: list[str], tmp_path: Path
) -> None:
    """Each edit changes the digests of the steps that compute something else after it, and no other."""
    old, new = Project(str(write(tmp_path / "a", before))), Project(str(write(tmp_path / "b", after)))
    changed = {name for name in stale + fresh if old.code("steps", name).digest != new.code("steps", name).digest}
    assert changed == set(stale)


def test_the_edits_really_do_what_they_say(tmp_path: Path) -> None:
    """The verdicts of the edits above are those of running the steps before and after."""
    work = []
    for name, _, before, after, stale, fresh in EDITS:
        work.append((str(write(tmp_path / name / "a", before)), stale + fresh))
        work.append((str(write(tmp_path / name / "b", after)), stale + fresh))
    done = subprocess.run(
        [sys.executable, "-B", "-c", RUNNER], input=json.dumps(work), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    for number, (name, _, _, _, stale, fresh) in enumerate(EDITS):
        before_results, after_results = results[2 * number], results[2 * number + 1]
        assert {step for step in stale if before_results[step] == after_results[step]} == set(), name
        assert {step for step in fresh if before_results[step] != after_results[step]} == set(), name


SMALL = {
    "steps.py": "import numpy as np\nfrom helpers import scale\nWORDS = {'a', 'b', 'c'}\n\n\ndef train():\n"
    "    return scale(np.pi), WORDS\n",
    "helpers.py": "import os\nBY = 2\n\n\ndef scale(x):\n    return x * BY * float(os.environ.get('FACTOR', 1))\n",
}


def test_the_digest_is_the_same_in_every_process_and_folder(tmp_path: Path) -> None:
    """Hash seed, process, folder and a cache make no difference to a digest."""
    write(tmp_path / "here", SMALL)
    write(tmp_path / "there" / "deeper", SMALL)
    program = (
        "import sys; from lineage.fingerprint.code import Project; print(Project(sys.argv[1], sys.argv[2] or None)"
    )
    program += ".code('steps', 'train').digest)"
    digests = {
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / folder), cache],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for folder, seed, cache in (("here", "1", ""), ("there/deeper", "2", str(tmp_path / "c")), ("here", "3", ""))
    }
    assert len(digests) == 1


def test_entries_say_where_and_why(tmp_path: Path) -> None:
    """Each entry names its statement, its place, the references that reach it, and gives its text."""
    project = Project(str(write(tmp_path, SMALL)))
    code = project.code("steps", "train")
    found = {entry.name: entry for entry in code.entries}
    assert list(found) == sorted(found)
    by = found["helpers:BY"]
    assert (by.file, by.line, by.via) == ("helpers.py", 2, "train -> helpers.scale -> BY")
    assert found["helpers:scale"].text(project).startswith("def scale(x):\n    return")
    assert {Path(path).name for path in code.files} == {"steps.py", "helpers.py"}
    assert [stat and stat[1] for stat in code.stats] == [len(SMALL[Path(path).name]) for path in code.files]


def test_packages_and_environment_variables_are_noted_but_not_hashed(tmp_path: Path) -> None:
    """A closure names the foreign packages and the environment variables that it refers to."""
    code = Project(str(write(tmp_path, SMALL))).code("steps", "train")
    assert code.packages == ("numpy",)
    assert code.environment == ("FACTOR",)


def test_what_is_undecidable_is_taken_wide_and_says_so(tmp_path: Path) -> None:
    """A computed import takes everything it may mean, with the reason in words."""
    root = write(
        tmp_path,
        {
            "steps.py": "import importlib\ndef train(n):\n    return importlib.import_module(f'plugins.{n}')\n",
            "plugins/__init__.py": "",
            "plugins/a.py": "X = 1\n",
            "other.py": "Y = 1\n",
        },
    )
    code = Project(str(root)).code("steps", "train")
    assert code.wide == ("train imports a module by a computed name: all of plugins.* counts",)
    assert [entry.name for entry in code.entries] == ["plugins.a:X", "steps:importlib", "steps:train"]


def test_names_that_are_names_of_each_other_end(tmp_path: Path) -> None:
    """Aliases and returned values that lead round in a circle are followed once."""
    source = "A = {}\nB = f(A)\nA = B\nB = A\ndef f(x):\n    return g(x)\ndef g(x):\n    return f(B)\n"
    source += "f(B).update(x=1)\nB['x'] = 1\ndef train():\n    return A\n"
    assert one(source, tmp_path) != one(source.replace("update(x=1)", "update(x=2)"), tmp_path)


def test_nothing_of_the_project_is_executed(tmp_path: Path) -> None:
    """Modules that would fail or write when imported are only read."""
    files = {"steps.py": "import bad\ndef train():\n    return bad.f()\n", "bad.py": "open('x', 'w')\n1 / 0\nf = 1\n"}
    project = Project(str(write(tmp_path, files)))
    assert project.code("steps", "train").digest
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.py", "steps.py"]


# Decorators and declarations of lineage itself

STEP = """
from pathlib import Path
from typing import Annotated
from lineage import step, File
{decorator}
def train({parameters}){returns}:
    return 1
"""


def step_digest(tmp_path: Path, decorator: str = "@step", parameters: str = "x", returns: str = "") -> str:
    source = STEP.format(decorator=decorator, parameters=parameters, returns=returns)
    return digest(write(tmp_path, {"steps.py": source}))


def test_calling_the_step_decorator_changes_nothing(tmp_path: Path) -> None:
    """The decorator counts by name, with or without brackets."""
    assert step_digest(tmp_path, "@step()") == step_digest(tmp_path)


def test_the_options_of_a_step_are_not_code(tmp_path: Path) -> None:
    """What is written in the decorator counts by what it says, not as code."""
    decorators = ("@step", "@step(version='2')", "@step(version=str(3), cache=False, env=['X'], ignore=['log'])")
    assert len({step_digest(tmp_path, decorator) for decorator in decorators}) == 1


def test_type_hints_on_a_step_are_not_code(tmp_path: Path) -> None:
    """Adding hints to a step's parameters and result reruns nothing."""
    assert step_digest(tmp_path, parameters="x: int", returns=" -> float") == step_digest(tmp_path)


@pytest.mark.parametrize(
    ("parameters", "returns"),
    [("x: Annotated[Path, File]", ""), ("x", " -> Annotated[int, 'n']"), ("x", " -> tuple[Annotated[int, 'n']]")],
)
def test_annotations_that_decide_something_are_code(parameters: str, returns: str, tmp_path: Path) -> None:
    """That a parameter is a file, and the names of outputs, count."""
    assert step_digest(tmp_path, parameters=parameters, returns=returns) != step_digest(tmp_path)


def test_a_project_class_in_a_steps_annotation_counts(tmp_path: Path) -> None:
    """A step that takes a model of the project's own class depends on it, though its body never names it."""
    source = "from lineage import step\nfrom models import Model\n@step\ndef train(m: Model):\n    return m.score()\n"
    model = "class Model:\n    def score(self):\n        return {}\n"
    old = one({"steps.py": source, "models.py": model.format(1)}, tmp_path)
    assert old != one({"steps.py": source, "models.py": model.format(2)}, tmp_path)


def test_a_shell_steps_command_is_its_code(tmp_path: Path) -> None:
    """The command and outputs of a shell step count, its documentation does not."""
    text = "from lineage import shell_step\ntrain = shell_step('{}', outputs=('m',), doc='{}')\n"
    digests = [
        one(text.format(*words), tmp_path) for words in (("a.sh {m}", "x"), ("a.sh {m}", "y"), ("b.sh {m}", "x"))
    ]
    assert digests[0] == digests[1] != digests[2]


def test_what_dodo_py_changes_in_a_module_counts(tmp_path: Path) -> None:
    """config.LR = 2 in the file that the command starts from belongs to every function that reads it."""
    files = {
        "steps.py": "import conf\ndef train():\n    return conf.LR\ndef other():\n    return 0\n",
        "conf.py": "LR = 1\n",
    }
    root = write(tmp_path, {**files, "dodo.py": "import conf\nconf.LR = 2\n"})
    entry = str(root / "dodo.py")
    old = digest(root, entry=entry), digest(root, "other", entry=entry)
    write(root, {"dodo.py": "import conf\nconf.LR = 3\n"})
    new = digest(root, entry=entry), digest(root, "other", entry=entry)
    assert old[0] != new[0]
    assert old[1] == new[1]


# Memory on disk


@pytest.fixture
def remembered(tmp_path: Path) -> Path:
    """A project whose closure is on disk."""
    root = write(tmp_path / "p", SMALL)
    settle(root)
    project = Project(str(root), str(tmp_path / "cache"))
    project.code("steps", "train")
    project.flush()
    return root


def again(root: Path) -> Project:
    return Project(str(root), str(root.parent / "cache"))


def test_a_remembered_closure_reads_no_source(remembered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing changed no source file is opened, and the entries are the same."""
    fresh = Project(str(remembered)).code("steps", "train")
    real_open = open
    opened = []

    def watching(path, *arguments, **options):
        opened.append(str(path))
        return real_open(path, *arguments, **options)

    monkeypatch.setattr("builtins.open", watching)
    code = again(remembered).code("steps", "train")
    assert code.digest == fresh.digest
    assert [path for path in opened if path.endswith(".py")] == []
    assert [(entry.name, entry.digest, entry.via) for entry in code.entries] == [
        (entry.name, entry.digest, entry.via) for entry in fresh.entries
    ]


def test_the_warm_path_is_light(remembered: Path) -> None:
    """A remembered digest loads neither the reader nor the closure."""
    program = (
        "import sys; from lineage.fingerprint.code import Project\n"
        "assert Project(sys.argv[1], sys.argv[2]).code('steps', 'train').digest\n"
        "print([n for n in sys.modules if n.startswith('lineage.fingerprint.')])"
    )
    out = subprocess.run(
        [sys.executable, "-c", program, str(remembered), str(remembered.parent / "cache")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert not {"reading", "closure", "graph", "normal", "scope"} & {name.rpartition(".")[2] for name in eval(out)}


def test_an_edit_that_keeps_size_and_mtime_is_noticed(remembered: Path) -> None:
    """The inode's change time gives an edit away that restores the rest."""
    path = remembered / "helpers.py"
    old = again(remembered).code("steps", "train").digest
    before = path.stat()
    path.write_text(path.read_text().replace("BY = 2", "BY = 3"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert again(remembered).code("steps", "train").digest != old


def test_an_edit_in_the_tick_of_the_index_is_noticed(tmp_path: Path) -> None:
    """A file that was read right after it was written is not trusted by its times (git's racily clean entries)."""
    root = tmp_path / "p"
    digests = set()
    for value in range(10, 30):
        write(root, {"steps.py": f"def train():\n    return {value}\n"})
        project = again(root)
        digests.add(project.code("steps", "train").digest)
        project.flush()
    assert len(digests) == 20


def test_a_touched_file_is_not_indexed_again(remembered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """New times with the old bytes cost a hash, no parse."""
    monkeypatch.setattr(reading, "read_index", lambda *_: pytest.fail("parsed"))
    old = again(remembered).code("steps", "train").digest
    (remembered / "helpers.py").touch()
    assert again(remembered).code("steps", "train").digest == old


def test_one_edited_file_is_indexed_alone(remembered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an edited project only the edited file is parsed."""
    parsed = []
    real = reading.read_index
    monkeypatch.setattr(reading, "read_index", lambda data, content: parsed.append(data) or real(data, content))
    write(remembered, {"helpers.py": SMALL["helpers.py"].replace("BY = 2", "BY = 4")})
    again(remembered).code("steps", "train")
    assert [data.count(b"BY = 4") for data in parsed] == [1]


def test_a_module_that_appears_is_noticed(remembered: Path) -> None:
    """A file that takes the place of a formerly foreign module changes the closure."""
    old = again(remembered).code("steps", "train").digest
    write(remembered, {"numpy.py": "pi = 3\n"})
    assert again(remembered).code("steps", "train").digest != old


def test_a_module_that_appears_under_a_computed_name_is_noticed(tmp_path: Path) -> None:
    """A new plugin belongs to whoever imports plugins by a computed name, remembered or not."""
    loader = "import importlib\ndef train(n):\n    return importlib.import_module(f'plugins.{n}')\n"
    root = write(tmp_path / "p", {"steps.py": loader, "plugins/a.py": "X = 1\n"})
    settle(root)
    project = again(root)
    old = project.code("steps", "train").digest
    project.flush()
    assert again(root).code("steps", "train").digest == old
    write(root, {"plugins/b.py": "X = 2\n"})
    assert again(root).code("steps", "train").digest != old


def test_what_vanishes_is_noticed(remembered: Path) -> None:
    """A removed helper changes the digest and raises nothing."""
    old = again(remembered).code("steps", "train").digest
    (remembered / "helpers.py").unlink()
    assert again(remembered).code("steps", "train").digest != old


@pytest.mark.parametrize("damage", [b"", b"nonsense", None])
def test_a_damaged_cache_is_no_cache(remembered: Path, damage: bytes | None) -> None:
    """Cut, overwritten or flipped cache files are read anew from source."""
    expected = Project(str(remembered)).code("steps", "train").digest
    for path in (remembered.parent / "cache").iterdir():
        content = path.read_bytes()
        path.write_bytes(content[:-9] + b"\xff" + content[-8:] if damage is None else damage)
    assert again(remembered).code("steps", "train").digest == expected


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    """A read-only disk costs time, nothing else."""
    root = write(tmp_path / "p", SMALL)
    blocked = tmp_path / "file"
    blocked.write_text("")
    project = Project(str(root), str(blocked / "cache"))
    assert project.code("steps", "train").digest
    project.flush()


def test_a_moved_project_keeps_its_digests(remembered: Path, tmp_path: Path) -> None:
    """Nothing absolute is in a digest or decides about the memory's truth."""
    old = again(remembered).code("steps", "train").digest
    shutil.move(remembered.parent / "p", tmp_path / "q")
    shutil.copytree(tmp_path / "q", tmp_path / "r")
    assert digest(tmp_path / "q", cache=str(tmp_path / "cache")) == old == digest(tmp_path / "r")


def test_a_project_is_a_snapshot_until_it_is_refreshed(tmp_path: Path) -> None:
    """All answers of a project are of one moment; refresh() starts the next one."""
    root = write(tmp_path, SMALL)
    project = Project(str(root))
    old = project.code("steps", "train")
    write(root, {"helpers.py": SMALL["helpers.py"].replace("BY = 2", "BY = 5")})
    assert project.code("steps", "train").digest == old.digest
    project.refresh()
    assert project.code("steps", "train").digest != old.digest


# Files that are not as they should be


def test_a_syntax_error_is_its_own_digest(tmp_path: Path) -> None:
    """Broken files are named, never fatal, and their text counts as a whole."""
    broken = {"steps.py": "import helpers\ndef train():\n    return helpers.f()\n", "helpers.py": "def f(:\n"}
    project = Project(str(write(tmp_path, broken)))
    assert project.index(str(tmp_path / "helpers.py")).error == "has a syntax error at line 1: invalid syntax"
    code = project.code("steps", "train")
    assert "helpers:*" in [entry.name for entry in code.entries]
    write(tmp_path, {"helpers.py": "def f(:  # still\n"})
    assert digest(tmp_path) != code.digest


def test_a_step_in_a_broken_file_has_a_digest_too(tmp_path: Path) -> None:
    """The text of the file stands for a step that cannot be read."""
    assert one("def train(:\n", tmp_path) != one("def train(:\n\n", tmp_path)


def test_a_module_of_nobody_has_an_empty_closure(tmp_path: Path) -> None:
    """A function that is not the project's has no project code."""
    code = Project(str(tmp_path)).code("json", "dumps")
    assert (code.digest, code.entries, code.files) == ("", (), ())


@pytest.mark.parametrize(
    "expression",
    [" + ".join(["x"] * 3000), "f(" * 80 + "1" + ")" * 80, "x" + ".real" * 3000, "[" * 90 + "]" * 90],
    ids=["sum", "calls", "attributes", "lists"],
)
def test_deep_expressions_are_no_problem(expression: str, tmp_path: Path) -> None:
    """Trees deeper than the recursion limit are read or taken as text; an edit there or in a helper is noticed."""
    steps = "from helpers import f\ndef train(x):\n    return {} - {}\n"
    files = {"steps.py": steps.format(expression, 1), "helpers.py": "def f(x):\n    return x\n"}
    old = one(files, tmp_path)
    assert one(files, tmp_path) == old
    assert one({**files, "steps.py": steps.format(expression, 2)}, tmp_path) != old
    if "f(" in expression:
        assert one({**files, "helpers.py": "def f(x):\n    return x + 1\n"}, tmp_path) != old


def test_encodings_and_line_ends_do_not_matter(tmp_path: Path) -> None:
    """UTF-8 with and without a mark, Latin-1 with a cookie, and CRLF give one digest."""
    text = "def train():\n    return 'caf\u00e9', '''a\nb'''\n"
    versions = [
        text.encode(),
        b"\xef\xbb\xbf" + text.encode(),
        ("# -*- coding: latin-1 -*-\n" + text).encode("latin-1"),
        text.replace("\n", "\r\n").encode(),
    ]
    digests = set()
    for version in versions:
        (tmp_path / "steps.py").write_bytes(version)
        digests.add(digest(tmp_path))
    assert len(digests) == 1


@pytest.mark.parametrize(
    "data", [b"x = '\xff'\n", b"# coding: nonsense\n", b"x = 1\0\n"], ids=["bytes", "cookie", "null"]
)
def test_undecodable_files_have_an_error(data: bytes, tmp_path: Path) -> None:
    """Bytes that are no text are an error of the index, not of the program."""
    (tmp_path / "steps.py").write_bytes(data)
    project = Project(str(tmp_path))
    assert project.index(str(tmp_path / "steps.py")).error
    assert project.code("steps", "train").digest


def test_a_file_that_is_not_there_has_an_error(tmp_path: Path) -> None:
    """Asking for a missing file gives an index with an error."""
    assert "cannot be read" in (Project(str(tmp_path)).index(str(tmp_path / "gone.py")).error or "")


# Finding modules


def test_modules_are_found_by_name_and_named_by_path(tmp_path: Path) -> None:
    """Packages, modules, src layouts and namespace packages; nothing installed and nothing of lineage."""
    files = ("a.py", "pkg/__init__.py", "pkg/b.py", "space/c.py", "src/lib/__init__.py", "venv/site-packages/d.py")
    project = Project(str(write(tmp_path, dict.fromkeys((*files, "lineage/__init__.py"), ""))))
    expected = {"a": "a.py", "pkg": "pkg/__init__.py", "pkg.b": "pkg/b.py", "space.c": "space/c.py"}
    expected["lib"] = "src/lib/__init__.py"
    root = Path(project.root)
    for name, path in expected.items():
        assert project.find_module(name) == str(root / path)
        assert project.module_name(str(root / path)) == name
    assert [project.find_module(name) for name in ("space", "numpy", "lineage", "sys", "d")] == [None] * 5
    assert project.module_name(str(root / "venv/site-packages/d.py")) is None
