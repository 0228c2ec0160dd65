"""The history of a project: its runs, pipelines and artifacts."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import cached_property
from types import TracebackType
from typing import Any

import lineage.query.closure as closure
import lineage.query.finding as finding
import lineage.query.rows as rows
from lineage.errors import UsageError, did_you_mean
from lineage.model.history import Artifact, ArtifactVersion, CodePart, Lineage, PipelineRun, StepRun
from lineage.model.named import Named
from lineage.model.shown import natural_key
from lineage.model.stored import Entry
from lineage.query.metrics import metrics_of
from lineage.records.protocol import FILE, MetadataStore, Row
from lineage.stack import Stack, find_project

__all__ = ["History", "PipelineHistory", "load"]

_OF_PIPELINE = """
WHERE EXISTS (SELECT 1 FROM step_run s JOIN task t ON t.task_id = s.task_id
    WHERE s.run_id = coalesce(r.confirms, r.run_id) AND t.pipeline = ?) """


#: Who draws a run. It stands above this room, so it is named and not imported: it is loaded when somebody looks.
_DRAWN_BY = "lineage.report.display"


class History:
    """What was recorded of a project. Reading creates nothing; a project that has not run is an empty history.

    Parameters
    ----------
    project : str, optional
        The project's folder; by default the nearest one upwards with a ``dodo.py`` or a ``.lineage`` folder.

    Raises
    ------
    UsageError
        There is no project.
    """

    def __init__(self, project: str | os.PathLike[str] | None = None) -> None:
        found = find_project() if project is None else os.path.abspath(project)
        if found is None:
            raise UsageError(
                f"there is no project in {os.getcwd()} or a folder above it",
                why="a project is a folder with a dodo.py or a .lineage folder",
                fix="change to the project's folder, or name it: History('path/to/project')",
            )
        self.project = found
        self.stack = Stack(found, read_only=True)

    def __enter__(self) -> History:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"History({self.project!r})"

    def close(self) -> None:
        """Close the stores."""
        self.stack.close()

    @property
    def store(self) -> MetadataStore:
        """The metadata store, opened for reading."""
        return self.stack.metadata

    # Runs

    @property
    def runs(self) -> list[PipelineRun]:
        """All runs, oldest first; their `steps` go by task."""
        return self.last_runs()

    def last_runs(self, count: int | None = None, pipeline: str | None = None) -> list[PipelineRun]:
        """Return the newest `count` runs (default: all), oldest first; with `pipeline`, those with a step of it."""
        where, parameters = (_OF_PIPELINE, [pipeline]) if pipeline is not None else ("", [])
        limit = -1 if count is None else count
        if limit >= 0:
            found = self.store.select(f"{rows.RUN}{where} ORDER BY r.run_id DESC LIMIT ?", (*parameters, limit))[::-1]
        else:
            found = self.store.select(f"{rows.RUN}{where} ORDER BY r.run_id", parameters)
        return rows.runs_from(found, self, self.store, pipeline)

    def run(self, run_id: int) -> PipelineRun:
        """Return the run with this id; `UsageError` if there is none."""
        found = self.store.select(rows.RUN + "WHERE r.run_id = ?", (run_id,))
        if not found:
            last = self.store.last_run_id()
            known = f"the last run is {last}" if last else "nothing has run so far"
            raise UsageError(f"there is no run {run_id}", why=known, fix="`lineage runs` lists them")
        return rows.runs_from(found, self, self.store)[0]

    def pipelines(self) -> list[str]:
        """Return the names of all pipelines that were ever run, sorted."""
        return [row[0] for row in self.store.select("SELECT DISTINCT pipeline FROM task ORDER BY pipeline")]

    def pipeline(self, name: str) -> PipelineHistory:
        """Return the history of one pipeline; `UsageError` if others were run but not this one."""
        known = self.pipelines()
        if known and name not in known:
            raise UsageError(
                f"nothing is recorded of a pipeline '{name}'{did_you_mean(name, known)}",
                why="it was never run here",
                fix=f"the pipelines are: {', '.join(known)}",
            )
        return PipelineHistory(name, self)

    def read_steps(self, runs: Sequence[PipelineRun]) -> None:
        """Read the steps of many runs at once, so that asking each for its `steps` costs nothing more."""
        states = {run.confirms or run.id for run in runs}
        by_run: dict[int, list[Row]] = {state: [] for state in states}
        order = "ORDER BY s.run_id, s.position, s.step_run_id"
        found = rows.select_in(self.store, rows.STEP, "s.run_id", states, order)
        for row in found:
            by_run[row[1]].append(row)
        metrics = metrics_of(self.store, {row[0]: row[18] or row[0] for row in found})
        steps: list[StepRun] = []
        for run in runs:
            run.__dict__["steps"] = named = self._named(run, by_run[run.confirms or run.id])
            steps += named.values()
        self.read_outputs(steps)
        discovered = rows.discovered(self.store, {step.fingerprint for step in steps if step.fingerprint})
        for step in steps:
            step.__dict__["metrics"] = metrics.get(step.id, {})
            step.__dict__["discovered"] = discovered.get(step.fingerprint or "", ())

    def read_outputs(self, steps: Sequence[StepRun]) -> None:
        """Read the outputs of many step runs at once."""
        rows.keep_outputs(steps, rows.outputs_of({step.id for step in steps}, self, self.store))

    # Artifacts

    def artifacts(self) -> list[Artifact]:
        """Return every artifact that a step made, by name (`natural_key`), each with its number of versions."""
        counted = self.store.select(
            "SELECT a.name, count(*) FROM artifact a JOIN artifact_version v ON v.artifact_id = a.artifact_id "
            "GROUP BY a.name"
        )
        made = [(name, count) for name, count in counted if not name.startswith(FILE)]
        return [Artifact(name, count, self) for name, count in sorted(made, key=lambda each: natural_key(each[0]))]

    def read_current(self, artifacts: Sequence[Artifact]) -> None:
        """Read the current versions of many artifacts at once, as far as the newest run had them."""
        finding.read_current(self, artifacts)

    def read_producers(self, versions: Sequence[ArtifactVersion]) -> None:
        """Read the step runs at once that many versions come from."""
        steps = closure.step_runs(self, {version.producer_id for version in versions if version.producer_id})
        for version in versions:
            version.__dict__["producer"] = steps.get(version.producer_id or 0)

    def read_previews(self, versions: Sequence[ArtifactVersion]) -> None:
        """Read the previews of many versions at once."""
        found = rows.previews(self.store, versions)
        for version in versions:
            version.__dict__["preview"] = found[version.digest]

    def artifact(self, name: str) -> Artifact:
        """Return an artifact by its name, ``digits/model`` or, if only one pipeline has it, ``model``.

        Raises
        ------
        UsageError
            There is none, or several; the message has the nearest name.
        """
        full = finding.full_name(self.store, name)
        return Artifact(full, self.store.select(finding.COUNT, (full,))[0][0], self)

    def find(self, text: str) -> list[ArtifactVersion]:
        """Return the versions of a name, ``name@2``, ``name@tag``, a path, or the beginning of a digest or blob hash.

        Raises
        ------
        UsageError
            Nothing is known of it; the message has the nearest name.
        """
        return finding.find(self, text)

    def load(self, what: str | ArtifactVersion) -> Any:
        """Return the current value of an artifact by its name, or that of ``name@2``, ``name@tag``, or a version."""
        version = finding.named(self, what) if isinstance(what, str) else what
        return finding.read(self.stack, version)

    def lineage_of(self, version: ArtifactVersion) -> Lineage:
        """Return all that a version was made from, with the steps, their parameters and their code."""
        return closure.lineage_of(self, version)

    def source(self, digest: str) -> str | None:
        """Return the source text with this digest, as it was when a step ran with it."""
        found = self.store.select("SELECT text FROM source WHERE digest = ?", (digest,))
        return found[0][0] if found else None

    # What snapshots ask (lineage.model.history.Reader)

    def steps_of(self, run: PipelineRun) -> dict[str, StepRun]:
        """Return the steps of a run in the order of definition."""
        state = run.confirms or run.id
        where = rows.STEP + "WHERE s.run_id = ? ORDER BY s.position, s.step_run_id"
        named = self._named(run, self.store.select(where, (state,)))
        steps = list(named.values())
        rows.keep_outputs(steps, rows.outputs_of_run(steps, state, self, self.store))
        return named

    def _named(self, run: PipelineRun, found: list[Row]) -> dict[str, StepRun]:
        steps = [rows.step_from(row, self, run) for row in found if run.pipeline in (None, row[2])]
        return Named({step.task if run.pipeline is None else step.name: step for step in steps})

    def picture_of(self, run: PipelineRun) -> str:
        """Return the picture of a run as SVG."""
        from importlib import import_module

        return str(import_module(_DRAWN_BY).svg_of(self.project, run))

    def run_of(self, run_id: int) -> PipelineRun:
        """Return the run of a step run."""
        return self.run(run_id)

    def environment_of(self, run: PipelineRun) -> dict[str, Any] | None:
        """Return the environment of a run, or of the one that it confirms."""
        found = self.store.select(
            "SELECT e.python, e.platform, e.packages FROM run r JOIN environment e ON e.digest = r.environment "
            "WHERE r.run_id IN (?, ?) ORDER BY r.run_id DESC LIMIT 1",
            (run.id, run.confirms or run.id),
        )
        if not found:
            return None
        python, platform, packages = found[0]
        return {"python": python, "platform": platform, "packages": json.loads(packages)}

    def step_run(self, step_run_id: int) -> StepRun:
        """Return the step run with this id."""
        return closure.step_runs(self, [step_run_id])[step_run_id]

    def outputs_of(self, step: StepRun) -> dict[str, ArtifactVersion]:
        """Return what a step run gave, by the name within the pipeline."""
        return rows.outputs_of([step.id], self, self.store)[step.id]

    def inputs_of(self, step: StepRun) -> dict[str, ArtifactVersion]:
        """Return what a step run took, by parameter."""
        found = self.store.select(rows.CONSUMED + "WHERE c.step_run_id = ? ORDER BY c.position", (step.id,))
        return {row[2]: rows.version_from(row, row[3], self) for row in found}

    def parameters_of(self, step: StepRun) -> dict[str, str]:
        """Return the literal parameters of a step run."""
        found = "SELECT name, shown FROM parameter WHERE step_run_id = ? ORDER BY position"
        return dict(self.store.select(found, (step.executed_id,)))

    def metrics_of(self, step: StepRun) -> dict[str, float]:
        """Return the numbers that a step run returned."""
        return metrics_of(self.store, {step.id: step.executed_id}).get(step.id, {})

    def manifest_of(self, step: StepRun) -> tuple[Entry, ...]:
        """Return the ingredients of a step run's fingerprint."""
        found = "SELECT kind, name, digest, shown FROM fingerprint_entry WHERE fingerprint = ? ORDER BY position"
        return tuple(Entry(*row) for row in self.store.select(found, (step.fingerprint,)))

    def code_of(self, step: StepRun) -> tuple[CodePart, ...]:
        """Return the parts of a step run's code with their source."""
        found = self.store.select(
            "SELECT c.name, c.digest, c.file, c.line, c.via, coalesce(t.text, '') FROM fingerprint_entry e "
            "JOIN code_entry c ON c.code = e.digest LEFT JOIN source t ON t.digest = c.digest "
            "WHERE e.fingerprint = ? AND e.kind IN ('code', 'class') ORDER BY e.position, c.position",
            (step.fingerprint,),
        )
        # The step's own code and that of its inputs' classes may have parts in common.
        return tuple({(row[0], row[1]): CodePart(*row) for row in reversed(found)}.values())[::-1]

    def log_of(self, step: StepRun) -> str:
        """Return what a step run printed when it was executed."""
        log = step.log if step.executed_id == step.id else self.step_run(step.executed_id).log
        try:
            with open(self.stack.path(log or ""), encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def consumers_of(self, version: ArtifactVersion) -> list[StepRun]:
        """Return the step runs that were executed with a version, oldest first."""
        found = self.store.select(
            "SELECT c.step_run_id FROM consumed c JOIN step_run s ON s.step_run_id = c.step_run_id "
            "WHERE c.av_id = ? AND s.reused IS NULL ORDER BY c.step_run_id",
            (version.id,),
        )
        return list(closure.step_runs(self, [row[0] for row in found]).values())

    def upstream_of(self, version: ArtifactVersion) -> list[ArtifactVersion]:
        """Return everything that a version was made from."""
        return closure.upstream(self, version)

    def downstream_of(self, version: ArtifactVersion) -> list[ArtifactVersion]:
        """Return everything that was made from a version's value."""
        return closure.downstream(self, version)

    def preview_of(self, version: ArtifactVersion) -> dict[str, Any]:
        """Return what people are shown of a version's value."""
        return rows.previews(self.store, [version])[version.digest]

    def path_of(self, version: ArtifactVersion) -> str:
        """Return where a version's bytes lie."""
        return finding.path_of(self.stack, version)

    def versions_of(self, artifact: Artifact) -> list[ArtifactVersion]:
        """Return all versions of an artifact by number."""
        return finding.versions(self, rows.VERSION + "WHERE a.name = ? ORDER BY v.version", artifact.name)

    def current_of(self, artifact: Artifact) -> ArtifactVersion:
        """Return the version at an artifact's readable path, else that of the newest run."""
        return finding.current(self, artifact.name)


class PipelineHistory:
    """The runs of one pipeline.

    Attributes
    ----------
    name : str
        ``digits``.
    """

    def __init__(self, name: str, history: History) -> None:
        self.name = name
        self._history = history

    def __repr__(self) -> str:
        return f"PipelineHistory({self.name!r})"

    @cached_property
    def runs(self) -> list[PipelineRun]:
        """The runs that had a step of it, oldest first; their `steps` go by name within the pipeline."""
        return self._history.last_runs(pipeline=self.name)

    @property
    def artifacts(self) -> list[Artifact]:
        """The artifacts of the pipeline."""
        return [artifact for artifact in self._history.artifacts() if artifact.name.startswith(f"{self.name}/")]


def load(name: str, project: str | os.PathLike[str] | None = None) -> Any:
    """Return the current value of an artifact: that of its readable path, else that of the newest run.

    Parameters
    ----------
    name : str
        ``digits/model``, or ``model`` if only one pipeline has it; ``digits/model@2`` for an older version,
        ``digits/model@best`` for a tagged one.
    project : str, optional
        The project's folder; by default the nearest one upwards.

    Raises
    ------
    UsageError
        There is no such artifact (the message has the nearest name), or no project.
    StoreError
        Its bytes are missing or damaged.
    """
    with History(project) as history:
        return finding.read(history.stack, finding.named(history, name))
