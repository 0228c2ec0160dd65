"""Files and folders as artifacts, together with the folder store."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from lineage.errors import FormatError
from lineage.formats.protocol import stored_as
from lineage.formats.registry import by_name, choose
from lineage.formats.summary import describe_stored
from lineage.model.stored import Stored
from lineage.stores.folder import FolderStore


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(str(tmp_path / "store"))


def keep(value: Path, store: FolderStore) -> Stored:
    format = choose(value)
    encoded = format.encode(value)
    assert not encoded.move
    put = store.put_file if encoded.file is not None else store.put_tree
    blob = put(encoded.file or encoded.tree or "", move=encoded.move)
    return stored_as(format, encoded, blob.hash, blob.size, blob.stat)


def load(stored: Stored, store: FolderStore) -> Path:
    found = by_name(stored.format).decode(store.path(stored.blob, stored.summary.get("name")), stored.summary)
    assert isinstance(found, Path)
    return found


def test_a_file_comes_back_as_a_path_with_its_name(tmp_path: Path, store: FolderStore) -> None:
    """To the stored content, whatever becomes of the file."""
    path = tmp_path / "table.tar.gz"
    path.write_bytes(b"a,b\n")
    stored = keep(path, store)
    assert (stored.format, stored.type, stored.size) == ("file", "pathlib.Path", 4)
    assert stored.summary == {"name": "table.tar.gz", "bytes": 4}
    path.write_bytes(b"changed")
    found = load(stored, store)
    assert found.read_bytes() == b"a,b\n"
    assert found.name == "table.tar.gz"
    assert describe_stored("table", stored) == "table.gz 4 B"


def test_the_digest_of_a_file_is_its_content_and_suffix(tmp_path: Path, store: FolderStore) -> None:
    """Readers go by the suffix; the rest of the name, which may be a temporary one, does not count."""
    digests = []
    for name, content in [("a.csv", b"x"), ("b.csv", b"x"), ("a.txt", b"x"), ("a.csv", b"y")]:
        (tmp_path / name).write_bytes(content)
        digests.append(keep(tmp_path / name, store).digest)
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_a_file_is_not_the_array_in_it(tmp_path: Path, store: FolderStore) -> None:
    """A step that returns the path of an .npy file gives something else than one that returns the array."""
    import numpy as np

    value = np.arange(3)
    format = choose(value)
    encoded = format.encode(value)
    assert encoded.buffers is not None
    blob = store.put(encoded.buffers)
    array = stored_as(format, encoded, blob.hash, blob.size, blob.stat)
    (tmp_path / "a.npy").write_bytes(Path(store.path(blob.hash)).read_bytes())
    file = keep(tmp_path / "a.npy", store)
    assert file.blob == array.blob
    assert file.digest != array.digest


def test_a_folder_comes_back_as_a_path(tmp_path: Path, store: FolderStore) -> None:
    """With all that was in it, under its name."""
    (tmp_path / "model" / "inner").mkdir(parents=True)
    (tmp_path / "model" / "weights.bin").write_bytes(b"w" * 1500)
    (tmp_path / "model" / "inner" / "link").symlink_to("../weights.bin")
    stored = keep(tmp_path / "model", store)
    assert stored.format == "folder"
    assert stored.summary == {"name": "model", "files": 2, "bytes": 1500}
    found = load(stored, store)
    assert found.name == "model"
    assert (found / "inner" / "link").read_bytes() == b"w" * 1500
    assert describe_stored("model", stored) == "model/ 2 files, 1.5 kB"
    assert keep(found, store).digest == stored.digest


def test_an_object_with_large_arrays_goes_through_the_store(store: FolderStore) -> None:
    """Its pickle comes in pieces of several kinds, which the store takes one after the other."""
    import numpy as np

    value: list[Any] = [
        np.arange(50_000.0),
        np.asfortranarray(np.ones((300, 200))),
        "text" * 50_000,
        bytearray(100_000),
    ]
    encoded = choose(value).encode(value)
    assert encoded.buffers is not None
    blob = store.put(encoded.buffers)
    found: Any = by_name("pickle").decode(store.path(blob.hash), encoded.summary)
    assert blob.size == os.path.getsize(store.path(blob.hash))
    assert store.verify(blob.hash) is not None
    assert all(np.array_equal(one, two) for one, two in zip(found[:2], value[:2], strict=True))
    assert found[2:] == value[2:]


def test_relative_paths(tmp_path: Path, store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path counts from the folder that the step ran in."""
    monkeypatch.chdir(tmp_path)
    Path("here.txt").write_text("h")
    encoded = choose(Path("here.txt")).encode(Path("here.txt"))
    monkeypatch.chdir("/")
    assert encoded.file == str(tmp_path / "here.txt")
    assert store.put_file(encoded.file, move=False).size == 1


def test_paths_to_nothing_that_can_be_stored(tmp_path: Path) -> None:
    """A missing file, a pipe, a dangling link: the error says why and fix."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to("nowhere")
    for name in ("missing", "pipe", "dangling"):
        value = tmp_path / name
        with pytest.raises(FormatError) as caught:
            choose(value).encode(value)
        assert str(value) in caught.value.what
        assert caught.value.why
        assert "return" in str(caught.value.fix)


def test_accepting() -> None:
    """Files take files, folders folders."""
    here = Path(__file__)
    assert by_name("file").accepts(here)
    assert not by_name("file").accepts(here.parent)
    assert by_name("folder").accepts(here.parent)
    assert not by_name("folder").accepts(here)
    assert not by_name("file").accepts(str(here))


def test_a_folder_that_has_become_a_file(tmp_path: Path) -> None:
    """The world may change between a look and the next."""
    (tmp_path / "x").write_text("x")
    with pytest.raises(FormatError):
        by_name("folder").encode(tmp_path / "x")
    with pytest.raises(FormatError):
        by_name("folder").encode(tmp_path / "missing")
