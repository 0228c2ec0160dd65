"""Asking what was made, from what and when: `History` and `load`.

>>> from lineage import History
>>> History().pipeline("digits").runs[-1].steps["trainer"].status
'cached'

Nothing here imports numpy, doit or a step module; `load` imports what the value needs.

``history``
    `History`: runs, pipelines, artifacts, and the reader behind the snapshots of `lineage.model.history`.
``rows``
    from rows to snapshots.
``closure``
    everything upstream or downstream.
``condition``
    whether the stored bytes of a version are there and intact.
``finding``
    from what people write (a name, a path, a digest) to versions.
``plain``
    the same as plain JSON.
``progress``
    how far the steps are that run now.
"""

from __future__ import annotations

from lineage.query.condition import Condition as Condition
from lineage.query.condition import condition as condition
from lineage.query.history import History as History
from lineage.query.history import PipelineHistory as PipelineHistory
from lineage.query.history import load as load
from lineage.query.plain import artifact_json as artifact_json
from lineage.query.plain import artifacts_json as artifacts_json
from lineage.query.plain import lineage_json as lineage_json
from lineage.query.plain import run_json as run_json
from lineage.query.plain import runs_json as runs_json
from lineage.query.plain import version_json as version_json
from lineage.query.progress import Bar as Bar
from lineage.query.progress import progress as progress

__all__ = [
    "Bar",
    "Condition",
    "History",
    "PipelineHistory",
    "artifact_json",
    "artifacts_json",
    "condition",
    "lineage_json",
    "load",
    "progress",
    "run_json",
    "runs_json",
    "version_json",
]
