"""What the operating system refuses is called by its name, with a remedy that helps; what only reads goes on."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from projects import COMMANDS, WORDS, Done, Project, expect

from lineage.errors import LineageError
from lineage.errors.refusal import refused
from lineage.records.failure import explained

AS_ROOT = os.geteuid() == 0
DOIT = str(COMMANDS / "doit")
LINEAGE = str(COMMANDS / "lineage")
QUERIES = (
    [DOIT, "list", "--all", "--status"],
    [DOIT, "info", "words:counter"],
    [LINEAGE, "runs"],
    [LINEAGE, "show", "words/total"],
    [LINEAGE, "artifacts", "--json"],
    [LINEAGE, "stack", "describe"],
    [LINEAGE, "plan", "text=other"],
    [LINEAGE, "why", "words:counter"],
)


def without_override(*argv: str) -> list[str]:
    """Return a command that permissions hold for: root's right to pass them over is taken away."""
    if not AS_ROOT:
        return list(argv)
    if shutil.which("setpriv") is None:
        pytest.skip("root passes permissions over, and there is no setpriv to take that away")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner,-chown", *argv]


def restricted(project: Project, *argv: str, code: int) -> Done:
    return expect(code, project.command(*without_override(*argv)))


def helped(done: Done, *words: str) -> None:
    """Check that a message has these words, why and fix, and no traceback."""
    for word in (*words, "why:", "fix:"):
        assert word in done.printed
    assert "Traceback" not in done.printed


def kill_a_writer(project: Project) -> None:
    """Leave a log beside the database that no process has open, as `kill -9` does."""
    path = str(project.path / ".lineage" / "metadata.sqlite")
    code = f"""
import os, sqlite3
database = sqlite3.connect({path!r})
database.execute("UPDATE run SET user = 'killed'")
database.commit()
os.kill(os.getpid(), 9)
"""
    assert project.command(sys.executable, "-c", code).code == -signal.SIGKILL
    Path(path + "-shm").unlink()
    assert Path(path + "-wal").stat().st_size


# By its name


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "your quota on the disk"),
        (errno.EROFS, "mounted read-only"),
        (errno.EFBIG, "ulimit -f"),
        (errno.EIO, "failed to read or write"),
        (errno.EMFILE, "files open"),
    ],
)
def test_each_refusal_has_its_own_words(tmp_path: Path, number: int, words: str) -> None:
    """A quota is not a full disk, and neither is a broken one."""
    error = refused("cannot store 8 bytes", OSError(number, os.strerror(number)), str(tmp_path / "a" / "b"))
    assert os.strerror(number) in error.what
    assert words in f"{error.why} {error.fix}"


def test_what_the_user_named_on_a_disk_mounted_read_only_may_go_elsewhere(tmp_path: Path) -> None:
    """Of a report or an export: it is no matter of what doit records, and the project need not be copied."""
    error = refused(
        "cannot write x.html", OSError(errno.EROFS, "Read-only file system"), str(tmp_path / "x"), named=True
    )
    assert error.why == f"the disk of {tmp_path} is mounted read-only"
    assert error.fix == "name another place, or mount it writable"


