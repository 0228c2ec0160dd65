"""`lineage watch`: save a file, and exactly what must rerun does, in processes forked from a warm one."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from projects import LINEAGE, PATIENCE, Project, digits_project, kill, swap
from watching import Watch, Watching, children_of, processes_of, until

from lineage.watch.watching import Watched, changed_since, really_changed

Making = Callable[[Mapping[str, str]], Project]

#: So many edits in a row must leak nothing.
EDITS = 200


def test_exactly_what_must_rerun_reruns(words: Project, watching: Watching) -> None:
    """The first round is `doit`; then an edit of a step, a helper in another module, a comment and its taking back."""
    seen = watching(words)
    first = seen.round()
    assert first["changed"] == []
    assert first["ran"] == ["words:collect", "words:counter", "words:report"]
    assert first["metrics"] == [{"name": "total", "value": 6.0, "change": None}]
    found = seen.edit("tasks/words.py", "return len(split(sentence))", "return len(split(sentence)) * 2")
    assert found["changed"] == ["tasks/words.py"]
    assert found["ran"] == ["words:counter", "words:report"]
    assert found["metrics"] == [{"name": "total", "value": 12.0, "change": 6.0}]
    found = seen.edit("tasks/language.py", 'SEPARATOR = " "', 'SEPARATOR = "o"')
    assert (found["changed"], found["ran"]) == (["tasks/language.py"], ["words:counter", "words:report"])
    assert words.executed() == ["collect", "count", "report", "count", "report", "count", "report"]
    found = seen.edit("tasks/language.py", 'SEPARATOR = "o"', '# a comment\nSEPARATOR = "o"')
    assert (found["ran"], found["cached"], found["error"]) == ([], 3, None)
    found = seen.edit("tasks/language.py", 'SEPARATOR = "o"', 'SEPARATOR = " "')
    assert (found["ran"], found["metrics"][0]["value"]) == ([], 12.0)
    assert words.executed() == []
    assert seen.end() == 0


def test_a_changed_module_is_never_stale(words: Project, watching: Watching) -> None:
    """After each edit of a helper what was made is what a new process makes, though edits come within a second."""
    seen = watching(words)
    seen.round()
    for number in range(4):
        before, after = f'SEPARATOR = "{"xyzw"[number - 1] if number else " "}"', f'SEPARATOR = "{"xyzw"[number]}"'
        assert "words:counter" in seen.edit("tasks/language.py", before, after)["ran"]
    seen.end()
    words.lineage("verify")  # in clean processes, with exit code 0


def test_mistakes_are_lines_and_no_end(words: Project, watching: Watching) -> None:
    """A syntax error, a step that raises and a dodo.py that raises are told with file and line; then it goes on."""
    seen = watching(words)
    seen.round()
    found = seen.edit("tasks/words.py", '    note("count")\n', '    note("count"\n')
    assert "SyntaxError" in found["error"]
    assert "tasks/words.py:" in found["error"]
    found = seen.edit("tasks/words.py", '    note("count"\n', '    note("count")\n    raise ValueError("no")\n')
    assert [each["task"] for each in found["failed"]] == ["words:counter"]
    assert found["failed"][0]["message"] == "ValueError: no"
    assert found["skipped"] == ["words:report"]
    found = seen.edit("dodo.py", "from lineage import pipeline\n", "from lineage import pipeline\n1 / 0\n")
    assert found["error"] == "ZeroDivisionError: division by zero (dodo.py:2)"
    words.edit("dodo.py", "1 / 0\n", "")
    assert seen.round()["failed"] != []
    assert seen.edit("tasks/words.py", '    raise ValueError("no")\n', "")["failed"] == []
    assert seen.end() == 0


def test_a_word_that_means_nothing_ends_it(words: Project) -> None:
    """It could never become right: exit code 3 and the line that `doit` says."""
    line = "lineage.UsageError: there is no task or target 'wrds' (did you mean 'words'?)\n"
    assert words.lineage("watch", "wrds", code=3).stderr == line
    assert "did you mean 'counter'" in words.lineage("watch", "contr=count", code=3).stderr


READING = {
    "dodo.py": """\
from pathlib import Path
from typing import Annotated

from lineage import File, pipeline, step


@step
def given(path: Annotated[Path, File]) -> str:
    return path.read_text()


@step
def found() -> str:
    return Path("data/found.txt").read_text()


@step(depends_on=["data/many/*.txt"])
def many() -> int:
    return len(list(Path("data/many").glob("*.txt")))


@pipeline
def reads():
    one = given("data/given.txt")
    two = found()
    three = many()


def task_copy():
    return {"actions": ["cp data/plain.txt copy.txt"], "file_dep": ["data/plain.txt"], "targets": ["copy.txt"]}


