"""From what people write to versions: a name, ``name@2``, ``name@tag``, a path, the beginning of a digest or a hash."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import lineage.query.rows as rows
from lineage.errors import FormatError, StoreError, TrustError, UsageError, did_you_mean
from lineage.model.history import Artifact, ArtifactVersion
from lineage.query.gone import made_again, told_gone
from lineage.query.labels import tagged
from lineage.records.protocol import FILE, MetadataStore, Row
from lineage.stack import READABLE, Stack

__all__ = [
    "COUNT",
    "current",
    "find",
    "found_versions",
    "full_name",
    "named",
    "path_of",
    "read",
    "read_current",
    "versions",
]

COUNT = "SELECT count(*) FROM artifact_version v JOIN artifact a ON a.artifact_id = v.artifact_id WHERE a.name = ?"
_HASH = re.compile(r"[0-9a-f]{32}")
_PREFIX = re.compile(r"[0-9a-fA-F]{4,32}")
_VERSION = re.compile(r"(.+)@v?([0-9]+)")
_TAGGED = re.compile(r"(.+)@([^\W\d][\w.-]*)")
# Who executed to make a version, last the one that the newest run with it has it from. A run that confirms another
# stands for its state.
_MAKERS = """
SELECT p.av_id, coalesce(s.reused, s.step_run_id) AS executed,
    max(coalesce((SELECT max(c.run_id) FROM run c WHERE c.confirms = s.run_id), s.run_id)) AS seen
