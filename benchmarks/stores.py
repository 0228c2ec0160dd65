"""What the stores cost, in CPU milliseconds (user + system) of this process.

python benchmarks/stores.py [--versions 1000000] [--url s3://bucket/folder?endpoint=...] [--postgres postgresql://...]

- publish: an object of 1 kB, and an array of 128 MB against `np.save`;
- record: a step that starts and ends, in SQLite and (with `--postgres`) on a server;
- closure: the lineage of a version in a store of many runs of 50 steps each, and of a chain of 1,000;
- a hit (with `--url`): a record of a result and its object of 4 KiB, from a shared cache.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np
from measure import creation, folders, table, touch
from xxhash import xxh3_128_hexdigest

from lineage.formats.array import Array
from lineage.model.stored import Entry, Stored
from lineage.query import History
from lineage.query.closure import _upstream_ids as upstream_ids
from lineage.records.process import identity
from lineage.records.protocol import MetadataStore, RunStart, StepOutcome, StepStart
from lineage.records.sqlite import SqliteStore
from lineage.stores.folder import FolderStore

STEPS = 50


def spent(call: Callable[[], object]) -> float:
    """Return the CPU milliseconds of a call."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    call()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return 1000 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def median(call: Callable[[], object], rounds: int) -> float:
    """Return the median CPU milliseconds of a call."""
    return statistics.median(spent(call) for _ in range(rounds))


def digest(*words: object) -> str:
    return xxh3_128_hexdigest(repr(words).encode())


# Objects


def small_objects(folder: Path, count: int = 1000) -> float:
    """Return what publishing an object of 1 kB costs."""
    store = FolderStore(str(folder / "small"))
    contents = [os.urandom(1000) for _ in range(count)]
    store.put([b"first"])
    return spent(lambda: [store.put([content]) for content in contents]) / count


def large_array(folder: Path, rounds: int = 21) -> tuple[float, float]:
    """Return what publishing 128 MB costs, and how much that is of what `np.save` costs: the medians over pairs."""
    format = Array()
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(rounds):
        touch(1 << 30)
        array = np.random.default_rng(number).random(16_000_000)
        path = folder / f"{number}.npy"

        def save(path: Path = path, array: np.ndarray = array) -> None:
            np.save(path, array)

        def publish(number: int = number, array: np.ndarray = array) -> None:
            FolderStore(str(folder / f"large{number}")).put(format.encode(array).buffers or ())

        # In turns, so that none always finds the memory that the other has just given back.
        for call, costs in ((save, theirs), (publish, ours))[:: -1 if number % 2 else 1]:
            costs.append(spent(call))
            for each in (path, *(folder / f"large{number}").glob("??/*")):
                each.unlink(missing_ok=True)
    return statistics.median(ours), statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


# Records


def start_of_run() -> RunStart:
    return RunStart(command="doit", started=time.time(), project="/p", user="me", **identity())


def step(number: int, run: int) -> StepStart:
    name = f"s{number}"
    return StepStart(
        f"chain:{name}", "chain", name, name, "tasks.chain", "Do it.", digest(run, number), position=number
    )


def outcome(number: int, run: int) -> StepOutcome:
    """Return what a step of a chain gave."""

    def value(at: int) -> tuple[str, str]:
        return f"chain/x{at}", digest("value", run, at)

    name, made = value(number)
    taken = [("x", *value(number - 1))] if number else []
    manifest = tuple(Entry("parameter", f"p{each}", digest(run, number, each), "1") for each in range(8))
    stored = Stored(made, digest("blob", made), 8, "json", "int", {"value": number})
    return StepOutcome(0.5, outputs=[(name, stored)], inputs=taken, manifest=manifest, fingerprint=digest(run, number))


def record(store: MetadataStore, run: int, steps: int) -> float:
    """Record a run; return what a step costs."""
    run_id = store.begin_run(start_of_run())
    rows = [(step(number, run), outcome(number, run)) for number in range(steps)]

    def all_steps() -> None:
        store.plan_steps(run_id, [start for start, _ in rows])  # as doit does before the first one starts
        for start, result in rows:
            store.finish_step(store.start_step(run_id, start), result)

    costs = spent(all_steps) / steps
    store.end_run(run_id, "ok", time.time(), 1.0, {"run": steps}, 0.0)
    return costs


