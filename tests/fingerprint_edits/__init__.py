"""Edits of small projects, and which of their steps must rerun: each has an id, a why, files, a change.

`files` maps paths to sources. `change` maps paths to their new content: a pair is a replacement (old, new) of text that
occurs once, a string a whole file, None a file that goes. `stale` and `fresh` are names of functions in steps.py, which
take no arguments; where both verdicts would be right, a function is in neither.
"""

from __future__ import annotations

from fingerprint_edits import (
    broken,
    classes,
    configured,
    copied,
    early,
    effects,
    functions,
    held,
    hostile,
    implicit,
    imports,
    kept,
    late,
    layout,
    learning,
    moments,
    neighbours,
    objects,
    ordinary,
    packaged,
    patched,
    registered,
    searched,
    shared,
    spelled,
    studied,
    syntax,
    values,
    wide,
)

EDITS = [
    *classes.EDITS,
    *effects.EDITS,
    *held.EDITS,
    *imports.EDITS,
    *functions.EDITS,
    *values.EDITS,
    *objects.EDITS,
    *searched.EDITS,
    *wide.EDITS,
    *broken.EDITS,
    *configured.EDITS,
    *copied.EDITS,
    *kept.EDITS,
    *late.EDITS,
    *layout.EDITS,
    *learning.EDITS,
    *neighbours.EDITS,
    *ordinary.EDITS,
    *packaged.EDITS,
    *patched.EDITS,
    *registered.EDITS,
    *shared.EDITS,
    *spelled.EDITS,
    *studied.EDITS,
    *syntax.EDITS,
    *hostile.EDITS,
    *implicit.EDITS,
    *moments.EDITS,
    *early.EDITS,
]
