"""A large array that only the store has gives its memory back while it is written; any other stays as it is."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from projects import Project

from lineage.errors import StoreError
from lineage.formats.array import Array
from lineage.formats.release import releasing
from lineage.stores.elsewhere import Known
from lineage.stores.folder import FolderStore
from lineage.stores.tiered import TieredStore

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is given back on Linux")

LENGTH = 9_000_000  # of eight bytes each: 72 MB
KEEPING: dict[str, Callable[[Any], Any]] = {
    "another name": lambda array: array,
    "in a list": lambda array: [array],
    "a part of it": lambda array: array[5:10],
    "in another shape": lambda array: array.reshape(3, -1).T,
    "a buffer": memoryview,
    "a weak reference": weakref.ref,
    "its address": lambda array: array.ctypes,
    "a closure": lambda array: lambda: array,
    "an iterator": iter,
}


def buffers_of(array: Any) -> list[Any]:
    return list(Array().encode(array).buffers or ())


def made(shape: tuple[int, ...] = (LENGTH,), order: Any = "C") -> list[Any]:
    """Return the buffers of an array that nobody else has."""
    return buffers_of(np.full(shape, 7.5, order=order))


@pytest.mark.parametrize(("shape", "order"), [((LENGTH,), "C"), ((3000, 3000), "C"), ((3000, 3000), "F")], ids=str)
def test_what_is_written_is_given_back(tmp_path: Path, shape: tuple[int, ...], order: str) -> None:
    """All but the edges; what is stored is whole, and the same as without."""
    buffers = made(shape, order)
    store = FolderStore(str(tmp_path))
    written = releasing(buffers)
    assert written is not None
    blob = store.put(buffers, written)
    left = np.frombuffer(buffers[-1])
    assert np.count_nonzero(left) * 8 <= 2 * (2 << 20)
    stored = np.load(store.path(blob.hash))
    assert stored.shape == shape
    assert (stored == 7.5).all()
    assert FolderStore(str(tmp_path / "other")).put(made(shape, order)).hash == blob.hash


@pytest.mark.parametrize("keep", list(KEEPING.values()), ids=list(KEEPING))
def test_what_somebody_else_has_stays(keep: Callable[[Any], Any]) -> None:
    """Whatever it is that somebody has of the array."""
    array = np.full(LENGTH, 7.5)
    kept = keep(array)
    buffers = buffers_of(array)
    del array
    assert releasing(buffers) is None
    del kept
    assert releasing(buffers) is not None


def test_what_is_not_an_arrays_own_memory_stays(tmp_path: Path) -> None:
    """A small array, one in a file or in a buffer of somebody's, a subclass, bytes, nothing at all."""
    np.save(tmp_path / "mapped.npy", np.zeros(LENGTH))
    mapped = buffers_of(np.load(tmp_path / "mapped.npy", mmap_mode="c"))
    borrowed = buffers_of(np.frombuffer(bytearray(LENGTH * 8)))
    for buffers in (mapped, borrowed, buffers_of(np.ones(1000)), [b"x" * (80 << 20)], [], [b""]):
        assert releasing(buffers) is None


def test_a_copy_of_scattered_elements_is_the_stores_own() -> None:
    """Every second element is copied to be written, and the copy is nobody's."""
    array = np.full(2 * LENGTH, 7.5)
    assert releasing(buffers_of(array[::2])) is not None
    assert array.min() == 7.5


def test_what_may_have_to_be_written_twice_stays(tmp_path: Path) -> None:
    """Where something was fetched from elsewhere, what is made here may have to take its place."""
    store = TieredStore(str(tmp_path / "store"), [], str(tmp_path / "elsewhere"))
    store.known.set("ab" * 16, Known("place", "00" * 32, 1, taken=True))
    told: list[int] = []
    store.put(made(), told.append)
    assert told == []


def test_what_is_fetched_at_the_same_moment_is_refused(tmp_path: Path) -> None:
    """Another thread fetches the object while it is written: it cannot be written again, and neither is believed."""
    store = TieredStore(str(tmp_path / "store"), [], str(tmp_path / "elsewhere"))
    blob = FolderStore(str(tmp_path / "other")).put(made()).hash

    def written(size: int) -> None:
        store.known.set(blob, Known("s3://place", "00" * 32, size, taken=True))

    with pytest.raises(StoreError, match="fetched from s3://place"):
        store.put(made(), written)
    assert store.stat(blob) is None


DODO = """\
from lineage import pipeline
from lineage.formats import release
from tasks.large import check, keep, make


class Told(release._Release):
    def __call__(self, written):
        super().__call__(written)
        with open("released.txt", "a") as file:
            file.write(f"{written}\\n")


release._Release = Told


@pipeline
def large():
    values = make()
    kept = keep()
    total, same = check(values, kept)
"""
STEPS = """\
from typing import Annotated

import numpy as np

from lineage import step

KEPT = []


@step
def make() -> np.ndarray:
    return np.arange(9_000_000, dtype=float)


@step
def keep() -> np.ndarray:
    KEPT.append(np.arange(1, 9_000_001, dtype=float))
    return KEPT[0]


@step(cache=False)
def check(values: np.ndarray, kept: np.ndarray) -> tuple[Annotated[float, "total"], Annotated[bool, "same"]]:
    return float(values.sum()), all((each == kept).all() for each in [*KEPT, values + 1])
"""


@pytest.mark.parametrize("how", [(), ("-n", "2"), ("-n", "2", "-P", "thread")], ids=str)
def test_steps_are_not_disturbed(project: Callable[[Mapping[str, str]], Project], how: tuple[str, ...]) -> None:
    """What a step returns and keeps another step of its process finds as it was; what it gives away is stored whole."""
    large = project({"dodo.py": DODO, "tasks/__init__.py": "", "tasks/large.py": STEPS})
    large.doit("run", *how)
    assert large.artifact("large/total").read_text().strip() == f"{sum(range(9_000_000))}.0"
    assert large.artifact("large/same").read_text().strip() == "true"
    # Of the two large arrays the one that nobody has kept, piece by piece.
    pieces = [int(line) for line in large.read("released.txt").split()]
    assert pieces[-1] == large.artifact("large/values").stat().st_size
    assert len(pieces) == len(set(pieces)) > 3
