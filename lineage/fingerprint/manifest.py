"""From a call to its fingerprint: one ordered list of ingredients that is hashed to decide and listed to explain.

`feed_step` and `feed_call` name every ingredient once, in order, to a sink. There are two sinks: `fingerprint` hashes,
`entries` lists. So the decision and the explanation cannot drift apart (the idea is n2's ``hash.rs``). A new rule for
when a step reruns is one more line in one of the two; the hash, `lineage why` and the records follow. What the new
ingredient is called where it differs may stand in `_SUBJECTS`; the comparison itself is in `lineage.explain`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import xxhash

from lineage.model.plan import Argument, Call, Collection, FileArgument, Ref, StepSpec, Value
from lineage.model.stored import DISCOVERED, Entry

__all__ = [
    "SCHEME",
    "Sources",
    "collection_items",
    "entries",
    "files",
    "final",
    "fingerprint",
    "hash_of",
    "references",
    "sentence",
    "step_text",
    "values",
]

#: Version of the scheme; part of every fingerprint, so that a change here can never pass for an old result.
SCHEME = "2"

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}" + (
    f" -{'O' * sys.flags.optimize}" if sys.flags.optimize else ""
)

#: Called with kind, name, digest and what is shown: a text, or the argument that it is made from when it is needed.
Sink = Callable[[str, str, str, "Argument | str"], None]


class Sources(Protocol):
    """Where the ingredients come from: the state of the project, its surroundings and the inputs of a call."""

    def code(self, step: StepSpec) -> str:
        """Return the digest of a step's code closure."""

    def versions(self, step: StepSpec) -> Iterable[tuple[str, str]]:
        """Return the versions that users gave the step and the steps that it calls, by the name of each."""

    def packages(self, step: StepSpec) -> Iterable[tuple[str, str]]:
        """Return the distributions that the code refers to, each with its version."""

    def environment(self, step: StepSpec) -> Iterable[tuple[str, str, str]]:
        """Return the environment variables that the code reads: name, keyed digest, what is shown of the value."""

    def files(self, step: StepSpec) -> Iterable[tuple[str, str]]:
        """Return the files that the step says it depends on, each with the digest of its present content."""

    def classes(self, call: Call) -> Iterable[tuple[str, str]]:
        """Return the project's classes and functions that the inputs refer to, each with the digest of its closure."""

    def carried(self, call: Call) -> Iterable[tuple[str, str]]:
        """Return the distributions of what the inputs refer to, but for those of the step's own code."""

    def carried_environment(self, call: Call) -> Iterable[tuple[str, str, str]]:
        """Return the environment variables that the code reads to which the inputs refer, but for the step's own."""

    def input_digest(self, ref: Ref) -> str:
        """Return the digest of an artifact."""

    def file_digest(self, path: str) -> str:
        """Return the digest of a file's content."""

    def artifact_name(self, ref: Ref) -> str:
        """Return the full name of an artifact, ``digits/X_train``."""


def feed_step(step: StepSpec, sources: Sources, sink: Sink) -> None:
    """Name every ingredient that all calls of a step have in common, in a fixed order."""
    sink("scheme", "scheme", SCHEME, SCHEME)
    sink("python", "python", PYTHON, PYTHON)
    code = sources.code(step)
    sink("code", step.name, code, code)
    for name, version in sources.versions(step):
        sink("version", name, xxhash.xxh3_128_hexdigest(version.encode("utf-8", "surrogatepass")), repr(version))
    for name, version in sources.packages(step):
        sink("package", name, version, version)
    for name, digest, shown in sources.environment(step):
        sink("env", name, digest, shown)


def feed_call(call: Call, sources: Sources, sink: Sink) -> None:
    """Name every ingredient that a call adds to those of its step, in a fixed order."""
    for name, argument in call.arguments:
        _feed_argument(name, argument, sources, sink)
    # Common to all calls of a step too, but other tasks may write them between two calls.
    for name, digest in sources.files(call.step):
        sink("file", name, digest, name)
    for name, digest in sources.classes(call):
        sink("class", name, digest, digest)
    for name, version in sources.carried(call):
        sink("package", name, version, version)
    for name, digest, shown in sources.carried_environment(call):
        sink("env", name, digest, shown)


