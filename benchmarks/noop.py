"""A `doit` with nothing to do, against plain doit on the same graph, in git repositories of 1,000 files.

python benchmarks/noop.py [--steps 3 1000 10000] [--rounds 15]
"""

from __future__ import annotations

import argparse

import graphs
from measure import DOIT, cost, cpu, difference, paired, plain_doit, project, ratio, table

TARGETS = {3: "+20 ms", 1000: "0.85x", 10000: "0.35x"}


def main() -> None:
    """Measure and print one row a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, nargs="+", default=[3, 1000, 10000])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--git-files", type=int, default=1000)
    options = parser.parse_args()
    plain = plain_doit()
    rows = []
    for steps in options.steps:
        with (
            project(graphs.lineage_chain(steps), options.git_files) as ours,
            project(graphs.plain_chain(steps), options.git_files) as theirs,
        ):
            cost(DOIT, ours)
            cost(plain, theirs)
            cases = {"lineage": lambda at=ours: cost(DOIT, at), "plain": lambda at=theirs: cost(plain, at)}
            found = paired(cases, options.rounds)
        a, b = found["lineage"], found["plain"]
        more = f"{1000 * difference(a, b):+.0f} ms"
        rows.append([f"{steps:,}", cpu(b), cpu(a), more, f"{ratio(a, b):.2f}x", TARGETS.get(steps, "")])
    table(
        f"no-op, CPU s, medians of {options.rounds} pairs",
        ["steps", "plain doit", "lineage", "difference", "ratio", "at most"],
        rows,
    )


if __name__ == "__main__":
    main()
