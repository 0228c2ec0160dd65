"""Pipelines: functions that link steps."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import FrameType, FunctionType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, ParamSpec, TypeVar, overload

from lineage.declare.functions import check_plain, source_of
from lineage.declare.places import place
from lineage.declare.step import Step, planning
from lineage.errors import DeclarationError
from lineage.model.plan import MISSING

if TYPE_CHECKING:
    import inspect

__all__ = ["Pipeline", "pipeline"]

P = ParamSpec("P")
R = TypeVar("R")


class _Creator:
    """Gives instances, and never the class, what doit looks for in dodo.py.

    doit asks every name of dodo.py for ``create_doit_tasks``; a class that has it would be called as if it were a
    pipeline.
    """

    def __get__(self, instance: Pipeline[Any, Any] | None, owner: type) -> Callable[[], Any]:
        if instance is None or Pipeline.task_creator is None:
            raise AttributeError("create_doit_tasks")
        hook = Pipeline.task_creator

        def create_doit_tasks() -> Any:
            return hook(instance)

        # doit takes the line, which gives the order of tasks, and the description from what is wrapped.
        functools.update_wrapper(create_doit_tasks, instance.stand_in, updated=())
        create_doit_tasks.basename = instance.name  # type: ignore[attr-defined]
        return create_doit_tasks


class Pipeline(Generic[P, R]):
    """A pipeline, made by `pipeline`.

    Calling it runs its body: with plain functions outside of a plan, as part of the pipeline that is being planned
    inside.

    Attributes
    ----------
    name : str
        Its function's name, and doit's task.
    path, line : str, int
        Where it is declared.
    task_creator : callable or None
        Makes doit's tasks of a pipeline; set by the part that speaks with doit.
    """

    task_creator: ClassVar[Callable[[Pipeline[Any, Any]], Any] | None] = None
    create_doit_tasks = _Creator()

    def __init__(
        self, function: Callable[P, R] | None, *, module: str, name: str, path: str, line: int, doc: str | None = None
    ) -> None:
        self.__module__ = module
        self.__name__ = self.__qualname__ = self.name = name
        self.__doc__ = doc
        self.path = path
        self.line = line
        self._function = function
        self._import: Callable[[], object] | None = None
        self._compile: Callable[[], Callable[P, R]] | None = None
        self._execution: object = None
        self._read_annotations: dict[str, str] | None = None

    @property
    def doc(self) -> str:
        """The first line of the docstring."""
        return next((line.strip() for line in (self.__doc__ or "").splitlines() if line.strip()), "")

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameter names with their defaults, `lineage.model.plan.MISSING` where there is none."""
        parameters = self._signature().parameters.values()
        return {one.name: MISSING if one.default is one.empty else one.default for one in parameters}

    @property
    def annotations(self) -> dict[str, str]:
        """Parameter names with the text of their annotations, as far as they have one."""
        if self._read_annotations is not None:
            return self._read_annotations
        from lineage.declare.signature import annotation_text

        live = getattr(self.body, "__annotations__", {})
        return {name: annotation_text(hint) for name, hint in live.items() if name != "return"}

    @property
    def body(self) -> Callable[P, R]:
        """The function that is run to plan: of a module that has only been read, compiled from its source by itself."""
        if self._import is not None and self._function is None and self._compile is not None:
            self._function = self._compile()
        if self._function is None and self._import is not None:
            self._import()
        if self._function is None:
            raise DeclarationError(
                f"module '{self.__module__}' has no pipeline '{self.name}' any more",
                why=f"{place(self.path, self.line)} declares it, but importing the module does not define it",
                fix="declare the pipeline at the top level of the module, once",
            )
        return self._function

    @property
    def __wrapped__(self) -> Callable[P, R]:
        """The function itself; imports its module if that has only been read."""
        if self._import is not None:
            self._import()
        return self.body

    @property
    def __signature__(self) -> inspect.Signature:
        return self._signature()

    def _signature(self) -> inspect.Signature:
        import inspect

        return inspect.signature(self.body)

    @property
    def stand_in(self) -> Callable[..., Any]:
        """A function with the pipeline's name, doc and place, for which nothing is compiled or imported."""
        if self._function is not None:
            return self._function

        def stand_in() -> None:
            pass

        code = stand_in.__code__.replace(co_filename=self.path, co_firstlineno=self.line, co_name=self.name)
        made = FunctionType(code, {"__name__": self.__module__}, self.name)
        made.__doc__ = self.__doc__
        return made

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the body; inside of another pipeline that is planned, plan it as a part of that."""
        recording = planning.get()
        if recording is not None:
            return recording.inline(self, args, kwargs, sys._getframe(1))  # type: ignore[no-any-return]
        return self.__wrapped__(*args, **kwargs)

    def bound(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Return the value of each parameter for some arguments."""
        found = self._signature().bind(*args, **kwargs)
        found.apply_defaults()
        return dict(found.arguments)

    def run_body(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> R:
        """Run the body, in whatever context this is."""
        return self.body(*args, **kwargs)

    def defer(
        self, load: Callable[[], object], compile_body: Callable[[], Callable[P, R]], annotations: dict[str, str]
    ) -> None:
        """Let the body be made by `compile_body`, and the function itself come from `load`."""
        self._import = load
        self._compile = compile_body
        self._read_annotations = annotations

    def bind(self, function: Callable[P, R], execution: object) -> None:
        """Take the function of a pipeline that was only read, or that is declared anew by a reload."""
        self._function = function
        self._compile = None
        self._execution = execution
        self.__doc__ = function.__doc__

    def forget(self, compile_body: Callable[[], Callable[P, R]]) -> None:
        """Drop the function again: its module has failed to import."""
        self._function = None
        self._compile = compile_body

    def arrived(self, source: Pipeline[P, R] | None) -> None:
        """Note that the module has been imported; `source` is what it has bound to the name, where that is another."""
        self._import = None
        if self._compile is not None:  # its declaration has not been executed: what was compiled is not it
            self._function = None if source is None else source._function
            self._compile = None

    @property
    def deferred(self) -> bool:
        """Whether the module has only been read so far."""
        return self._import is not None

    def __repr__(self) -> str:
        return f"<pipeline {self.__module__}:{self.name}>"

    def __reduce__(self) -> tuple[object, ...]:
        return (_restore, (self.__module__, self.__qualname__))


def _restore(module: str, name: str) -> Pipeline[Any, Any]:
    import importlib

    found = getattr(importlib.import_module(module), name)
    if not isinstance(found, Pipeline):
        raise DeclarationError(f"module '{module}' has no pipeline '{name}'")
    return found


@overload
def pipeline(function: Callable[P, R], /) -> Pipeline[P, R]: ...
@overload
def pipeline() -> Callable[[Callable[P, R]], Pipeline[P, R]]: ...


def pipeline(function: Callable[..., Any] | None = None, /) -> Any:
    """Declare a function to be a pipeline: its body links steps, its local variables are the artifacts.

    Parameters
    ----------
    function : callable
        Each of its parameters has a default: a step (the parameter is a slot then) or a value.

    Returns
    -------
    Pipeline

    Raises
    ------
    DeclarationError
        For a generator, a coroutine, a lambda, or parameters like ``*args``.
    """
    if function is None:
        return lambda function: _declare(function, sys._getframe(1))
    return _declare(function, sys._getframe(1))


def _declare(function: Any, frame: FrameType) -> Pipeline[Any, Any]:
    where = place(*source_of(function, frame))
    name = getattr(function, "__name__", None)
    if isinstance(function, Step) or not isinstance(function, FunctionType) or name == "<lambda>":
        raise DeclarationError(
            f"{function!r} cannot be a pipeline ({where})",
            why="a pipeline is a function whose body links steps",
            fix="write @pipeline above a def",
        )
    check_plain(function, f"pipeline '{name}'", where)
    check_parameters(function, where)
    module = str(frame.f_globals.get("__name__", "__main__"))
    execution = frame.f_code
    existing = frame.f_globals.get(function.__name__)
    if isinstance(existing, Pipeline) and _same(existing, module, execution) and execution.co_name == "<module>":
        existing.bind(function, execution)
        return existing
    path, line = source_of(function, frame)
    made: Pipeline[Any, Any] = Pipeline(
        function, module=module, name=function.__name__, path=path, line=line, doc=function.__doc__
    )
    made._execution = execution
    return made


def _same(existing: Pipeline[Any, Any], module: str, execution: Any) -> bool:
    if existing.__module__ != module:
        return False
    before = existing._execution
    if existing.deferred and before is None:
        return True
    return before is not execution and getattr(before, "co_filename", None) == execution.co_filename


def check_parameters(function: FunctionType, where: str) -> None:
    """Refuse ``*args`` and ``**kwargs``, which ``name=value`` on the command line could not reach."""
    starred = [text for flag, text in ((0x04, "*"), (0x08, "**")) if function.__code__.co_flags & flag]
    if starred:
        raise DeclarationError(
            f"pipeline '{function.__name__}' ({where}) has a parameter with {starred[0]}",
            why="the parameters of a pipeline are set by name: doit name=value",
            fix="give it parameters with names and defaults",
        )
