"""A run with nothing to do keeps a receipt: the next one does not plan anew, and no change escapes it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest
from projects import DOIT, WORDS, Project, swap

#: Modules that a run needs that plans its pipelines, and one that repeats the last does not.
PLANNING = "lineage.declare.plan"


def planned(project: Project, *args: str, code: int | None = 0) -> bool:
    """Run ``doit ARGS`` and tell whether it planned its pipelines."""
    done = project.doit(*args, code=code, env={"PYTHONPROFILEIMPORTTIME": "1"})
    return PLANNING in done.stderr


def settle(project: Project) -> None:
    """Let the files grow old enough for their times to tell the next change, and run until there is a receipt."""
    time.sleep(0.1)
    project.doit()
    assert not planned(project), "this test is about a project that has a receipt"
    project.executed()


@pytest.fixture
def settled(done_words: Project) -> Project:
    """Three steps and a receipt."""
    settle(done_words)
    return done_words


def test_it_prints_and_records_what_a_run_that_plans_would(settled: Project) -> None:
    """The lines are those of the run before, but for the number of the run; every run and its steps are recorded."""
    (settled.path / ".lineage" / "receipt").rename(settled.path / "kept")
    before = settled.doit().stdout.splitlines()
    assert not planned(settled)
    after = settled.doit().stdout.splitlines()
    assert after[:-1] == before[:-1]
    assert len(before) == 4
    runs = settled.runs()
    assert [run["id"] for run in runs] == list(range(1, len(runs) + 1))
    told = ("status", "command", "project", "counts", "saved")
    assert [runs[-1].get(name) for name in told] == [runs[-3].get(name) for name in told]
    assert {step["status"] for step in runs[-1]["steps"]} == {"cached"}
    assert [step["outputs"] for step in runs[-1]["steps"]] == [step["outputs"] for step in runs[0]["steps"]]
    assert settled.executed() == []
    settled.assert_database_intact()


@pytest.mark.fresh
def test_what_cannot_be_printed_is_said_to_be_lost(settled: Project) -> None:
    """A run that repeats the last says so as any other, where its lines cannot be written."""
    with open("/dev/full", "w") as full:
        done = settled.finish(settled.start(*DOIT, stdout=full))
    assert "could not be written" in done.stderr
    assert PLANNING not in settled.doit(env={"PYTHONPROFILEIMPORTTIME": "1"}).stderr


def write(name: str, text: str) -> Callable[[Project], object]:
    return lambda project: project.write({name: text})


def edit(name: str, old: str, new: str) -> Callable[[Project], object]:
    return lambda project: project.edit(name, old, new)


def edit_unseen(project: Project) -> None:
    """Change a constant; size and modification time stay."""
    path = project.path / "tasks" / "language.py"
    found = path.stat()
    path.write_text(swap(path.read_text(), '" "', '"o"'))
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


def flip(project: Project) -> None:
    """Write to the stored object through its readable path; size and modification time stay."""
    path = project.stored("words/total")
    found = path.stat()
    path.chmod(0o644)
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


def replace_source(project: Project) -> None:
    """Put an older file, of the same size, in the place of a module."""
    old = project.path / "old.py"
    old.write_text(swap(WORDS["tasks/language.py"], '" "', '"b"'))
    os.utime(old, (1e9, 1e9))
    old.rename(project.path / "tasks" / "language.py")


EXECUTED = {
    "a helper": (edit("tasks/language.py", "sentence.split(", "sentence.lower().split("), {"count"}),
    "a constant, unseen by size and time": (edit_unseen, {"count", "report"}),
    "another file in its place": (replace_source, {"count", "report"}),
    "a step": (edit("tasks/words.py", "text.strip()", "text.strip().upper()"), {"collect", "count", "report"}),
    "dodo.py": (edit("dodo.py", "to be or not to be", "to be"), {"collect", "count", "report"}),
    "a package in place of a module": (
        write("tasks/language/__init__.py", 'def split(sentence):\n    return ["one"]\n'),
        {"count", "report"},
    ),
    "a stored artifact, unseen by size and time": (flip, {"count"}),
    "a deleted artifact": (lambda project: project.stored("words/total").unlink(), {"count"}),
    "a folder that is a link now": (
        lambda project: (
            (project.path / "tasks").rename(project.path / "elsewhere"),
            (project.path / "tasks").symlink_to("elsewhere"),
        ),
        set(),
    ),
    "an edit in a folder that is a link now": (
        lambda project: (
            (project.path / "tasks").rename(project.path / "elsewhere"),
            (project.path / "tasks").symlink_to("elsewhere"),
            settle(project),
            project.edit("tasks/language.py", "sentence.split(SEPARATOR)", "sentence.split(SEPARATOR)[:1]"),
        ),
        {"count", "report"},
    ),
    "forgotten": (lambda project: project.doit("forget", "words:counter"), {"count"}),
    "all records removed": (
        lambda project: [path.unlink() for path in (project.path / ".lineage").glob("metadata.sqlite*")],
        {"collect", "count", "report"},
    ),
}


@pytest.mark.parametrize("name", EXECUTED)
def test_what_must_run_runs(settled: Project, name: str) -> None:
    """Whatever is changed behind a receipt, exactly the steps that must run are executed."""
    change, expected = EXECUTED[name]
    change(settled)
    settled.doit()
    assert set(settled.executed()) == expected


def unlink_path(project: Project) -> None:
    project.artifact("words/total").unlink()


def forget_memory(project: Project) -> None:
    (project.path / ".lineage" / "memory").unlink()


def damage(project: Project) -> None:
    path = project.path / ".lineage" / "receipt"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def truncate(project: Project) -> None:
    path = project.path / ".lineage" / "receipt"
    path.write_bytes(path.read_bytes()[:-7])


LOOKED_AT = {
    "a comment": write("tasks/language.py", "# new\n" + WORDS["tasks/language.py"]),
    "a readable path removed": unlink_path,
    "the memory removed": forget_memory,
    "a damaged receipt": damage,
    "half a receipt": truncate,
    "a setting of doit": edit("dodo.py", "@pipeline", 'DOIT_CONFIG = {"verbosity": 2}\n\n\n@pipeline'),
    "a plain task": write("dodo.py", WORDS["dodo.py"] + "\n\ndef task_other():\n    return {'actions': None}\n"),
}


SHADOWS = {
    "a package in place of dodo.py": "dodo/__init__.py",
    "a binary module in place of dodo.py": f"dodo{EXTENSION_SUFFIXES[0]}",
    "a binary module in place of a step module": f"tasks/words{EXTENSION_SUFFIXES[0]}",
    "a package in a folder that is searched later": "../lib/tasks/__init__.py",
}


@pytest.mark.parametrize("name", SHADOWS)
def test_what_python_imports_instead_is_noticed(words: Project, name: str) -> None:
    """A file that now hides one of the project's modules is imported, and here fails, as without a receipt."""
    (words.path / "tasks" / "__init__.py").unlink()
    (words.path.parent / "lib" / "tasks").mkdir(parents=True)
    words.environment["PYTHONPATH"] = str(words.path.parent / "lib")
    words.doit()
    settle(words)
    words.write({SHADOWS[name]: "raise ValueError\n"})
    assert words.doit(code=None).code == 3


