"""`lineage show` of the last of 1,000 steps, against what `import doit` alone costs.

python benchmarks/query.py [--steps 1000] [--rounds 15]
"""

from __future__ import annotations

import argparse
import json
import subprocess

import graphs
from measure import DOIT, LINEAGE, PYTHON, cost, cpu, environment, paired, project, ratio, table


def main() -> None:
    """Measure and print one row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with project(graphs.lineage_chain(options.steps)) as at:
        cost(DOIT, at)
        runs = json.loads(subprocess.check_output([*LINEAGE, "runs", "--json"], cwd=at, env=environment()))
        name = "chain/" + runs["runs"][-1]["steps"][-1]["outputs"][0]["name"]
        cases = {
            "show": lambda: cost([*LINEAGE, "show", name], at),
            "import doit": lambda: cost([*PYTHON, "-c", "import doit.doit_cmd"], at),
        }
        found = paired(cases, options.rounds)
    a, b = found["show"], found["import doit"]
    table(
        f"the lineage of the last of {options.steps:,} steps, CPU s, medians of {options.rounds} pairs",
        ["", "import doit", "lineage show", "ratio", "at most"],
        [[f"lineage show {name}", cpu(b), cpu(a), f"{ratio(a, b):.2f}x", "1.20x"]],
    )


if __name__ == "__main__":
    main()
