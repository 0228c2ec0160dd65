"""From a step's declaration to its `StepSpec`.

The source is read where there is one, for steps that are imported as for those that are not, so that both give the same
spec. A live function is inspected only where its source does not say it (a factory, a notebook).
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Any, Protocol

from lineage.declare.aliases import with_imported_files
from lineage.declare.inputs import File
from lineage.declare.namedtuples import namedtuple_fields
from lineage.declare.names import absolute
from lineage.declare.places import place
from lineage.declare.project import project_of
from lineage.errors import DeclarationError
from lineage.model.plan import MISSING, Parameter, StepSpec, Unevaluated

if TYPE_CHECKING:
    import inspect

    from lineage.fingerprint.code import Project
    from lineage.fingerprint.source import FunctionInfo, SourceIndex

__all__ = ["Reading", "read", "signature"]

_FILE_NAME = r"\w[\w.+-]*"
_LITERALS = (int, float, complex, str, bytes, type(None), type(...))


class Declared(Protocol):
    """What is read of a step.

    Attributes
    ----------
    __name__, __module__ : str
        Where it is found.
    path, line : str, int
        Where it is declared.
    options : dict
        What the decorator was given.
    """

    __name__: str
    path: str
    line: int
    options: dict[str, Any]

    @property
    def __wrapped__(self) -> Any:
        """The function itself; imports its module if that has only been read."""

    def identify(self) -> None:
        """Find the name under which the module holds it."""


class Reading:
    """A spec and what planning needs beyond it.

    Attributes
    ----------
    spec : StepSpec
        The spec.
    single : bool
        Whether a call gives one artifact, not a tuple of them.
    output : str or None
        The name that the declaration gives a single artifact.
    """

    __slots__ = ("output", "single", "spec")

    def __init__(self, spec: StepSpec, single: bool, output: str | None = None) -> None:
        self.spec = spec
        self.single = single
        self.output = output


def read(step: Declared, project: Project | None) -> Reading:
    """Read a step's declaration.

    Parameters
    ----------
    step : Step
        Any step but a shell step.
    project : Project or None
        Where its source is indexed; by default the project of this process.

    Raises
    ------
    DeclarationError
        If it cannot be found by name, or names its outputs wrongly.
    """
    step.identify()
    path = os.path.realpath(step.path) if os.path.exists(step.path) else ""
    if path:
        index = (project or project_of(path)).index(path)
        info = index.functions.get(step.__name__)
        if info is not None and info.first_line <= step.line <= info.line and info.decorated("step"):
            return _from_source(step, info, index, project or project_of(path))
    return _from_function(step, path)


def _from_source(step: Declared, info: FunctionInfo, index: SourceIndex, project: Project) -> Reading:
    outputs, returns, single = _outputs_from_source(info, index, project, step.__module__)

    def resolve(dotted: str) -> str:
        return absolute(index.origin(dotted), step.__module__, index.path)

    spec = StepSpec(
        name=step.__name__,
        module=step.__module__,
        qualname=step.__name__,
        path=index.path,
        line=info.line,
        doc=info.doc,
        parameters=with_imported_files(tuple(info.parameters), index, project, resolve),
        outputs=outputs,
        returns=returns,
        options=_options(step, info, index, project),
    )
    return _checked(spec, single)


def _options(step: Declared, info: FunctionInfo, index: SourceIndex, project: Project) -> dict[str, Any]:
    """Return the options as they are written, so that it makes no difference whether the module was imported."""
    decorator = info.decorated("step")
    if decorator is None or not decorator.keywords:
        return dict(step.options)
    from lineage.declare.options import read_options

    found = read_options("step", decorator.keywords, step.__module__, index, project)
    return dict(step.options) if found is None else found


def _outputs_from_source(
    info: FunctionInfo, index: SourceIndex, project: Project, module: str
) -> tuple[tuple[str, ...] | None, tuple[str | None, ...], str | None]:
    kind = info.outputs[0]
    if kind == "names":
        return info.outputs[1], info.output_types, None
    if kind == "annotated":
        return None, info.output_types, info.outputs[1]
    if kind == "none":
        return (), (), None
    if kind == "name":
        fields = namedtuple_fields(info.outputs[1], index, project, module)
        if fields is not None:
            return tuple(name for name, _ in fields), tuple(annotation for _, annotation in fields), None
    return None, (info.returns,), None


def _checked(spec: StepSpec, output: str | None) -> Reading:
    names = (output,) if output is not None else spec.outputs or ()
    for name in names:
        if not re.fullmatch(_FILE_NAME, name) or names.count(name) > 1:
            problem = "is there twice" if names.count(name) > 1 else "cannot be the name of a file"
            raise DeclarationError(
                f"output '{name}' of step '{spec.name}' ({place(spec.path, spec.line)}) {problem}",
                why="an artifact can be opened under its name, artifacts/<pipeline>/<name>",
                fix="name outputs with letters, digits and '_', each differently",
            )
    return Reading(spec, spec.outputs is None, output)


# Functions whose source does not say it


def _from_function(step: Declared, path: str) -> Reading:
    import inspect

    function = step.__wrapped__
    try:
        parameters = tuple(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        parameters = (inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL),)
    hints = _hints(function)
    outputs, returns, single = _outputs_from_hint(hints.get("return", inspect.Parameter.empty))
    spec = StepSpec(
        name=step.__name__,
        module=step.__module__,
        qualname=step.__name__,
        path=path,
        line=step.line,
        doc=first_line(function.__doc__),
        parameters=tuple(_parameter(one, hints.get(one.name)) for one in parameters),
        outputs=outputs,
        returns=returns,
        options=dict(step.options),
    )
    return _checked(spec, single)


def first_line(docstring: str | None) -> str:
    """Return the first line of a docstring that is not blank."""
    return next((line.strip() for line in (docstring or "").splitlines() if line.strip()), "")


def _hints(function: Any) -> dict[str, Any]:
    import typing

    try:
        return typing.get_type_hints(function, include_extras=True)
    except Exception:  # annotations that only a type checker can evaluate
        return dict(getattr(function, "__annotations__", {}))


def _parameter(live: inspect.Parameter, hint: Any) -> Parameter:
    default: Any = MISSING
    if live.default is not live.empty:
        default = live.default if _is_literal(live.default) else Unevaluated(repr(live.default))
    annotation = None if live.annotation is live.empty else annotation_text(live.annotation)
    return Parameter(live.name, int(live.kind), annotation, default, _is_file(hint))


def _is_literal(value: Any) -> bool:
    if type(value) in (list, tuple, set):
        return all(_is_literal(item) for item in value)
    if type(value) is dict:
        return all(_is_literal(item) for pair in value.items() for item in pair)
    return type(value) in (*_LITERALS, bool)


def annotation_text(annotation: Any) -> str:
    """Return an annotation as it would be written."""
    annotation = getattr(annotation, "__forward_arg__", annotation)
    if isinstance(annotation, str):
        return annotation
    if isinstance(annotation, type) and not hasattr(annotation, "__args__"):
        return (
            annotation.__qualname__
            if annotation.__module__ == "builtins"
            else f"{annotation.__module__}.{annotation.__qualname__}"
        )
    return repr(annotation).replace("typing.", "")


def _is_file(hint: Any) -> bool:
    marks = getattr(hint, "__metadata__", ())
    if any(mark is File or isinstance(mark, File) for mark in marks):
        return True
    return any(_is_file(inner) for inner in getattr(hint, "__args__", ()) if hasattr(inner, "__metadata__"))


def _outputs_from_hint(hint: Any) -> tuple[tuple[str, ...] | None, tuple[str | None, ...], str | None]:
    import typing

    if hint is type(None) or hint is None:
        return (), (), None
    if isinstance(hint, type) and issubclass(hint, tuple) and hasattr(hint, "_fields"):
        types = getattr(hint, "__annotations__", {})
        return (
            tuple(hint._fields),
            tuple(annotation_text(types[name]) if name in types else None for name in hint._fields),
            None,
        )
    if typing.get_origin(hint) is tuple:
        named = [_named(inner) for inner in typing.get_args(hint)]
        if named and None not in named:
            pairs = [pair for pair in named if pair is not None]
            return tuple(name for name, _ in pairs), tuple(text for _, text in pairs), None
    single = _named(hint)
    if single is not None:
        return None, (single[1],), single[0]
    return None, (None if hint is sys.modules["inspect"].Parameter.empty else annotation_text(hint),), None


def _named(hint: Any) -> tuple[str, str] | None:
    for mark in getattr(hint, "__metadata__", ()):
        if isinstance(mark, str):
            return mark, annotation_text(hint.__origin__)
    return None


# Signatures


def signature(spec: StepSpec) -> inspect.Signature:
    """Build the signature of a step that has only been read; annotations are texts."""
    import inspect

    empty = inspect.Parameter.empty
    parameters = [
        inspect.Parameter(
            one.name,
            inspect._ParameterKind(one.kind),
            default=empty if one.default is MISSING else one.default,
            annotation=empty if one.annotation is None else one.annotation,
        )
        for one in spec.parameters
    ]
    returns = empty if not spec.returns or spec.returns[0] is None or spec.outputs is not None else spec.returns[0]
    return inspect.Signature(parameters, return_annotation=returns)


def show_signature(spec: StepSpec) -> str:
    """Return ``svc_trainer(X: np.ndarray, gamma: float = 0.001)`` as it would be written."""
    parts = []
    kinds = [parameter.kind for parameter in spec.parameters]
    for place_, one in enumerate(spec.parameters):
        text = {2: "*", 4: "**"}.get(one.kind, "") + one.name
        if one.annotation:
            text += f": {one.annotation}"
        if one.default is not MISSING:
            text += f" = {one.default!r}" if one.annotation else f"={one.default!r}"
        if one.kind == 3 and 2 not in kinds and (not place_ or kinds[place_ - 1] != 3):
            parts.append("*")
        parts.append(text)
        if one.kind == 0 and (place_ + 1 == len(kinds) or kinds[place_ + 1] != 0):
            parts.append("/")
    return f"{spec.name}({', '.join(parts)})"
