"""What a step reads without having been given it is found out, named, and counts from then on."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping

import pytest
from projects import Project

from lineage.errors import UsageError
from lineage.settings import read_settings

Write = Callable[[Mapping[str, str]], Project]

MODES = pytest.mark.parametrize(
    "mode", [(), ("-n", "2"), ("-n", "2", "-P", "thread")], ids=["serial", "process", "thread"]
)
READING = 'return open("data/extra.csv").read()'


def one_step(body: str, *, before: str = "", call: str = "read()", parameters: str = "") -> dict[str, str]:
    """Return a project whose one step has this body; what stands before it is at the top of its module."""
    return {
        "dodo.py": "from lineage import pipeline\nfrom steps import read\n\n\n"
        f"@pipeline\ndef p():\n    value = {call}\n",
        "steps.py": "import os\nfrom pathlib import Path\nfrom typing import Annotated\n\n"
        "from lineage import File, step\n"
        f"{textwrap.dedent(before)}\n\n@step\ndef read({parameters}) -> str:\n"
        + textwrap.indent(textwrap.dedent(body).strip(), "    ")
        + "\n",
        "data/extra.csv": "1",
    }


def value(project: Project) -> str:
    """Return what the step has put out."""
    return project.artifact("p/value").read_text()


def discovered(project: Project) -> set[tuple[str, str]]:
    """Return what is recorded of the step's discovered inputs: kinds and names."""
    (step,) = project.runs()[-1]["steps"]
    return {(each["kind"], each["name"]) for each in step["discovered"]}


def states(project: Project, *edits: dict[str, str | None]) -> list[str]:
    """Write (or remove) files and run `doit`, again and again; return the step's statuses."""
    found = []
    for edit in edits:
        for name, text in edit.items():
            if text is None:
                (project.path / name).unlink()
            else:
                project.write({name: text})
        found.append(project.rerun()["read"])
    return found


# Files


@MODES
def test_a_file_that_was_read_is_named_and_counts_from_then_on(project: Write, mode: tuple[str, ...]) -> None:
    """The message has the line that read it; the reason says so too, and an old content gives the old result back."""
    found = project(one_step(READING))
    done = found.doit(*mode)
    line = found.read("steps.py").splitlines().index(f"    {READING}") + 1
    told = f"steps.py:{line} read data/extra.csv, which is not an input"
    assert told in done.stderr
    assert found.rerun(*mode) == {"read": "cached"}
    found.write({"data/extra.csv": "2"})
    reason = f"file data/extra.csv, which steps.py:{line} reads without declaring it, changed"
    assert reason in found.doit("info", "p:read", code=1).stdout
    done = found.doit(*mode)
    assert found.statuses() == {"read": "run"}
    assert told in done.stderr
    assert found.steps()["read"]["reasons"][0]["text"] == reason
    assert value(found) == "2"
    found.write({"data/extra.csv": "1"})
    assert found.rerun(*mode) == {"read": "cached"}
    assert value(found) == "1"
    assert discovered(found) == {("read", "data/extra.csv")}


def test_contents_that_come_back_come_from_history(project: Write) -> None:
    """A, B, A, B: each content is computed once, also when this checkout remembers nothing."""
    found = project(one_step(READING))
    contents = [{"data/extra.csv": text} for text in ("A", "B", "A", "B", "A")]
    assert states(found, *contents[:3]) == ["run", "run", "cached"]
    (found.path / ".lineage" / "memory").unlink()
    assert states(found, *contents[3:]) == ["cached", "cached"]


def test_what_is_read_may_depend_on_what_was_read(project: Write) -> None:
    """Each set of discovered inputs is remembered: what the step does not look at in one case does not matter there."""
    body = 'return open("b.csv").read() if open("a.txt").read() == "yes" else "nothing"'
    found = project(one_step(body) | {"a.txt": "no", "b.csv": "1"})
    assert states(found, {}, {"b.csv": "2"}, {"a.txt": "yes"}, {"b.csv": "3"}) == ["run", "cached", "run", "run"]
    assert states(found, {"a.txt": "no"}, {"b.csv": "4"}) == ["cached", "cached"]
    assert states(found, {"a.txt": "yes"}, {"b.csv": "2"}) == ["run", "cached"]
    assert value(found) == "2"