def test_a_home_is_part_of_what_decides(words: Project) -> None:
    """A path with ``~`` is another file for another user."""
    words.edit("tasks/words.py", "@step\ndef collect", '@step(depends_on="~/query.txt")\ndef collect')
    homes = [words.path.parent / name for name in ("one", "two")]
    for home in homes:
        home.mkdir()
        (home / "query.txt").write_text(home.name)
    words.environment["HOME"] = str(homes[0])
    words.doit()
    time.sleep(2.1)  # until then the times of a file so young do not tell whether it changes once more
    settle(words)
    words.environment["HOME"] = str(homes[1])
    words.doit()
    assert words.executed() == ["collect"]


@pytest.mark.parametrize("name", LOOKED_AT)
def test_what_may_matter_is_looked_at(settled: Project, name: str) -> None:
    """After a change that need not make a step run, everything is looked at anew, and all is as it should be."""
    LOOKED_AT[name](settled)
    assert planned(settled)
    assert settled.executed() == []
    assert set(settled.statuses().values()) == {"cached"}
    assert settled.artifact("words/total").read_text() == "6\n"


def test_it_is_of_this_command_only(settled: Project) -> None:
    """Another command, with options, names or values, is not answered by the receipt of `doit`."""
    for args in (["-a"], ["words"], ["words:collect"], ["counter=count_unique"], ["-n", "2"], ["-v", "2"]):
        assert planned(settled, *args), args
    assert settled.doit("nonsense=1", code=3).code == 3
    assert settled.doit("nosuch", code=3).code == 3


