"""Folders between steps and plain doit tasks: who makes what is in them comes first."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from projects import Project

Write = Callable[[Mapping[str, str]], Project]

FOLDERS = {
    "dodo.py": '''\
from pathlib import Path
from typing import Annotated

from lineage import File, pipeline, step


def note(word):
    with open("executed.txt", "a") as file:
        file.write(word + "\\n")


@step
def gather(folder: Annotated[Path, File]) -> str:
    """Take all files of a folder."""
    note("gather")
    return " ".join(path.read_text().strip() for path in sorted(folder.rglob("*.txt")))


@step
def export(text: str) -> Path:
    """Give a folder."""
    note("export")
    made = Path("made")
    made.mkdir(exist_ok=True)
    (made / "inside.txt").write_text(text)
    return made


@pipeline
def folders(folder=FOLDER):
    text = gather(folder)
    bundle = export(text)


def task_fetch():
    """Make two files below the folder, one of them deep inside."""
    for name in ("b.txt", "deep/c.txt"):
        target = PREFIX + "data/" + name
        yield {
            "name": name,
            "file_dep": ["source.txt"],
            "targets": [target],
            "actions": [
                "mkdir -p data/deep",
                f"sleep 0.3; cp source.txt {target}",
                "echo fetch >> executed.txt",
            ],
        }


def task_beside():
    """Make a file whose name begins like the folder's."""
    return {"targets": ["data.txt"], "actions": ["touch data.txt", "echo beside >> executed.txt"], "uptodate": [True]}


def task_report():
    """Take an artifact's file, and one inside a folder artifact."""
    taken = ["artifacts/folders/text.txt", PREFIX + "artifacts/folders/bundle/inside.txt"]
    return {
        "file_dep": taken,
        "targets": ["report.txt"],
        "actions": [f"cat {' '.join(taken)} > report.txt", "echo report >> executed.txt"],
    }
''',
    "source.txt": "rain\n",
    "data/a.txt": "hand",
}


def written(write: Write, folder: str = '"data"', prefix: str = '""') -> Project:
    dodo = FOLDERS["dodo.py"].replace("FOLDER", folder, 1).replace("def note", f"PREFIX = {prefix}\n\n\ndef note", 1)
    return write({**FOLDERS, "dodo.py": dodo})


HERE = 'str(Path(__file__).parent) + "/"'
WAYS = {"one after another": [], "processes": ["-n", "2"], "threads": ["-n", "2", "-P", "thread"]}


@pytest.mark.parametrize("how", WAYS.values(), ids=WAYS)
def test_a_folder_waits_for_every_task_that_makes_something_in_it(project: Write, how: list[str]) -> None:
    """The step comes after the tasks of all files below its folder, and before the tasks that take its artifacts."""
    folders = written(project)
    folders.doit(*how)
    assert [word for word in folders.executed() if word != "beside"] == ["fetch", "fetch", "gather", "export", "report"]
    assert folders.read("report.txt") == "hand rain rain" * 2
    folders.doit(*how)
    assert folders.executed() == []
    folders.write({"source.txt": "snow\n"})
    folders.doit(*how)
    assert folders.executed() == ["fetch", "fetch", "gather", "export", "report"]
    assert folders.read("report.txt") == "hand snow snow" * 2


@pytest.mark.parametrize("how", [["folders:gather"], ["folders:export"], ["report"], ["-n", "2", "folders:gather"]])
def test_a_step_alone_brings_what_its_folder_is_made_of(project: Write, how: list[str]) -> None:
    """`doit THE_STEP` runs the plain tasks below its folder first, and no task that makes something else."""
    folders = written(project)
    folders.doit(*how)
    order = folders.executed()
    assert order[:3] == ["fetch", "fetch", "gather"]
    assert "beside" not in order


@pytest.mark.parametrize(
    ("folder", "prefix"),
    [('"./data/"', '""'), ("Path('data')", "'./'"), ("Path(__file__).parent / 'data'", '""'), ('"data"', HERE)],
)
def test_however_the_paths_are_written(project: Write, folder: str, prefix: str) -> None:
    """A leading ``./``, a slash at the end, a path from the root: the same files."""
    folders = written(project, folder, prefix)
    folders.doit()
    assert [word for word in folders.executed() if word != "beside"] == ["fetch", "fetch", "gather", "export", "report"]


def test_a_list_of_files_waits_for_all_of_them(project: Write) -> None:
    """Files inside a list are inputs like any other."""
    folders = written(project, '["data/b.txt", "data/deep"]')
    folders.write({"dodo.py": folders.read("dodo.py").replace("folder.rglob", "folder[1].rglob")})
    folders.doit("folders:gather")
    assert folders.executed() == ["fetch", "fetch", "gather"]


def test_status_tells_that_a_folder_will_change(project: Write) -> None:
    """`doit list --status` and `doit info` know that a stale task makes what the folder holds."""
    folders = written(project)
    folders.doit()
    folders.write({"source.txt": "snow\n"})
    lines = folders.doit("list", "--all", "--status").stdout.splitlines()
    status = {line.split()[1]: line[0] for line in lines}
    assert status["folders:gather"] == status["folders:export"] == status["report"] == "R"
    assert status["beside"] == "U"
    assert "fetch:b.txt has to run first" in folders.doit("info", "folders:gather", code=1).stdout


def test_a_folder_that_is_made_from_its_own_step_is_a_broken_pipeline(project: Write) -> None:
    """A plain task that writes into the folder what it takes from the folder's step ends with 3, and names both."""
    folders = written(project)
    folders.write(
        {"dodo.py": folders.read("dodo.py").replace('"targets": ["report.txt"]', '"targets": ["data/r.txt"]')}
    )
    done = folders.doit(code=3)
    assert "folders:gather" in done.printed
    assert "report" in done.printed
    assert "gather" not in folders.executed()


INSIDE = '''\
from pathlib import Path
from typing import Annotated

