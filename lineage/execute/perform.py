"""Run one step: load its inputs, call it, keep its outputs.

This is what a worker does, in whatever process or thread it is. It gets a `Job` and gives back a plain dict, which
always pickles, so that no result can block a queue. It writes artifacts (that is harmless: an artifact that no record
names is swept away) but no records: those are written by one process, the recorder's.
"""

from __future__ import annotations

import os
import resource
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, get_type_hints

from lineage.declare import deferred, import_effects
from lineage.declare.bytecode import check_bytecode, is_script
from lineage.declare.live import find_step
from lineage.errors import FormatError, StepError
from lineage.execute import generators, mentions
from lineage.execute.capture import alone, captured
from lineage.execute.declared import check_unchanged, lists
from lineage.execute.findings import Findings
from lineage.execute.forks import ending_forks
from lineage.execute.hearing import ground_of, watching
from lineage.execute.job import Job
from lineage.execute.leftovers import change_environment, surroundings_kept
from lineage.execute.locks import Lock
from lineage.execute.log import Log, log_path
from lineage.execute.memory import file_stat
from lineage.execute.namesakes import check_namesakes, forget
from lineage.execute.present import Present
from lineage.execute.settings import call_apart, settings_kept
from lineage.execute.track import tracking
from lineage.execute.variables import Variables
from lineage.execute.watch import Watch
from lineage.formats.preview import preview_of
from lineage.formats.protocol import stored_as
from lineage.formats.registry import by_name, choose
from lineage.formats.release import releasing
from lineage.formats.summary import metrics_of_all
from lineage.model.options import is_cached
from lineage.model.plan import Argument, Call, Collection, FileArgument, Ref, Value
from lineage.model.stored import Entry, Stored, Trace

if TYPE_CHECKING:
    from lineage.stack import Stack

__all__ = ["Job", "execute", "load_stored", "perform"]


def perform(
    job: Job, stack: Stack, before_showing: Callable[[], None] | None = None, waiting: Callable[[], None] | None = None
) -> tuple[dict[str, Any], Lock]:
    """Run one step.

    Parameters
    ----------
    job : Job
        What to run.
    stack : Stack
        Where its inputs are and its outputs go.
    before_showing : callable, optional
        Called before the step's output is shown.
    waiting : callable, optional
        Called once if another process is computing the same step, before waiting for it.

    Returns
    -------
    result : dict
        Plain data: ``{"outputs": [...], "previews": {digest: JSON}, "seconds", "cpu", "rss", "log", "metrics",
        "discovered", "remarks", "learnt"}`` (see `lineage.execute.findings`), or ``{"reused": step_run_id}`` if another
        run has given the result meanwhile, or ``{"error": {...}, "looked": [...]}``, where `looked` names the files
        that it has looked at.
    lock : Lock
        Held until the caller has recorded the result, and then to be released. Not held after an error, nor for a step
        that is executed every time, whose results nobody waits for.
    """
    lock = Lock(stack.path("lock"), job.fingerprint)
    cached = is_cached(job.call.step.options)
    if cached:
        lock.acquire(waiting)
    try:
        only_run = job.run_id if job.force else None
        for trace, found in Present(stack).traces(stack.metadata, job.fingerprint, only_run) if cached else ():
            stack.artifacts.use(stored.blob for stored in trace.outputs)
            # What must not be read here is no result for those who wait for it.
            if all(
                stack.artifacts.trusted(stored.blob, stored.stat) and stack.may_read(stored.blob, stored.format)
                for stored in trace.outputs
            ):
                return _reused(trace, found), lock
        log = Log(stack.folder, log_path(job.run_id, job.call.task), job.verbosity, before_showing)
        try:
            result = execute(job, stack, log)
        finally:
            kept = log.close()
        result.update(kept)
    except BaseException:
        lock.release()
        raise
    if "error" in result:
        lock.release()
    return result, lock


def _reused(trace: Trace, found: tuple[Entry, ...]) -> dict[str, Any]:
    return {
        "reused": trace.step_run_id,
        "reused_run": trace.run_id,
        "outputs": [stored.plain() for stored in trace.outputs],
        "seconds": trace.seconds,
        "discovered": [entry.plain() for entry in found],
    }


