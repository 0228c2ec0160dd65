"""What has been made: stored artifacts, traces and the statuses of steps and runs."""

from __future__ import annotations

from typing import Any

__all__ = ["DISCOVERED", "RUN_STATUSES", "STEP_STATUSES", "Entry", "Reason", "Stored", "Trace", "place_of"]

#: Statuses of a step in a run, in the order in which summaries name them.
STEP_STATUSES = ("run", "cached", "failed", "skipped", "running", "pending")
#: Statuses of a run.
RUN_STATUSES = ("running", "ok", "failed", "interrupted", "lost")

#: Kinds of ingredients that a step was not given but was seen to read: a file's content, a database's, the names in a
#: folder or those that match a pattern, that something is not there or is, the value of an environment variable.
DISCOVERED = ("read", "database", "listed", "glob", "absent", "exists", "variable")

Stat = tuple[int, int, int, int]
"""(inode, size, mtime_ns, ctime_ns) of a stored object; ctime is what a restored mtime cannot hide from."""


def place_of(file: str, line: int) -> str:
    """Return ``tasks/digits.py:31``; of a notebook's code ``cell defining train``, which has no line."""
    return f"{file}:{line}" if line else file


class Stored:
    """One output of a trace: a value and where its bytes are.

    Attributes
    ----------
    digest : str
        Hash of the value, 32 hex digits: what fingerprints, versions and early cutoff use.
    blob : str
        Hash of the stored bytes, 32 hex digits: their integrity and their address.
    size : int
        Bytes stored.
    format : str
        Name of the format that reads it back (``npy``, ``json``, ``pickle`` ...).
    type : str
        Type of the value as people write it (``numpy.ndarray``, ``sklearn.svm._classes.SVC``).
    summary : dict
        Plain JSON about the value: ``{"shape": [1437, 64], "dtype": "float64"}``, ``{"value": 0.9583}``.
    stat : tuple of int or None
        The stored object's stat when it was last known to be intact; not part of a record, local to this machine.
    """

    __slots__ = ("blob", "digest", "format", "size", "stat", "summary", "type")

    def __init__(
        self,
        digest: str,
        blob: str,
        size: int,
        format: str,
        type: str,
        summary: dict[str, Any],
        stat: Stat | None = None,
    ) -> None:
        self.digest = digest
        self.blob = blob
        self.size = size
        self.format = format
        self.type = type
        self.summary = summary
        self.stat = stat

    def plain(self) -> tuple[Any, ...]:
        """Return the fields as a tuple of plain values, for a queue or a cache file."""
        return (self.digest, self.blob, self.size, self.format, self.type, self.summary, self.stat)


class Trace:
    """One remembered execution: a fingerprint and the outputs it gave.

    Attributes
    ----------
    step_run_id : int
        The step run that executed it.
    run_id : int
        Its run.
    fingerprint : str
        Hash of the manifest, 32 hex digits.
    outputs : tuple of Stored
        In the order of the step's outputs.
    seconds : float
        Wall seconds that the execution took: what a cache hit saves.
    """

    __slots__ = ("fingerprint", "outputs", "run_id", "seconds", "step_run_id")

    def __init__(
        self, step_run_id: int, run_id: int, fingerprint: str, outputs: tuple[Stored, ...], seconds: float
    ) -> None:
        self.step_run_id = step_run_id
        self.run_id = run_id
        self.fingerprint = fingerprint
        self.outputs = outputs
        self.seconds = seconds


class Entry:
    """One ingredient of a manifest.

    Attributes
    ----------
    kind : str
        ``python``, ``code``, ``parameter``, ``input``, ``file``, ``path`` ...; of a discovered input, of `DISCOVERED`.
    name : str
        Which one: a parameter's name, ``tasks.digits:svc_trainer``.
    digest : str
        Hash of it, 32 hex digits.
    shown : str
        What people are shown of it: ``0.001``, ``digits/X_train``; of a discovered input the place that reads it.
    """

    __slots__ = ("digest", "kind", "name", "shown")

    def __init__(self, kind: str, name: str, digest: str, shown: str) -> None:
        self.kind = kind
        self.name = name
        self.digest = digest
        self.shown = shown

    def plain(self) -> tuple[str, str, str, str]:
        """Return the fields as a tuple of plain values, for a queue or a cache file."""
        return (self.kind, self.name, self.digest, self.shown)


class Reason:
    """One ingredient that differs, with its before and after; ``text`` is the sentence shown to people.

    Attributes
    ----------
    kind, name : str
        As of `Entry`; or what else makes a step run: ``first``, ``forget``, ``forced``, ``upstream`` ...
    before, after : str or None
        ``None`` where there was, or is, nothing.
    text : str
        One sentence.
    details : dict
        Plain JSON: of code ``file``, ``line``, ``via``, ``old`` and ``diff``, of an input ``old`` and ``new``; see
        docs/commands.md.
    """

    __slots__ = ("after", "before", "details", "kind", "name", "text")

    def __init__(
        self,
        kind: str,
        name: str,
        before: str | None,
        after: str | None,
        text: str,
        details: dict[str, Any] | None = None,
    ) -> None:
        self.kind = kind
        self.name = name
        self.before = before
        self.after = after
        self.text = text
        self.details = details or {}

    def plain(self) -> dict[str, Any]:
        """Return the reason as it stands in JSON."""
        told = {"kind": self.kind, "name": self.name, "before": self.before, "after": self.after, "text": self.text}
        return told | self.details
