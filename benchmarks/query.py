"""`lineage show`, `why` and `diff` of a chain of 1,000 steps, against what `import doit` alone costs.

python benchmarks/query.py [--steps 1000] [--rounds 15]
"""

from __future__ import annotations

import argparse
import json
import subprocess
from functools import partial

import graphs
from measure import DOIT, LINEAGE, PYTHON, cost, cpu, environment, paired, project, ratio, table


def main() -> None:
    """Measure and print a row a command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with project(graphs.lineage_chain(options.steps)) as at:
        cost(DOIT, at)
        runs = json.loads(subprocess.check_output([*LINEAGE, "runs", "--json"], cwd=at, env=environment()))
        last = runs["runs"][-1]["steps"][-1]
        cost([*DOIT, "-a", last["task"]], at)
        commands = [
            ["show", "chain/" + last["outputs"][0]["name"]],
            ["why", last["task"], "--run", "2"],
            ["diff", "1", "2"],
        ]
        cases = {" ".join(words): partial(cost, [*LINEAGE, *words], at) for words in commands}
        cases["import doit"] = partial(cost, [*PYTHON, "-c", "import doit.doit_cmd"], at)
        found = paired(cases, options.rounds)
    base = found.pop("import doit")
    table(
        f"asking about {options.steps:,} steps, CPU s, medians of {options.rounds} pairs",
        ["", "import doit", "lineage", "ratio", "at most"],
        [
            [f"lineage {words}", cpu(base), cpu(each), f"{ratio(each, base):.2f}x", "1.20x"]
            for words, each in found.items()
        ],
    )


if __name__ == "__main__":
    main()
