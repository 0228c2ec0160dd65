"""Calls that are equal to one before them: a run executes the first, and gives its result to the others."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from lineage.fingerprint.manifest import references
from lineage.model.options import is_cached

if TYPE_CHECKING:
    from lineage.execute.assume import Assumption
    from lineage.model.plan import Call

__all__ = ["Equal"]


class Equal:
    """Finds the first of equal calls among those that will run.

    Parameters
    ----------
    assumption : Assumption
        What inputs are assumed to be that have not been made yet.
    """

    def __init__(self, assumption: Assumption) -> None:
        self._assumption = assumption
        self._first: dict[Hashable, Call] = {}
        self._stands_for: dict[int, int] = {}

    def first(self, call: Call, *, waits: bool) -> Call | None:
        """Return the call before one whose result it will be given; ``None`` if it will be executed itself.

        Parameters
        ----------
        call : Call
            A call that would run if it were the only one.
        waits : bool
            Whether something runs before it that it takes. Then an equal fingerprint tells of what was last, and only
            those calls are equal that take the very same outputs.
        """
        if call.step.options and not is_cached(call.step.options):
            return None
        taken = tuple((name, self._maker(ref.call), ref.output) for name, ref in references(call)) if waits else ()
        first = self._first.setdefault((self._assumption.fingerprint(call), taken), call)
        if first is call:
            return None
        self._stands_for[call.index] = first.index
        return first

    def _maker(self, index: int) -> int:
        return self._stands_for.get(index, index)
