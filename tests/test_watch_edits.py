"""`lineage watch` and whatever people and their tools do to files: each round is right, and none is missing."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from projects import Project, digits_project, wait_for
from watching import Watching, children_of, processes_of, until

Making = Callable[[Mapping[str, str]], Project]

OLD, NEW = "return len(split(sentence))", "return len(split(sentence)) * 2"


def by_renaming(path: Path, text: str) -> None:
    """Save as editors do that are careful."""
    new = path.with_name("4913")
    new.write_text(text)
    new.replace(path)


def by_backup(path: Path, text: str) -> None:
    """Save as editors do that keep a backup: for a moment the file is not there."""
    kept = path.replace(path.with_name(f"{path.name}~"))
    time.sleep(0.12)
    path.write_text(text)
    kept.unlink()


def by_truncating(path: Path, text: str) -> None:
    """Save as editors do that are slow: for a moment the file is empty."""
    path.write_text("")
    time.sleep(0.12)
    path.write_text(text)


@pytest.mark.parametrize("save", [by_renaming, by_backup, by_truncating])
def test_however_an_editor_saves(words: Project, watching: Watching, save: Callable[[Path, str], None]) -> None:
    """The round that comes of it has the new text, no error, and is the only one."""
    seen = watching(words)
    seen.round()
    save(words.path / "tasks/words.py", words.read("tasks/words.py").replace(OLD, NEW))
    found = seen.round()
    assert (found["changed"], found["error"]) == (["tasks/words.py"], None)
    assert found["ran"] == ["words:counter", "words:report"]
    assert found["metrics"] == [{"name": "total", "value": 12.0, "change": 6.0}]
    assert seen.quiet()


def test_a_round_waits_until_git_is_done(words: Project, watching: Watching) -> None:
    """As long as git holds its lock the files belong to two branches; a lock that was left behind holds up nothing."""
    seen = watching(words)
    seen.round()
    lock = words.path / ".git/index.lock"
    words.write({".git/index.lock": ""})
    words.edit("tasks/words.py", "from lineage import step", "from lineage import stp")
    assert seen.quiet()
    words.edit("tasks/words.py", "from lineage import stp", "from lineage import step")
    words.edit("tasks/words.py", OLD, NEW)
    lock.unlink()
    found = seen.round()
    assert (found["ran"], found["error"]) == (["words:counter", "words:report"], None)
    words.write({".git/index.lock": ""})
    os.utime(lock, (1, 1))
    assert seen.edit("tasks/words.py", NEW, OLD)["metrics"] == [{"name": "total", "value": 6.0, "change": -6.0}]


def test_a_round_waits_for_git_also_in_a_folder_of_a_linked_working_copy(words: Project, watching: Watching) -> None:
    """There the lock is neither in the project nor in the repository's top."""
    kept = words.path.parent / "elsewhere/worktrees/copy"
    kept.mkdir(parents=True)
    (words.path.parent / ".git").write_text(f"gitdir: {kept}\n")
    seen = watching(words)
    seen.round()
    (kept / "index.lock").write_text("")
    words.edit("tasks/words.py", "from lineage import step", "from lineage import stp")
    assert seen.quiet()
    words.edit("tasks/words.py", "from lineage import stp", "from lineage import step")
    words.edit("tasks/words.py", OLD, NEW)
    (kept / "index.lock").unlink()
    found = seen.round()
    assert (found["ran"], found["error"]) == (["words:counter", "words:report"], None)


def test_files_that_go_and_come_back(words: Project, watching: Watching) -> None:
    """A module, dodo.py, the folder of all modules: a line says what is missing, and all is as it was afterwards."""
    seen = watching(words)
    seen.round()
    for name, says in (("tasks/language.py", "tasks.language"), ("dodo.py", "dodo.py"), ("tasks", "tasks")):
        away = (words.path / name).rename(words.path / "away")
        found = seen.round()
        assert says in (found["error"] or found["failed"][0]["message"])
        away.rename(words.path / name)
        found = seen.round()
        while found["cached"] == 0:  # it looked in between
            found = seen.round()
        assert (found["ran"], found["failed"], found["error"], found["cached"]) == ([], [], None, 3)


def test_a_failed_step_runs_again_when_the_file_that_it_read_is_mended(words: Project, watching: Watching) -> None:
    """Also when it has never succeeded, so that nobody has recorded what it reads: missing, wrong, then right."""
    words.edit("tasks/words.py", '    note("count")\n', '    note("count")\n    int(open("number.txt").read())\n')
    seen = watching(words)
    assert "FileNotFoundError" in seen.round()["failed"][0]["message"]
    words.write({"number.txt": "x"})
    found = seen.round()
    assert (found["changed"], found["failed"][0]["message"][:10]) == (["number.txt"], "ValueError")
    words.write({"number.txt": "5"})
    found = seen.round()
    assert (found["changed"], found["ran"]) == (["number.txt"], ["words:counter", "words:report"])
    assert seen.quiet()


