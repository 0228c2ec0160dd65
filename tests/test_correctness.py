"""The specification as a test: after any edits, an incremental result is what a clean run gives."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping
from pathlib import Path

from projects import Project

FILES = {
    "tasks/__init__.py": "",
    "tasks/numbers.py": "A = {a}\n\n\ndef scale(x):\n    return x * A\n\n\ndef shift(x):\n    return x + {b}\n",
    "tasks/steps.py": """\
from pathlib import Path
from typing import Annotated

from lineage import File, step
from tasks.numbers import scale, shift


@step
def read(file: Annotated[Path, File]) -> list:
    return [int(word) for word in Path(file).read_text().split()]


@step
def scaled(values: list, times: int = {c}) -> list:
    return [scale(value) * times for value in values]


@step
def shifted(values: list, by: int = 0) -> list:
    return [shift(value) + by for value in values]


@step
def clipped(values: list, most: int = {d}) -> list:
    return [min(value, most) for value in values]


@step
def total(values: list, others: list) -> int:
    return sum(values) - sum(others) % {e}
""",
    "dodo.py": """\
from lineage import pipeline
from tasks.steps import clipped, read, scaled, shifted, total


@pipeline
def sums(change={change}, by={by}):
    values = read("in.txt")
    changed = change(values)
    small = clipped(changed)
    moved = shifted(small, by=by)
    result = total(moved, changed)
""",
    "in.txt": "1 2 {f}",
}
CHOICES = {
    "a": ["1", "2"],
    "b": ["0", "3"],
    "c": ["1", "2"],
    "d": ["3", "100"],
    "e": ["2", "3"],
    "f": ["3", "4"],
    "change": ["scaled", "shifted"],
    "by": ["0", "1"],
}


def filled(choice: Mapping[str, str]) -> dict[str, str]:
    """Return the project's files for one choice of every edit."""
    files = dict(FILES)
    for place, value in choice.items():
        files = {name: text.replace("{" + place + "}", value) for name, text in files.items()}
    return files


def expected(choice: Mapping[str, str]) -> int:
    """Return what the pipeline must give, worked out here, without lineage."""
    a, b, c, d, e, f, by = (int(choice[name]) for name in ("a", "b", "c", "d", "e", "f", "by"))
    values = [1, 2, f]
    changed = [v * a * c for v in values] if choice["change"] == "scaled" else [v + b for v in values]
    moved = [min(v, d) + b + by for v in changed]
    return sum(moved) - sum(changed) % e


def test_any_sequence_of_edits_gives_what_a_clean_run_gives(project: Callable[[Mapping[str, str]], Project]) -> None:
    """Random edits of code, helpers, constants, slots, parameters and files, taken back now and then.

    LINEAGE_EDITS sets how many (20 unless told); the seed is printed, and LINEAGE_SEED repeats it.
    """
    seed = int(os.environ.get("LINEAGE_SEED", random.randrange(10**6)))
    print(f"LINEAGE_SEED={seed}")
    moments = random.Random(seed)
    choice = {place: values[0] for place, values in CHOICES.items()}
    edited = project(filled(choice))
    seen: set[tuple[str, ...]] = set()
    for _ in range(int(os.environ.get("LINEAGE_EDITS", "20"))):
        edited.write(filled(choice))
        statuses = edited.rerun(*moments.choice([[], [], ["-n", "2"]]))
        assert edited.artifact("sums/result").read_text().strip() == str(expected(choice)), choice
        if tuple(choice.values()) in seen:
            assert set(statuses.values()) == {"cached"}, choice
        seen.add(tuple(choice.values()))
        for place in moments.sample(sorted(CHOICES), moments.choice([1, 1, 2])):
            choice[place] = moments.choice(CHOICES[place])


def test_two_projects_share_nothing(tmp_path: Path) -> None:
    """A copy of the sources in another folder has its own history."""
    choice = {place: values[0] for place, values in CHOICES.items()}
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        assert set(Project(tmp_path / name / "project").write(filled(choice)).rerun().values()) == {"run"}
