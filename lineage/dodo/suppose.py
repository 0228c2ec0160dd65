"""``lineage plan --if FILE``: what if a file changed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

from lineage.errors import StepError, UsageError, did_you_mean
from lineage.execute.declared import matches
from lineage.model.stored import Reason

if TYPE_CHECKING:
    from lineage.dodo.session import Session
    from lineage.execute.assume import Assumption
    from lineage.fingerprint.code import Code
    from lineage.model.plan import Call

__all__ = ["Supposition"]

_NOT_THE_USERS = frozenset({"__pycache__", "node_modules", "site-packages"})
#: So many files are looked at for the nearest name.
_MOST = 5000
#: So many names of functions and constants are told.
_NAMES = 8

Supposed = tuple[Literal["run", "maybe"] | None, list[Reason]]


class Supposition:
    """Files that are supposed to change, and who depends on them.

    Parameters
    ----------
    session : Session
        The command's session.
    words : sequence of str
        The files as the user named them.
    folder : str
        The folder that the names are relative to.

    Attributes
    ----------
    files : dict of str to list of str
        For each file, by its path as steps name it, the tasks that depend on it: found while the plan is made.
    """

    def __init__(self, session: Session, words: Sequence[str], folder: str) -> None:
        self.session = session
        self._names: dict[str, str] = {}
        self._words = {word: self._named(os.path.join(folder, word)) for word in words}
        self._folder = folder
        self.files: dict[str, list[str]] = {path: [] for path in self._words.values()}
        self._parts: dict[tuple[str, str], list[str]] = {}

    def _named(self, path: str) -> str:
        """Return a path as steps name it: relative to the project inside it."""
        if path not in self._names:
            root = self.session.project.root
            folder, name = os.path.split(path)
            full = os.path.normpath(os.path.join(os.path.realpath(folder), name))
            self._names[path] = os.path.relpath(full, root) if (full + os.sep).startswith(root + os.sep) else full
        return self._names[path]

    # -- who depends on them -----------------------------------------------------------------------------------------

    def of_step(self, call: Call, targets: Sequence[str], assumption: Assumption) -> Supposed:
        """Return what becomes of a step, and why."""
        data, code = [], []
        taken = self._taken(call, assumption)
        patterns = self.session.evaluation.ingredients.patterns(call.step)
        for file, tasks in self.files.items():
            touched = any(_touches(file, path) for path in [*taken, *targets])
            if touched or any(matches(each, file) for each in patterns):
                data.append(Reason("if", file, None, None, f"if {file} changes"))
            elif parts := self._code(call, file, assumption):
                code.append(Reason("if", file, None, None, f"if the change touches {file}: {_shortened(parts)}"))
            else:
                continue
            tasks.append(call.task)
        return ("run", data + code) if data else ("maybe", code) if code else (None, [])

    def of_task(self, task: Any) -> Supposed:
        """Return what becomes of a plain doit task, and why."""
        found = [file for file in self.files if any(_touches(file, self._named(path)) for path in task.file_dep)]
        for file in found:
            self.files[file].append(task.name)
        return ("run" if found else None, [Reason("if", file, None, None, f"if {file} changes") for file in found])

    def _taken(self, call: Call, assumption: Assumption) -> set[str]:
        """Return the files whose content is an ingredient: those a step declares, and those it was seen to read."""
        outcome = assumption.outcomes[call.index]
        found = {each.name for each in (outcome.discovered if outcome else ()) if each.kind in ("read", "database")}
        with suppress(StepError):  # a file that a task before it makes is not there yet
            found.update(entry.shown for entry in assumption.entries(call) if entry.kind == "file")
        return {*found, *self.session.evaluation.input_files(call)}

    def _code(self, call: Call, file: str, assumption: Assumption) -> list[str]:
        """Return the names in a source file that decide what a step does."""
        found: dict[str, None] = {}
        for digest, code in assumption.closures(call).items():
            found.update(dict.fromkeys(self._statements(digest, code, file)))
        if _contains(file, self._named(call.path)):
            found[f"pipeline {call.pipeline}"] = None
        if not found and call.step.path and _contains(file, self._named(call.step.path)):
            found["anything"] = None
        return list(found)

    def _statements(self, digest: str, code: Code, file: str) -> list[str]:
        key = (digest, file)
        if key not in self._parts:
            root = self.session.project.root
            found = [each for each in code.entries if _contains(file, self._named(os.path.join(root, each.file)))]
            names = [entry.name for entry in sorted(found, key=_line)]
            self._parts[key] = ["anything" if name.endswith(":*") else name.partition(":")[2] for name in names]
        return self._parts[key]

    # -- what cannot be supposed -------------------------------------------------------------------------------------

    def check(self) -> None:
        """Refuse a file that is not there, unless a task depends on it nevertheless.

        Raises
        ------
        UsageError
            With the nearest name.
        """
        for word, file in self._words.items():
            if self.files[file] or os.path.lexists(os.path.join(self.session.project.root, file)):
                continue
            raise UsageError(
                f"there is no file {word}{did_you_mean(word, self._known())}",
                fix="--if takes a file that the project has",
            )

    def _known(self) -> list[str]:
        root, found = self.session.project.root, []
        for path in _files(root):
            found.append(os.path.relpath(path, self._folder))
            if len(found) == _MOST:
                break
        return found


def _shortened(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return ", ".join(names[:_NAMES]) + more


def _line(entry: Any) -> tuple[str, int]:
    return (entry.file, entry.line)


def _touches(file: str, path: str) -> bool:
    """Whether a change of a file or folder is one of a path that a task takes: it may be in it, or around it."""
    path = os.path.normpath(path)
    return _contains(file, path) or file.startswith(path + os.sep)


def _contains(file: str, path: str) -> bool:
    """Whether a path is a file, or in it where that is a folder."""
    return path == file or path.startswith(file + os.sep)


def _files(root: str) -> Iterator[str]:
    for folder, folders, files in os.walk(root):
        folders[:] = [
            name
            for name in sorted(folders)
            if not name.startswith(".")
            and name not in _NOT_THE_USERS
            and not os.path.exists(os.path.join(folder, name, "pyvenv.cfg"))
        ]
        for name in sorted(files):
            yield os.path.join(folder, name)
