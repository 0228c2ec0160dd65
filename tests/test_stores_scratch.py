"""Temporary files: whose they are, and when they are swept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lineage.errors import StoreError
from lineage.stores.scratch import Scratch


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "work"


def made(scratch: Scratch, name: str = "") -> Path:
    path = Path(scratch.new(name))
    path.mkdir()
    (path / "inner").write_bytes(b"x")
    return path


def in_a_child(code: str, folder: Path) -> str:
    """Run code in a process that then dies without another word; return what it printed."""
    head = "import os, sys, signal\nfrom lineage.stores.scratch import Scratch\nscratch = Scratch(sys.argv[1])\n"
    tail = "\nsys.stdout.flush()\nos.kill(os.getpid(), signal.SIGKILL)"
    argv = [sys.executable, "-c", head + code + tail, str(folder)]
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    return done.stdout.strip()


def test_every_path_is_new(folder: Path) -> None:
    """Also in a thread, in a forked process and in another object: no two get the same, and nothing is there."""
    scratch, other = Scratch(str(folder)), Scratch(str(folder))
    paths = [scratch.new(), scratch.new("fingerprint"), other.new()]
    thread = threading.Thread(target=lambda: paths.append(scratch.new()))
    thread.start()
    thread.join()
    assert len(set(paths)) == 4
    assert paths[1].endswith("fingerprint")
    assert not any(map(os.path.exists, paths))


def test_files_of_a_killed_process_are_swept(folder: Path) -> None:
    """Files and folders, also those that nobody may write to, and its lock."""
    code = "path = scratch.new()\nos.makedirs(path + '/a/b')\nopen(path + '/a/c', 'w').close()\nprint(path)"
    left = in_a_child(code, folder)
    assert os.path.isdir(left)
    mine = made(Scratch(str(folder)))
    assert set(os.listdir(folder)) == {mine.name, mine.name.partition(".")[0] + ".lock"}


def test_files_of_a_living_process_are_not_swept(folder: Path) -> None:
    """Whatever its number is, and however old they are."""
    scratch = Scratch(str(folder))
    mine = made(scratch)
    os.utime(mine, (0, 0))
    in_a_child("scratch.new()", folder)
    assert (mine / "inner").exists()


def test_files_of_a_forked_process_are_its_own(folder: Path) -> None:
    """Neither does the child's end let go of the parent's, nor the other way round."""
    scratch = Scratch(str(folder))
    mine = made(scratch)
    child = os.fork()
    if not child:
        made(scratch, "childs")
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert any(name.endswith("childs") for name in os.listdir(folder))
    Scratch(str(folder)).new()
    assert (mine / "inner").exists()
    assert not any(name.endswith("childs") for name in os.listdir(folder))


def test_who_lets_go_leaves_nothing(folder: Path) -> None:
    """And can go on afterwards."""
    scratch = Scratch(str(folder))
    scratch.release()
    scratch.new()
    scratch.release()
    assert os.listdir(folder) == []
    made(scratch)
    Scratch(str(folder)).new()
    assert len(os.listdir(folder)) == 3


def test_a_folder_that_is_removed_meanwhile_is_made_again(folder: Path) -> None:
    """`rm -r .lineage` takes the lock along; what is made after it must not look left over."""
    scratch = Scratch(str(folder))
    scratch.new()
    for name in os.listdir(folder):
        (folder / name).unlink()
    folder.rmdir()
    mine = made(scratch)
    Scratch(str(folder)).new()
    assert (mine / "inner").exists()


def test_a_folder_that_cannot_be_made_is_told_with_a_fix(tmp_path: Path) -> None:
    """Not with a traceback."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot make a temporary file") as caught:
        Scratch(str(tmp_path / "file" / "work")).new()
    assert caught.value.fix


MANY = """
import os, sys, time
from lineage.stores.scratch import Scratch
end = time.monotonic() + 3
while time.monotonic() < end:
    scratch = Scratch(sys.argv[1])  # as a process that has just begun: it sweeps
    path = scratch.new()
    open(path, "w").close()
    os.mkdir(path + "-folder")
    os.rmdir(path + "-folder")
    os.unlink(path)  # fails if somebody has taken it for a left-over
    scratch.release()
"""


def test_sweeping_beside_others_who_begin_and_end(folder: Path) -> None:
    """Processes that claim, sweep and let go all the time never take one another's files, and leave none."""
    workers = [subprocess.Popen([sys.executable, "-c", MANY, str(folder)]) for _ in range(4)]
    assert [worker.wait() for worker in workers] == [0] * 4
    assert os.listdir(folder) == []
