"""What happens while the body of a pipeline runs to be planned: each call of a step becomes a `Call`.

A call in a loop costs a few microseconds: what depends on the place of the call only (its local variable, how arguments
reach parameters) is worked out once for each place, a code object and an instruction in it.
"""

from __future__ import annotations

import linecache
import os
import re
from collections.abc import Mapping
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any

from lineage.declare.arguments import SCALARS, Converter, located
from lineage.declare.artifact import Artifact, Nothing, outputs_class
from lineage.declare.defaults import file_default
from lineage.declare.places import is_ours, place
from lineage.declare.signature import Reading, show_signature
from lineage.declare.step import Step
from lineage.errors import DeclarationError, FingerprintError, did_you_mean
from lineage.model.plan import MISSING, Argument, Call, Parameter, Ref, StepSpec, Unevaluated, Value

if TYPE_CHECKING:
    from lineage.declare.pipeline import Pipeline
    from lineage.fingerprint.source import CallSite

__all__ = ["Layout", "Recorded", "Recording", "Site"]

_NAME = r"[^\W\d]\w*"
_MAX_DEPTH = 100

Source = tuple[str, "int | str | Argument", bool]
Layouts = dict[tuple[Any, ...], "Layout"]
Recorded = tuple[Call, "Layout", "Site"]
"""A call with what naming needs to know of it; a plain tuple, for there may be many."""


