"""What decides the outputs of a step, gathered from the project, its surroundings and the settled inputs.

This is the one implementation of `lineage.fingerprint.manifest.Sources`; `Evaluation` asks it.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from lineage.errors import FingerprintError, StepError
from lineage.execute.declared import DeclaredFiles
from lineage.execute.variables import Variables
from lineage.fingerprint import manifest
from lineage.fingerprint.modules import source_roots
from lineage.fingerprint.packages import Packages, canonical_name
from lineage.fingerprint.units import HERE, Unit
from lineage.model import options
from lineage.model.plan import Call, Ref, StepSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lineage.declare.plan import Plan
    from lineage.execute.memory import Memory
    from lineage.execute.outcome import Outcome
    from lineage.fingerprint.code import Code, CodeEntry, Project
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

    Attributes
    ----------
    declared : DeclaredFiles
        The files that steps say they depend on.
    distributions : Packages
        What is installed.
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
        self.distributions = Packages(memory.packages)
        self.distributions.leave_out(roots)
        self.declared = DeclaredFiles(project.root, memory)
        self._closures: dict[tuple[Any, ...], Code] = {}
        self._reals: dict[str, str] = {}
        self._found: dict[int, tuple[Code | None, dict[str, dict[str, Any]]]] = {}
        self._uncut: dict[int, StepSpec | None] = {}
        self._codes: dict[int, str] = {}
        self._texts: dict[int, str] = {}
        self._packages: dict[int, tuple[tuple[str, str], ...]] = {}
        self._loaded: dict[tuple[int, ...], tuple[str, ...]] = {}
        self._literals: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._searched: dict[tuple[str, ...], frozenset[str]] = {}
        self._imported: dict[tuple[str, ...], frozenset[str]] = {}
        self._imports_of: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
        self._referred: dict[int, tuple[list[Outcome | None], list[str]]] = {}

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

    def without_cuts(self, call: Call) -> Call | None:
        """Return a call of the same step without the options that take ingredients out; None if it has none.

        A result that was made from equal ingredients is right when fewer of them count.
        """
        step = call.step
        if not step.options:
            return None
        if id(step) not in self._uncut:
            kept = options.without_cuts(step.options)
            self._uncut[id(step)] = None if kept is None else step.with_options(kept)
        uncut = self._uncut[id(step)]
        return None if uncut is None else call.with_step(uncut)

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
        return self._reached(step)[0]

    def _module_of(self, step: StepSpec) -> str | None:
        """Return the name by which the project has a step's module: a script that is run is called ``__main__``."""
        if step.path and self._is_at(step.module, step.path):
            return step.module
        if step.module == "__main__" and self.project.live:
            return step.module
        return self.project.module_name(step.path) if step.path and step.module == "__main__" else None

    def _is_at(self, module: str, path: str) -> bool:
        """Whether the project has a module in a file, be it by a symbolic link."""
        found = self.project.find_module(module)
        return found is not None and (found == path or os.path.realpath(found) == path)

    def _reached(self, step: StepSpec) -> tuple[Code | None, dict[str, dict[str, Any]]]:
        """Return the closure of a step, and the options of it and of each step in it, by ``module:name``.

        What a step adds, it adds to its callers.
        """
        found = self._found.get(id(step))
        if found is None:
            found = self._found[id(step)] = self._reach(step)
        return found

    def _reach(self, step: StepSpec) -> tuple[Code | None, dict[str, dict[str, Any]]]:
        module = self._module_of(step)
        given = {f"{module}:{step.qualname}": step.options}
        if module is None:
            return None, given
        while True:
            names = {name for each in given.values() for name in options.dependencies(each, "code")}
            depends = sorted(name.replace("__main__:", f"{module}:") for name in names)
            code = self._closure(module, step.qualname, tuple(depends), step.options.get("ignore", ()))
            new = [name for name in code.steps if name not in given]
            if not new:
                return code, given
            from lineage.declare.live import options_of

            given.update((name, options_of(name, self.project)) for name in new)

    def check_values(self) -> None:
        """Refuse a plan with a step of a notebook that reaches a value whose identity cannot be told."""
        live = self.project.live
        for step in [call.step for call in self.plan.calls] if live is not None and live.problems else ():
            self._check_values_of(step, live.problems)  # type: ignore[union-attr]

    def _live_parts(self, step: StepSpec) -> Iterator[tuple[str, CodeEntry]]:
        """Yield what a step reaches in a notebook, by the names there."""
        closure = self.closure(step)
        for part in () if closure is None else closure.entries:
            module, _, name = part.name.partition(":")
            if module == "__main__":
                yield name.partition("#")[0], part

    def check_unchanged(self, step: StepSpec) -> None:
        """Refuse to run a step of a notebook with names that another step has changed since this run began."""
        changed = self.project.live.changed() if self.project.live is not None else ()
        for name, part in self._live_parts(step) if changed else ():
            if name in changed:
                raise StepError(
                    f"'{name}', which step '{step.name}' uses ({part.via}), has changed since this run began",
                    why="another step has changed it; the result would be remembered as made with what it was before",
                    fix="let that step return what it changes, or run again",
                )

    def _check_values_of(self, step: StepSpec, problems: Mapping[str, FingerprintError]) -> None:
        for name, part in self._live_parts(step):
            problem = problems.get(name)
            if problem is not None:
                via = f" (reached by {part.via})" if " -> " in part.via else ""
                raise FingerprintError(
                    f"step '{step.name}' uses '{name}'{via}: {problem.what}", why=problem.why, fix=problem.fix
                )

    def closures(self, call: Call) -> dict[str, Code]:
        """Return the code closures that are ingredients of a call, by their digests."""
        own = self.closure(call.step)
        found: list[Code | None] = [own]
        found += [self._named(name, call.step) for name in self._class_names(call)]
        # Of a class and its methods the closures are equal: the one that is named first tells how the rest is reached.
        return {each.digest: each for each in reversed(found) if each is not None}

    def modules(self, call: Call) -> tuple[str, ...]:
        """Return the source files of which the top level counts for a call.

        What is executed before any step, as dodo.py is, counts only where it changes what the step holds.
        """
        closures = self.closures(call).values()
        key = tuple(map(id, closures))  # each is kept in `_closures`
        if key not in self._loaded:
            paths = (path for code in closures for path in code.loaded if path not in self.project.texts)
            self._loaded[key] = tuple(map(self._real, dict.fromkeys(paths)))
        return self._loaded[key]

    def _real(self, path: str) -> str:
        """Return the path of a source by which those who execute it know it, whatever links lead there."""
        real = self._reals.get(path)
        if real is None:
            real = self._reals[path] = os.path.realpath(path)
        return real

    def searched(self, call: Call) -> frozenset[str]:
        """Return the folders from which a call's code imports modules of the project, as far as its text tells."""
        files = tuple(path for code in self.closures(call).values() for path in code.files)
        if files not in self._searched:
            added = (self._real(folder) for path in files for folder in self._imports(path)[0])
            self._searched[files] = frozenset((*map(self._real, self.project.roots), *added))
        return self._searched[files]

    def imported(self, files: tuple[str, ...]) -> frozenset[str]:
        """Return the names of the modules and packages that source files import, without what is in the packages."""
        if files not in self._imported:
            self._imported[files] = frozenset().union(*(self._imports(path)[1] for path in files))
        return self._imported[files]

    def _imports(self, path: str) -> tuple[frozenset[str], frozenset[str]]:
        """Return the folders that a file adds to ``sys.path``, and the names that it imports."""
        found = self._imports_of.get(path)
        if found is None:
            units, here = self._units(path), os.path.dirname(path)
            added = (folder.replace(HERE, here) for unit in units for folder in unit.searched)
            loads = (load for unit in units for load in (*unit.loads, *unit.late_loads))
            found = self._imports_of[path] = (
                frozenset(os.path.normpath(os.path.join(self.project.root, folder)) for folder in added),
                frozenset(target.partition(".")[0] for level, target, _ in loads if not level),
            )
        return found

    def _units(self, path: str) -> list[Unit]:
        return [Unit(packed) for packed in self.project.index(path).units or ()]

    def literal_variables(self, files: tuple[str, ...]) -> tuple[str, ...]:
        """Return the environment variables that source files name: who depends on those, their code tells."""
        if files not in self._literals:
            units = (unit for path in files for unit in self._units(path))
            self._literals[files] = tuple(sorted({name for unit in units for name in unit.environment}))
        return self._literals[files]

    def _named(self, name: str, step: StepSpec) -> Code:
        """Return the closure of something that an input holds; what the step that takes it ignores does not count."""
        module, _, qualname = name.partition(":")
        return self._closure(module, qualname, (), step.options.get("ignore", ()))

    def _closure(self, *which: Any) -> Code:
        if which not in self._closures:
            self._closures[which] = self.project.code(*which)
        return self._closures[which]

    def _foreign_code(self, step: StepSpec) -> str:
        if step.path and os.path.isfile(step.path):
            return self.memory.file_digest(step.path)
        raise FingerprintError(
            f"step '{step.name}' ({step.module}) has no source file",
            why="without its code nobody can tell whether a remembered result is still right",
            fix="move the step into a module of the project",
        )

    def versions(self, step: StepSpec) -> list[tuple[str, str]]:
        """Return the versions that users gave the step and the steps that it calls, by the name of each."""
        given = [(name, each["version"]) for name, each in self._reached(step)[1].items() if "version" in each]
        own = f"{self._module_of(step)}:{step.qualname}" if given else ""
        return sorted((step.name if name == own else name, version) for name, version in given)

    def packages(self, step: StepSpec) -> tuple[tuple[str, str], ...]:
        """Return the distributions that the code refers to, each with its version, sorted by name."""
        found = self._packages.get(id(step))
        if found is None:
            closure, given = self._reached(step)
            names = {name for each in given.values() for name in options.names(each, "packages")}
            if closure is not None:
                names.update(closure.packages)
            else:  # of an installed module, whose own code is no closure either
                depends = (name.partition(":")[0] for name in options.dependencies(step.options, "code"))
                names.update(module.partition(".")[0] for module in (step.module, *depends))
            found = self._packages[id(step)] = self._versions(step, names)
        return found

    def _versions(self, step: StepSpec, names: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """Return the distributions of import names and of distributions, but for those that a step takes out."""
        if step.options.get("packages") is False:
            return ()
        out = {canonical_name(name) for name in options.names(step.options, "packages", ignored=True)}
        wanted = (name for name in names if name not in _OURS and canonical_name(name) not in out)
        found = {pair for name in wanted for pair in self._version(name)}
        return tuple(sorted(pair for pair in found if canonical_name(pair[0]) not in out))

    def _version(self, name: str) -> tuple[tuple[str, str], ...]:
        """Return the distributions of a name; of a module without a version the digest of its files."""
        if name.startswith("=["):
            found = self.distributions.providers(name[2:-1]) or ((f"entry points {name[2:-1]}", "none"),)
        elif name.startswith("="):
            found = self.distributions.distribution(name[1:]) or ((name[1:], "not installed"),)
        else:
            found = self.distributions.of(name) or self.distributions.distribution(name)
        if self.distributions.changed:
            self.memory.changed, self.distributions.changed = True, False
        if found:
            return found
        place = self.distributions.place(name.replace("-", "_"))
        return ((name, "not installed" if place is None else f"files {self.memory.source_digest(place)[:16]}"),)

    def environment(self, step: StepSpec) -> tuple[tuple[str, str, str], ...]:
        """Return the environment variables that decide the result: name, keyed digest, what is shown."""
        closure, given = self._reached(step)
        names = {name for each in given.values() for name in options.names(each, "env")}
        names.update(() if closure is None else closure.environment)
        own = step.options.get("env", {})
        return tuple((name, *self._told(name, own.get(name, "hide"))) for name in sorted(names | own.keys()))

    def _told(self, name: str, how: str) -> tuple[str, str]:
        # That a variable is ignored is an ingredient: with it, watching the step does not find out that it is read.
        return ("ignored", "ignored") if how == "ignore" else self.variables.told(name, show=how == "show")

    def files(self, step: StepSpec) -> tuple[tuple[str, str], ...]:
        """Return the files and folders that the step says it depends on, each with the digest of its content."""
        found = self.declared.known.get(id(step))
        return self.declared.of(step, self.patterns(step)) if found is None else found

    def patterns(self, step: StepSpec) -> list[str]:
        """Return the paths and globs in ``depends_on`` of the step and of the steps that it calls."""
        given = self._reached(step)[1].values()
        return self.declared.normal(name for each in given for name in options.dependencies(each, "file"))

    def check_files(self) -> None:
        """Refuse a plan with a step that depends on files which neither are there nor are going to be made."""
        for step in {id(call.step): call.step for call in self.plan.calls if call.step.options}.values():
            self.check_files_of(step)

    def check_files_of(self, step: StepSpec) -> None:
        """Refuse a step that depends on files which neither are there nor are going to be made."""
        self.declared.check(step, self.patterns(step))

    # -- of the inputs -----------------------------------------------------------------------------------------------

    def classes(self, call: Call) -> list[tuple[str, str]]:
        """Return the project's classes and functions that the inputs hold, each with the digest of its closure.

        A step that gets a model calls methods of a class that it never names.
        """
        return [(name, self._named(name, call.step).digest) for name in self._class_names(call)]

    def _class_names(self, call: Call) -> list[str]:
        names = [name for name in self._refers(call) if self._is_ours(name)]
        ignored = call.step.options.get("ignore") if names else None
        if ignored:
            from lineage.fingerprint.cuts import Cuts

            cuts = Cuts(ignored)
            names = [name for name in names if not cuts.match(name.replace(":", "."))]
        return names

    def _is_ours(self, name: str) -> bool:
        module, colon, _ = name.partition(":")
        return bool(colon) and self.project.find_module(module) is not None

    def carried(self, call: Call) -> list[tuple[str, str]]:
        """Return the distributions of what the inputs hold, but for those that the step's own code refers to."""
        # A class whose module is no longer the project's has become a package's.
        names = {name.partition(":")[0].partition(".")[0] for name in self._refers(call) if not self._is_ours(name)}
        for name in self._class_names(call):
            names.update(self._named(name, call.step).packages)
        if not names:
            return []
        names -= sys.stdlib_module_names | {"__main__"}
        own = self.packages(call.step)
        return [pair for pair in self._versions(call.step, names) if pair not in own]

    def carried_environment(self, call: Call) -> list[tuple[str, str, str]]:
        """Return the environment variables that the code of what the inputs hold reads, but for the step's own."""
        found: set[str] = set()
        for name in self._class_names(call):
            found.update(self._named(name, call.step).environment)
        if not found:
            return []
        found.difference_update(name for name, *_ in self.environment(call.step))
        return [(name, *self.variables.told(name)) for name in sorted(found)]

    def _refers(self, call: Call) -> list[str]:
        """Return what the inputs of a call refer to, sorted: ``module:class`` of the project, names of packages."""
        states = [self.outcomes[index] for index in call.upstream]
        known = self._referred.get(call.index)
        # Asked a dozen times a step. Outcomes are compared by identity: another outcome of an input is another object.
        if known is None or known[0] != states:
            known = self._referred[call.index] = (states, self._referred_by(call))
        return known[1]

    def _referred_by(self, call: Call) -> list[str]:
        found: set[str] = set()
        for _, ref in manifest.references(call) if call.upstream else ():
            outcome = self.outcomes[ref.call]
            if outcome is not None:  # else there is no fingerprint, and something else will be told
                found.update(outcome.outputs[ref.output].summary.get("refers", ()))
        for value in manifest.values(call):
            found.update(value.refers)
        return sorted(found) if found else []

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
