"""Incremental, typed Python steps on doit, with the lineage of every artifact.

>>> from lineage import pipeline, step

Importing this package loads nothing but itself: each name is looked up when it is first used.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers know it; importing typing takes longer than all the rest

if TYPE_CHECKING:
    from lineage.declare.inputs import File as File
    from lineage.declare.pipeline import Pipeline as Pipeline
    from lineage.declare.pipeline import pipeline as pipeline
    from lineage.declare.shell import shell_step as shell_step
    from lineage.declare.step import Step as Step
    from lineage.declare.step import step as step
    from lineage.dodo.notebook import run as run
    from lineage.errors import DeclarationError as DeclarationError
    from lineage.errors import FingerprintError as FingerprintError
    from lineage.errors import FormatError as FormatError
    from lineage.errors import LineageError as LineageError
    from lineage.errors import StepError as StepError
    from lineage.errors import StoreError as StoreError
    from lineage.errors import UsageError as UsageError
    from lineage.errors import VersionError as VersionError
    from lineage.execute.track import track as track
    from lineage.query import History as History
    from lineage.query import load as load

__all__ = [
    "DeclarationError",
    "File",
    "FingerprintError",
    "FormatError",
    "History",
    "LineageError",
    "Pipeline",
    "Step",
    "StepError",
    "StoreError",
    "UsageError",
    "VersionError",
    "load",
    "pipeline",
    "run",
    "shell_step",
    "step",
    "track",
]

__version__ = "0.1.0"

_HOMES = {
    "File": "lineage.declare.inputs",
    "History": "lineage.query",
    "Pipeline": "lineage.declare.pipeline",
    "Step": "lineage.declare.step",
    "load": "lineage.query",
    "pipeline": "lineage.declare.pipeline",
    "run": "lineage.dodo.notebook",
    "shell_step": "lineage.declare.shell",
    "step": "lineage.declare.step",
    "track": "lineage.execute.track",
}


if not TYPE_CHECKING:  # a type checker would let any name pass

    def __getattr__(name):
        if name not in __all__:
            raise AttributeError(f"module 'lineage' has no attribute '{name}'")
        from importlib import import_module

        value = getattr(import_module(_HOMES.get(name, "lineage.errors")), name)
        globals()[name] = value
        return value

    def __dir__():
        return sorted({*globals(), *__all__})
