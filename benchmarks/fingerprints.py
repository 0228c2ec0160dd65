"""What code fingerprints of 100 steps over 10 files cost: cold, with a warm index, unchanged, one file edited.

What indexing costs is the difference between cold and warm; the imports that it needs are in it.

Each figure is the CPU time (user and system) of the calls alone, in a fresh process, without the start of Python: the
median of some rounds. Run it by hand: ``python benchmarks/fingerprints.py``.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

STEPS, HELPERS, FUNCTIONS = 100, 9, 25

CHILD = """
import sys, time
from lineage.fingerprint.code import Project

begin = time.process_time()
project = Project({root!r}, {cache!r})
digests = [project.code("steps", f"step_{{number}}").digest for number in range({steps})]
spent = time.process_time() - begin
project.flush()
assert len(set(digests)) == {steps}
print(spent)
"""


def write(root: Path) -> int:
    """Write a project of one module with steps and nine with helpers; return how many lines it has."""
    for number in range(HELPERS):
        text = f"from . import helper_{number + 1}\n\nSCALE = {number}\n" if number + 1 < HELPERS else "SCALE = 0\n"
        for function in range(FUNCTIONS):
            below = f"helper_{number + 1}.help_{function}(x)" if number + 1 < HELPERS else "x"
            text += (
                f"\n\ndef help_{function}(x, by={function}):\n"
                f'    """Help with {function}."""\n'
                f"    total = 0\n    for value in range(by):\n        if value % 2:\n"
                f"            total += value * SCALE\n    return total + {below}\n"
            )
        path = root / "helpers" / f"helper_{number}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (root / "helpers" / "__init__.py").write_text("")
    text = "import numpy as np\nfrom lineage import step\n\nfrom helpers import helper_0\n"
    for number in range(STEPS):
        text += (
            f"\n\n@step\ndef step_{number}(X: np.ndarray, C: float = {number}.0) -> np.ndarray:\n"
            f'    """Do number {number}."""\n    first = X * C\n    if C > 1:\n        first = first + 1\n'
            f"    return first + helper_0.help_{number % FUNCTIONS}(C)\n"
        )
    (root / "steps.py").write_text(text)
    return sum(len(path.read_text().splitlines()) for path in root.rglob("*.py"))


def spent(root: Path) -> float:
    """Return the CPU seconds that the fingerprints of all steps take in a fresh process."""
    code = CHILD.format(root=str(root), cache=str(root / ".cache"), steps=STEPS)
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    return float(done.stdout)


def settle(root: Path) -> None:
    """Make all sources old enough for their file times to be trusted."""
    for path in root.rglob("*.py"):
        os.utime(path, (1_700_000_000, 1_700_000_000))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    found: dict[str, list[float]] = {"cold": [], "warm": [], "unchanged": [], "edited": []}
    indexed: set[int] = set()
    lines = 0
    for turn in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder).resolve()
            lines = write(root)
            settle(root)
            found["cold"].append(spent(root))
            subprocess.run(["sleep", "0.1"], check=True)  # the change times are then older than the kernel's tick
            spent(root)
            (root / ".cache" / "closures").unlink()
            spent_warm = spent(root)
            found["warm"].append(spent_warm)
            found["unchanged"].append(spent(root))
            before = set((root / ".cache").glob("*.idx"))
            helper = root / "helpers" / "helper_4.py"
            helper.write_text(helper.read_text().replace("SCALE = 4", f"SCALE = {turn + 100}"))
            found["edited"].append(spent(root))
            indexed.add(len(set((root / ".cache").glob("*.idx")) - before))
    cost = {name: statistics.median(values) * 1000 for name, values in found.items()}
    print(f"{STEPS} steps, {HELPERS + 1} files, {lines:,} lines; CPU time, medians of {rounds} rounds\n")
    print("| what                       |  measured | at most |")
    print("| -------------------------- | --------: | ------: |")
    print(f"| to index from cold, a line | {(cost['cold'] - cost['warm']) / lines * 1000:6.1f} µs |   30 µs |")
    print(f"| warm index, all steps      | {cost['warm']:6.1f} ms |   40 ms |")
    print(f"| no file changed            | {cost['unchanged']:6.1f} ms |    5 ms |")
    print(f"| one file edited            | {cost['edited']:6.1f} ms |         |")
    print(f"| files indexed for one edit | {'/'.join(map(str, sorted(indexed))):>9} |       1 |")


if __name__ == "__main__":
    main()
