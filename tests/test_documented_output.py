"""What the README and docs show as printed is what the real commands print, in a project in that state.

`LINEAGE_PRINTED=write pytest tests/test_documented_output.py` writes into the pages what is printed now.
"""

from __future__ import annotations

import json
import shlex
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from printed import PAGES, Said, Shape, Shown, Tour, blocks, output, session, shapes, visit
from projects import DOIT, LINEAGE, PATIENCE, Project, digits_project, expect, kill, swap, wait_for
from test_notebook import KERNEL

README, COMMANDS, PIPELINES = "README.md", "docs/commands.md", "docs/pipelines.md"


def harder(project: Project) -> None:
    """Edit the trainer."""
    project.edit("tasks/digits.py", "SVC(gamma=gamma)", "SVC(C=10, gamma=gamma)")


def halfway(project: Project) -> str:
    """Ask how far a step is while it waits in its loop."""
    child = project.start(*DOIT)
    wait_for(project.path / "reached", child)
    told = session(project, '>>> from lineage.query import progress\n>>> progress(".")')
    project.write({"go": ""})
    expect(0, project.finish(child))
    return told


def in_a_notebook(project: Project) -> str:
    """Execute the cells that the page has, and ask what they have made."""
    cells = [block.text for block in blocks(PIPELINES) if "def sums(" in block.text or "def total(" in block.text]
    asked = 'lineage.load("sums/result")'
    project.environment["IPYTHONDIR"] = str(project.path.parent / "ipython")
    words = json.dumps([*cells, f"print('>>> {asked}')\nprint({asked})"])
    said = expect(0, project.command(sys.executable, "-c", KERNEL, words)).stdout
    return said[said.rindex(">>> ") :]


def examples(page: str) -> Callable[[Project], object]:
    """Return what executes the blocks of a page that ask in Python."""
    asking = [block.text for block in blocks(page) if block.text.startswith("import lineage\n\nlineage.load(")]
    assert len(asking) == 1, page
    return lambda project: project.python(asking[0])


def in_a_moment(project: Project) -> None:
    """Let each step have taken a moment: where one took much longer, on a busy machine, a line of its own says so."""
    with closing(sqlite3.connect(project.path / ".lineage/metadata.sqlite")) as database, database:
        database.execute("UPDATE step_run SET seconds = 0.1 WHERE status = 'run'")


def half_written(project: Project) -> None:
    """Leave what a killed process leaves."""
    project.write({".lineage/objects/tmp/1-dead.0": "half"})


def git(*lines: str) -> Callable[[Project], None]:
    """Return what tells git something."""
    known = ["git", "-c", "user.name=you", "-c", "user.email=you@example.org"]
    return lambda project: [expect(0, project.command(*known, *shlex.split(line))) for line in lines] and None


def doit(*words: str) -> Callable[[Project], object]:
    """Return what types `doit` between two blocks."""
    return lambda project: project.doit(*words)


def lineage(*words: str) -> Callable[[Project], object]:
    """Return what types `lineage` between two blocks."""
    return lambda project: project.lineage(*words)


def damaged(project: Project) -> None:
    """Append a byte to an artifact, through its readable path."""
    path = project.artifact("digits/model")
    path.chmod(0o600)
    with path.open("ab") as file:
        file.write(b"x")


def publishing(project: Project) -> None:
    """Add a plain task."""
    task = (
        'def task_publish():\n    return {"actions": ["echo published"], "file_dep": ["artifacts/digits/model.pkl"]}\n'
    )
    project.write({"dodo.py": f"{project.read('dodo.py')}\n\n{task}"})


def reported(project: Project) -> str:
    """Run, and return the report that compares with the commit before."""
    project.doit("--report", "json:out/run.json", "--against", "HEAD~1")
    return project.read("out/run.json")


@contextmanager
def watching(project: Project, *words: str) -> Iterator[Callable[[], str]]:
    """Give what reads the next line of a `lineage watch`, which is ended in the end; one that hangs is killed."""
    child = project.start(*LINEAGE, "watch", *words)
    late = threading.Timer(PATIENCE, kill, (child,))
    late.start()
    assert child.stdout
    yield child.stdout.readline
    kill(child, signal.SIGINT)
    expect(0, project.finish(child))
    late.cancel()