def recorded(store: MetadataStore, runs: int = 11, steps: int = 200) -> float:
    """Return what a step costs, the median of several runs; the first one makes what all have."""
    record(store, 0, steps)
    return statistics.median(record(store, run, steps) for run in range(1, runs + 1))


def fill(store: SqliteStore, versions: int) -> None:
    """Write many runs at once: what is measured is reading."""
    record(store, 0, STEPS)
    runs = versions // STEPS
    names: dict[str, int] = dict(store.select("SELECT name, artifact_id FROM artifact"))
    tasks: dict[str, int] = dict(store.select("SELECT name, task_id FROM task"))
    steps: dict[str, int] = dict(store.select("SELECT name, step_id FROM step"))
    now = time.time()
    who = identity()
    with store._write() as cursor:
        for run in range(1, runs):
            run_id, first = run + 1, run * STEPS + 1
            cursor.execute(
                'INSERT INTO run (run_id, status, command, project, started, pid, host, boot_id, "user") '
                "VALUES (?, 'ok', 'doit', '/p', ?, ?, ?, ?, 'me')",
                (run_id, now, who["pid"], who["host"], who["boot_id"]),
            )
            numbers = range(STEPS)
            cursor.executemany(
                "INSERT INTO step_run (step_run_id, run_id, task_id, step_id, position, status, trace, fingerprint, "
                "started) VALUES (?, ?, ?, ?, ?, 'run', 1, ?, ?)",
                [(first + n, run_id, tasks[f"s{n}"], steps[f"s{n}"], n, digest(run, n), now) for n in numbers],
            )
            cursor.executemany(
                "INSERT INTO artifact_version (av_id, artifact_id, version, digest, blob, size, format, type, created, "
                "made_by) VALUES (?, ?, ?, ?, ?, 8, 'json', 'int', ?, ?)",
                [
                    (first + n, names[f"chain/x{n}"], run + 1, digest("value", run, n), digest(run, n), now, first + n)
                    for n in numbers
                ],
            )
            cursor.executemany("INSERT INTO produced VALUES (?, 0, ?)", [(first + n, first + n) for n in numbers])
            cursor.executemany(
                "INSERT INTO consumed VALUES (?, 0, 'x', ?, ?)",
                [(first + n, first + n - 1, first + n - 1) for n in numbers if n],
            )


def closure(project: Path, name: str) -> tuple[float, float, int]:
    """Return what finding all that is upstream of a version costs, reading it too, and how many steps that is."""
    with History(str(project)) as history:
        version = history.find(name)[0]
        found = history.lineage_of(version)
        ids = median(lambda: upstream_ids(history, version), 15)
        return ids, median(lambda: history.lineage_of(version), 15), len(found.steps)


# A shared cache


