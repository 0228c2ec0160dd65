"""Execute a step again in a clean process and compare, without recording anything: the worker of `lineage verify`.

``python -m lineage.execute.rehearse FILE FOLDERS`` reads a pickled `Rehearsal` from FILE and writes what came of it as
JSON to FILE.json; modules are imported from FOLDERS, a JSON list. The artifacts that the step takes are read from the
project's store; what it puts out goes to a folder of its own, which its caller throws away.
"""

from __future__ import annotations

import json
import os
import pickle
import random  # as doit has: only of a generator that was there before a module can be told that this has seeded it
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from lineage.errors import StoreError
from lineage.model.stored import Stored
from lineage.stack import Stack

if TYPE_CHECKING:
    from lineage.execute.perform import Job
    from lineage.stores.protocol import ArtifactStore

__all__ = ["Rehearsal", "rehearse"]


class Rehearsal:
    """What a clean process needs to know to execute a step again.

    Attributes
    ----------
    job : Job
        The execution.
    recorded : tuple of Stored
        What the step has put out, as it is recorded.
    project : str
        The project's folder.
    scratch : str
        A folder for what it puts out now.
    seeded : bool
        Whether the global random generators are seeded before, and those made without a seed get one.
    """

    def __init__(self, job: Job, recorded: tuple[Stored, ...], project: str, scratch: str, *, seeded: bool) -> None:
        self.job = job
        self.recorded = recorded
        self.project = project
        self.scratch = scratch
        self.seeded = seeded


class _Apart(Stack):
    """The project's stack, but for what is written: that goes to a folder of its own."""

    def __init__(self, project: str, scratch: str) -> None:
        super().__init__(project, read_only=True)
        self._real = self.artifacts
        self.__dict__["artifacts"] = _Overlay(self._real, scratch)
        self.folder = scratch


class _Overlay:
    """An artifact store that reads from two and writes to the second."""

    def __init__(self, real: ArtifactStore, scratch: str) -> None:
        from lineage.stores.folder import FolderStore

        self._real = real
        self._own = FolderStore(os.path.join(scratch, "objects"))
        self.put, self.put_file, self.put_tree = self._own.put, self._own.put_file, self._own.put_tree

    def _holder(self, blob: str) -> ArtifactStore:
        return self._real if self._real.stat(blob) is not None else self._own

    def path(self, blob: str, name: str | None = None) -> str:
        return self._holder(blob).path(blob, name)

    def trusted(self, blob: str, stat: Any) -> Any:
        return self._holder(blob).trusted(blob, stat)

    def own(self, blob: str, buffers: object) -> None:
        """Nothing of what is made here is kept."""

    def __getattr__(self, name: str) -> Any:
        """Return what is asked of one object: of the store that has it."""
        return lambda blob, *rest: getattr(self._holder(blob), name)(blob, *rest)


def rehearse(rehearsal: Rehearsal) -> dict[str, Any]:
    """Execute a step again and compare each output with the recorded one.

    Returns
    -------
    dict
        ``{"error": {...}}``, or ``{"outputs": [{"same": "bytes" | "values" | None, "digest", "difference"}],
        "seconds"}``.
    """
    from lineage.execute.capture import collecting
    from lineage.execute.log import Log
    from lineage.execute.perform import execute

    stack: Any = _Apart(rehearsal.project, rehearsal.scratch)
    if rehearsal.seeded:
        _seed()
    with collecting(stack.work):
        result = execute(rehearsal.job, stack, Log(rehearsal.scratch, "log", 0))
    if "error" in result:
        return {"error": result["error"]}
    made = [Stored(*plain) for plain in result["outputs"]]
    pairs = zip(rehearsal.recorded, made, strict=True)
    return {"outputs": [_compared(*pair, stack) for pair in pairs], "seconds": result["seconds"]}


def _compared(recorded: Stored, made: Stored, stack: Stack) -> dict[str, Any]:
    same = "bytes" if recorded.blob == made.blob else "values" if recorded.digest == made.digest else None
    return {"same": same, "digest": made.digest, "difference": None if same else _difference(recorded, made, stack)}


def _difference(recorded: Stored, made: Stored, stack: Stack) -> dict[str, Any]:
    from lineage.execute.perform import load_stored
    from lineage.formats.difference import difference

    if recorded.format != made.format:
        return {"text": f"a {recorded.type} became a {made.type}", "where": "", "largest": None, "relative": None}
    try:
        before, after = (load_stored(stored, stack) for stored in (recorded, made))
    except StoreError:  # it lies in a shared store, and is not fetched for being shown
        text = "the content differs; what is recorded is not here to be shown beside it (`lineage fetch` brings it)"
        return {"text": text, "where": "", "largest": None, "relative": None}
    if recorded.format in ("file", "folder"):
        return {"text": "the content differs", "where": "", "largest": None, "relative": None}
    found = difference(before, after)
    if found is None:
        text = "the stored values differ in a way that cannot be shown"
        return {"text": text, "where": "", "largest": None, "relative": None}
    return found.plain()


def _seed() -> None:
    """Seed the global generators, and give those that are made without a seed the seed 0."""
    from lineage.declare.import_effects import seed_all

    random.seed(0)
    numpy: Any = import_module("numpy.random")  # before the step's module may take `default_rng` from it
    numpy.seed(0)
    unseeded = numpy.default_rng
    numpy.default_rng = lambda seed=None: unseeded(0 if seed is None else seed)
    seed_all(random.getstate(), numpy.get_state())


def main(path: str, searched: Sequence[str]) -> None:
    """Rehearse what a file describes, and write what came of it beside it; modules are imported from these folders."""
    sys.dont_write_bytecode = True  # nothing in the project changes
    # As doit does: the folder of dodo.py is the first that modules are imported from.
    sys.path[:] = dict.fromkeys([os.getcwd(), *searched])
    with open(path, "rb") as file:
        rehearsal = pickle.load(file)
    result = rehearse(rehearsal)
    with open(f"{path}.json", "w", encoding="utf-8") as file:
        json.dump(result, file)


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
