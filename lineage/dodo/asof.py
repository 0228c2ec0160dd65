"""What is known of the steps of a commit: its tree as git has it, fingerprinted and looked up, and nothing run.

It happens in a process of its own: modules of two states of a project cannot be loaded in one. The process sees the
project's own stores, for reading.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from lineage.dodo.offline import open_session
from lineage.dodo.present import known_of
from lineage.errors import DodoError, LineageError
from lineage.formats.summary import metrics_of_all

if TYPE_CHECKING:
    from lineage.choice import Choice
    from lineage.dodo.session import Session
    from lineage.execute.outcome import Outcome
    from lineage.model.plan import Call

__all__ = ["at_commit", "main"]

_CHILD = "from lineage.dodo.asof import main; main()"


def at_commit(project: str, commit: str, words: Sequence[str]) -> dict[str, Any] | str:
    """Return what is known of a commit's steps.

    Parameters
    ----------
    project : str
        The project's folder, in a working copy of git.
    commit : str
        The commit's hash.
    words : sequence of str
        ``name=value`` words.

    Returns
    -------
    dict or str
        ``{"steps": {task: {"step", "entries", "outputs", "metrics"}}, "code": {digest: [...]}}``, where outputs are
        null if nobody knows them; or why nothing is known.
    """
    with TemporaryDirectory(prefix="lineage-") as folder:
        tree = os.path.realpath(folder)
        told = _unpack(project, commit, tree)
        if told is None:
            return _asked(project, tree, words)
    return told


def _unpack(project: str, commit: str, folder: str) -> str | None:
    """Write the project's part of a commit's tree into a folder; return what went wrong."""
    done = subprocess.run(  # noqa: S603
        ["git", "archive", "--format=tar", commit],  # noqa: S607 - of the current folder, with paths relative to it
        cwd=project,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        return done.stderr.decode(errors="replace").strip().splitlines()[-1]
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return None


def _asked(project: str, tree: str, words: Sequence[str]) -> dict[str, Any] | str:
    from lineage.choice import choose

    os.symlink(os.path.join(project, ".lineage"), os.path.join(tree, ".lineage"))
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-P", "-c", _CHILD, tree, *words],
        cwd=tree,
        env=os.environ | _stores(choose(project)),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    try:
        found: dict[str, Any] | str = json.loads(done.stdout)
    except ValueError:  # it died, or its own code has raised
        return (done.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    return found


def _stores(choice: Choice) -> dict[str, str]:
    """Return what names the same stores from any folder; a tree's own pyproject.toml may name others, or none."""
    if choice.is_default:
        return {"LINEAGE_STACK": "default"}
    found = {"LINEAGE_STACK": "default", "LINEAGE_METADATA": choice.metadata.where}
    if choice.metadata.kind == "sqlite":
        found["LINEAGE_METADATA"] = f"sqlite:///{choice.metadata.where}"
    if not choice.has_own_artifacts:
        folder = choice.artifacts.kind == "folder"
        found["LINEAGE_ARTIFACTS"] = os.path.dirname(choice.artifacts.where) if folder else choice.artifacts.where
    if choice.cache is not None:
        found |= {"LINEAGE_CACHE": choice.cache.where, "LINEAGE_CACHE_MODE": "read-only"} | _key(choice)
    return found


def _key(choice: Choice) -> dict[str, str]:
    """Let the same key count: the stack that names it is not known in the other tree."""
    from lineage.share.keys import VARIABLE, Keyring

    keys = list(Keyring(choice.key).trusted().values())
    return {VARIABLE: keys[0].text} if choice.key is not None and keys else {}


def main() -> None:
    """Be the process: settle what can be, and print it, or what is wrong with that dodo.py, as JSON."""
    project, *words = sys.argv[1:]
    told: dict[str, Any] | str
    try:
        with open_session(project, words) as session:
            session.evaluation.survey()
            told = _told(session)
    except LineageError as error:
        lines = error.what.strip().splitlines()
        told = lines[-1] if isinstance(error, DodoError) else lines[0]
    json.dump(told, sys.stdout)


def _told(session: Session) -> dict[str, Any]:
    steps: dict[str, Any] = {}
    code: dict[str, list[list[Any]]] = {}
    for call in session.plan.calls:
        entries, closures = known_of(session, call)
        outcome = session.evaluation.outcomes[call.index]
        steps[call.task] = {
            "step": f"{call.step.module}:{call.step.name}",
            "entries": [list(entry.plain()) for entry in entries],
            "outputs": None if outcome is None else _outputs(call, outcome),
            "metrics": {} if outcome is None else metrics_of_all(call.outputs, outcome.outputs),
        }
        for digest, closure in closures.items():
            code.setdefault(digest, [_part(session, part) for part in closure.entries])
    return {"steps": steps, "code": code}


def _part(session: Session, part: Any) -> list[Any]:
    return [part.name, part.digest, part.file, part.line, part.via, part.text(session.project)]


def _outputs(call: Call, outcome: Outcome) -> dict[str, str]:
    return {name: stored.digest for name, stored in zip(call.outputs, outcome.outputs, strict=True)}