def first_round(project: Project) -> str:
    """Return the line of a watch that is ended after its first round."""
    with watching(project, "--keep-going", "--json") as line:
        return line()


def watched(project: Project) -> str:
    """Save files beside `lineage watch`, and end it when it has told of the last."""
    edits = [
        ("SVC(gamma=gamma)", "SVC(C=10, gamma=gamma)"),
        ("return SVC(", "# softer\n    return SVC("),
        ("    return SVC(", "    return return SVC("),
    ]
    with watching(project) as line:
        told = ["$ lineage watch\n", line()]
        for old, new in edits:
            project.edit("tasks/digits.py", old, new)
            told.append(line())
    return "".join(told)


#: The reader of the README types what it says, and edits the trainer.
READING = Tour(
    digits_project(),
    [
        Shown(README, "$ .venv/bin/doit"),
        doit(),
        Shown(README, "$ doit trainer=tree_trainer"),
        Shown(COMMANDS, "$ lineage runs"),
        Shown(COMMANDS, "$ lineage artifacts"),
        Shown(COMMANDS, "$ lineage show digits/model"),
        in_a_moment,
        Shown(COMMANDS, "$ lineage diff 1 3"),
        examples(README),
        examples(COMMANDS),
        Shape(COMMANDS, '{"before"', "diff 1 3 --json"),
        Shape(COMMANDS, '{"artifact"', "tag digits/model best --json"),
        Shape(COMMANDS, '{"tags"', "tag --json"),
        Shape(COMMANDS, '{"report"', "report -o out/run.html --json"),
        Shape(COMMANDS, '{"export"', "export --format prov -o out/prov.json --json"),
        Shape(COMMANDS, '{"error"', "show nothing --json", code=3),
        Shape(COMMANDS, '{"fetched"', "fetch --json"),
        lineage("trust", "create", "team"),
        Shape(COMMANDS, '{"keys"', "trust list --json"),
        Shape(COMMANDS, '{"stack", "why"', "stack check --json"),
        harder,
        Shown(README, "$ lineage why trainer"),
        Shown(COMMANDS, "$ lineage plan"),
        Shape(COMMANDS, '{"plan"', "plan --if tasks/digits.py --json"),
        half_written,
        Shape(COMMANDS, '{"dry_run"', "gc --keep-last 1 --json"),
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
        Shape(COMMANDS, '{"runs"', "runs --json"),
        git("add -f artifacts"),
        Shown(COMMANDS, "$ lineage doctor"),
        Shape(COMMANDS, '{"ok", "findings"', "doctor --json", code=1),
        git("rm -qr --cached artifacts"),
        harder,
        publishing,
        git("commit -qam second"),
        Shape(COMMANDS, '{"lineage_report"', reported),
        damaged,
        Shape(COMMANDS, '{"ok", "objects"', "fsck --dry-run --json", code=1),
        Shown(COMMANDS, "$ lineage fsck"),
    ],
)

#: A trainer that draws its numbers from nowhere.
UNSEEDED = Tour(
    {
        "dodo.py": digits_project()["dodo.py"],
        "tasks/__init__.py": "",
        "tasks/digits.py": """\
from typing import NamedTuple

import numpy as np

from lineage import step


class Digits(NamedTuple):
    X_train: np.ndarray
    X_test: np.ndarray
    y_train: np.ndarray
    y_test: np.ndarray


@step
def importer(test_size: float = 0.2) -> Digits:
    X, y = np.arange(10.0), np.arange(10) % 2
    n = round(10 * (1 - test_size))
    return Digits(X[:n], X[n:], y[:n], y[n:])


@step
def svc_trainer(X_train: np.ndarray, y_train: np.ndarray, gamma: float = 0.001) -> np.ndarray:
    return gamma * X_train + np.random.normal(size=X_train.shape)


@step
def tree_trainer(X_train: np.ndarray, y_train: np.ndarray) -> np.ndarray:
    return X_train


@step
def evaluator(X_test: np.ndarray, y_test: np.ndarray, model: np.ndarray) -> float:
    return float(model.mean())
""",
    },
    [
        doit(),
        Shown(COMMANDS, "$ lineage verify"),
        doit("-a", "-s", "digits:trainer"),
        doit("digits:importer", "test_size=0.3"),
        lambda project: project.edit("tasks/digits.py", "X_train.shape", "len(X_train)"),
        lambda project: project.edit("tasks/digits.py", "gamma: float = 0.001", "gamma: float = 0.002"),
        Shape(COMMANDS, '{"query"', "why trainer test_size=0.3 --json"),
    ],
)

