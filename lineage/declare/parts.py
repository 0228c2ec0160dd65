"""What of a call's arguments goes into its name, and from where it has come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lineage.declare.artifact_names import count, stem
from lineage.declare.identities import Identities
from lineage.declare.layouts import Layout, Recorded
from lineage.declare.recording import Recording
from lineage.declare.shapes import Shapes
from lineage.declare.spelling import hashed, labelled, safe, spelled
from lineage.declare.step import Step
from lineage.declare.telling import Telling, chain_of, references
from lineage.model.plan import Argument, Call, Collection, FileArgument, Ref, Value

__all__ = ["Part", "PartsOfCalls", "joined", "text_of"]

Part = tuple[str, object]
"""What a name shows, ``C:0.1``, and where it is from: what is from the same loop is shown once."""

Parts = tuple[Part, ...]

Got = tuple[Parts, "int | str"]
"""What an argument gives to the name, and the shape of what has made it, or a word for something else."""

_LONGEST = 80
_MOST = 12


_NOTHING: dict[str, Got] = {}
_NO_PARTS: Parts = ()
_NO_LOOPS: frozenset[object] = frozenset()

Moment = tuple[tuple[str, Argument], ...]
"""The variables of the loops around a call, with their values."""


Spot = tuple[int, str, str, object]
"""An argument that tells calls apart: its place, its name, how a name shows that, where its values are from."""


How = tuple["int | None", list[Spot], Parts, list[tuple[int, str]], bool]
"""How the calls of a layout are named.

