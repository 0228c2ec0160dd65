"""The receipt of a run in which nothing had to be done: while all that it has looked at is as it was, nothing has.

Executing dodo.py, planning its pipelines and fingerprinting their steps takes as long as importing doit, and almost
always leads where it has led before. So a run that found everything up to date writes down which files it has looked
at (sources, inputs, stored objects, and those that were not there), what decides besides (the command, Python, where
modules are imported from), and what it printed. The next one compares, and if all is as it was it records and prints
the same; ninja's ``.ninja_log`` and Shake's database skip the reading of unchanged rules in the same way. It is written
by `lineage.dodo.receipts`, and only where it can be told for certain what the run depended on.

What is imported here is imported by every `doit`: little.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
import time
from collections.abc import Sequence
from typing import Any

__all__ = ["FORMAT", "STREAM", "Beginning", "key_of", "path_of", "read", "replay", "seal", "stamp", "stat_of"]

FORMAT = 2
_SUM = 16  # bytes of the checksum before the content
#: The option that is an object of this process: where doit prints.
STREAM = "outfile"
#: Settings from outside count, but not the key of digests: it is secret, and no receipt depends on it.
_OURS, _KEY = "LINEAGE_", "LINEAGE_KEY"


class Beginning:
    """What a run knows of itself before its pipelines are planned.

    Attributes
    ----------
    moment : float
        When it began, in seconds since the epoch.
    key : tuple or None
        The `key_of` the command; ``None`` if there can be no receipt of it.
    executed : sequence of str
        The modules of the project that were executed to know the pipelines.
    """

    __slots__ = ("executed", "key", "moment")

    def __init__(self, key: tuple[Any, ...] | None) -> None:
        self.moment = time.time()
        self.key = key
        self.executed: Sequence[str] = ()


def path_of(root: str) -> str:
    """Return where the receipt of a project is."""
    return os.path.join(root, ".lineage", "receipt")


def seal(content: bytes) -> bytes:
    """Return a content with its checksum before it: marshal does not survive damaged input."""
    return hashlib.blake2b(content, digest_size=_SUM).digest() + content


def read(root: str) -> Any:
    """Return the receipt of a project, ``None`` if there is none that can be read."""
    try:
        with open(path_of(root), "rb") as file:
            data = file.read()
    except OSError:
        return None
    try:
        return marshal.loads(data[_SUM:]) if seal(data[_SUM:]) == data else None
    except (EOFError, ValueError, TypeError):  # of another Python
        return None


def key_of(params: Any, args: list[str], root: str) -> tuple[Any, ...]:
    """Return what decides besides files: the command as it was given, who gives it, this Python and its imports.

    Parameters
    ----------
    params : mapping
        The options of the command, before dodo.py has been loaded.
    args : list of str
        The tasks that it names.
    root : str
        The project's folder.
    """
    given = tuple(sorted((name, repr(value)) for name, value in params.items() if name != STREAM))
    ours = tuple(sorted(item for item in os.environ.items() if item[0].startswith(_OURS) and item[0] != _KEY))
    who = (os.geteuid(), os.path.expanduser("~"))  # what may be read, and what a path with ~ means
    python = (sys.version, sys.prefix, tuple(sys.flags), tuple(sys.warnoptions), tuple(map(str, sys.path)))
    return (FORMAT, root, given, tuple(args), ours, who, python)


def stat_of(path: str) -> tuple[int, int, int, int] | None:
    """Return inode, size, mtime_ns and ctime_ns of what a path leads to; ``None`` where it leads nowhere."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def stamp(path: str) -> bytes:
    """Return the checksum with which a cache of ours begins (`lineage.execute.memory`)."""
    try:
        with open(path, "rb") as file:
            return file.read(_SUM)
    except OSError:
        return b""


def replay(root: str, key: tuple[Any, ...]) -> int:
    """Record and print a run like the last one, if certainly nothing has changed since; return its number, else 0.

    Parameters
    ----------
    root : str
        The project's folder.
    key : tuple
        The `key_of` the command, before dodo.py has been loaded.
    """
    found = read(root)
    if found is None or found[0] != key or found[1] is None or not _holds(root, *found[1:4]):
        return 0
    return _confirm(root, *found[4:])


def _holds(root: str, files: list[tuple[str, Any]], folders: list[tuple[str, str]], memory: bytes) -> bool:
    """Whether each file is as it was, each folder where it was, and nothing was remembered since."""
    if memory != stamp(os.path.join(root, ".lineage", "memory")):
        return False
    if not all(stat_of(path) == stat for path, stat in files):
        return False
    return all(os.path.isdir(path) and os.path.realpath(path) == place for path, place in folders)


def _confirm(root: str, anchor: tuple[int, float], of: int, count: int, saved: float, lines: Any) -> int:
    """Record that the run of id `of` is confirmed, and print its lines; not in another database than that of then."""
    from lineage.dodo.surroundings import GitState, begun
    from lineage.model.shown import show_duration
    from lineage.records.process import is_alive
    from lineage.stack import Stack
    from lineage.terminal.style import Style, step_line, summary_line

    clock, started = time.perf_counter(), time.time()
    # Of another stack no receipt is written, and what says which one is used is as it was.
    stack = Stack(root, default=True)
    try:
        metadata = stack.metadata
        if metadata.select("SELECT started FROM run WHERE run_id = ?", (anchor[0],)) != [(anchor[1],)]:
            return 0
        metadata.sweep_lost(is_alive)
        counts = {"cached": count}
        start = begun(started, GitState(root), {}, executing=False)
        run_id = metadata.confirm_run(start, time.time(), of, counts, saved)
    finally:
        stack.close()
    style = Style(sys.stdout)
    width, told = lines
    text = [step_line(style, width, "cached", *line) for line in told]
    seconds = show_duration(time.perf_counter() - clock)
    text.append(summary_line(run_id, "ok", counts, seconds, show_duration(saved)))
    sys.stdout.write("".join(text))
    sys.stdout.flush()
    return run_id