class _Clock:
    """Wall and CPU time of a step, from when its inputs are wanted to when its outputs are kept."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.begin, self.begin_cpu = time.perf_counter(), time.thread_time()

    def seconds(self) -> float:
        return time.perf_counter() - self.begin

    def cpu(self) -> float:
        return time.thread_time() - self.begin_cpu


def execute(job: Job, stack: Stack, log: Log) -> dict[str, Any]:
    """Execute a step, whatever is known of it, and keep its outputs; return what `perform` does but for the log."""
    workspace = ""
    clock = _Clock()
    watch: Watch | None = None
    try:
        if job.live is not None:
            from lineage.execute.stale import check_fresh

            check_fresh(job.code_stats, job.live, job.call.step.name)
        elif is_script():
            check_bytecode(job.code_stats, job.call.step.name)
        if job.call.step.command is not None:
            workspace = stack.work.new(job.fingerprint)
        patterns, stats = job.declared
        inputs = {*job.file_stats, *stats, *patterns}
        watch = Watch(
            ground_of(stack.project),
            inputs,
            job.variables,
            lambda folder: lists(patterns, folder),
            job.code_stats,
            job.searched,
        )
        with (
            captured(log),
            ending_forks(stack.project),
            surroundings_kept(),
            watching(watch),
            tracking(stack.boards, job.run_id, job.call.task),
        ):
            outputs, previews = _run(job, stack, workspace, clock, watch)
        _check_unchanged(job)
        check_unchanged(job.call.step, *job.declared, stack.project)
        variables, is_command = Variables(stack), job.call.step.command is not None
        findings = Findings(
            watch, job.modules, job.literals, lambda: _place(job.call), variables.digest, command=is_command
        )
        if job.strict:
            findings.refuse(job.call.step.name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a step may also raise SystemExit; that ends the step, not the run
        from lineage.execute.failure import failure

        looked = [] if watch is None else watch.looked_at()
        return {"error": failure(error, stack.project), "seconds": clock.seconds(), "looked": looked}
    finally:
        if workspace:
            shutil.rmtree(workspace, ignore_errors=True)
    return {
        "outputs": [stored.plain() for stored in outputs],
        "previews": previews,
        "discovered": [entry.plain() for entry in findings.entries],
        "remarks": findings.remarks,
        "learnt": findings.learnt,
        "metrics": metrics_of_all(job.call.outputs, outputs),
        "seconds": clock.seconds(),
        "cpu": clock.cpu(),
        "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024),
    }


def _run(job: Job, stack: Stack, workspace: str, clock: _Clock, watch: Watch) -> tuple[list[Stored], dict[str, str]]:
    """Load, call and keep, so that nothing refers to a value any longer when this returns: values may be huge."""
    given = import_effects.given_to((*job.modules, os.path.realpath(job.call.step.path)))
    # Also to a module that is executed now: what it asks of the environment, one that it imports has set long ago.
    _give_variables(given)
    function = _function(job.call)
    # Importing the step's module is paid once a run, by whichever step comes first: it is no cost of that step.
    clock.start()
    if function is None:
        values = _run_command(job, stack, workspace)
    else:
        watch.mentioned(mentions.texts(function), but=lambda: _heard(function))
        watch.mentioned(mentions.arguments(job.call))
        arguments = {name: _argument(name, argument, job, stack) for name, argument in job.call.arguments}
        with ending_forks(stack.project), settings_kept():
            _begin(job)
            try:
                value = call_apart(_call_function, function, job.call, arguments)
                check_namesakes(job, stack.project)
            finally:
                forget(watch.found)
        values = _outputs(job.call, value)
        del value
    kept: list[Stored] = []
    previews: dict[str, str] = {}
    # Taken from the end of a reversed list, so that each value is released as soon as it is kept.
    values.reverse()
    while values:
        kept.append(_keep(job.call, len(kept), values.pop(), stack, previews))
    return kept, previews


def _begin(job: Job) -> None:
    """Let a step begin as in a process of its own: with what its modules have set, and with nobody else's seeds."""
    given = import_effects.given_to((*job.modules, os.path.realpath(job.call.step.path)))
    _give_variables(given)
    if alone():
        generators.begin(*(None, None) if given is None else (given.random, given.numpy))


def _give_variables(given: import_effects.Effect | None) -> None:
    if given is not None and given.variables and alone():
        change_environment(given.variables)


def _heard(function: Callable[..., Any]) -> frozenset[str]:
    from lineage.execute.heard import heard  # parses: few steps name a file that is there

    return heard(function)


def _function(call: Call) -> Callable[..., Any] | None:
    if call.step.command is not None:
        return None
    if type(sys.modules.get(call.step.module)) is ModuleType:
        return find_step(call.step.module, call.step.qualname).__wrapped__
    # Its loader notes the same where it is ours, which it is not in a process that verifies a step.
    with import_effects.executing(call.step.path, for_all=False):
        return find_step(call.step.module, call.step.qualname).__wrapped__


