"""What doit refuses only when it comes to run something: a command is right or wrong whatever is cached."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from lineage.declare.places import place
from lineage.errors import DeclarationError, UsageError, did_you_mean

if TYPE_CHECKING:
    from lineage.declare.pipeline import Pipeline

__all__ = ["check_names", "check_parallel"]

_KINDS = ("process", "thread")


def check_names(pipelines: Sequence[Pipeline[Any, Any]], commands: Collection[str]) -> None:
    """Refuse pipelines with the names of commands.

    Raises
    ------
    DeclarationError
        With the pipeline's line.
    """
    for pipeline in pipelines:
        if pipeline.name in commands:
            raise DeclarationError(
                f"pipeline '{pipeline.name}' has the name of a command ({place(pipeline.path, pipeline.line)})",
                why=f"`doit {pipeline.name}` could mean either",
                fix="rename the function",
            )


def check_parallel(processes: int, kind: str) -> None:
    """Refuse a kind of parallel execution that there is not, and a number of processes with which nothing would run.

    Raises
    ------
    UsageError
        With the nearest kind.
    """
    if processes < 0:
        raise UsageError(f"-n {processes}: nothing runs in less than no process")
    if kind not in _KINDS:
        raise UsageError(
            f"-P {kind}: there is no such kind of parallel execution{did_you_mean(kind, _KINDS)}",
            fix=f"use one of: {', '.join(_KINDS)}",
        )
