"""The dashboard in a real Chromium: first paint, from a commit to changed pixels, one update's work, and idle pages.

python benchmarks/dashboard.py [--rounds 15] [--pages 50] [--large 10000]

First paint is from the beginning of the page's load until the picture is on the screen. For the way from a commit to
changed pixels a row of the records is changed as a run changes it. All are wall times, so nothing else may run.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import graphs
import pictures
from measure import DOIT, LINEAGE, cost, environment, project, table
from playwright.sync_api import Browser, CDPSession, sync_playwright

#: How a Chromium is started that asks nobody and shows nothing.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: Notes when the page was drawn for the first time, and each time after that.
WITNESS = """
window.drawn = [];
const note = () => requestAnimationFrame(() => requestAnimationFrame(() => {
  window.drawn.push(performance.timeOrigin + performance.now());
}));
new MutationObserver(() => {
  if (!document.documentElement.hasAttribute("data-ready") || window.firstAt) return;
  window.firstAt = 1;
  note();
  const { canvas } = lineage;
  const [show, restate] = [canvas.show.bind(canvas), canvas.restate.bind(canvas)];
  canvas.show = (picture) => { show(picture); note(); };
  canvas.restate = (...told) => { const changed = restate(...told); if (changed) note(); return changed; };
}).observe(document, { attributes: true, subtree: true, attributeFilter: ["data-ready"] });
"""
DIGITS = ("dodo.py", "tasks/__init__.py", "tasks/digits.py")


@contextmanager
def served(root: Path) -> Iterator[tuple[str, int]]:
    """Serve a project's dashboard; yields its address and its process."""
    child = subprocess.Popen(
        [*LINEAGE, "dashboard", "--port", "0", "--no-plan"],
        cwd=root,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    try:
        found = re.search(r"http://\S+", child.stdout.readline())
        assert found is not None, "it says no address"
        time.sleep(5)  # it reads the records once before it is asked
        yield found[0], child.pid
    finally:
        child.terminate()
        child.wait(20)


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def first_paint(chrome: Browser, address: str, query: str) -> float:
    """Return the milliseconds until a page is drawn."""
    page = opened(chrome, address, query)
    found = page.evaluate("window.drawn[0] - performance.timeOrigin")
    page.close()
    return float(found)


def opened(chrome: Browser, address: str, query: str) -> Any:
    """Open a page, and wait until it is drawn."""
    page = chrome.new_page(viewport={"width": 1280, "height": 800})
    page.add_init_script(WITNESS)
    page.goto(f"{address}{query}")
    wait_drawn(page, 0)
    return page


def wait_drawn(page: Any, seen: int) -> None:
    """Wait until a page was drawn once more (asked again and again: its policy allows no waiting inside)."""
    end = time.monotonic() + 60
    while page.evaluate("window.drawn.length") <= seen:
        if time.monotonic() > end:
            raise TimeoutError("the page was not drawn within a minute")
        time.sleep(0.02)


def updates(page: Any, root: Path, rounds: int) -> tuple[float, float]:
    """Change the records again and again; return the milliseconds until pixels change, and of the page's own work."""
    session: CDPSession = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    waits, works = [], []
    with closing(sqlite3.connect(root / ".lineage" / "metadata.sqlite", timeout=30)) as database:
        row = database.execute("SELECT max(step_run_id) FROM step_run WHERE status = 'run'").fetchone()[0]
        for number in range(rounds):
            time.sleep(1.5)
            before, seen = work(session), page.evaluate("window.drawn.length")
            database.execute(
                "UPDATE step_run SET status = ? WHERE step_run_id = ?", ("run" if number % 2 else "failed", row)
            )
            database.commit()
            began = time.time() * 1000
            wait_drawn(page, seen)
            waits.append(page.evaluate(f"window.drawn[{seen}]") - began)
            time.sleep(0.3)
            works.append(work(session) - before)
        database.execute("UPDATE step_run SET status = 'run' WHERE step_run_id = ?", (row,))
        database.commit()
    return statistics.median(waits), statistics.median(works)


def work(session: CDPSession) -> float:
    """Return the milliseconds that a page's main thread has worked."""
    found = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    return 1000 * float(found["TaskDuration"])


def idle(chrome: Browser, address: str, pid: int, pages: int, seconds: float = 20.0) -> float:
    """Return the share of a core that the server takes while pages are open and nothing happens."""
    all_pages = [chrome.new_page() for _ in range(pages)]
    for page in all_pages:
        page.goto(address)
    for page in all_pages:
        page.wait_for_selector("html[data-ready]", timeout=60_000)
    time.sleep(3)
    before = cpu_seconds(pid)
    time.sleep(seconds)
    share = (cpu_seconds(pid) - before) / seconds
    for page in all_pages:
        page.close()
    return share


def example() -> Mapping[str, str]:
    """Return the repository's own pipeline: 8 symbols."""
    root = Path(__file__).resolve().parent.parent
    return {name: (root / name).read_text() for name in DIGITS}


def main() -> None:
    """Measure and print a row a project."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--pages", type=int, default=50)
    parser.add_argument("--large", type=int, default=10_000)
    options = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("there is no chromium on the path (apt install chromium)")
    cases = {
        "digits": (example(), "", "1,000 ms", "200 ms"),
        "1,000 symbols, all drawn": (graphs.picture_project(pictures.pipeline(1000)), "?all=1", "2,000 ms", "350 ms"),
        f"{options.large:,} steps, focused": (graphs.lineage_chain(options.large), "", "2,500 ms", "-"),
    }
    rows: list[list[object]] = []
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for name, (files, query, paint_target, wait_target) in cases.items():
            with project(files) as root:
                cost(DOIT, root)
                with served(root) as (address, pid):
                    paints = [first_paint(chrome, address, query) for _ in range(options.rounds)]
                    page = opened(chrome, address, query)
                    wait, worked = updates(page, root, options.rounds)
                    page.close()
                    share = f"{100 * idle(chrome, address, pid, options.pages):.1f} %" if not rows else "-"
            paint = statistics.median(paints)
            rows.append(
                [name, f"{paint:,.0f} ms", paint_target, f"{wait:.0f} ms", wait_target, f"{worked:.0f} ms", share]
            )
        chrome.close()
    table(
        f"dashboard, medians of {options.rounds} (at most 60 ms of page CPU an update, 5 % of a core for idle pages)",
        ["", "first paint", "at most", "commit to pixels", "at most", "page CPU", f"{options.pages} idle pages"],
        rows,
    )


if __name__ == "__main__":
    main()
