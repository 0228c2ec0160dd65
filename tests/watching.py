"""A `lineage watch` that is running, and its processes, for tests that read as sentences."""

from __future__ import annotations

import json
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from projects import LINEAGE, PATIENCE, Project, kill

__all__ = ["Watch", "Watching", "children_of", "processes_of", "until", "watching"]

_LONG_WRITTEN = 0.1  # seconds: what was written while it starts counts as changed, and here it starts within 0.05


class Watch:
    """A `lineage watch --json` that is running."""

    def __init__(
        self,
        project: Project,
        *words: str,
        env: Mapping[str, str] | None = None,
        command: Sequence[str | Path] = LINEAGE,
    ) -> None:
        self.project = project
        time.sleep(_LONG_WRITTEN)
        self.child = project.start(*map(str, command), "watch", "--json", *words, env=env)
        self.said: list[str] = []
        self._lines: queue.Queue[str] = queue.Queue()
        for stream, take in ((self.child.stdout, self._lines.put), (self.child.stderr, self.said.append)):
            threading.Thread(target=self._read, args=(stream, take), daemon=True).start()

    def _read(self, stream: Any, take: Callable[[str], None]) -> None:
        for line in stream:
            take(line)

    def round(self) -> dict[str, Any]:
        """Return the next round."""
        try:
            found: dict[str, Any] = json.loads(self._lines.get(timeout=PATIENCE))
        except queue.Empty:
            raise AssertionError(f"no round came: {self.child.poll()}, {self.said}") from None
        return found

    def quiet(self, seconds: float = 1.0) -> bool:
        """Whether no round is told for a while."""
        time.sleep(seconds)
        return self._lines.empty()

    def edit(self, name: str, old: str, new: str) -> dict[str, Any]:
        """Edit a file; return the round that comes of it."""
        self.project.edit(name, old, new)
        return self.round()

    def end(self, with_signal: int = signal.SIGINT) -> int:
        """End it as Ctrl-C does; return its exit code."""
        kill(self.child, with_signal)
        return self.child.wait(PATIENCE)


@pytest.fixture
def watching() -> Iterator[Callable[..., Watch]]:
    started: list[Watch] = []

    def start(project: Project, *words: str, **options: Any) -> Watch:
        started.append(Watch(project, *words, **options))
        return started[-1]

    yield start
    for each in started:
        kill(each.child)
        each.child.wait()


Watching = Callable[..., Watch]


def until(condition: Callable[[], Any], what: str) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def processes_of(folder: Path) -> list[str]:
    """Return what runs in a folder, by its commands."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(each / "cwd") == str(folder) and "State:\tZ" not in (each / "status").read_text():
                found.append((each / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def children_of(pid: int) -> list[int]:
    """Return the processes that one has forked and not seen the end of."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
