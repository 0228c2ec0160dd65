"""What this checkout remembers between two commands: caches only, each of which can be thrown away.

`Memory` holds the last known state of every task (its fingerprint, its outputs and the stat of their files), so that a
run in which nothing changed needs one file read and one ``stat`` an artifact; and the content hashes of input files, by
their stat. A lost or damaged memory costs a few look-ups and rehashes, never a wrong answer: what it says is always
checked against the file system first.

`Marks` holds what the user told us with `doit forget` and `doit ignore`; those are no cache and are written at once.
"""

from __future__ import annotations

import json
import marshal
import os
import time
from typing import Any

import xxhash

from lineage.errors import StepError, StoreError
from lineage.execute import states
from lineage.model.stored import Entry, Stat, Stored
from lineage.stack import keep_out_of_git

__all__ = ["Known", "Marks", "Memory", "file_stat", "is_settled", "read_marks", "replace_file"]

_FORMAT = 5
#: A file whose clock is younger than this when it is hashed may change again within the same tick (git's "racy" rule).
_RACY_NS = 2_000_000_000
_DIGITS = 32


class Known:
    """The last known state of a task.

    Attributes
    ----------
    fingerprint : str
        Its fingerprint.
    step_run_id, run_id : int
        The execution that made its outputs.
    seconds : float
        What that execution took.
    outputs : list of tuple
        `Stored.plain` of each output.
    names : tuple of str
        The name of each output within the pipeline.
    links : tuple of str
        The readable path of each output, relative to the project.
    base : str
        Its fingerprint without discovered inputs: the same if there are none.
    discovered : tuple of tuple
        Its discovered inputs: kind, name, digest and place of each.
    """

    __slots__ = ("base", "discovered", "fingerprint", "links", "names", "outputs", "run_id", "seconds", "step_run_id")

    def __init__(
        self,
        fingerprint: str,
        step_run_id: int,
        run_id: int,
        seconds: float,
        outputs: list[Any],
        names: tuple[str, ...],
        links: tuple[str, ...],
        base: str,
        discovered: tuple[tuple[str, str, str, str], ...] = (),
    ) -> None:
        self.fingerprint = fingerprint
        self.step_run_id = step_run_id
        self.run_id = run_id
        self.seconds = seconds
        self.outputs = outputs
        self.names = names
        self.links = links
        self.base = base
        self.discovered = discovered

    def stored(self) -> tuple[Stored, ...]:
        """Return the outputs as objects."""
        return tuple(Stored(*plain) for plain in self.outputs)

    def inputs(self) -> tuple[Entry, ...]:
        """Return the discovered inputs as objects."""
        return tuple(Entry(*plain) for plain in self.discovered)


