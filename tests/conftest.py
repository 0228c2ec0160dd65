"""Fixtures of the end-to-end tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from faults import fault, nobody, pytest_runtest_makereport, small_disk_at
from hypothesis import HealthCheck, settings
from objectstore import s3
from pages import Opening, browser
from projects import WORDS, Project, digits_project
from reruns import pytest_terminal_summary
from servers import postgres
from sharing import shared
from watching import watching

__all__ = [
    "fault",
    "nobody",
    "postgres",
    "pytest_runtest_makereport",
    "pytest_terminal_summary",
    "s3",
    "shared",
    "watching",
]

# A busy machine is no failure: nothing here asserts a wall time, and neither may the library that draws examples.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Run at least four at once for ``-n auto``: tests wait for servers, disks and processes half of their time."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None  # what its user wants
    return max(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes more than ten seconds")
    config.addinivalue_line("markers", "fresh: commands are processes of their own, not forks (tests/forking.py)")
    config.addinivalue_line("markers", "fault(name=): tries a fault of docs/reliability.md")


@pytest.fixture(autouse=True)
def _fresh(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the commands of a test that says so be processes of their own."""
    monkeypatch.setattr(Project, "fresh", request.node.get_closest_marker("fresh") is not None)


@pytest.fixture
def project(tmp_path: Path) -> Callable[[Mapping[str, str]], Project]:
    """Return a function that writes a project, given as {path: text}, and returns it."""
    return lambda files: Project(tmp_path / "project").write(files)


@pytest.fixture(scope="module")
def chrome() -> Iterator[Any]:
    """A browser without a window."""
    with browser() as started:
        yield started


@pytest.fixture
def opened(chrome: Any) -> Iterator[Opening]:
    """Open pages; one that said an error on its console, or asked another host, fails the test."""
    opening = Opening(chrome)
    yield opening
    opening.close()


@pytest.fixture
def words(project: Callable[[Mapping[str, str]], Project]) -> Project:
    """Three quick steps: collect, counter (a slot), report."""
    return project(WORDS)


@pytest.fixture
def done_words(words: Project) -> Iterator[Project]:
    """The same after the first `doit`."""
    words.doit()
    words.executed()
    return words


@pytest.fixture
def held(words: Project) -> Project:
    """The counter says by the file `reached` that it began, and goes on when `hold` beside the project is gone."""
    waiting = """\
    open("reached", "w").close()
    while os.path.exists("../hold"):
        time.sleep(0.01)
"""
    body, importing = '    note("count")\n', "from lineage import step\n"
    words.edit("tasks/words.py", body, waiting + body)
    words.edit("tasks/words.py", importing, "import os\nimport time\n\n" + importing)
    (words.path.parent / "hold").touch()
    return words


@pytest.fixture
def digits(project: Callable[[Mapping[str, str]], Project]) -> Project:
    """The repository's example in a fresh folder."""
    return project(digits_project())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB at the place of the project."""
    with small_disk_at(tmp_path / "project", "size=3m") as mount:
        yield mount
