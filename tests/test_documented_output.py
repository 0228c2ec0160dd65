"""What the README and docs show as printed is what the real commands print, in a project in that state.

`LINEAGE_PRINTED=write pytest tests/test_documented_output.py` writes into the pages what is printed now.
"""

from __future__ import annotations

import shlex
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from printed import PAGES, Shape, Shown, Tour, blocks, commands_only, shapes, visit
from projects import LINEAGE, Project, digits_project, expect, kill, swap

README, COMMANDS, PIPELINES = "README.md", "docs/commands.md", "docs/pipelines.md"


def harder(project: Project) -> None:
    """Edit the trainer."""
    project.edit("tasks/digits.py", "SVC(gamma=gamma)", "SVC(C=10, gamma=gamma)")


def git(*lines: str) -> Callable[[Project], None]:
    """Return what tells git something."""
    known = ["git", "-c", "user.name=you", "-c", "user.email=you@example.org"]
    return lambda project: [expect(0, project.command(*known, *shlex.split(line))) for line in lines] and None


def doit(*words: str) -> Callable[[Project], object]:
    """Return what types `doit` between two blocks."""
    return lambda project: project.doit(*words)


def damaged(project: Project) -> None:
    """Append a byte to an artifact, through its readable path."""
    path = project.artifact("digits/model")
    path.chmod(0o600)
    with path.open("ab") as file:
        file.write(b"x")


def watched(project: Project) -> str:
    """Save files beside `lineage watch`, and end it when it has told of the last."""
    child = project.start(*LINEAGE, "watch")
    assert child.stdout
    lines = ["$ lineage watch", child.stdout.readline()]
    for old, new in (
        ("SVC(gamma=gamma)", "SVC(C=10, gamma=gamma)"),
        ("return SVC(", "# softer\n    return SVC("),
        ("    return SVC(", "    return return SVC("),
    ):
        project.edit("tasks/digits.py", old, new)
        lines.append(child.stdout.readline())
    kill(child, signal.SIGINT)
    expect(0, project.finish(child))
    return "\n".join(line.rstrip("\n") for line in lines)


#: The reader of the README types what it says, and edits the trainer.
READING = Tour(
    digits_project(),
    [
        Shown(README, "$ doit"),
        Shown(README, "$ doit trainer=tree_trainer"),
        Shown(COMMANDS, "$ lineage runs"),
        Shown(COMMANDS, "$ lineage artifacts"),
        Shown(COMMANDS, "$ lineage show digits/model"),
        Shown(COMMANDS, "$ lineage diff 1 2"),
        harder,
        Shown(README, "$ lineage why trainer"),
        Shown(COMMANDS, "$ lineage plan"),
    ],
)

#: A project in git whose importer reads a file that it does not declare, and whose artifacts somebody has added.
TRACKED = Tour(
    {
        **digits_project(),
        "tasks/digits.py": swap(
            digits_project()["tasks/digits.py"],
            "load_digits(return_X_y=True)\n",
            'load_digits(return_X_y=True)\n    y = y + np.loadtxt("data/extra.csv", dtype=int)\n',
        ),
        "data/extra.csv": "0\n",
    },
    [
        git("init -q -b main", "add .", "commit -qm first"),
        Shown(PIPELINES, "$ doit"),
        git("add -f artifacts"),
        Shown(COMMANDS, "$ lineage doctor"),
        git("rm -qr --cached artifacts"),
        damaged,
        Shown(COMMANDS, "$ lineage fsck"),
    ],
)

#: A trainer that draws its numbers from nowhere.
UNSEEDED = Tour(
    {
        **digits_project(),
        "tasks/digits.py": digits_project()["tasks/digits.py"]
        .replace("from sklearn.svm import SVC", "from sklearn.linear_model import SGDClassifier")
        .replace("SVC(gamma=gamma)", "SGDClassifier(alpha=gamma)"),
    },
    [doit(), Shown(COMMANDS, "$ lineage verify")],
)

#: Files are saved while somebody watches.
WATCHED = Tour(digits_project(), [Shown(COMMANDS, "$ lineage watch", watched)])

TOURS = {"reading": READING, "tracked": TRACKED, "unseeded": UNSEEDED, "watched": WATCHED}


@pytest.mark.parametrize("tour", TOURS)
def test_what_is_printed_is_what_is_shown(tour: str, tmp_path: Path) -> None:
    """Character by character, but for seconds, dates, hashes, versions and where the project is."""
    wrong = visit(Project(tmp_path / "digits"), TOURS[tour])
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.parametrize("page", PAGES)
def test_each_block_of_output_is_looked_at(page: str) -> None:
    """What is neither code nor commands is output, and one of the tours comes to it."""
    stops = [stop for tour in TOURS.values() for stop in tour.stops if isinstance(stop, Shown | Shape)]
    output = [block for block in blocks(page) if not block.language and not commands_only(block.text)]
    output += [block for block in blocks(page) if block.language == "python" and ">>>" in block.text]
    for block in [*output, *shapes(page)]:
        seen = [stop for stop in stops if block.begins(stop.page, stop.beginning)]
        assert len(seen) == 1, f"{block} is looked at {len(seen)} times"
