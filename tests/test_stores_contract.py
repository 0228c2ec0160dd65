"""What every artifact store must do. A new store is tested by one more parameter of `store`."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from xxhash import xxh3_128_hexdigest

from lineage.errors import LineageError, StoreError
from lineage.stores.bucket import Bucket
from lineage.stores.folder import FolderStore
from lineage.stores.mount import MountedFolder
from lineage.stores.tiered import TieredStore

if TYPE_CHECKING:
    from lineage.stores.objects import Objects
    from lineage.stores.protocol import ArtifactStore, Blob, Buffer

Make = Callable[[], "ArtifactStore"]
Open = Callable[[Path, str], "ArtifactStore"]


def tiered(path: Path, objects: Objects) -> ArtifactStore:
    return TieredStore(str(path / "store"), [objects], str(path / "elsewhere"))


STORES: dict[str, Open] = {
    "folder": lambda path, _: FolderStore(str(path / "store")),
    "durable folder": lambda path, _: FolderStore(str(path / "store"), fsync=True),
    "folder before a folder": lambda path, _: tiered(path, MountedFolder(str(path / "shared"))),
    "folder before a bucket": lambda path, url: tiered(path, Bucket(url)),
}


@pytest.fixture(params=STORES)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Return a function that opens the same store again, as another process would."""
    url = request.getfixturevalue("s3").fresh() if "bucket" in request.param else ""
    return lambda: STORES[request.param](tmp_path, url)


@pytest.fixture
def store(make: Make) -> ArtifactStore:
    return make()


def content(store: ArtifactStore, blob: str) -> bytes:
    return Path(store.path(blob)).read_bytes()