def test_every_way_to_open_a_file_is_noticed(project: Write) -> None:
    """From another folder, through a link, by bytes, by a descriptor, by a path out of the project and back in."""
    body = """
        os.chdir("data")
        found = open("extra.csv").read()
        found += Path("linked.txt").read_text() + open(b"bytes.txt").read()
        descriptor = os.open("descriptor.txt", os.O_RDONLY)
        found += os.read(descriptor, 9).decode()
        os.close(descriptor)
        return found + open(OUTSIDE).read()
    """
    outside = 'import tempfile\nOUTSIDE = os.path.join(os.path.dirname(os.getcwd()), "door", "inside.txt")'
    files = {f"data/{name}.txt": "1" for name in ("target", "bytes", "descriptor", "inside")}
    found = project(one_step(body, before=outside) | files)
    (found.path / "data" / "linked.txt").symlink_to("target.txt")
    (found.path.parent / "door").symlink_to(found.path / "data")
    found.doit()
    names = ("extra.csv", "linked.txt", "bytes.txt", "descriptor.txt", "inside.txt")
    assert discovered(found) == {("read", f"data/{name}") for name in names}
    for name in ("target", "bytes", "descriptor", "inside"):
        assert states(found, {f"data/{name}.txt": "2"}, {}) == ["run", "cached"], name


def test_what_a_library_reads_for_the_step_counts(project: Write) -> None:
    """Named by the line of the project that calls the library."""
    body = """
        import joblib
        import numpy as np
        array = np.load("data/array.npy", mmap_mode="r")
        return str(array.sum() + np.loadtxt("data/extra.csv") + joblib.load("data/pickled"))
    """
    found = project(one_step(body))
    found.python("import numpy, joblib; numpy.save('data/array', [1, 2]); joblib.dump(3, 'data/pickled')")
    done = found.doit()
    assert "steps.py:13 read data/extra.csv" in done.stderr
    assert discovered(found) == {("read", f"data/{name}") for name in ("array.npy", "extra.csv", "pickled")}
    found.python("import joblib; joblib.dump(4, 'data/pickled')")
    assert states(found, {}, {}) == ["run", "cached"]
    assert value(found) == "8.0"


def test_what_is_declared_is_not_discovered(project: Write) -> None:
    """Neither a declared file, nor a file in a declared folder, however it is opened."""
    body = """
        found = open(os.path.abspath(data)).read() + Path("folder", "in", "it.txt").read_text()
        return found + "".join(sorted(os.listdir("folder")))
    """
    declared = "data: Annotated[Path, File], folder: Annotated[Path, File]"
    found = project(one_step(body, parameters=declared, call='read("data/extra.csv", "folder")'))
    found.write({"folder/in/it.txt": "x"})
    assert found.doit().stderr == ""
    assert discovered(found) == set()
    assert states(found, {}, {"folder/in/it.txt": "y"}) == ["cached", "run"]


def test_the_readable_path_of_an_artifact_counts_by_its_content(project: Write) -> None:
    """A step may open by hand what another step has made; the steps' real inputs in the store are not discovered."""
    found = project(
        one_step('return open("artifacts/p/value.txt").read()')
        | {
            "dodo.py": """\
from lineage import pipeline, step
from steps import read


@step
def make(text: str = "a") -> str:
    return text


@step
def take(text: str) -> str:
    return text + "!"


@pipeline
def p(text="a"):
    value = make(text)
    taken = take(value)


@pipeline
def q():
    other = read()
"""
        }
    )
    found.doit("p")
    found.doit("q")
    assert [each["name"] for each in found.steps()["read"]["discovered"]] == ["artifacts/p/value.txt"]
    assert found.rerun("q") == {"read": "cached"}
    assert found.rerun("p", "text=b") == {"make": "run", "take": "run"}
    assert found.steps()["take"]["discovered"] == []
    assert found.rerun("q") == {"read": "run"}
    found.doit("p", "text=a")
    assert found.rerun("q") == {"read": "cached"}


# What is not an input


