"""What is read back: runs, step runs, artifact versions and where they came from.

They are snapshots of rows; what needs another look at the records (producer, consumers, parameters, ...) is asked of
the `Reader` that made them, when it is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Protocol

from lineage.errors import StoreError
from lineage.model.snapshot import Snapshot
from lineage.model.stored import DISCOVERED, Entry

__all__ = ["Artifact", "ArtifactVersion", "CodePart", "Lineage", "PipelineRun", "Reader", "StepRun", "Visit"]


def _parsed(text: str | None, empty: Any) -> Any:
    """Read JSON as it was recorded; most of it is never looked at, so it is read when it is."""
    try:
        return json.loads(text) if text else empty
    except ValueError as error:
        fix = "put .lineage/metadata.sqlite back from a backup, or move it away and run `doit`"
        raise StoreError("a row of the records is damaged", why=f"{error} in {text!r:.60}", fix=fix) from error


class Reader(Protocol):
    """What a snapshot asks when it is asked for more."""

    def steps_of(self, run: PipelineRun) -> dict[str, StepRun]:
        """Answer ``PipelineRun.steps``."""

    def picture_of(self, run: PipelineRun) -> str:
        """Answer ``PipelineRun._repr_svg_``."""

    def run_of(self, run_id: int) -> PipelineRun:
        """Answer ``StepRun.run``."""

    def environment_of(self, run: PipelineRun) -> dict[str, Any] | None:
        """Answer ``PipelineRun.environment``."""

    def outputs_of(self, step: StepRun) -> dict[str, ArtifactVersion]:
        """Answer ``StepRun.outputs``."""

    def inputs_of(self, step: StepRun) -> dict[str, ArtifactVersion]:
        """Answer ``StepRun.inputs``."""

    def parameters_of(self, step: StepRun) -> dict[str, str]:
        """Answer ``StepRun.parameters``."""

    def metrics_of(self, step: StepRun) -> dict[str, float]:
        """Answer ``StepRun.metrics``."""

    def manifest_of(self, step: StepRun) -> tuple[Entry, ...]:
        """Answer ``StepRun.manifest``."""

    def code_of(self, step: StepRun) -> tuple[CodePart, ...]:
        """Answer ``StepRun.code``."""

    def log_of(self, step: StepRun) -> str:
        """Answer ``StepRun.log_text``."""

    def step_run(self, step_run_id: int) -> StepRun:
        """Answer ``StepRun.executed`` and ``ArtifactVersion.producer``."""

    def consumers_of(self, version: ArtifactVersion) -> list[StepRun]:
        """Answer ``ArtifactVersion.consumers``."""

    def upstream_of(self, version: ArtifactVersion) -> list[ArtifactVersion]:
        """Answer ``ArtifactVersion.upstream``."""

    def downstream_of(self, version: ArtifactVersion) -> list[ArtifactVersion]:
        """Answer ``ArtifactVersion.downstream``."""

    def preview_of(self, version: ArtifactVersion) -> dict[str, Any]:
        """Answer ``ArtifactVersion.preview``."""

    def path_of(self, version: ArtifactVersion) -> str:
        """Answer ``ArtifactVersion.path``."""

    def load(self, version: ArtifactVersion) -> Any:
        """Answer ``ArtifactVersion.load``."""

    def versions_of(self, artifact: Artifact) -> list[ArtifactVersion]:
        """Answer ``Artifact.versions``."""

    def current_of(self, artifact: Artifact) -> ArtifactVersion:
        """Answer ``Artifact.current``."""


class PipelineRun(Snapshot):
    """One ``doit`` command.

    Attributes
    ----------
    id : int
        Ascending, per project.
    status : str
        ``running``, ``ok``, ``failed``, ``interrupted`` or ``lost``.
    command : str
        What the user typed.
    started, ended : float, float or None
        Unix seconds.
    seconds, saved : float
        Wall seconds that it took, and that cached steps did not take.
    user, host, pid : str, str, int
        Who and which process.
    git_commit, git_branch, git_dirty : str or None, str or None, bool or None
        State of the working copy (dirty is asked only when a step runs).
    confirms : int or None
        The run whose state it found unchanged: its steps are shown, as cached.
    pipeline : str or None
        The pipeline that it was asked for by; then `steps` has the names within it.
    """

    id: int
    status: str
    command: str
    started: float
    ended: float | None
    seconds: float
    saved: float
    _counts: str | None
    _selection: str | None
    user: str
    host: str
    pid: int
    git_commit: str | None
    git_branch: str | None
    git_dirty: bool | None
    environment_digest: str | None
    confirms: int | None
    pipeline: str | None
    _reader: Reader

    _identity = ("id", "pipeline")

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many of its steps had which status."""
        found: dict[str, int] = _parsed(self._counts, {})
        return found

    @cached_property
    def selection(self) -> dict[str, Any]:
        """The ``name=value`` words of the command."""
        found: dict[str, Any] = _parsed(self._selection, {})
        return found

    @cached_property
    def steps(self) -> dict[str, StepRun]:
        """Its steps in the order of definition: by name, or by task if the run was not asked for by a pipeline."""
        return self._reader.steps_of(self)

    @cached_property
    def metrics(self) -> dict[str, float]:
        """Numbers that its steps returned, by name; by ``task.name`` where several steps have that name."""
        named = [(step.task, name, value) for step in self.steps.values() for name, value in step.metrics.items()]
        times: dict[str, int] = {}
        for _, name, _ in named:
            times[name] = times.get(name, 0) + 1
        return {name if times[name] == 1 else f"{task}.{name}": value for task, name, value in named}

    @cached_property
    def environment(self) -> dict[str, Any] | None:
        """``{"python", "platform", "packages"}``; of the confirmed run, if it confirms one."""
        return self._reader.environment_of(self)

    def _repr_svg_(self) -> str:
        """Show itself in a notebook as the picture of its lineage."""
        return self._reader.picture_of(self)


