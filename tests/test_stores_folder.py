"""The folder store: its layout, its temporary files, its ledger, and what can go wrong with a disk."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from lineage.errors import StoreError, VersionError
from lineage.stores import writing
from lineage.stores.folder import FolderStore
from lineage.stores.ledger import Ledger

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(str(tmp_path / ".lineage" / "artifacts"))


def temporary(store: FolderStore) -> list[str]:
    return [name for name in os.listdir(f"{store.root}/tmp") if not name.endswith(".lock")]


def test_opening_a_store_touches_nothing(store: FolderStore) -> None:
    """Queries of a fresh project create no folder."""
    assert list(store.blobs()) == []
    assert store.describe() == {"kind": "folder", "where": store.root, "objects": 0, "bytes": 0}
    assert store.trusted("0" * 32, None) is None
    store.flush()
    assert not os.path.exists(store.root)


def test_layout(store: FolderStore) -> None:
    """An object lies under the first two digits of its hash, read-only; nothing else is left."""
    blob = store.put([b"hello"])
    path = Path(store.path(blob.hash))
    assert path == Path(store.root) / blob.hash[:2] / blob.hash
    assert path.stat().st_mode & 0o777 & ~0o444 == 0
    assert temporary(store) == []


def test_a_relative_root_survives_a_change_of_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store is where it was when it was opened."""
    monkeypatch.chdir(tmp_path)
    store = FolderStore("s")
    monkeypatch.chdir("/")
    assert store.path(store.put([b"x"]).hash).startswith(str(tmp_path))


def test_damaged_objects_are_kept_aside(store: FolderStore) -> None:
    """Beside the store's root, under their hash, as often as it happens."""
    aside = Path(store.root).parent / "damaged"
    for number in range(2):
        blob = store.put([b"hello"])
        os.chmod(store.path(blob.hash), 0o644)
        Path(store.path(blob.hash)).write_bytes(b"jello")
        assert store.verify(blob.hash) is None
        assert len(list(aside.iterdir())) == number + 1
    assert all(path.name.startswith(blob.hash) and path.read_bytes() == b"jello" for path in aside.iterdir())


def test_nothing_heavy_is_imported() -> None:
    """Storing and checking bytes loads no numpy, no tempfile, no subprocess, no shutil."""
    code = (
        "import sys, tempfile; root = tempfile.mkdtemp()\n"
        "for name in ('tempfile', 'shutil', 'random'): del sys.modules[name]\n"
        "from lineage.stores.folder import FolderStore; s = FolderStore(root); b = s.put([b'x'])\n"
        "s.verify(b.hash); s.trusted(b.hash, None); s.describe(); s.flush(); s.path(b.hash, 'x.csv')\n"
        "print(*{'numpy', 'tempfile', 'subprocess', 'shutil', 'dataclasses', 'random', 'pathlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{code}"], **CAPTURED)
    assert done.stdout.strip() in ("", "pathlib")


CAPTURED: dict[str, Any] = {"capture_output": True, "text": True, "check": True}


# -- temporary files ---------------------------------------------------------------------------------------------------


HALFWAY = """
import os, sys, time
from lineage.stores.folder import FolderStore
store = FolderStore(sys.argv[1])
fd, path = store._create()
os.write(fd, b"half of it")
print(path, flush=True)
time.sleep(600)
"""