def _call_function(function: Callable[..., Any], call: Call, arguments: dict[str, Any]) -> Any:
    kinds = {parameter.name: parameter.kind for parameter in call.step.parameters}
    has_rest = 2 in kinds.values()
    positional: list[Any] = []
    keywords: dict[str, Any] = {}
    for name, value in arguments.items():
        kind = kinds.get(name.partition("[")[0], 4)
        # What stands before *args can only be given by position.
        if kind in (0, 2) or (kind == 1 and has_rest):
            positional.append(value)
        else:
            keywords[name] = value
    arguments.clear()
    return function(*positional, **keywords)


def _argument(name: str, argument: Argument, job: Job, stack: Stack) -> Any:
    try:
        return _load(argument, job, stack, name)
    except FormatError as error:  # it names a stored file only
        raise FormatError(
            f"input '{name}' of step '{job.call.step.name}' ({_place(job.call)}) cannot be loaded: {error.what}",
            why=error.why,
            fix=error.fix,
        ) from error


def _load(argument: Argument, job: Job, stack: Stack, name: str = "") -> Any:
    if isinstance(argument, Value):
        return argument.value
    if isinstance(argument, FileArgument):
        return _path(argument.path, name, job.call)
    if isinstance(argument, Ref):
        stored = job.inputs[argument.call, argument.output]
        return load_stored(stored, stack)
    items = [_load(item, job, stack, name) for item in argument.items]
    if argument.keys is not None:
        return dict(zip((key.value for key in argument.keys), items, strict=True))
    return _whole(argument, items, job) if argument.kind == "tuple" else items


def _path(path: str, name: str, call: Call) -> Path | str:
    """Return an input file as what the parameter's annotation says: ``Annotated[str, File]`` wants the text."""
    own = name.partition("[")[0]
    annotations = [parameter.annotation or "" for parameter in call.step.parameters if parameter.name == own]
    return path if any("Annotated[str," in annotation for annotation in annotations) else Path(path)


def _whole(argument: Collection, items: list[Any], job: Job) -> tuple[Any, ...]:
    """Return a tuple of artifacts; as the NamedTuple that a step returned, if it is all the outputs of that step."""
    refs = [item for item in argument.items if isinstance(item, Ref)]
    maker = job.makers.get(refs[0].call) if len(refs) == len(items) and refs else None
    if maker is None or [(ref.call, ref.output) for ref in refs] != [(refs[0].call, i) for i in range(len(items))]:
        return tuple(items)
    if maker.command is not None or maker.outputs is None or len(maker.outputs) != len(items):
        return tuple(items)
    made = get_type_hints(find_step(maker.module, maker.qualname).__wrapped__).get("return")
    is_named = isinstance(made, type) and issubclass(made, tuple) and hasattr(made, "_fields")
    return made(*items) if is_named and made is not None else tuple(items)


def load_stored(stored: Stored, stack: Stack) -> Any:
    """Read an artifact back, after its bytes are known to be intact.

    Raises
    ------
    StoreError
        If it is missing or damaged.
    """
    check_stored(stored, stack)
    return stack.load(stored.blob, stored.format, stored.blob, stored.summary)


def check_stored(stored: Stored, stack: Stack) -> None:
    """Make sure that an artifact is here, intact, and may be read; refuse it if not.

    Raises
    ------
    TrustError
        If reading it may run code, and nobody who is trusted vouches for it.
    StoreError
        If it is missing or damaged.
    """
    stack.bring(stored.blob, stored.format, stored.type, stored.blob, stored.stat)


def _run_command(job: Job, stack: Stack, workspace: str) -> list[Any]:
    from lineage.declare import guard
    from lineage.declare.shell import run_shell

    guard.start()
    call = job.call
    os.makedirs(workspace, exist_ok=True)
    words = {name: _word(name, argument, job, stack, workspace) for name, argument in call.arguments}
    names = call.step.outputs or call.outputs
    for name in names:
        words[name] = os.path.join(workspace, name)
    run_shell(call.step.command or "", words, os.getcwd(), call.step.name)
    missing = [name for name in names if not os.path.lexists(words[name])]
    if missing:
        raise StepError(
            f"the command of step '{call.step.name}' did not write {', '.join(missing)}",
            why="each output is a path that the command has to write a file or a folder to",
            fix=f"write to {{{missing[0]}}} in the command",
        )
    return [Path(words[name]) for name in names]


