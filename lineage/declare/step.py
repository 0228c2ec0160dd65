"""Steps: plain typed functions that a pipeline links.

A `Step` is found by its module and its name there, in every process; the function behind it may not have been imported
yet (`lineage.declare.deferred`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextvars import ContextVar
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Protocol, TypeVar, overload

from lineage.declare.functions import names_of, source_of
from lineage.declare.names import plain_namespace
from lineage.declare.places import place
from lineage.errors import DeclarationError

if TYPE_CHECKING:
    import inspect
    from collections.abc import Mapping, Sequence
    from os import PathLike
    from typing import Literal

    from lineage.declare.signature import Reading
    from lineage.fingerprint.code import Project
    from lineage.model.plan import Argument, StepSpec

    #: What a step may depend on besides what lineage sees: a path or glob, a module, a function or class.
    Dependency = str | PathLike[str] | ModuleType | Callable[..., Any]

__all__ = ["Step", "restore", "step"]

P = ParamSpec("P")
R = TypeVar("R")


class Recording(Protocol):
    """What a call of a step or pipeline is told to while a pipeline is planned."""

    def call(self, step: Step[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any], frame: FrameType) -> Any:
        """Record a call and return placeholders for its outputs."""

    def inline(self, pipeline: Any, args: tuple[Any, ...], kwargs: dict[str, Any], frame: FrameType) -> Any:
        """Plan another pipeline as part of this one."""


planning: ContextVar[Recording | None] = ContextVar("planning", default=None)
"""The recording of the pipeline that is planned in this context."""

_declared: dict[tuple[str, str], Step[Any, Any]] = {}


class Step(Generic[P, R]):
    """A step of a pipeline, made by `step` or `lineage.shell_step`.

    Outside of a pipeline it is its function; inside, calling it links it and returns placeholders for its artifacts.

    Attributes
    ----------
    __name__, __qualname__, __module__, __doc__ : str
        As of the function.
    options : dict
        What the decorator was given, in the form that `lineage.model.options` describes.
    command : str or None
        The command template of a shell step.
    """

    command: str | None = None

    def __init__(
        self,
        function: Callable[P, R] | None,
        *,
        module: str,
        name: str,
        path: str = "",
        line: int = 0,
        doc: str | None = None,
        options: dict[str, Any] | None = None,
        named: bool = True,
    ) -> None:
        self.__module__ = module
        self.__name__ = self.__qualname__ = name
        self.__doc__ = doc
        self.options = options or {}
        self.path = path
        self.line = line
        self._function = function
        self._named = named  # whether the module's global of this name is known to be this step
        self._import: Callable[[], object] | None = None  # imports the module of a step that has only been read
        self._execution: object = None  # the code of the module whose execution declared the step last
        self._reading: Reading | None = None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Link the step if a pipeline is being planned, else run its function."""
        recording = planning.get()
        if recording is not None:
            return recording.call(self, args, kwargs, sys._getframe(1))  # type: ignore[no-any-return]
        return self.__wrapped__(*args, **kwargs)

    @property
    def __wrapped__(self) -> Callable[P, R]:
        """The function itself; imports its module if that has only been read."""
        if self._import is not None:
            self._import()
        if self._function is None:
            raise DeclarationError(
                f"module '{self.__module__}' has no step '{self.__name__}' any more",
                why=f"{place(self.path, self.line)} declares it, but importing the module does not define it",
                fix="declare the step at the top level of the module, once",
            )
        return self._function

    @property
    def spec(self) -> StepSpec:
        """What the declaration says, read from source where there is one.

        Raises
        ------
        DeclarationError
            If the step cannot be found by its module and name.
        """
        return self.reading(None).spec

    def reading(self, project: Project | None) -> Reading:
        """Return the spec with what planning needs beyond it, from the indexes of `project`."""
        if self._reading is None:
            from lineage.declare.signature import read

            self._reading = read(self, project)
        return self._reading

    @property
    def __signature__(self) -> inspect.Signature:
        import inspect

        if self._function is not None and self._import is None:
            return inspect.signature(self._function)
        from lineage.declare.signature import signature

        return signature(self.reading(None).spec)

    def files(self, project: Project) -> tuple[tuple[str, Argument], ...]:
        """Return the input files that every call has besides its arguments; a shell step's scripts are such."""
        return ()

    def identify(self) -> None:
        """Find the name under which the module holds this step.

        Raises
        ------
        DeclarationError
            If no top-level name of the module is bound to it.
        """
        if self._named:
            return
        holder = sys.modules.get(self.__module__)
        bound = {} if holder is None else dict(plain_namespace(holder))
        if bound.get(self.__name__) is not self:
            names = [name for name, value in bound.items() if value is self]
            if names:
                self.__name__ = self.__qualname__ = names[0]
            elif _declared.get((self.__module__, self.__name__)) is not self:  # a decorator above @step hides it
                raise DeclarationError(
                    f"step '{self.__name__}' ({place(self.path, self.line)}) is no top-level name of its module",
                    why="workers find a step by its module and name, and its fingerprint starts there",
                    fix=f"declare it at the top level of '{self.__module__}', under a name of its own",
                )
        self._named = True
        _declared[self.__module__, self.__name__] = self

    def bind(self, function: Callable[P, R], options: dict[str, Any], execution: object) -> None:
        """Take the function of a step that was only read, or that is declared anew by a reload."""
        self._function = function
        self._execution = execution
        self.options = options
        self.__doc__ = getattr(function, "__doc__", None)
        if self._import is None:
            self._reading = None

    def defer(self, load: Callable[[], object]) -> None:
        """Let the first use of the function call `load`."""
        self._import = load

    def forget(self) -> None:
        """Drop the function again: its module has failed to import."""
        self._function = None

    def arrived(self, source: Step[Any, Any] | None) -> None:
        """Note that the module has been imported; `source` is what it has bound to the name, where that is another."""
        self._import = None
        if source is not None and self._function is None:
            self._function = source._function
            self.options = source.options

    @property
    def deferred(self) -> bool:
        """Whether the module has only been read so far."""
        return self._import is not None

    def __repr__(self) -> str:
        return f"<step {self.__module__}:{self.__name__}>"

    def __reduce__(self) -> tuple[object, ...]:
        self.identify()
        return (restore, (self.__module__, self.__qualname__))