def _feed_argument(name: str, argument: Argument, sources: Sources, sink: Sink) -> None:
    kind = type(argument)
    if kind is Value:
        sink("parameter", name, argument.digest, argument)  # type: ignore[union-attr]
    elif kind is Ref:
        sink("input", name, sources.input_digest(argument), argument)  # type: ignore[arg-type]
    elif isinstance(argument, FileArgument):
        sink("path", name, xxhash.xxh3_128_hexdigest(argument.path.encode()), argument)
        sink("file", name, sources.file_digest(argument.path), argument)
    elif isinstance(argument, Collection):
        keys = [] if argument.keys is None else [key.digest for key in argument.keys]
        shape = f"{argument.kind}:{len(argument.items)}:{','.join(keys)}"
        sink("parameter", name, xxhash.xxh3_128_hexdigest(shape.encode()), argument)
        for label, item in collection_items(name, argument):
            _feed_argument(label, item, sources, sink)


def collection_items(name: str, collection: Collection) -> Iterator[tuple[str, Argument]]:
    """Yield the items of a collection under names like ``models[0]`` or ``models['svc']``."""
    labels = range(len(collection.items)) if collection.keys is None else [key.shown for key in collection.keys]
    for label, item in zip(labels, collection.items, strict=True):
        yield f"{name}[{label}]", item


def references(call: Call) -> list[tuple[str, Ref]]:
    """List the artifacts that a call takes, each with the name of the argument it arrives in."""
    found: list[tuple[str, Ref]] = []
    stack: list[tuple[str, Argument]] = list(reversed(call.arguments))
    while stack:
        name, argument = stack.pop()
        if isinstance(argument, Ref):
            found.append((name, argument))
        elif isinstance(argument, Collection):
            stack.extend(reversed(list(collection_items(name, argument))))
    return found


def values(call: Call) -> list[Value]:
    """List the literal arguments of a call that refer to functions or classes."""
    found: list[Value] = []
    for _, argument in call.arguments:
        if argument.__class__ is Value:
            if argument.refers:
                found.append(argument)
        elif argument.__class__ is Collection:
            stack: list[Argument] = [argument]
            while stack:
                each = stack.pop()
                if isinstance(each, Collection):
                    stack += each.items
                    found += [key for key in each.keys or () if key.refers]
                elif isinstance(each, Value) and each.refers:
                    found.append(each)
    return found


def files(call: Call) -> list[str]:
    """List the paths of the files that a call takes."""
    found: list[str] = []
    stack: list[Argument] = [argument for _, argument in reversed(call.arguments)]
    while stack:
        argument = stack.pop()
        if isinstance(argument, FileArgument):
            found.append(argument.path)
        elif isinstance(argument, Collection):
            stack.extend(reversed(argument.items))
    return found


def _hashing(parts: list[str]) -> Sink:
    # The names hold no control characters, so the separators keep entries apart.
    return lambda kind, name, digest, shown: parts.append(f"{kind}\x1f{name}\x1f{digest}")


def step_text(step: StepSpec, sources: Sources) -> str:
    """Return what `fingerprint` hashes of a step: the same for all its calls, so it is worked out once."""
    parts: list[str] = []
    feed_step(step, sources, _hashing(parts))
    return "\x1e".join(parts)


def fingerprint(call: Call, text: str, sources: Sources) -> str:
    """Hash everything that decides what a call puts out.

    Parameters
    ----------
    call : Call
        The call; its inputs must be settled.
    text : str
        The `step_text` of its step.
    sources : Sources
        Where the ingredients come from.

    Returns
    -------
    str
        xxh3-128 of the manifest, 32 hex digits.
    """
    parts = [text]
    feed_call(call, sources, _hashing(parts))
    return xxhash.xxh3_128_hexdigest("\x1e".join(parts).encode("utf-8", "surrogateescape"))