class StepRun(Snapshot):
    """One step in one run.

    Attributes
    ----------
    id : int
        Ascending, per project.
    run_id : int
        The run that it is shown for (see ``PipelineRun.confirms``).
    task, pipeline, name : str
        ``digits:trainer``, ``digits``, ``trainer``.
    step, module, doc : str
        ``svc_trainer``, ``tasks.digits``, and the first line of the docstring.
    status : str
        ``cached``, ``run``, ``failed``, ``skipped``, ``running`` or ``pending``.
    started : float
        Unix seconds.
    seconds, saved : float
        Wall seconds that it took, or that it did not take because it was cached.
    cpu, rss : float or None, int or None
        CPU seconds and peak bytes, where it was executed.
    fingerprint : str or None
        Hash of its manifest.
    executed_id : int
        The step run that executed: itself, or the one whose results it reused.
    log : str or None
        Where what it printed is kept, relative to the project's ``.lineage``.
    """

    id: int
    run_id: int
    task: str
    pipeline: str
    name: str
    step: str
    module: str
    doc: str
    status: str
    position: int
    started: float
    seconds: float
    saved: float
    cpu: float | None
    rss: int | None
    fingerprint: str | None
    _reasons: str | None
    _error: str | None
    _upstream: str | None
    executed_id: int
    log: str | None
    _reader: Reader

    _identity = ("id", "run_id")

    @cached_property
    def reasons(self) -> list[dict[str, Any]]:
        """Why it was not up to date: kind, name, before, after and text of each ingredient that differed."""
        found: list[dict[str, Any]] = _parsed(self._reasons, [])
        return found

    @cached_property
    def error(self) -> dict[str, Any] | None:
        """What went wrong."""
        found: dict[str, Any] | None = _parsed(self._error, None)
        return found

    @cached_property
    def upstream(self) -> tuple[str, ...]:
        """The tasks it takes artifacts from."""
        return tuple(_parsed(self._upstream, ()))

    @cached_property
    def outputs(self) -> dict[str, ArtifactVersion]:
        """What it gave, by the name within the pipeline."""
        return self._reader.outputs_of(self)

    @property
    def run(self) -> PipelineRun:
        """The run that it is shown for."""
        return self._reader.run_of(self.run_id)

    @property
    def executed(self) -> StepRun:
        """The step run that executed: itself, or the one whose results it reused."""
        if self.executed_id == self.id and self.status != "cached":
            return self
        return self._reader.step_run(self.executed_id)

    @cached_property
    def inputs(self) -> dict[str, ArtifactVersion]:
        """The artifacts it took, by parameter."""
        return self._reader.inputs_of(self)

    @cached_property
    def parameters(self) -> dict[str, str]:
        """Its literal parameters as people are shown them."""
        return self._reader.parameters_of(self)

    @cached_property
    def metrics(self) -> dict[str, float]:
        """Numbers that it returned."""
        return self._reader.metrics_of(self)

    @cached_property
    def manifest(self) -> tuple[Entry, ...]:
        """The ingredients that its fingerprint is the hash of."""
        return self._reader.manifest_of(self)

    @cached_property
    def discovered(self) -> tuple[Entry, ...]:
        """What it was seen to read besides its inputs; what is shown of each is the place that reads it."""
        return tuple(entry for entry in self.manifest if entry.kind in DISCOVERED)

    @cached_property
    def code(self) -> tuple[CodePart, ...]:
        """The functions, classes and constants that its code reaches, with their source as it was."""
        return self._reader.code_of(self)

    def log_text(self) -> str:
        """Return what it printed when it was executed; empty if it printed nothing or the log is gone."""
        return self._reader.log_of(self)


class CodePart(Snapshot):
    """One function, class or constant: ``tasks.digits:prep``, where it stood, how it is reached, and its source."""

    name: str
    digest: str
    file: str
    line: int
    via: str
    text: str

    _identity = ("name", "digest")