FROM produced p JOIN step_run s ON s.step_run_id = p.step_run_id"""
_NEWEST = """
SELECT run_id FROM step_run WHERE step_run_id = (
    SELECT max((SELECT max(p.step_run_id) FROM produced p WHERE p.av_id = v.av_id))
    FROM artifact_version v JOIN artifact a ON a.artifact_id = v.artifact_id WHERE a.name = ?)"""
_LAST = "SELECT coalesce(confirms, run_id) FROM run ORDER BY run_id DESC LIMIT 1"
_CONFIRMED = (
    "SELECT confirms FROM run WHERE confirms IS NOT NULL AND run_id > ? GROUP BY confirms ORDER BY max(run_id) DESC"
)
_OF_TASK = """
SELECT DISTINCT a.name FROM task t JOIN step_run s ON s.task_id = t.task_id
JOIN produced p ON p.step_run_id = s.step_run_id JOIN artifact_version v ON v.av_id = p.av_id
JOIN artifact a ON a.artifact_id = v.artifact_id
WHERE t.pipeline || ':' || t.name = ? OR t.name = ? ORDER BY a.name"""
_INPUTS = "SELECT name FROM artifact WHERE name LIKE ?"
_FOLDER_SIZES = "SELECT DISTINCT size FROM artifact_version WHERE format = 'folder'"
# The name is made an expression, so that no database starts from an artifact's thousands of versions.
_IN_RUN = rows.PRODUCED + "WHERE s.run_id = ? AND a.name || '' = ? ORDER BY s.step_run_id DESC LIMIT 1"


# Versions of rows


def versions(history: rows.Archive, sql: str, *parameters: Any) -> list[ArtifactVersion]:
    """Return the versions that a query for the columns of `rows.VERSION` gives."""
    return found_versions(history, history.store.select(sql, parameters))


def found_versions(history: rows.Archive, found: Sequence[Row]) -> list[ArtifactVersion]:
    """Return the versions of rows, each with the step run that it comes from now.

    A value that was made twice has one version, since a version belongs to its digest: the first run that made it is
    `ArtifactVersion.run_id`. What it comes from, with whatever is upstream, is the execution that the newest run has it
    from: `ArtifactVersion.producer`, in `ArtifactVersion.last_run_id`. All commands tell it by this rule.
    """
    order = "GROUP BY p.av_id, coalesce(s.reused, s.step_run_id) ORDER BY seen, executed"
    makers = {
        av_id: executed
        for av_id, executed, _ in rows.select_in(history.store, _MAKERS, "p.av_id", [row[1] for row in found], order)
    }
    return [rows.version_from(row, makers.get(row[1]), history) for row in found]


def current(history: rows.Archive, name: str) -> ArtifactVersion:
    """Return the version of an artifact at its readable path, else that of the newest run that had it."""
    newest = _of_newest_run(history, name)
    pipeline, _, short = name.partition("/")
    for blob in _readable(history.project, pipeline).get(short, ()):
        if newest is not None and blob == newest.blob:
            continue
        for shown in versions(history, rows.VERSION + "WHERE v.blob = ?", blob):
            if shown.name == name:
                return shown
    return newest or versions(history, rows.VERSION + "WHERE a.name = ? ORDER BY v.version DESC LIMIT 1", name)[0]


def _of_newest_run(history: rows.Archive, name: str) -> ArtifactVersion | None:
    """Return the version of the newest run, where a run that confirms another stands for its state."""
    for run_id in _newest_runs(history.store, name):
        found = history.store.select(_IN_RUN, (run_id, name))
        if found:
            return rows.version_from(found[0], found[0][1], history)
    return None


def _newest_runs(store: MetadataStore, name: str) -> Iterator[int]:
    """Yield the runs that may have given an artifact last, newest first."""
    # Mostly it is the very last run, and to find out which other it is takes a look at every version.
    yield from (row[0] for row in store.select(_LAST))
    newest = store.select(_NEWEST, (name,))
    if newest:
        yield from (row[0] for row in store.select(_CONFIRMED, newest[0]))
        yield newest[0][0]


def read_current(history: rows.Archive, artifacts: Sequence[Artifact]) -> None:
    """Let artifacts know their current versions, as far as those are what the newest run had: read together."""
    newest = history.last_runs(1)
    steps = newest[0].steps.values() if newest else ()
    found = {version.name: version for step in steps for version in step.outputs.values()}
    readable: dict[str, dict[str, list[str]]] = {}
    for artifact in artifacts:
        version = found.get(artifact.name)
        pipeline, _, short = artifact.name.partition("/")
        if pipeline not in readable:
            readable[pipeline] = _readable(history.project, pipeline)
        blobs = readable[pipeline].get(short, ())
        if version is not None and (not blobs or version.blob in blobs):
            artifact.__dict__["current"] = version


def _readable(project: str, pipeline: str) -> dict[str, list[str]]:
    """Return the blob hashes that the readable paths of a pipeline lead to, by all names that an artifact may have."""
    folder = os.path.join(project, READABLE, pipeline)
    try:
        entries = os.listdir(folder)
    except OSError:
        return {}
    found: dict[str, list[str]] = {}
    for entry in entries:
        blob = _blob_of_link(os.path.join(folder, entry))
        if blob is None:
            continue
        parts = entry.split(".")
        for count in range(1, len(parts) + 1):  # the extension may have dots, and so may the name
            found.setdefault(".".join(parts[:count]), []).append(blob)
    return found


def _blob_of_link(path: str) -> str | None:
    """Return the blob hash in the target of a symbolic link (the object's name, or that of a folder around it)."""
    try:
        parts = os.readlink(path).split("/")
    except OSError:
        return None
    return next((part for part in reversed(parts) if _HASH.fullmatch(part)), None)


# Names


def full_name(store: MetadataStore, name: str) -> str:
    """Return the full name of an artifact that is written with or without its pipeline."""
    if store.select("SELECT 1 FROM artifact WHERE name = ?", (name,)):
        return name
    names = [row[0] for row in store.select("SELECT name FROM artifact ORDER BY name")]
    short = [full for full in names if full.partition("/")[2] == name and not full.startswith(FILE)]
    if len(short) == 1:
        return str(short[0])
    if short:
        raise UsageError(f"'{name}' is in several pipelines", fix=f"write one of: {', '.join(short)}")
    puts_out = [str(row[0]) for row in store.select(_OF_TASK, (name, name))]
    if puts_out:
        raise UsageError(
            f"'{name}' is a task, not an artifact (did you mean '{puts_out[0]}'?)",
            why=f"it puts out {', '.join(puts_out)}",
            fix=f"name what it puts out; `lineage why {name}` tells of the task",
        )
    has_run = bool(names or store.select("SELECT 1 FROM task LIMIT 1"))
    raise UsageError(
        f"there is no artifact '{name}'{_nearest(name, names)}",
        why="nothing of that name was recorded" if has_run else "nothing has run here so far",
        fix="`lineage artifacts` lists them" if has_run else "run `doit`",
    )


def _nearest(name: str, names: Sequence[str]) -> str:
    if name.startswith(f"{READABLE}/"):  # a readable path that is not there
        name = os.path.splitext(name.partition("/")[2])[0]
    if "/" in name:
        return did_you_mean(name, names)
    # Without a pipeline: compare with the names within pipelines.
    shorts = {full.partition("/")[2].casefold(): full for full in names if not full.startswith(FILE)}
    import difflib

    found = difflib.get_close_matches(name.casefold(), sorted(shorts), n=1, cutoff=0.5)
    return f" (did you mean '{shorts[found[0]]}'?)" if found else did_you_mean(name, names)


def named(history: rows.Archive, name: str) -> ArtifactVersion:
    """Return the current version of an artifact, or that of ``name@2`` or ``name@tag`` (where none has that name)."""
    try:
        return current(history, full_name(history.store, name))
    except UsageError as error:
        match = _VERSION.fullmatch(name)
        if match is None:
            return _with_tag(history, name, error)
    full, number = full_name(history.store, match[1]), int(match[2])
    found = versions(history, rows.VERSION + "WHERE a.name = ? AND v.version = ?", full, number)
    if found:
        return found[0]
    count = history.store.select(COUNT, (full,))[0][0]
    raise UsageError(f"{full} has no version {number}", why=f"its versions are 1 to {count}", fix="name one of them")


def _with_tag(history: rows.Archive, name: str, unknown: UsageError) -> ArtifactVersion:
    """Return the version of ``name@tag``; what is not known of at all is the error that it was before."""
    match = _TAGGED.fullmatch(name)
    try:
        full = full_name(history.store, match[1]) if match is not None else None
    except UsageError:
        full = None
    if match is None or full is None:
        raise unknown
    return versions(history, rows.VERSION + "WHERE v.av_id = ?", tagged(history.store, full, match[2]))[0]


# Anything


def find(history: rows.Archive, text: str) -> list[ArtifactVersion]:
    """Return the versions that a name, a path or the beginning of a hash stands for."""
    try:
        return [named(history, text)]
    except UsageError as error:
        unknown = error
    path = next((path for path in (text, os.path.join(history.project, text)) if text and os.path.lexists(path)), None)
    found = _by_path(history, os.path.abspath(path)) if path is not None else []
    found = found or _by_hash(history, text)
    if found:
        return found
    if path is not None:
        why = "no artifact has its content, and no step has read a file with it"
        raise UsageError(
            f"nothing is known of {text}", why=why, fix="`lineage artifacts` lists what is known"
        ) from unknown
    raise unknown


def _by_hash(history: rows.Archive, text: str) -> list[ArtifactVersion]:
    if not _PREFIX.fullmatch(text):
        return []
    # A range and not LIKE: it uses the index in every database.
    low, high = text.lower(), text.lower() + "g"
    for column in ("digest", "blob"):
        found = versions(
            history, f"{rows.VERSION} WHERE v.{column} >= ? AND v.{column} < ? ORDER BY v.av_id", low, high
        )
        if found:
            return found
    return []


def _by_path(history: rows.Archive, path: str) -> list[ArtifactVersion]:
    """Return the versions of an existing path: by where it leads, else by its content."""
    blob = _blob_in_store(history, path)
    digest = blob
    if blob is None:
        folder = os.path.isdir(path)
        blob = _folder_hash(history, path) if folder else _content_hash(path)
        digest = _input_folder_hash(history, path) if folder else blob
    where = "WHERE v.blob = ? OR (v.digest = ? AND v.blob IS NULL) ORDER BY v.av_id"
    found = versions(history, rows.VERSION + where, blob, digest)
    if not found and blob and os.path.isfile(path):
        found = _holding(history, blob, os.path.getsize(path))
    relative = os.path.relpath(path, history.project)
    return [version for version in found if _stands_at(version, relative)] or found


def _stands_at(version: ArtifactVersion, relative: str) -> bool:
    """Whether a path of the project is the readable path of an artifact, or the input file itself."""
    readable = f"{READABLE}/{version.name}"
    return relative == readable or relative.startswith(f"{readable}.") or version.name == FILE + relative


def _blob_in_store(history: rows.Archive, path: str) -> str | None:
    """Return the hash in the name of what a path leads to, if that is in the artifact store."""
    real = os.path.realpath(path)
    store = os.path.realpath(history.stack.objects)
    if not real.startswith(store + os.sep):
        return None
    return next((part for part in reversed(real.split("/")) if _HASH.fullmatch(part)), None)


def _content_hash(path: str) -> str:
    """Return the hash of a file's content; '' for what is no file (a pipe, a link that leads nowhere)."""
    from lineage.stores.writing import hash_open

    if not os.path.isfile(path):
        return ""
    try:
        with open(path, "rb", buffering=0) as file:
            return hash_open(file.fileno())[0]
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", fix="make it readable") from error


def _folder_hash(history: rows.Archive, path: str) -> str:
    """Return the hash of what a folder holds; '' without hashing a byte where no stored folder is of its size."""
    from lineage.stores.tree import content_hash, content_size

    sizes = {row[0] for row in history.store.select(_FOLDER_SIZES)}
    try:
        return (content_hash(path) or "") if sizes and content_size(path, max(sizes)) in sizes else ""
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", fix="make it readable") from error


def _holding(history: rows.Archive, content: str, size: int) -> list[ArtifactVersion]:
    """Return the stored folders that hold a file of this content, which is hashed only where one has its size."""
    from lineage.stores.tree import files_of_size

    found: list[ArtifactVersion] = []
    for version in versions(
        history, f"{rows.VERSION} WHERE v.format = 'folder' AND v.size >= ? ORDER BY v.av_id", size
    ):
        if version.blob is None or not size or history.stack.artifacts.stat(version.blob) is None:
            continue  # an empty file could be from anywhere
        place = history.stack.artifacts.path(version.blob)
        if any(_content_hash(file) == content for file in files_of_size(place, size)):
            found.append(version)
    return found


def _input_folder_hash(history: rows.Archive, path: str) -> str:
    """Return the digest that a folder has as an input; '' without hashing a byte where none is as large."""
    from lineage.stores.tree import content_size, files_digest

    named = [row[0].removeprefix(FILE) for row in history.store.select(_INPUTS, (f"{FILE}%",))]
    folders = [each for name in named if os.path.isdir(each := os.path.join(history.project, name))]
    if not any(os.path.realpath(each) == os.path.realpath(path) for each in folders):
        sizes = {content_size(each, sys.maxsize) for each in folders}
        if not sizes or content_size(path, max(sizes)) not in sizes:
            return ""
    return files_digest(path, _content_hash)


# Bytes


def path_of(stack: Stack, version: ArtifactVersion) -> str:
    """Return where a version's bytes lie; an input file where it was read."""
    if version.blob is None:
        return os.path.join(stack.project, version.name.removeprefix(FILE))
    return stack.artifacts.place(version.blob)


def read(stack: Stack, version: ArtifactVersion) -> Any:
    """Read a version's value, after its bytes were found intact."""
    if version.blob is None:
        raise StoreError(
            f"{version} is an input file",
            why="lineage keeps the content of what steps make, not of what they read",
            fix=f"open {version.path}",
        )
    if stack.artifacts.stat(version.blob) is None and not stack.artifacts.elsewhere(version.blob):
        gone = told_gone(stack.metadata, version)
        if gone is not None:
            raise StoreError(
                f"{version} is not in the store any more: {gone}",
                why="its lineage is kept, its bytes are not",
                fix=f"make it again: {made_again(version)}",
            )
    try:
        return _read(stack, version, version.blob)
    except (FormatError, TrustError) as error:
        if version.producer is None or "TASK" not in (error.fix or ""):
            raise
        fix = (error.fix or "").replace("TASK", shlex.quote(version.producer.task))
        raise type(error)(error.what, why=error.why, fix=fix) from error


def _read(stack: Stack, version: ArtifactVersion, blob: str) -> Any:
    stack.bring(blob, version.format, version.type, str(version))
    stack.artifacts.flush()  # so that the next one need not hash them
    sys.audit("lineage.load", stack.project, version.name, blob)  # a step that does this depends on it
    if stack.project not in sys.path:
        sys.path.append(stack.project)  # a pickle may name classes of the project's modules
    return stack.load(blob, version.format, str(version), version.summary)
