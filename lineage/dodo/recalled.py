"""What records, settings and git have names for, for a shell that completes them: runs, versions, tags, stacks.

Nothing is imported or executed of the project, and what is kept on another machine is not asked.
"""

from __future__ import annotations

import os
from typing import Any

from lineage.stack import FOLDER, Stack

__all__ = ["references", "runs", "stacks", "tags", "versions"]

#: The newest ones: nobody types others by heart.
_RUNS = "SELECT run_id FROM run ORDER BY run_id DESC LIMIT 20"
_VERSIONS = """
SELECT v.version FROM artifact_version v JOIN artifact a ON a.artifact_id = v.artifact_id
WHERE a.name = ? ORDER BY v.version DESC LIMIT 20
"""
_TAGS = "SELECT DISTINCT t.name FROM tag t JOIN artifact a ON a.artifact_id = t.artifact_id WHERE a.name = ? OR ? = ''"


def runs(project: str) -> list[str]:
    """Return the numbers of the newest runs."""
    return [str(number) for (number,) in _select(project, _RUNS)]


def versions(project: str, artifact: str) -> list[str]:
    """Return an artifact with each of its versions and tags: ``digits/model@2``, ``digits/model@best``."""
    numbers = [number for (number,) in _select(project, _VERSIONS, artifact)]
    return [f"{artifact}@{each}" for each in (*numbers, *tags(project, artifact))] if numbers else []


def tags(project: str, artifact: str = "") -> list[str]:
    """Return the tags of an artifact, or of all."""
    return [name for (name,) in _select(project, _TAGS, artifact, artifact)]


def stacks(project: str) -> list[str]:
    """Return the stacks that the project names."""
    from lineage.choice import names

    return list(names(project))


def references(project: str) -> list[str]:
    """Return the branches and tags that git knows."""
    import subprocess

    command = ["git", "for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/remotes", "refs/tags"]
    try:
        done = subprocess.run(command, cwd=project, capture_output=True, stdin=subprocess.DEVNULL, check=False)  # noqa: S603 - a constant
    except OSError:
        return []
    return done.stdout.decode(errors="replace").split()


def _select(project: str, question: str, *parameters: Any) -> list[Any]:
    if not os.path.exists(os.path.join(project, FOLDER, "metadata.sqlite")):
        return []
    stack = Stack(project, default=True, read_only=True, records=False)
    try:
        return [*stack.metadata.select(question, parameters)]
    finally:
        stack.close()