def test_swapping_from_the_shell_and_back(settled: Project) -> None:
    """After a swap, the run without it shows what dodo.py says again."""
    settled.doit("counter=count_unique")
    assert settled.artifact("words/total").read_text() == "4\n"
    settled.doit()
    assert settled.artifact("words/total").read_text() == "6\n"
    assert settled.executed() == ["count_unique", "report"]


def test_a_package_that_is_updated_is_noticed(words: Project) -> None:
    """The version of an installed distribution counts, and its folder is looked at."""
    site = words.path.parent / "site"

    def install(version: str) -> None:
        for old in site.glob("*.dist-info"):
            for file in old.iterdir():
                file.unlink()
            old.rmdir()
        folder = site / f"worder-{version}.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(f"Name: worder\nVersion: {version}\n")
        (folder / "RECORD").write_text("worder.py,,\n")
        (site / "worder.py").write_text("def cut(text):\n    return text.split()\n")

    install("1.0")
    words.environment["PYTHONPATH"] = str(site)
    words.edit("tasks/language.py", "\n\ndef split", "\n\nimport worder\n\n\ndef split")
    words.edit("tasks/language.py", "sentence.split(SEPARATOR)", "worder.cut(sentence)")
    words.doit()
    settle(words)
    install("2.0")
    words.doit()
    assert words.executed() == ["count"]


def test_an_input_file_is_looked_at(project: Callable[[dict[str, str]], Project]) -> None:
    """A declared file is one of the things that the receipt lists, and so is one that a step was seen to read."""
    files = {
        "dodo.py": """\
from pathlib import Path

from lineage import pipeline
from steps import first, second


@pipeline
def lines(data=Path("data.txt")):
    head = first(data)
    tail = second(head)
""",
        "steps.py": """\
from pathlib import Path
from typing import Annotated

from lineage import File, step


@step
def first(data: Annotated[Path, File]) -> str:
    return data.read_text()


@step
def second(head: str) -> str:
    with open("more.txt") as file:
        return head + file.read()
""",
        "data.txt": "one",
        "more.txt": "two",
    }
    found = project(files)
    found.doit()
    time.sleep(2.1)  # until then the times of files so young do not tell whether they change once more
    found.doit()
    found.doit()
    assert not planned(found)
    found.write({"more.txt": "2"})
    assert found.rerun() == {"first": "cached", "second": "run"}
    found.write({"data.txt": "1"})
    assert found.rerun() == {"first": "run", "second": "run"}
    assert found.artifact("lines/tail").read_text() == "12"


NO_RECEIPT = {
    "an environment variable": "import os\nTEXT = os.environ.get('TEXT', 'to be')\n",
    "the clock": "import time\nTEXT = str(time.time() // 1e9)\n",
    "a file": "TEXT = open('text.txt').read()\n",
    "a function of the project": "from tasks.notes import note\nnote('dodo')\nTEXT = 'to be'\n",
    "a constant of the project": "from tasks.language import SEPARATOR\nTEXT = SEPARATOR\n",
    "a variable of doit": "from doit import get_var\nTEXT = get_var('text', 'to be')\n",
    "eval": "TEXT = eval('\"to be\"')\n",
    "a method of a path": "from pathlib import Path\nread = Path('text.txt').read_text\nTEXT = read()\n",
}


@pytest.mark.parametrize("name", NO_RECEIPT)
def test_a_dodo_py_that_does_more_is_executed_each_time(words: Project, name: str) -> None:
    """What dodo.py asks for may be another thing each time: there is no receipt, and the run plans."""
    (words.path / "text.txt").write_text("to be")
    text = WORDS["dodo.py"].replace("\n\n\n@pipeline", "\n" + NO_RECEIPT[name] + "\n\n@pipeline", 1)
    words.write({"dodo.py": swap(text, '"to be or not to be"', "TEXT")})
    words.doit()
    time.sleep(0.1)
    words.doit()
    assert planned(words)
    if name == "an environment variable":
        assert words.rerun(env={"TEXT": "not"})["collect"] == "run"


