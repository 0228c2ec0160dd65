"""What decides the outputs of a step, gathered from the project, its surroundings and the settled inputs.

This is the one implementation of `lineage.fingerprint.manifest.Sources`; `Evaluation` asks it.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from lineage.errors import FingerprintError
from lineage.execute.variables import Variables
from lineage.fingerprint import manifest
from lineage.fingerprint.modules import source_roots
from lineage.fingerprint.packages import Packages
from lineage.model.plan import Call, Ref, StepSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lineage.declare.plan import Plan
    from lineage.execute.evaluate import Outcome
    from lineage.execute.memory import Memory
    from lineage.fingerprint.code import Code, Project
    from lineage.model.stored import Entry
    from lineage.stack import Stack

__all__ = ["Ingredients"]

#: Names of packages that no result depends on: this library's own.
_OURS = frozenset({"lineage"})


class Ingredients:
    """What decides the outputs of the calls of a plan.

    Parameters
    ----------
    plan : Plan
        The calls.
    project : Project
        The project's sources.
    stack : Stack
        Where the key for environment variables is.
    memory : Memory
        What this checkout remembers of files and packages.
    outcomes : sequence of Outcome or None
        By call index; of what is settled the digests count.
    """

    def __init__(
        self, plan: Plan, project: Project, stack: Stack, memory: Memory, outcomes: Sequence[Outcome | None]
    ) -> None:
        self.plan = plan
        self.project = project
        self.memory = memory
        self.outcomes = outcomes
        self.variables = Variables(stack)
        roots = source_roots(project.root)
        self._distributions = Packages(memory.packages)
        self._distributions.leave_out(roots)
        self._closures: dict[tuple[str, str], Code | None] = {}
        self._codes: dict[int, str] = {}
        self._texts: dict[int, str] = {}
        self._packages: dict[int, tuple[tuple[str, str], ...]] = {}

    # -- what a call is hashed from ----------------------------------------------------------------------------------

    def fingerprint(self, call: Call) -> str:
        """Return the fingerprint of a call whose inputs are settled."""
        text = self._texts.get(id(call.step))
        if text is None:
            text = self._texts[id(call.step)] = manifest.step_text(call.step, self)
        return manifest.fingerprint(call, text, self)

    def entries(self, call: Call) -> tuple[Entry, ...]:
        """List the ingredients of a call whose inputs are settled."""
        return manifest.entries(call, self)

    # -- of a step ---------------------------------------------------------------------------------------------------

    def code(self, step: StepSpec) -> str:
        """Return the digest of a step's code: its closure, or for a step of an installed module that file's content."""
        digest = self._codes.get(id(step))
        if digest is None:
            closure = self.closure(step)
            digest = closure.digest if closure is not None else self._foreign_code(step)
            self._codes[id(step)] = digest
        return digest

    def closure(self, step: StepSpec) -> Code | None:
        """Return the code closure of a step, or None for one that does not live in the project."""
        module = self._module_of(step)
        return None if module is None else self._closure(module, step.qualname)

    def _module_of(self, step: StepSpec) -> str | None:
        """Return the name by which the project has a step's module: a script that is run is called ``__main__``."""
        if step.path and self.project.find_module(step.module) == step.path:
            return step.module
        return self.project.module_name(step.path) if step.path and step.module == "__main__" else None

    def closures(self, call: Call) -> dict[str, Code]:
        """Return the code closures that are ingredients of a call, by their digests."""
        own = self.closure(call.step)
        found: list[Code | None] = [own]
        found += [self._named(name) for name in self._class_names(call)]
        return {each.digest: each for each in found if each is not None}

    def _named(self, name: str) -> Code | None:
        module, _, qualname = name.partition(":")
        return self._closure(module, qualname)

    def _closure(self, module: str, qualname: str) -> Code | None:
        key = (module, qualname)
        if key not in self._closures:
            self._closures[key] = self.project.code(module, qualname)
        return self._closures[key]

    def _foreign_code(self, step: StepSpec) -> str:
        if step.path and os.path.isfile(step.path):
            return self.memory.file_digest(step.path)
        raise FingerprintError(
            f"step '{step.name}' ({step.module}) has no source file",
            why="without its code nobody can tell whether a remembered result is still right",
            fix="move the step into a module of the project",
        )

    def packages(self, step: StepSpec) -> tuple[tuple[str, str], ...]:
        """Return the distributions that the code refers to, each with its version, sorted by name."""
        found = self._packages.get(id(step))
        if found is None:
            closure = self.closure(step)
            names = (step.module.partition(".")[0],) if closure is None else closure.packages
            found = self._packages[id(step)] = self._versions(names)
        return found

    def _versions(self, names: Iterable[str]) -> tuple[tuple[str, str], ...]:
        found = {pair for name in names if name not in _OURS for pair in self._version(name)}
        return tuple(sorted(found))

    def _version(self, name: str) -> tuple[tuple[str, str], ...]:
        """Return the distributions of an import name; of a module without a version the digest of its files."""
        found = self._distributions.of(name)
        if self._distributions.changed:
            self.memory.changed, self._distributions.changed = True, False
        if found:
            return found
        place = self._distributions.place(name)
        return ((name, "not installed" if place is None else f"files {self.memory.source_digest(place)[:16]}"),)

    def environment(self, step: StepSpec) -> tuple[tuple[str, str, str], ...]:
        """Return the environment variables that the code names: name, keyed digest, what is shown."""
        closure = self.closure(step)
        names = () if closure is None else closure.environment
        return tuple((name, *self.variables.told(name)) for name in names)

    # -- of the inputs -----------------------------------------------------------------------------------------------

    def classes(self, call: Call) -> list[tuple[str, str]]:
        """Return the project's classes and functions that the inputs hold, each with the digest of its closure.

        A step that gets a model calls methods of a class that it never names.
        """
        found = [(name, self._named(name)) for name in self._class_names(call)]
        return [(name, code.digest) for name, code in found if code is not None]

    def _class_names(self, call: Call) -> list[str]:
        return [name for name in self._refers(call) if self._is_ours(name)]

    def _is_ours(self, name: str) -> bool:
        module, colon, _ = name.partition(":")
        return bool(colon) and self.project.find_module(module) is not None

    def carried(self, call: Call) -> list[tuple[str, str]]:
        """Return the distributions of what the inputs hold, but for those that the step's own code refers to."""
        # A class whose module is no longer the project's has become a package's.
        names = {name.partition(":")[0].partition(".")[0] for name in self._refers(call) if not self._is_ours(name)}
        names -= sys.stdlib_module_names | {"__main__"}
        if not names:
            return []
        own = self.packages(call.step)
        return [pair for pair in self._versions(names) if pair not in own]

    def _refers(self, call: Call) -> list[str]:
        """Return what the inputs of a call refer to, sorted: ``module:class`` of the project, names of packages."""
        found: set[str] = set()
        for _, ref in manifest.references(call) if call.upstream else ():
            outcome = self.outcomes[ref.call]
            assert outcome is not None, "a fingerprint needs settled inputs"
            found.update(outcome.outputs[ref.output].summary.get("refers", ()))
        return sorted(found)

    def input_digest(self, ref: Ref) -> str:
        """Return the digest of a settled artifact."""
        outcome = self.outcomes[ref.call]
        assert outcome is not None, "a fingerprint needs settled inputs"
        return outcome.outputs[ref.output].digest

    def file_digest(self, path: str) -> str:
        """Return the digest of a file's content."""
        return self.memory.file_digest(path)

    def artifact_name(self, ref: Ref) -> str:
        """Return the full name (``digits/X_train``) of an artifact."""
        call = self.plan.calls[ref.call]
        return f"{call.pipeline}/{call.outputs[ref.output]}"
