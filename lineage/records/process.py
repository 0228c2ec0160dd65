"""Which process wrote a run, and whether it still lives: what `MetadataStore.sweep_lost` is asked with."""

from __future__ import annotations

import os
from typing import Any

__all__ = ["identity", "is_alive"]


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