@pytest.mark.parametrize(
    "body",
    [
        'Path("out.txt").write_text("1"); return open("out.txt").read()',
        'open("data/extra.csv", "w").write("2"); return open("data/extra.csv").read()',
        'os.makedirs("new/folder"); open("new/folder/x", "w").close(); return "".join(os.listdir("new"))',
        'open("a", "w").close(); os.replace("a", "b"); return open("b").read()',
        'import tempfile; f = tempfile.NamedTemporaryFile(dir="data"); f.flush(); return open(f.name).read()',
        'open("log.txt", "a").write("x"); return "logged"',
        'import traceback, inspect; return inspect.getsource(read)[:4] + "".join(traceback.format_stack())[:1]',
        'return Path("../outside.txt").read_text()',
        'return open(".git/HEAD").read() + open("lib/site-packages/x.txt").read()',
        'return str(os.path.exists("new.txt")) + str(open("new.txt", "w").write("x"))',
        'import subprocess; subprocess.run(["cp", "/dev/null", "made.txt"]); return open("made.txt").read()',
        'import importlib.metadata, pkgutil; return str(len(list(pkgutil.iter_modules(["."]))))',
    ],
)
def test_this_is_no_input(project: Write, body: str) -> None:
    """What the step made itself, what is not the project's, and source text that is only looked at."""
    found = project(one_step(body) | {".git/HEAD": "x", "lib/site-packages/x.txt": "x"})
    (found.path.parent / "outside.txt").write_text("x")
    assert found.doit().stderr == ""
    assert discovered(found) == set()
    assert states(found, {}) == ["cached"]


def test_a_step_that_changes_what_it_reads_runs_again_until_that_stays(project: Write) -> None:
    """Its result was made from something that is not there any more; it is told so."""
    body = """
        text = open("data/extra.csv").read()
        open("data/extra.csv", "w").write(text.strip())
        return text.strip()
    """
    found = project(one_step(body) | {"data/extra.csv": " a "})
    assert "read data/extra.csv, and then the step wrote to it: the step runs again next time" in found.doit().stderr
    assert states(found, {}, {}, {"data/extra.csv": " b "}, {}, {}) == ["run", "cached", "run", "run", "cached"]
    assert value(found) == "b"


def test_a_file_that_changes_under_the_step_is_not_trusted(project: Write) -> None:
    """Nobody can tell what the step has read: its result is used, said to be doubtful, and made again."""
    body = """
        import subprocess
        text = open("data/extra.csv").read()
        if text == "1":
            subprocess.run("printf 2 > $(ls data/*.csv)", shell=True)
        return text
    """
    found = project(one_step(body))
    done = found.doit()
    assert (
        "data/extra.csv, which steps.py:11 read, changed while the step ran: the step runs again next time"
        in done.stderr
    )
    assert states(found, {}, {}) == ["run", "cached"]
    assert value(found) == "2"


# What is not there, and folders


def test_a_file_that_was_looked_for_counts_when_it_comes(project: Write) -> None:
    """By opening it, by asking whether it is there; with the contents from then on, and back."""
    body = """
        found = "opened" if Path("data").is_dir() and os.path.exists("settings.txt") else ""
        try:
            return found + open("local.txt").read()
        except FileNotFoundError:
            return found + "nothing"
    """
    found = project(one_step(body))
    done = found.doit()
    assert done.stderr == ""
    assert discovered(found) == {("absent", "local.txt"), ("exists", "settings.txt"), ("exists", "data")}
    assert states(found, {}, {"local.txt": "a"}, {"local.txt": "b"}) == ["cached", "run", "run"]
    assert states(found, {"settings.txt": ""}, {"settings.txt": "other"}) == ["run", "cached"]
    assert value(found) == "openedb"
    assert states(found, {"settings.txt": None, "local.txt": None}) == ["cached"]
    assert value(found) == "nothing"


def test_a_listed_folder_counts_by_the_names_in_it(project: Write) -> None:
    """Not by the contents of files that are not read, nor by what the step itself puts there."""
    body = """
        names = sorted(path.name for path in Path("data").glob("*.csv"))
        Path("data/names.txt").write_text(",".join(names))
        return ",".join(names)
    """
    found = project(one_step(body))
    done = found.doit()
    assert "steps.py:10 looked for data/*.csv, and what it finds is not an input" in done.stderr
    edits: list[dict[str, str | None]] = [{}, {"data/extra.csv": "2"}, {"data/new.csv": ""}, {}, {"data/new.csv": None}]
    assert states(found, *edits) == ["cached", "cached", "run", "cached", "cached"]
    assert value(found) == "extra.csv"


