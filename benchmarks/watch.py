"""From saving a file to the recorded result, beyond the step's own time: `lineage watch` on the digits example.

python benchmarks/watch.py [--edits 20]

Each edit gives the trainer another gamma. What is measured is the wall time from the moment at which the file has been
written to the line that tells of the recorded run, less what the steps took themselves; beside it the same by `doit`.
Wall time, since waiting is what it is about: on a busy machine look at the smallest.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from measure import DOIT, LINEAGE, environment, table

AT_MOST = 1.0
_CALM = 4.0
_REPOSITORY = Path(__file__).resolve().parent.parent
_GAMMA = re.compile(r"gamma: float = [0-9.]+")


def main() -> None:
    """Measure and print one row a way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=20)
    edits = parser.parse_args().edits
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        shutil.copy(_REPOSITORY / "dodo.py", project)
        shutil.copytree(_REPOSITORY / "tasks", project / "tasks", ignore=shutil.ignore_patterns("__pycache__"))
        rows = [_row("lineage watch", watched(project, edits), AT_MOST), _row("doit", typed(project, edits), None)]
    head = ["way", "median", "smallest", "largest", "at most"]
    table(f"from saving to the recorded result beyond the steps' own time, wall s, {edits} edits", head, rows)


def watched(project: Path, edits: int) -> list[float]:
    """Return the seconds of each edit under ``lineage watch``."""
    child = subprocess.Popen(
        [*LINEAGE, "watch", "--json"], cwd=project, env=environment(), stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    found = []
    try:
        child.stdout.readline()
        for _ in range(3):  # the first ones come before the imports are paid
            _edit(project)
            _ran(child)
            time.sleep(_CALM)
        for _ in range(edits):
            time.sleep(1.5)
            began = _edit(project)
            told = _ran(child)
            found.append(time.time() - began - told["seconds"])
    finally:
        child.terminate()
        child.wait()
    return found


def _ran(child: subprocess.Popen[str]) -> dict[str, Any]:
    """Return the next round in which something ran: a file that is read while it is written makes another round."""
    assert child.stdout is not None
    while True:
        told: dict[str, Any] = json.loads(child.stdout.readline())
        if told["ran"]:
            return told


def typed(project: Path, edits: int) -> list[float]:
    """Return the seconds of each edit where somebody types ``doit`` at once."""
    found = []
    for _ in range(edits):
        began = _edit(project)
        subprocess.run(DOIT, cwd=project, env=environment(), check=True, capture_output=True)
        took = time.time() - began
        runs = subprocess.run(
            [*LINEAGE, "runs", "--last", "1", "--json"], cwd=project, env=environment(), check=True, capture_output=True
        )
        steps = json.loads(runs.stdout)["runs"][0]["steps"]
        found.append(took - sum(step["seconds"] for step in steps if step["status"] == "run"))
    return found


def _edit(project: Path) -> float:
    path = project / "tasks" / "digits.py"
    gamma = 0.001 + random.random() / 10_000
    path.write_text(_GAMMA.sub(f"gamma: float = {gamma:.12f}", path.read_text()))
    return time.time()


def _row(name: str, seconds: list[float], at_most: float | None) -> list[str]:
    shown = [f"{value:.2f}" for value in (statistics.median(seconds), min(seconds), max(seconds))]
    return [name, *shown, "" if at_most is None else f"{at_most:.1f}"]


if __name__ == "__main__":
    main()
