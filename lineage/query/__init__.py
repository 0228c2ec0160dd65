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
``presence``
    whether the stored bytes of a version are there and intact.
``finding``
    from what people write (a name, a path, a digest) to versions.
``plain``
    the same as plain JSON.
``bars``
    how far the steps are that run now.
"""

from __future__ import annotations

TYPE_CHECKING = False

if TYPE_CHECKING:
    from lineage.query.bars import Bar as Bar
    from lineage.query.bars import progress as progress
    from lineage.query.history import History as History
    from lineage.query.history import PipelineHistory as PipelineHistory
    from lineage.query.history import load as load
    from lineage.query.plain import artifact_json as artifact_json
    from lineage.query.plain import artifacts_json as artifacts_json
    from lineage.query.plain import lineage_json as lineage_json
    from lineage.query.plain import run_json as run_json
    from lineage.query.plain import runs_json as runs_json
    from lineage.query.plain import version_json as version_json
    from lineage.query.presence import Condition as Condition
    from lineage.query.presence import condition as condition

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

_HOMES = {
    "Bar": "bars",
    "Condition": "presence",
    "History": "history",
    "PipelineHistory": "history",
    "artifact_json": "plain",
    "artifacts_json": "plain",
    "condition": "presence",
    "lineage_json": "plain",
    "load": "history",
    "progress": "bars",
    "run_json": "plain",
    "runs_json": "plain",
    "version_json": "plain",
}


if not TYPE_CHECKING:  # a type checker would let any name pass

    def __getattr__(name):
        # Each name from its module when it is asked for: a run needs one of them, to read rows.
        if name not in _HOMES:
            raise AttributeError(f"module 'lineage.query' has no attribute '{name}'")
        from importlib import import_module

        value = getattr(import_module(f"lineage.query.{_HOMES[name]}"), name)
        globals()[name] = value
        return value

    def __dir__():
        return sorted({*globals(), *__all__})