#: A pipeline in a module that is read, and what that asks for when it is planned.
ELSEWHERE = {
    "imported function": ("from os import environ", 'environ.get("TEXT", "to be")'),
    "constant of the executed module": ("import os\nTEXT = os.environ.get('TEXT', 'to be')", "TEXT"),
    "builtin under another name": ("from os import getenv as str", "str('TEXT', 'to be')"),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_pipeline_elsewhere_that_does_more_is_planned_each_time(words: Project, name: str) -> None:
    """The body of a pipeline of another module, and that module if it is executed, are looked at as dodo.py is."""
    before, text = ELSEWHERE[name]
    body = swap(WORDS["dodo.py"], "collect(text)", f"collect({text})")
    words.write({"tasks/flow.py": f"{before}\n{body}", "dodo.py": "from tasks.flow import words\n"})
    words.doit()
    time.sleep(0.1)
    words.doit()
    words.executed()
    words.doit(env={"TEXT": "not"})
    assert words.executed() == ["collect", "count", "report"]


def test_a_pipeline_elsewhere_that_comes_to_only_link_gets_a_receipt(words: Project) -> None:
    """What was found of dodo.py holds until that is changed; what was found of other modules is looked at again."""
    before = "from os import environ\n" + swap(WORDS["dodo.py"], "collect(text)", 'collect(environ.get("T", "to be"))')
    words.write({"tasks/flow.py": before, "dodo.py": "from tasks.flow import words\n"})
    words.doit()
    time.sleep(0.1)
    words.doit()
    assert planned(words)
    words.write({"tasks/flow.py": WORDS["dodo.py"]})
    words.doit()
    settle(words)


def test_a_pipeline_elsewhere_that_only_links_keeps_a_receipt(words: Project) -> None:
    """Pipelines may be in a module of their own, beside what else that has."""
    body = WORDS["dodo.py"].replace("from tasks.words", "import os\n\nfrom .words")
    words.write({"tasks/flow.py": body, "dodo.py": "from tasks.flow import words\n"})
    words.doit()
    settle(words)
    words.edit("tasks/flow.py", "to be or not to be", "to be")
    assert words.rerun()["collect"] == "run"


def test_an_environment_in_the_project_is_none_of_its_modules(settled: Project) -> None:
    """The command may be one of an environment in the project's folder."""
    command = settled.path / "venv" / "bin" / "doit"
    settled.write({"venv/bin/doit": Path(DOIT[0]).read_text()})
    command.chmod(0o755)
    settled.command(str(command))
    settled.command(str(command))
    assert PLANNING not in settled.command(str(command), env={"PYTHONPROFILEIMPORTTIME": "1"}).stderr


def test_a_module_of_another_place_is_executed_each_time(words: Project) -> None:
    """A module is the project's own if it was imported from there, and not if the project only has one of its name."""
    outside = words.path.parent / "lib"
    outside.mkdir()
    (outside / "conf.py").write_text("import os\nTEXT = os.environ.get('TEXT', 'to be')\n")
    words.environment["PYTHONPATH"] = str(outside)
    text = swap(WORDS["dodo.py"], '"to be or not to be"', "TEXT")
    words.write({"src/conf.py": "TEXT = 'to be'\n", "dodo.py": "from conf import TEXT\n" + text})
    words.doit()
    time.sleep(0.1)
    words.doit()
    words.executed()
    words.doit(env={"TEXT": "not"})
    assert words.executed() == ["collect", "count", "report"]


def test_a_disk_that_cannot_be_written_is_no_error(settled: Project, tmp_path: Path) -> None:
    """The receipt is a cache: where it cannot be kept, the run is as it was."""
    receipt = settled.path / ".lineage" / "receipt"
    receipt.unlink()
    receipt.mkdir()
    assert planned(settled)
    assert planned(settled)
    assert settled.executed() == []
