"""What becomes of one task of a `doit`, as `lineage.dodo.planning` decides it.

Each task is

``run``
    will run: it is not up to date, or would not be even if all that runs before it changed nothing.
``maybe``
    may run: only if what runs before it really changes something that it takes.
``cached``, ``restored``
    will not run: it is up to date, or its outputs come back from history.
``ignored``
    will be skipped: `doit ignore` was told to, of it or of something before it.
``error``
    cannot be told: an input file is missing that no task makes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from lineage.execute.outcome import Outcome
    from lineage.model.stored import Reason

__all__ = ["FRESH", "STALE", "Decision", "Status"]

Status = Literal["run", "maybe", "cached", "restored", "ignored", "error"]
#: Statuses of what will or may run.
STALE = ("run", "maybe")
#: Statuses of what is up to date.
FRESH = ("cached", "restored")


class Decision:
    """What becomes of one task.

    Attributes
    ----------
    status : str
        As in the module.
    waits : list of str
        The tasks before it that will or may run, and make something that it takes.
    told : list of Reason
        The reasons that are known without comparing ingredients.
    outcome : Outcome or None
        What a step that is up to date has put out.
    log : DependencyStatus or None
        What doit itself says of a plain task.
    """

    __slots__ = ("log", "outcome", "status", "told", "waits")

    def __init__(
        self,
        status: Status,
        waits: Sequence[str] = (),
        told: Sequence[Reason] = (),
        outcome: Outcome | None = None,
        log: Any = None,
    ) -> None:
        self.status: Status = status
        self.waits = list(waits)
        self.told = list(told)
        self.outcome = outcome
        self.log = log
