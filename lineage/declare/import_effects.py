"""What the project's modules change in the process when they are executed: the environment, seeds, ``sys.path``.

A module is executed once in a process, for whichever step comes first. What it sets then is undone after that step, as
all that steps leave behind is, and would be missing in the next step of the same module: its result would depend on
what has run before it. So it is noted here, and given to each step that uses the module (`given_to`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

__all__ = [
    "Effect",
    "environment",
    "executed",
    "executed_by",
    "executing",
    "given_to",
    "numpy_generator",
    "searched",
    "seed_all",
]

Environment = dict[bytes, bytes]


class Effect(NamedTuple):
    """What the execution of a module has changed.

    Attributes
    ----------
    path : str
        Its file (resolved); ``""`` for what holds for every step.
    variables : dict of bytes to (bytes or None)
        The environment variables that it has set or, with ``None``, taken away.
    random : object
        What ``random.getstate()`` was at its end, if it has seeded that generator, else ``None``.
    numpy : object
        What ``numpy.random.get_state()`` was at its end, if it has seeded that generator, else ``None``.
    """

    path: str
    variables: dict[bytes, bytes | None]
    random: Any
    numpy: Any


#: So often numbers are drawn again, 624 at once, to see whether a generator was only drawn from.
_MOST_DRAWN = 200
#: In the order in which they were done with: a module comes after those that it imports, whose effects are its too.
_effects: list[Effect] = []
_executed = 0
#: What was added to ``sys.path``, with the modules whose execution has added it.
_searched: dict[str, set[str]] = {}
_importer: ContextVar[str] = ContextVar("importer", default="")
#: The module, by its file, that was being executed when one was; ``""`` for a function.
_executed_by: dict[str, str] = {}


def executed() -> int:
    """Return how many modules of the project have been executed in this process."""
    return _executed


def executed_by(path: str) -> str | None:
    """Return whose execution has had a module executed.

    Parameters
    ----------
    path : str
        Its file (resolved).

    Returns
    -------
    str or None
        The file of another module; ``""`` for what a step, or whoever else, has imported when it ran; ``None`` for what
        every process has executed, as dodo.py does, and what is none of the project's modules.
    """
    return _executed_by.get(path)


def searched() -> Mapping[str, set[str]]:
    """Return the folders that were added to ``sys.path`` by modules of the project when they were executed.

    Returns
    -------
    mapping of str to set of str
        With the files of the modules (resolved) that have done so, themselves or by what they import.
    """
    return _searched


@contextmanager
def executing(path: str, *, for_all: bool) -> Iterator[None]:
    """Note what a module changes that is executed meanwhile.

    Parameters
    ----------
    path : str
        Its file.
    for_all : bool
        Whether it counts for every step, as what dodo.py does.
    """
    global _executed
    _executed += 1
    variables, random, numpy = environment(), _random_state(), _numpy_key()
    before = sys.path[:]
    if not for_all:
        _executed_by[os.path.realpath(path)] = _importer.get()
    token = _importer.set(os.path.realpath(path))
    try:
        yield
    finally:
        _importer.reset(token)
        if sys.path != before:
            for folder in sys.path:
                if folder not in before:
                    _searched.setdefault(folder, set()).add(os.path.realpath(path))
        changed = _changed(variables, environment())
        seeds = _random_seeded(random), _numpy_seeded(numpy)
        if changed or seeds != (None, None):
            # What dodo.py sets in the environment is there for good.
            effect = Effect("", {}, *seeds) if for_all else Effect(os.path.realpath(path), changed, *seeds)
            _effects.append(effect)


def seed_all(random: Any, numpy: Any) -> None:
    """Have every step begin with these states, where no module of its own seeds the generators."""
    _effects.append(Effect("", {}, random, numpy))


def given_to(paths: Collection[str]) -> Effect | None:
    """Return what the modules of a step have changed, the last one of each kind; ``None`` for nothing.

    Parameters
    ----------
    paths : collection of str
        The files of the modules that the step uses, resolved.
    """
    if not _effects:
        return None
    variables: dict[bytes, bytes | None] = {}
    random = numpy = None
    # What holds for every step was there before.
    for effect in sorted(_effects, key=lambda effect: effect.path != ""):
        if effect.path == "" or effect.path in paths:
            variables.update(effect.variables)
            random, numpy = effect.random or random, effect.numpy or numpy
    return Effect("", variables, random, numpy)


def environment() -> Environment:
    """Return a copy of the environment."""
    # What `dict(os.environb)` gives; that goes through Python code for each variable, at 0.1 ms a step.
    found: Environment = os.environb._data.copy()  # type: ignore[attr-defined]
    return found


def _changed(before: Environment, now: Environment) -> dict[bytes, bytes | None]:
    if before == now:
        return {}
    names = [name for name in before.keys() | now.keys() if before.get(name) != now.get(name)]
    return {name: now.get(name) for name in names}


def _random_state() -> Any:
    random = sys.modules.get("random")
    return None if random is None else random.getstate()


def _random_seeded(before: Any) -> Any:
    """Return the state of ``random`` if it was seeded, and not if numbers were only drawn: nobody wants these again."""
    now = _random_state()
    return now if before is not None and not _is_drawn(before, now) else None


def _is_drawn(before: Any, now: Any) -> bool:
    """Whether drawing leads from one state of ``random`` to another: so many numbers at once it makes new words."""
    if before[1][:-1] == now[1][:-1]:
        return True
    generator = sys.modules["random"].Random()
    generator.setstate(before)
    for _ in range(_MOST_DRAWN):
        generator.getrandbits(32 * (len(now[1]) - 1))
        if generator.getstate()[1][:-1] == now[1][:-1]:
            return True
    return False


def numpy_generator() -> Any:
    """Return the bit generator behind ``numpy.random.rand`` and its like, ``None`` where numpy is not loaded."""
    numpy = sys.modules.get("numpy.random")
    find = getattr(numpy, "get_bit_generator", None)  # numpy 1.24
    return None if find is None else find()


def _numpy_key() -> bytes | None:
    """Return what tells seeds of numpy's generator apart; ``None`` where it was not seeded."""
    generator = numpy_generator()
    if generator is None or generator.seed_seq is not None:  # numpy forgets how it began where somebody seeds it
        return None
    return bytes(sys.modules["numpy.random"].get_state()[1].tobytes())


def _numpy_seeded(before: bytes | None) -> Any:
    now = _numpy_key()
    return None if now is None or now == before else sys.modules["numpy.random"].get_state()