class Artifact(Snapshot):
    """A named value through all its versions: `name` is ``digits/model`` (``file:data.csv`` for an input file)."""

    name: str
    count: int
    _reader: Reader

    _identity = ("name",)

    @cached_property
    def versions(self) -> list[ArtifactVersion]:
        """All versions, by number."""
        return self._reader.versions_of(self)

    @cached_property
    def current(self) -> ArtifactVersion:
        """The version at the readable path, else that of the newest run."""
        return self._reader.current_of(self)

    def __getitem__(self, version: int) -> ArtifactVersion:
        return next(found for found in self.versions if found.version == version)


class ArtifactVersion(Snapshot):
    """One value of an artifact.

    Attributes
    ----------
    name : str
        ``digits/model``; ``file:data/train.csv`` for an input file.
    version : int
        Counted per artifact; an old value has its old number.
    digest, blob : str, str or None
        Hash of the value, and of the stored bytes (``None`` for an input file, which is not stored).
    size : int or None
        Bytes stored.
    format, type : str
        Name of the format that reads it, and the value's type.
    created : float
        Unix seconds of the first time it was made.
    run_id : int or None
        The run that first made it.
    producer_id : int or None
        The step run that executed to make it: in the run through which it was found, else the one that the newest run
        has it from.
    """

    id: int
    name: str
    version: int
    digest: str
    blob: str | None
    size: int | None
    format: str
    type: str
    _summary: str | None
    created: float
    run_id: int | None
    producer_id: int | None
    _reader: Reader

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"

    @cached_property
    def summary(self) -> dict[str, Any]:
        """Plain JSON about the value: shape, dtype, value ..."""
        found: dict[str, Any] = _parsed(self._summary, {})
        return found

    @cached_property
    def preview(self) -> dict[str, Any]:
        """What people are shown of the value, as plain JSON: its ``kind`` says which keys it has.

        See `lineage.formats.preview`. No value is loaded for it.
        """
        return self._reader.preview_of(self)

    @property
    def short_name(self) -> str:
        """The name within its pipeline: ``model``."""
        return self.name if self.name.startswith("file:") else self.name.partition("/")[2]

    @property
    def is_stored(self) -> bool:
        """Whether the artifact store has its bytes (it does not keep input files)."""
        return self.blob is not None

    @property
    def path(self) -> str:
        """Absolute path of its bytes, for reading only."""
        return self._reader.path_of(self)

    @cached_property
    def producer(self) -> StepRun | None:
        """The step run that executed to make it; ``None`` for an input file."""
        return None if self.producer_id is None else self._reader.step_run(self.producer_id)

    @property
    def last_run_id(self) -> int | None:
        """The run that it comes from now: that of its producer, where `run_id` is the first that made it."""
        return None if self.producer is None else self.producer.run_id

    @property
    def consumers(self) -> list[StepRun]:
        """The step runs that were executed with it, oldest first."""
        return self._reader.consumers_of(self)

    @property
    def upstream(self) -> list[ArtifactVersion]:
        """Everything that it was made from, directly or not."""
        return self._reader.upstream_of(self)

    @property
    def downstream(self) -> list[ArtifactVersion]:
        """Everything that was made from this value, directly or not, in any run."""
        return self._reader.downstream_of(self)

    def load(self) -> Any:
        """Read the value back; arrays are memory-mapped.

        Raises
        ------
        StoreError
            Its bytes are missing or damaged, or it is an input file.
        FormatError
            No format can read it.
        """
        return self._reader.load(self)


class Visit(Snapshot):
    """One line of a lineage as a tree: `version` was taken as `slot` and was made by `step`.

    `seen` says that the step stands further up already, and what it was made from is not repeated.
    """

    depth: int
    slot: str
    version: ArtifactVersion
    step: StepRun | None
    seen: bool

    _identity = ("depth", "slot", "version", "step", "seen")


class Lineage(Snapshot):
    """Where a version came from: the graph of all steps upstream.

    Attributes
    ----------
    version : ArtifactVersion
        What was asked for.
    steps : dict of int to StepRun
        Every step run upstream by its id, newest first.
    inputs : dict of int to tuple of (str, ArtifactVersion)
        What each of them took, with the parameter's name.
    parameters : dict of int to dict of str to str
        The literal parameters of each.
    code : dict of int to str
        The digest of the code of each, where it is known.
    """

    version: ArtifactVersion
    steps: dict[int, StepRun]
    inputs: dict[int, tuple[tuple[str, ArtifactVersion], ...]]
    parameters: dict[int, dict[str, str]]
    code: dict[int, str]

    _identity = ("version",)

    def walk(self) -> Iterator[Visit]:
        """Visit versions depth first, each step's inputs below the first version of it that is visited.

        A shared step is told once, so a lineage is as long as it has steps and inputs; nothing recurses.
        """
        told: set[int] = set()
        waiting: list[tuple[int, str, ArtifactVersion]] = [(0, "", self.version)]
        while waiting:
            depth, slot, version = waiting.pop()
            maker = version.producer_id
            seen = maker in told
            yield Visit(depth, slot, version, self.steps.get(maker) if maker is not None else None, seen)
            if maker is None or seen:
                continue
            told.add(maker)
            waiting += [(depth + 1, *taken) for taken in reversed(self.inputs.get(maker, ()))]
