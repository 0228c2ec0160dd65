"""Which file gets what, and writing it: whole, or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass

from lineage.dash.archive import Archive
from lineage.errors import UsageError, did_you_mean
from lineage.errors.refusal import refused
from lineage.report.compose import compose, find

__all__ = ["FORMATS", "Report", "format_of", "make", "write"]

#: So many names are told that cannot be read.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Report:
    """A report that was made.

    Attributes
    ----------
    run : int
        What it is of.
    content : bytes
        The file.
    left_out : tuple of str
        What there was no room for, or no letters, in words.
    """

    run: int
    content: bytes
    left_out: tuple[str, ...] = ()


def make(project: str, form: str, run: int | None = None, theme: str | None = None) -> Report:
    """Make a report of a run.

    Parameters
    ----------
    project : str
        The project's folder.
    form : str
        One of `FORMATS`.
    run : int, optional
        By default the newest.
    theme : str, optional
        ``light`` or ``dark``; else as the reader's system has it, and of a PNG light.

    Raises
    ------
    UsageError
        There is no such run, or none at all.
    """
    archive = Archive(project)
    try:
        return FORMATS[form](archive, run, theme)
    finally:
        archive.close()


def _html(archive: Archive, run: int | None, theme: str | None) -> Report:
    from lineage.report.html import html
    from lineage.report.saved import save

    found = find(archive, run)
    saved = save(archive, found)
    return Report(found.id, _encoded(html(saved, compose(archive, found), theme)), saved.left_out)


def _svg(archive: Archive, run: int | None, theme: str | None) -> Report:
    from lineage.report.svg import svg

    found = find(archive, run)
    return Report(found.id, _encoded(svg(compose(archive, found), theme)))


def _png(archive: Archive, run: int | None, theme: str | None) -> Report:
    from lineage.report.png import png, unreadable

    found = find(archive, run)
    scene = compose(archive, found)
    boxes = ", ".join(unreadable(scene)[:_NAMED])
    left_out = (f"letters that no font of this machine has, in {boxes}",) if boxes else ()
    return Report(found.id, png(scene, theme), left_out)


def _encoded(text: str) -> bytes:
    # A name may have halves of characters, as file names can have them; no file of text can.
    return text.encode("utf-8", "replace")


#: {name: who makes it}; a file's suffix is its name.
FORMATS: dict[str, Callable[[Archive, int | None, str | None], Report]] = {"html": _html, "svg": _svg, "png": _png}


def format_of(path: str) -> str:
    """Return the format that a file's name asks for; `UsageError` with those that are known."""
    suffix = os.path.splitext(path)[1].lower().removeprefix(".")
    form = {"htm": "html"}.get(suffix, suffix)
    if form not in FORMATS:
        known = ", ".join(f".{each}" for each in FORMATS)
        raise UsageError(
            f"a report cannot be written to '{path}'{did_you_mean(form, FORMATS)}",
            why=f"the suffix says the format, and '.{suffix}' is none" if suffix else "the suffix says the format",
            fix=f"use one of: {known}; or say it: --format html",
        )
    return form


def write(path: str, content: bytes) -> None:
    """Write a file so that nobody ever sees a part of it; its folder is made.

    Raises
    ------
    StoreError
        The system does not allow it; what was there before is there still.
    """
    try:
        if _is_special(path):
            with open(path, "wb") as file:
                file.write(content)
        else:
            _replace(os.path.realpath(path), content)
    except OSError as error:
        raise refused(f"cannot write {path}", error, path) from error


def _is_special(path: str) -> bool:
    """Whether it is a pipe or a device, which nothing can be put in the place of."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _replace(path: str, content: bytes) -> None:
    folder, name = os.path.split(path)
    os.makedirs(folder, exist_ok=True)
    part = os.path.join(folder, f".{name[:100]}.{os.getpid()}.part")
    try:
        with open(part, "xb") as file:
            file.write(content)
        os.replace(part, path)
    except BaseException:
        if os.path.lexists(part):
            os.unlink(part)
        raise