@overload
def step(function: Callable[P, R], /) -> Step[P, R]: ...
@overload
def step(
    *,
    version: str | None = None,
    depends_on: Dependency | Sequence[Dependency] | None = None,
    ignore: str | Sequence[str] | None = None,
    env: str | Sequence[str] | Mapping[str, Literal["show", "hide", "ignore"]] | None = None,
    packages: str | Sequence[str] | Mapping[str, Literal["count", "ignore"]] | bool | None = None,
    cache: bool = True,
) -> Callable[[Callable[P, R]], Step[P, R]]: ...


def step(function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Declare a function to be a step.

    Parameters
    ----------
    function : callable
        A function at the top level of a module. Its outputs are named by the fields of the NamedTuple that it is
        annotated to return, by ``tuple[Annotated[T, "name"], ...]``, or by the local variable of the pipeline.
    version : str, optional
        One more ingredient: change it when something changes that lineage cannot see.
    depends_on : list, optional
        What else decides the result: functions, classes and modules, with all code that they reach; and paths of files
        and folders, and globs (``"query.sql"``, ``"configs/*.json"``, ``"folder/"``), by content.
    ignore : list of str, optional
        Names of code that does not decide the result, as it is written in the code or as ``module.name``, with
        wildcards: ``["log", "plots.*"]``.
    env : list of str or dict, optional
        Environment variables that decide the result: ``["MODE"]``, or how: ``{"MODE": "show", "TOKEN": "hide", "HOME":
        "ignore"}``. Values are shown only with ``"show"``; ``"ignore"`` takes a variable out that the code names.
    packages : list of str, dict or False, optional
        Installed packages whose version counts besides those that the code imports: ``["torch"]``; ``{"numpy":
        "ignore"}`` takes one out, ``False`` all.
    cache : bool, optional
        With False the step runs every time, and its result is never given back.

    Returns
    -------
    Step
        Or a decorator, where only options are given.

    Raises
    ------
    DeclarationError
        For an unknown option, a method, a class, a generator or a coroutine.
    """
    frame = sys._getframe(1)
    if options:
        from lineage.declare.options import check_options

        options = check_options(options, "step", place(frame.f_code.co_filename, frame.f_lineno), frame.f_globals)
    if function is None:
        return lambda function: _declare(function, options, sys._getframe(1))
    return _declare(function, options, frame)


def _declare(function: Callable[..., Any], options: dict[str, Any], frame: FrameType) -> Step[Any, Any]:
    name, qualname = names_of(function, frame)
    module = str(frame.f_globals.get("__name__", "__main__"))
    execution = frame.f_code
    top_level = execution.co_name == "<module>" and qualname.isidentifier()
    existing = frame.f_globals.get(name)
    if top_level and isinstance(existing, Step) and _same(existing, module, execution):
        existing.bind(function, options, execution)
        return existing
    path, line = source_of(function, frame)
    made: Step[Any, Any] = Step(
        function, module=module, name=name, path=path, line=line, doc=function.__doc__, options=options, named=False
    )
    made._execution = execution
    if top_level:
        _declared[module, name] = made
    return made


def _same(existing: Step[Any, Any], module: str, execution: Any) -> bool:
    """Say whether the module is declaring a step that it had already: after being read, or when it is reloaded."""
    if existing.__module__ != module or existing.command is not None:
        return False
    if existing.deferred and existing._function is None:
        return True
    # Two definitions in one execution of the module are two steps; so are two cells of a notebook.
    before = existing._execution
    return (
        before is not execution
        and getattr(before, "co_filename", None) == execution.co_filename
        and module in sys.modules
    )


def restore(module: str, qualname: str) -> Step[Any, Any]:
    """Return the step of that name; its module may only be read for it (this is how steps unpickle)."""
    if module not in sys.modules:
        import importlib

        importlib.import_module(module)
    found: Any = getattr(sys.modules[module], qualname, None)
    if isinstance(found, Step):
        return found
    declared = _declared.get((module, qualname))  # a decorator above @step hides it
    if declared is not None:
        return declared
    raise DeclarationError(
        f"module '{module}' has no step '{qualname}'",
        why="steps are found by module and name in every process that runs them",
        fix=f"declare '{qualname}' at the top level of '{module}', or run doit again if it has been renamed",
    )
