"""What happens while the body of a pipeline runs to be planned: each call of a step becomes a `Call`.

A call in a loop costs a few microseconds: what depends on the place of the call only (its local variable, how arguments
reach parameters) is worked out once for each place, a code object and an instruction in it.
"""

from __future__ import annotations

import linecache
import re
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any

from lineage.declare.arguments import SCALARS, Converter, located
from lineage.declare.artifact import Artifact, Nothing, holds_outputs
from lineage.declare.binding import Binder, live_default
from lineage.declare.defaults import file_default
from lineage.declare.layouts import Layout, Recorded, Site, Source
from lineage.declare.places import place
from lineage.declare.rounds import ONCE, Callers, Round, Told, function_of, stack
from lineage.declare.step import Step
from lineage.errors import DeclarationError, FingerprintError
from lineage.model.plan import Argument, Call, Collection, Parameter, Ref, StepSpec, Unevaluated

if TYPE_CHECKING:
    from lineage.declare.pipeline import Pipeline
    from lineage.fingerprint.source import CallSite

__all__ = ["Recording"]

_NAME = r"[^\W\d]\w*"
_MAX_DEPTH = 100

Layouts = dict[tuple[Any, ...], Layout]


class Recording:
    """The calls of one pipeline while its body runs.

    Parameters
    ----------
    pipeline : Pipeline
        Whose body it is.
    values : dict
        Its parameters.
    calls : list of Call
        The plan's calls, to which those of the pipeline are added.
    converter : Converter
        Turns values into arguments.
    """

    def __init__(
        self, pipeline: Pipeline[Any, Any], values: dict[str, Any], calls: list[Call], converter: Converter
    ) -> None:
        self.name = pipeline.name
        self.module = pipeline.__module__
        self.calls = calls
        self.recorded: list[Recorded] = []
        #: What the loop variables are for which a call takes what comes out of other loops: by the call's index and the
        #: argument's name.
        self.moments: dict[tuple[int, str], tuple[tuple[str, Argument], ...]] = {}
        self._first = len(calls)
        self._converter = converter
        self._project = converter.project
        self._binder = Binder(converter.project.root)
        self._callers = Callers(converter.project)
        self._codes: dict[int, dict[int, tuple[Site, Layouts]]] = {}
        self._helped: dict[tuple[tuple[int, int], ...], tuple[Site, Layouts]] = {}
        self._levels = [_Level(pipeline, values, ONCE)]
        self._sites: dict[tuple[int, int], Site] = {}
        self._locals: dict[tuple[int, str], Site] = {}

    # Calls

    def call(self, step: Step[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any], frame: FrameType) -> Any:
        """Record a call and return placeholders for its outputs.

        Raises
        ------
        DeclarationError
            If the arguments do not fit the step, or an argument cannot be taken.
        """
        known = self._codes.get(id(frame.f_code))
        entry = None if known is None else known.get(frame.f_lasti)
        site, layouts = entry or self._place_of(frame)
        key = (id(step), len(args), *kwargs) if kwargs else (id(step), len(args))
        layout = layouts.get(key)
        if layout is None:
            layout = layouts[key] = self._layout(step, args, kwargs, site, frame)
        arguments: list[tuple[str, Argument]] = []
        upstream: list[int] = []
        scalars = layout.scalars
        for name, source, is_file in layout.sources:
            kind = source.__class__
            if kind is int:
                value = args[source]  # type: ignore[index]
            elif kind is str:
                value = kwargs[source]  # type: ignore[index]
            else:
                arguments.append((name, source))  # type: ignore[arg-type]
                continue
            kind = value.__class__
            if kind is Artifact and value.owner is self:
                ref = value.ref
                arguments.append((name, ref))
                upstream.append(ref.call)
                if layout.variables and not self.recorded[ref.call - self._first][1].around <= layout.around:
                    self._note(layout, name, frame)
            elif kind in SCALARS and not is_file and scalars is not None:
                arguments.append((name, scalars.get((kind, value)) or self._converter.scalar(value)))
            else:
                argument = self._argument(layout, name, value, is_file, upstream, site)
                if argument.__class__ is Collection:
                    self._note(layout, name, frame)
                arguments.append((name, argument))
        if layout.files:
            arguments.extend(layout.files)
        order = tuple(upstream) if len(upstream) < 2 else tuple(sorted(set(upstream)))
        index = len(self.calls)
        call = Call(index, self.name, "", layout.reading.spec, tuple(arguments), (), order, site.path, site.line)
        self.calls.append(call)
        self.recorded.append((call, layout, site))
        site.times += 1
        if layout.single:
            return Artifact(Ref(index, 0), self)
        if layout.outputs is None:
            return Nothing(Ref(index, 0), self)
        return layout.outputs(Artifact(Ref(index, place_), self) for place_ in range(len(call.step.outputs or ())))

    def _argument(
        self, layout: Layout, name: str, value: Any, is_file: bool, upstream: list[int], site: Site
    ) -> Argument:
        try:
            return self._converted(layout, name, value, is_file, upstream, site)
        except RecursionError:
            raise DeclarationError(
                f"parameter '{name}' of step '{layout.reading.spec.name}' is given a value that holds itself, "
                f"or is nested too deep ({self._binder.place(site)})",
                why="what a value is made of is gone through to tell whether it changed",
                fix="give it as plain, flatter data, or make it in the step",
            ) from None

    def _converted(
        self, layout: Layout, name: str, value: Any, is_file: bool, upstream: list[int], site: Site
    ) -> Argument:
        if holds_outputs(value):
            from lineage.declare.whole import check_whole

            check_whole(value, name, layout.reading.spec, self._binder.place(site), self._project)
        converter = self._converter
        convert = converter.argument if layout.reading.spec.command is None else converter.word
        try:
            return convert(value, is_file, self, upstream)
        except FingerprintError as error:
            step = layout.reading.spec.name
            raise located(error, name, step, site.path, site.line, self._project.root) from error
        except DeclarationError as error:
            error.what = f"{error.what} ({self._binder.place(site)})"
            raise

    def _note(self, layout: Layout, name: str, frame: FrameType) -> None:
        """Note what the loops are at that a call is in, for an argument that comes out of other loops."""
        if name in layout.variables:
            self.moments[len(self.calls), name] = tuple(self._moment(frame, layout.variables[name]))

    def _moment(self, frame: FrameType, variables: tuple[str, ...]) -> Iterator[tuple[str, Argument]]:
        """Yield those variables of the loops around a call that are something by which it can be named."""
        body = self._levels[-1].body
        for name in variables:
            inner: FrameType | None = frame
            while inner is not None and name not in inner.f_locals:
                inner = None if inner.f_code is body else inner.f_back
            if inner is None:
                continue
            try:
                argument = self._converter.argument(inner.f_locals[name], False, self, [])
            except DeclarationError:
                continue
            if not isinstance(argument, Collection):
                yield name, argument

    def maker(self, artifact: Artifact) -> tuple[StepSpec, str | None]:
        """Return the step that makes an artifact, and the local variable that what the call gives is bound to."""
        _, layout, site = self.recorded[artifact.ref.call - self._first]
        return layout.reading.spec, site.target

    def describe(self, artifact: Artifact) -> str:
        """Name an artifact for a message, before names are given out."""
        _, layout, site = self.recorded[artifact.ref.call - self._first]
        reading = layout.reading
        if isinstance(artifact, Nothing):
            return reading.spec.name
        if reading.spec.outputs:
            return reading.spec.outputs[artifact.ref.output]
        return reading.output or site.target or layout.base

    # Pipelines in pipelines

    def inline(
        self, pipeline: Pipeline[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any], frame: FrameType
    ) -> Any:
        """Run the body of another pipeline as part of this one."""
        if len(self._levels) > _MAX_DEPTH:
            raise DeclarationError(
                f"pipeline '{pipeline.name}' ({place(pipeline.path, pipeline.line, self._project.root)}) calls itself",
                why="its plan would have no end",
                fix="use a loop",
            )
        values = pipeline.bound(args, kwargs)
        level = self._levels[-1]
        around = self._callers.inlined(frame, tuple(values), level.body, level.round)
        outer = self._codes, self._helped  # which slot a call goes through depends on the pipeline around it
        self._codes, self._helped = {}, {}
        self._levels.append(_Level(pipeline, values, around))
        try:
            return pipeline.run_body(args, kwargs)
        finally:
            self._levels.pop()
            self._codes, self._helped = outer

    # Places

    def _place_of(self, frame: FrameType) -> tuple[Site, Layouts]:
        position = self._callers.position(frame)
        path, code = frame.f_code.co_filename, frame.f_code
        line = position[0] or frame.f_lineno
        nearest = self._callers.nearest(frame)
        if nearest is None:
            return Site(path, line, None, _callee(path, position), ""), {}
        outer, found = nearest
        if outer is not frame:
            # A helper of another file, or a decorator above @step: the nearest place that is known gives the variable.
            # That depends on who has called the helper, so it is found again each time.
            line = self._callers.position(outer)[0] or line
            return Site(outer.f_code.co_filename, line, found, "", ""), {}
        site = self._sites.get((id(code), frame.f_lasti))
        if site is None:
            site = self._sites[id(code), frame.f_lasti] = Site(path, line, found, _callee(path, position), code.co_name)
            self._check_locals(site, code)
        body = self._levels[-1].body
        if function_of(frame).f_code is body:
            return self._codes.setdefault(id(code), {}).setdefault(frame.f_lasti, (site, {}))
        # What of a call in a function of the user's changes depends on who calls that.
        return self._helped.setdefault(tuple(stack(frame, body)), (site, {}))

    def _check_locals(self, site: Site, code: CodeType) -> None:
        """Refuse a second assignment to a local name: each name is one artifact."""
        if site.found is None or site.found.loop:
            return
        for name in site.found.targets or ():
            before = self._locals.setdefault((id(code), name), site)
            if before is not site and name != "_":
                raise DeclarationError(
                    f"local name '{name}' of pipeline '{site.found.function}' is assigned twice, "
                    f"at {self._binder.place(before)} and {self._binder.place(site)}",
                    why="the local names of a pipeline are its artifacts, and each has one history",
                    fix="give the second one a name of its own",
                )

    # Layouts

    def _layout(
        self, step: Step[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any], site: Site, frame: FrameType
    ) -> Layout:
        reading = step.reading(self._project)
        sources = self._binder.sources(reading.spec, len(args), kwargs, lambda one: self._default(one, step), site)
        layout = Layout(step, reading, self._base(step, site, frame), sources)
        layout.files = step.files(self._project)
        if reading.spec.command is None:
            layout.scalars = self._converter.scalars
        if site.found is not None:
            self._tell_rounds(layout, site, site.found, frame)
            self._binder.check_unpacking(site, layout)
        return layout

    def _tell_rounds(self, layout: Layout, site: Site, found: CallSite, frame: FrameType) -> None:
        """Note what of a call changes from one round to the next of the loops around it."""
        nearest = self._callers.nearest(frame)
        outer = frame if nearest is None else nearest[0]
        level = self._levels[-1]
        around = self._callers.round(outer, level.body, level.round)
        layout.around = around.around(found, outer.f_code.co_filename)
        site.loop = site.loop or bool(layout.around)
        told = list(around.told(found, outer.f_code.co_filename))
        chosen = around.chosen(found, outer.f_code.co_filename)
        if chosen is not None:
            layout.chosen = _chosen(layout, found.callee if found.callee in chosen.variables else "step", chosen)
        if outer is not frame and not _leads_to(outer, found.callee, layout.step):
            # The arguments there are those of a helper whose source is not known. It may hand them on by their names.
            given = {str(one.key): one for one in told if one.varying}
            given |= self._callers.round(frame, level.body, level.round).varying
            callee = _callee(frame.f_code.co_filename, self._callers.position(frame))
            if callee in given:
                layout.chosen = _chosen(layout, callee, given[callee])
            layout.loops = {name: given[name].loops for name, _, _ in layout.sources if name in given}
            layout.varying = frozenset(layout.loops)
            return
        layout.varying = layout.reached(one.key for one in told if one.varying)
        layout.carried = layout.reached(one.key for one in told if one.carried)
        layout.linked = layout.reached(one.key for one in told if one.linked)
        for one in told:
            if one.varying:
                for name in layout.reached([one.key]):
                    layout.variables[name], layout.loops[name] = one.variables, one.loops

    def _base(self, step: Step[Any, Any], site: Site, frame: FrameType) -> str:
        """Return the slot through which a step is called, or its own name."""
        name = step.reading(self._project).spec.name
        through = [slot for slot, filled in self._levels[-1].slots.items() if filled is step]
        if site.callee in through and frame.f_locals.get(site.callee) is step:
            return site.callee
        direct = site.callee and site.callee not in frame.f_locals and frame.f_globals.get(site.callee) is step
        return name if direct or len(through) != 1 else through[0]

    def _default(self, parameter: Parameter, step: Step[Any, Any]) -> list[Source]:
        default = parameter.default
        if isinstance(default, Unevaluated):
            if not parameter.is_file:
                return []
            default = self._file_default(step, parameter)
        return [(parameter.name, self._converter.argument(default, parameter.is_file, self, []), False)]

    def _file_default(self, step: Step[Any, Any], parameter: Parameter) -> object:
        """Return an input file that is given in the def; imports the step's module if nothing else will do."""
        path = step.reading(self._project).spec.path
        default = file_default(parameter.default.text, self._project.index(path)) if path else parameter.default
        return live_default(step, parameter.name) if isinstance(default, Unevaluated) else default