from lineage import File, pipeline, step


def task_unpack():
    """Make a folder."""
    return {
        "file_dep": ["source.txt"],
        "targets": [TARGET],
        "actions": ["mkdir -p out/deep && cp source.txt out/deep/a.txt && echo unpack >> made.log"],
    }


@step
def read(data: Annotated[Path, File]) -> str:
    return data.read_text().strip()


@step(depends_on=["out/deep/a.txt"])
def first() -> str:
    return Path("out/deep/a.txt").read_text().strip()


@step(depends_on=["out/*/*.txt"])
def second() -> str:
    return Path("out/deep/a.txt").read_text().strip()


@step(depends_on=["out/**"])
def third() -> str:
    return Path("out/deep/a.txt").read_text().strip()


@step(depends_on=["data"])
def other() -> str:
    return "other"


@pipeline
def inside():
    a = read("out/deep/a.txt")
    b = first()
    c = second()
    d = third()
    e = other()
'''


@pytest.mark.parametrize(
    "target", ['"out"', '"out/"', '"./out/deep"', 'Path("out")', 'str(Path(__file__).parent / "out")']
)
@pytest.mark.parametrize("how", [[], ["-n", "2"], ["inside:read"], ["inside:second"]])
def test_what_lies_in_a_folder_target_waits_for_its_task(project: Write, target: str, how: list[str]) -> None:
    """A file, a path, a glob: whoever takes something inside a folder comes after the task that makes the folder."""
    found = project({"dodo.py": INSIDE.replace("TARGET", target), "source.txt": "rain\n", "data/x": ""})
    found.doit(*how)
    assert found.read("made.log") == "unpack\n"
    assert {path.read_text() for path in (found.path / "artifacts/inside").glob("[a-d].txt")} == {"rain"}
    found.write({"source.txt": "snow\n"})
    assert "unpack has to run first" in found.doit("info", "inside:read", code=1).stdout
    assert "unpack" not in found.doit("info", "inside:other", code=None).stdout
    found.doit(*how)
    assert {path.read_text() for path in (found.path / "artifacts/inside").glob("[a-d].txt")} == {"snow"}
    assert found.lineage("plan", "-q", *how[-1:] if ":" in str(how) else ["inside"], code=None).code == 0


WHOLE = """\
from pathlib import Path

from lineage import pipeline, step


def task_write():
    return {"targets": ["zz.txt"], "actions": ["echo rain > zz.txt"], "uptodate": [True]}


@step(depends_on=["."])
def all_of_it() -> list:
    return sorted(path.name for path in Path().glob("*.txt"))


@pipeline
def whole():
    names = all_of_it()
"""


def test_a_step_that_depends_on_the_whole_project_waits_for_all_tasks(project: Write) -> None:
    """The folder ``.`` is one like any other."""
    found = project({"dodo.py": WHOLE, "a.txt": ""})
    found.doit()
    assert found.python("import lineage\nprint(lineage.load('whole/names'))") == "['a.txt', 'zz.txt']"
    assert found.rerun() == {"all_of_it": "cached"}


READ = """\
from pathlib import Path
from typing import Annotated

from lineage import File, pipeline, step


@step
def read(folder: Annotated[Path, File]) -> list:
    return [path.read_text() for path in sorted(folder.rglob("*.txt"))]


@pipeline
def reading():
    texts = read("data")
"""


def test_an_input_folder_is_known_by_its_path_and_its_content(project: Write) -> None:
    """`lineage show` of a folder that a step has taken, from anywhere, or of a copy; another content is not known."""
    found = project({"dodo.py": READ, "data/a.txt": "rain", "data/deep/b.txt": "snow", "data/c": "", "other/d": "wind"})
    found.doit()
    for path, folder in (("data", "."), ("data/", "."), (".", "data"), ("../data", "other")):
        assert found.lineage("show", path, cwd=folder).stdout.startswith("file:data  version 1\n"), path
    found.command("cp", "-r", "data", "copy")
    assert found.json("show", "copy")["found"][0]["artifact"]["name"] == "file:data"
    assert "nothing is known of other" in found.lineage("show", "other", code=3).stderr
    found.write({"data/a.txt": "hail"})
    assert "nothing is known of data" in found.lineage("show", "data", code=3).stderr
    found.doit()
    assert found.lineage("show", "data").stdout.startswith("file:data  version 2\n")
