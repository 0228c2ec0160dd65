"""From a call to its fingerprint: one ordered list of ingredients that is hashed to decide and listed to explain.

`feed` names every ingredient once, in order, to a sink. There are two sinks: `fingerprint` hashes, `entries` lists. So
the decision and the explanation cannot drift apart (the idea is n2's ``hash.rs``). A new rule for when a step reruns is
one more line in `feed`; the hash, `lineage why` and the docs follow.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import xxhash

from lineage.model.plan import Argument, Call, Collection, FileArgument, Ref, Value
from lineage.model.stored import Entry, Reason

__all__ = ["SCHEME", "entries", "feed", "fingerprint", "references", "why"]

#: Version of the scheme; part of every fingerprint, so that a change here can never pass for an old result.
SCHEME = "1"

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"

Sink = Callable[[str, str, str, "Argument | None"], None]
"""Called with kind, name, digest and the argument (None where the ingredient is none)."""


def feed(
    call: Call, code: str, input_digest: Callable[[Ref], str], file_digest: Callable[[str], str], sink: Sink
) -> None:
    """Name every ingredient that decides what a call puts out, in a fixed order.

    Parameters
    ----------
    call : Call
        The call.
    code : str
        Digest of the step's code closure.
    input_digest : callable
        Gives the digest of the artifact that a `Ref` stands for.
    file_digest : callable
        Gives the digest of a file's content, by its path.
    sink : callable
        Takes ``kind, name, digest, argument``.
    """
    sink("python", "python", PYTHON, None)
    sink("code", call.step.name, code, None)
    for name, argument in call.arguments:
        _feed_argument(name, argument, input_digest, file_digest, sink)


def _feed_argument(
    name: str,
    argument: Argument,
    input_digest: Callable[[Ref], str],
    file_digest: Callable[[str], str],
    sink: Sink,
) -> None:
    kind = type(argument)
    if kind is Value:
        sink("parameter", name, argument.digest, argument)  # type: ignore[union-attr]
    elif kind is Ref:
        sink("input", name, input_digest(argument), argument)  # type: ignore[arg-type]
    elif isinstance(argument, FileArgument):
        sink("path", name, xxhash.xxh3_128_hexdigest(argument.path.encode()), argument)
        sink("file", name, file_digest(argument.path), argument)
    elif isinstance(argument, Collection):
        keys = [] if argument.keys is None else [key.digest for key in argument.keys]
        shape = f"{argument.kind}:{len(argument.items)}:{','.join(keys)}"
        sink("parameter", name, xxhash.xxh3_128_hexdigest(shape.encode()), argument)
        for label, item in collection_items(name, argument):
            _feed_argument(label, item, input_digest, file_digest, sink)


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


def fingerprint(call: Call, code: str, input_digest: Callable[[Ref], str], file_digest: Callable[[str], str]) -> str:
    """Hash everything that decides what a call puts out.

    Returns
    -------
    str
        xxh3-128 of the manifest, 32 hex digits.
    """
    parts = [SCHEME]
    add = parts.append

    def sink(kind: str, name: str, digest: str, argument: Argument | None) -> None:
        # The names hold no control characters, so the separators keep entries apart.
        add(f"{kind}\x1f{name}\x1f{digest}")

    feed(call, code, input_digest, file_digest, sink)
    return xxhash.xxh3_128_hexdigest("\x1e".join(parts).encode())


def entries(
    call: Call,
    code: str,
    input_digest: Callable[[Ref], str],
    file_digest: Callable[[str], str],
    artifact_name: Callable[[Ref], str],
) -> tuple[Entry, ...]:
    """List everything that decides what a call puts out, for the records and for people.

    Parameters
    ----------
    call, code, input_digest, file_digest
        As for `feed`.
    artifact_name : callable
        Gives the full name (``digits/X_train``) of the artifact that a `Ref` stands for.

    Returns
    -------
    tuple of Entry
        In the order in which they are hashed.
    """
    found: list[Entry] = []

    def sink(kind: str, name: str, digest: str, argument: Argument | None) -> None:
        found.append(Entry(kind, name, digest, _shown(argument, digest, artifact_name)))

    feed(call, code, input_digest, file_digest, sink)
    return tuple(found)


def _shown(argument: Argument | None, digest: str, artifact_name: Callable[[Ref], str]) -> str:
    if argument is None:
        return digest
    if isinstance(argument, Value):
        return argument.shown
    if isinstance(argument, Ref):
        return artifact_name(argument)
    if isinstance(argument, FileArgument):
        return argument.path
    return f"{argument.kind} of {len(argument.items)}"


_SENTENCES = {
    "python": "Python {before} became {after}",
    "code": "the code of {name} changed",
    "parameter": "parameter {name}: {before} became {after}",
    "input": "input {name} ({after}) changed",
    "file": "file {after} changed",
    "path": "path {name}: {before} became {after}",
}


def why(before: tuple[Entry, ...] | None, after: tuple[Entry, ...]) -> list[Reason]:
    """List the ingredients that differ between two manifests of a task.

    Parameters
    ----------
    before : tuple of Entry or None
        The manifest of the task's last step run; ``None`` if it never ran.
    after : tuple of Entry
        The present manifest.

    Returns
    -------
    list of Reason
        In manifest order; empty if nothing differs.
    """
    if before is None:
        return [Reason("first", "", None, None, "never ran before")]
    old = {_key(entry): entry for entry in before}
    new = {_key(entry): entry for entry in after}
    found = []
    for key, entry in new.items():
        previous = old.get(key)
        if previous is None:
            found.append(
                Reason(entry.kind, entry.name, None, entry.shown, f"{entry.kind} {entry.name} ({entry.shown}) is new")
            )
        elif previous.name != entry.name:
            text = f"step {previous.name} became {entry.name}"
            found.append(Reason("step", entry.name, previous.name, entry.name, text))
        elif previous.digest != entry.digest:
            text = _SENTENCES[entry.kind].format(name=entry.name, before=previous.shown, after=entry.shown)
            found.append(Reason(entry.kind, entry.name, _told(previous, entry), _told(entry, previous), text))
    for key, entry in old.items():
        if key not in new:
            found.append(
                Reason(entry.kind, entry.name, entry.shown, None, f"{entry.kind} {entry.name} ({entry.shown}) is gone")
            )
    return found


def _key(entry: Entry) -> tuple[str, str]:
    """Tell which entries of two manifests stand for the same ingredient: there is one code, whatever step it is of."""
    return (entry.kind, "" if entry.kind == "code" else entry.name)


def _told(entry: Entry, other: Entry) -> str:
    """Return what tells an entry from the other: what is shown, or the digest where both show the same."""
    return entry.shown if entry.shown != other.shown else entry.digest
