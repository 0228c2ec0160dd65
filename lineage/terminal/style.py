"""How a line of a run looks: symbols, colours, and where which part of it stands.

Apart from `lineage.dodo.console`, so that a run in which nothing happens can print its lines without it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TextIO

from lineage.model.shown import counted

__all__ = ["Style", "in_ci", "step_line", "summary_line", "width_of"]

_SYMBOLS = {"cached": "=", "run": "✓", "failed": "✕", "running": "▶", "pending": "·", "skipped": "–"}  # noqa: RUF001 - a dash, as drawn in the dashboard
_ASCII = {"cached": "=", "run": "+", "failed": "x", "running": ">", "pending": ".", "skipped": "-"}
_COLOURS = {"cached": "32", "run": "34", "failed": "31", "running": "33", "pending": "90", "skipped": "90"}
_NAME_WIDTH = 44


def in_ci() -> bool:
    """Whether GitHub Actions or GitLab runs us (`lineage.terminal.ci` knows what they read)."""
    return os.environ.get("GITHUB_ACTIONS") == "true" or os.environ.get("GITLAB_CI") == "true"


class Style:
    """How a stream is written to: with colours or without, with symbols that it can encode.

    Colours are used on a terminal unless ``NO_COLOR`` is set (https://no-color.org), and elsewhere with
    ``FORCE_COLOR``. The log of a CI system is no terminal, even where one is pretended to be there.

    Attributes
    ----------
    terminal, colour, plain : bool
        Whether it is a terminal, whether it gets colours, and whether it can show letters of ASCII only.
    """

    def __init__(self, stream: TextIO) -> None:
        self.terminal = bool(getattr(stream, "isatty", lambda: False)()) and os.environ.get("TERM") != "dumb"
        self.terminal = self.terminal and not in_ci()
        self.colour = not os.environ.get("NO_COLOR") and (self.terminal or bool(os.environ.get("FORCE_COLOR")))
        self.plain = False
        try:
            "".join(_SYMBOLS.values()).encode(getattr(stream, "encoding", None) or "utf-8")
        except UnicodeEncodeError:
            self.plain = True

    def mark(self, status: str) -> str:
        """Return a status' symbol."""
        return (_ASCII if self.plain else _SYMBOLS)[status]

    def symbol(self, status: str) -> str:
        """Return a status' symbol, in its colour."""
        return self.paint(self.mark(status), _COLOURS[status])

    def paint(self, text: str, code: str) -> str:
        """Return a text in a colour, by its ANSI code."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def dim(self, text: str) -> str:
        """Return a text that steps back."""
        return self.paint(text, "2")


def width_of(longest: int) -> int:
    """Return how wide the column of names is, where the longest name has so many letters."""
    return min(longest, _NAME_WIDTH)


def step_line(style: Style, width: int, status: str, name: str, rest: str = "", aside: str = "") -> str:
    """Return the line of a step, with what steps back at its end.

    Parameters
    ----------
    style : Style
        How it looks.
    width : int
        Of the column of names, in letters.
    status, name, rest, aside : str
        What it says, already such that it is one line (`lineage.model.shown.one_line`).
    """
    told = "  ".join(filter(None, [rest, style.dim(aside) if aside else ""]))
    return f"{style.symbol(status)} {name:<{width}}  {told}".rstrip() + "\n"


def summary_line(
    run_id: int, status: str, counts: Mapping[str, int], seconds: str, saved: str, plain_failed: int = 0
) -> str:
    """Return the summary line: ``run 7: 2 run, 1 cached, 0 failed, 1.1 s, saved 0.4 s``.

    Parameters
    ----------
    run_id : int
        The run.
    status : str
        How it ended.
    counts : mapping of str to int
        Its steps by status.
    seconds, saved : str
        What it took, and what its cached steps did not take.
    plain_failed : int
        How many plain doit tasks failed; they are no steps, and so not among ``failed``.
    """
    parts = [f"{counts.get(name, 0)} {name}" for name in ("run", "cached", "failed")]
    parts += [f"{counts[name]} {name}" for name in ("skipped", "pending") if counts.get(name)]
    parts.append(seconds)
    if counts.get("cached"):
        parts.append(f"saved {saved}")
    if plain_failed:
        parts.append(f"{counted(plain_failed, 'plain task')} failed")
    if status in ("interrupted", "lost"):
        parts.append(status)
    return f"run {run_id}: {', '.join(parts)}\n"
