"""The first run of trivial steps, everything recorded, over a bare loop that remembers nothing.

python benchmarks/first_run.py [--steps 1000] [--rounds 7]
"""

from __future__ import annotations

import argparse

import graphs
from measure import PYTHON, cost, cpu, difference, first_run, paired, project, table


def main() -> None:
    """Measure and print one row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--git-files", type=int, default=1000)
    options = parser.parse_args()
    with (
        project(graphs.lineage_chain(options.steps), options.git_files) as ours,
        project(graphs.lineage_chain(1), options.git_files) as one,
        project(graphs.bare_loop(options.steps)) as bare,
    ):
        cases = {
            "lineage": lambda: first_run(ours),
            "one step": lambda: first_run(one),
            "loop": lambda: cost([*PYTHON, "loop.py"], bare),
        }
        found = paired(cases, options.rounds)
    per_step = 1000 * difference(found["lineage"], found["loop"]) / options.steps
    each_more = 1000 * difference(found["lineage"], found["one step"]) / max(options.steps - 1, 1)
    table(
        f"first run, CPU s, medians of {options.rounds}",
        ["steps", "bare loop", "lineage", "a step over the loop", "each further step", "at most"],
        [
            [
                f"{options.steps:,}",
                cpu(found["loop"]),
                cpu(found["lineage"]),
                f"{per_step:.2f} ms",
                f"{each_more:.2f} ms",
                "1.50 ms",
            ]
        ],
    )


if __name__ == "__main__":
    main()
