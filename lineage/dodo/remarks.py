"""Remarks on options of steps that do nothing: a pattern that matches nothing is a mistake more often than not."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from lineage.errors import did_you_mean
from lineage.fingerprint.packages import canonical_name
from lineage.model import options
from lineage.model.shown import one_line

if TYPE_CHECKING:
    from lineage.dodo.console import Console
    from lineage.dodo.session import Session
    from lineage.model.plan import Call, StepSpec

__all__ = ["remark", "remarks"]


def remark(session: Session, calls: Iterable[Call], console: Console | None) -> bool:
    """Print the `remarks` of a run, on stderr where the user has chosen another reporter; return whether any."""
    told = remarks(session, calls)
    for sentence in map(one_line, told):
        if console is None:
            sys.stderr.write(sentence + "\n")
        else:
            console.tell(sentence)
    return bool(told)


def remarks(session: Session, calls: Iterable[Call]) -> list[str]:
    """Return a sentence for each name in the options of steps that stands for nothing.

    Parameters
    ----------
    session : Session
        The command's session.
    calls : iterable of Call
        What the command was about.
    """
    by_step: dict[int, list[Call]] = {}
    for call in calls:
        if "ignore" in call.step.options or "packages" in call.step.options:
            by_step.setdefault(id(call.step), []).append(call)
    return [remark for each in by_step.values() for remark in (*_ignored(session, each), *_packages(session, each))]


def _place(step: StepSpec) -> str:
    place = f"{os.path.relpath(step.path)}:{step.line}" if step.path else "in a cell"
    return f"of step '{step.name}' ({place})"


def _ignored(session: Session, calls: list[Call]) -> Iterator[str]:
    step, ingredients = calls[0].step, session.evaluation.ingredients
    own = ingredients.closure(step)
    unused = set() if own is None else set(own.unused)
    for call in calls if unused else ():
        if session.evaluation.ready(call):  # else nobody knows yet what its inputs hold
            unused.intersection_update(*(set(code.unused) for code in ingredients.closures(call).values()))
    for pattern in sorted(unused):
        near = did_you_mean(pattern, _names_in(session, step))
        yield f"ignore {pattern!r} {_place(step)} matches nothing that its code reaches{near}"


def _names_in(session: Session, step: StepSpec) -> set[str]:
    """Return by which names the code that a step reaches can be ignored."""
    code = session.project.code(step.module, step.qualname)
    dotted = {entry.name.partition("#")[0].replace(":", ".") for entry in code.entries}
    modules = {name.rpartition(".")[0] for name in dotted}
    return {*dotted, *modules, *(name.rpartition(".")[2] for name in dotted), *(f"{name}.*" for name in modules)}


def _packages(session: Session, calls: list[Call]) -> Iterator[str]:
    step, ingredients = calls[0].step, session.evaluation.ingredients
    versions = dict(ingredients.packages(step))
    for name in options.names(step.options, "packages"):
        if versions.get(name) == "not installed":
            near = did_you_mean(name, ingredients.distributions.known_names())
            yield f"package {name!r} {_place(step)} is not installed{near}"
    out = options.names(step.options, "packages", ignored=True)
    counted = _counted(session, calls) if out else set()
    for name in out:
        if canonical_name(name) not in {canonical_name(other) for other in counted}:
            yield f"package {name!r} {_place(step)} would not count anyway{did_you_mean(name, counted)}"


def _counted(session: Session, calls: list[Call]) -> set[str]:
    """Return the packages, by both their names, that would count for a step if it took none out."""
    ingredients = session.evaluation.ingredients
    code = ingredients.closure(calls[0].step)
    found = set() if code is None else set(code.packages)
    for call in calls:
        uncut = ingredients.without_cuts(call) or call
        carried = ingredients.carried(uncut) if session.evaluation.ready(call) else ()
        found.update(name for name, _ in (*ingredients.packages(uncut.step), *carried))
    return found
