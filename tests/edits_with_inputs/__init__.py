"""Edits of small packages whose steps take artifacts: one pipeline each, all of them in one project."""

from __future__ import annotations

from edits_with_inputs import arguments, callables, classes, values
from edits_with_inputs.edit import Edit

EDITS: tuple[Edit, ...] = (*classes.EDITS, *callables.EDITS, *arguments.EDITS, *values.EDITS)