class _Level:
    """A pipeline whose body is being run: the one that is planned, or one inside it.

    Attributes
    ----------
    slots : dict of str to Step
        Its slots.
    round : Round
        What changes from one call of it to the next.
    """

    def __init__(self, pipeline: Pipeline[Any, Any], values: dict[str, Any], around: Round) -> None:
        self.slots = {name: value for name, value in values.items() if isinstance(value, Step)}
        self.round = around
        self._pipeline = pipeline

    @property
    def body(self) -> CodeType | None:
        """The code that is run."""
        return getattr(self._pipeline.body, "__code__", None)


def _chosen(layout: Layout, label: str, told: Told) -> tuple[str, str, frozenset[object]]:
    """Return what a name shows of a step that loops choose; where that fills a slot, the slot's name does not."""
    return label, layout.reading.spec.name if label == layout.base else layout.base, told.loops


def _leads_to(frame: FrameType, name: str, step: Step[Any, Any]) -> bool:
    """Whether a name that a frame knows stands for a step, perhaps under decorators."""
    value = frame.f_locals.get(name, frame.f_globals.get(name))
    for _ in range(100):
        if value is None or isinstance(value, Step):
            break
        value = getattr(value, "__dict__", {}).get("__wrapped__")  # of a step or pipeline it would import its module
    return value is step


def _callee(path: str, position: tuple[Any, ...]) -> str:
    """Return the plain name that a call at a position calls, '' where that is something else."""
    line, column, _, _ = position
    if line is None or column is None:
        return ""
    text = linecache.getline(path, line).encode()[column:].decode(errors="replace")
    found = re.match(_NAME, text)
    if found is None or not text[found.end() :].lstrip().startswith("("):
        return ""
    return found.group()