def task_always():
    return {"actions": ["date +%%s%%N > data/log.txt"]}
""",
    "data/given.txt": "1",
    "data/found.txt": "2",
    "data/many/a.txt": "3",
    "data/plain.txt": "4",
}


def test_files_that_steps_and_tasks_read_are_watched(project: Making, watching: Watching) -> None:
    """Declared ones, those that were seen to be read, new ones that match a pattern, and those of plain tasks."""
    reads = project(READING)
    seen = watching(reads)
    seen.round()
    for name, task in (("given", "reads:given"), ("found", "reads:found"), ("many/b", "reads:many")):
        reads.write({f"data/{name}.txt": f"new {name}"})
        told = seen.round()
        assert (told["changed"], told["ran"]) == ([f"data/{name}.txt"], [task])
    reads.write({"data/plain.txt": "new"})
    assert seen.round()["changed"] == ["data/plain.txt"]
    assert reads.read("copy.txt") == "new"
    assert seen.quiet()  # what tasks write starts no round
    assert seen.end() == 0


def test_what_may_have_been_read_too_early_counts_and_is_not_told_beside_what_changed(tmp_path: Path) -> None:
    """What is written while a round runs counts as changed; if something else really did, a line names that alone."""
    paths = [str(tmp_path / name) for name in ("early.txt", "edited.txt")]
    for path in paths:
        Path(path).write_text("old")
    watched, before = Watched(str(tmp_path)), {}
    watched.learn({"files": paths, "folders": [], "trees": [], "made": []}, before, began=0.0)
    now = watched.look()
    assert changed_since(before, now) == really_changed(paths, before, now) == paths
    Path(paths[1]).write_text("edited")
    now = watched.look()
    assert changed_since(before, now) == paths
    assert really_changed(paths, before, now) == [paths[1]]


def test_a_module_that_comes_new_is_noticed(words: Project, watching: Watching) -> None:
    """A file that was missed is created, and one that hides another is too."""
    words.edit("tasks/language.py", 'SEPARATOR = " "', "from tasks.signs import SEPARATOR")
    seen = watching(words)
    assert seen.round()["failed"] != []
    words.write({"tasks/signs.py": 'SEPARATOR = " "\n'})
    found = seen.round()
    assert (found["changed"], found["failed"]) == (["tasks/signs.py"], [])
    assert "words:counter" in found["ran"]
    assert seen.end() == 0


def test_selection_and_words(words: Project, watching: Watching) -> None:
    """Tasks, selectors, `name=value` and options are those of `doit`."""
    seen = watching(words, "words:counter", "counter=count_unique", "--jobs", "2")
    assert seen.round()["ran"] == ["words:collect", "words:counter"]
    found = seen.edit("tasks/words.py", "len(set(split(sentence)))", "len(set(split(sentence))) + 1")
    assert found["ran"] == ["words:counter"]
    assert words.runs()[-1]["selection"] == {"counter": "count_unique"}
    assert seen.end() == 0


NUMBER = {
    "dodo.py": """\
from lineage import pipeline, step
from number import NUMBER


@step
def number() -> int:
    return NUMBER


@pipeline
def numbers():
    result = number()