class Layout:
    """How the arguments of a call reach the step's parameters; the same for all calls of one shape at one place.

    Attributes
    ----------
    reading : Reading
        The step's declaration.
    base : str
        What the call is named after: the slot that it goes through, or the step.
    sources : tuple of (str, int or str or Argument, bool)
        For each argument in the order of the signature its name, where it comes from (position, keyword, or the
        default itself), and whether it is a file.
    varying : tuple of str
        Names of the arguments that a loop around the call changes.
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
        "base",
        "files",
        "outputs",
        "reading",
        "scalars",
        "single",
        "sources",
        "step",
        "varying",
    )

    def __init__(self, step: Step[Any, Any], reading: Reading, base: str, sources: tuple[Source, ...]) -> None:
        self.step = step  # keeps the step alive, whose id is the layout's key
        self.reading = reading
        self.base = base
        self.sources = sources
        self.varying: tuple[str, ...] = ()
        self.files: tuple[tuple[str, Argument], ...] = ()
        self.scalars: dict[Any, Value] | None = None
        names = reading.spec.outputs
        # A shell step with one output gives it plain; a NamedTuple of one field is a tuple of one.
        self.single = reading.single or (reading.spec.command is not None and len(names or ()) == 1)
        self.outputs = None if self.single or not names else outputs_class(names)


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
    loop : bool
        Whether it is in a loop.
    target : str or None
        The local variable that the call's value is bound to.
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
        targets = None if found is None else found.targets
        self.loop = found is not None and found.loop
        self.target = targets[0] if targets is not None and len(targets) == 1 and targets[0] != "_" else None

    @property
    def repeats(self) -> bool:
        """Whether the place makes, or may make, several calls."""
        return self.times > 1 or self.loop


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
        self.calls = calls
        self.recorded: list[Recorded] = []
        self._first = len(calls)
        self._converter = converter
        self._project = converter.project
        self._codes: dict[int, dict[int, tuple[Site, Layouts]]] = {}
        self._slots = [_slots(values)]
        self._sites: dict[tuple[int, int], Site] = {}
        self._files: dict[str, Mapping[Any, CallSite]] = {}
        self._locals: dict[tuple[int, str], Site] = {}
        self._positions: dict[int, tuple[CodeType, list[tuple[Any, ...]]]] = {}

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
            elif kind in SCALARS and not is_file and scalars is not None:
                arguments.append((name, scalars.get((kind, value)) or self._converter.scalar(value)))
            else:
                arguments.append((name, self._argument(layout, name, value, is_file, upstream, site)))
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
        converter = self._converter
        convert = converter.argument if layout.reading.spec.command is None else converter.word
        try:
            return convert(value, is_file, self, upstream)
        except FingerprintError as error:
            step = layout.reading.spec.name
            raise located(error, name, step, site.path, site.line, self._project.root) from error
        except DeclarationError as error:
            error.what = f"{error.what} ({self._place(site)})"
            raise

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

    def inline(self, pipeline: Pipeline[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run the body of another pipeline as part of this one."""
        if len(self._slots) > _MAX_DEPTH:
            raise DeclarationError(
                f"pipeline '{pipeline.name}' ({place(pipeline.path, pipeline.line, self._project.root)}) calls itself",
                why="its plan would have no end",
                fix="use a loop",
            )
        values = pipeline.bound(args, kwargs)
        outer, self._codes = self._codes, {}  # which slot a call goes through depends on the pipeline around it
        self._slots.append(_slots(values))
        try:
            return pipeline.run_body(args, kwargs)
        finally:
            self._slots.pop()
            self._codes = outer

    # Places

    def _place_of(self, frame: FrameType) -> tuple[Site, Layouts]:
        code = frame.f_code
        position = self._position(code, frame.f_lasti)
        path = code.co_filename
        found = self._find(path, position)
        line = position[0] or frame.f_lineno
        if found is not None:
            site = self._sites.get((id(code), frame.f_lasti))
            if site is None:
                site = Site(path, line, found, _callee(path, position), code.co_name)
                self._sites[id(code), frame.f_lasti] = site
                self._check_locals(site, code)
            entry: tuple[Site, Layouts] = (site, {})
            self._codes.setdefault(id(code), {})[frame.f_lasti] = entry
            return entry
        # A helper of another file, or a decorator above @step: the nearest place that is known gives the variable.
        # That depends on who has called the helper, so it is found again each time.
        outer = frame.f_back
        while outer is not None and not is_ours(outer.f_code.co_filename):
            around = self._position(outer.f_code, outer.f_lasti)
            found = self._find(outer.f_code.co_filename, around)
            if found is not None:
                return Site(outer.f_code.co_filename, around[0] or line, found, "", ""), {}
            outer = outer.f_back
        return Site(path, line, None, _callee(path, position), ""), {}

    def _position(self, code: CodeType, instruction: int) -> tuple[Any, ...]:
        """Return (line, column, end line, end column) of an instruction."""
        known = self._positions.get(id(code))
        if known is None:
            places = [(line, column, end, last) for line, end, column, last in code.co_positions()]
            known = self._positions[id(code)] = code, places  # holding the code keeps its id
        return known[1][instruction // 2]

    def _find(self, path: str, position: tuple[Any, ...]) -> CallSite | None:
        if not path.endswith(".py") or None in position:
            return None
        sites = self._files.get(path)
        if sites is None:
            sites = self._files[path] = self._project.index(os.path.realpath(path)).call_sites
        return sites.get(position)

    def _check_locals(self, site: Site, code: CodeType) -> None:
        """Refuse a second assignment to a local name: each name is one artifact."""
        if site.found is None or site.found.loop:
            return
        for name in site.found.targets or ():
            before = self._locals.setdefault((id(code), name), site)
            if before is not site and name != "_":
                raise DeclarationError(
                    f"local name '{name}' of pipeline '{site.found.function}' is assigned twice, "
                    f"at {self._place(before)} and {self._place(site)}",
                    why="the local names of a pipeline are its artifacts, and each has one history",
                    fix="give the second one a name of its own",
                )

    def _place(self, site: Site) -> str:
        return place(site.path, site.line, self._project.root)

    # Layouts

    def _layout(
        self, step: Step[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any], site: Site, frame: FrameType
    ) -> Layout:
        reading = step.reading(self._project)
        sources = self._bind(reading.spec, step, args, kwargs, site)
        layout = Layout(step, reading, self._base(step, site, frame), sources)
        layout.files = step.files(self._project)
        if reading.spec.command is None:
            layout.scalars = self._converter.scalars
        if site.found is not None:
            layout.varying = _varying(site.found.varying, sources)
            self._check_unpacking(site, reading)
        return layout

    def _base(self, step: Step[Any, Any], site: Site, frame: FrameType) -> str:
        """Return the slot through which a step is called, or its own name."""
        name = step.reading(self._project).spec.name
        through = [slot for slot, filled in self._slots[-1].items() if filled is step]
        if site.callee in through and frame.f_locals.get(site.callee) is step:
            return site.callee
        direct = site.callee and site.callee not in frame.f_locals and frame.f_globals.get(site.callee) is step
        return name if direct or len(through) != 1 else through[0]

    def _check_unpacking(self, site: Site, reading: Reading) -> None:
        spec, found = reading.spec, site.found
        if found is None or not found.unpack or found.targets is None or site.code != found.function:
            return
        count = len(spec.outputs or ())
        if reading.single or (spec.command is not None and count == 1):
            raise DeclarationError(
                f"step '{spec.name}' has one output, which is unpacked into {len(found.targets)} ({self._place(site)})",
                why=f"its annotation ({spec.returns[0] or 'none'}) names no outputs, and it has not run yet",
                fix='annotate it with a NamedTuple, or with tuple[Annotated[T, "name"], ...]',
            )
        if len(found.targets) != count:
            raise DeclarationError(
                f"step '{spec.name}' has {count} outputs ({', '.join(spec.outputs or ()) or 'none'}), "
                f"which are unpacked into {len(found.targets)} ({self._place(site)})",
                why=f"{place(spec.path, spec.line, self._project.root)} annotates it so",
                fix="give each output a local name, '_' for those that are not needed",
            )

    def _bind(
        self, spec: StepSpec, step: Step[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any], site: Site
    ) -> tuple[Source, ...]:
        """Say where each argument of a call comes from, as Python itself would bind it."""
        sources: list[Source] = []
        left = list(kwargs)
        given = 0
        for parameter in spec.parameters:
            name, is_file = parameter.name, parameter.is_file
            if parameter.kind == 2:
                sources.extend((f"{name}[{place_ - given}]", place_, is_file) for place_ in range(given, len(args)))
                given = len(args)
            elif parameter.kind == 4:
                sources.extend((word, word, is_file) for word in left)
                left = []
            elif parameter.kind < 2 and given < len(args):
                if name in left and parameter.kind == 1:
                    raise self._mismatch(spec, site, f"has two values for '{name}'")
                sources.append((name, given, is_file))
                given += 1
            elif name in left and parameter.kind != 0:
                left.remove(name)
                sources.append((name, name, is_file))
            elif parameter.default is MISSING:
                raise self._mismatch(spec, site, f"misses '{name}'")
            else:
                sources.extend(self._default(parameter, step))
        if given < len(args):
            raise self._mismatch(spec, site, f"takes {given} positional arguments, {len(args)} are given")
        if left:
            names = [one.name for one in spec.parameters if one.kind in (1, 3)]
            raise self._mismatch(spec, site, f"has no parameter '{left[0]}'{did_you_mean(left[0], names)}")
        return tuple(sources)

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

    def _mismatch(self, spec: StepSpec, site: Site, problem: str) -> DeclarationError:
        return DeclarationError(
            f"call of step '{spec.name}' {problem} ({self._place(site)})",
            why=f"{place(spec.path, spec.line, self._project.root)} declares {show_signature(spec)}",
            fix="give it the arguments that it declares",
        )


def live_default(step: Step[Any, Any], name: str) -> Any:
    """Return a default that is no literal: of a file, whose path must be known. Imports the step's module."""
    import inspect

    return inspect.signature(step.__wrapped__).parameters[name].default


def _slots(values: dict[str, Any]) -> dict[str, Step[Any, Any]]:
    return {name: value for name, value in values.items() if isinstance(value, Step)}


def _varying(keys: tuple[int | str, ...], sources: tuple[Source, ...]) -> tuple[str, ...]:
    """Turn the places of a call's varying arguments into the names of the parameters that they reach."""
    starred = "*" in keys
    words = "**" in keys

    def varies(source: int | str | Argument) -> bool:
        if isinstance(source, int):
            return starred or source in keys
        return isinstance(source, str) and (words or source in keys)

    return tuple(name for name, source, _ in sources if varies(source))


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
