"""`lineage fsck`: a flipped byte in whatever is kept is found, told, and never loaded; what is needed is made again."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from projects import Project, only

ALL = ("collect", "counter", "report")

FOLDER = """\
from pathlib import Path

from lineage import pipeline, shell_step

pages = shell_step("mkdir {site} && echo one > {site}/one.html && echo two > {site}/two.html", "site")


@pipeline
def p():
    site = pages()
"""

PLAIN = """

def task_plain():
    return {"actions": ["echo made > plain.txt"], "file_dep": ["dodo.py"], "targets": ["plain.txt"]}
"""


def flip(path: Path, at: int = -1) -> None:
    """Flip a byte; by default the last one."""
    before = path.stat()
    os.chmod(path, 0o644)
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def fsck(project: Project, *args: str, code: int = 0) -> dict[str, Any]:
    import json

    told = dict(json.loads(project.lineage("fsck", *args, "--json", code=code).stdout))
    assert told["ok"] is (code == 0)
    return told


def states(told: dict[str, Any]) -> dict[str, str]:
    return {each["what"]: each["state"] for each in told["found"]}


def test_all_is_well(words: Project) -> None:
    """A sound project is told to be so, also before anything has run; nothing is made by looking."""
    words.lineage("fsck")
    assert not (words.path / ".lineage").exists()
    words.doit()
    told = fsck(words)
    assert told["found"] == []
    assert told["objects"] == 3
    assert "all is well" in words.lineage("fsck").stdout


def test_a_damaged_artifact_of_the_current_state(words: Project) -> None:
    """It is named, kept aside, and made again by --repair, in the state that was current: another step in the slot."""
    words.doit("counter=count_unique")
    stored = words.stored("words/total")
    flip(stored)
    told = fsck(words, code=1)
    (found,) = told["found"]
    assert (found["what"], found["state"], found["mended"]) == ("words/total@1", "damaged", False)
    assert (found["task"], found["words"]) == ("words:counter", ["counter=count_unique"])
    assert not stored.exists()
    assert (words.path / found["told"].split()[3].rstrip(";")).exists()
    assert states(fsck(words, code=1)) == {"words/total@1": "missing"}
    words.executed()
    assert fsck(words, "--repair")["found"][0]["mended"]
    assert words.executed() == ["count_unique"]
    assert fsck(words)["found"] == []
    assert words.rerun("counter=count_unique") == only("cached", ALL)


def test_repair_that_fails(words: Project) -> None:
    """What cannot be made again is still damaged, and the exit code says so."""
    words.doit()
    flip(words.stored("words/total"))
    words.edit("tasks/words.py", "return len(split(sentence))", "raise ValueError")
    assert not fsck(words, "--repair", code=1)["found"][0]["mended"]


def test_an_older_version(words: Project) -> None:
    """It is told once, with what makes it again; from then on the records say what became of it."""
    words.doit()
    stored = words.stored("words/total")
    words.doit("counter=count_unique")
    flip(stored)
    (found,) = fsck(words, "--repair", code=1)["found"]
    assert "doit words:counter" in found["told"]
    assert fsck(words)["found"] == []
    assert "found damaged" in words.lineage("show", "words/total@1").stdout
    assert words.rerun() == {"collect": "cached", "counter": "run", "report": "cached"}


def test_a_dry_run_leaves_everything(words: Project) -> None:
    """What is damaged is told and stays where it is."""
    words.doit()
    stored = words.stored("words/total")
    flip(stored)
    before = {path: path.stat().st_mtime_ns for path in words.path.rglob("*")}
    assert states(fsck(words, "--dry-run", code=1)) == {"words/total@1": "damaged"}
    assert before == {path: path.stat().st_mtime_ns for path in words.path.rglob("*")}


def test_a_folder(project: Callable[[Mapping[str, str]], Project]) -> None:
    """One byte of one file in a stored folder is enough."""
    made = project({"dodo.py": FOLDER})
    made.doit()
    flip(made.stored("p/site") / "two.html")
    assert states(fsck(made, code=1)) == {"p/site@1": "damaged"}
    assert fsck(made, "--repair")["ok"]
    assert (made.stored("p/site") / "two.html").read_text() == "two\n"


@pytest.mark.parametrize("name", ["memory", "receipt", "objects/ledger"])
@pytest.mark.parametrize("at", [0, 20, -1])
def test_a_damaged_cache(words: Project, name: str, at: int) -> None:
    """Caches are taken away: nothing is lost, and nothing runs again."""
    words.doit()
    words.doit()
    path = words.path / ".lineage" / name
    if not path.exists():  # objects that were just stored need not be remembered
        path.write_bytes(b"x" * 100)
    flip(path, at)
    assert states(fsck(words)) == {f".lineage/{name}": "damaged"}
    assert fsck(words)["found"] == []
    words.executed()
    assert words.rerun() == only("cached", ALL)


@pytest.mark.parametrize("letter", ["{", "report"])
def test_marks(words: Project, letter: str) -> None:
    """What the user has told doit to ignore is no cache: it is told to be damaged, and left; a mark is never lost."""
    words.doit()
    words.doit("ignore", "words:report")
    path = words.path / ".lineage" / "marks.json"
    flip(path, path.read_text().index(letter))
    assert states(fsck(words, code=1)) == {".lineage/marks.json": "damaged"}
    assert "mark the tasks again" in words.doit(code=2).stderr
    path.write_text('{"words:report": ["ignore"]}')  # as an older lineage has written it
    assert words.rerun()["report"] == "skipped"


def test_readable_paths(words: Project) -> None:
    """One that leads elsewhere, and a file in its place, are told and set right; one that `doit clean` took is fine."""
    words.doit()
    total, summary = words.artifact("words/total"), words.artifact("words/summary")
    target = os.readlink(total)
    total.unlink()
    total.symlink_to(os.readlink(summary))
    summary.unlink()
    summary.write_text("mine")
    assert set(states(fsck(words, code=1)).values()) == {"astray"}
    assert fsck(words, "--repair")["ok"]
    assert os.readlink(total) == target
    assert [path.read_text() for path in (words.path / ".lineage" / "damaged").iterdir()] == ["mine"]
    words.doit("clean", "words")
    assert fsck(words)["found"] == []


class TestRecords:
    def change(self, project: Project, sql: str) -> None:
        with sqlite3.connect(project.path / ".lineage" / "metadata.sqlite") as database:
            database.execute(sql)
        database.close()

    @pytest.mark.parametrize(
        ("sql", "told"),
        [
            ("UPDATE fingerprint_entry SET digest = 'f' || substr(digest, 2) WHERE kind = 'code'", "ingredients"),
            ("UPDATE step_run SET reasons = '[{' WHERE step_run_id = 1", "reasons of step_run 1"),
            ("DELETE FROM run", "run that is not there"),
            ("UPDATE produced SET av_id = 99 WHERE step_run_id = 1", "artifact_version that is not there"),
        ],
    )
    def test_rows(self, words: Project, sql: str, told: str) -> None:
        """Texts that cannot be read, rows that refer to nothing, and ingredients that are not their fingerprint's."""
        words.doit()
        self.change(words, sql)
        found = fsck(words, code=1)["found"]
        assert {each["kind"] for each in found} == {"records"}
        assert any(told in each["what"] for each in found)

    def test_the_structure_of_the_file(self, words: Project) -> None:
        """A byte of a page's header is found by SQLite, and what can be done is told."""
        words.doit()
        database = words.path / ".lineage" / "metadata.sqlite"
        self.change(words, "VACUUM")
        flip(database, 2048 * 8)
        done = words.lineage("fsck", "--dry-run", code=1)
        assert ".recover" in done.stdout

    def test_what_is_no_database(self, words: Project) -> None:
        """Without records nothing can be told: the exit code is 2, with the remedy."""
        words.doit()
        flip(words.path / ".lineage" / "metadata.sqlite", 0)
        assert "is not a database" in words.lineage("fsck", code=2).stderr


