"""What a settled call has put out, and where that comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lineage.model.stored import Entry, Stored

if TYPE_CHECKING:
    from lineage.share.record import SharedRecord

__all__ = ["Outcome"]


class Outcome:
    """What a settled call has put out.

    Attributes
    ----------
    fingerprint : str
        Of the call.
    outputs : tuple of Stored
        Its outputs, each known to be intact when it was settled.
    step_run_id, run_id : int
        The execution that made them.
    seconds : float
        What that execution took, and so what a cache hit saves.
    origin : str
        ``current`` (nothing to do), ``history`` (the readable paths must be set again), ``shared`` (as ``history``, but
        somebody else has made it, and no step run of ours tells of it yet) or ``executed``.
    base : str
        The fingerprint without discovered inputs: the same if there are none.
    discovered : tuple of Entry
        What the execution was seen to read besides the inputs of the call.
    record : SharedRecord or None
        What somebody else has told of the execution, if it was theirs.
    """

    __slots__ = ("base", "discovered", "fingerprint", "origin", "outputs", "record", "run_id", "seconds", "step_run_id")

    def __init__(
        self,
        fingerprint: str,
        outputs: tuple[Stored, ...],
        step_run_id: int,
        run_id: int,
        seconds: float,
        origin: str,
        base: str = "",
        discovered: tuple[Entry, ...] = (),
        record: SharedRecord | None = None,
    ) -> None:
        self.record = record
        self.base = base or fingerprint
        self.discovered = discovered
        self.fingerprint = fingerprint
        self.outputs = outputs
        self.step_run_id = step_run_id
        self.run_id = run_id
        self.seconds = seconds
        self.origin = origin
