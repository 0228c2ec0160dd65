"""Names of tasks on the command line: those that mean nothing are said to, with the nearest that does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from doit.exceptions import InvalidCommand

from lineage.declare.pipeline import Pipeline

if TYPE_CHECKING:
    from lineage.dodo.session import Session

__all__ = ["check_names", "explained", "hide_duplicates", "is_more_than_a_name"]


def is_more_than_a_name(word: str) -> bool:
    """Return whether a word may be an option, a selector or a pattern."""
    return word[:1] in ("-", "+") or word[-1:] == "+" or "*" in word or word.startswith("status:")


def check_names(session: Session, words: Sequence[str]) -> None:
    """Say which step was meant, where a word looks like one and is none.

    Raises
    ------
    UsageError
        With the nearest step.
    """
    for word in words:
        pipeline = session.plan.pipelines.get(word.partition(":")[0])
        if pipeline is None or ":" not in word or word in session.plan.by_task or is_more_than_a_name(word):
            continue
        from lineage.dodo.options import unknown

        where = f"`doit list --all {pipeline.name}` shows the steps of pipeline {pipeline.name}"
        raise unknown("step", word, [call.task for call in pipeline.calls], where)


def explained(error: Any, tasks: Sequence[Any], commands: Iterable[str], words: Sequence[str]) -> Exception:
    """Name the nearest task where doit says that there is none of a name; leave what else is wrong to doit.

    The first word may have been meant for a command: `doit lst`.
    """
    quoted = str(error).split("'")
    name = error.not_found or (quoted[1] if len(quoted) == 3 and quoted[2] == " is not a task." else None)
    if name is None:
        return InvalidCommand(*error.args)  # type: ignore[no-any-return]
    from lineage.dodo.options import names_like, unknown

    known = [*names_like(name, tasks), *(commands if [name] == list(words[:1]) else ())]
    return unknown("task or target", name, known, "`doit list --all` shows the tasks")


def hide_duplicates(namespace: dict[str, Any]) -> None:
    """Leave each pipeline in a namespace once: two names for one would be two tasks of one name."""
    seen: set[int] = set()
    for name in list(namespace):
        thing = namespace[name]
        if isinstance(thing, Pipeline):
            if id(thing) in seen:
                del namespace[name]
            seen.add(id(thing))