@pytest.mark.parametrize("backend", ["dbm", "json", "sqlite3"])
def test_doits_own_database(words: Project, backend: str) -> None:
    """Damage of doit's database is told with its remedy, whichever backend it is."""
    config = f"\nDOIT_CONFIG = {{'backend': '{backend}', 'dep_file': 'state.db'}}\n"
    words.write({"dodo.py": words.read("dodo.py") + PLAIN + config})
    words.doit()
    assert fsck(words)["found"] == []
    for path in words.path.glob("state.db*"):
        if path.suffix != ".bak":
            path.write_bytes(b"\0" + path.read_bytes()[1:].replace(b"{", b"\0"))
    (found,) = fsck(words, code=1)["found"]
    assert found["kind"] == "doit"
    assert "remove it" in found["told"]


def test_a_flipped_byte_in_any_file(words: Project) -> None:
    """Whatever file of .lineage it is in, doit gives what it should, or ends with a remedy; and fsck can tell."""
    words.doit()
    words.doit("ignore", "words:report")
    words.doit("forget", "words:report")
    words.doit()
    saved = words.path.parent / "saved"
    shutil.copytree(words.path / ".lineage", saved, symlinks=True)
    generator = random.Random(3)
    for name in sorted(str(path.relative_to(saved)) for path in saved.rglob("*") if path.is_file()):
        size = (saved / name).stat().st_size
        for at in {generator.randrange(size) for _ in range(12 if name.endswith("sqlite") else 1)} if size else ():
            shutil.rmtree(words.path / ".lineage")
            shutil.copytree(saved, words.path / ".lineage", symlinks=True)
            flip(words.path / ".lineage" / name, at)
            checked = words.lineage("fsck", code=None)
            assert checked.code in (0, 1, 2), f"{name} at {at}: {checked.printed}"
            assert "defect of lineage" not in checked.printed, f"{name} at {at}: {checked.printed}"
            done = words.doit(code=None)
            if done.code == 0:
                told = words.artifact("words/summary").read_text().strip()
                assert told == "6 words in 'to be or not to be'", (name, at)
            else:
                assert (done.code, "fix: " in done.stderr) == (2, True), f"{name} at {at}: {done.printed}"
