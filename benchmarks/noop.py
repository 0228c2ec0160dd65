"""A `doit` with nothing to do, against plain doit on the same graph, in git repositories of 1,000 files.

python benchmarks/noop.py [--steps 3 1000 10000] [--rounds 15]

Plain doit twice: alone in its environment, and among the packages that are installed here, without lineage. doit itself
takes longer there: it imports cloudpickle where it is installed, and reads the entry points of every distribution.
"""

from __future__ import annotations

import argparse

import graphs
from measure import DOIT, cost, cpu, difference, paired, plain_doit, project, ratio, table, tell_pace

TARGETS = {3: "+20 ms", 1000: "0.85x", 10000: "0.35x"}


def main() -> None:
    """Measure and print one row a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, nargs="+", default=[3, 1000, 10000])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--git-files", type=int, default=1000)
    options = parser.parse_args()
    alone, beside = plain_doit(), plain_doit(alone=False)
    rows = []
    for steps in options.steps:
        with (
            project(graphs.lineage_chain(steps), options.git_files) as ours,
            project(graphs.plain_chain(steps), options.git_files) as theirs,
        ):
            cost(DOIT, ours)
            cost(alone, theirs)
            cases = {
                "lineage": lambda at=ours: cost(DOIT, at),
                "alone": lambda at=theirs: cost(alone, at),
                "beside": lambda at=theirs: cost(beside, at),
            }
            found = paired(cases, options.rounds)
        mine = found["lineage"]
        row = [f"{steps:,}", cpu(mine)]
        for others in (found["alone"], found["beside"]):
            row += [cpu(others), f"{1000 * difference(mine, others):+.0f} ms", f"{ratio(mine, others):.2f}x"]
        rows.append([*row, TARGETS.get(steps, "")])
    tell_pace()
    table(
        f"no-op, CPU s, medians of {options.rounds} pairs",
        ["steps", "lineage", "doit alone", "more", "ratio", "doit, same packages", "more", "ratio", "at most"],
        rows,
    )


if __name__ == "__main__":
    main()