def damage(path: str | Path, at: int = 0) -> None:
    """Flip a byte, with the size and the modification time as they were."""
    path = Path(path)
    before = path.stat()
    os.chmod(path, 0o644)
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    with path.open("r+b") as file:
        file.write(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files, an empty folder, an executable and a link."""
    root = tmp_path / "made"
    (root / "inner" / "empty").mkdir(parents=True)
    (root / "a.txt").write_text("a")
    (root / "inner" / "b.txt").write_text("b" * 100_000)
    (root / "run").write_text("#!/bin/sh")
    (root / "run").chmod(0o755)
    (root / "inner" / "link").symlink_to("../a.txt")
    return root


class TestBytes:
    def test_an_object_comes_back_under_its_hash(self, store: ArtifactStore) -> None:
        """The hash is that of the concatenated buffers, whatever they are."""
        buffers: list[Buffer] = [b"one", bytearray(b"two"), memoryview(b"three"), b"", memoryview(b"").cast("i")]
        blob = store.put(buffers)
        assert blob.hash == xxh3_128_hexdigest(b"onetwothree")
        assert content(store, blob.hash) == b"onetwothree"
        assert blob.size == 11
        assert blob.stat == store.stat(blob.hash)
        assert blob.hash in repr(blob)

    @pytest.mark.parametrize("size", [0, 1, 1 << 16, (1 << 16) + 1, 5_000_000])
    def test_any_size(self, store: ArtifactStore, size: int) -> None:
        """From nothing to megabytes."""
        data = random.Random(size).randbytes(size)
        blob = store.put([data[: size // 3], memoryview(data)[size // 3 :]])
        assert content(store, blob.hash) == data
        assert blob.size == size
        assert store.verify(blob.hash) == store.stat(blob.hash)

    def test_the_same_bytes_are_stored_once(self, store: ArtifactStore) -> None:
        """What is there and intact is not written again."""
        first = store.put([b"same"])
        second = store.put([b"sa", b"me"])
        assert (first.hash, first.stat) == (second.hash, second.stat)
        assert list(store.blobs()) == [first.hash]

    def test_it_is_told_what_is_written(self, store: ArtifactStore) -> None:
        """In growing numbers up to all of it; nothing where the object is there already."""
        pieces = [b"head", memoryview(bytes(40_000_000)), b"tail"]
        told: list[int] = []
        blob = store.put(pieces, told.append)
        assert told == sorted(told)
        assert (len(told) > 2, told[-1]) == (True, 40_000_008)
        assert content(store, blob.hash) == b"".join(pieces)
        assert store.put(pieces, lambda size: told.append(-size)).hash == blob.hash
        assert told[-1] == 40_000_008

    def test_what_is_there_but_damaged_is_written_again(self, store: ArtifactStore, make: Make) -> None:
        """Storing heals, whether the store is old or freshly opened."""
        for opened in (store, make()):
            blob = opened.put([b"precious"])
            damage(opened.path(blob.hash))
            assert opened.put([b"precious"]).hash == blob.hash
            assert content(opened, blob.hash) == b"precious"
            assert opened.verify(blob.hash) is not None

    def test_absent_objects(self, store: ArtifactStore) -> None:
        """They have no stat, cannot be verified, and asking for their path says why and fix."""
        nothing = "0" * 32
        assert store.stat(nothing) is None
        assert store.verify(nothing) is None
        assert store.trusted(nothing, None) is None
        assert store.trusted(nothing, (1, 2, 3, 4)) is None
        with pytest.raises(StoreError) as caught:
            store.path(nothing)
        assert nothing in caught.value.what
        assert caught.value.why
        assert caught.value.fix
        store.delete(nothing)

    def test_deleting(self, store: ArtifactStore, folder: Path) -> None:
        """A deleted object is gone, and can come back."""
        puts: list[Callable[[], Blob]] = [lambda: store.put([b"x"]), lambda: store.put_tree(str(folder), move=False)]
        for put in puts:
            blob = put()
            store.path(blob.hash, "name")
            store.delete(blob.hash)
            assert store.stat(blob.hash) is None
            assert list(store.blobs()) == []
        assert store.put([b"x"]).hash == xxh3_128_hexdigest(b"x")

    def test_describing(self, store: ArtifactStore, folder: Path) -> None:
        """Objects and bytes are counted; an unused store is empty and no error."""
        assert store.describe()["objects"] == 0
        store.put([b"12345"])
        size = store.put_tree(str(folder), move=False).size
        told = store.describe()
        assert told["kind"]
        assert told["where"]
        assert told["objects"] == 2
        assert told["bytes"] >= 5 + size


class TestTrust:
    def test_a_known_stat_is_enough(self, store: ArtifactStore, make: Make) -> None:
        """An object with the given stat is not hashed again."""
        blob = store.put([b"x" * 1000])
        assert make().trusted(blob.hash, blob.stat) == blob.stat
        assert store.trusted(blob.hash, None) == blob.stat

    def test_a_flipped_byte_is_noticed(self, store: ArtifactStore, make: Make) -> None:
        """Although size and modification time are the same; by the process that stored it and by others."""
        for number, opened in enumerate((store, make())):
            blob = store.put([b"y" * (1000 + number)])
            damage(store.path(blob.hash), 500)
            assert opened.trusted(blob.hash, blob.stat) is None
            assert opened.stat(blob.hash) is None

    def test_a_write_in_the_same_moment_is_noticed(self, store: ArtifactStore) -> None:
        """No clock is too coarse: a write right after the object was stored, or verified, shows."""
        for number in range(30):
            blob = store.put([b"%04d" % number])
            stat = blob.stat
            if number % 2:
                os.utime(store.path(blob.hash))
                found = store.verify(blob.hash)
                assert found is not None
                stat = found
            os.chmod(store.path(blob.hash), 0o644)
            before = store.stat(blob.hash)
            assert before is not None
            with open(store.path(blob.hash), "r+b") as file:
                file.write(b"bad!")
            after = store.stat(blob.hash)
            assert after is not None
            assert after[2] != stat[2]
            assert store.trusted(blob.hash, stat) is None

    def test_a_shorter_or_longer_file_is_noticed(self, store: ArtifactStore) -> None:
        """A torn write is damage like any other."""
        for number, size in enumerate((0, 500, 2000)):
            blob = store.put([b"z" * (1000 + number)])
            os.chmod(store.path(blob.hash), 0o644)
            os.truncate(store.path(blob.hash), size)
            assert store.trusted(blob.hash, blob.stat) is None

    def test_touching_costs_one_hash(self, store: ArtifactStore, make: Make) -> None:
        """A touched object is hashed again once; then its new stat is known, in other processes after a flush too."""
        blob = store.put([b"t" * 1000])
        os.utime(store.path(blob.hash))
        stat = store.trusted(blob.hash, blob.stat)
        assert stat is not None
        assert stat != blob.stat
        store.flush()
        other = make()
        other.verify = None  # type: ignore[method-assign, assignment]
        assert other.trusted(blob.hash, blob.stat) == stat

    def test_something_else_in_its_place_is_damage(self, store: ArtifactStore, tmp_path: Path) -> None:
        """A folder, or a link to a file with the right bytes, is not the object."""
        (tmp_path / "copy").write_bytes(b"l")
        for replace in (Path.mkdir, lambda path: path.symlink_to(tmp_path / "copy")):
            blob = store.put([b"l"])
            path = Path(store.path(blob.hash))
            path.unlink()
            replace(path)
            assert store.trusted(blob.hash, blob.stat) is None
            assert store.stat(blob.hash) is None


class TestFiles:
    def test_a_copied_file_stays(self, store: ArtifactStore, tmp_path: Path) -> None:
        """Its object is the same as that of its bytes."""
        (tmp_path / "data.csv").write_bytes(b"a,b" * 300_000)
        blob = store.put_file(str(tmp_path / "data.csv"), move=False)
        assert blob.hash == store.put([b"a,b" * 300_000]).hash
        assert blob.size == 900_000
        assert blob.stat == store.stat(blob.hash)
        (tmp_path / "data.csv").write_bytes(b"other")
        assert store.verify(blob.hash) is not None

    @pytest.mark.parametrize("times", [1, 2])
    def test_a_moved_file_is_gone(self, store: ArtifactStore, tmp_path: Path, times: int) -> None:
        """Also where its content is stored already."""
        for _ in range(times):
            (tmp_path / "data").write_bytes(b"moved")
            blob = store.put_file(str(tmp_path / "data"), move=True)
            assert not (tmp_path / "data").exists()
        assert content(store, blob.hash) == b"moved"
        assert store.trusted(blob.hash, blob.stat) == blob.stat

    def test_a_file_with_another_name_is_copied(self, store: ArtifactStore, tmp_path: Path) -> None:
        """Moving a hard-linked file would let the other name write into the store."""
        (tmp_path / "one").write_bytes(b"linked")
        os.link(tmp_path / "one", tmp_path / "two")
        blob = store.put_file(str(tmp_path / "one"), move=True)
        assert not (tmp_path / "one").exists()
        (tmp_path / "two").write_bytes(b"LINKED")
        assert content(store, blob.hash) == b"linked"

    def test_of_a_link_the_file_is_stored(self, store: ArtifactStore, tmp_path: Path) -> None:
        """And only the link is taken away when it is moved."""
        (tmp_path / "file").write_bytes(b"target")
        (tmp_path / "link").symlink_to("file")
        blob = store.put_file(str(tmp_path / "link"), move=True)
        assert content(store, blob.hash) == b"target"
        assert (tmp_path / "file").exists()
        assert not (tmp_path / "link").is_symlink()

    def test_a_file_that_is_not_there(self, store: ArtifactStore, tmp_path: Path) -> None:
        """The error names it."""
        for move in (True, False):
            with pytest.raises(StoreError, match="nowhere"):
                store.put_file(str(tmp_path / "nowhere"), move=move)

    def test_a_path_that_ends_in_a_name(self, store: ArtifactStore, folder: Path) -> None:
        """Readers that go by the suffix get one; a name that would lead elsewhere is not used."""
        blob = store.put([b"a,b"])
        path = store.path(blob.hash, "data.csv")
        assert Path(path).name == "data.csv"
        assert Path(path).read_bytes() == b"a,b"
        assert store.path(blob.hash, "data.csv") == path
        assert store.trusted(blob.hash, blob.stat) == blob.stat
        for name in ("", ".", "..", "../x", "/etc/passwd"):
            assert Path(store.path(blob.hash, name)).read_bytes() == b"a,b"
        tree = store.put_tree(str(folder), move=False)
        assert (Path(store.path(tree.hash, "model")) / "a.txt").read_text() == "a"


class TestFolders:
    def test_a_folder_comes_back(self, store: ArtifactStore, folder: Path) -> None:
        """Files, empty folders, executable bits and inner links."""
        blob = store.put_tree(str(folder), move=False)
        stored = Path(store.path(blob.hash))
        assert sorted(str(path.relative_to(stored)) for path in stored.rglob("*")) == sorted(
            str(path.relative_to(folder)) for path in folder.rglob("*")
        )
        assert (stored / "inner/b.txt").read_text() == "b" * 100_000
        assert (stored / "inner/link").read_text() == "a"
        assert os.access(stored / "run", os.X_OK)
        assert not (stored / "a.txt").stat().st_mode & 0o111
        assert blob.size == 1 + 100_000 + 9
        assert blob.stat == store.stat(blob.hash) == store.verify(blob.hash)
        assert store.trusted(blob.hash, blob.stat) == blob.stat

    def test_the_hash_is_of_what_is_in_it(self, store: ArtifactStore, folder: Path) -> None:
        """Not of the folder's name, times or order; but of paths, contents, executable bits, links, empty folders."""
        first = store.put_tree(str(folder), move=False).hash
        os.utime(folder / "a.txt", (1, 1))
        other = folder.rename(folder.parent / "elsewhere")
        assert store.put_tree(str(other), move=False).hash == first
        seen = {first}
        changes: list[Callable[[], object]] = [
            lambda: (other / "inner/link").unlink(),
            lambda: (other / "inner/link").write_text("../a.txt"),
            lambda: (other / "a.txt").write_text("A"),
            lambda: (other / "a.txt").rename(other / "c.txt"),
            lambda: (other / "c.txt").chmod(0o755),
            lambda: (other / "inner/empty").rmdir(),
        ]
        for change in changes:
            change()
            seen.add(store.put_tree(str(other), move=False).hash)
        assert len(seen) == 1 + len(changes)

    def test_a_moved_folder_is_gone(self, store: ArtifactStore, folder: Path) -> None:
        """And what is stored does not depend on it."""
        blob = store.put_tree(str(folder), move=True)
        assert not folder.exists()
        assert store.verify(blob.hash) is not None

    def test_nothing_leads_out(self, store: ArtifactStore, folder: Path, tmp_path: Path) -> None:
        """A link to a file outside becomes that file; an absolute link inside becomes a relative one."""
        (tmp_path / "outside").write_text("o")
        (folder / "out").symlink_to(tmp_path / "outside")
        (folder / "in").symlink_to(folder / "inner" / "b.txt")
        (folder / "around").symlink_to("inner/..")
        blob = store.put_tree(str(folder), move=False)
        stored = Path(store.path(blob.hash))
        assert not (stored / "out").is_symlink()
        assert (stored / "out").read_text() == "o"
        assert os.readlink(stored / "in") == "inner/b.txt"
        assert os.readlink(stored / "around") == "."

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda folder: (folder / "x").symlink_to("nowhere"),
            lambda folder: (folder / "x").symlink_to("/"),
            lambda folder: (folder / "x").symlink_to("x"),
            lambda folder: os.mkfifo(folder / "x"),
        ],
    )
    def test_what_cannot_be_stored_is_named(
        self, store: ArtifactStore, folder: Path, spoil: Callable[[Path], object]
    ) -> None:
        """A dangling link, a link to a folder outside, a loop, a pipe."""
        spoil(folder)
        with pytest.raises(LineageError) as caught:
            store.put_tree(str(folder), move=False)
        assert str(folder / "x") in caught.value.what
        assert caught.value.fix
        assert list(store.blobs()) == []

    @pytest.mark.parametrize(
        "change",
        [
            lambda stored: damage(stored / "inner/b.txt", 50_000),
            lambda stored: (stored / "new").write_text("n"),
            lambda stored: (stored / "a.txt").unlink(),
            lambda stored: (stored / "a.txt").chmod(0o755),
            lambda stored: (stored / "inner/empty").rmdir(),
            lambda stored: ((stored / "inner/link").unlink(), (stored / "inner/link").symlink_to("b.txt")),
        ],
    )
    def test_any_change_inside_is_noticed(
        self, store: ArtifactStore, folder: Path, change: Callable[[Path], object]
    ) -> None:
        """A stored folder is a value: nobody may write into it."""
        blob = store.put_tree(str(folder), move=False)
        change(Path(store.path(blob.hash)))
        assert store.trusted(blob.hash, blob.stat) is None
        assert store.stat(blob.hash) is None
        assert store.put_tree(str(folder), move=False).hash == blob.hash
        assert store.verify(blob.hash) is not None

    def test_touching_inside_is_no_change(self, store: ArtifactStore, folder: Path) -> None:
        """It is hashed again, and trusted then."""
        blob = store.put_tree(str(folder), move=False)
        os.utime(Path(store.path(blob.hash)) / "a.txt")
        stat = store.trusted(blob.hash, blob.stat)
        assert stat is not None
        assert stat != blob.stat
        assert store.trusted(blob.hash, None) == stat

    def test_a_deep_folder(self, store: ArtifactStore, tmp_path: Path) -> None:
        """Depth is bounded by the system's path length, not by recursion."""
        root = tmp_path / "deep"
        (root / "/".join(["d"] * 600)).mkdir(parents=True)
        blob = store.put_tree(str(root), move=True)
        assert store.verify(blob.hash) is not None