def _word(name: str, argument: Argument, job: Job, stack: Stack, workspace: str) -> str:
    """Return what stands in a command for an argument: of an artifact a path with the suffix that tools expect."""
    if not isinstance(argument, Ref):
        word = str(_load(argument, job, stack))
        # A file whose name begins with a dash would be taken for an option.
        return f"./{word}" if isinstance(argument, FileArgument) and word.startswith("-") else word
    stored = job.inputs[argument.call, argument.output]
    check_stored(stored, stack)
    link = os.path.join(workspace, f"{name}.input{by_name(stored.format).extension}")
    if stored.format in ("file", "folder"):
        return stack.artifacts.path(stored.blob, stored.summary.get("name"))
    there = stack.artifacts.path(stored.blob)
    if not by_name(stored.format).safe:
        # Where others write a copy of what was compared: a moment later something else can lie there.
        there = stack.guarded(stored.blob, stored.format, stored.blob, lambda: link)
    if there != link:
        os.symlink(os.path.abspath(there), link)
    return link


def _outputs(call: Call, value: Any) -> list[Any]:
    names = call.step.outputs
    if names is None:
        return [value]
    if not names:
        return []
    if not isinstance(value, tuple | list) or len(value) != len(names):
        count = len(value) if isinstance(value, tuple | list) else f"a {type(value).__name__}"
        raise StepError(
            f"step '{call.step.name}' ({_place(call)}) returned {count}, but is annotated with {len(names)} outputs",
            why=f"its artifacts are {', '.join(names)}",
            fix="return a tuple with one value for each output",
        )
    return list(value)


def _keep(call: Call, position: int, value: Any, stack: Stack, previews: dict[str, str]) -> Stored:
    try:
        format = choose(value)
        encoded = format.encode(value)
    except FormatError as error:
        name = call.outputs[position]
        raise FormatError(
            f"output '{name}' of step '{call.step.name}' ({_place(call)}) cannot be stored: {error.what}",
            why=error.why,
            fix=error.fix,
        ) from error
    if encoded.remark:
        _warn(call, position, encoded.remark)
    if "refers" not in encoded.summary and (package := _package(type(value))):
        encoded.summary["refers"] = package
    # Before it is stored, since that may move the file; after it was encoded, since drawing a figure changes it.
    preview = preview_of(value, format, encoded)
    del value
    move = encoded.move
    # What is in the store a moment later may be another's, if others write to it too.
    source = encoded.file or encoded.tree or encoded.buffers or ()
    witness = "" if format.safe else stack.artifacts.witness(source)
    if encoded.file is not None:
        blob = stack.artifacts.put_file(encoded.file, move=move)
    elif encoded.tree is not None:
        blob = stack.artifacts.put_tree(encoded.tree, move=move)
    else:
        buffers = encoded.buffers or ()
        blob = stack.artifacts.put(buffers, releasing(buffers))
    if not format.safe:
        stack.artifacts.own(blob.hash, witness)
    stored = stored_as(format, encoded, blob.hash, blob.size, blob.stat)
    if preview is not None:
        previews[stored.digest] = preview
    return stored


_warned: set[tuple[str, int, int]] = set()


def _warn(call: Call, position: int, remark: str) -> None:
    """Tell the user how an output is stored, at the line of the call; of the calls of a loop at the first."""
    import warnings

    if (call.path, call.line, position) not in _warned:
        _warned.add((call.path, call.line, position))
        message = f"output '{call.outputs[position]}' of step '{call.step.name}': {remark}"
        warnings.warn_explicit(message, UserWarning, os.path.relpath(call.path), call.line)


def _package(kind: type) -> list[str]:
    """Name the package of a value's type: whoever takes the value calls its methods."""
    from lineage.fingerprint.canonical import referred

    return sorted(referred(kind.__module__, kind.__qualname__, library=True))


def _check_unchanged(job: Job) -> None:
    """Refuse a result whose inputs were not the ones that were fingerprinted."""
    for path, stat in job.file_stats.items():
        if file_stat(path) != stat:
            raise StepError(
                f"input file {path} changed while step '{job.call.step.name}' ran",
                why="nobody can tell which content the step has read, so its result is not kept",
                fix="run doit again when the file is complete",
            )
    for path, stat in job.code_stats.items():
        now = file_stat(path)
        loaded = deferred.loaded_at.get(path)
        # By the inode's change time: nobody can set that; if it is ahead of our clock (a network drive), it tells
        # nothing.
        older = now is not None and loaded is not None and loaded * 1e9 < now[3] <= time.time_ns()
        # What ran is what was fingerprinted if both are from after the file's last change, or both from before it.
        if (now == stat and older) or (now != stat and not older):
            raise StepError(
                f"{os.path.relpath(path)} changed while step '{job.call.step.name}' was starting",
                why="nobody can tell which version of the code has run, so its result is not kept",
                fix="run doit again",
            )


def _place(call: Call) -> str:
    return f"{os.path.relpath(call.step.path)}:{call.step.line}" if call.step.path else call.step.module