def test_what_a_killed_process_was_writing_is_swept_by_the_next(store: FolderStore) -> None:
    """At once, and nothing of a process that is still writing; when nobody writes any more, nothing is left at all."""
    writers = [
        subprocess.Popen([sys.executable, "-c", HALFWAY, store.root], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    try:
        dead, living = [os.path.basename(str(writer.stdout and writer.stdout.readline()).strip()) for writer in writers]
        writers[0].kill()
        writers[0].wait()
        assert {dead, living} <= set(temporary(store))
        store.put([b"first"])
        assert temporary(store) == [living]
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    again = FolderStore(store.root)
    again.put([b"second"])
    assert temporary(store) == []
    again.close()
    store.close()
    assert os.listdir(f"{store.root}/tmp") == []


def test_the_folder_may_vanish_between_two_objects(store: FolderStore) -> None:
    """`rm -r .lineage` while a run goes on loses artifacts, and breaks nothing."""
    import shutil

    store.put([b"one"])
    shutil.rmtree(store.root)
    blob = store.put([b"two"])
    assert store.verify(blob.hash) is not None


KILLED = """
import sys, random
from lineage.stores.folder import FolderStore
store = FolderStore(sys.argv[1])
for number in range(10**6):
    data = random.Random(number).randbytes(300_000)
    print(store.put([data[:1000], data[1000:]]).hash, flush=True)
"""


def test_kill_9_leaves_no_torn_object(store: FolderStore) -> None:
    """Whatever moment a process is killed at, each object under its name is whole, and none that was told is lost."""
    told: list[str] = []
    for attempt in range(6):
        child = subprocess.Popen([sys.executable, "-c", KILLED, store.root], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        told.append(child.stdout.readline().strip())
        time.sleep(0.003 * attempt)
        child.send_signal(signal.SIGKILL)
        told += [line for line in child.stdout.read().split("\n") if len(line) == 32]
        child.wait()
    blobs = list(store.blobs())
    assert set(told) <= set(blobs)
    assert all(map(store.verify, blobs))
    assert not (Path(store.root).parent / "damaged").exists()


def publish(root: str, number: int) -> None:
    store = FolderStore(root)
    order = list(range(60))
    order = order[number * 7 % 60 :] + order[: number * 7 % 60]
    for value in order:
        store.put([b"object %d " % value * 50])
    store.put_tree(os.path.join(os.path.dirname(root), "tree"), move=False)
    store.flush()


def test_eight_processes_publish_the_same_objects(store: FolderStore) -> None:
    """All of them intact, once, without an error or a temporary file left."""
    (Path(store.root).parent / "tree" / "inner").mkdir(parents=True)
    (Path(store.root).parent / "tree" / "inner" / "file").write_text("f")
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=publish, args=(store.root, number)) for number in range(8)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0] * 8
    blobs = list(store.blobs())
    assert len(blobs) == len(set(blobs)) == 61
    assert all(store.trusted(blob, None) for blob in blobs)
    assert all(map(store.verify, blobs))
    assert temporary(store) == []
    assert not (Path(store.root).parent / "damaged").exists()


# -- a disk that fails -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["write", "rename", "open", "utime"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS])
def test_what_cannot_be_written_is_told(
    store: FolderStore, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    """With path, why and fix; the temporary file is removed, and all that was stored before is intact."""
    before = store.put([b"before"])

    def failing(*arguments: Any, **options: Any) -> Any:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(os, call, failing)
        with pytest.raises(StoreError) as caught:
            store.put([b"x" * 100])
    assert store.root in caught.value.what
    assert os.strerror(number) in caught.value.what
    assert "100 bytes" in caught.value.what
    assert ("full" in str(caught.value.why)) is (number == errno.ENOSPC)
    assert ("quota" in str(caught.value.why)) is (number == errno.EDQUOT)
    assert caught.value.fix
    assert caught.value.exit_code == 2
    assert temporary(store) == []
    assert store.verify(before.hash) is not None
    assert store.put([b"x" * 100]).size == 100


FULL = """
import os, sys
from lineage.errors import StoreError
from lineage.stores.folder import FolderStore
store = FolderStore(sys.argv[1])
stored = [store.put([bytes([number]) * 1_000_000]).hash for number in range(5)]
big = sys.argv[1] + "/../big"
for attempt in (lambda: store.put([b"x" * 9_000_000]), lambda: store.put_file(sys.argv[2], move=False)):
    try:
        attempt()
    except StoreError as error:
        assert "full" in error.why and store.root in error.what, error
    else:
        raise SystemExit("it fitted")
    assert all(name.endswith(".lock") for name in os.listdir(store.root + "/tmp"))
assert all(map(store.verify, stored))
store.delete(stored[0]); store.delete(stored[1])
assert store.verify(store.put([b"y" * 1_500_000]).hash)
store.flush()
print("fine")
"""


@ROOT_ONLY
def test_a_full_disk(tmp_path: Path) -> None:
    """On a real file system of 8 MB: a clear error, nothing left behind, and it goes on when there is room again."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)], capture_output=True)
    if mounted.returncode:
        pytest.skip("cannot mount a small file system here")
    try:
        big = tmp_path / "big"
        big.write_bytes(b"b" * 9_000_000)
        done = subprocess.run([sys.executable, "-c", FULL, str(place / "store"), str(big)], **CAPTURED)
        assert done.stdout == "fine\n"
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_moving_from_another_file_system(store: FolderStore) -> None:
    """It is copied, and gone afterwards."""
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == Path(store.root).parent.parent.stat().st_dev:
        pytest.skip("no second file system here")
    source = other / f"lineage-test-{os.getpid()}"
    source.write_bytes(b"far")
    blob = store.put_file(str(source), move=True)
    assert not source.exists()
    assert store.verify(blob.hash) is not None


def test_an_interrupt_while_writing_leaves_nothing(store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C goes through, and the temporary file is removed."""
    store.put([b"first"])

    def interrupted(*arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("lineage.stores.folder.write_all", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.put([b"second"])
    assert temporary(store) == []
    assert len(list(store.blobs())) == 1


@pytest.mark.parametrize("number", [errno.EOPNOTSUPP, errno.EINVAL])
def test_a_file_system_that_cannot_reserve_room(
    store: FolderStore, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Large objects are stored all the same; only a lack of room is an error."""

    def failing(*arguments: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "posix_fallocate", failing, raising=False)
    data = bytes(20_000_000)
    assert store.put([data]).size == len(data)
    number = errno.ENOSPC
    with pytest.raises(StoreError, match="20,000,001 bytes"):
        store.put([data, b"x"])
    assert temporary(store) == []


def test_partial_writes_go_on(monkeypatch: pytest.MonkeyPatch, store: FolderStore) -> None:
    """The system may take fewer bytes than it was given."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:1000]))
    blob = store.put([b"abc" * 40_000, b"d" * 1234])
    monkeypatch.undo()
    assert store.verify(blob.hash) is not None


def test_a_disk_that_cannot_read_its_sectors(store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """An object that the disk no longer gives back is damaged, not a crash."""
    blob = store.put([b"x"])

    def failing(*arguments: Any) -> Any:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(writing, "hash_open", failing)
        assert store.verify(blob.hash) is None
    assert store.stat(blob.hash) is None


def test_a_file_that_goes_on_changing_is_not_trusted(store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash counts only if the file was the same before and after."""
    blob = store.put([b"x" * 10])
    path = store.path(blob.hash)
    os.chmod(path, 0o644)
    hash_open = writing.hash_open

    def slow(fd: int) -> tuple[str, int]:
        found = hash_open(fd)
        with open(path, "r+b") as file:
            file.write(b"y")
        return found

    monkeypatch.setattr(writing, "hash_open", slow)
    assert store.verify(blob.hash) is None


# -- the ledger --------------------------------------------------------------------------------------------------------


def test_the_ledger_carries_stats_to_other_processes(store: FolderStore) -> None:
    """What one process has stored, another one trusts without hashing it."""
    blob = store.put([b"x"])
    store.flush()
    other = FolderStore(store.root)
    assert other.ledger.get(blob.hash) == blob.stat
    assert other.trusted(blob.hash, None) == blob.stat


def test_a_damaged_ledger_is_ignored(store: FolderStore) -> None:
    """Whatever is in the file: objects are hashed again, and the next flush writes a good one."""
    blob = store.put([b"x"])
    store.flush()
    path = Path(store.ledger.path)
    good = path.read_bytes()
    flipped = bytearray(good)
    flipped[-1] ^= 1
    for content in (b"", b"junk", good[:-1], good[:20], bytes(flipped), good + b"x"):
        path.write_bytes(content)
        other = FolderStore(store.root)
        assert other.ledger.get(blob.hash) is None
        assert other.trusted(blob.hash, None) == blob.stat
        other.flush()
        assert path.read_bytes() == good


def test_the_ledger_is_no_source_of_truth(store: FolderStore) -> None:
    """A stat that is not that of the file is worth nothing."""
    blob = store.put([b"x"])
    store.ledger.set(blob.hash, (1, 1, 1, 1))
    assert store.trusted(blob.hash, None) == blob.stat
    os.unlink(store.path(blob.hash))
    assert store.trusted(blob.hash, None) is None


def test_two_ledgers_are_merged(tmp_path: Path) -> None:
    """What another process wrote meanwhile stays; what was deleted goes."""
    path = str(tmp_path / "ledger")
    one, two = Ledger(path), Ledger(path)
    one.set("a", (1, 1, 1, 1))
    two.set("b", (2, 2, 2, 2))
    assert two.get("a") is None
    one.flush()
    two.flush()
    three = Ledger(path)
    assert three.get("a") == (1, 1, 1, 1)
    assert three.get("b") == (2, 2, 2, 2)
    three.set("a", None)
    three.flush()
    assert three.get("a") is None
    assert Ledger(path).get("a") is None
    assert Ledger(path).get("b") == (2, 2, 2, 2)


def test_a_ledger_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    """A read-only disk only means more hashing."""
    ledger = Ledger(str(tmp_path / "no folder" / "ledger"))
    ledger.set("a", (1, 1, 1, 1))
    ledger.flush()
    assert ledger.get("a") == (1, 1, 1, 1)


def test_an_unchanged_ledger_is_not_written(store: FolderStore) -> None:
    """A run in which nothing changed writes nothing."""
    blob = store.put([b"x"])
    store.flush()
    before = os.stat(store.ledger.path)
    other = FolderStore(store.root)
    assert other.trusted(blob.hash, blob.stat)
    assert other.trusted(blob.hash, None)
    other.flush()
    assert os.stat(store.ledger.path) == before


def test_store_errors_are_the_stores() -> None:
    """A newer database is a store's error too."""
    assert issubclass(VersionError, StoreError)
