"""Which process wrote a run, and whether it still lives: what `MetadataStore.sweep_lost` is asked with."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

__all__ = ["identity", "is_alive", "lost_run"]


def identity() -> dict[str, Any]:
    """Tell this process apart from any other: its number, when it began, the host and the host's boot."""
    pid = os.getpid()
    return {"pid": pid, "process_started": _started(pid), "host": os.uname().nodename, "boot_id": _boot_id()}


def is_alive(process: dict[str, Any]) -> bool:
    """Return whether a process that `identity` described still runs; True if it is on a host that we cannot ask."""
    if process["host"] != os.uname().nodename:
        return True
    if process["boot_id"] != _boot_id():
        return False
    try:
        os.kill(process["pid"], 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return bool(process["process_started"] == _started(process["pid"]))


def lost_run(started: float, steps: Iterable[tuple[str, float, float]]) -> tuple[float, float, dict[str, int], float]:
    """Say how a run ended whose process has gone without a word: for who records that, and for who only reads.

    Parameters
    ----------
    started : float
        When it began.
    steps : iterable of (str, float, float)
        Of each of its steps the status, when it started or ended, and the seconds saved.

    Returns
    -------
    ended, seconds : float
        Its last sign of life is when its last step started or ended.
    counts : dict of str to int
        Its steps by status; what was running has failed.
    saved : float
        Seconds that cached steps did not take.
    """
    counts: dict[str, int] = {}
    ended, saved = started, 0.0
    for status, moment, spared in steps:
        status = "failed" if status == "running" else status
        counts[status] = counts.get(status, 0) + 1
        ended, saved = max(ended, moment), saved + spared
    return ended, ended - started, counts, saved


def _boot_id() -> str:
    return (_read("/proc/sys/kernel/random/boot_id") or "").strip()


def _started(pid: int) -> float | None:
    """Return when a process began, in clock ticks since the boot; None where the system does not tell."""
    stat = _read(f"/proc/{pid}/stat")
    if stat is None:
        return None
    # The second field is the command's name in brackets, which may hold spaces and brackets.
    fields = stat.rpartition(")")[2].split()
    # A zombie is dead: it only waits for its parent to ask how it ended.
    return -1.0 if fields[0] == "Z" else float(fields[19])


def _read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return None
