"""What a metadata store remembers, and the protocol that every one of them keeps.

The classes are written by hand with ``__slots__``, because they are on the way of a run in which nothing changed.

How versions, traces and lineage are recorded:

- a version number belongs to (artifact name, digest): coming back to an old value gives its old number;
- the newest execution of a fingerprint is its trace, so that a forced result becomes the current one;
- a row of a cached step points (``reused``) to the step run that executed; parameters and metrics are read there;
- what a step consumed names the step run that made it, as it was when the consumer was recorded. Record a step before
  those that take artifacts from it.

``tests/test_records_contract.py`` holds every store to this.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from lineage.model.stored import Entry, Stored, Trace

__all__ = ["FILE", "CodeRow", "Gone", "MetadataStore", "Row", "RunStart", "StepOutcome", "StepStart"]

#: What the name of an artifact starts with that no step made: an input file, ``file:data/train.csv``.
FILE = "file:"

Row = tuple[Any, ...]

Gone = tuple[str, str, str, "int | None"]
"""Of bytes that are not in the store any more: blob hash, kind (collected, damaged, missing), why, and their size."""


class RunStart:
    """What is known when a ``doit`` command starts.

    Attributes
    ----------
    command : str
        What the user typed.
    started : float
        Unix seconds.
    project : str
        Absolute path of the project.
    pid, process_started, host, boot_id : int, float or None, str, str
        Which process it is, so that a later one can tell whether it still lives.
    user : str
        Who typed it.
    git_commit, git_branch, git_dirty : str or None, str or None, bool or None
        State of the working copy; ``None`` where it is not known.
    environment : dict or None
        ``{"python": ..., "platform": ..., "packages": {name: version}}``, stored once however many runs have it.
    selection : dict
        The ``name=value`` words of this command.
    """

    __slots__ = (
        "boot_id",
        "command",
        "environment",
        "git_branch",
        "git_commit",
        "git_dirty",
        "host",
        "pid",
        "process_started",
        "project",
        "selection",
        "started",
        "user",
    )

    def __init__(
        self,
        command: str,
        started: float,
        project: str,
        pid: int,
        process_started: float | None = None,
        host: str = "",
        boot_id: str = "",
        user: str = "",
        git_commit: str | None = None,
        git_branch: str | None = None,
        git_dirty: bool | None = None,
        environment: dict[str, Any] | None = None,
        selection: dict[str, Any] | None = None,
    ) -> None:
        self.command = command
        self.started = started
        self.project = project
        self.pid = pid
        self.process_started = process_started
        self.host = host
        self.boot_id = boot_id
        self.user = user
        self.git_commit = git_commit
        self.git_branch = git_branch
        self.git_dirty = git_dirty
        self.environment = environment
        self.selection = selection or {}


class StepStart:
    """What is known of a step before it is executed.

    Attributes
    ----------
    task, pipeline, name : str
        ``digits:trainer``, ``digits``, ``trainer``.
    step, module, doc : str
        ``svc_trainer``, ``tasks.digits``, the first line of its docstring.
    fingerprint : str or None
        Hash of the manifest; ``None`` where it is not known (something upstream failed).
    reasons : list of dict
        Why it is not up to date, each as of ``Reason.plain()``.
    position : int
        Its place in the order of definition.
    upstream : tuple of str
        The tasks that it takes artifacts from.
    """

    __slots__ = ("doc", "fingerprint", "module", "name", "pipeline", "position", "reasons", "step", "task", "upstream")

    def __init__(
        self,
        task: str,
        pipeline: str,
        name: str,
        step: str,
        module: str,
        doc: str = "",
        fingerprint: str | None = None,
        reasons: Sequence[dict[str, Any]] = (),
        position: int = 0,
        upstream: tuple[str, ...] = (),
    ) -> None:
        self.task = task
        self.pipeline = pipeline
        self.name = name
        self.step = step
        self.module = module
        self.doc = doc
        self.fingerprint = fingerprint
        self.reasons = reasons
        self.position = position
        self.upstream = upstream


class CodeRow:
    """One function, class or constant that a step's code reaches.

    `name` is ``tasks.digits:prep``, `file` relative to the project, `via` how it is reached, `text` its source.
    """

    __slots__ = ("digest", "file", "line", "name", "text", "via")

    def __init__(self, name: str, digest: str, file: str, line: int, via: str, text: str) -> None:
        self.name = name
        self.digest = digest
        self.file = file
        self.line = line
        self.via = via
        self.text = text


class StepOutcome:
    """What a step gave.

    Attributes
    ----------
    seconds, cpu, rss : float, float or None, int or None
        Wall seconds, CPU seconds, peak bytes. A cached step has 0 seconds.
    log : str or None
        Path of its captured output, relative to the project's ``.lineage``.
    outputs : tuple of (str, Stored)
        By full artifact name, ``digits/X_train``, in the order of the step's outputs.
    inputs : tuple of (str, str, str)
        (parameter, full artifact name, digest). An input file is named ``file:data/train.csv``.
    parameters : tuple of (str, str)
        (name, text shown to people).
    manifest : tuple of Entry
        The ingredients that the fingerprint is the hash of.
    code : dict of str to sequence of CodeRow
        The parts of the manifest's entries of kind ``code`` and ``class``, by their digests: of those that are new, as
        ``has_code`` says.
    metrics : dict of str to float
        Numbers that the step returned.
    saved : float
        Seconds that a cached step did not take.
    reused : int or None
        The step run that executed, for a cached step.
    remember : bool
        Whether the outputs may be given back for the fingerprint (not if an input changed while the step ran).
    discovered : sequence of Entry
        What the step was seen to read besides its inputs; the last of the manifest's entries.
    base, fingerprint : str or None
        Where there is something discovered: the fingerprint without it, and with it.
    previews : dict of str to str
        What people are shown of the outputs, as JSON, by the digests of those that the summary does not tell all of.
    """

    __slots__ = (
        "base",
        "code",
        "cpu",
        "discovered",
        "fingerprint",
        "inputs",
        "log",
        "manifest",
        "metrics",
        "outputs",
        "parameters",
        "previews",
        "remember",
        "reused",
        "rss",
        "saved",
        "seconds",
    )

    def __init__(
        self,
        seconds: float = 0.0,
        cpu: float | None = None,
        rss: int | None = None,
        log: str | None = None,
        outputs: Sequence[tuple[str, Stored]] = (),
        inputs: Sequence[tuple[str, str, str]] = (),
        parameters: Sequence[tuple[str, str]] = (),
        manifest: Sequence[Entry] = (),
        code: Mapping[str, Sequence[CodeRow]] | None = None,
        metrics: dict[str, float] | None = None,
        saved: float = 0.0,
        reused: int | None = None,
        remember: bool = True,
        discovered: Sequence[Entry] = (),
        base: str | None = None,
        fingerprint: str | None = None,
        previews: dict[str, str] | None = None,
    ) -> None:
        self.seconds = seconds
        self.cpu = cpu
        self.rss = rss
        self.log = log
        self.outputs = outputs
        self.inputs = inputs
        self.parameters = parameters
        self.manifest = manifest
        self.code = code or {}
        self.metrics = metrics or {}
        self.saved = saved
        self.reused = reused
        self.remember = remember
        self.discovered = discovered
        self.base = base
        self.fingerprint = fingerprint
        self.previews = previews or {}


class MetadataStore(Protocol):
    """Runs, traces and lineage by key. A store may be used by several threads and survives a fork.

    Each method that writes is one transaction: all of it is there, or nothing. Every method may raise
    `lineage.errors.StoreError`.
    """

    def begin_run(self, start: RunStart) -> int:
        """Record a run with status ``running``; return its id, greater than all before it."""

    def confirm_run(self, start: RunStart, ended: float, of: int, counts: dict[str, int], saved: float) -> int:
        """Record, in one row, a run whose every step is cached and whose state is that of run `of`; return its id."""

    def end_run(
        self, run_id: int, status: str, ended: float, seconds: float, counts: dict[str, int], saved: float
    ) -> None:
        """Record how a run ended; its steps that are still ``running`` become ``failed`` with its status as reason."""

    def sweep_lost(self, alive: Callable[[dict[str, Any]], bool]) -> int:
        """Mark runs whose process is gone ``lost`` and their running steps ``failed``; return how many runs.

        `alive` is asked with ``{"pid", "process_started", "host", "boot_id"}``.
        """

    def plan_steps(self, run_id: int, steps: Sequence[StepStart]) -> None:
        """Record the steps that a run may execute as ``pending``; what becomes of each takes its row's place."""

    def start_step(self, run_id: int, step: StepStart) -> int:
        """Record a step with status ``running``, at once; return the id of the step run."""

    def finish_step(self, step_run_id: int, outcome: StepOutcome) -> list[int]:
        """Record that a started step is done (status ``run``); return the version numbers of its outputs.

        It was started under the fingerprint that was known then; `outcome.fingerprint`, if given, takes its place.
        """

    def fail_step(
        self,
        step_run_id: int,
        error: dict[str, Any],
        seconds: float,
        log: str | None,
        reason: dict[str, Any] | None = None,
        made_from: StepOutcome | None = None,
    ) -> None:
        """Record that a started step failed.

        `reason` (interrupted, ...) is added to its reasons; of `made_from` the manifest and the code are kept.
        """

    def reuse_step(self, step_run_id: int, outcome: StepOutcome) -> list[int]:
        """Record that a started step did not have to run, because another run had done it; as `record_cached`."""

    def record_cached(self, run_id: int, rows: Sequence[tuple[StepStart, StepOutcome]]) -> list[list[int]]:
        """Record steps that did not have to run, upstream first; return the version numbers of the outputs of each."""

    def record_unexecuted(self, run_id: int, rows: Sequence[tuple[StepStart, str, Sequence[dict[str, Any]]]]) -> None:
        """Record steps that were not executed, each with its status (``skipped``, ``pending``) and its reasons."""

    def accept(self, run_id: int, step: StepStart, outcome: StepOutcome, reason: dict[str, Any]) -> int:
        """Record outputs that are declared to be those of a fingerprint without executing; return the step run's id."""

    def find_trace(self, fingerprint: str, run_id: int | None = None, before: int | None = None) -> Trace | None:
        """Return the newest trace of a fingerprint; only of run `run_id`, only older than `before`, if given."""

    def find_traces(self, fingerprints: Sequence[str]) -> dict[str, Trace]:
        """Return the newest trace of each fingerprint that has one."""

    def find_discovered(self, base: str) -> list[tuple[Entry, ...]]:
        """Return the sets of inputs that were discovered under a base fingerprint, without digests, newest first."""

    def look_up(self, base: str, run_id: int | None = None) -> tuple[list[tuple[Entry, ...]], Trace | None]:
        """Return what `find_discovered` does; where that is nothing, also the newest trace of the base itself."""

    def last_manifest(self, task: str) -> tuple[Entry, ...] | None:
        """Return what the outputs of `task` were made from in the newest run (or confirmed run) that had it."""

    def is_new(self, task: str) -> bool:
        """Whether a task was first named in the run that this process began last: nothing older is recorded of it."""

    def look_for_code(self, digests: Sequence[str]) -> None:
        """Ask for many code digests at once what `has_code` says of them in the present run."""

    def has_code(self, digest: str) -> bool:
        """Whether the parts of a code digest are recorded."""

    def expected_seconds(self, task: str, step: str) -> float | None:
        """Return the median wall seconds of the last few executions of `step` (its name) as `task`."""

    def last_run_id(self) -> int | None:
        """Return the id of the newest run."""

    def tag(self, av_id: int, name: str, user: str) -> int | None:
        """Give a version a name that one version of its artifact has; return the number of the one that had it."""

    def untag(self, av_id: int, name: str) -> bool:
        """Take a name from the artifact of a version; return whether it was there."""

    def pin(self, av_id: int, user: str) -> bool:
        """Let a version never be collected; return whether that is new."""

    def unpin(self, av_id: int) -> bool:
        """Let a version be collected again; return whether it was pinned."""

    def note_gone(self, rows: Sequence[Gone]) -> None:
        """Record of bytes, by their hash, that they are in the store no more: when, and why."""

    def check(self) -> list[str]:
        """Return what is wrong with the records, a sentence each; nothing if they are sound."""

    def select(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Read with portable SQL (``?`` for parameters) from the tables that ``migrations/`` makes."""

    def state(self) -> tuple[int, ...]:
        """Return what is another value once something was recorded, for who looks on; cheap, and never raises."""

    def describe(self) -> dict[str, Any]:
        """Return kind, where, size in bytes and counts, for people."""

    def close(self) -> None:
        """Give the connection back; the store opens it again when used."""
