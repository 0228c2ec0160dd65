"""What `-n 2` costs where the step modules import scikit-learn: workers share one import.

python benchmarks/workers.py [--rounds 7]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from measure import PYTHON, cost, cpu, difference, first_run, paired, project, table

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Measure and print the example, serial and with two workers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    files = {name: (ROOT / name).read_text() for name in ("dodo.py", "tasks/__init__.py", "tasks/digits.py")}
    importing = "import sklearn.datasets, sklearn.model_selection, sklearn.svm, sklearn.tree"
    with project(files) as at:
        cases = {
            "import scikit-learn": lambda: cost([*PYTHON, "-c", importing], at),
            "doit": lambda: first_run(at),
            "doit -n 2": lambda: first_run(at, "-n", "2"),
        }
        found = paired(cases, options.rounds)
    rows: list[list[object]] = [[name, cpu(costs)] for name, costs in found.items()]
    rows.append(["-n 2 over serial", f"{difference(found['doit -n 2'], found['doit']):+.3f}"])
    table(f"the first run of the example, CPU s, medians of {options.rounds}", ["", "CPU s"], rows)


if __name__ == "__main__":
    main()
