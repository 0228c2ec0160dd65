"""``lineage verify``: execute steps again in clean processes, and find out why one does not reproduce.

The cause is found by experiment, not guessed: a step that gives different outputs is executed again with the same and
with other seeds for the order of sets, with seeded random generators, and with one thread; what makes two executions
equal (or different) is the cause. Nothing is recorded.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING, Any

from lineage.dodo.surroundings import environment
from lineage.errors import LineageError, StoreError
from lineage.execute.rehearse import Rehearsal
from lineage.explain.explanation import sources
from lineage.fingerprint.manifest import references
from lineage.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lineage.dodo.session import Session
    from lineage.model.plan import Call

__all__ = ["Verified", "verify"]

_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "LOKY_MAX_CPU_COUNT"), "1"
)


class Verified:
    """What came of executing a step again.

    Attributes
    ----------
    task : str
        ``digits:trainer``.
    verdict : str
        ``bytes`` (every output has identical bytes), ``values`` (identical values, in other bytes), ``different``,
        ``failed`` (it raised), or ``unknown`` (it is not up to date, so there is nothing to compare with).
    run_id : int or None
        The run that made what it is compared with.
    outputs : list of dict
        For each output its name, ``same`` (bytes, values or None), and the difference.
    seconds : float or None
        Wall seconds of the execution.
    cause : str
        The likely cause of a difference, or why there is no verdict.
    """

    def __init__(self, task: str, verdict: str, run_id: int | None = None, cause: str = "") -> None:
        self.task = task
        self.verdict = verdict
        self.run_id = run_id
        self.outputs: list[dict[str, Any]] = []
        self.seconds: float | None = None
        self.cause = cause

    def plain(self) -> dict[str, Any]:
        """Return it as it stands in JSON."""
        return dict(vars(self))


def verify(session: Session, calls: Iterable[Call], *, causes: bool = True) -> Iterator[Verified]:
    """Execute steps again, each in a clean process, and compare what they put out.

    Parameters
    ----------
    session : Session
        A session whose evaluation has been surveyed.
    calls : iterable of Call
        Which steps.
    causes : bool
        Whether to find out the cause of a difference, which executes the step some more times.

    Yields
    ------
    Verified
        One for each call, as soon as it is known.
    """
    for call in calls:
        outcome = session.evaluation.outcomes[call.index]
        if outcome is None:
            yield Verified(call.task, "unknown", cause="it is not up to date: run `doit` first")
            continue
        missing = _brought(session, call)
        if missing is not None:
            why = f" ({missing.why})" if missing.why else ""
            yield Verified(call.task, "unknown", outcome.run_id, f"{missing.what}{why}")
            continue
        with tempfile.TemporaryDirectory(prefix="lineage-verify-") as scratch:
            yield _Experiments(session, call, scratch).verified(causes=causes)


def _brought(session: Session, call: Call) -> StoreError | None:
    """Bring what a call takes and a shared store has, for the clean process that only reads; return what forbids it."""
    if session.stack.sharing is None:
        return None
    stack = Stack(session.stack.project, records=False)
    taken = []
    for _, ref in references(call):
        outcome, maker = session.evaluation.outcomes[ref.call], session.plan.calls[ref.call]
        assert outcome is not None, "what is up to date has inputs that are"
        taken.append((outcome.outputs[ref.output], f"{maker.pipeline}/{maker.outputs[ref.output]}"))
    try:
        stack.bring_ahead((stored.blob, stored.format) for stored, _ in taken)
        for stored, name in taken:
            stack.bring(stored.blob, stored.format, stored.type, name, stored.stat)
    except StoreError as error:
        return error
    finally:
        stack.close()
    return None


class _Experiments:
    """The executions of one step, each in a process of its own."""

    def __init__(self, session: Session, call: Call, scratch: str) -> None:
        outcome = session.evaluation.outcomes[call.index]
        assert outcome is not None, "only what is up to date can be verified"
        self.session, self.call, self.scratch, self.outcome = session, call, scratch, outcome
        self.count = 0

    def verified(self, *, causes: bool) -> Verified:
        first = self.run()
        if "error" in first:
            cause = first["error"]["message"]
            return Verified(self.call.task, "failed", self.outcome.run_id, cause)
        found = Verified(self.call.task, _verdict(first), self.outcome.run_id)
        found.seconds = first["seconds"]
        found.outputs = [{"name": name, **told} for name, told in zip(self.call.outputs, first["outputs"], strict=True)]
        if found.verdict == "different":
            found.cause = self._cause(_digests(first)) if causes else "not looked for"
        return found

    def run(self, hash_seed: str = "0", *, seeded: bool = False, one_thread: bool = False) -> dict[str, Any]:
        """Execute the step in a clean process."""
        self.count += 1
        folder = os.path.join(self.scratch, str(self.count))
        os.mkdir(folder)
        self.session.evaluation.begin(self.call)
        self.session.evaluation.begin(self.call)
        job = self.session.job(self.call, 0)
        rehearsal = Rehearsal(job, self.outcome.outputs, self.session.stack.project, folder, seeded=seeded)
        path = os.path.join(folder, "rehearsal")
        with open(path, "wb") as file:
            pickle.dump(rehearsal, file)
        changed = {"PYTHONHASHSEED": hash_seed, **(_ONE_THREAD if one_thread else {})}
        return _process(path, self.session.stack.project, changed)

    def _cause(self, first: list[str]) -> str:
        again = _digests(self.run())
        if again == first:
            if _digests(self.run("1")) != first:
                return "the order of a set or of hashes: it changes with PYTHONHASHSEED; sort before using it"
            return self._settled()
        seeded = [_digests(self.run(seeded=True)) for _ in range(2)]
        if seeded[0] == seeded[1]:
            return f"an unseeded random generator{self._estimators()}: with a seed it reproduces, so pass it one"
        single = [_digests(self.run(seeded=True, one_thread=True)) for _ in range(2)]
        if single[0] == single[1]:
            return "threads: with one thread it reproduces (the order of floating point additions differs)"
        return (
            "something that changes from one execution to the next: the clock, an id, the order in which threads end, "
            "a service or a file that it reads (and may have written itself)"
        )

    def _estimators(self) -> str:
        """Name the outputs that are estimators with ``random_state=None``."""
        pairs = zip(self.call.outputs, self.outcome.outputs, strict=True)
        found = [
            f"{name}={stored.summary.get('class')}(random_state=None)"
            for name, stored in pairs
            if stored.summary.get("params", {}).get("random_state") == "None"
        ]
        return f" ({', '.join(found)})" if found else ""

    def _settled(self) -> str:
        """Say why a step that reproduces now has once given something else: it, or what surrounds it, has changed."""
        made = sources(self.session.stack.metadata, [self.outcome.step_run_id]).get(self.outcome.step_run_id)
        if made is not None and made.accepted:
            return f"what is recorded was {made.accepted}; it is what the step gave as it was before"
        sql = "SELECT e.python, e.packages FROM run r JOIN environment e ON e.digest = r.environment WHERE r.run_id = ?"
        rows = self.session.stack.metadata.select(sql, (self.outcome.run_id,))
        now = environment()
        if rows:
            before = json.loads(rows[0][1] or "{}")
            names = sorted(before.keys() | now["packages"].keys())
            changed = [
                f"{name} {before.get(name, 'absent')} -> {now['packages'].get(name, 'absent')}"
                for name in names
                if before.get(name) != now["packages"].get(name)
            ]
            if rows[0][0] != now["python"]:
                changed.insert(0, f"Python {rows[0][0]} -> {now['python']}")
            if changed:
                return f"it gives the same each time now, so its surroundings have changed: {', '.join(changed[:5])}"
        return (
            "it gives the same each time now, so something around it has changed since: what other steps had left in "
            "the process (a global), an input that lineage does not see, another machine, or the number of threads"
        )


def _process(path: str, project: str, changed: dict[str, str]) -> dict[str, Any]:
    # dodo.py may have said where modules are; it is not executed there.
    command = [sys.executable, "-m", "lineage.execute.rehearse", path, json.dumps([*map(str, sys.path)])]
    # Its own output is of no interest: what the step prints is captured, and the rest is told if it fails.
    done = subprocess.run(  # noqa: S603 - our own module
        command, cwd=project, env={**os.environ, **changed}, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    try:
        with open(f"{path}.json", encoding="utf-8") as file:
            result: dict[str, Any] = json.load(file)
    except FileNotFoundError:
        last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        return {"error": {"message": f"the process that executed it ended without a result: {last[0]}"}}
    return result


def _verdict(result: dict[str, Any]) -> str:
    kinds = {told["same"] for told in result["outputs"]}
    return "different" if None in kinds else "values" if "values" in kinds else "bytes"


def _digests(result: dict[str, Any]) -> list[str]:
    if "error" in result:
        raise LineageError(f"the step failed while the cause was looked for: {result['error']['message']}")
    return [told["digest"] for told in result["outputs"]]