@pytest.mark.parametrize(
    "look",
    [
        'sorted(str(path) for path in Path(".").glob("data/*.csv"))',
        'sorted(str(path) for path in Path(".").rglob("*.csv"))',
        '__import__("glob").glob("data/*.csv")',
        '__import__("glob").glob("*.csv", root_dir="data")',
        '__import__("glob").glob("**/*.csv", recursive=True)',
    ],
)
def test_what_matches_a_pattern_counts_and_nothing_else_in_the_folder(project: Write, look: str) -> None:
    """A new file that does not match changes nothing; nor does one that the step makes itself."""
    found = project(one_step(f'found = {look}\nopen("data/made.csv", "w").close()\nreturn ",".join(found)'))
    assert "and what it finds is not an input" in found.doit().stderr
    edits: list[dict[str, str | None]] = [{}, {"data/other.txt": ""}, {"data/new.csv": ""}, {}, {"data/new.csv": None}]
    assert states(found, *edits) == ["cached", "cached", "run", "cached", "cached"]
    assert "new" not in value(found)


def test_a_pattern_without_a_wildcard_counts_as_well(project: Write) -> None:
    """`glob` of one name asks whether it is there."""
    found = project(one_step('import glob\nreturn str(glob.glob("data/maybe.csv"))'))
    assert states(found, {}, {}, {"data/maybe.csv": ""}, {"data/maybe.csv": "x"}) == ["run", "cached", "run", "cached"]


def test_the_size_of_a_file_counts_as_its_content(project: Write) -> None:
    """A step may ask for it without opening the file."""
    found = project(one_step('return str(os.path.getsize("data/extra.csv") + Path("data/b").stat().st_size)'))
    found.write({"data/b": ""})
    assert states(found, {}, {}, {"data/extra.csv": "22"}, {"data/b": "1"}) == ["run", "cached", "run", "run"]
    assert value(found) == "3"


def test_the_projects_own_folder_can_be_listed(project: Write) -> None:
    """What doit and lineage put there does not count."""
    found = project(one_step('return ",".join(sorted(os.listdir()))'))
    assert states(found, {}, {}, {"new.csv": ""}) == ["run", "cached", "run"]
    assert "new.csv" in value(found)


# Databases and programs


def test_an_sqlite_database_counts_if_the_step_leaves_it_as_it_was(project: Write) -> None:
    """Also what is only in its write-ahead log so far."""
    body = """
        import sqlite3
        return str(sqlite3.connect("file:data/x.db?mode=ro", uri=True).execute("select sum(a) from t").fetchone())
    """
    found = project(one_step(body))
    write = "import sqlite3; c = sqlite3.connect('data/x.db'); c.execute({!r}); c.commit()"
    found.python(write.format("create table t as select 1 as a"))
    done = found.doit()
    assert "opened data/x.db, which is not an input" in done.stderr
    assert discovered(found) == {("database", "data/x.db")}
    assert states(found, {}) == ["cached"]
    found.python(write.format("insert into t values (2)"))
    assert states(found, {}, {}) == ["run", "cached"]
    assert value(found) == "(3,)"


def test_an_sqlite_database_that_the_step_writes_is_no_input(project: Write) -> None:
    """One that it makes, and one that it adds to, which is said."""
    body = """
        import sqlite3
        connection = sqlite3.connect("log.db")
        connection.execute("create table if not exists t (a)")
        connection.execute("insert into t values (1)")
        connection.commit()
        return "logged"
    """
    found = project(one_step(body))
    assert found.doit().stderr == ""
    assert states(found, {}) == ["cached"]
    assert "opened log.db, which changed while the step ran" in found.doit("-a").stderr
    assert states(found, {}) == ["cached"]


@pytest.mark.parametrize(
    "start",
    [
        'subprocess.run(["cat", "data/extra.csv"], capture_output=True, text=True).stdout',
        'subprocess.run("cat data/extra.csv", shell=True, capture_output=True, text=True).stdout',
        'subprocess.run(["cat", "extra.csv"], cwd="data", capture_output=True, text=True).stdout',
        'os.popen("cat <data/extra.csv").read()',
    ],
)
def test_a_file_that_a_command_line_names_counts(project: Write, start: str) -> None:
    """If the program leaves it as it is; what it reads besides nobody sees."""
    found = project(one_step(f"import subprocess\nreturn {start}"))
    assert "steps.py:11 read data/extra.csv" in found.doit().stderr
    assert states(found, {}, {"data/extra.csv": "2"}, {}) == ["cached", "run", "cached"]
    assert value(found) == "2"


