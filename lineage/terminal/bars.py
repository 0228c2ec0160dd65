"""How the console draws how far a step is (`lineage.track`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lineage.model.shown import show_duration

__all__ = ["bars"]

_WIDTH = 16
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def bars(loops: Sequence[dict[str, Any]], now: float, *, plain: bool = False) -> str:
    """Return the bars of a step's loops, each with two spaces before it.

    Parameters
    ----------
    loops : sequence of dict
        ``{"label", "done", "total", "since", "at"}``, the outermost first.
    now : float
        Unix seconds.
    plain : bool
        Whether only ASCII can be shown.

    Returns
    -------
    str
        ``  epochs ████▌░░░░░░░░░░░ 28 % 28/100 12 s left``; without a total ``  rows 1,234``.
    """
    return "".join(f"  {_bar(loop, now, plain=plain)}" for loop in loops)


def _bar(loop: dict[str, Any], now: float, *, plain: bool) -> str:
    done, total = loop["done"], loop["total"]
    label = f"{loop['label']} " if loop["label"] else ""
    if not total or done > total:
        return f"{label}{done:,}"
    # The next item has taken some of its time already.
    seconds = (loop["at"] - loop["since"]) * (total - done) / done - (now - loop["at"]) if done else 0.0
    left = f" {show_duration(seconds)} left" if done < total and seconds > 0 else ""
    return f"{label}{_drawn(done / total, plain=plain)} {100 * done // total} % {done:,}/{total:,}{left}"


def _drawn(part: float, *, plain: bool) -> str:
    if plain:
        return "[" + ("#" * int(part * _WIDTH)).ljust(_WIDTH, ".") + "]"
    whole, eighths = divmod(int(part * _WIDTH * 8), 8)
    return ("█" * whole + (_EIGHTHS[eighths] if eighths else "")).ljust(_WIDTH, "░")
