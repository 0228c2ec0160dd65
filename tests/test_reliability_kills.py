"""kill -9 in the middle of publishing: no torn object, no record of what is not there, nothing left behind."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from faults import Fault, often
from projects import DOIT, Project, kill

Write = Callable[[Mapping[str, str]], Project]

PUBLISHING = """
import random, sys
from records import digest, execute, outcome, started, step
from lineage.model.stored import Stored
from lineage.records.sqlite import SqliteStore
from lineage.stores.folder import FolderStore

store, records = FolderStore(sys.argv[1] + "/objects"), SqliteStore(sys.argv[1] + "/metadata.sqlite")
chance = random.Random(int(sys.argv[2]))
noise = chance.randbytes(4_000_000)
run_id = records.begin_run(started())
print("ready", flush=True)
for count in range(10**6):
    data = f"{sys.argv[2]} {count}".encode() + noise
    blob = store.put([data[:1000], data[1000:]])
    value = Stored(digest(blob.hash), blob.hash, blob.size, "bytes", "bytes", {})
    execute(records, run_id, step("p:a", blob.hash), outcome({"p/a": value}))
    print(blob.hash, flush=True)
"""

#: Says of a folder which objects are torn, which rows have none, what the database finds, and how many rows there are.
CHECK = """
import sys
from lineage.records.sqlite import SqliteStore
from lineage.stores.folder import FolderStore

store = FolderStore(sys.argv[1] + "/objects", read_only=True)
torn = [blob for blob in store.blobs() if store.verify(blob) is None]
records = SqliteStore(sys.argv[1] + "/metadata.sqlite", read_only=True)
QUESTION = "SELECT blob FROM artifact_version WHERE blob IS NOT NULL AND blob NOT IN (SELECT blob FROM gone)"
named = {row[0] for row in records.select(QUESTION)}
rotten = [row for row in records.select("PRAGMA quick_check") + records.select("PRAGMA foreign_key_check")]
print([torn, sorted(named - set(store.blobs())), rotten, len(named)])
"""


def checked(folder: Path) -> int:
    """Fail if anything is torn, missing or rotten; return how much is recorded."""
    told = subprocess.run([sys.executable, "-c", CHECK, str(folder)], capture_output=True, text=True, check=True)
    torn, missing, rotten, named = eval(told.stdout)
    assert (torn, missing, rotten) == ([], [], [("ok",)])
    return int(named)


@pytest.mark.fault(name="kills")
def test_publishing_is_killed(tmp_path: Path, fault: Fault) -> None:
    """A process that stores 4 MB and records it, over and over, is killed at random moments."""
    chance, kills, halves = random.Random(time.time_ns()), often(200, 25), 0
    for batch in range(kills // 5):
        folder, acknowledged, seen = tmp_path / str(batch), 0, set[str]()
        for attempt in range(5):
            acknowledged += kill_publishing(folder, batch * 5 + attempt, chance.uniform(0, 0.1))
            halves += bool(half_written(folder) - seen)
            seen |= half_written(folder)
        named = checked(folder)
        assert acknowledged <= named <= acknowledged + 5
        shutil.rmtree(folder)  # the disk is not ours alone
    assert halves, "no kill came while anything was written"
    fault.count(kills=kills, half_written=halves)


def kill_publishing(folder: Path, seed: int, seconds: float) -> int:
    """Publish for a moment; return how many objects were said to be published."""
    code = f"import sys; sys.path[:] = {[*sys.path, str(Path(__file__).parent)]!r}\n{PUBLISHING}"
    child = subprocess.Popen([sys.executable, "-c", code, str(folder), str(seed)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    time.sleep(seconds)
    child.kill()
    told = [line for line in child.stdout if line.endswith("\n")]
    child.wait()
    return len(told)


def half_written(folder: Path) -> set[str]:
    """Return the temporary files that are there."""
    return {path.name for path in folder.glob("objects/tmp/*") if path.suffix != ".lock"}


CHAIN = {
    "dodo.py": """\
from lineage import pipeline, step


@step
def advance(value: int, number: int) -> int:
    return value + number


@step
def pad(value: int) -> bytes:
    return str(value).encode() * 1_000_000


@pipeline
def chain(start=0):
    value = start
    for number in range(6):
        value = advance(value, number)
        padded = pad(value)
"""
}


@pytest.mark.fault(name="kills")
def test_doit_is_killed(project: Write, fault: Fault) -> None:
    """Whenever doit is killed, the next run completes, and after `lineage gc` nothing half written is left."""
    killed = project(CHAIN)
    began = time.monotonic()
    killed.doit()
    takes = time.monotonic() - began
    chance, kills, hits, halves = random.Random(time.time_ns()), often(40, 8), 0, 0
    for attempt in range(1, 1 + kills):
        child = killed.start(*DOIT, f"start={attempt}", *chance.choice([[], ["-n", "2"]]))
        timer = threading.Timer(chance.uniform(0.2, 1) * takes, kill, [child])
        timer.start()
        done = killed.finish(child)
        timer.join()
        assert done.code in (0, -9), done.printed
        hits += done.code == -9
        halves += bool(half_written(killed.path / ".lineage"))
        if attempt % 4 == 0 or attempt == kills:
            checked(killed.path / ".lineage")
            killed.doit(f"start={attempt}")
            assert set(killed.rerun(f"start={attempt}").values()) == {"cached"}
            killed.lineage("gc", "--keep-last", "1", "--grace", "0")
            assert half_written(killed.path / ".lineage") == set()
    assert hits
    fault.count(kills=hits, half_written=halves)