def final(base: str, discovered: Iterable[Entry]) -> str:
    """Return the fingerprint that names the result of a call.

    Parameters
    ----------
    base : str
        The `fingerprint` that is known before the call is executed.
    discovered : iterable of Entry
        What it was seen to read besides, sorted, with the digests that it had.

    Returns
    -------
    str
        The base itself for a call that reads nothing besides.
    """
    parts = [f"{entry.kind}\x1f{entry.name}\x1f{entry.digest}" for entry in discovered]
    if not parts:
        return base
    return xxhash.xxh3_128_hexdigest("\x1e".join([base, *parts]).encode("utf-8", "surrogateescape"))


def hash_of(entries: Iterable[Entry]) -> str:
    """Return the fingerprint of recorded ingredients, the discovered ones among them last."""
    listed = list(entries)
    parts = [f"{each.kind}\x1f{each.name}\x1f{each.digest}" for each in listed if each.kind not in DISCOVERED]
    base = xxhash.xxh3_128_hexdigest("\x1e".join(parts).encode("utf-8", "surrogateescape"))
    return final(base, [each for each in listed if each.kind in DISCOVERED])


def entries(call: Call, sources: Sources) -> tuple[Entry, ...]:
    """List everything that decides what a call puts out, for the records and for people.

    Returns
    -------
    tuple of Entry
        In the order in which they are hashed.
    """
    found: list[Entry] = []

    def sink(kind: str, name: str, digest: str, shown: Argument | str) -> None:
        found.append(Entry(kind, name, digest, _shown(shown, sources)))

    feed_step(call.step, sources, sink)
    feed_call(call, sources, sink)
    return tuple(found)


def _shown(shown: Argument | str, sources: Sources) -> str:
    if isinstance(shown, str):
        return shown
    if isinstance(shown, Value):
        return shown.shown
    if isinstance(shown, Ref):
        return sources.artifact_name(shown)
    if isinstance(shown, FileArgument):
        return shown.path
    return f"{shown.kind} of {len(shown.items)}"


_DIGITS = 32  # of a digest

#: What an ingredient is called where it differs; one of a kind that is not here is called by kind and name.
#: ``{shown}`` is what is shown of the entry, where that says more than its name does.
_SUBJECTS = {
    "scheme": "the fingerprint scheme of lineage",
    "python": "Python",
    "code": "the code of {name}",
    "version": "version of {name}",
    "class": "{name}, which an input refers to,",
    "env": "environment variable {name}",
    "input": "input {name} ({shown})",
    "file": "file {shown}",
    "read": "file {name}, which {shown} reads without declaring it,",
    "database": "database {name}, which {shown} opens without declaring it,",
    "listed": "what is in folder {name}, which {shown} lists,",
    "glob": "what matches {name}, which {shown} looks for,",
    "absent": "whether there is {name}, which {shown} looks for,",
    "exists": "whether there is {name}, which {shown} looks for,",
    "variable": "environment variable {name}, which {shown} reads,",
}


def sentence(before: Entry | None, after: Entry | None) -> str:
    """Say in one sentence how an ingredient differs.

    Parameters
    ----------
    before, after : Entry or None
        The ingredient in two manifests, not both ``None``.

    Returns
    -------
    str
        ``parameter gamma: 0.001 became 0.01``, ``file data/train.csv changed``, ``package numpy is new: 2.1``.
    """
    entry = after or before
    assert entry is not None, "one of the two manifests has the ingredient"
    subject = _SUBJECTS.get(entry.kind, f"{entry.kind} {{name}}")
    text = subject.format(name=entry.name, shown=entry.shown)
    # A digest tells nobody anything.
    silent = "{shown}" in subject or (entry.shown == entry.digest and len(entry.digest) == _DIGITS)
    if before is not None and after is not None:
        return f"{text} changed" if silent or before.shown == after.shown else _became(text, before, after)
    if entry.kind in DISCOVERED or entry.kind == "class":  # what is not used any more may well be there
        return f"{text} {'is now used' if before is None else 'is not used any more'}"
    how = "is new" if before is None else "is gone"
    return f"{text} {how}" if silent else f"{text} {how}: {entry.shown}"


def _became(text: str, before: Entry, after: Entry) -> str:
    return f"{text}: {before.shown} became {after.shown}"