def test_a_file_that_a_shell_step_names_within_a_word_counts(project: Write) -> None:
    """The words that are files are inputs anyway."""
    found = project(
        {
            "data.txt": "1",
            "dodo.py": """\
from lineage import pipeline, shell_step

copy = shell_step("dd if=data.txt of={out} status=none", outputs=("out",))


@pipeline
def p():
    out = copy()
""",
        }
    )
    told = found.doit().stderr
    assert "dodo.py:3 read data.txt" in told
    assert "declare it (depends_on=[...], or a {name} in the command)" in told
    found.write({"data.txt": "2"})
    assert found.rerun() == {"copy": "run"}
    assert found.rerun() == {"copy": "cached"}
    found.write({"data.txt": "3", "pyproject.toml": "[tool.lineage]\nstrict = true\n"})
    assert "fix: declare it: depends_on=[...] of the shell step" in found.doit(code=1).printed
    found.edit("dodo.py", 'outputs=("out",)', 'outputs=("out",), depends_on=["data.txt"]')
    assert found.rerun() == {"copy": "run"}


@pytest.mark.parametrize("body", ['c_library("data/extra.csv")', "c_library(path)"])
def test_a_file_that_the_step_names_counts_though_nobody_hears_of_its_opening(project: Write, body: str) -> None:
    """As libraries do that open files in C; not if the step changes it."""
    library = """
        import ctypes

        def c_library(path):
            libc = ctypes.CDLL(None, use_errno=True)
            descriptor = libc.open(os.fsencode(path), os.O_RDWR | os.O_CREAT, 0o644)
            buffer = ctypes.create_string_buffer(9)
            libc.read(descriptor, buffer, 9)
            if path == "made.bin":
                libc.write(descriptor, b"x", 1)
            libc.close(descriptor)
            return buffer.value.decode()
    """
    found = project(
        one_step(
            f'c_library("made.bin")\nreturn {body}',
            before=library,
            parameters="path: str",
            call='read("data/extra.csv")',
        )
    )
    assert "names data/extra.csv, which is not an input" in found.doit().stderr
    assert states(found, {}, {"data/extra.csv": "2"}, {}) == ["cached", "run", "cached"]
    assert value(found) == "2"
    assert discovered(found) == {("read", "data/extra.csv")}


@pytest.mark.parametrize(
    "body",
    [
        'return open("b.csv").read() if MODE else "nothing"',
        'return Path("b.csv").read_text() if MODE else "nothing"',
        'print("b.csv")\nreturn "nothing"',
    ],
)
def test_a_file_whose_opening_would_be_heard_counts_only_if_it_is_opened(project: Write, body: str) -> None:
    """That it is written there says nothing more."""
    found = project(one_step(body, before="MODE = False") | {"b.csv": "1"})
    assert states(found, {}, {"b.csv": "2"}) == ["run", "cached"]
    assert not discovered(found)


def test_an_artifact_that_is_loaded_by_hand_counts(project: Write) -> None:
    """`lineage.load` in a step gives the current version, so the step depends on which that is."""
    found = project(one_step('import lineage\nreturn str(lineage.load("q/other"))'))
    found.write(
        {
            "dodo.py": """\
from lineage import pipeline, step
from steps import read


@step
def make(number: int) -> int:
    return number


@pipeline
def q(number=1):
    other = make(number)


@pipeline
def p():
    value = read()
"""
        }
    )
    remark = "steps.py:11 read artifacts/q/other.json, an artifact that is not an input: give it to the step"
    assert remark in found.doit().stderr
    assert found.rerun() == {"make": "cached", "read": "cached"}
    assert found.rerun("q", "number=2") == {"make": "run"}
    assert found.rerun("p") == {"read": "run"}
    assert value(found) == "2"
    # Back to dodo.py's own number: the path leads to version 2 when the step is looked at, and to version 1 after.
    assert found.rerun() == {"make": "cached", "read": "cached"}
    assert value(found) == "1"
    assert found.rerun("number=2") == {"make": "cached", "read": "cached"}
    assert value(found) == "2"