""",
    "number.py": "NUMBER = 0\n",
}


def size(pid: int) -> tuple[int, int]:
    """Return the memory of a process in kB, and the number of its descriptors."""
    rows = Path(f"/proc/{pid}/status").read_text().splitlines()
    memory = next(int(row.split()[1]) for row in rows if row.startswith("RssAnon"))
    return memory, len(os.listdir(f"/proc/{pid}/fd"))


def idle(seen: Watch) -> list[int]:
    """Wait until nothing but the process that watches and the warm one is there; return these."""
    calm = 0

    def is_calm() -> bool:
        nonlocal calm
        time.sleep(0.1)
        warm = children_of(seen.child.pid)
        calm = calm + 1 if len(warm) == 1 and not children_of(warm[0]) else 0
        return calm > 15  # longer than it waits before it looks for new imports

    until(is_calm, "it never came to rest")
    return [seen.child.pid, *children_of(seen.child.pid)]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux for memory and descriptors")
def test_many_edits_leak_neither_memory_nor_processes(project: Making, watching: Watching) -> None:
    """Both processes have the memory and the descriptors after 200 edits that they had after a few, and no child."""
    numbers = project(NUMBER)
    seen = watching(numbers)
    seen.round()
    states = []
    for number in range(1, EDITS + 1):
        numbers.write({"number.py": f"NUMBER = {number}\n"})
        assert seen.round()["metrics"] == [{"name": "result", "value": number, "change": 1.0}]
        if number in (10, EDITS):
            states.append([size(pid) for pid in idle(seen)])
            assert len(processes_of(numbers.path)) == 2
    for (few, descriptors), (many, in_the_end) in zip(*states, strict=True):
        assert many - few < 1_500, states  # kB: of a leak each round would add more
        assert in_the_end == descriptors, states
    assert numbers.json("runs")["runs"][-1]["metrics"] == {"result": EDITS}
    assert seen.end() == 0
    assert processes_of(numbers.path) == []


@pytest.mark.parametrize("inside", [False, True], ids=["elsewhere", "in the project"])
def test_imports_are_paid_once(project: Making, watching: Watching, tmp_path: Path, inside: bool) -> None:
    """After an edit of the trainer scikit-learn is not imported again, and the step's module is executed again.

    Wherever the script is: most have their environment, and so that, in a folder of the project.
    """
    files = digits_project()
    marked = "open('executed.txt', 'a').write('module\\n')\n\n\n@step\ndef importer"
    files["tasks/digits.py"] = swap(files["tasks/digits.py"], "@step\ndef importer", marked)
    digits = project(files)
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(
        "import os, sys\n\n\nclass Witness:\n    @staticmethod\n    def find_spec(name, path=None, target=None):\n"
        "        if name == 'sklearn':\n            with open(os.environ['WITNESS'], 'a') as file:\n"
        "                file.write(f'{os.getpid()}\\n')\n\n\nsys.meta_path.insert(0, Witness)\n"
    )
    book = tmp_path / "imports"
    script = digits.path / ".venv" / "bin" / "lineage"
    script.parent.mkdir(parents=True)
    shutil.copy(LINEAGE[0], script)
    command = (sys.executable, str(script)) if inside else LINEAGE
    seen = watching(digits, env={"PYTHONPATH": str(tmp_path / "site"), "WITNESS": str(book)}, command=command)
    seen.round()

    gamma = [1]

    def pays_nothing() -> bool:
        """Whether an edit of the trainer imports nothing any more."""
        imports, (last,) = book.read_text(), gamma
        gamma[0] += 1
        digits.executed()
        found = seen.edit("tasks/digits.py", f"gamma: float = 0.00{last}", f"gamma: float = 0.00{gamma[0]}")
        assert found["ran"] == ["digits:trainer", "digits:evaluator"], (found, seen.said)
        assert "module" in digits.executed()
        return book.read_text() == imports

    until(pays_nothing, "each edit imports it")
    assert pays_nothing()
    assert seen.end() == 0


def test_a_project_that_sets_variables_gets_no_warm_imports(words: Project, watching: Watching) -> None:
    """What it imports after that may mind them, so each round imports anew; the reason is said."""
    words.edit(
        "tasks/words.py", '"""Steps on words."""\n', '"""Steps on words."""\n\nimport os\n\nos.environ["TASTE"] = "x"\n'
    )
    seen = watching(words)
    seen.round()
    until(lambda: seen.said, "it said nothing")
    assert seen.said == ["no imports are kept: the project sets TASTE when it is imported\n"]
    assert seen.edit("tasks/words.py", "len(split(sentence))", "len(split(sentence)) + 1")["ran"][0] == "words:counter"
    assert seen.end() == 0


def test_a_package_that_changes_is_imported_anew(words: Project) -> None:
    """The processes compare the files of what they have imported."""
    script = """
import sys, os
from lineage.watch.warm import Imported
imported = Imported()
print(imported.is_old)
path = os.path.abspath("package.py")
open(path, "w").close()
sys.modules["package"] = type(sys)("package")
sys.modules["package"].__file__ = path
imported.note()
print(imported.is_old)
open(path, "a").write("changed")
print(imported.is_old)
"""
    assert words.python(script).split() == ["False", "False", "True"]


def test_people_read_a_line_a_round(words: Project) -> None:
    """What changed -> what ran -> metrics with their change."""
    child = words.start(*LINEAGE, "watch")
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=lambda: [lines.put(line) for line in child.stdout or ()], daemon=True).start()
    first = lines.get(timeout=PATIENCE)
    assert " start -> words:collect, words:counter, words:report ran (" in first
    assert first.rstrip().endswith("-> total=6")
    words.edit("tasks/words.py", "len(split(sentence))", "len(split(sentence)) + 2")
    told = lines.get(timeout=PATIENCE)
    assert " tasks/words.py -> words:counter, words:report ran (" in told
    assert told.rstrip().endswith("-> total=8 (+2)")
    kill(child, signal.SIGINT)
    assert child.wait(PATIENCE) == 0
    assert isinstance(child, subprocess.Popen)
