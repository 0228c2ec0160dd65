"""Names of calls and artifacts: from what the user wrote, never from the position of a call.

A step that is called once has its own name, or that of the slot it fills. Several calls are told apart by the arguments
that differ, ``trainer@C:0.1,kernel:rbf``, so that a value added in the middle of a sweep renames nothing. A call inside
a loop has such a suffix from the start. Where a call takes an artifact that has a suffix itself, that is handed on:
``evaluator@C:0.1``. Only calls that nothing tells apart are numbered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from xxhash import xxh3_128_hexdigest

from lineage.declare.recording import Recorded, Recording
from lineage.model.plan import Argument, Collection, FileArgument, Ref, Value

__all__ = ["give_names", "short"]

_UNSAFE = re.compile(r"[^A-Za-z0-9._+-]+")
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
    text = _UNSAFE.sub("_", shown)
    if text == shown and 0 < len(text) <= _LONGEST_VALUE:
        return text
    return f"{text[:_LONGEST_VALUE].strip('_')}-{digest[:6]}"


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
        self._first = self._recorded[0].call.index if self._recorded else 0
        self._groups: dict[str, list[Recorded]] = {}
        self._keys: dict[str, Parts] = {}
        self._parts: list[Parts] = []
        self._taken: dict[str, Recorded] = {}
        self._counts: dict[str, int] = {}
        self._artifacts: set[str] = set()
        self._identities: dict[int, str] = {}
        self._shorts: dict[int, str] = {}

    def give(self) -> None:
        for recorded in self._recorded:
            self._groups.setdefault(recorded.layout.base, []).append(recorded)
        for base, group in self._groups.items():
            keys = telling_arguments(group)
            if keys:
                self._keys[base] = keys
        self._drop_recurrent()
        for recorded in self._recorded:
            self._name(recorded)
        self._name_artifacts()

    # Which arguments tell the calls of one base apart

    def _drop_recurrent(self) -> None:
        """Leave out artifacts that come, directly or not, from calls of the same base: their names would only grow."""
        if not any(len(self._groups[base]) > 1 for base in self._keys):
            return
        edges: dict[str, set[str]] = {base: set() for base in self._groups}
        for recorded in self._recorded:
            sources = edges[recorded.layout.base]
            for index in recorded.call.upstream:
                sources.add(self._recorded[index - self._first].layout.base)
        circle = circles(edges)
        for base, keys in self._keys.items():
            if circle[base] is not None:
                self._keys[base] = tuple(key for key in keys if not self._comes_from(base, key, circle))

    def _comes_from(self, base: str, key: str, circle: dict[str, int | None]) -> bool:
        for recorded in self._groups[base]:
            for ref in references(dict(recorded.call.arguments).get(key)):
                if circle[self._recorded[ref.call - self._first].layout.base] == circle[base]:
                    return True
        return False

    # Names of calls

    def _name(self, recorded: Recorded) -> None:
        base = recorded.layout.base
        keys = self._keys.get(base)
        parts = self._suffix(recorded, keys) if keys else ()
        name = f"{base}@{','.join(parts)}" if parts else base
        if name in self._taken:
            name = self._told_apart(recorded, name)
            parts = (name[len(base) :].lstrip("@"),)
        else:
            self._taken[name] = recorded
        self._parts.append(parts)
        call = recorded.call
        call.name = name
        call.task = f"{self._pipeline}:{name}"

    def _suffix(self, recorded: Recorded, keys: Parts) -> Parts:
        parts: dict[str, None] = {}
        for name, argument in recorded.call.arguments:
            if name not in keys:
                continue
            if isinstance(argument, Value):
                parts[f"{name}:{self._short(argument)}"] = None
            else:
                parts.update(dict.fromkeys(self._part(name, argument)))
        suffix = ",".join(parts)
        if len(suffix) > _LONGEST_SUFFIX:
            return (f"{suffix[: _LONGEST_SUFFIX - 7]}-{hashed(suffix)[:6]}",)
        return tuple(parts)

    def _short(self, value: Value) -> str:
        found = self._shorts.get(id(value))
        if found is None:
            found = self._shorts[id(value)] = short(value.shown.strip("'\""), value.digest)
        return found

    def _part(self, name: str, argument: Argument) -> Parts:
        if isinstance(argument, Value):
            return (f"{name}:{self._short(argument)}",)
        if isinstance(argument, FileArgument):
            return (f"{name}:{short(argument.path, hashed(argument.path))}",)
        if isinstance(argument, Ref):
            return self._parts[argument.call - self._first] or (f"{name}:{self._source(argument)}",)
        text = self._identity(argument)
        return (f"{name}:{len(argument.items)}-{hashed(text)[:6]}",)

    def _source(self, ref: Ref) -> str:
        """Name an artifact before artifacts have their names: by its field, its variable or its step."""
        recorded = self._recorded[ref.call - self._first]
        return stem(recorded, ref.output)

    def _told_apart(self, recorded: Recorded, name: str) -> str:
        """Return a free name for a call whose name is taken."""
        first = self._taken[name]
        joint = "@"
        if self._call_identity(first) != self._call_identity(recorded):
            # Arguments that look alike (0.1 and '0.1'): the digest tells them apart wherever the call stands.
            marked = f"{name}-{hashed(self._call_identity(recorded))[:6]}"
            if marked not in self._taken:
                self._taken[marked] = recorded
                return marked
        elif recorded.site.target is not None and not recorded.site.repeats:
            marked = f"{name}{joint}{recorded.site.target}"
            if marked not in self._taken:
                self._taken[marked] = recorded
                return marked
        number = self._counts.get(name, 1) + 1
        while f"{name}{joint}{number}" in self._taken:
            number += 1
        self._counts[name] = number
        self._taken[f"{name}{joint}{number}"] = recorded
        return f"{name}{joint}{number}"

    def _call_identity(self, recorded: Recorded) -> str:
        """Return a text that is the same for calls of one step with the same arguments."""
        index = recorded.call.index
        found = self._identities.get(index)
        if found is None:
            keys = self._keys.get(recorded.layout.base, ())
            texts = [f"{name}={self._identity(value)}" for name, value in recorded.call.arguments if name in keys]
            step = recorded.call.step
            found = self._identities[index] = "\x1e".join([f"{step.module}:{step.qualname}", *texts])
        return found

    def _identity(self, argument: Argument) -> str:
        if isinstance(argument, Value):
            return argument.digest
        if isinstance(argument, FileArgument):
            return argument.path
        if isinstance(argument, Ref):
            return f"{self._recorded[argument.call - self._first].call.name}\x1f{argument.output}"
        keys = [key.digest for key in argument.keys or ()]
        return "\x1d".join([argument.kind, *keys, *(f"({self._identity(item)})" for item in argument.items)])

    # Names of artifacts

    def _name_artifacts(self) -> None:
        # A local variable of its own goes first, so that a name never depends on what else is called.
        for recorded in self._recorded:
            if self._owns_variable(recorded):
                recorded.call.outputs = (self._free([recorded.site.target or ""]),)
        for recorded in self._recorded:
            if not recorded.call.outputs:
                recorded.call.outputs = tuple(self._artifact_names(recorded))

    def _owns_variable(self, recorded: Recorded) -> bool:
        site, reading = recorded.site, recorded.layout.reading
        return (
            one_output(recorded)
            and reading.output is None
            and site.target is not None
            and not site.repeats
            and site.target not in self._artifacts
        )

    def _artifact_names(self, recorded: Recorded) -> Iterator[str]:
        call, base = recorded.call, recorded.layout.base
        suffix = call.name[len(base) :]
        if one_output(recorded):
            candidates = [stem(recorded, 0) + suffix, call.name]
            yield self._free(candidates)
            return
        targets = None if recorded.site.found is None else recorded.site.found.targets
        fields = call.step.outputs or ()
        local = targets if targets is not None and len(targets) == len(fields) else fields
        for field, variable in zip(fields, local, strict=True):
            candidates = [field + suffix, f"{base}.{field}{suffix}", f"{call.name}.{field}"]
            if variable not in (field, "_"):
                candidates.insert(1, variable + suffix)
            yield self._free(candidates)

    def _free(self, candidates: list[str]) -> str:
        for name in candidates:
            if name not in self._artifacts:
                break
        else:
            number = 2
            while f"{candidates[-1]}@{number}" in self._artifacts:
                number += 1
            name = f"{candidates[-1]}@{number}"
        self._artifacts.add(name)
        return name


def hashed(text: str) -> str:
    """Return the digest of a text."""
    return xxh3_128_hexdigest(text.encode())


def one_output(recorded: Recorded) -> bool:
    """Say whether a call gives one artifact that is not an element of a tuple."""
    reading = recorded.layout.reading
    return reading.single or (reading.spec.command is not None and len(reading.spec.outputs or ()) == 1)


def stem(recorded: Recorded, output: int) -> str:
    """Return an artifact's name without suffix: the declared one, the local variable, or the call's base."""
    reading, site = recorded.layout.reading, recorded.site
    if not one_output(recorded):
        return (reading.spec.outputs or ())[output]
    return reading.output or site.target or (reading.spec.outputs or (recorded.layout.base,))[0]


def telling_arguments(group: list[Recorded]) -> Parts:
    """Return the names of the arguments by which the calls of one base are told apart.

    Those that differ between the calls, and those that a loop changes even if it has made only one call so far.
    """
    found = dict.fromkeys(key for layout in {one.layout: None for one in group} for key in layout.varying)
    first = group[0].call.arguments
    for recorded in group:
        arguments = recorded.call.arguments
        if len(arguments) == len(first):
            for (name, argument), (other, before) in zip(arguments, first, strict=True):
                if name != other:
                    found[name] = found[other] = None
                elif argument is not before and name not in found and not _same(argument, before):
                    found[name] = None
        else:
            names = dict(first)
            found.update(
                dict.fromkeys(name for name, argument in arguments if not _same(argument, names.pop(name, None)))
            )
            found.update(dict.fromkeys(names))
    return tuple(found)


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