def hit(url: str, folder: Path, rounds: int = 15, count: int = 80) -> tuple[float, float]:
    """Return the CPU milliseconds and the requests of a result that somebody else has made.

    The median over rounds, since the first ones make the 256 folders of a store.
    """
    from lineage.share.cache import OPEN, SharedCache, action
    from lineage.share.keys import Keyring
    from lineage.share.record import sealed
    from lineage.stores.bucket import Bucket
    from lineage.stores.patience import Patient
    from lineage.stores.tiered import TieredStore, address

    os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
    bucket = Bucket(f"{url.partition('?')[0]}/{os.urandom(6).hex()}?{url.partition('?')[2]}")
    wanted = []
    for number in range(rounds * count):
        data = os.urandom(4096)
        blob, mark = xxh3_128_hexdigest(data), digest("hit", number)
        output = {"name": "a/x", "digest": blob, "blob": blob, "size": 4096, "format": "npy", "type": "array"}
        output |= {"summary": {}, "sha256": sha256(data).hexdigest(), "sent": 4096, "tree": False}
        told = {"version": 1, "of": mark, "fingerprint": mark, "base": mark, "task": "a:b", "outputs": [output]}
        told |= {"discovered": [], "seconds": 1.0, "metrics": {}, "previews": {}, "made": {}}
        told["manifest"] = [["code", f"m{each}", digest(each), "1"] for each in range(20)]
        bucket.put(address(blob), data)
        bucket.put(action(OPEN, mark), sealed(told, None))
        wanted.append((mark, blob))
    asked = [0]

    class Counting(Bucket):
        def _ask(self, *words: object) -> object:  # type: ignore[override]
            asked[0] += 1
            return super()._ask(*words)  # type: ignore[arg-type]

    place = Patient(Counting(bucket._plain + "?" + url.partition("?")[2]), lambda error: None)
    place.get("warm")
    asked[0] = 0
    store = TieredStore(str(folder / "objects"), [place], str(folder / "elsewhere"))
    cache = SharedCache(place, store, Keyring(), lambda text: None)

    def take(first: int) -> None:
        for mark, blob in wanted[first : first + count]:
            if cache.find_discovered(mark) or cache.find_trace(mark) is None or store.bring(blob) is None:
                raise RuntimeError("what was put there is not found")

    costs = [spent(partial(take, number * count)) / count for number in range(rounds)]
    return statistics.median(costs), asked[0] / len(wanted)


def shared(url: str, where: Path) -> list[str]:
    """Return the row of hits that are stored in a folder; a new file alone may cost much there (see first_run.py)."""
    with tempfile.TemporaryDirectory(dir=where) as name:
        costs, requests = hit(url, Path(name))
        file = 1000 * creation(Path(name))
    what = f"a hit of 4 KiB in a shared cache, stored in {where}"
    return [what, f"{costs:.2f} ms (a new file {file:.2f}), {requests:.1f} requests", "1.00 ms, 2"]


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--versions", type=int, default=1_000_000)
    parser.add_argument("--url", help="a place for the shared cache; its credentials are in the environment")
    parser.add_argument("--postgres", help="a database; the address of a schema that is not used")
    options = parser.parse_args()
    found: list[list[str]] = []
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        folder = Path(name)
        found.append(["publish 1 kB", f"{small_objects(folder):.2f} ms", "0.70 ms"])
        large, of_theirs = large_array(folder)
        found.append(["publish a 128 MB array", f"{large:.0f} ms, {of_theirs:.2f}x np.save", "1.30x"])
        sqlite = SqliteStore(str(folder / "records.sqlite"))
        found.append(["record a step, SQLite", f"{recorded(sqlite):.2f} ms", "0.30 ms"])
        if options.postgres:
            from lineage.records.opening import open_postgres

            server = open_postgres(options.postgres, read_only=False)
            found.append(["record a step, PostgreSQL", f"{recorded(server):.2f} ms", "0.30 ms"])
        chain = folder / "chain" / ".lineage"
        chain.mkdir(parents=True)
        record(SqliteStore(str(chain / "metadata.sqlite")), 0, 1000)
        ids, whole, steps = closure(chain.parent, "chain/x999")
        found.append([f"what is upstream, {steps:,} steps", f"{1000 * ids / steps:.1f} us a row", "3.0 us"])
        found.append(["the same with all that is known of it", f"{1000 * whole / steps:.1f} us a row", ""])
        many = folder / "many" / ".lineage"
        many.mkdir(parents=True)
        fill(SqliteStore(str(many / "metadata.sqlite")), options.versions)
        ids, whole, steps = closure(many.parent, f"chain/x{STEPS - 1}@{options.versions // STEPS // 2}")
        among = f"{steps} steps among {options.versions:,} versions"
        found.append([f"what is upstream, {among}", f"{ids:.2f} ms", "1.00 ms"])
        found.append(["the same with all that is known of it", f"{whole:.2f} ms", ""])
        if options.url:
            for where in folders():
                found.append(shared(options.url, where))
    table("what the stores cost, CPU", ["", "measured", "at most"], found)


if __name__ == "__main__":
    main()
