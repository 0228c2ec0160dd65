"""``lineage show``: where an artifact came from, up to the start."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, TextIO

from lineage.commands.preview import preview_lines
from lineage.commands.tables import moment, size
from lineage.errors import StoreError
from lineage.model.shown import one_line
from lineage.model.stored import place_of
from lineage.query import Condition, History, condition, lineage_json
from lineage.query.gone import made_again, told_gone
from lineage.query.labels import labels_of
from lineage.query.plain import value_text
from lineage.terminal.style import Style

if TYPE_CHECKING:
    from lineage.model.history import ArtifactVersion, Lineage

__all__ = ["show"]

_TROUBLES = {
    Condition.DAMAGED: "not the bytes that were stored: somebody wrote to the file, or the disk is at fault; "
    "`doit` keeps them aside in .lineage/damaged/ and makes the artifact again when it is needed",
    Condition.TOUCHED: "it changed since it was stored, and is too large to be hashed here, or cannot be read; "
    "`doit` hashes it when it is needed, and makes it again if it is damaged",
}
#: So deep the tree is drawn; beyond, it is counted (``--json`` has all of it).
_DEPTH = 12
_LINES = 200


def show(project: str, what: str, out: TextIO, *, as_json: bool = False) -> int:
    """Tell where an artifact came from.

    Parameters
    ----------
    project : str
        The project's folder.
    what : str
        ``digits/model``, ``model``, ``digits/model@2``, ``digits/model@best``, a path (also
        of a copy), or the beginning of a digest.
    out : TextIO
        Where to print.
    as_json : bool
        Print JSON: the artifact, and every step upstream as a flat list.

    Raises
    ------
    UsageError
        If nothing of that name or content is known.
    """
    with History(project) as history:
        found = history.find(what)
        if as_json:
            shown = [lineage_json(history, history.lineage_of(version)) for version in found]
            out.write(json.dumps({"query": what, "found": shown}, indent=1) + "\n")
            return 0
        for number, version in enumerate(found):
            out.write("\n" if number else "")
            _describe(history, version, out)
            _tree(history, history.lineage_of(version), out)
    return 0


def _describe(history: History, version: ArtifactVersion, out: TextIO) -> None:
    out.write(f"{one_line(version.name)}  version {version.version}\n")
    rows = [
        ("value", f"{value_text(version)}  ({version.type})"),
        *(("", line) for line in preview_lines(version.preview)),
        ("size", size(version.size)),
        ("digest", version.digest),
    ]
    labels = labels_of(history.store, [version]).get(version.id)
    if labels is not None:
        rows.append(("labels", ", ".join(labels.words())))
    if version.is_stored:
        rows += _stored(history, version)
    producer = version.producer
    if producer is not None:
        when = f"run {producer.run_id}, {moment(producer.started)}, {producer.seconds:.1f} s"
        rows.append(("made by", f"{producer.task} ({producer.module}:{producer.step}) in {when}"))
        if version.run_id not in (None, producer.run_id):
            rows.append(("first", f"made by run {version.run_id}, {moment(version.created)}"))
        rows += [("reason", reason["text"]) for reason in producer.reasons]
    out.writelines(f"  {name:<9}{one_line(text)}\n" for name, text in rows)
    out.write("\n")


def _stored(history: History, version: ArtifactVersion) -> list[tuple[str, str]]:
    """Tell where the bytes lie, and what is wrong with them."""
    found = condition(history, version)
    if found is Condition.ELSEWHERE:
        try:
            history.stack.bring(version.blob or "", version.format, version.type, str(version))
        except StoreError as error:
            return [("file", f"in a shared store: {error.what}")]
    gone = told_gone(history.store, version) if found in (Condition.COLLECTED, Condition.MISSING) else None
    if gone is not None:
        return [("file", gone), ("again", made_again(version))]
    if found is Condition.MISSING:
        return [("file", "not in the store any more; `doit` makes it again when it is needed")]
    rows = [("file", os.path.relpath(version.path))]
    if found in _TROUBLES:
        rows.append((found.value, _TROUBLES[found]))
    return rows


def _tree(history: History, lineage: Lineage, out: TextIO) -> None:
    """Draw what is upstream, each step once; with a stack of our own, since a lineage may be deeper than Python's."""
    waiting: list[tuple[ArtifactVersion, str, str, int]] = [(lineage.version, "", "", 0)]
    drawn: set[int] = set()
    fork, corner, line = ("|- ", "`- ", "|  ") if Style(out).plain else ("├─ ", "└─ ", "│  ")
    lines = 0
    while waiting:
        version, lead, indent, depth = waiting.pop()
        step_id = version.producer_id
        if lines >= _LINES or (depth > _DEPTH and step_id not in drawn):
            out.write(f"{indent}... {len(lineage.steps) - len(drawn)} more steps upstream (--json lists all)\n")
            return
        out.write(f"{lead}{one_line(f'{version}{_origin(history, lineage, version, drawn)}')}\n")
        lines += 1
        if step_id is None or step_id in drawn:
            continue
        drawn.add(step_id)
        inputs = [taken for _, taken in lineage.inputs.get(step_id, ())]
        for number, taken in reversed(list(enumerate(inputs))):
            last = number == len(inputs) - 1
            lead, below = (corner, "   ") if last else (fork, line)
            waiting.append((taken, indent + lead, indent + below, depth + 1))


def _origin(history: History, lineage: Lineage, version: ArtifactVersion, drawn: set[int]) -> str:
    step = lineage.steps.get(version.producer_id or 0)
    if step is None:
        return f"  {value_text(version)}"
    if step.id in drawn:
        return f"  {value_text(version)}  <- {step.task}"
    given = ", ".join(f"{name}={value}" for name, value in lineage.parameters.get(step.id, {}).items())
    own = f"{step.module}:{step.step}"
    code = next((part for part in step.code if part.name == own), None)
    place = f"  {place_of(code.file, code.line)}" if code is not None else ""
    digest = lineage.code.get(step.id)
    told = f"  code {digest[:8]}" if digest else ""
    return f"  {value_text(version)}  <- {step.task}  {step.step}({given})  run {step.run_id}{place}{told}"
