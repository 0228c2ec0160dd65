"""A disk that is full when an object is written, when it is recorded, or when its readable path is made."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from faults import Fault, often, small_disk_at
from projects import WORDS, Project, only

Write = Callable[[Mapping[str, str]], Project]
ALL = ("collect", "counter", "report")


class Small(NamedTuple):
    """A project one part of which lies on a small disk."""

    project: Project
    disk: Path


def fill(disk: Path, left: int) -> None:
    """Leave so many bytes, and as many inodes as there are pages in them."""
    filling = disk / "filling"
    with filling.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    os.truncate(filling, max(0, filling.stat().st_size - left))


def fill_inodes(disk: Path, left: int) -> None:
    """Leave so many inodes."""
    folder = disk / "fillings"
    folder.mkdir()
    made = []
    with contextlib.suppress(OSError):
        while True:
            made.append(folder / str(len(made)))
            made[-1].touch()
    for path in made[-1 - left : -1]:
        path.unlink()


def free(disk: Path) -> None:
    """Give all room back."""
    for path in [disk / "filling", *(disk / "fillings").glob("*")]:
        path.unlink(missing_ok=True)
    if (disk / "fillings").exists():
        (disk / "fillings").rmdir()


@pytest.fixture(params=["object", "record", "link"])
def small(request: pytest.FixtureRequest, project: Write, tmp_path: Path) -> Iterator[Small]:
    """Objects, the database, or the readable paths on a disk of 8 MB of their own."""
    made = project(WORDS)
    options = "size=8m,nr_inodes=60" if request.param == "link" else "size=8m"
    with small_disk_at(tmp_path / "small", options) as disk:
        if request.param == "object":
            made.environment["LINEAGE_ARTIFACTS"] = str(disk / "objects")
        elif request.param == "record":
            made.environment["LINEAGE_METADATA"] = f"sqlite:///{disk / 'metadata.sqlite'}"
        else:
            (disk / "artifacts").mkdir()
            (made.path / "artifacts").symlink_to(disk / "artifacts")
        yield Small(made, disk)


@pytest.mark.fault(name="disk")
def test_a_full_disk(small: Small, request: pytest.FixtureRequest, fault: Fault) -> None:
    """Whatever room is left: the path and an exit code; what was there is whole; with room it goes on."""
    project, disk = small
    what = request.node.callspec.params["small"]
    project.doit()
    project.doit("counter=count_unique")
    failed = turn = 0
    room = [0, 1, 2] if what == "link" else [4096 * pages for pages in spread(often(12, 4))]
    for turn, left in enumerate(room):
        (project.path / ".lineage" / "receipt").unlink(missing_ok=True)
        (fill_inodes if what == "link" else fill)(disk, left)
        done = project.doit(f"text={'word ' * (5000 + turn)}", code=None)
        free(disk)
        assert "Traceback" not in done.printed
        assert done.code in (0, 1, 2)
        if done.code:
            failed += 1
            assert "No space left" in done.printed
            assert str(disk) in done.printed or str(project.path / "artifacts") in done.printed
        assert "all is well" in project.lineage("fsck").stdout
        assert project.rerun("counter=count_unique") == only("cached", ALL)
        assert project.doit(f"text={'word ' * (5000 + turn)}").code == 0
        assert project.artifact("words/total").read_text() == f"{5000 + turn}\n"
    assert failed
    fault.count(disks=turn + 1, failed=failed)


def spread(count: int) -> list[int]:
    """Return so many amounts of pages, from none to more than a run writes."""
    return [round(step * 40 / count) for step in range(count)]