def test_a_step_sees_in_the_same_run_what_a_step_before_it_has_written(project: Write) -> None:
    """Though nobody has declared it: what it reads is looked at again when it is its turn, and what follows from it."""
    found = project(
        {
            "steps.py": """\
from pathlib import Path

from lineage import step


@step
def write(text: str) -> None:
    Path("between.txt").write_text(text)


@step
def read() -> str:
    return Path("between.txt").read_text()


@step
def double(text: str) -> str:
    return text * 2
""",
            "dodo.py": """\
from lineage import pipeline
from steps import double, read, write


@pipeline
def p(text="a"):
    write(text)
    middle = read()
    value = double(middle)
""",
        }
    )
    found.doit()
    assert set(found.rerun().values()) == {"cached"}
    assert found.rerun("text=b") == dict.fromkeys(("write", "read", "double"), "run")
    assert value(found) == "bb"
    # Nothing tells that `write` writes: its result is there, so it does not run, and the file stays as it is.
    assert found.rerun("text=a") == dict.fromkeys(("write", "read", "double"), "cached")
    assert value(found) == "bb"


# The environment


def test_a_variable_whose_name_is_computed_counts(project: Write) -> None:
    """By its value, of which only a keyed digest is kept."""
    body = """
        mode = os.environ.get(prefix + "_MODE", "")
        return str(len(mode)) + str(prefix + "_X" in os.environ) + os.getenv(prefix, "")
    """
    found = project(one_step(body, parameters='prefix: str = "MY"'))
    done = found.doit()
    assert (
        'steps.py:10 read the environment variable MY_MODE, which is not an input: name it (@step(env=["MY_MODE"]))'
        in done.stderr
    )
    assert discovered(found) == {("variable", "MY_MODE"), ("variable", "MY_X"), ("variable", "MY")}
    assert found.rerun() == {"read": "cached"}
    assert found.rerun(env={"MY_MODE": "31415"}) == {"read": "run"}
    assert value(found) == "5False"
    reason = "environment variable MY_MODE, which steps.py:10 reads, changed"
    assert reason in found.doit("info", "p:read", code=1, env={"MY_MODE": "2"}).stdout
    assert found.rerun() == {"read": "cached"}
    assert found.rerun(env={"MY_MODE": "31415"}) == {"read": "cached"}
    kept = [path for path in (found.path / ".lineage").rglob("*") if path.is_file() and "objects" not in path.parts]
    assert not any(b"31415" in path.read_bytes() for path in kept)


def test_variables_that_libraries_read_do_not_count(project: Write) -> None:
    """HOME and PATH, a copy for a program, what the step has set itself, and what is a literal anyway."""
    body = """
        import shutil, subprocess
        os.environ["TES"[::-1]] = "1"
        subprocess.run(["true"], env={**os.environ, "X": "1"})
        subprocess.run(["true"], env=dict(os.environ) | os.environ.copy())
        found = os.path.expanduser("~")[:1] + str(Path.home())[:1] + shutil.which("true")[:1]
        return found + os.environ["TES"[::-1]] + os.environ.get("KNOWN", "")
    """
    found = project(one_step(body))
    assert found.doit().stderr == ""
    assert discovered(found) == set()
    assert found.rerun(env={"SET": "2", "OTHER": "1"}) == {"read": "cached"}
    assert found.rerun(env={"KNOWN": "2"}) == {"read": "run"}


@pytest.mark.parametrize("loop", ["for name in os.environ: pass", "list(os.environ.items())", "sorted(os.environ)"])
def test_going_through_all_variables_is_remarked(project: Write, loop: str) -> None:
    """They do not count, since some change with each shell; those that do have to be named."""
    found = project(one_step(f'{loop}\nreturn ""'))
    assert "steps.py:10 goes through all environment variables" in found.doit().stderr
    assert found.rerun(env={"OTHER": "1"}) == {"read": "cached"}


# Modules, threads and children


