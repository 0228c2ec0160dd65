"""How far the steps are that run now, as they tell it themselves (`lineage.track`)."""

from __future__ import annotations

import os
from typing import NamedTuple

from lineage.stack import Stack
from lineage.stores.progress import read_boards

__all__ = ["Bar", "progress"]


class Bar(NamedTuple):
    """How far one loop of a step is.

    Attributes
    ----------
    done : int
        Items that are done.
    total : int or None
        How many there will be; ``None`` if that is not known.
    label : str
        What is counted; may be empty.
    since, at : float
        When the loop began, and when `done` came to be what it is, in Unix seconds.
    """

    done: int
    total: int | None
    label: str
    since: float
    at: float


def progress(project: str | os.PathLike[str]) -> dict[tuple[int, str], tuple[Bar, ...]]:
    """Return how far the steps are that run now.

    Parameters
    ----------
    project : str
        The project's folder.

    Returns
    -------
    dict
        ``{(run, task): bars}`` of the steps that tell it; of nested loops the outermost comes first. It is at most
        0.2 s old, or as old as the last item that was done.
    """
    found = {}
    for told in read_boards(Stack(os.fspath(project), read_only=True).path("progress")):
        bars = tuple(Bar(bar["done"], bar["total"], bar["label"], bar["since"], bar["at"]) for bar in told["bars"])
        if bars:
            found[told["run"], told["task"]] = bars
    return found
