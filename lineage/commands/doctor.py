"""``lineage doctor``: is anything wrong here, why, and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import chain
from typing import TextIO

from lineage.commands.checks import around
from lineage.commands.habits import inside
from lineage.model.checked import Finding
from lineage.model.shown import one_line
from lineage.terminal.style import Style

__all__ = ["doctor"]


def doctor(project: str, out: TextIO, *, as_json: bool = False) -> int:
    """Print what was looked at, and how it stands.

    Parameters
    ----------
    project : str
        The project's folder.
    out : TextIO
        Where to print.
    as_json : bool
        Print ``{"ok", "findings"}``; see docs/commands.md.

    Returns
    -------
    int
        0 if all is well, 1 if something is to be mended.
    """
    findings: list[Finding] = []
    style = Style(out)
    for each in chain(around(project), inside(project)):
        findings.append(each)
        if not as_json:
            out.writelines(_lines(each, style))
            out.flush()
    wrong = sum(not each.ok for each in findings)
    if as_json:
        out.write(json.dumps({"ok": not wrong, "findings": [each.plain() for each in findings]}, indent=1) + "\n")
    else:
        out.write(f"{wrong} of {len(findings)} to be mended\n" if wrong else "all is well\n")
    return int(bool(wrong))


def _lines(found: Finding, style: Style) -> Iterable[str]:
    symbol, colour = ("run", "32") if found.ok else ("failed", "31")
    yield f"{style.paint(style.mark(symbol), colour)} {found.what:<17} {one_line(found.found)}\n"
    for word, text in (("why", found.why), ("fix", found.fix)):
        if text and not found.ok:
            yield f"    {word}: {one_line(text)}\n"
