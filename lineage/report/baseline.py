"""What a report compares a run with: another run, a commit that was never run here, or the JSON file of a report."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lineage.errors import UsageError
from lineage.explain.recorded import side_of
from lineage.explain.sides import Origin, Part, Side
from lineage.model.history import CodePart
from lineage.model.stored import Entry

if TYPE_CHECKING:
    from lineage.model.history import PipelineRun
    from lineage.query.history import History

__all__ = ["FORMAT", "Baseline", "of_file", "of_run", "of_tree"]

#: Of the JSON of a report.
FORMAT = 1

Values = Mapping[str, Mapping[str, Any]]
"""By task and by name."""


class Baseline:
    """What a run is compared with.

    Attributes
    ----------
    label : str
        What it is, for people: ``run 5 (main, 1a2b3c4)``.
    metrics : mapping
        Numbers by task and by name.
    outputs : mapping
        Digests of values by task and by name.
    missing : list of str
        Tasks whose results nobody knows.
    run : int or None
        The run that it is, if it is one of the records.
    """

    def __init__(
        self,
        label: str,
        metrics: Values,
        outputs: Values,
        side: Callable[[str], Side | None] | None = None,
        missing: list[str] | None = None,
        run: int | None = None,
    ) -> None:
        self.label = label
        self.metrics = metrics
        self.outputs = outputs
        self.missing = missing or []
        self.run = run
        self._side = side

    def side(self, task: str) -> Side | None:
        """Return what a task was made from; ``None`` where that is not known."""
        return None if self._side is None else self._side(task)

    @property
    def has_code(self) -> bool:
        """Whether it is known what its steps were made from, so that code can be compared."""
        return self._side is not None

    def metric(self, task: str, name: str) -> float | None:
        """Return a number that a task gave."""
        found = self.metrics.get(task, {}).get(name)
        return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None

    def plain(self) -> dict[str, Any]:
        """Return it as it stands in JSON."""
        return {"label": self.label, "missing": self.missing}


def of_run(history: History, run: PipelineRun) -> Baseline:
    """Return a run of the records as what others are compared with."""
    history.read_steps([run])
    steps = run.steps
    made = {task: step for task, step in steps.items() if step.status in ("run", "cached")}

    def side(task: str) -> Side | None:
        return side_of(history.store, steps[task].id, run.id) if task in steps else None

    return Baseline(
        _label(run),
        {task: step.metrics for task, step in made.items()},
        {task: {name: version.digest for name, version in step.outputs.items()} for task, step in made.items()},
        side,
        [task for task in steps if task not in made],
        run.id,
    )


def _label(run: PipelineRun) -> str:
    where = ", ".join(filter(None, [run.git_branch, (run.git_commit or "")[:7]]))
    return f"run {run.id} ({where})" if where else f"run {run.id}"


def of_file(path: str, name: str) -> Baseline:
    """Return the run of which a JSON report was written.

    Parameters
    ----------
    path : str
        The file.
    name : str
        What people call it: who reads the report may be on another machine.

    Raises
    ------
    UsageError
        If it is no such file.
    """
    try:
        with open(path, encoding="utf-8") as file:
            told = json.load(file)
        run = {FORMAT: told["run"]}[told["lineage_report"]]
        steps = {str(step["task"]): step for step in run["steps"]}
        metrics = {task: dict(step["metrics"]) for task, step in steps.items()}
        outputs = {task: {each["name"]: each["digest"] for each in step["outputs"]} for task, step in steps.items()}
        label = f"{name} (run {int(run['id'])})"
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(
            f"{name} is no report to compare with",
            why=f"it is not what `lineage report --format json` writes ({type(error).__name__}: {error})",
            fix="write it again: `lineage report -o FILE.json`",
        ) from error
    return Baseline(label, metrics, outputs)


def of_tree(label: str, told: Mapping[str, Any]) -> Baseline:
    """Return what is known of a commit's tree (`lineage.dodo.asof`).

    Parameters
    ----------
    label : str
        The commit, for people.
    told : mapping
        ``{"steps": {task: {...}}, "code": {digest: [...]}}``.
    """
    steps, code = told["steps"], told["code"]
    made = {task: step for task, step in steps.items() if step["outputs"] is not None}
    return Baseline(
        label,
        {task: step["metrics"] for task, step in made.items()},
        {task: step["outputs"] for task, step in made.items()},
        lambda task: _ToldSide(steps[task], code) if task in steps else None,
        [task for task in steps if task not in made],
    )


class _ToldSide:
    """What a step of a commit's tree is made from."""

    run = None

    def __init__(self, told: Mapping[str, Any], code: Mapping[str, Any]) -> None:
        self._told = told
        self._code = code
        self.step: str = told["step"]

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The manifest, as far as it is known."""
        return tuple(Entry(*each) for each in self._told["entries"])

    def parts(self, code: str) -> list[Part]:
        """Return the parts of a code digest."""
        return [CodePart(*each) for each in self._code.get(code, ())]

    def wide(self, code: str) -> list[str]:
        """Say nothing: this is known of the present only."""
        return []

    def text(self, part: Any) -> str:
        """Return the source text of a part."""
        return str(part.text)

    def origin(self, slot: str) -> Origin | None:
        """Say nothing: whatever an input was made from is told by the step that made it."""
