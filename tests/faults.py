"""How often a fault is tried, and what was measured, for the table in docs/reliability.md.

``LINEAGE_FAULTS=full`` takes the numbers of the table instead of those of the ordinary suite; ``LINEAGE_FAULTS_TOLD``
names a file that gets a line of JSON for each test of a fault: which one, what it counted, and how it ended.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from projects import Project

__all__ = ["Fault", "fault", "nobody", "often", "pytest_runtest_makereport", "small_disk_at"]

FULL = os.environ.get("LINEAGE_FAULTS") == "full"
NOBODY = 65534
_KEY = pytest.StashKey["Fault"]()


def often(full: int, quick: int) -> int:
    """Return how often something is tried: `full` where LINEAGE_FAULTS says so."""
    return full if FULL else quick


class Fault:
    """What a test of a fault counts: words that stand in the table as they are."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.counted: dict[str, float] = {}

    def count(self, **counted: float) -> None:
        """Add to what is counted."""
        for word, many in counted.items():
            self.counted[word] = self.counted.get(word, 0) + many


@pytest.fixture
def fault(request: pytest.FixtureRequest) -> Fault:
    """What is counted for the fault that the test is marked with."""
    marker = request.node.get_closest_marker("fault")
    assert marker is not None, "a test that counts says which fault it tries: @pytest.mark.fault(name=NAME)"
    found = Fault(marker.kwargs["name"])
    request.node.stash[_KEY] = found
    return found


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    """Write down how a test of a fault ended."""
    outcome = yield
    report = outcome.get_result()
    marker, path = item.get_closest_marker("fault"), os.environ.get("LINEAGE_FAULTS_TOLD")
    if marker is None or path is None or (report.when != "call" and report.passed) or report.when == "teardown":
        return
    counted = item.stash[_KEY].counted if _KEY in item.stash else {}
    told = {"fault": marker.kwargs["name"], "test": item.nodeid, "outcome": report.outcome, "counted": counted}
    told |= {"seconds": round(call.duration, 1), "why": str(call.excinfo.value) if call.excinfo else ""}
    with open(path, "a") as file:
        file.write(json.dumps(told) + "\n")


@contextmanager
def small_disk_at(place: Path, options: str) -> Iterator[Path]:
    """Mount a small file system of memory; skip the test where that cannot be."""
    if os.geteuid() != 0 or not sys.platform.startswith("linux"):
        pytest.skip("mounting a small file system needs root on Linux")
    place.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"cannot mount a small file system: {made.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


class Nobodys(Project):
    """A project of the user 65534, who is not root; for reading only he is let in everywhere, where Python is too."""

    def start(self, *argv: str, **options: Any) -> subprocess.Popen[str]:
        """Start a command as that user."""
        user = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        reading = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
        return super().start("setpriv", *user, *reading, *argv, **options)

    def write(self, files: Any) -> Project:
        """Write files that are his."""
        super().write(files)
        for path in [self.path.parent, *self.path.parent.rglob("*")]:
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
        return self


@pytest.fixture
def nobody() -> Iterator[Project]:
    """An empty project that belongs to another user than root, who runs its commands."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("becoming another user needs root and setpriv")
    # Not below pytest's own folder, which nobody else may enter.
    folder = Path(tempfile.mkdtemp(prefix="lineage-nobody-"))
    found = Nobodys(folder / "project")
    yield found
    shutil.rmtree(folder)
