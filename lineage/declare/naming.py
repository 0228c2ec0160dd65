"""Names of calls and artifacts: from what the user wrote, never from the position of a call.

A step that is called once has its own name, or that of the slot it fills. Several calls are told apart by the arguments
that differ, ``trainer@C:0.1,kernel:rbf``, so that a value added in the middle of a sweep renames nothing. A call inside
a loop has such a suffix from the start. Where a call takes an artifact that has a suffix itself, that is handed on:
``evaluator@C:0.1``. Only calls that nothing tells apart are numbered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from operator import itemgetter

from xxhash import xxh3_128_hexdigest

from lineage.declare.recording import Layout, Recorded, Recording, Site
from lineage.model.plan import Argument, Call, Collection, FileArgument, Ref, Value

__all__ = ["give_names", "short"]

_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-")
_LONGEST_VALUE = 32
_LONGEST_SUFFIX = 80

Parts = tuple[str, ...]


def short(shown: str, digest: str) -> str:
    """Return a value's text as part of a name.

    Parameters
    ----------
    shown : str
        The value as people are shown it.
    digest : str
        Its digest, of which 6 digits are added if the text had to be cut or characters to be replaced.

    Examples
    --------
    >>> short("0.1", "9f86d0")
    '0.1'
    >>> short("Ridge(alpha=1)", "9f86d0")
    'Ridge_alpha_1-9f86d0'
    """
    if shown.isalnum() and shown.isascii() and len(shown) <= _LONGEST_VALUE:
        return shown
    text = shown[1:-1] if shown[:1] in ("'", '"') and shown[:1] == shown[-1:] else shown
    if _SAFE.issuperset(text) and 0 < len(text) <= _LONGEST_VALUE:
        return text

    safe = re.sub(r"[^A-Za-z0-9._+-]+", "_", text)
    return f"{safe[:_LONGEST_VALUE].strip('_')}-{digest[:6]}"


def give_names(recording: Recording) -> None:
    """Name the calls of a pipeline that has been recorded, and their artifacts.

    Parameters
    ----------
    recording : Recording
        Its calls get their ``name``, ``task`` and ``outputs``. Time is linear in the number of calls.
    """
    _Names(recording).give()


class _Names:
    def __init__(self, recording: Recording) -> None:
        self._pipeline = recording.name
        self._recorded = recording.recorded
        self._first = self._recorded[0][0].index if self._recorded else 0
        self._groups: dict[str, list[Recorded]] = {}
        self._keys: dict[str, Parts] = {}
        self._places: dict[int, tuple[int, ...]] = {}
        self._parts: list[Parts] = []
        self._taken: dict[str, Recorded] = {}
        self._counts: dict[str, int] = {}
        self._artifacts: set[str] = set()
        self._identities: dict[int, str] = {}

    def give(self) -> None:
        for recorded in self._recorded:
            self._groups.setdefault(recorded[1].base, []).append(recorded)
        for base, group in self._groups.items():
            keys = telling_arguments(group)
            if keys:
                self._keys[base] = keys
        self._drop_recurrent()
        self._name_calls()
        self._name_artifacts()

    # Which arguments tell the calls of one base apart

    def _drop_recurrent(self) -> None:
        """Leave out artifacts that come, directly or not, from calls of the same base: their names would only grow."""
        if not any(self._tells_by_artifact(base) for base in self._keys):
            return
        edges: dict[str, set[str]] = {base: set() for base in self._groups}
        for call, layout, _ in self._recorded:
            sources = edges[layout.base]
            for index in call.upstream:
                sources.add(self._recorded[index - self._first][1].base)
        circle = circles(edges)
        for base, keys in self._keys.items():
            if circle[base] is not None:
                self._keys[base] = tuple(key for key in keys if not self._comes_from(base, key, circle))

    def _tells_by_artifact(self, base: str) -> bool:
        """Say whether anything but literals tells the calls of a base apart."""
        places: dict[Layout, tuple[int, ...]] = {}
        for recorded in self._groups[base]:
            call, layout, _ = recorded
            if layout not in places:
                places[layout] = self._places_of(recorded)
            for place in places[layout]:
                if call.arguments[place][1].__class__ is not Value:
                    return True
        return False

    def _comes_from(self, base: str, key: str, circle: dict[str, int | None]) -> bool:
        for call, _, _ in self._groups[base]:
            for ref in references(dict(call.arguments).get(key)):
                if circle[self._recorded[ref.call - self._first][1].base] == circle[base]:
                    return True
        return False

    # Names of calls

    def _name_calls(self) -> None:
        taken, parts_of, places_of = self._taken, self._parts, self._places
        for recorded in self._recorded:
            call, layout, _ = recorded
            name = base = layout.base
            parts: Parts = ()
            places = places_of.get(id(layout))
            if places is None:
                places = places_of[id(layout)] = self._places_of(recorded)
            if places:
                arguments = call.arguments
                parts = self._part(*arguments[places[0]]) if len(places) == 1 else self._joined(arguments, places)
                name = f"{base}@{parts[0] if len(parts) == 1 else ','.join(parts)}"
            if name in taken:
                name = self._told_apart(recorded, name)
                parts = (name[len(base) :].lstrip("@"),)
            taken[name] = recorded
            parts_of.append(parts)
            call.name = name
            call.task = f"{self._pipeline}:{name}"

    def _places_of(self, recorded: Recorded) -> tuple[int, ...]:
        """Return where in the arguments of calls of one layout those stand that tell them apart."""
        keys = self._keys.get(recorded[1].base, ())
        return tuple(place for place, (name, _) in enumerate(recorded[0].arguments) if name in keys)

    def _joined(self, arguments: tuple[tuple[str, Argument], ...], places: tuple[int, ...]) -> Parts:
        """Return the parts of a suffix, each once; one part that is cut short if they are too long."""
        parts = tuple(dict.fromkeys(part for place in places for part in self._part(*arguments[place])))
        suffix = ",".join(parts)
        return parts if len(suffix) <= _LONGEST_SUFFIX else (f"{suffix[: _LONGEST_SUFFIX - 7]}-{hashed(suffix)[:6]}",)

    def _part(self, name: str, argument: Argument) -> Parts:
        if isinstance(argument, Value):
            return (f"{name}:{short(argument.shown, argument.digest)}",)
        if isinstance(argument, Ref):
            return self._parts[argument.call - self._first] or (f"{name}:{self._source(argument)}",)
        if isinstance(argument, FileArgument):
            return (f"{name}:{short(argument.path, hashed(argument.path))}",)
        return (f"{name}:{len(argument.items)}-{hashed(self._identity(argument))[:6]}",)

    def _source(self, ref: Ref) -> str:
        """Name an artifact before artifacts have their names: by its field, its variable or its step."""
        _, layout, site = self._recorded[ref.call - self._first]
        return stem(layout, site, ref.output)

    def _told_apart(self, recorded: Recorded, name: str) -> str:
        """Return a free name for a call whose name is taken."""
        identity, site = self._call_identity(recorded), recorded[2]
        marked = None
        if self._call_identity(self._taken[name]) != identity:
            # Arguments that look alike (0.1 and '0.1'): the digest tells them apart wherever the call stands.
            marked = f"{name}-{hashed(identity)[:6]}"
        elif site.target is not None and not site.repeats:
            marked = f"{name}@{site.target}"
        if marked is not None and marked not in self._taken:
            return marked
        number = self._counts.get(name, 1) + 1
        while f"{name}@{number}" in self._taken:
            number += 1
        self._counts[name] = number
        return f"{name}@{number}"

    def _call_identity(self, recorded: Recorded) -> str:
        """Return a text that is the same for calls of one step with the same arguments."""
        call, layout, _ = recorded
        found = self._identities.get(call.index)
        if found is None:
            keys = self._keys.get(layout.base, ())
            texts = [f"{name}={self._identity(value)}" for name, value in call.arguments if name in keys]
            step = call.step
            found = self._identities[call.index] = "\x1e".join([f"{step.module}:{step.qualname}", *texts])
        return found

    def _identity(self, argument: Argument) -> str:
        if isinstance(argument, Value):
            return argument.digest
        if isinstance(argument, FileArgument):
            return argument.path
        if isinstance(argument, Ref):
            return f"{self._recorded[argument.call - self._first][0].name}\x1f{argument.output}"
        keys = [key.digest for key in argument.keys or ()]
        return "\x1d".join([argument.kind, *keys, *(f"({self._identity(item)})" for item in argument.items)])

    # Names of artifacts

    def _name_artifacts(self) -> None:
        # A local variable of its own goes first, so that a name never depends on what else is called.
        names = self._artifacts
        later = []
        for recorded in self._recorded:
            call, layout, site = recorded
            target = site.target
            if (
                target is None
                or site.loop
                or site.times > 1
                or not layout.single
                or layout.reading.output
                or target in names
            ):
                later.append(recorded)
            else:
                names.add(target)
                call.outputs = (target,)
        for call, layout, site in later:
            suffix = call.name[len(layout.base) :]
            if layout.single:
                name = (site.target or stem(layout, site, 0)) + suffix
                if name in names or layout.reading.output:
                    name = self._free([stem(layout, site, 0) + suffix, call.name])
                names.add(name)
                call.outputs = (name,)
            elif layout.outputs is not None:
                call.outputs = tuple(self._fields(call, layout, site, suffix))

    def _fields(self, call: Call, layout: Layout, site: Site, suffix: str) -> Iterator[str]:
        targets = None if site.found is None else site.found.targets
        fields = call.step.outputs or ()
        local = targets if targets is not None and len(targets) == len(fields) else fields
        for field, variable in zip(fields, local, strict=True):
            candidates = [field + suffix, f"{layout.base}.{field}{suffix}", f"{call.name}.{field}"]
            if variable not in (field, "_"):
                candidates.insert(1, variable + suffix)
            yield self._free(candidates)

    def _free(self, candidates: list[str]) -> str:
        name = next((name for name in candidates if name not in self._artifacts), None)
        number = 2
        while name is None or name in self._artifacts:
            name = f"{candidates[-1]}@{number}"
            number += 1
        self._artifacts.add(name)
        return name


def hashed(text: str) -> str:
    """Return the digest of a text."""
    return xxh3_128_hexdigest(text.encode())


def stem(layout: Layout, site: Site, output: int) -> str:
    """Return an artifact's name without suffix: the declared one, the local variable, or the call's base."""
    reading = layout.reading
    if not layout.single:
        return (reading.spec.outputs or ())[output]
    return reading.output or site.target or (reading.spec.outputs or (layout.base,))[0]


def telling_arguments(group: list[Recorded]) -> Parts:
    """Return the names of the arguments by which the calls of one base are told apart.

    Those that differ between the calls, and those that a loop changes even if it has made only one call so far.
    """
    layouts = dict.fromkeys(map(itemgetter(1), group))
    found = dict.fromkeys(key for layout in layouts for key in layout.varying)
    if len(layouts) > 1:
        names = dict.fromkeys(name for call, _, _ in first_of_each(group) for name, _ in call.arguments)
        found.update(dict.fromkeys(differing(group, [name for name in names if name not in found])))
    elif len(group) > 1:
        # Calls of one layout have the same arguments at the same places.
        first, sources = group[0][0].arguments, group[0][1].sources
        for place, (name, before) in enumerate(first):
            if name in found or place >= len(sources) or not isinstance(sources[place][1], (int, str)):
                continue  # a default, or a script of the step itself, is the same for all
            others = {id(call.arguments[place][1]): call.arguments[place][1] for call, _, _ in group}
            if len(others) > 1 and not all(_same(other, before) for other in others.values()):
                found[name] = None
    return tuple(found)


def first_of_each(group: list[Recorded]) -> Iterator[Recorded]:
    """Yield the first call of each layout."""
    seen = set()
    for recorded in group:
        if id(recorded[1]) not in seen:
            seen.add(id(recorded[1]))
            yield recorded


def differing(group: list[Recorded], names: list[str]) -> Iterator[str]:
    """Yield which of some arguments differ, or are only sometimes given."""
    arguments = [dict(call.arguments) for call, _, _ in group]
    for name in names:
        before = arguments[0].get(name)
        if not all(_same(given.get(name), before) for given in arguments):
            yield name


def _same(one: Argument | None, other: Argument | None) -> bool:
    if one is other:
        return True
    if isinstance(one, Value) and isinstance(other, Value):
        return one.digest == other.digest
    if isinstance(one, Ref) and isinstance(other, Ref):
        return one.call == other.call and one.output == other.output
    if isinstance(one, FileArgument) and isinstance(other, FileArgument):
        return one.path == other.path
    if isinstance(one, Collection) and isinstance(other, Collection):
        keys = [[key.digest for key in side.keys or ()] for side in (one, other)]
        alike = one.kind == other.kind and len(one.items) == len(other.items) and keys[0] == keys[1]
        return alike and all(map(_same, one.items, other.items))
    return False


def references(argument: Argument | None) -> Iterator[Ref]:
    """Yield the artifacts in an argument."""
    if isinstance(argument, Ref):
        yield argument
    elif isinstance(argument, Collection):
        for item in argument.items:
            yield from references(item)


def circles(edges: dict[str, set[str]]) -> dict[str, int | None]:
    """Find the circles of a graph.

    Parameters
    ----------
    edges : dict of str to set of str
        The names that each name takes from.

    Returns
    -------
    dict of str to int or None
        The number of the circle that a name is on, ``None`` if it is on none.

    Notes
    -----
    Strongly connected components after Tarjan (1972), without recursion.
    """
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_: dict[str, None] = {}
    found: dict[str, int | None] = {}

    def close(name: str) -> None:
        members: list[str] = []
        while not members or members[-1] != name:
            members.append(open_.popitem()[0])
        circle = order[name] if len(members) > 1 or name in edges[name] else None
        found.update(dict.fromkeys(members, circle))

    for start in edges:
        if start in order:
            continue
        stack: list[tuple[str, Iterator[str]]] = []
        _enter(start, order, lowest, open_, stack, edges)
        while stack:
            name, following = stack[-1]
            nearest = next(following, None)
            if nearest is None:
                stack.pop()
                if stack:
                    lowest[stack[-1][0]] = min(lowest[stack[-1][0]], lowest[name])
                if lowest[name] == order[name]:
                    close(name)
            elif nearest not in order:
                _enter(nearest, order, lowest, open_, stack, edges)
            elif nearest in open_:
                lowest[name] = min(lowest[name], order[nearest])
    return found


def _enter(
    name: str,
    order: dict[str, int],
    lowest: dict[str, int],
    open_: dict[str, None],
    stack: list[tuple[str, Iterator[str]]],
    edges: dict[str, set[str]],
) -> None:
    order[name] = lowest[name] = len(order)
    open_[name] = None
    stack.append((name, iter(sorted(edges[name]))))
