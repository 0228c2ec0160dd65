"""Which calls of a pipeline are the same: of one step, with the same arguments."""

from __future__ import annotations

from lineage.declare.layouts import Recorded
from lineage.model.plan import Argument, Call, FileArgument, Ref, Value

__all__ = ["Identities"]


class Identities:
    """Numbers that are the same for the same calls. Worked out only for calls that are asked for.

    Parameters
    ----------
    recorded : list of Recorded
        The calls in the order of the plan.
    """

    def __init__(self, recorded: list[Recorded]) -> None:
        self._recorded = recorded
        self._first = recorded[0][0].index if recorded else 0
        self._numbers: dict[tuple[object, ...], int] = {}
        self._known: dict[int, int] = {}

    def of(self, index: int) -> int:
        """Return the number of a call, given by its place among the pipeline's calls."""
        known = self._known
        waiting = [] if index in known else [index]
        while waiting:
            call = self._recorded[waiting[-1]][0]
            before = [one - self._first for one in call.upstream if one - self._first not in known]
            if before:
                waiting += before
            else:
                known[waiting.pop()] = self._number(call)
        return known[index]

    def same(self, one: Ref, other: Ref) -> bool:
        """Whether two artifacts are the same output of the same call."""
        if one.output != other.output:
            return False
        return one.call == other.call or self.of(one.call - self._first) == self.of(other.call - self._first)

    def told(self, argument: Argument) -> object:
        """Return what is the same for the same arguments."""
        if isinstance(argument, Value):
            return argument.digest
        if isinstance(argument, FileArgument):
            return ("file", argument.path)
        if isinstance(argument, Ref):
            return (self.of(argument.call - self._first), argument.output)
        keys = tuple(key.digest for key in argument.keys or ())
        return (argument.kind, keys, tuple(map(self.told, argument.items)))

    def _number(self, call: Call) -> int:
        given = tuple([(name, self.told(argument)) for name, argument in call.arguments])
        return self._numbers.setdefault((call.step.module, call.step.qualname, given), len(self._numbers))
