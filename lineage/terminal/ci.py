"""What GitHub Actions and GitLab read in a log: folds, and errors at a file and line.

It is imported only where one of them runs us. The forms are documented at
https://docs.github.com/actions/reference/workflow-commands-for-github-actions and
https://docs.gitlab.com/ci/jobs/job_logs (custom collapsible sections).
"""

from __future__ import annotations

import os
import re
import time
from typing import Protocol

from lineage.errors import DodoError, LineageError
from lineage.model.shown import each_line, one_line, without_colours
from lineage.model.traced import last_frame, message

__all__ = ["Forge", "GitHub", "GitLab", "annotation", "forge", "where"]

_PLACE = re.compile(r"(?P<file>[^\s:()\"']+\.py):(?P<line>\d+)")
_COMMAND = re.compile(r"^\s*(::|##\[)", re.MULTILINE)


class Forge(Protocol):
    """What a CI system makes of lines in a log."""

    def begin(self, name: str) -> str:
        """Return the line that begins a fold."""

    def end(self, name: str) -> str:
        """Return the line that ends it."""

    def error(self, place: str | None, title: str, message: str, project: str) -> str:
        """Return the line that shows an error where it is: ``tasks/train.py:41`` of a project."""

    def inert(self, text: str) -> str:
        """Return a text such that nothing in it is taken for a command."""


class GitHub:
    """GitHub Actions."""

    def begin(self, name: str) -> str:
        """Return the line that begins a fold."""
        return f"::group::{_data(one_line(name))}\n"

    def end(self, name: str) -> str:
        """Return the line that ends it."""
        return "::endgroup::\n"

    def error(self, place: str | None, title: str, message: str, project: str) -> str:
        """Return the command that annotates a file; paths count from the repository's top."""
        properties = [f"title={_property(one_line(title))}"]
        file, _, line = (place or "").rpartition(":")
        if file and line.isdigit():
            path = os.path.join(project, file)
            top = os.path.realpath(os.environ.get("GITHUB_WORKSPACE") or project)
            path = os.path.relpath(os.path.realpath(path), top)
            if not path.startswith(".."):
                properties = [f"file={_property(path)}", f"line={line}", *properties]
        return f"::error {','.join(properties)}::{_data(each_line(without_colours(message)))}\n"

    def inert(self, text: str) -> str:
        """Switch commands off around what a user's code has printed, if it looks like one."""
        if not _COMMAND.search(text):
            return text
        token = os.urandom(16).hex()  # nobody can know it who has written the text
        return f"::stop-commands::{token}\n{text.rstrip()}\n::{token}::\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


class GitLab:
    """GitLab CI: it shows errors by the JUnit report, not by lines of the log."""

    def begin(self, name: str) -> str:
        """Return the line that begins a fold."""
        return f"section_start:{int(time.time())}:{_section(name)}[collapsed=true]\r\x1b[0K{one_line(name)}\n"

    def end(self, name: str) -> str:
        """Return the line that ends it."""
        return f"section_end:{int(time.time())}:{_section(name)}\r\x1b[0K\n"

    def error(self, place: str | None, title: str, message: str, project: str) -> str:
        """Return nothing: there is no such line."""
        return ""

    def inert(self, text: str) -> str:
        """Return the text; the worst that it can do is to fold itself."""
        return text


def _section(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name)


def forge() -> Forge | None:
    """Return who runs us; ``None`` for a person."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        return GitHub()
    return GitLab() if os.environ.get("GITLAB_CI") == "true" else None


def where(error: LineageError) -> str | None:
    """Return the place of the user's that an error names: of a traceback the last one."""
    if isinstance(error, DodoError):
        frame = last_frame(error.what)
        return frame and f"{frame[0]}:{frame[1]}"
    found = _PLACE.search(error.what)
    return found and f"{found['file']}:{found['line']}"


def annotation(error: LineageError) -> str:
    """Return the line for an error that ends a command before any step is to blame; empty if nobody reads such."""
    found = forge()
    if found is None:
        return ""
    told = message(error.what)
    if not isinstance(error, DodoError):
        told = [told[0], *filter(None, [error.why, error.fix])]
    return found.error(where(error), "doit", "\n".join(told), os.getcwd())
