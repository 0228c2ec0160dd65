"""The first run of trivial steps, everything recorded, over a bare loop that remembers nothing.

python benchmarks/first_run.py [--folder DIR ...] [--steps 1000] [--rounds 7]

A step makes two files (an object, and the link that is its readable path), so what a folder charges for a new file
counts twice. That is measured beside it, in the same folder and at the same time, because it says more about the disk
than about us: ext4 without a journal goes past every inode that was removed in the last minutes whenever it makes a
file, and then asks up to 100 times as much as at other times. So nothing is removed here before all is measured.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

import graphs
from measure import (
    PYTHON,
    Cost,
    cost,
    cpu,
    creation,
    difference,
    first_run,
    folders,
    paired,
    project,
    table,
    tell_pace,
)


def main() -> None:
    """Measure and print one row a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, nargs="+", default=folders(), help="where the project is made")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--git-files", type=int, default=1000)
    options = parser.parse_args()
    tell_pace()
    table(
        f"first run of {options.steps:,} steps, CPU s, medians of {options.rounds}",
        ["folder", "a new file", "bare loop", "lineage", "a step over the loop", "each further step", "at most"],
        [measured(folder, options) for folder in options.folder],
    )


def measured(folder: Path, options: argparse.Namespace) -> Sequence[object]:
    """Measure in one folder and return its row."""
    new_file: list[float] = []
    with (
        tempfile.TemporaryDirectory(dir=folder) as attic,
        project(graphs.lineage_chain(options.steps), options.git_files, folder) as ours,
        project(graphs.lineage_chain(1), options.git_files, folder) as one,
        project(graphs.bare_loop(options.steps), folder=folder) as bare,
    ):

        def lineage() -> Cost:
            found = first_run(ours, attic=Path(attic))
            new_file.append(creation(ours / ".lineage"))
            return found

        cases = {
            "lineage": lineage,
            "one step": lambda: first_run(one, attic=Path(attic)),
            "loop": lambda: cost([*PYTHON, "loop.py"], bare),
        }
        found = paired(cases, options.rounds)
    per_step = 1000 * difference(found["lineage"], found["loop"]) / options.steps
    each_more = 1000 * difference(found["lineage"], found["one step"]) / max(options.steps - 1, 1)
    return [
        str(folder),
        f"{1000 * statistics.median(new_file):.3f} ms",
        cpu(found["loop"]),
        cpu(found["lineage"]),
        f"{per_step:.2f} ms",
        f"{each_more:.2f} ms",
        "1.50 ms",
    ]


if __name__ == "__main__":
    main()