#: Files are saved while somebody watches.
WATCHED = Tour(
    digits_project(),
    [Shown(COMMANDS, "$ lineage watch", watched)],
)

#: A number, a step that always fails, and one that would need it.
FAILING = Tour(
    {
        "dodo.py": """\
from lineage import pipeline, step

@step
def number() -> float:
    return 1.0

@step
def broken() -> int:
    raise ValueError("broken")

@step
def after(value: int) -> int:
    return value

@pipeline
def sums():
    total = number()
    value = broken()
    last = after(value)
"""
    },
    [Shape(COMMANDS, '{"changed"', first_round)],
)

#: A step that is held in its loop.
LOOPING = Tour(
    {
        "dodo.py": """\
import os
import time
from lineage import pipeline, step, track

@step
def train() -> int:
    for epoch in track(range(100), "epochs"):
        if epoch == 27:
            time.sleep(0.3)
        if epoch == 28:
            open("reached", "w").close()
            while not os.path.exists("go"):
                time.sleep(0.01)
    return 1

@pipeline
def digits(trainer=train):
    model = trainer()
"""
    },
    [Shown(PIPELINES, ">>> from lineage.query import progress", halfway)],
)

NOTEBOOK = Tour({}, [Shown(PIPELINES, '>>> lineage.load("sums/result")', in_a_notebook)])

#: Steps of which the pages quote a reason.
REASONS = Tour(
    {
        "dodo.py": """\
from lineage import pipeline
from tasks.steps import clock, count, trainer

@pipeline
def digits(trainer=trainer):
    number = count()
    model = trainer(number)
    now = clock()
""",
        "tasks/__init__.py": "",
        "tasks/helper.py": "SCALE = 2\n\ndef scale(x):\n    return SCALE * x\n",
        "tasks/steps.py": """\
import os
from lineage import step
from tasks.helper import scale

@step
def count() -> int:
    return 1

@step(env={"MODE": "show"})
def trainer(number: int) -> int:
    return scale(number) if os.environ.get("MODE") == "fast" else 2 * number

@step(cache=False)
def clock() -> int:
    return 1
""",
    },
    [
        lambda project: project.doit(env={"MODE": "fast"}),
        Said(COMMANDS, "if the change touches tasks/helper.py: SCALE, scale", "lineage plan --if tasks/helper.py"),
        Said(PIPELINES, "cache=False: runs every time", "lineage why clock"),
        lambda project: project.environment.update(MODE="slow"),
        Said(PIPELINES, "MODE: 'fast' became 'slow'", "lineage why trainer"),
    ],
)

TOURS = {
    "reading": READING,
    "tracked": TRACKED,
    "unseeded": UNSEEDED,
    "watched": WATCHED,
    "failing": FAILING,
    "looping": LOOPING,
    "notebook": NOTEBOOK,
    "reasons": REASONS,
}


@pytest.mark.parametrize("tour", TOURS)
def test_what_is_printed_is_what_is_shown(tour: str, tmp_path: Path) -> None:
    """Character by character, but for seconds, dates, hashes, versions and where the project is."""
    wrong = visit(Project(tmp_path / "digits"), TOURS[tour])
    assert not wrong, "\n\n".join(wrong)


#: What looks like output and is a drawing.
DRAWINGS = [Shown("docs/design.md", "commands                               the command `lineage`")]


@pytest.mark.parametrize("page", PAGES)
def test_each_block_of_output_is_looked_at(page: str) -> None:
    """What is neither code nor commands is output, and one of the tours comes to it."""
    stops = [stop for tour in TOURS.values() for stop in tour.stops if isinstance(stop, Shown | Shape)] + DRAWINGS
    for block in [*output(page), *shapes(page)]:
        seen = [stop for stop in stops if block.begins(stop.page, stop.beginning)]
        assert len(seen) == 1, f"{block} is looked at {len(seen)} times"