@MODES
@pytest.mark.parametrize("imported", ["steps", "dodo"])
def test_what_a_module_reads_when_it_is_imported_counts_for_all_steps_that_use_it(
    project: Write, mode: tuple[str, ...], imported: str
) -> None:
    """Not only for the one that happened to import it, and not for those that do not use it."""
    found = project(
        {
            "settings.py": 'FACTOR = int(open("factor.txt").read())\n',
            "unused.py": "def one():\n    return 1\n",
            "factor.txt": "2",
            "steps.py": """\
from lineage import step
from settings import FACTOR


@step
def double(number: int = 1) -> int:
    return number * FACTOR


@step
def treble(number: int = 1) -> int:
    return number + number * FACTOR
""",
            "others.py": "from lineage import step\nfrom unused import one\n\n\n"
            "@step\ndef other() -> int:\n    return one()\n",
            "dodo.py": ("from settings import FACTOR\n" if imported == "dodo" else "")
            + """\
from lineage import pipeline
from others import other
from steps import double, treble


@pipeline
def p():
    a = double()
    b = treble()
    c = other()
""",
        }
    )
    done = found.doit(*mode)
    assert done.stderr.count("settings.py:1 read factor.txt, which is not an input") == 1
    assert found.rerun(*mode) == dict.fromkeys(("double", "treble", "other"), "cached")
    found.write({"factor.txt": "3"})
    assert found.rerun(*mode) == {"double": "run", "treble": "run", "other": "cached"}
    found.write({"factor.txt": "2"})
    assert found.rerun(*mode) == dict.fromkeys(("double", "treble", "other"), "cached")


def test_what_dodo_reads_counts_for_the_steps_that_use_it(project: Write) -> None:
    """A step that stands in dodo.py, or takes what dodo.py puts into a module; not one that does neither."""
    found = project(
        {
            "limit.txt": "1",
            "settings.py": "LIMIT = 0\n",
            "others.py": "import settings\nfrom lineage import step\n\n\n@step\ndef limited() -> int:\n"
            "    return settings.LIMIT\n\n\n@step\ndef free() -> int:\n    return 1\n",
            "dodo.py": """\
import settings
from lineage import pipeline, step
from others import free, limited

TEXT = open("limit.txt").read()
settings.LIMIT = int(TEXT)


@step
def here() -> str:
    return TEXT


@pipeline
def p():
    a = here()
    b = limited()
    c = free()
""",
        }
    )
    found.doit()
    assert set(found.rerun().values()) == {"cached"}
    found.write({"limit.txt": "2"})
    assert found.rerun() == {"here": "run", "limited": "run", "free": "cached"}


TWO = {
    "a.txt": "1",
    "b.txt": "1",
    "c.txt": "1",
    "steps.py": """\
import threading
import time
from pathlib import Path

from lineage import step


def both_at_work(name):
    Path(f"{name}.started").touch()
    while not (Path("a.started").exists() and Path("b.started").exists()):
        time.sleep(0.01)


@step
def read_a(wait: bool) -> str:
    if wait:
        both_at_work("a")
    return open("a.txt").read()


@step
def read_b(wait: bool) -> str:
    if wait:
        both_at_work("b")
    return open("b.txt").read()
""",
    "dodo.py": """\
from lineage import pipeline
from steps import read_a, read_b


def task_plain():
    return {"actions": [lambda: open("c.txt").read() and None]}


@pipeline
def p(wait=True):
    a = read_a(wait)
    b = read_b(wait)
""",
}


@pytest.mark.parametrize("mode", [("-n", "2"), ("-n", "3", "-P", "thread")], ids=["process", "thread"])
def test_steps_that_run_at_the_same_time_are_kept_apart(project: Write, mode: tuple[str, ...]) -> None:
    """Each is told what its own thread reads; what a plain task reads is nobody's."""
    found = project(TWO)
    found.doit(*mode)
    reads = {
        name: [e["name"] for e in step["discovered"] if e["kind"] == "read"] for name, step in found.steps().items()
    }
    assert reads == {"read_a": ["a.txt"], "read_b": ["b.txt"]}


@pytest.mark.parametrize(
    "body",
    [
        "from concurrent.futures import ThreadPoolExecutor\n"
        "return ''.join(ThreadPoolExecutor(2).map(load, ['data/extra.csv']))",
        "from multiprocessing import get_context\nwith get_context('fork').Pool(2) as pool:\n"
        "    return ''.join(pool.map(load, ['data/extra.csv']))",
        "if (child := os.fork()) == 0:\n    load('data/extra.csv')\n    os._exit(0)\nos.waitpid(child, 0)\nreturn ''",
    ],
    ids=["threads", "processes", "fork"],
)
@MODES
def test_what_threads_and_forked_children_read_counts(project: Write, mode: tuple[str, ...], body: str) -> None:
    """It is the step that has started them."""
    found = project(one_step(body, before="def load(name):\n    return open(name).read()"))
    assert "read data/extra.csv, which is not an input" in found.doit(*mode).stderr
    found.write({"data/extra.csv": "2"})
    assert found.rerun(*mode) == {"read": "run"}
    assert found.rerun(*mode) == {"read": "cached"}