class Memory:
    """The caches of one checkout.

    Parameters
    ----------
    path : str
        Where they are kept (``.lineage/memory``).

    Attributes
    ----------
    tasks : dict of str to tuple
        The fields of `Known`, by task. Tuples, because ten thousand of them are read on every no-op.
    confirmed : tuple of (int, int, str) or None
        The run whose rows tell the state that `tasks` describes, how many tasks it has, and a digest of which.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.tasks: dict[str, Any] = {}
        self.files: dict[str, Any] = {}
        #: What is known of the folders that packages are installed in (`lineage.fingerprint.packages`).
        self.packages: dict[str, Any] = {}
        self.confirmed: tuple[int, str] | None = None
        #: Id and start of a run that was recorded: tells the database that this memory belongs to.
        self.anchor: tuple[int, float] | None = None
        self.changed = False
        self._read()

    def _read(self) -> None:
        try:
            with open(self.path, "rb") as file:
                content = file.read()
        except OSError:
            return
        # marshal does not survive damaged input, so a checksum stands before it.
        if content[:16] != xxhash.xxh3_128_digest(memoryview(content)[16:]):
            return
        version, *fields = marshal.loads(memoryview(content)[16:])
        if version == _FORMAT:
            self.tasks, self.files, self.packages, self.confirmed, self.anchor = fields

    def known(self, task: str) -> Known | None:
        """Return the last known state of a task."""
        fields = self.tasks.get(task)
        return None if fields is None else Known(*fields)

    def remember(self, task: str, known: Known) -> None:
        """Note the state of a task."""
        made_by = (known.step_run_id, known.run_id, known.seconds)
        fields = (known.fingerprint, *made_by, known.outputs, known.names, known.links, known.base, known.discovered)
        if self.tasks.get(task) != fields:
            self.tasks[task] = fields
            self.changed = True

    def drop(self, task: str) -> None:
        """Forget the state of a task."""
        if self.tasks.pop(task, None) is not None:
            self.changed = True

    def forget_tasks(self) -> None:
        """Forget the state of all tasks; what input files contain stays true."""
        self.tasks, self.confirmed, self.anchor = {}, None, None
        self.changed = True

    def confirm(self, run_id: int, state: str) -> None:
        """Note that the rows of a run tell the present state, so that an equal run need only point to it."""
        if self.confirmed != (run_id, state):
            self.confirmed = (run_id, state)
            self.changed = True

    def file_digest(self, path: str) -> str:
        """Return the content hash of an input file, hashing it only if its stat changed.

        Parameters
        ----------
        path : str
            The file or folder, as the step was given it.

        Raises
        ------
        StepError
            If it does not exist or cannot be read.
        """
        if os.path.isdir(path):
            from lineage.stores.tree import files_digest  # few steps take folders

            return files_digest(path, _hash_file)
        stat = file_stat(path)
        if stat is None:
            raise StepError(
                f"input file {path} does not exist",
                why="its content is part of the step's fingerprint",
                fix="create the file, correct the path, or make it the target of a doit task",
            )
        known = self.files.get(path)
        if known is not None and known[0] == stat:
            return str(known[1])
        digest = _hash_file(path)
        self.learn(path, stat, digest)
        return digest

    def content(self, path: str) -> str:
        """Return the state of a file that may or may not be there; an unchanged one is not read."""
        known = self.files.get(path)
        stat = file_stat(path)
        if known is not None and known[0] == stat:
            return str(known[1])
        digest = states.content(path)
        if stat is not None and len(digest) == _DIGITS:
            self.learn(path, stat, digest)
        return digest

    def learn(self, path: str, stat: Stat, digest: str) -> None:
        """Note the content of a file that was just hashed, if its stat will tell a change for sure."""
        if file_stat(path) == stat and is_settled(stat):
            self.files[path] = (stat, digest)
            self.changed = True

    def source_digest(self, place: str) -> str:
        """Return the digest of the files of a module or package that has no version; unchanged files are not read."""
        if not os.path.isdir(place):
            return self.file_digest(place)
        digest = xxhash.xxh3_128()
        for folder, folders, files in os.walk(place):
            folders[:] = sorted(name for name in folders if name != "__pycache__")
            for path in (os.path.join(folder, name) for name in sorted(files)):
                digest.update(os.path.relpath(path, place).encode() + b"\0" + self.file_digest(path).encode())
        return digest.hexdigest()

    def save(self) -> None:
        """Write the caches, if anything changed; a read-only disk only costs time on the next command."""
        if not self.changed:
            return
        content = marshal.dumps((_FORMAT, self.tasks, self.files, self.packages, self.confirmed, self.anchor))
        try:
            replace_file(self.path, xxhash.xxh3_128_digest(content) + content)
        except OSError:
            # A cache that cannot be written is not an error: the next command looks everything up again.
            return
        self.changed = False


#: The name in the file under which the checksum of the marks stands; no task has it.
_SUM = ""


def read_marks(content: bytes) -> dict[str, list[str]]:
    """Return the marks of each task as they were written; what an older lineage has written has no checksum.

    Raises
    ------
    ValueError
        If the file is not as it was written: a mark that is silently none would leave a result that is to be made anew.
    """
    marks: Any = json.loads(content)
    if not isinstance(marks, dict) or not all(isinstance(kinds, list) for kinds in marks.values()):
        raise ValueError("it is not laid out as marks are")
    told = marks.pop(_SUM, None)
    if told not in (None, [_sum_of(marks)]):
        raise ValueError("it is not as it was written")
    return marks


def _sum_of(marks: dict[str, list[str]]) -> str:
    return xxhash.xxh3_128_hexdigest(json.dumps(marks, sort_keys=True).encode())


class Marks:
    """What the user told doit about tasks: ``forget`` (runs next time) and ``ignore`` (is skipped)."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._marks: dict[str, list[str]] = {}
        try:
            with open(path, "rb") as file:
                self._marks = read_marks(file.read())
        except FileNotFoundError:
            return
        except OSError as error:
            from lineage.errors.refusal import refused

            raise refused(f"cannot read {path}", error, path) from error
        except ValueError as error:
            raise StoreError(
                f"cannot read {path}: {error}",
                why="it says which tasks `doit ignore` and `doit forget` have marked",
                fix=f"delete {path} and mark the tasks again",
            ) from error

    def __contains__(self, mark: tuple[str, str]) -> bool:
        task, kind = mark
        return kind in self._marks.get(task, ())

    def __bool__(self) -> bool:
        return bool(self._marks)

    def add(self, task: str, kind: str) -> None:
        """Set a mark."""
        kinds = self._marks.setdefault(task, [])
        if kind not in kinds:
            kinds.append(kind)
            self._write()

    def discard(self, task: str, *kinds: str) -> None:
        """Take marks back."""
        left = [kind for kind in self._marks.get(task, ()) if kind not in kinds]
        if left == self._marks.get(task, []):
            return
        if left:
            self._marks[task] = left
        else:
            del self._marks[task]
        self._write()

    def _write(self) -> None:
        keep_out_of_git(os.path.dirname(self.path))
        try:
            sealed = {_SUM: [_sum_of(self._marks)], **self._marks}
            replace_file(self.path, json.dumps(sealed, sort_keys=True, indent=1).encode())
        except OSError as error:
            from lineage.errors.refusal import refused

            raise refused(f"cannot write {self.path}", error, self.path) from error


def replace_file(path: str, content: bytes) -> None:
    """Write a whole file so that a reader sees either the old one or the new one."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    temporary = f"{path}.{os.getpid()}"
    try:
        with open(temporary, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except OSError:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


def file_stat(path: str) -> Stat | None:
    """Return (inode, size, mtime_ns, ctime_ns) of what a path leads to, or None if it leads nowhere."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def is_settled(stat: Stat) -> bool:
    """Whether a file that is hashed now would have another stat if it changed once more."""
    return time.time_ns() - max(stat[2], stat[3]) > _RACY_NS


def _hash_file(path: str) -> str:
    digest = xxhash.xxh3_128()
    try:
        with open(path, "rb", buffering=0) as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise StepError(f"input file {path} cannot be read: {error.strerror}", fix="make it readable") from error
    return digest.hexdigest()
