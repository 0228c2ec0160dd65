"""``lineage export``: the records in the words of other catalogues."""

from __future__ import annotations

import json
import os
import shutil
import time
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

from lineage.care.story import Story, told
from lineage.errors import UsageError
from lineage.errors.refusal import refused
from lineage.explain.past import find_run
from lineage.query import History

if TYPE_CHECKING:
    from lineage.care.crate import Crate

__all__ = ["FORMATS", "export"]

FORMATS = ("openlineage", "prov", "ro-crate")
#: zip files begin in 1980: the same records give the same file.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def export(
    project: str,
    form: str,
    out: TextIO,
    *,
    output: str | None = None,
    run: str | None = None,
    data: bool = False,
    as_json: bool = False,
) -> int:
    """Write what was recorded in another catalogue's format.

    Parameters
    ----------
    project : str
        The project's folder.
    form : str
        ``openlineage``, ``prov`` or ``ro-crate``.
    out : TextIO
        Where to print.
    output : str, optional
        Where to; standard output by default, which a crate cannot be written to.
    run : str, optional
        Only this run, its number, ``last`` or ``-2``; by default all, for a crate the newest.
    data : bool
        Put the bytes of artifacts into a crate.
    as_json : bool
        Print what was written as JSON.

    Raises
    ------
    UsageError
        If there is no such run, or the output cannot be one.
    StoreError
        If it cannot be written.
    """
    if data and form != "ro-crate":
        raise UsageError(f"--data means nothing for {form}", why="it has no place for bytes", fix="leave --data out")
    with History(project) as history:
        chosen = history.last_runs(1)[0] if run is None and form == "ro-crate" and history.runs else None
        chosen = find_run(history, run) if run is not None else chosen
        if chosen is None and (form == "ro-crate" or not history.last_runs(1)):
            raise UsageError("nothing has run here so far", fix="run `doit`, and then export")
        story = told(history, chosen)
        is_crate = form == "ro-crate"
        written = _crate(story, output, data=data) if is_crate else _text(_lines(story, form), output, out)
    if output not in (None, "-"):
        _say(out, form, output or "", written, as_json=as_json)
    return 0


def _say(out: TextIO, form: str, output: str, written: int, *, as_json: bool) -> None:
    plain = {"path": os.path.abspath(output), "format": form, "bytes": written}
    out.write(json.dumps({"export": plain}, indent=1) + "\n" if as_json else f"{form} written to {output}\n")


def _lines(story: Story, form: str) -> Iterator[str]:
    if form == "openlineage":
        from lineage.care.openlineage import events

        yield from (json.dumps(event) + "\n" for event in events(story))
    else:
        from lineage.care.prov import document

        yield json.dumps(document(story), indent=1) + "\n"


def _text(lines: Iterator[str], output: str | None, out: TextIO) -> int:
    """Write lines to a file, which is replaced whole or not at all, or to standard output."""
    if output in (None, "-"):
        out.writelines(lines)
        return 0
    path = os.path.abspath(output or "")
    temporary = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(temporary, "w", encoding="utf-8") as file:
            file.writelines(lines)
        os.replace(temporary, path)
        return os.path.getsize(path)
    except OSError as error:
        _forget(temporary)
        raise refused(f"cannot write {output}", error, path, named=True) from error


def _crate(story: Story, output: str | None, *, data: bool) -> int:
    from lineage.care.crate import WORKFLOW, crate

    path = _place(output)
    if not os.path.isfile(os.path.join(story.project, WORKFLOW)):
        raise UsageError(f"there is no {WORKFLOW} in {story.project}", why="a crate holds the workflow that was run")
    made = crate(story, time.time(), _licence(story.project), data=data)
    temporary = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        (_zipped if path.endswith(".zip") else _unfolded)(made, temporary)
        os.replace(temporary, path)
    except OSError as error:
        _forget(temporary)
        raise refused(f"cannot write {output}", error, path, named=True) from error
    return _bytes(path)


def _place(output: str | None) -> str:
    if output in (None, "-", ""):
        raise UsageError("a crate is a folder or a zip file", fix="name it: -o crate, or -o crate.zip")
    path = os.path.abspath(output or "")
    if os.path.isdir(path) and os.listdir(path):
        raise UsageError(
            f"{output} is not empty", why="what is in it would seem to be of the crate", fix="name another"
        )
    return path


def _metadata(made: Crate) -> str:
    return json.dumps(made.metadata, indent=1) + "\n"


def _unfolded(made: Crate, folder: str) -> None:
    from lineage.care.crate import METADATA

    os.makedirs(folder)
    for name, source in made.files.items():
        target = os.path.join(folder, name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copyfile(source, target)
    with open(os.path.join(folder, METADATA), "w", encoding="utf-8") as file:
        file.write(_metadata(made))


def _zipped(made: Crate, path: str) -> None:
    from lineage.care.crate import METADATA

    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(zipfile.ZipInfo(METADATA, _EPOCH), _metadata(made), zipfile.ZIP_DEFLATED)
        for name, source in made.files.items():
            with (
                open(source, "rb") as content,
                file.open(zipfile.ZipInfo(name, _EPOCH), "w", force_zip64=True) as entry,
            ):
                shutil.copyfileobj(content, entry)


def _licence(project: str) -> str | None:
    """Return the licence that pyproject.toml names, None if it names none."""
    import tomllib

    try:
        with open(os.path.join(project, "pyproject.toml"), "rb") as file:
            said = tomllib.load(file).get("project", {}).get("license")
    except (OSError, tomllib.TOMLDecodeError):
        return None
    return said if isinstance(said, str) else said.get("text") if isinstance(said, dict) else None


def _bytes(path: str) -> int:
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(path) for name in names)


def _forget(path: str) -> None:
    if os.path.isdir(path):
        shutil.rmtree(path, ignore_errors=True)
    elif os.path.exists(path):
        os.unlink(path)