class TestCollecting:
    def test_objects_with_sizes_and_times(self, store: ArtifactStore, folder: Path) -> None:
        """Every object is listed once, with its bytes and about when it was stored."""
        made = [store.put([b"x" * 1000]), store.put_tree(str(folder), move=False)]
        kept = {each.blob: each for each in store.kept()}
        assert {blob: each.size for blob, each in kept.items()} == {blob.hash: blob.stat[1] for blob in made}
        assert all(abs(each.stored - time.time()) < 60 for each in kept.values())

    def test_what_a_process_has_stored_stays_while_it_lives(self, store: ArtifactStore, make: Make) -> None:
        """Nobody collects what another has just stored and has not recorded; afterwards it may go."""
        blob = store.put([b"mine"]).hash
        other = make()
        assert other.collect([blob], list) == []
        assert other.stat(blob) is not None
        store.close()
        assert other.collect([blob], list) == [blob]
        assert other.stat(blob) is None
        assert store.put([b"mine"]).hash == blob

    def test_what_a_process_says_it_uses_stays(self, store: ArtifactStore, make: Make, folder: Path) -> None:
        """Also what was stored long before, whether a file or a folder."""
        blobs = [store.put([b"old"]).hash, store.put_tree(str(folder), move=False).hash]
        store.close()
        user, other = make(), make()
        user.use(blobs)
        assert other.collect(blobs, list) == []
        user.close()
        assert sorted(other.collect(blobs, list)) == sorted(blobs)
        assert list(store.blobs()) == []

    def test_who_settles_has_the_last_word(self, store: ArtifactStore, make: Make) -> None:
        """What is asked about is what nobody uses, and only what it returns goes; what is absent is no error."""
        blobs = [store.put([b"a"]).hash, store.put([b"b"]).hash]
        store.close()
        asked: list[str] = []

        def settle(found: Sequence[str]) -> list[str]:
            asked.extend(found)
            return [blobs[1], "0" * 32]

        assert make().collect([*blobs, "0" * 32], settle) == [blobs[1]]
        assert sorted(asked) == sorted([*blobs, "0" * 32])
        assert list(store.blobs()) == [blobs[0]]

    def test_a_killed_process_uses_nothing(self, store: ArtifactStore, make: Make) -> None:
        """What it has said ends with it, whatever it dies of."""
        blob = store.put([b"x"]).hash
        store.close()
        child = os.fork()
        if not child:
            make().use([blob])
            os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(child, 0)
        assert make().collect([blob], list) == [blob]

    def test_a_store_to_read_says_nothing(self, tmp_path: Path) -> None:
        """Who only looks leaves no trace."""
        FolderStore(str(tmp_path / "store"), read_only=True).use(["0" * 32])
        assert not (tmp_path / "store").exists()


class TestSharing:
    def test_threads_share_a_store(self, store: ArtifactStore, folder: Path) -> None:
        """All store the same and different things at once, and flush; everything is intact."""
        errors: list[BaseException] = []

        def work(number: int) -> None:
            try:
                for step in range(20):
                    store.put([b"shared %d" % step])
                    own = store.put([b"own %d %d" % (number, step)])
                    assert store.trusted(own.hash, own.stat) == own.stat
                store.put_tree(str(folder), move=False)
                store.flush()
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        blobs = list(store.blobs())
        assert len(blobs) == len(set(blobs)) == 20 + 6 * 20 + 1
        assert all(map(store.verify, blobs))