# Commands


def test_forced_forgotten_and_accepted_steps_keep_what_they_have_discovered(project: Write) -> None:
    """`doit -a`, `forget` and `reset-dep`."""
    found = project(one_step(READING))
    found.doit()
    assert found.rerun("-a") == {"read": "run"}
    assert states(found, {}, {"data/extra.csv": "2"}, {}) == ["cached", "run", "cached"]
    found.doit("forget", "p:read")
    assert states(found, {}, {}) == ["run", "cached"]
    found.write({"data/extra.csv": "3"})
    assert "processed p:read" in found.doit("reset-dep", "p:read").stdout
    assert states(found, {}) == ["cached"]
    assert value(found) == "2"
    (found.path / ".lineage" / "memory").unlink()
    assert states(found, {}, {"data/extra.csv": "4"}) == ["cached", "run"]


def test_a_code_change_runs_the_step_and_says_only_that(project: Write) -> None:
    """What is discovered is not 'gone' because nobody knows it yet of the new code."""
    found = project(one_step(READING))
    found.doit()
    found.edit("steps.py", ".read()", ".read().strip()")
    assert found.rerun() == {"read": "run"}
    assert {reason["kind"] for reason in found.steps()["read"]["reasons"]} == {"code"}
    assert states(found, {}, {"data/extra.csv": "2"}) == ["cached", "run"]


def test_where_it_came_from_shows_the_file(project: Write) -> None:
    """An undeclared file is part of the lineage as a declared one is."""
    found = project(one_step(READING))
    found.doit()
    assert "file:data/extra.csv@1" in found.lineage("show", "p/value").stdout


def test_many_reads_are_told_in_ten_lines(project: Write) -> None:
    """The rest is counted."""
    found = project(one_step('return "".join(open(f"data/{i}.txt").read() for i in range(15))'))
    found.write({f"data/{i}.txt": "" for i in range(15)})
    told = found.doit().stderr.splitlines()
    assert len(told) == 11
    assert told[-1].startswith("and 5 more")


# Settings


def test_strict_makes_it_an_error(project: Write) -> None:
    """The step fails with what, why and fix, and nothing is remembered of it."""
    found = project(one_step(READING) | {"pyproject.toml": "[tool.lineage]\nstrict = true\n"})
    done = found.doit(code=1)
    assert "step 'read' (steps.py:9) read what is not an input of it: data/extra.csv (steps.py:10)" in done.printed
    assert "strict = true in [tool.lineage] of pyproject.toml" in done.printed
    assert "Annotated[Path, File]" in done.printed
    assert found.rerun(code=1) == {"read": "failed"}
    found.write({"pyproject.toml": "[tool.lineage]\nstrict = false\n"})
    assert found.rerun() == {"read": "run"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[tool.lineage]\nstrickt = true\n", "did you mean 'strict'?"),
        ("[tool.lineage]\nstrict = 'yes'\n", "is not true or false"),
        ("[tool]\nlineage = 3\n", "is not a table"),
    ],
)
def test_settings_that_mean_nothing_are_refused(project: Write, text: str, told: str) -> None:
    """Before anything runs, and also where nothing has to: it might have named other stores to record in."""
    found = project(one_step(READING))
    found.doit()
    found.write({"pyproject.toml": text, "data/extra.csv": "2"})
    assert told in found.doit(code=3).stderr
    found.write({"data/extra.csv": "1"})
    assert told in found.doit(code=3).stderr
    assert told in found.lineage("runs", code=3).stderr


def test_a_broken_file_of_settings_is_said_to_be(project: Write) -> None:
    """doit itself reads the one in the current folder."""
    found = project({"pyproject.toml": "[tool.lineage\n"})
    with pytest.raises(UsageError, match="is not valid TOML") as error:
        read_settings(str(found.path))
    assert error.value.exit_code == 3
