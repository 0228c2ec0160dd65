"""The modules of a project with their names resolved, without importing any.

A `Graph` is one view of the project's files at one moment. Everything it works out is kept for the next step that asks.
"""

from __future__ import annotations

import builtins
import os
import sys
from collections.abc import Callable, Iterator

from lineage.fingerprint.hits import Dotted, Hit, Module
from lineage.fingerprint.modules import Modules
from lineage.fingerprint.source import PACKAGE, SourceIndex
from lineage.fingerprint.units import HERE, OWN, WILD, Unit

__all__ = ["Graph", "Hit", "Module"]

_BUILTIN = frozenset(dir(builtins))
_OWN_ATTRIBUTES = frozenset(
    {
        "__builtins__",
        "__cached__",
        "__doc__",
        "__file__",
        "__loader__",
        "__name__",
        "__package__",
        "__path__",
        "__spec__",
    }
)
_REACHES_ALL = frozenset({"*", "__dict__"})


class Graph:
    """The project's modules.

    Parameters
    ----------
    modules : Modules
        Where they lie.
    index : callable
        Reads a file.
    kind : callable
        Says whether a path is a file (``"file"``), a folder (``"folder"``) or nothing (``None``).

    Attributes
    ----------
    units : list of (Module, Unit)
        Their statements, by number.
    keys : list of tuple of str
        For each of these ``module:name`` of what it binds.
    lines : dict of int to str
        The lines by which they are told in the digests of closures, as far as those are known and the same for all.
    """

    def __init__(
        self, modules: Modules, index: Callable[[str], SourceIndex], kind: Callable[[str], str | None]
    ) -> None:
        self.units: list[tuple[Module, Unit]] = []
        self.keys: list[tuple[str, ...]] = []
        self.lines: dict[int, str] = {}
        self._modules = modules
        self._index = index
        self._kind = kind
        self._found: dict[tuple[str, tuple[str, ...]], tuple[Module | None, tuple[str, ...]]] = {}
        self._by_path: dict[str, Module] = {}

    # Modules

    def module(self, dotted: str, asker: Module | None = None) -> Module | None:
        """Return a module of the project by its absolute name, ``None`` where it is not the project's.

        What was looked for in vain is noted with the module that asked.
        """
        beside = () if asker is None else self._beside(asker)
        found = self._found.get((dotted, beside))
        if found is None:
            found = self._found[dotted, beside] = self._find(dotted, beside)
        if asker is not None:
            asker.missing.update(found[1])
            if found[0] is not None:
                asker.uses.add(found[0])
                if asker.added and found[0].beside is None:
                    # What a module has added is there for all that it imports.
                    found[0].inherited = tuple(dict.fromkeys((*found[0].inherited, *asker.added)))
        return found[0]

    def at(self, path: str) -> Module:
        """Return the module of a source file, whether or not it can be imported by a name."""
        name = self._modules.name(path) or os.path.splitext(os.path.basename(path))[0]
        return self._module_at(name, path, os.path.basename(path) == "__init__.py")

    def _beside(self, asker: Module) -> tuple[str, ...]:
        """Return where a module may import from besides the roots: its own folder, and what is added to sys.path."""
        if asker.beside is None:
            asker.beside = ()  # for an import that comes back to it
            asker.added = tuple(dict.fromkeys((*asker.inherited, *self._added(asker))))
            own = os.path.dirname(asker.path)
            asker.beside = self._inside(own, *asker.added)
        return asker.beside

    def _added(self, module: Module) -> Iterator[str]:
        """Yield the folders that a module, or one that it imports by name, adds to ``sys.path``."""
        yield from self._added_by(module)
        for level, target, _ in (load for unit in module.units for load in unit.loads):
            dotted = self.absolute(module, level, target)
            imported = self._find(dotted, ())[0] if dotted else None
            if imported is not None and imported is not module:
                yield from self._added_by(imported)

    def _added_by(self, module: Module) -> tuple[str, ...]:
        here = os.path.dirname(module.path)
        folders = (folder.replace(HERE, here) for unit in module.units for folder in unit.searched)
        return self._inside(*(os.path.normpath(os.path.join(self._modules.roots[0], folder)) for folder in folders))

    def _inside(self, *folders: str) -> tuple[str, ...]:
        inside = self._modules.roots[0] + os.sep
        return tuple(one for one in dict.fromkeys(folders) if one.startswith(inside) and one not in self._modules.roots)

    def _find(self, dotted: str, beside: tuple[str, ...]) -> tuple[Module | None, tuple[str, ...]]:
        missing: list[str] = []
        folders: list[str] = []
        for package, module in self._modules.candidates(dotted, beside):
            for path in (package, module):
                if self._kind(path) == "file":
                    name = self._modules.name(path) or dotted
                    return self._module_at(name, path, path == package), tuple(missing)
                missing.append(path)
            folder = os.path.dirname(package)
            if self._kind(folder) == "folder":
                folders.append(folder)
            else:
                missing.append(folder)
        if folders and not self._is_data(folders[0]):
            return self._module_at(dotted, "", True, folders[0]), tuple(missing)
        return None, tuple(missing)

    @staticmethod
    def _is_data(folder: str) -> bool:
        # A folder of data may have the name of an installed package; a namespace package has modules in it.
        try:
            return not any(
                entry.endswith(".py") or os.path.isdir(os.path.join(folder, entry)) for entry in os.listdir(folder)
            )
        except OSError:
            return True

    def _namesakes(self, dotted: str, asker: Module) -> list[Module]:
        """Return what else an import may load: which of several files, the order of ``sys.path`` decides when it runs.

        Functions and modules add to it at its beginning or its end, and take away again what they have added.
        """
        if not asker.added:
            return []
        first = self.module(dotted, asker)
        found: list[Module] = []
        for package, module in self._modules.candidates(dotted, asker.added):
            path = next((path for path in (package, module) if self._kind(path) == "file"), None)
            if path is None:
                asker.missing.update((package, module))
            else:
                found.append(self._module_at(self._modules.name(path) or dotted, path, path == package))
        asker.uses.update(found)
        return [one for one in found if one is not first]

    def _module_at(self, name: str, path: str, is_package: bool, folder: str = "") -> Module:
        found = self._by_path.get(path or folder)
        if found is not None:
            return found
        module = Module(name, path, is_package, self._index(path) if path else None, len(self.units))
        self._by_path[path or folder] = module
        if not path:
            module.folders.add(folder)
        self._number(module)
        return module

    def _number(self, module: Module) -> None:
        late: dict[str, list[int]] = {}
        for place, unit in enumerate(module.units):
            number = module.first + place
            self.units.append((module, unit))
            self.keys.append(tuple([f"{module.name}:{name}" for name in unit.binds]))
            if unit.flags & WILD:
                module.wild.append(number)
            for name in unit.binds:
                module.binders.setdefault(name, []).append(number)
            for name in unit.late_binds:
                late.setdefault(name, []).append(number)
            for level, target in unit.stars:
                module.stars.append((number, self.absolute(module, level, target)))
        for name, numbers in late.items():
            # A name that only functions bind, by global: they stand for the assignment.
            module.binders.setdefault(name, numbers)
        self._number_late_imports(module)

    def _number_late_imports(self, module: Module) -> None:
        """Take functions that import a name by ``global`` for what binds it, beside a ``name = None`` that is there."""
        for place, unit in enumerate(module.units):
            number = module.first + place
            for local, *_ in unit.imported if unit.late_loads else ():
                binders = module.binders.setdefault(local, [])
                if number not in binders:
                    binders.insert(0, number)  # the last one is the last of the module itself

    @staticmethod
    def absolute(module: Module, level: int, target: str) -> str:
        """Return the absolute name of what a module imports by a relative one; empty above the top."""
        if level == 0:
            return target
        parts = module.name.split(".") if module.is_package else module.name.split(".")[:-1]
        parts = parts[: len(parts) - (level - 1)] if level - 1 <= len(parts) else []
        return ".".join([*parts, target] if target else parts)

    def imported(self, module: Module, unit_loads: tuple[tuple[int, str, Dotted], ...]) -> list[Module]:
        """Return the modules of the project that import statements load, with the packages around them."""
        found: dict[Module, None] = {}
        for level, target, names in unit_loads:
            dotted = self.absolute(module, level, target)
            if dotted:
                self._load(dotted, module, found)
            for name in self._names_of(dotted, names, module):
                whole = f"{dotted}.{name}" if dotted else name
                parent = self.module(dotted, module) if dotted else None
                if (parent is None or parent.is_package) and (parent or not dotted):
                    inside = self.module(whole, module)
                    if inside is not None:
                        found[inside] = None
        return list(found)

    def _names_of(self, dotted: str, names: Dotted, asker: Module) -> Dotted:
        """Return the names that may be submodules; a star import loads those in ``__all__``."""
        if names != ("*",):
            return names
        module = self.module(dotted, asker) if dotted else None
        return (module.index.exported or ()) if module is not None and module.index is not None else ()

    def _load(self, dotted: str, asker: Module, found: dict[Module, None]) -> None:
        parts = dotted.split(".")
        for count in range(1, len(parts) + 1):
            module = self.module(".".join(parts[:count]), asker)
            if module is None:
                return
            found[module] = None
            found.update(dict.fromkeys(self._namesakes(".".join(parts[:count]), asker)))

    def loads(self, module: Module) -> tuple[Module, ...]:
        """Return the modules of the project that importing a module loads directly."""
        if module.loads is None:
            module.loads = ()
            statements = tuple(load for unit in module.units for load in unit.loads)
            found = self.imported(module, statements)
            around = module.name.rpartition(".")[0]
            parents: dict[Module, None] = {}
            if around:
                self._load(around, module, parents)
            module.loads = tuple(dict.fromkeys([*parents, *found]))
        return module.loads

    # Names

    def resolve(self, module: Module, reference: str) -> tuple[Hit, ...]:
        """Return what a reference in a module may stand for.

        Parameters
        ----------
        module : Module
            Where it is written.
        reference : str
            A chain ``a.b.c`` of a global name, or ``level:module:rest`` for what a function imports itself.

        Returns
        -------
        tuple of Hit
            Several where several statements bind a name; none for a builtin.
        """
        hits = module.resolved.get(reference)
        if hits is None:
            found: list[Hit] = []
            if ":" in reference:
                level, target, rest = reference.split(":", 2)
                dotted = module.name if target == OWN else self.absolute(module, int(level), target)
                self._in_module(dotted, tuple(rest.split(".")) if rest else (), module, found, set())
            else:
                head, *rest_parts = reference.partition("()")[0].split(".")
                self._name(module, head, tuple(rest_parts), False, found, set())
            hits = module.resolved[reference] = tuple(found)
        return hits

    def _in_module(
        self, dotted: str, rest: Dotted, asker: Module, found: list[Hit], seen: set[tuple[str, str, bool]]
    ) -> None:
        """Resolve `rest` inside of the module `dotted`, wherever that is."""
        if dotted.partition(".")[0] == PACKAGE:
            return
        module = self.module(dotted, asker) if dotted else None
        if module is None:
            self._outside(dotted, rest, asker, found, seen)
            return
        for one in (module, *self._namesakes(dotted, asker)):
            self._inside_of(one, rest, asker, found, seen)

    def _inside_of(
        self, module: Module, rest: Dotted, asker: Module, found: list[Hit], seen: set[tuple[str, str, bool]]
    ) -> None:
        if not rest or rest[0] in _REACHES_ALL:
            found.append(Hit(module=module))
        elif module.opaque:
            found.append(Hit(module=module, rest=rest))
        else:
            self._name(module, rest[0], rest[1:], True, found, seen, asker)

    def _outside(
        self, dotted: str, rest: Dotted, asker: Module, found: list[Hit], seen: set[tuple[str, str, bool]]
    ) -> None:
        head, _, tail = dotted.rpartition(".")
        parent = self.module(head, asker) if head else None
        if parent is not None and not parent.opaque:
            # import pkg.name where name is no file: an attribute of the package, or a missing module.
            self._name(parent, tail, rest, True, found, seen, asker)
        elif dotted:
            found.append(Hit(package=".".join((dotted, *rest))))

    def _name(
        self,
        module: Module,
        name: str,
        rest: Dotted,
        outside: bool,
        found: list[Hit],
        seen: set[tuple[str, str, bool]],
        asker: Module | None = None,
    ) -> None:
        # By its file: two that are found through different folders have one name.
        key = (module.path or module.name, name, outside)
        if key in seen:
            return
        seen.add(key)
        before = len(found)
        if name in module.binders:
            self._bound(module, name, rest, found, seen)
        if module.stars:
            self._starred(module, name, rest, found, seen)
        if outside and module.is_package and not self._hides(module, name):
            inside = self.module(f"{module.name}.{name}", asker or module)
            if inside is not None and inside is not module:
                self._in_module(inside.name, rest, asker or module, found, seen)
        if len(found) > before or (name in _BUILTIN and not outside) or name in _OWN_ATTRIBUTES:
            return
        self._unbound(module, name, outside, found)

    def _hides(self, package: Module, name: str) -> bool:
        """Whether a package takes a name from its submodule of that name: ``from .train import train``.

        The submodule is imported before the name is bound, and so never takes its place.
        """
        binders = package.binders.get(name)
        unit = self.units[binders[-1]][1] if binders else None
        if unit is None or unit.kind != "import":
            return False
        inside = f"{package.name}.{name}"
        return any(
            local == name and imported and self.absolute(package, level, target) == inside
            for local, level, target, imported in unit.imported
        )

    def _unbound(self, module: Module, name: str, outside: bool, found: list[Hit]) -> None:
        found.append(Hit(key=f"{module.name}:{name}"))
        found.extend(Hit(unit=number) for number in module.wild)
        if outside:
            found.extend(Hit(unit=number) for number in module.binders.get("__getattr__", ()))
        if not module.path and outside:
            # An installed package wins over a folder without __init__.py.
            found.append(Hit(package=f"{module.name}.{name}"))
        found.extend(
            Hit(package=f"{target}.{name}") for _, target in module.stars if self.module(target, module) is None
        )

    def _bound(
        self, module: Module, name: str, rest: Dotted, found: list[Hit], seen: set[tuple[str, str, bool]]
    ) -> None:
        key = f"{module.name}:{name}"
        for number in module.binders[name]:
            unit = self.units[number][1]
            if unit.kind == "import" and unit.imported[0][2].partition(".")[0] == PACKAGE:
                continue
            # conf.LR = 2 changes what is in conf, not what the name conf stands for here.
            through = rest and any(local == name for local, *_ in unit.imported)
            found.append(Hit(unit=number, key=None if through else key, rest=rest))
            for local, level, target, imported in unit.imported:
                if local != name:
                    continue
                dotted = self.absolute(module, level, target)
                if not imported:
                    self._in_module(dotted, rest, module, found, seen)
                else:
                    self._in_module(dotted, (imported, *rest), module, found, seen)

    def _starred(
        self, module: Module, name: str, rest: Dotted, found: list[Hit], seen: set[tuple[str, str, bool]]
    ) -> None:
        """Look a name up in what is imported by star: the last import that has it wins, over earlier bindings too."""
        bound = module.binders.get(name)
        for number, target in reversed(module.stars):
            if bound is not None and number < bound[-1]:
                return  # bound again after this import and all before it
            other = self.module(target, module)
            if other is None or not self._exports(other, name):
                continue
            before = len(found)
            if other.opaque:
                found.append(Hit(module=other))
                return
            listed = other.index is not None and name in (other.index.exported or ())
            self._name(other, name, rest, listed, found, seen, module)
            if any(hit.unit is not None or hit.module is not None or hit.package for hit in found[before:]):
                return
            del found[before:]

    @staticmethod
    def _exports(module: Module, name: str) -> bool:
        exported = module.index.exported if module.index else None
        if exported is not None:
            return name in exported
        return not name.startswith("_") or (module.index is not None and "__all__" in module.index.binds)

    # Modules by a computed name

    def matching(self, module: Module, pattern: str) -> tuple[list[Module], list[str]]:
        """Return the modules whose name is, or begins with, a pattern, and names outside of the project.

        Parameters
        ----------
        module : Module
            Where the import is written.
        pattern : str
            A dotted name, relative or absolute, with a trailing ``*`` where only its beginning is known.
        """
        around = module.name if module.is_package else module.name.rpartition(".")[0]
        text = pattern.replace("{__name__}", module.name).replace("{__package__}", around)
        if text.startswith("."):
            level = len(text) - len(text.lstrip("."))
            text = self.absolute(module, level, text[level:])
        if not text.endswith("*"):
            found: dict[Module, None] = {}
            self._load(text, module, found)
            # What is left over after the last module (models.Net) is a name in it.
            return list(found)[-1:], ([] if found else [text])
        prefix = text[:-1]
        return [one for one in self._all(prefix.rpartition(".")[0], module) if one.name.startswith(prefix)], []

    def _all(self, package: str, asker: Module) -> list[Module]:
        """Return every module below a package, or below all roots."""
        starts = [os.path.join(root, *package.split(".")) if package else root for root in self._modules.roots]
        found: dict[Module, None] = {}
        for start in starts:
            for folder, names, files in os.walk(start):
                names[:] = sorted(name for name in names if name.isidentifier() and not _is_environment(folder, name))
                asker.folders.add(folder)
                for file in sorted(files):
                    name = self._modules.name(os.path.join(folder, file)) if file.endswith(".py") else None
                    module = self.module(name, asker) if name else None
                    if module is not None:
                        found[module] = None
        return list(found)


def _is_environment(folder: str, name: str) -> bool:
    return name == "__pycache__" or os.path.exists(os.path.join(folder, name, "pyvenv.cfg"))


def is_stdlib(package: str) -> bool:
    """Whether a dotted name belongs to the standard library."""
    return package.partition(".")[0] in sys.stdlib_module_names
