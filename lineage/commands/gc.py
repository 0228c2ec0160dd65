"""``lineage gc``: give back the room of what nobody needs, beside whoever runs."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any, TextIO

from lineage.commands.tables import moment, size, table
from lineage.errors import UsageError
from lineage.model.shown import show_duration
from lineage.stack import FOLDER, Stack

if TYPE_CHECKING:
    from lineage.care.choosing import Choice, Taken
    from lineage.care.collecting import Collection

__all__ = ["gc", "parsed_size"]

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 1 << 10, "mi": 1 << 20, "gi": 1 << 30}
_UNITS["ti"] = 1 << 40
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([kmgt]i?)?b?", re.IGNORECASE)
#: Objects that are listed; beyond, they are counted (``--json`` has all).
_LISTED = 200
_WHY_STAYS = {
    "current": "current",
    "checkout": "current elsewhere",
    "running": "used by a run",
    "unsent": "still to be sent",
    "tagged": "tagged",
    "pinned": "pinned",
    "others": "named by other records",
    "recorded": "recorded",
    "new": "not recorded yet",
}


def gc(
    project: str,
    out: TextIO,
    *,
    keep_last: int | None = None,
    max_size: str | None = None,
    grace: float = 24.0,
    dry_run: bool = False,
    as_json: bool = False,
) -> int:
    """Collect what nobody needs.

    Parameters
    ----------
    project : str
        The project's folder.
    out : TextIO
        Where to print.
    keep_last : int, optional
        Collect recorded versions too, but for the last so many of each artifact.
    max_size : str, optional
        Collect recorded versions too, until the store has at most so many bytes: ``500MB``, ``2GiB``.
    grace : float
        Hours for which an object that no record names stays.
    dry_run : bool
        Only say what would go.
    as_json : bool
        Print JSON.

    Returns
    -------
    int
        0, or 1 if the store is larger than `max_size` because the rest is needed.
    """
    from lineage.care.choosing import Limits
    from lineage.care.collecting import collect

    if keep_last is not None and keep_last < 0:
        raise UsageError(f"--keep-last {keep_last} means nothing", fix="name a number of versions, 0 or more")
    if not 0 <= grace < float("inf"):  # nor what is no number at all (nan)
        raise UsageError(f"--grace {grace:g} means nothing", fix="name hours, 0 or more: --grace 24")
    most = None if max_size is None else parsed_size(max_size)
    dry_run = dry_run or not os.path.isdir(os.path.join(project, FOLDER))  # nothing has run: nothing is made here
    stack = Stack(project, read_only=dry_run)
    try:
        done = collect(stack, Limits(keep_last, most, grace * 3600), _typed(keep_last, max_size), dry_run=dry_run)
    finally:
        stack.close()
    if as_json:
        out.write(json.dumps(_json(done, most, dry_run=dry_run), indent=1) + "\n")
    else:
        _tell(done, most, out, dry_run=dry_run)
    return 0 if most is None or _after(done, dry_run=dry_run) <= most else 1


def parsed_size(text: str) -> int:
    """Return the bytes that ``500MB``, ``2GiB`` or ``1000`` stand for; `UsageError` for anything else."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"'{text}' is no size", fix="write 500MB, 2GiB, 1.5GB or a number of bytes")
    return int(float(match[1]) * _UNITS[(match[2] or "").lower()])


def _typed(keep_last: int | None, max_size: str | None) -> str:
    words = ["lineage gc"]
    words += [f"--keep-last {keep_last}"] if keep_last is not None else []
    words += [f"--max-size {max_size}"] if max_size is not None else []
    return f"`{' '.join(words)}`"


def _gone(done: Collection, *, dry_run: bool) -> list[Taken]:
    return done.choice.taken if dry_run else done.taken


def _after(done: Collection, *, dry_run: bool) -> int:
    """Return the bytes of the store afterwards: somebody may have begun to use what was chosen."""
    return done.choice.before - sum(each.kept.size for each in _gone(done, dry_run=dry_run))


# For people


def _tell(done: Collection, most: int | None, out: TextIO, *, dry_run: bool) -> None:
    gone = _gone(done, dry_run=dry_run)
    if gone:
        out.write(_table(gone))
    out.write(_summary(done, gone, dry_run=dry_run))
    after = _after(done, dry_run=dry_run)
    stays = ", ".join(f"{count} {_WHY_STAYS[why]}" for why, (count, _) in done.choice.stays.items())
    out.write(f"the store {'would have' if dry_run else 'has'} {size(after)}: {stays or 'nothing'}\n")
    if most is not None and after > most:
        out.write(f"that is more than {size(most)}: all that is left is needed, tagged or pinned\n")


def _table(gone: list[Taken]) -> str:
    head = ["object", "size", "last used", "to make again", "why"]
    rows = [_row(each) for each in gone[:_LISTED]]
    more = f"... {len(gone) - _LISTED} more (--json lists all)\n" if len(gone) > _LISTED else ""
    return table([head, *rows], right=(1, 3)) + more


def _row(each: Taken) -> list[str]:
    names = ", ".join(map(str, each.versions)) or each.kept.blob[:12]
    used = max((version.used for version in each.versions), default=each.kept.stored)
    again = show_duration(each.seconds) if each.versions else "-"
    again = "fetched" if each.elsewhere else again
    why = "no record names it" if each.why == "orphan" else f"--{each.why}"
    return [names, size(each.kept.size), moment(used), again, why]


def _summary(done: Collection, gone: list[Taken], *, dry_run: bool) -> str:
    total, again = sum(each.kept.size for each in gone), _seconds(done.choice, gone)
    left, verb = len(done.left), "would free" if dry_run else "freed"
    parts = [f"{verb} {size(total + sum(each for _, each in done.left))}"]
    if gone:
        parts.append(f"{len(gone)} object{'s' * (len(gone) != 1)}, {show_duration(again)} to make them again")
    if left:
        parts.append(f"{left} half-written file{'s' * (left != 1)} of killed processes")
    passed = len(done.choice.taken) - len(gone)
    if passed:
        parts.append(f"{passed} left alone, since a run has begun to use them")
    return ": ".join([parts[0], "; ".join(parts[1:])]) + "\n" if parts[1:] else "nothing to free\n"


def _seconds(choice: Choice, gone: list[Taken]) -> float:
    return choice._replace(taken=gone).seconds


# For scripts


def _json(done: Collection, most: int | None, *, dry_run: bool) -> dict[str, Any]:
    gone = _gone(done, dry_run=dry_run)
    return {
        "dry_run": dry_run,
        "objects": [_object(each) for each in gone],
        "half_written": [{"path": path, "bytes": count} for path, count in done.left],
        "freed_bytes": sum(each.kept.size for each in gone) + sum(count for _, count in done.left),
        "seconds_to_make_again": _seconds(done.choice, gone),
        "passed_over": len(done.choice.taken) - len(gone),
        "stays": {why: {"objects": count, "bytes": total} for why, (count, total) in done.choice.stays.items()},
        "bytes_before": done.choice.before,
        "bytes_after": _after(done, dry_run=dry_run),
        "max_size": most,
    }


def _object(each: Taken) -> dict[str, Any]:
    return {
        "blob": each.kept.blob,
        "bytes": each.kept.size,
        "stored": each.kept.stored,
        "why": each.why,
        "elsewhere": each.elsewhere,
        "seconds": each.seconds if each.versions else None,
        "versions": [
            {"name": one.name, "version": one.version, "last_used": one.used, "run": one.run_id, "seconds": one.seconds}
            for one in each.versions
        ],
    }