@pytest.mark.parametrize(("number", "words"), [(errno.EDQUOT, "quota"), (errno.ENOSPC, "full"), (0, "the disk failed")])
@pytest.mark.parametrize("name", ["SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE"])
def test_what_sqlite_calls_a_disk_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, number: int, words: str
) -> None:
    """SQLite tells a quota, and a full disk under its log, as an I/O error: what the system says is found out."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = name
    real = open

    def refusing(path: object, mode: str = "r", **how: object) -> object:
        if number and "w" in mode:
            raise OSError(number, os.strerror(number), path)
        return real(path, mode, **how)  # type: ignore[call-overload]

    monkeypatch.setattr("builtins.open", refusing)
    found = explained(error, str(tmp_path / "metadata.sqlite"))
    assert words in str(found)
    assert os.listdir(tmp_path) == []


def fill(folder: Path) -> Path:
    filling = folder / "filling"
    with filling.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    return filling


@pytest.mark.parametrize("words_given", [[], ["text=other"]], ids=["nothing to do", "something to do"])
def test_a_full_disk_is_called_one(small_disk: Path, words_given: list[str]) -> None:
    """Also where nothing has to run and only the run itself is to be recorded; and when there is room all is well."""
    full = Project(small_disk).write(WORDS)
    full.doit()
    filling = fill(small_disk)
    helped(full.doit(*words_given, code=2), "No space left on device", "disk is full", "free some space")
    helped(full.doit("forget", "words:counter", code=2), "disk is full")
    filling.unlink()
    full.doit(*words_given)
    full.assert_database_intact()


def test_queries_on_a_full_disk(small_disk: Path) -> None:
    """What only reads works, also where a killed run has left a log whose index there is no room for."""
    full = Project(small_disk).write(WORDS)
    full.doit()
    kill_a_writer(full)
    filling = fill(small_disk)
    for query in QUERIES:
        expect(0, full.command(*query))
    assert full.runs()[0]["user"] == "killed"
    filling.unlink()


def test_a_disk_without_inodes(small_disk: Path) -> None:
    """No room for another file is told apart from no room for bytes."""
    full = Project(small_disk).write(WORDS)
    full.doit()
    inodes = os.statvfs(small_disk)
    limit = inodes.f_files - inodes.f_ffree
    subprocess.run(["mount", "-o", f"remount,nr_inodes={limit}", str(small_disk)], check=True)
    helped(full.doit("text=other", code=2), "inodes")
    subprocess.run(["mount", "-o", "remount,nr_inodes=1000", str(small_disk)], check=True)
    full.doit("text=other")


def test_a_limit_for_the_size_of_files(words: Project) -> None:
    """`ulimit -f` is no full disk."""
    done = expect(2, words.command("sh", "-c", f"ulimit -f 64; {DOIT}"))
    helped(done, "File too large", "ulimit -f")
    words.doit()


# Read-only


def test_a_disk_that_is_mounted_read_only(done_words: Project, tmp_path: Path) -> None:
    """`doit` says what to do, and every query works, also after a run that was killed."""
    if not AS_ROOT or not sys.platform.startswith("linux"):
        pytest.skip("mounting needs root on Linux")
    kill_a_writer(done_words)
    (tmp_path / "mounted").mkdir()
    mount = tmp_path / "mounted"
    if subprocess.run(["mount", "--bind", str(done_words.path), str(mount)], capture_output=True).returncode:
        pytest.skip("cannot mount a folder a second time")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(mount)], check=True)
        mounted = Project(mount)
        for query in QUERIES:
            expect(0, mounted.command(*query))
        assert mounted.runs()[0]["user"] == "killed"
        helped(mounted.doit(code=2), "Read-only file system", "mount it writable", "only read")
        helped(mounted.doit("text=other", code=2), "Read-only file system")
        helped(mounted.doit("forget", code=2), "Read-only file system")
        helped(mounted.doit("reset-dep", code=2), "Read-only file system")
    finally:
        subprocess.run(["umount", "-l", str(mount)], check=True)


def test_a_disk_mounted_read_only_where_nothing_has_run(words: Project, tmp_path: Path) -> None:
    """Each part says that the disk is: no mode would help; and what writes ends with 2, whatever its steps are told."""
    if not AS_ROOT or not sys.platform.startswith("linux"):
        pytest.skip("mounting needs root on Linux")
    mount = tmp_path / "mounted"
    mount.mkdir()
    if subprocess.run(["mount", "--bind", str(words.path), str(mount)], capture_output=True).returncode:
        pytest.skip("cannot mount a folder a second time")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(mount)], check=True)
        mounted = Project(mount)
        for check, code in ((["stack", "check"], 2), (["doctor"], 1)):
            told = mounted.lineage(*check, code=code).stdout
            assert told.count("Read-only file system") == 2
            assert "chmod" not in told
        helped(mounted.lineage("accept", "words", "-m", "x", code=2), "Read-only file system")
        helped(mounted.doit("reset-dep", code=2), "Read-only file system")
    finally:
        subprocess.run(["umount", "-l", str(mount)], check=True)


@contextlib.contextmanager
def closed_to_writing(folder: Path) -> Iterator[None]:
    modes = {path: path.stat().st_mode for path in [folder, *folder.rglob("*")] if not path.is_symlink()}
    for path, mode in modes.items():
        path.chmod(mode & 0o555)
    try:
        yield
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


def test_a_project_that_is_closed_to_writing(done_words: Project) -> None:
    """The mode is named with the command that changes it; what only reads works."""
    after = "\n\ndef task_more():\n    return {'actions': ['true'], 'uptodate': [True]}\n"
    done_words.write({"dodo.py": done_words.read("dodo.py") + after})
    done_words.doit()
    with closed_to_writing(done_words.path):
        for query in QUERIES:
            restricted(done_words, *query, code=0)
        helped(restricted(done_words, DOIT, code=2), "closed to writing", "chmod -R u+rwX", "only read")
        helped(restricted(done_words, DOIT, "text=other", code=2), "closed to writing")
        helped(restricted(done_words, DOIT, "forget", "words:counter", code=2), "closed to writing")
        helped(restricted(done_words, DOIT, "clean", code=2), "closed to writing")
    done_words.doit()


def test_a_stack_that_cannot_be_remembered(done_words: Project) -> None:
    """The file that is meant is named, and not one that is made for a moment."""
    for name in (["default"], []):
        with closed_to_writing(done_words.path):
            told = restricted(done_words, LINEAGE, "stack", "use", *name, code=2)
            helped(told, f"{done_words.path}/.lineage/stack: Permission denied", "closed to writing")
        done_words.lineage("stack", "use", "default")


def test_a_closed_folder_in_which_nothing_has_run(words: Project) -> None:
    """A checkout that belongs to somebody else can be looked at: all of its steps would run."""
    with closed_to_writing(words.path):
        listed = restricted(words, DOIT, "list", "--all", "--status", code=0).stdout
        assert [line.split()[0] for line in listed.splitlines()] == ["R"] * 4
        restricted(words, LINEAGE, "runs", code=0)
        helped(restricted(words, DOIT, code=2), "closed to writing")


@pytest.mark.skipif(not AS_ROOT, reason="giving a file to another user needs root")
@pytest.mark.parametrize("whose", ["metadata.sqlite", ""], ids=["the database", "the whole folder"])
def test_what_belongs_to_another_user(done_words: Project, whose: str) -> None:
    """The owner is named, and chown, where chmod would not help; what only reads works."""
    folder = done_words.path / ".lineage"
    for path in [folder / whose] if whose else [folder, *folder.rglob("*")]:
        os.chown(path, 65534, 65534, follow_symlinks=False)
    try:
        for query in QUERIES:
            restricted(done_words, *query, code=0)
        helped(restricted(done_words, DOIT, code=2), "belongs to", "sudo chown -R", str(folder))
    finally:
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, 0, 0, follow_symlinks=False)
    done_words.doit()


# Something in the way


def a_file(place: Path) -> None:
    place.write_text("mine")


def a_link_to_nothing(place: Path) -> None:
    place.symlink_to("/nowhere/at/all")


@pytest.mark.parametrize("place", [".lineage", "artifacts", "artifacts/words", ".lineage/objects"])
@pytest.mark.parametrize("put", [a_file, a_link_to_nothing])
def test_something_stands_where_a_folder_ought_to_be(words: Project, place: str, put: Callable[[Path], None]) -> None:
    """It is named with the command that takes it out of the way; it is kept, and then all is well."""
    path = words.path / place
    path.parent.mkdir(exist_ok=True)
    put(path)
    helped(words.doit(code=2), str(path), "mv " if put is a_file else f"rm {path}")
    assert os.path.lexists(path)
    path.rename(words.path / "aside")
    words.doit()
    assert words.artifact("words/total").read_text().strip() == "6"


@pytest.mark.parametrize("put", [a_file, a_link_to_nothing])
def test_readable_paths_that_cannot_be_made_are_noticed_before_a_step_runs(
    words: Project, put: Callable[[Path], None]
) -> None:
    """No step takes hours whose result then has no place."""
    put(words.path / "artifacts")
    words.doit(code=2)
    assert words.executed() == []


@pytest.mark.parametrize("place", [".lineage/metadata.sqlite", ".lineage/marks.json", ".lineage/lock"])
def test_a_folder_stands_where_a_file_ought_to_be(words: Project, place: str) -> None:
    """The same the other way round."""
    path = words.path / place
    path.mkdir(parents=True)
    helped(words.doit(code=2), f"{path} is a folder", f"mv {path}")
    path.rmdir()
    words.doit()


@pytest.mark.parametrize(
    ("variable", "address", "told"),
    [
        ("LINEAGE_ARTIFACTS", "{file}", "is a file"),
        ("LINEAGE_ARTIFACTS", "/proc/x", "can be made in /proc"),
        ("LINEAGE_METADATA", "sqlite:///{folder}", "is a folder"),
        ("LINEAGE_METADATA", "sqlite:///{file}/x", "is a file"),
        ("LINEAGE_CACHE", "{file}", "is a file"),
        ("LINEAGE_CACHE", "{file}/x", "is a file"),
    ],
)
def test_a_place_that_was_named_is_never_moved_away(
    words: Project, tmp_path: Path, variable: str, address: str, told: str
) -> None:
    """What stands there is somebody's (/tmp): another place is to be named. A build needs no cache."""
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    words.environment[variable] = address.format(file=tmp_path / "file", folder=tmp_path / "folder")
    done = words.lineage("stack", "check", code=2)
    helped(done, told, "another")
    assert "mv " not in done.printed
    done = words.command("doit")
    assert done.code == (0 if variable == "LINEAGE_CACHE" else 2), done
    assert told in done.printed
    assert "mv " not in done.printed


def test_a_query_where_the_records_ought_to_be_a_folder(words: Project) -> None:
    """A file in the place of `.lineage` is no empty history."""
    (words.path / ".lineage").write_text("mine")
    helped(words.lineage("runs", code=2), "is a file", "mv ")


def test_a_dangling_link_in_the_place_of_the_ignore_file(words: Project, tmp_path: Path) -> None:
    """It is replaced, since git would not follow it, and nothing is written where it leads."""
    (words.path / ".lineage").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (words.path / ".lineage" / ".gitignore").symlink_to(tmp_path / "elsewhere" / "ignore")
    words.doit()
    assert not (words.path / ".lineage" / ".gitignore").is_symlink()
    assert "*" in words.read(".lineage/.gitignore").splitlines()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_project_that_cannot_be_made(tmp_path: Path) -> None:
    """`lineage new` says why too."""
    (tmp_path / "file").write_text("mine")
    project = Project(tmp_path / "project")
    helped(project.lineage("new", "../file/demo", code=3), "is a file")


def test_an_error_that_is_explained_already_stays_as_it_is(tmp_path: Path) -> None:
    """Nothing is explained twice."""
    error = LineageError("once")
    assert explained(error, str(tmp_path / "metadata.sqlite")) is error
