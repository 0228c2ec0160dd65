"""``lineage tag`` and ``lineage pin``: names for versions, and what is never collected."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from lineage.commands.tables import moment, table
from lineage.errors import UsageError
from lineage.query import History
from lineage.query.labels import Label, check_tag, pins, tagged, tags
from lineage.stack import Stack

if TYPE_CHECKING:
    from lineage.model.history import ArtifactVersion
    from lineage.records.protocol import MetadataStore

__all__ = ["pin", "tag"]

T = TypeVar("T")


def tag(
    project: str, what: str | None, name: str | None, out: TextIO, *, delete: bool = False, as_json: bool = False
) -> int:
    """Give a version a tag, take a tag away, or list them.

    Parameters
    ----------
    project : str
        The project's folder.
    what : str or None
        An artifact, with or without a version; to delete, also with the tag: ``digits/model@best``.
    name : str or None
        The tag.
    out : TextIO
        Where to print.
    delete : bool
        Take the tag away.
    as_json : bool
        Print JSON.

    Raises
    ------
    UsageError
        If there is no such version or tag, or the name cannot be one.
    """
    with History(project) as history:
        if delete:
            return _delete(history, what, name, out, as_json=as_json)
        if name is None:
            return _list(history, tags(history), what, out, "tags", as_json=as_json)
        check_tag(name)
        version = _version(history, what or "")
    before = _write(project, lambda store: store.tag(version.id, name, _user()))
    told = f"{version} is {version.name}@{name}" + (f", which was version {before}" if before is not None else "")
    return _say(out, told, {**_named(version), "tag": name, "before": before}, as_json=as_json)


def _delete(history: History, what: str | None, name: str | None, out: TextIO, *, as_json: bool) -> int:
    if what is None:
        raise UsageError("which tag is to be deleted?", fix="lineage tag --delete digits/model@best")
    if name is None:
        what, at, name = what.rpartition("@")
        if not at:
            raise UsageError(f"which tag of {name} is to be deleted?", fix=f"lineage tag --delete {name}@TAG")
    artifact = history.artifact(what).name
    av_id, tag_name = tagged(history.store, artifact, name), name
    _write(history.project, lambda store: store.untag(av_id, tag_name))
    return _say(out, f"{artifact} has no tag {name} any more", {"artifact": artifact, "deleted": name}, as_json=as_json)


def pin(
    project: str, what: str | None, out: TextIO, *, remove: bool = False, listed: bool = False, as_json: bool = False
) -> int:
    """Let a version never be collected, let it be collected again, or list the pins.

    Parameters
    ----------
    project : str
        The project's folder.
    what : str or None
        An artifact: its current version; or one of its versions.
    out : TextIO
        Where to print.
    remove : bool
        Take the pin away.
    listed : bool
        List the pins.
    as_json : bool
        Print JSON.
    """
    with History(project) as history:
        if what is None or listed:
            if remove:
                raise UsageError("which pin is to be removed?", fix="`lineage pin --list` lists them")
            return _list(history, pins(history), what, out, "pins", as_json=as_json)
        version = _version(history, what)
    user = _user()
    changed = _write(project, lambda store: store.unpin(version.id) if remove else store.pin(version.id, user))
    told = _pin_told(version, remove=remove, changed=changed)
    return _say(out, told, {**_named(version), "pinned": not remove, "changed": changed}, as_json=as_json)


def _pin_told(version: ArtifactVersion, *, remove: bool, changed: bool) -> str:
    if remove:
        return f"{version} may be collected" if changed else f"{version} was not pinned"
    return f"{version} is pinned: it is never collected" if changed else f"{version} was pinned already"


def _version(history: History, what: str) -> ArtifactVersion:
    found = history.find(what)
    if len(found) > 1:
        raise UsageError(f"'{what}' stands for several versions: {', '.join(map(str, found))}", fix="name one of them")
    if not found[0].is_stored:
        raise UsageError(
            f"{found[0]} is an input file",
            why="lineage keeps the content of what steps make, not of what they read",
            fix="name an artifact: `lineage artifacts` lists them",
        )
    return found[0]


def _write(project: str, change: Callable[[MetadataStore], T]) -> T:
    stack = Stack(project)
    try:
        return change(stack.metadata)
    finally:
        stack.close()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a number without a name, in a container
        return str(os.getuid())


def _list(history: History, found: list[Label], what: str | None, out: TextIO, word: str, *, as_json: bool) -> int:
    if what is not None:
        name = history.artifact(what).name
        found = [each for each in found if each.version.name == name]
    if as_json:
        out.write(json.dumps({word: [_label_json(each) for each in found]}, indent=1) + "\n")
    elif found:
        rows = [[*_cells(each), moment(each.created), each.user] for each in found]
        out.write(table([["artifact", *(["tag"] if word == "tags" else []), "version", "since", "by"], *rows]))
    else:
        out.write(f"no {word}\n")
    return 0


def _cells(label: Label) -> list[str]:
    return [label.version.name, *([label.name] if label.name else []), str(label.version.version)]


def _label_json(label: Label) -> dict[str, Any]:
    named = {"tag": label.name} if label.name else {}
    return {**_named(label.version), **named, "created": label.created, "user": label.user}


def _named(version: ArtifactVersion) -> dict[str, Any]:
    return {"artifact": version.name, "version": version.version, "digest": version.digest}


def _say(out: TextIO, told: str, plain: dict[str, Any], *, as_json: bool) -> int:
    out.write((json.dumps(plain, indent=1) if as_json else told) + "\n")
    return 0
