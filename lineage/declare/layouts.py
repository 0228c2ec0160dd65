"""How the arguments of a step call reach the step's parameters; worked out once for each shape at each place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lineage.declare.artifact import outputs_class
from lineage.model.plan import Argument, Call, Value

if TYPE_CHECKING:
    from lineage.declare.signature import Reading
    from lineage.declare.step import Step
    from lineage.fingerprint.source import CallSite

__all__ = ["Layout", "Recorded", "Site", "Source"]

Source = tuple[str, "int | str | Argument", bool]
"""An argument: its name, where it comes from (position, keyword, or the default itself), whether it is a file."""

Recorded = tuple[Call, "Layout", "Site"]
"""A call with what naming needs to know of it; a plain tuple, for there may be many."""


_NONE: frozenset[object] = frozenset()


class Site:
    """One place in the user's code that calls a step.

    Attributes
    ----------
    path, line : str, int
        Where it is.
    found : CallSite or None
        What the source says about it; ``None`` in files without a pipeline.
    callee : str
        The name by which the step is called there, '' if it is called through an expression.
    code : str
        Name of the code it is in.
    target : str or None
        The local variable that the call's value is bound to.
    loop : bool
        Whether it is in a loop, of its own function or of one that calls that.
    times : int
        How many calls it has made.
    """

    __slots__ = ("callee", "code", "found", "line", "loop", "path", "target", "times")

    def __init__(self, path: str, line: int, found: CallSite | None, callee: str, code: str) -> None:
        self.path = path
        self.line = line
        self.found = found
        self.callee = callee
        self.code = code
        self.times = 0
        self.loop = found is not None and found.loop
        targets = None if found is None else found.targets
        self.target = targets[0] if targets is not None and len(targets) == 1 and targets[0] != "_" else None

    @property
    def repeats(self) -> bool:
        """Whether the place makes, or may make, several calls."""
        return self.times > 1 or self.loop


class Layout:
    """How the arguments of a call reach the step's parameters; the same for all calls of one shape at one place.

    Attributes
    ----------
    reading : Reading
        The step's declaration.
    base : str
        What the call is named after: the slot that it goes through, or the step.
    sources : tuple of Source
        The arguments in the order of the signature.
    around : frozenset
        The loops around the calls, also of the functions and pipelines that they are in.
    varying : frozenset of str
        Names of the arguments that a loop around the call changes.
    carried : frozenset of str
        Names of the arguments that come, from an earlier round, from where the call's own value goes.
    linked : frozenset of str
        Names of the arguments that come from where the call's own value goes, of this round or of an earlier one.
    variables : dict of str to tuple of str
        For each varying argument the loop variables that it is made of.
    loops : dict of str to frozenset
        For each varying argument the loops that these are of.
    chosen : tuple or None
        Where loops choose the step: the name that a name shows for that, what the step goes by, and the loops.
    outputs : type or None
        The class of the placeholders of several outputs.
    single : bool
        Whether a call gives one artifact, not a tuple of them.
    scalars : dict or None
        Literals that have been arguments before; ``None`` where their text may mean a file.
    files : tuple
        Input files that the step has of itself: the scripts of a shell command.
    """

    __slots__ = (
        "around",
        "base",
        "carried",
        "chosen",
        "files",
        "linked",
        "loops",
        "outputs",
        "reading",
        "scalars",
        "single",
        "sources",
        "step",
        "variables",
        "varying",
    )

    def __init__(self, step: Step[Any, Any], reading: Reading, base: str, sources: tuple[Source, ...]) -> None:
        self.step = step  # keeps the step alive, whose id is the layout's key
        self.reading = reading
        self.base = base
        self.sources = sources
        self.around: frozenset[object] = _NONE
        self.varying: frozenset[str] = frozenset()
        self.carried: frozenset[str] = frozenset()
        self.linked: frozenset[str] = frozenset()
        self.variables: dict[str, tuple[str, ...]] = {}
        self.loops: dict[str, frozenset[object]] = {}
        self.chosen: tuple[str, str, frozenset[object]] | None = None
        self.files: tuple[tuple[str, Argument], ...] = ()
        self.scalars: dict[Any, Value] | None = None
        names = reading.spec.outputs
        # A shell step with one output gives it plain; a NamedTuple of one field is a tuple of one.
        self.single = reading.single or (reading.spec.command is not None and len(names or ()) == 1)
        self.outputs = None if self.single or not names else outputs_class(names)

    @property
    def hides_choice(self) -> bool:
        """Whether loops choose what fills the slot that the call is named after, so that its name has to say it."""
        return self.chosen is not None and self.chosen[0] == self.base

    def reached(self, keys: Iterable[int | str]) -> frozenset[str]:
        """Turn the keys of a call's arguments into the names of the parameters that they reach."""
        wanted = set(keys)

        def reaches(source: int | str | Argument) -> bool:
            if isinstance(source, int):
                return "*" in wanted or source in wanted
            return isinstance(source, str) and ("**" in wanted or source in wanted)

        return frozenset(name for name, source, _ in self.sources if reaches(source))
