"""``doit --report FORMAT:FILE``: what is asked for, and having it written when the run has ended, however it did.

Who writes reports stands above this room, so it is named and not imported: it is loaded when somebody asks.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from lineage.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from lineage.dodo.commands import Run
    from lineage.dodo.options import Asked

__all__ = ["FORMATS", "prepare", "reporting", "request"]

#: What `lineage report` can write.
FORMATS = ("junit", "markdown", "html", "json", "svg", "png")
_WRITTEN_BY = "lineage.commands.reports"


def request(text: str, folder: str) -> tuple[str, str]:
    """Take a word of ``--report`` apart.

    Parameters
    ----------
    text : str
        ``FORMAT:FILE``. A ``~`` after a colon is left alone by shells, so it is replaced here.
    folder : str
        Where it was typed.

    Returns
    -------
    form, path : str
        The file is absolute: doit may run in another folder.

    Raises
    ------
    UsageError
        If it is no ``FORMAT:FILE``.
    """
    form, colon, path = text.partition(":")
    if form not in FORMATS:
        raise UsageError(
            f"--report {text}: there is no format '{form}'{did_you_mean(form, FORMATS)}",
            why=None if colon else "doit's own reporters are chosen with --reporter or -r",
            fix=f"write FORMAT:FILE, as in junit:out/junit.xml; the formats are: {', '.join(FORMATS)}",
        )
    if path in ("", "-"):
        why = "standard output has the lines of the run" if path else None
        raise UsageError(f"--report {text} names no file", why=why, fix=f"write --report {form}:out/report")
    return form, os.path.abspath(os.path.join(folder, os.path.expanduser(path)))


def prepare(asked: Asked, project: str) -> None:
    """Find out what the reports are to compare with, before the run that they are of is the last one.

    Raises
    ------
    UsageError
        If nothing is known by that name.
    """
    if isinstance(asked.against, str):
        asked.against = import_module(_WRITTEN_BY).reference(project, asked.against, asked.folder)


def reporting(command: Run, run: Callable[[], int | None], params: Any) -> int | None:
    """Carry out a run and write its reports, also of one that fails or is interrupted.

    Parameters
    ----------
    command : Run
        The command; its `asked` says which reports.
    run : callable
        Carries it out and returns the exit code.
    params : mapping
        The options of the command.

    Returns
    -------
    int or None
        The exit code of the run, but 2 if it is better than that and a report could not be written.
    """
    from lineage.dodo.commands import project_folder

    folder, told, code = project_folder(params), 0, None
    if command.asked is not None and not command.asked.wrong:
        try:
            prepare(command.asked, folder)
        except UsageError as error:
            command.asked.wrong = error  # it counts where dodo.py has a pipeline
    failed: BaseException | None = None
    try:
        code = run()
    except BaseException as error:
        failed = error
        raise
    finally:
        told = _write(command, folder, failed)
    return max(code or 0, told) if told else code


def _write(command: Run, folder: str, failed: BaseException | None) -> int:
    asked, session = command.asked, command.session
    number = session.run_id if session is not None else command.recorded
    if asked is None or not asked.reports:
        return 0
    if not number:
        if isinstance(failed, Exception | SystemExit) and not asked.runs_nothing:
            import_module(_WRITTEN_BY).write_unbegun(folder, _told(failed), asked.reports)
        elif asked.nothing and not asked.help:
            import_module(_WRITTEN_BY).write_unbegun(folder, asked.nothing, asked.reports, failed=False)
        return 0
    plain = [] if session is None else session.plain_tasks
    project = folder if session is None else session.stack.project
    code: int = import_module(_WRITTEN_BY).write_all(project, number, asked.reports, asked.against, plain)
    return code


def _told(failed: Exception | SystemExit) -> str:
    """Return what the console says: of what a task's creator raises, with the place."""
    from lineage.dodo.loading import DOIT_ERRORS
    from lineage.errors import LineageError
    from lineage.errors.defect import USER, culprit, users_traceback

    on_purpose = isinstance(failed, (LineageError, *DOIT_ERRORS))
    if not on_purpose and culprit(failed) == USER:
        return users_traceback(failed)
    return str(failed) or type(failed).__name__
