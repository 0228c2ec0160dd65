"""Pictures of the dashboard for the README and for those who change it: `python docs/screenshots.py FOLDER`.

Makes projects, runs them with the real `doit`, opens the dashboard in a Chromium without a window, and saves a PNG of
each scene in both themes. It needs the extra `dev` and a `chromium` on the path.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DOIT = str(Path(sys.executable).parent / "doit")
LINEAGE = str(Path(sys.executable).parent / "lineage")

FOLDS = {
    "dodo.py": '''\
from lineage import pipeline
from steps import clean, evaluate, fit, load, publish, report, scale, score, select, split


@pipeline
def churn(folds: int = 14):
    """Cross-validate a model of who leaves, and choose."""
    raw = load()
    table = clean(raw)
    scaled, labels = scale(table)
    scores = []
    for fold in range(folds):
        train, test = split(scaled, labels, fold=fold)
        model = fit(train, fold=fold)
        scores.append(score(model, test))
    best = select(scores)
    metrics = evaluate(best, scaled, labels)
    summary = report(metrics, best)
    page = publish(summary)
''',
    "steps.py": '''\
"""Steps of a cross-validation with nothing but the standard library."""

import random
import time
from typing import Annotated

from lineage import step

BAD = None


@step
def load(rows: int = 400) -> list:
    """Read the customers."""
    chance = random.Random(1)
    return [[chance.gauss(0, 1), chance.gauss(2, 3), chance.random() < 0.3] for _ in range(rows)]


@step
def clean(raw: list) -> list:
    """Leave out what cannot be."""
    return [row for row in raw if abs(row[0]) < 3]


@step
def scale(table: list) -> tuple[Annotated[list, "scaled"], Annotated[list, "labels"]]:
    """Bring all columns to one scale."""
    return [[a, b / 3] for a, b, _ in table], [bool(c) for *_, c in table]


@step
def split(scaled: list, labels: list, fold: int) -> tuple[Annotated[list, "train"], Annotated[list, "test"]]:
    """Keep one part for the test."""
    pairs = list(zip(scaled, labels))
    return [p for i, p in enumerate(pairs) if i % 14 != fold], [p for i, p in enumerate(pairs) if i % 14 == fold]


@step
def fit(train: list, fold: int) -> dict:
    """Learn a threshold."""
    time.sleep(0.02 + 0.01 * (fold % 3))
    print(f"fold {fold}: {len(train)} customers")
    if fold == BAD:
        print("threshold went below every value")
        raise ValueError("the threshold does not separate anything: 0 of 371 customers are above it")
    return {"threshold": sum(x[0] for x, _ in train) / len(train), "fold": fold}


@step
def score(model: dict, test: list) -> float:
    """Count how often it is right."""
    right = sum((x[0] > model["threshold"]) == y for x, y in test)
    return right / len(test)


@step
def select(scores: list) -> int:
    """Take the best fold."""
    return max(range(len(scores)), key=scores.__getitem__)


@step
def evaluate(best: int, scaled: list, labels: list) -> dict:
    """Look at all customers."""
    return {"best": best, "customers": len(scaled), "leave": sum(labels) / len(labels)}


@step
def report(metrics: dict, best: int) -> str:
    """Write it down."""
    return f"fold {best} is best; {metrics['leave']:.0%} of {metrics['customers']} customers leave"


@step
def publish(summary: str) -> str:
    """Make a page of it."""
    return f"<h1>{summary}</h1>"
''',
}


def doit(folder: Path, *words: str) -> None:
    """Run doit; a step that fails is part of the picture."""
    subprocess.run([DOIT, *words], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def digits(folder: Path) -> None:
    """Run the example, again, with an edit, and with another trainer."""
    shutil.copy(REPOSITORY / "dodo.py", folder)
    shutil.copytree(REPOSITORY / "tasks", folder / "tasks", ignore=shutil.ignore_patterns("__pycache__"))
    doit(folder)
    doit(folder)
    doit(folder, "trainer=tree_trainer")
    doit(folder)
    steps = folder / "tasks/digits.py"
    steps.write_text(steps.read_text().replace("SVC(gamma=gamma)", "SVC(gamma=gamma, C=2.0)"))
    doit(folder)


def folds(folder: Path) -> None:
    """Run a cross-validation of 49 steps, with one fold that fails at last."""
    for name, text in FOLDS.items():
        (folder / name).write_text(text)
    doit(folder)
    doit(folder)
    doit(folder, "folds=13")
    steps = folder / "steps.py"
    text = steps.read_text().replace("BAD = None", "BAD = 7")
    steps.write_text(text)
    doit(folder, "-c")


def nothing(folder: Path) -> None:
    """Have a pipeline that has not run."""
    (folder / "dodo.py").write_text("")


def report(folder: Path) -> str:
    """Write the newest run as one file; returns where a browser finds it."""
    subprocess.run([LINEAGE, "report", "-o", "report.html"], cwd=folder, stdout=subprocess.DEVNULL, check=True)
    return (folder / "report.html").as_uri()


#: {name of a scene: (project, what the address says, size, what to press)}.
SCENES = {
    "digits": (digits, "", (1440, 860), ()),
    "digits-selected": (digits, "task=digits/model", (1440, 860), ()),
    "digits-why": (digits, "task=digits:trainer", (1440, 860), ()),
    "folds": (folds, "", (1440, 860), ()),
    "folds-failed": (folds, "task=churn:fit@fold:7", (1440, 860), ("expand",)),
    "folds-search": (folds, "q=status:failed", (1440, 860), ("expand",)),
    "report": (folds, "task=churn:fit@fold:7", (1440, 860), ("offline",)),
    "narrow": (digits, "task=digits:trainer", (640, 900), ()),
    "empty": (nothing, "", (1200, 700), ()),
}


@contextmanager
def dashboard(folder: Path) -> Iterator[str]:
    """Serve a project's dashboard in a process of its own; yields its address."""
    command = [sys.executable, "-m", "lineage.commands.main", "dashboard", "--port", "0"]
    code = "import sys; from lineage.commands.main import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "dashboard", "--port", "0"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as served:
        try:
            assert served.stdout is not None
            line = served.stdout.readline()
            threading.Thread(target=served.stdout.read, daemon=True).start()
            yield next(word for word in line.split() if word.startswith("http"))
        finally:
            served.terminate()


def shoot(target: Path, only: list[str]) -> None:
    """Save the pictures of the scenes."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    wanted = {name: scene for name, scene in SCENES.items() if not only or name in only}
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for make in dict.fromkeys(scene[0] for scene in wanted.values()):
            folder = Path(scratch) / make.__name__
            folder.mkdir()
            make(folder)
            with dashboard(folder) as address:
                for name, (project, query, size, keys) in wanted.items():
                    if project is make:
                        for theme in ("light", "dark"):
                            at = report(folder) if "offline" in keys else address
                            _scene(browser, f"{at}?{query}&theme={theme}", target / f"{name}-{theme}.png", size, keys)
        browser.close()


def _scene(browser: object, address: str, target: Path, size: tuple[int, int], keys: tuple[str, ...]) -> None:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, device_scale_factor=1)  # type: ignore[attr-defined]
    page.on("console", lambda said: print(target.name, said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: print(target.name, error))
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
    if "expand" in keys:
        page.evaluate("lineage.expandAll()")
    time.sleep(1)
    page.screenshot(path=target)
    page.close()


if __name__ == "__main__":
    into = Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots")
    into.mkdir(parents=True, exist_ok=True)
    shoot(into, sys.argv[2:])
