"""The random generators of the process, ``random`` and ``numpy.random``, of which all steps have the same.

A step that does not seed them gives another result each time, whatever ran before it. So a seed that another step has
set must not reach it, or it would be deterministic by accident: alone, or in another process, it would not be. What
the step's own modules, or dodo.py, seed when they are executed holds for each step anew, as if it were alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lineage.declare.import_effects import numpy_generator

__all__ = ["begin", "begin_in_worker", "left_alone"]

#: What `random` has kept of a pair of gauss numbers since we seeded it. Whoever seeds it takes that away, which costs
#: nothing to see; a copy of its state would cost 1 % of what a trivial step does.
_mark: float | None = None
_left_alone = False


@contextmanager
def left_alone() -> Iterator[None]:
    """Meanwhile touch no generator: in a notebook or a script they are the user's, who may have seeded them."""
    global _left_alone
    _left_alone = True
    try:
        yield
    finally:
        _left_alone = False


def begin(random_state: Any, numpy_state: Any) -> None:
    """Let a step begin with what its modules have seeded, or where nobody can know.

    Parameters
    ----------
    random_state, numpy_state : object
        States for ``random.setstate`` and ``numpy.random.set_state``; ``None`` where they have not seeded it.
    """
    if not _left_alone:
        _begin_random(random_state)
        _begin_numpy(numpy_state)


def begin_in_worker() -> None:
    """Let numpy's generator begin anywhere in a process that was just forked; `random` does so itself."""
    generator = numpy_generator()
    if generator is not None and generator.seed_seq is not None:
        _draw_anew(generator)


def _begin_random(state: Any) -> None:
    global _mark
    random = sys.modules.get("random")
    if random is None:
        return
    if state is not None:
        random.setstate(state)
    elif _mark is None or random._inst.gauss_next is not _mark:
        random.seed()
        random.gauss(0.0, 1.0)
        _mark = random._inst.gauss_next


def _begin_numpy(state: Any) -> None:
    if state is not None:
        sys.modules["numpy.random"].set_state(state)
        return
    generator = numpy_generator()
    if generator is not None and generator.seed_seq is None:  # somebody has seeded it
        _draw_anew(generator)


def _draw_anew(generator: Any) -> None:
    sys.modules["numpy.random"].set_bit_generator(type(generator)())