def test_workers_tell_what_a_failed_step_read(words: Project, watching: Watching) -> None:
    """The same where steps run in other processes."""
    words.edit("tasks/words.py", '    note("count")\n', '    note("count")\n    int(open("number.txt").read())\n')
    seen = watching(words, "--jobs", "2")
    assert "FileNotFoundError" in seen.round()["failed"][0]["message"]
    words.write({"number.txt": "5"})
    assert seen.round()["ran"] == ["words:counter", "words:report"]


def test_settings_that_are_broken_are_a_line(words: Project, watching: Watching) -> None:
    """A pyproject.toml that is no TOML stops doit before it has begun; then it is mended."""
    seen = watching(words)
    seen.round()
    words.write({"pyproject.toml": "[tool.lineage]\nstrict = = true\n"})
    found = seen.round()
    assert found["error"] == "pyproject.toml is not valid TOML: Invalid value (at line 2, column 10)"
    assert found["code"] == 3
    words.write({"pyproject.toml": "[tool.lineage]\nstrict = true\n"})
    found = seen.round()
    assert (found["error"], found["cached"]) == (None, 3)


def test_an_edit_while_a_step_runs_is_the_next_round(held: Project, watching: Watching) -> None:
    """The step that runs is let end; what was edited meanwhile is never taken for what it has run with."""
    seen = watching(held)
    wait_for(held.path / "reached", seen.child)
    held.edit("tasks/language.py", 'SEPARATOR = " "', 'SEPARATOR = "o"')
    (held.path.parent / "hold").unlink()
    seen.round()
    found = seen.round()
    assert (found["changed"], found["failed"]) == (["tasks/language.py"], [])
    assert found["metrics"][0]["value"] == 5.0
    assert seen.end() == 0
    held.lineage("verify")


def test_what_a_step_leaves_behind_holds_up_nothing(words: Project, watching: Watching) -> None:
    """A process that a step has forked lives on with all that was open in the round; the next one comes anyway."""
    leaving = """\
    import os
    import time
    if not (child := os.fork()):
        os.setpgid(0, 0)
        time.sleep(600)
    open("left.txt", "w").write(str(child))
"""
    words.edit("tasks/words.py", '    note("count")\n', f'    note("count")\n{leaving}')
    seen = watching(words)
    assert seen.round()["ran"] == ["words:collect", "words:counter", "words:report"]
    left = int(words.read("left.txt"))
    assert seen.edit("tasks/words.py", 'note("report")', 'note("reported")')["ran"] == ["words:report"]
    assert seen.end() == 0
    os.kill(left, signal.SIGKILL)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="finds processes as Linux shows them")
def test_neither_an_edit_nor_ctrl_c_waits_for_imports(project: Making, watching: Watching, tmp_path: Path) -> None:
    """While the warm process imports scikit-learn and comes to no end, an edit has its round, and Ctrl-C ends it."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(
        "import os, sys, time\n\n\nclass Slow:\n    @staticmethod\n    def find_spec(name, path=None, target=None):\n"
        "        if name == 'sklearn' and os.readlink('/proc/self/fd/1') == os.devnull:\n"
        "            open(os.environ['STUCK'], 'w').close()\n            time.sleep(600)\n\n\n"
        "sys.meta_path.insert(0, Slow)\n"
    )
    stuck, digits = tmp_path / "stuck", project(digits_project())
    seen = watching(digits, env={"PYTHONPATH": str(tmp_path / "site"), "STUCK": str(stuck)})
    seen.round()
    wait_for(stuck, seen.child)
    found = seen.edit("tasks/digits.py", "gamma: float = 0.001", "gamma: float = 0.002")
    assert found["ran"] == ["digits:trainer", "digits:evaluator"]
    assert seen.end() == 0
    assert processes_of(digits.path) == []


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds processes as Linux shows them")
def test_a_warm_process_that_is_killed_is_missed_by_nobody(words: Project, watching: Watching) -> None:
    """The next rounds are as before, and it ends with exit code 0."""
    seen = watching(words)
    seen.round()
    until(lambda: children_of(seen.child.pid), "nothing warm came")
    for number in range(3):
        for pid in children_of(seen.child.pid):
            os.kill(pid, signal.SIGKILL)
        found = seen.edit("tasks/words.py", OLD + " * 1" * number, OLD + " * 1" * (number + 1))
        assert (found["ran"][0], found["error"]) == ("words:counter", None)
    assert seen.end() == 0
    assert processes_of(words.path) == []
