"""Where a call stands in the user's code, and what of it changes from one round to the next.

What a loop in the same function changes is read from its source (`lineage.fingerprint.callsites`). A call may also be
in a function that a loop calls, or in a pipeline that another one calls in a loop: then the parameters of that function
change, and with them what is made of them. That is looked up along the stack, once for each place.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any

from lineage.declare.places import is_ours

if TYPE_CHECKING:
    from lineage.fingerprint.code import Project
    from lineage.fingerprint.source import CallSite

__all__ = ["ONCE", "Callers", "Loop", "Round", "Told", "function_of", "stack"]

#: Code of its own that is no function of the user's: before Python 3.12 every comprehension, a generator still.
_COMPREHENSIONS = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})
_STARRED = 0x04
_KEYWORDS = 0x08


Loop = tuple[str, str, int]
"""A loop: its file, the top-level function around it, its number there."""

Parameter = Callable[["int | str"], "str | None"]
"""Tells which parameter an argument reaches, ``None`` where that may be any."""


class Told:
    """What is to be said of one argument of a call.

    Attributes
    ----------
    key : int or str
        Its position or keyword.
    varying : bool
        Whether a loop changes it.
    carried : bool
        Whether a loop carries it from one round to the next.
    linked : bool
        Whether it comes from where the call's own value goes, of this round or of an earlier one.
    variables : tuple of str
        The variables of loops, and the parameters that loops change, that it is made of.
    loops : frozenset of Loop
        Those loops.
    """

    __slots__ = ("carried", "key", "linked", "loops", "variables", "varying")

    def __init__(
        self,
        key: int | str,
        varying: bool,
        carried: bool,
        linked: bool,
        variables: tuple[str, ...],
        loops: frozenset[Loop],
    ) -> None:
        self.key = key
        self.varying = varying
        self.carried = carried
        self.linked = linked
        self.variables = variables
        self.loops = loops


class Round:
    """What changes from one call of a function to the next.

    Attributes
    ----------
    loops : frozenset of Loop
        The loops around the calls of it.
    varying : dict of str to Told
        The parameters that loops change, with what is to be said of what they are given.
    carried : frozenset of str
        The parameters by which a loop gives it what it has returned before.
    """

    __slots__ = ("carried", "loops", "varying")

    def __init__(self, loops: frozenset[Loop], varying: dict[str, Told], carried: frozenset[str]) -> None:
        self.loops = loops
        self.varying = varying
        self.carried = carried

    def around(self, site: CallSite, path: str) -> frozenset[Loop]:
        """Return the loops around a call in the function, which is in the file `path`."""
        return self.loops | {(path, site.function, loop) for loop in site.loops}

    def told(self, site: CallSite, path: str) -> Iterator[Told]:
        """Return what is to be said of the arguments of a call in the function, which is in the file `path`."""
        return (self._told(each, site, path) for each in site.arguments)

    def chosen(self, site: CallSite, path: str) -> Told | None:
        """Return what is to be said of what is called where loops choose that, ``None`` where they do not."""
        told = None if site.chosen is None else self._told(site.chosen, site, path)
        return told if told is not None and told.varying else None

    def _told(self, argument: tuple[Any, ...], site: CallSite, path: str) -> Told:
        key, changes, carried, linked, variables, parameters = argument
        moving = [name for name in parameters if name in self.varying]
        loops = {(path, site.function, loop) for _, loop in variables}
        loops.update(*(self.varying[name].loops for name in moving))
        by_parameter = not self.carried.isdisjoint(parameters)
        given = [one for name in moving for one in (name, *self.varying[name].variables)]
        names = tuple(dict.fromkeys([*given, *(name for name, _ in variables)]))
        varying = changes or bool(moving)
        return Told(key, varying, carried or by_parameter, linked or by_parameter, names, frozenset(loops))


ONCE = Round(frozenset(), {}, frozenset())
"""A function that is called once."""


class Callers:
    """Finds the calls on the stack in the source.

    Parameters
    ----------
    project : Project
        Has the indexes.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._files: dict[str, Mapping[Any, CallSite]] = {}
        self._positions: dict[int, tuple[CodeType, list[tuple[Any, ...]]]] = {}

    def position(self, frame: FrameType) -> tuple[Any, ...]:
        """Return (line, column, end line, end column) of what a frame is just executing."""
        code = frame.f_code
        known = self._positions.get(id(code))
        if known is None:
            places = [(line, column, end, last) for line, end, column, last in code.co_positions()]
            known = self._positions[id(code)] = code, places  # holding the code keeps its id
        return known[1][frame.f_lasti // 2]

    def site(self, frame: FrameType) -> CallSite | None:
        """Return what the source says of the call that a frame is just executing."""
        path = frame.f_code.co_filename
        is_cell = path in self._project.texts
        if not (path.endswith(".py") or is_cell) or is_ours(path):
            return None
        sites = self._files.get(path)
        if sites is None:
            sites = self._files[path] = self._project.index(path if is_cell else os.path.realpath(path)).call_sites
        return sites.get(self.position(frame)) if sites else None

    def nearest(self, frame: FrameType) -> tuple[FrameType, CallSite] | None:
        """Return the innermost call on the stack that the source knows, with its frame."""
        outer: FrameType | None = frame
        while outer is not None:
            found = self.site(outer)
            if found is not None:
                return outer, found
            outer = outer.f_back
        return None

    def round(self, frame: FrameType, body: CodeType | None, inside: Round) -> Round:
        """Return what changes around a call.

        Parameters
        ----------
        frame : FrameType
            What makes the call.
        body : CodeType
            The body of the pipeline that is being planned.
        inside : Round
            What changes from one call of that pipeline to the next.
        """
        function = function_of(frame)
        if function.f_code is body:
            return inside
        found = None if function.f_back is None else self.nearest(function.f_back)
        if found is None:
            return ONCE
        outer, site = found
        around = self.round(outer, body, inside)
        names = _parameters(function.f_code)
        if not _calls(site, outer, function.f_code):
            # Whoever is given a function may call it many times.
            code = function.f_code
            loop = frozenset([(code.co_filename, code.co_qualname, code.co_firstlineno)])
            anything = Told("", True, False, False, (), loop)
            return Round(loop, dict.fromkeys(names, anything), frozenset())
        path = outer.f_code.co_filename
        parameter = _parameter_of(function.f_code)
        return reaching(around.told(site, path), around.around(site, path), names, parameter)

    def inlined(self, frame: FrameType, names: tuple[str, ...], body: CodeType | None, inside: Round) -> Round:
        """Return what changes from one call of a pipeline to the next that another pipeline makes.

        Parameters
        ----------
        frame : FrameType
            What makes the call.
        names : tuple of str
            The parameters of the pipeline that is called.
        body, inside : CodeType, Round
            Of the pipeline that calls it.
        """
        found = self.nearest(frame)
        if found is None:
            return ONCE
        around = self.round(found[0], body, inside)
        outer, site = found
        path = outer.f_code.co_filename
        parameter: Parameter = lambda key: _named(key, names, len(names))  # noqa: E731
        return reaching(around.told(site, path), around.around(site, path), names, parameter)


def function_of(frame: FrameType) -> FrameType:
    """Return the frame of the function that a comprehension is in, or the frame itself."""
    while frame.f_code.co_name in _COMPREHENSIONS and frame.f_back is not None:
        frame = frame.f_back
    return frame


def stack(frame: FrameType | None, body: CodeType | None) -> Iterator[tuple[int, int]]:
    """Yield what tells where a frame is called from, up to the body of the pipeline."""
    while frame is not None:
        yield id(frame.f_code), frame.f_lasti
        frame = None if frame.f_code is body else frame.f_back


def reaching(arguments: Iterator[Told], loops: frozenset[Loop], names: tuple[str, ...], parameter: Parameter) -> Round:
    """Return what changes of a function that is given some arguments."""
    varying: dict[str, Told] = {}
    carried: set[str] = set()
    for told in arguments:
        reached = parameter(told.key)
        if told.varying:
            varying.update(dict.fromkeys(names if reached is None else [reached], told))
        elif told.carried:
            carried.update(names if reached is None else [reached])
    return Round(loops, varying, frozenset(carried))


def _parameters(code: CodeType) -> tuple[str, ...]:
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & _STARRED) + bool(code.co_flags & _KEYWORDS)
    return code.co_varnames[:count]


def _parameter_of(code: CodeType) -> Parameter:
    names = _parameters(code)
    first = 1 if names[:1] in (("self",), ("cls",)) else 0
    rest = names[code.co_argcount + code.co_kwonlyargcount :]

    def parameter(key: int | str) -> str | None:
        if isinstance(key, int):
            key += first
            return names[key] if key < code.co_argcount else next(iter(rest), None)
        return _named(key, names, code.co_argcount) or (rest[-1] if rest and key not in ("*", "**") else None)

    return parameter


def _named(key: int | str, names: tuple[str, ...], positional: int) -> str | None:
    if isinstance(key, int):
        return names[key] if key < positional else None
    return key if key in names else None


def _calls(site: CallSite, frame: FrameType, code: CodeType) -> bool:
    """Whether a site calls a function itself, and does not only hand it to somebody who does."""
    if site.callee == code.co_name:
        return True
    value = frame.f_locals.get(site.callee, frame.f_globals.get(site.callee)) if site.callee else None
    for _ in range(100):
        if value is None or getattr(value, "__code__", None) is code:
            break
        value = getattr(value, "__dict__", {}).get("__wrapped__")
    return value is not None