Their shape, where they are told apart by one value or by nothing, as nearly all are (``None`` where each has to be
looked at); what tells them apart; what the names of all of them show; the arguments, with their places, that names do
not show and shapes may have to; whether what they make may come back to them. A tuple, for each call takes it apart.
"""


class PartsOfCalls:
    """The parts of the names of a pipeline's calls, found in the order of the plan.

    Parameters
    ----------
    recording : Recording
        The calls.

    Attributes
    ----------
    shapes : Shapes
        How the parts have come to each call.
    identities : Identities
        Which calls are the same.
    numbers : dict of int to int
        The number, from 2, of a call among those with the same parts and the same shape, by its place.
    """

    def __init__(self, recording: Recording) -> None:
        self.shapes = Shapes()
        self._module = recording.module
        self._moments = recording.moments
        self._recorded = recording.recorded
        self._first = self._recorded[0][0].index if self._recorded else 0
        self.identities = Identities(self._recorded)
        self._telling = Telling(self._recorded, self.identities)
        self._how: dict[Layout, How] = {}
        self._marks = _marks(self._recorded)
        self._stems: dict[str, set[str]] | None = None
        self._texts: dict[int, str] = {}
        # Of each call: what it hands on to those that take its artifacts, its shape, what each argument has given it.
        self._parts: list[Parts] = []
        self._shapes: list[int] = []
        self.numbers: dict[int, int] = {}
        self._got: list[dict[str, Got]] = []

    def all(self) -> Iterator[tuple[str, int]]:
        """Yield for each call what its name shows, and its shape."""
        known, texts, took = self._how, self._texts, (self._parts.append, self._shapes.append, self._got.append)
        add_parts, add_shape, add_got = took
        for recorded in self._recorded:
            call, layout, _ = recorded
            shape, spots, _, _, circle = known.get(layout) or self._read(recorded)
            text, parts, got = "", _NO_PARTS, _NOTHING
            if spots and shape is not None:
                place, name, label, source = spots[0]
                argument = call.arguments[place][1]
                if argument.__class__ is Value:
                    text = label + (texts.get(id(argument)) or self._spell(argument))
                    parts = ((text, source or (label, call.index)),)
                    if circle:
                        got = {name: (parts, "value")}
                else:
                    shape = None
            if shape is None:
                text, shape, handed, parts, got = self._in_full(recorded)
            else:
                handed = shape
            add_parts(parts)
            add_shape(handed)
            add_got(got)
            yield text, shape

    def _read(self, recorded: Recorded) -> How:
        """Find out how the calls of a layout are named."""
        call, layout, _ = recorded
        spots: list[Spot] = []
        for place in self._telling.places(layout, call.arguments):
            name = call.arguments[place][0]
            label, loops = labelled(name) + ":", layout.loops.get(name)
            spots.append((place, name, label, (label, loops) if loops else None))
        hidden = list(self._hidden(call, layout)) if self._telling.grows(layout.base) else []
        mark = self._marks.get(layout, ())
        shape = None
        if (
            len(spots) < 2
            and not mark
            and not hidden
            and layout.chosen is None
            and all(call.arguments[one[0]][1].__class__ is Value for one in spots)
        ):
            shape = self._shape(layout.base, {name: (_NO_PARTS, "value") for _, name, _, _ in spots})
            self.shapes.label(shape, tuple(label[:-1] for _, _, label, _ in spots))
        self._how[layout] = how = (shape, spots, mark, hidden, self._telling.on_circle(layout.base))
        return how

    def _hidden(self, call: Call, layout: Layout) -> Iterator[tuple[int, str]]:
        given = {name for name, source, _ in layout.sources if isinstance(source, (int, str))}
        for place, (name, _) in enumerate(call.arguments):
            if name in given and name not in layout.carried and name not in layout.varying:
                yield place, name

    def _in_full(self, recorded: Recorded) -> tuple[str, int, int, Parts, dict[str, Got]]:
        """Return what the name shows, the shape, and what is handed on: a shape, parts, and what arguments gave."""
        call, layout, _ = recorded
        _, spots, mark, hidden, _ = self._how[layout]
        got: dict[str, Got] = {}
        for place, name, label, source in spots:
            argument = call.arguments[place][1]
            if argument.__class__ is Value:
                text = label + (self._texts.get(id(argument)) or self._spell(argument))
                got[name] = ((text, source or (label, call.index)),), "value"
            else:
                got[name] = self._part(recorded, name, argument)
        for place, name in hidden:
            argument = call.arguments[place][1]
            if isinstance(argument, Ref) and self._telling.feeds_itself(layout.base, argument):
                # The name does not show it, but the step has had a part in it before.
                got[name] = (got[name][0] if name in got else (), self._shapes[argument.call - self._first])
        parts = joined([mark, *[some for some, _ in got.values()]])
        handed = parts
        if layout.chosen is not None:
            # What takes its artifacts does not show which step has made them, as the call itself does.
            label, name, loops = layout.chosen
            handed = joined([parts, ((f"{label}:{name}", (f"{label}:", loops)),)])
            parts = handed if layout.hides_choice else parts
        shape = self._shape(layout.base, got)
        if not self.shapes.is_labelled(shape):
            self.shapes.label(shape, tuple([text.partition(":")[0] for text, _ in parts]))
        by = shape if layout.chosen is None else self._shape(f"{layout.chosen[0]}()", got)
        return text_of(parts), shape, by, handed, got

    def _shape(self, base: str, got: dict[str, Got]) -> int:
        return self.shapes.number(base, tuple([(name, of) for name, (_, of) in got.items()]))

    def renumber(self, index: int, number: int) -> None:
        """Note that a call has the number among those with the same parts and the same shape; without, it has 1."""
        self.numbers[index] = number
        parts = self._parts[index]
        if parts:
            self._parts[index] = (*parts[:-1], (parts[-1][0] + self._number(index), parts[-1][1]))

    def _number(self, index: int) -> str:
        """Return what tells a call apart from those with the same parts: its variable, or its number."""
        number, site = self.numbers.get(index, 1), self._recorded[index][2]
        if number == 1:
            return ""
        return f"@{number if site.target is None or site.repeats else site.target}"

    # Arguments

    def _spell(self, argument: Value | FileArgument) -> str:
        """Return a value or a path as a name shows it."""
        if isinstance(argument, FileArgument):
            return safe(argument.path, hashed(argument.path))
        text = self._texts[id(argument)] = spelled(argument, self._module)
        return text

    def _part(self, recorded: Recorded, name: str, argument: Argument) -> Got:
        call, layout, _ = recorded
        if isinstance(argument, Ref):
            if self._is_last(recorded, name, argument):
                return self._last(recorded, name, argument), "carried" if name in layout.carried else "last"
            if self._telling.feeds_itself(layout.base, argument):
                return self._from_circle(recorded, name, argument)
            parts, shape = self._handed_on(layout.base, name, argument)
            return parts, "carried" if name in layout.carried else shape
        if isinstance(argument, Collection):
            return self._collected(recorded, name, argument), "collection"
        label, text = labelled(name) + ":", self._spell(argument)
        return ((label + text, (label, layout.loops.get(name) or call.index)),), "value"

    def _is_last(self, recorded: Recorded, name: str, ref: Ref) -> bool:
        """Whether an artifact is what a loop has left that is over, and no loop goes through what that made."""
        _, layout, site = recorded
        _, before, there = self._recorded[ref.call - self._first]
        if name in layout.linked and before.linked and chain_of(before, there) == chain_of(layout, site):
            return False  # an earlier round of a loop around both has made it
        return not before.around <= layout.around and layout.loops.get(name, _NO_LOOPS) <= before.around

    def _last(self, recorded: Recorded, name: str, ref: Ref) -> Parts:
        """Name the last artifact of a loop by the loops around: which value was the last may change."""
        call, _, site = recorded
        # A parameter of a function that stands for the artifact itself tells nothing of the loops around.
        moment = [one for one in self._moments.get((call.index, name), ()) if not _is_same(one[1], ref)]
        if moment:
            return self._at(recorded, name, tuple(moment))
        if site.target is not None and not site.repeats:
            return ((site.target, None),)
        return ((f"{labelled(name)}:{self._source(ref)}", None),)

    def _at(self, recorded: Recorded, name: str, moment: Moment) -> Parts:
        """Name a round by the variables of its loops: by values, where there are any."""
        call, layout, _ = recorded
        loops = layout.loops.get(name, _NO_LOOPS)
        found: list[Parts] = []
        for variable, value in moment:
            if isinstance(value, (Value, FileArgument)):
                label = labelled(variable) + ":"
                text = _step_of(value) or self._spell(value)
                found.append(((label + text, (label, loops if len(loops) == 1 else call.index)),))
        return joined(
            found or [self._handed_on(layout.base, one, ref)[0] for one, ref in moment if isinstance(ref, Ref)]
        )

    def _handed_on(self, base: str, name: str, ref: Ref) -> Got:
        """Return what tells the call apart that has made an artifact, or else the artifact itself."""
        index = ref.call - self._first
        if self._parts[index]:
            return (*self._parts[index], *self._field(base, name, ref)), self._shapes[index]
        source, number = self._source(ref), self._number(index)
        text = f"{labelled(name)}:{source if number[1:] == source else source + number}"
        return ((text, (ref.call, ref.output)),), "artifact"

    def _field(self, base: str, name: str, ref: Ref) -> Parts:
        """Return which of several outputs an artifact is, where calls of the base are given different ones."""
        made = self._recorded[ref.call - self._first][1]
        if made.single or not self._telling.takes_several(base, name, made.base):
            return ()
        return (((made.reading.spec.outputs or ())[ref.output], ("field", ref.call, ref.output)),)

    def _from_circle(self, recorded: Recorded, name: str, ref: Ref) -> Got:
        """Return what tells an artifact apart that the step itself has had a part in."""
        _, layout, site = recorded
        index = ref.call - self._first
        call, before, _ = self._recorded[index]
        carried, varying = name in layout.carried, name in layout.varying
        if carried and before.linked:
            # An earlier round of the same loop: what the chain began with.
            return self._began(index), "carried"
        if varying:
            field = self._field(layout.base, name, ref) if self._parts[index] else ()
            return (*self._parts[index], *field), "carried" if carried else self._shapes[index]
        if site.repeats and not carried:
            return self._handed_on(layout.base, name, ref)
        if before.base == layout.base:
            parts, shape = self._got[index].get(name, ((), "value"))
        else:
            taken = [one for one, given in call.arguments if any(references(given))]
            parts, shape = self._passed_on(index, taken), "artifact"
        return parts, "carried" if carried else shape

    def _began(self, index: int) -> Parts:
        """Return what a chain began with that a loop carries to a call."""
        while True:
            call, layout, _ = self._recorded[index]
            if layout.carried or not layout.linked:
                return self._passed_on(index, layout.carried)
            # Something of the same round: one step on.
            links = (one for name, given in call.arguments if name in layout.linked for one in references(given))
            index = next(links).call - self._first

    def _passed_on(self, index: int, names: Iterable[str]) -> Parts:
        return joined(parts for name, (parts, _) in self._got[index].items() if name in names)

    def _source(self, ref: Ref) -> str:
        """Name an artifact before artifacts have their names: by its field, its variable or its step."""
        if self._stems is None:
            self._stems = {}
            for _, layout, site in self._recorded:
                for output in range(count(layout)):
                    self._stems.setdefault(stem(layout, site, output), set()).add(layout.base)
        _, layout, site = self._recorded[ref.call - self._first]
        name = stem(layout, site, ref.output)
        if layout.chosen is not None:
            return name  # by which step it is made, its parts say
        return name if len(self._stems[name]) == 1 else f"{layout.base}.{name}"

    # Collections

    def _collected(self, recorded: Recorded, name: str, argument: Collection) -> Parts:
        """Name a collection by the loop around it or by what is made of it: its members may come and go."""
        call, layout, site = recorded
        moment = self._moments.get((call.index, name))
        if moment:
            return self._at(recorded, name, moment)
        if site.target is not None and not layout.variables.get(name):
            return ((site.target, None),)
        return ((f"{labelled(name)}:{len(argument.items)}-{hashed(self._members(argument))[:6]}", None),)

    def _members(self, argument: Argument) -> str:
        if isinstance(argument, Value):
            return spelled(argument, self._module)
        if isinstance(argument, FileArgument):
            return argument.path
        if isinstance(argument, Ref):
            index = argument.call - self._first
            base = self._recorded[index][1].base
            return f"{base}@{text_of(self._parts[index])}{self._number(index)}\x1f{argument.output}"
        keys = [spelled(key, self._module) for key in argument.keys or ()]
        return "\x1d".join([argument.kind, *keys, *(f"({self._members(item)})" for item in argument.items)])


def text_of(parts: Parts) -> str:
    """Return parts as a name shows them, cut if they are too long."""
    text = ",".join([text for text, _ in parts])
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 7]}-{hashed(text)[:6]}"


def joined(parts: Iterable[Parts]) -> Parts:
    """Return all parts, those of one origin once; if they are very many, one for the last of them."""
    once = tuple(dict.fromkeys(part for some in parts for part in some))
    if len(once) <= _MOST:
        return once
    gone = once[: 1 - _MOST]
    return ((f"{len(gone)}-{hashed(','.join(text for text, _ in gone))[:6]}", None), *once[1 - _MOST :])


def _is_same(argument: Argument, ref: Ref) -> bool:
    return isinstance(argument, Ref) and (argument.call, argument.output) == (ref.call, ref.output)


def _step_of(value: Value | FileArgument) -> str:
    """Return the name of the step that a variable of a loop stands for, as calls of it are named; else ''."""
    return value.shown if isinstance(value, Value) and isinstance(value.value, Step) else ""


def _marks(recorded: list[Recorded]) -> dict[Layout, Parts]:
    """Return the variable that a loop carries, for the chains of steps that are called elsewhere too.

    What such a call is named by leaves out how it came about, so it could have the name of a call of another place.
    """
    chains: dict[str, set[object]] = {}
    marks: dict[Layout, str] = {}
    seen: set[Layout] = set()
    for _, layout, site in recorded:
        if layout in seen:
            continue
        seen.add(layout)
        chain = None if site.found is None else site.found.chain
        chains.setdefault(layout.base, set()).add(chain_of(layout, site) if chain or layout.carried else None)
        name = site.target or chain
        if layout.carried and name is not None:
            marks[layout] = name
    return {layout: ((name, None),) for layout, name in marks.items() if len(chains[layout.base]) > 1}
