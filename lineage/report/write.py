"""Which file gets what, and writing it: whole, or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lineage.dash.archive import Archive
from lineage.errors import UsageError, did_you_mean
from lineage.errors.refusal import refused
from lineage.report.compose import compose, find

if TYPE_CHECKING:
    from lineage.model.history import PipelineRun
    from lineage.query.history import History
    from lineage.report.account import Account, PlainTask
    from lineage.report.baseline import Baseline

__all__ = ["FORMATS", "Report", "Wanted", "format_of", "make", "write"]

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


class Wanted:
    """What besides the run goes into a report.

    Attributes
    ----------
    theme : str or None
        ``light`` or ``dark``; else as the reader's system has it, and of a PNG light.
    against : callable or None
        Returns what to compare with, or else why there is nothing.
    plain : sequence of PlainTask
        What is known of the plain tasks of the run.
    """

    def __init__(
        self,
        theme: str | None = None,
        against: Callable[[History, PipelineRun], tuple[Baseline | None, str]] | None = None,
        plain: Sequence[PlainTask] = (),
    ) -> None:
        self.theme = theme
        self.against = against
        self.plain = plain
        self._told: dict[int, Account] = {}

    def account(self, archive: Archive, run: PipelineRun) -> Account:
        """Return what the run did, put together once for all reports of it."""
        from lineage.report.account import account

        if run.id not in self._told:
            found = (None, "") if self.against is None else self.against(archive.history, run)
            self._told[run.id] = account(archive.history, run, archive.name, *found, self.plain)
        return self._told[run.id]


def make(project: str, form: str, run: int | None = None, wanted: Wanted | None = None) -> Report:
    """Make a report of a run.

    Parameters
    ----------
    project : str
        The project's folder.
    form : str
        One of `FORMATS`.
    run : int, optional
        By default the newest.
    wanted : Wanted, optional
        What besides goes into it.

    Raises
    ------
    UsageError
        There is no such run, or none at all.
    """
    archive = Archive(project)
    try:
        return FORMATS[form](archive, find(archive, run), wanted or Wanted())
    finally:
        archive.close()


def _html(archive: Archive, run: PipelineRun, wanted: Wanted) -> Report:
    from lineage.report.html import html
    from lineage.report.saved import save

    before, left_out = _before(archive, run, wanted)
    saved = save(archive, run, before=before)
    page = html(saved, compose(archive, run, before), wanted.theme, before)
    return Report(run.id, _encoded(page), (*left_out, *saved.left_out))


def _svg(archive: Archive, run: PipelineRun, wanted: Wanted) -> Report:
    from lineage.report.svg import svg

    before, left_out = _before(archive, run, wanted)
    return Report(run.id, _encoded(svg(compose(archive, run, before), wanted.theme)), left_out)


def _png(archive: Archive, run: PipelineRun, wanted: Wanted) -> Report:
    from lineage.report.png import png, unreadable

    before, left_out = _before(archive, run, wanted)
    scene = compose(archive, run, before)
    boxes = ", ".join(unreadable(scene)[:_NAMED])
    if boxes:
        left_out = (*left_out, f"letters that no font of this machine has, in {boxes}")
    return Report(run.id, png(scene, wanted.theme), left_out)


def _before(archive: Archive, run: PipelineRun, wanted: Wanted) -> tuple[int | None, tuple[str, ...]]:
    """Return the run that a picture is coloured against, or that this is left out: what never ran has no colours."""
    if wanted.against is None:
        return None, ()
    baseline, note = wanted.against(archive.history, run)
    if baseline is not None and baseline.run == run.id:
        return None, (f"the comparison: run {run.id} is what it would be compared with",)
    if baseline is not None and baseline.run is not None:
        return baseline.run, ()
    if baseline is not None:
        note = note or f"{baseline.label} is no run that is recorded here"
    return None, (f"the comparison: {note.removeprefix('no baseline: ')}",)


def _junit(archive: Archive, run: PipelineRun, wanted: Wanted) -> Report:
    from lineage.report.junit import junit

    return Report(run.id, junit(wanted.account(archive, run), archive.history.project))


def _markdown(archive: Archive, run: PipelineRun, wanted: Wanted) -> Report:
    from lineage.report.markdown import markdown

    return Report(run.id, _encoded(markdown(wanted.account(archive, run))))


def _json(archive: Archive, run: PipelineRun, wanted: Wanted) -> Report:
    from lineage.report.data import data

    return Report(run.id, data(wanted.account(archive, run)))


def _encoded(text: str) -> bytes:
    # A name may have halves of characters, as file names can have them; no file of text can.
    return text.encode("utf-8", "replace")


#: {name: who makes it}; a file's suffix is its name, but for those in `_SUFFIXES`.
FORMATS: dict[str, Callable[[Archive, PipelineRun, Wanted], Report]] = {
    "junit": _junit,
    "markdown": _markdown,
    "html": _html,
    "json": _json,
    "svg": _svg,
    "png": _png,
}
_SUFFIXES = {"htm": "html", "xml": "junit", "md": "markdown"}
_OWN = ("html", "json", "png", "svg")


def format_of(path: str) -> str:
    """Return the format that a file's name asks for; `UsageError` with those that are known."""
    suffix = os.path.splitext(path)[1].lower().removeprefix(".")
    form = _SUFFIXES.get(suffix, suffix)
    if form not in FORMATS:
        known = ".html, .json, .md, .png, .svg, .xml"
        raise UsageError(
            f"a report cannot be written to '{path}'{did_you_mean(suffix, [*_SUFFIXES, *_OWN])}",
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
        raise refused(f"cannot write {path}", error, path, named=True) from error


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
