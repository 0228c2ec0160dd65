"""What is recorded of bytes that are not in the store any more: when, why, and how the version can be made again."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from lineage.formats.summary import show_moment
from lineage.model.shown import show_duration
from lineage.query.rows import select_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lineage.model.history import ArtifactVersion
    from lineage.records.protocol import MetadataStore

__all__ = ["Gone", "gone_of", "made_again", "told_gone"]


class Gone(NamedTuple):
    """The newest word on bytes: ``collected``, ``damaged`` or ``missing``, when, and why."""

    kind: str
    at: float
    why: str
    size: int | None

    def sentence(self) -> str:
        """Tell it: ``collected 2026-11-25 23:35 by `lineage gc --keep-last 2` (me on host)``, ``found damaged ...``."""
        moment = show_moment(self.at)
        return f"{self.kind} {moment} by {self.why}" if self.why else f"found {self.kind} {moment}"


def gone_of(store: MetadataStore, versions: Iterable[ArtifactVersion]) -> dict[int, Gone]:
    """Return the newest word on the bytes of versions, by version; only for those of which there is one.

    Ask it of what is not in the store: what is there may have come back since.
    """
    listed = [version for version in versions if version.blob is not None]
    rows = select_in(store, "SELECT blob, kind, at, why, size FROM gone", "blob", {each.blob for each in listed})
    found = {blob: Gone(*rest) for blob, *rest in rows}
    return {version.id: found[version.blob] for version in listed if version.blob in found}


def told_gone(store: MetadataStore, version: ArtifactVersion) -> str | None:
    """Return the newest word on a version's bytes as a sentence, None if there is none."""
    found = gone_of(store, [version]).get(version.id)
    return None if found is None else found.sentence()


def made_again(version: ArtifactVersion) -> str:
    """Say how a version can be made again: what to type, with which commit, and how long it takes."""
    step = version.producer
    if step is None:
        return "run `doit`"
    run = step.run
    words = [f"{name}={value}" for name, value in run.selection.items()]
    command = shlex.join(["doit", step.task, *words])
    checkout = f"git checkout {run.git_commit[:10]} && " if run.git_commit else ""
    state = " (there were changes that were not committed)" if run.git_commit and run.git_dirty else ""
    code = "" if run.git_commit else f", with the code of run {run.id}"
    return f"`{checkout}{command}`{state}{code}, in {show_duration(step.seconds or step.saved)}"
