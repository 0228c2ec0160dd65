"""One large float32 array made by one step and read by two, against a script that saves it once and maps it twice.

python benchmarks/big.py [--gigabytes 2] [--pairs 15] [--reading all]

Needs three times that much disk (BENCHMARK_TMPDIR says where) and, to be fair, that much memory.

A virtual machine gives the memory that it does not use back to its host every few seconds, and the first touch of each
page after that is charged to whoever touches it: 0.5 s of system time or 5 s for the same script. So what a run will
need is touched just before it. Of what is left of the difference a part does not grow with the data: it is measured
with 1,000 numbers instead, and printed, with what hashing the array takes.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from pathlib import Path

import numpy as np
import xxhash
from measure import (
    DOIT,
    PYTHON,
    Cost,
    cost,
    cpu,
    difference,
    first_run,
    paired,
    peak,
    project,
    ratio,
    table,
    touched_first,
)

READINGS = {"all": "float(values.max())", "little": "float(values[-1])"}
STEPS = """\
import numpy as np

from lineage import step


@step
def make(length: int) -> np.ndarray:
    return np.full(length, 0.5, dtype=np.float32)


@step
def highest(values: np.ndarray) -> float:
    return {reading}


@step
def last(values: np.ndarray) -> float:
    return {reading} + 1
"""
PIPELINE = """\
from lineage import pipeline
from tasks.steps import highest, last, make


@pipeline
def big(length={length}):
    values = make(length)
    top = highest(values)
    end = last(values)
"""
SCRIPT = """\
import numpy as np


def make(length):
    return np.full(length, 0.5, dtype=np.float32)


def highest(values):
    return {reading}


def last(values):
    return {reading} + 1


np.save("values.npy", make({length}))
top = highest(np.load("values.npy", mmap_mode="r"))
end = last(np.load("values.npy", mmap_mode="r"))
"""


def files(length: int, reading: str) -> dict[str, str]:
    """Return the project's files and the script's."""
    texts = {"tasks/__init__.py": "", "tasks/steps.py": STEPS, "dodo.py": PIPELINE, "bare.py": SCRIPT}
    return {
        name: text.replace("{length}", str(length)).replace("{reading}", READINGS[reading])
        for name, text in texts.items()
    }


def bare(at: Path) -> Cost:
    """Run the script into a file that is not there yet."""
    (at / "values.npy").unlink(missing_ok=True)
    return cost([*PYTHON, "bare.py"], at)


def touched(at: Path) -> list[float]:
    """Touch the stored array, then run twice: the second has nothing to hash again."""
    os.utime((at / "artifacts" / "big" / "values.npy").resolve())
    return [cost(DOIT, at).cpu, cost(DOIT, at).cpu]


def hashing(length: int, rounds: int = 5) -> float:
    """Return the CPU seconds that the digest of such an array takes."""
    array = np.full(length, 0.5, dtype=np.float32)
    found = []
    for _ in range(rounds):
        begin = time.process_time()
        xxhash.xxh3_128(array.data).digest()
        found.append(time.process_time() - begin)
    return statistics.median(found)


def main() -> None:
    """Measure and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=2.0)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--reading", choices=sorted(READINGS), default="all", help="how much the readers look at")
    options = parser.parse_args()
    length = int(options.gigabytes * 1e9 / 4)
    with project(files(length, options.reading)) as big, project(files(1000, options.reading)) as small:
        most = int(2.2 * 4 * length)  # in memory and in a file
        cases = {"lineage": lambda: first_run(big), "bare": lambda: bare(big)}
        found = paired({name: touched_first(most, case) for name, case in cases.items()}, options.pairs, warm=False)
        (big / "values.npy").unlink()
        fixed = paired({"lineage": lambda: first_run(small), "bare": lambda: bare(small)}, options.pairs)
        noop = paired({"big": lambda: cost(DOIT, big), "small": lambda: cost(DOIT, small)}, options.pairs)
        after_touch = touched(big)
    a, b = found["lineage"], found["bare"]
    more = difference(a, b)
    table(
        f"one array of {options.gigabytes:g} GB, made once and read twice ({options.reading}), "
        f"medians of {options.pairs} pairs",
        ["", "bare script", "lineage", "difference", "ratio", "at most"],
        [
            ["CPU s", cpu(b), cpu(a), f"{more:+.3f}", f"{ratio(a, b):.2f}x", "1.15x"],
            ["peak MiB", peak(b), peak(a), f"{peak(a) - peak(b):+.0f}", f"{peak(a) / peak(b):.2f}x", "1.10x"],
        ],
    )
    table(
        "what the difference is made of, CPU s",
        ["", "CPU s"],
        [
            ["with 1,000 numbers: starting doit and lineage, recording", difference(fixed["lineage"], fixed["bare"])],
            ["hashing the array", hashing(length)],
        ],
    )
    table(
        "the no-op after it, CPU s",
        ["", "CPU s"],
        [
            ["small data", cpu(noop["small"])],
            ["big data", cpu(noop["big"])],
            ["after touch", after_touch[0]],
            ["once more", after_touch[1]],
        ],
    )


if __name__ == "__main__":
    main()
