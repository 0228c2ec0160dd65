"""What is exported: runs, the steps that were executed in them, and what these took and gave, without any secret."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

from lineage.errors import StoreError
from lineage.errors.secrets import redacted
from lineage.model.history import ArtifactVersion, PipelineRun, StepRun
from lineage.query import History

__all__ = ["PRODUCER", "Done", "Story", "hidden", "moment", "our_version", "run_uuid", "step_uuid", "told"]

#: Who writes what is exported.
PRODUCER = "https://pypi.org/project/doit-lineage/"
_SECRET = re.compile(r"pass(word|wd|phrase)?|secret|token|credential|private|api_?key|(^|_)key($|_)", re.IGNORECASE)
_HIDDEN = "***"


class Done(NamedTuple):
    """One step that was executed, with what it took (by parameter), gave (by name), and its parameters for people.

    `made` tells who has executed it, where a shared cache gave its result: nothing here has; else it is empty.
    """

    step: StepRun
    run: PipelineRun
    inputs: dict[str, ArtifactVersion]
    outputs: dict[str, ArtifactVersion]
    parameters: dict[str, str]
    made: dict[str, Any]

    @property
    def user(self) -> str:
        """Who has executed it."""
        return str(self.made.get("user") or "unknown") if self.made else self.run.user


class Story(NamedTuple):
    """A project's runs, oldest first, the steps that were executed in them or that they have results of.

    `has_bytes` tells whether the bytes of a version are here and intact; what a shared store has is fetched. Of several
    that are going to be asked for, `fetch` has them come together.
    """

    project: str
    runs: list[PipelineRun]
    steps: list[Done]

    has_bytes: Callable[[ArtifactVersion], bool]
    fetch: Callable[[Iterable[ArtifactVersion]], None]

    @property
    def name(self) -> str:
        """What the project is called: its folder's name."""
        return os.path.basename(self.project) or "project"


def told(history: History, run: PipelineRun | None) -> Story:
    """Read what is exported.

    Parameters
    ----------
    history : History
        The project's history.
    run : PipelineRun or None
        Only this run, with the executions that its cached steps have their results from; without, all of them.
    """
    runs = history.runs if run is None else [run]
    history.read_steps(runs)
    steps = [_done(history, step) for step in _executed(runs)]
    fetch = partial(_fetch, history)
    return Story(history.project, runs, steps, partial(_has_bytes, history), fetch)


def _fetch(history: History, versions: Iterable[ArtifactVersion]) -> None:
    history.stack.bring_ahead((version.blob, version.format) for version in versions if version.blob is not None)


def _has_bytes(history: History, version: ArtifactVersion) -> bool:
    if version.blob is None:
        return False
    with suppress(StoreError):
        history.stack.bring(version.blob, version.format, version.type, str(version))
        return True
    return False


def _executed(runs: Sequence[PipelineRun]) -> list[StepRun]:
    """Return the step runs that executed (or were accepted), each once, oldest first."""
    found: dict[int, StepRun] = {}
    for run in runs:
        for step in run.steps.values():
            if step.status in ("run", "failed", "running"):
                found[step.id] = step
            elif step.status == "cached" and step.executed_id not in found:
                found[step.executed_id] = step.executed
    return [found[number] for number in sorted(found)]


def _done(history: History, step: StepRun) -> Done:
    run = history.run(step.run_id)
    return Done(step, run, step.inputs, step.outputs, _shown(step.parameters), _made(step))


def _made(step: StepRun) -> dict[str, Any]:
    told = (reason.get("made") for reason in step.reasons if reason.get("kind") == "shared")
    return next((made for made in told if isinstance(made, dict)), {})


def _shown(parameters: dict[str, str]) -> dict[str, str]:
    return {name: hidden(name, value) for name, value in parameters.items()}


def hidden(name: str, value: str) -> str:
    """Return a parameter's value, or stars if its name or the value says that it is a secret."""
    return _HIDDEN if _SECRET.search(name) else redacted(value)


def moment(seconds: float) -> str:
    """Return unix seconds as ISO 8601 in UTC: ``2026-11-25T23:35:00.120+00:00``."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def our_version() -> str:
    """Return the version of lineage."""
    from importlib.metadata import version

    return version("doit-lineage")


def run_uuid(run: PipelineRun, project: str) -> str:
    """Return the UUID of a run: the same whenever it is exported, and no other run's."""
    return _uuid(project, run.host, repr(run.started), str(run.id))


def step_uuid(step: StepRun, project: str) -> str:
    """Return the UUID of a step run."""
    return _uuid(project, "step", repr(step.started), str(step.id))


def _uuid(*words: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, PRODUCER + "\0".join(words)))
