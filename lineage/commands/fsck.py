"""``lineage fsck``: is everything that is kept what was kept? What is not is set aside, told, and made again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import TextIO

from lineage.care.damage import Checked, Damage, check
from lineage.commands.tables import size
from lineage.model.shown import one_line
from lineage.query import History
from lineage.stack import Stack

__all__ = ["fsck"]


def fsck(
    project: str, out: TextIO, *, repair: bool = False, dry_run: bool = False, doit: bool = True, as_json: bool = False
) -> int:
    """Check the stores, the records, the readable paths and doit's database of a project.

    Parameters
    ----------
    project : str
        The project's folder.
    out : TextIO
        Where to print.
    repair : bool
        Run what makes damaged artifacts of the current state again.
    dry_run : bool
        Only look: what is damaged stays where it is.
    doit : bool
        Look at doit's own database too; dodo.py is executed to learn where it is.
    as_json : bool
        Print JSON.

    Returns
    -------
    int
        0 if all is well or mended, 1 if something is damaged and not mended.
    """
    found = _look(project, dry_run=dry_run, doit=doit)
    if repair:
        found = _repaired(project, found)
    if as_json:
        out.write(json.dumps(_json(found), indent=1) + "\n")
    else:
        _tell(found, out)
    return 0 if all(each.mended for each in found.found) else 1


def _look(project: str, *, dry_run: bool, doit: bool) -> Checked:
    stack = Stack(project, read_only=dry_run or not os.path.isdir(os.path.join(project, ".lineage")))
    try:
        with History(project) as history:
            found = check(history, stack)
    finally:
        stack.close()
    return found._replace(found=[*found.found, *_of_doit(project)]) if doit else found


def _of_doit(project: str) -> list[Damage]:
    from lineage.dodo.doitcheck import damage_of

    error = damage_of(project)
    return [] if error is None else [Damage("doit", error.what, "damaged", error.fix or "")]


def _repaired(project: str, found: Checked) -> Checked:
    """Bring back what is damaged, from a shared store or by running its task, and look whether that has helped."""
    fetched = _fetched(project, found)
    wanted: dict[tuple[str, ...], dict[str, None]] = {}
    for each in found.found:
        if each.task and not each.mended and each.blob not in fetched:
            # What a shared store says it has, and has not, doit would not make again by itself.
            options = ("--always", "--single") if each.blob else ()
            wanted.setdefault((*options, *each.words), {})[each.task] = None
    failed = {task for words, tasks in wanted.items() if _run(project, [*words, *tasks]) for task in tasks}
    # The current state is as sound as it was: whether by the same bytes or by new ones.
    left = {(each.kind, each.what) for each in _look(project, dry_run=True, doit=False).found if not each.mended}
    return found._replace(found=[_mended(each, left, fetched, failed) for each in found.found])


def _mended(damage: Damage, left: set[tuple[str, str]], fetched: set[str], failed: set[str]) -> Damage:
    if damage.blob in fetched:
        return damage._replace(mended=True, told="fetched from a shared store")
    # What a shared store says it has is not missing, whatever became of the task.
    is_left = (damage.kind, damage.what) in left or (damage.blob and damage.task in failed)
    if damage.mended or not damage.task or is_left:
        return damage
    return damage._replace(mended=True, told=f"made again by {damage.task}")


def _fetched(project: str, found: Checked) -> set[str]:
    """Fetch what shared stores have; return the hashes of what has come."""
    blobs = {each.blob for each in found.found if each.blob}
    if not blobs:
        return set()
    stack = Stack(project)
    try:
        if stack.sharing is not None:
            stack.sharing.store.bring_ahead(sorted(blobs))
        return {blob for blob in blobs if stack.artifacts.bring(blob) is not None}
    finally:
        stack.close()


def _run(project: str, words: Sequence[str]) -> int:
    """Run doit as its user would, and return its exit code; what it prints is no answer of this command."""
    sys.stderr.write(f"doit {' '.join(words)}\n")
    sys.stderr.flush()
    command = [sys.executable, "-m", "doit", *words]
    return subprocess.run(command, cwd=project, stdout=2, stdin=subprocess.DEVNULL, check=False).returncode  # noqa: S603


def _tell(found: Checked, out: TextIO) -> None:
    for each in found.found:
        symbol = "✓" if each.mended else "✕"
        out.write(one_line(f"{symbol} {each.what}: {each.state}") + "\n")
        out.write(one_line(f"    {each.told}") + "\n")
    looked = f"{found.objects} objects, {size(found.bytes)}"
    bad = sum(not each.mended for each in found.found)
    if not found.found:
        out.write(f"all is well: {looked}, the records, the readable paths\n")
    elif bad:
        can = any((each.task or each.blob) and not each.mended for each in found.found)
        hint = "; `lineage fsck --repair` runs what brings them back" if can else ""
        out.write(f"looked at {looked}: {bad} damaged or missing{hint}\n")
    else:
        out.write(f"nothing is lost: {looked}\n")


def _json(found: Checked) -> dict[str, object]:
    return {
        "ok": all(each.mended for each in found.found),
        "objects": found.objects,
        "bytes": found.bytes,
        "found": [{**each._asdict(), "words": list(each.words)} for each in found.found],
    }
