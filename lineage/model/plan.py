"""What is going to be made: step specifications and the calls that a pipeline makes of them."""

from __future__ import annotations

from typing import Any, Literal

__all__ = [
    "MISSING",
    "Argument",
    "Call",
    "Collection",
    "FileArgument",
    "Parameter",
    "Ref",
    "StepSpec",
    "Unevaluated",
    "Value",
]


class _Missing:
    """The default of a parameter that has none."""

    def __repr__(self) -> str:
        return "<required>"


MISSING = _Missing()


class Parameter:
    """One parameter of a step.

    Attributes
    ----------
    name : str
        Its name.
    kind : int
        As ``inspect.Parameter.kind``: 0 positional-only, 1 either, 2 ``*args``, 3 keyword-only, 4 ``**kwargs``.
    annotation : str or None
        Source text of the annotation.
    default : object
        The literal default; `MISSING` where there is none; an `Unevaluated` text where it is no literal (its value
        comes at run time, and the code fingerprint covers its source).
    is_file : bool
        Whether the annotation is ``Annotated[Path, lineage.File]``: the argument is a path whose content counts.
    """

    __slots__ = ("annotation", "default", "is_file", "kind", "name")

    def __init__(
        self, name: str, kind: int = 1, annotation: str | None = None, default: Any = MISSING, is_file: bool = False
    ) -> None:
        self.name = name
        self.kind = kind
        self.annotation = annotation
        self.default = default
        self.is_file = is_file

    def __repr__(self) -> str:
        return f"Parameter({self.name!r})"


class Unevaluated:
    """A default that is no literal: its source text stands for it until the step runs."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


class StepSpec:
    """What a step's declaration says, read from source, so that nothing needs to be imported to plan with it.

    Attributes
    ----------
    name, module, qualname : str
        ``svc_trainer``, ``tasks.digits``, ``svc_trainer``.
    path : str
        Absolute path of the source file ('' where there is none).
    line : int
        Line of the ``def`` (or of the assignment, for a shell step).
    doc : str
        First line of the docstring.
    parameters : tuple of Parameter
        In the order of the signature.
    outputs : tuple of str or None
        Names of several outputs; ``None`` for one output that takes its name from the local variable; ``()`` for a
        step annotated ``-> None``.
    returns : tuple of str or None
        Annotation text of each output, where known (one element for a single output); predicts the file extension.
    command : str or None
        The command template of a shell step.
    options : dict
        What the decorator was given, in the form that `lineage.model.options` describes.
    """

    __slots__ = (
        "command",
        "doc",
        "line",
        "module",
        "name",
        "options",
        "outputs",
        "parameters",
        "path",
        "qualname",
        "returns",
    )

    def __init__(
        self,
        name: str,
        module: str,
        qualname: str,
        path: str = "",
        line: int = 0,
        doc: str = "",
        parameters: tuple[Parameter, ...] = (),
        outputs: tuple[str, ...] | None = None,
        returns: tuple[str | None, ...] = (None,),
        command: str | None = None,
        options: dict[str, Any] | None = None,
    ) -> None:
        self.name = name
        self.module = module
        self.qualname = qualname
        self.path = path
        self.line = line
        self.doc = doc
        self.parameters = parameters
        self.outputs = outputs
        self.returns = returns
        self.command = command
        self.options = options or {}

    def with_options(self, options: dict[str, Any]) -> StepSpec:
        """Return the same step with other options."""
        where = (self.name, self.module, self.qualname, self.path, self.line, self.doc)
        return StepSpec(*where, self.parameters, self.outputs, self.returns, self.command, options)

    def __repr__(self) -> str:
        return f"StepSpec({self.module}:{self.qualname})"


class Value:
    """A literal argument.

    Attributes
    ----------
    value : object
        The object.
    digest : str
        Its canonical digest, in which functions and classes stand for their names.
    shown : str
        A short text for people.
    refers : tuple of str
        The functions and classes that it refers to, as ``module:name``: their code and packages count as well.
    """

    __slots__ = ("digest", "refers", "shown", "value")

    def __init__(self, value: Any, digest: str, shown: str, refers: tuple[str, ...] = ()) -> None:
        self.refers = refers
        self.value = value
        self.digest = digest
        self.shown = shown


class FileArgument:
    """An input file: `path` is relative to the project where it lies inside it. Its content is hashed when needed."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path


class Ref:
    """An artifact as an argument: output number `output` of call number `call` of the plan."""

    __slots__ = ("call", "output")

    def __init__(self, call: int, output: int) -> None:
        self.call = call
        self.output = output


class Collection:
    """A list, tuple or dict with at least one artifact (or file) somewhere inside it.

    `keys` is ``None`` for lists and tuples; for a dict its keys, literals, in order.
    """

    __slots__ = ("items", "keys", "kind")

    def __init__(
        self, kind: Literal["list", "tuple", "dict"], items: tuple[Argument, ...], keys: tuple[Value, ...] | None = None
    ) -> None:
        self.kind = kind
        self.items = items
        self.keys = keys


Argument = Value | FileArgument | Ref | Collection


class Call:
    """One step call of a pipeline: what doit sees as the task ``pipeline:name``.

    Attributes
    ----------
    index : int
        Its place in the plan; a call comes after all that it takes artifacts from.
    task : str
        doit's name for it, ``digits:trainer`` or ``digits:trainer@C:0.1``.
    pipeline, name : str
        ``digits`` and ``trainer@C:0.1``.
    step : StepSpec
        What is called (for a slot: the step that fills it).
    arguments : tuple of (str, Argument)
        By parameter name in the order of the signature. Literal defaults are filled in, so that writing out a default
        changes nothing; defaults that are `Unevaluated` are left out. Of ``*args`` each has the name ``args[0]`` ...,
        of ``**kwargs`` its own.
    outputs : tuple of str
        Artifact names within the pipeline, ``("X_train", "X_test", ...)``.
    upstream : tuple of int
        The indices of the calls it takes artifacts from, each once, ascending.
    line : int
        Line of the call in `path`, the pipeline's file.
    """

    __slots__ = ("arguments", "index", "line", "name", "outputs", "path", "pipeline", "step", "task", "upstream")

    def __init__(
        self,
        index: int,
        pipeline: str,
        name: str,
        step: StepSpec,
        arguments: tuple[tuple[str, Argument], ...],
        outputs: tuple[str, ...],
        upstream: tuple[int, ...],
        path: str,
        line: int,
    ) -> None:
        self.index = index
        self.pipeline = pipeline
        self.name = name
        self.task = f"{pipeline}:{name}"
        self.step = step
        self.arguments = arguments
        self.outputs = outputs
        self.upstream = upstream
        self.path = path
        self.line = line

    def with_step(self, step: StepSpec) -> Call:
        """Return the same call of another step."""
        what = (self.arguments, self.outputs, self.upstream, self.path, self.line)
        return Call(self.index, self.pipeline, self.name, step, *what)

    def __repr__(self) -> str:
        return f"Call({self.task})"
