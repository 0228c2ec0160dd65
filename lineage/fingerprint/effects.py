"""Statements that matter for what they change, not for what they bind.

``CONFIG["lr"] = 0.2``, ``Model.fit = fast_fit``, ``@register("a")`` above a function, ``setup()`` with a ``global`` in
it: such a statement belongs to a closure when what it changes does. What a statement changes is told by keys,
``module:name``; ``module:*`` is any name of a module and ``//package`` the state of a package outside of the project.
"""

from __future__ import annotations

from lineage.fingerprint.facts import MUTATORS, words
from lineage.fingerprint.graph import Graph, Hit, Module, is_stdlib
from lineage.fingerprint.kinds import Kinds
from lineage.fingerprint.reach import Reach
from lineage.fingerprint.units import (
    CALLS,
    CONSTANT,
    DYNAMIC,
    HOOK,
    ITERATOR,
    MUTATES,
    REMEMBERS,
    RUNS,
    SUBCLASSES,
    Unit,
)

__all__ = ["DERIVED", "Effects", "is_ambient", "is_state"]

DERIVED = "<"
"""Before the key of a class: the classes that are derived from it."""

COSMETIC = frozenset({"IPython", "bokeh", "matplotlib", "plotly", "pylab", "rich", "seaborn", "tqdm"})
"""Packages whose settings change how things look: they count only where the closure uses the package."""

_SILENT = words("atexit click faulthandler logging loguru operator pytest structlog traceback typer unittest warnings")
_BINDING = frozenset({"globals", "exec"})
_STATE = (
    *("builtins", "contextvars", "decimal", "locale", "random", "sys.path", "sys.meta_path", "sys.set"),
    *("copyreg.pickle", "csv.field_size_limit", "os.environ", "os.putenv", "os.unsetenv", "os.chdir", "os.umask"),
)
_SETTING = ("register", "set", "add_", "install")
_MAKERS = words("numpy pandas polars pyarrow scipy sklearn xarray")  # what their functions return is new
_OF_LOGGERS = words("debug info warning exception critical setLevel addHandler removeHandler addFilter mkdir")
#: How the names of functions begin that write, show or check what they are given: json.dump, pprint.pprint.
_LOOKING = ("assert_", "dump", "log_", "pprint", "print", "save", "show", "write")
_KEEPING = ("cache", "memo", "singleton")
_NOT_CALLING = _SILENT | words("abc contextlib dataclasses enum functools types typing typing_extensions weakproxy")


class Effects(Reach):
    """What the statements of the project change when they are executed.

    Parameters
    ----------
    graph : Graph
        The modules.
    """

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self._kinds = Kinds(graph)
        self._done: dict[Module, dict[int, frozenset[str]]] = {}
        self._stores: dict[int, frozenset[str]] = {}
        self._hooked: dict[int, frozenset[int]] = {}
        self._contested: dict[Module, frozenset[str]] = {}
        self.by_key: dict[str, list[int]] = {}
        self.callers: dict[Module, list[tuple[int, frozenset[str]]]] = {}
        self.subclasses: dict[int, list[int]] = {}

    def of(self, module: Module) -> dict[int, frozenset[str]]:
        """Return the units of a module that change something, with the keys of what they change."""
        found = self._done.get(module)
        if found is None:
            found = self._done[module] = {}
            for place, unit in enumerate(module.units):
                if unit.bases:
                    self._note_bases(module, module.first + place)
                if unit.writes or unit.calls or unit.bases:
                    self._note(module, module.first + place, found)
                    self._note_caller(module, module.first + place)
        return found

    def contested(self, module: Module) -> frozenset[str]:
        """Return the keys of what more than one unit of a module binds or changes."""
        found = self._contested.get(module)
        if found is None:
            effects = self.of(module)
            once: set[str] = set()
            twice: set[str] = set()
            for number in range(module.first, module.first + len(module.units)):
                keys = {*self._graph.keys[number], *effects.get(number, ())}
                twice |= keys & once
                once |= keys
            found = self._contested[module] = frozenset(twice)
        return found

    def _note(self, module: Module, number: int, found: dict[int, frozenset[str]]) -> None:
        unit = self._graph.units[number][1]
        keys = self._targets(module, number) - {f"{module.name}:{name}" for name in unit.binds}
        if keys:
            found[number] = keys
            for key in sorted(keys):
                self.by_key.setdefault(key, []).append(number)

    def _note_bases(self, module: Module, number: int) -> None:
        for hit in self._kinds.bases(module, number):
            if hit.unit is not None:
                self.subclasses.setdefault(hit.unit, []).append(number)
        for ancestor in self._kinds.above(number):
            for key in self._graph.keys[ancestor]:
                self.by_key.setdefault(DERIVED + key, []).append(number)

    def _note_caller(self, module: Module, number: int) -> None:
        """Note of what a statement calls, when it is executed, whatever is in it: anybody may have put it there."""
        held: set[str] = set()
        for chain, mode, arguments in self._graph.units[number][1].calls:
            hits = self._graph.resolve(module, chain.removesuffix("()"))
            if mode == 7:
                held.update(DERIVED + hit.key if "__subclasses__" in hit.rest else hit.key for hit in hits if hit.key)
            elif mode < 4:
                reached = [one for hit in hits if hit.unit is not None for one in self.reached(hit.unit)]
                if any(self._graph.units[one][1].flags & RUNS for one in reached):
                    held.update(key for one in reached if self._is_value(one) for key in self._graph.keys[one])
                if any(self._graph.units[one][1].flags & SUBCLASSES for one in reached):
                    held.update(DERIVED + key for one in reached for key in self._graph.keys[one])
                if arguments and any(self._calls_at_once(hit) for hit in hits):
                    given = [hit for one in arguments for hit in self._graph.resolve(module, one)]
                    held.update(hit.key for hit in given if hit.key and hit.unit is not None)
        if held:
            self.callers.setdefault(module, []).append((number, frozenset(held)))

    def _is_value(self, number: int) -> bool:
        kind: str = self._graph.units[number][1].kind
        return kind == "code"

    def _targets(self, module: Module, number: int) -> frozenset[str]:
        unit = self._graph.units[number][1]
        keys: set[str] = set()
        for chain in unit.writes:
            self._written(module, chain, keys, deep=chain in unit.deep)
        for chain, mode, arguments in unit.calls:
            self._called(module, chain, mode, arguments, keys)
            if (mode == 1 and unit.binds) or arguments:
                self._handed_over(module, chain, arguments, number if mode == 1 else None, keys)
        for ancestor in self._hooks(number) - {number}:
            where, hooked = self._graph.units[ancestor]
            keys.update(f"{where.name}:{name}" for name in hooked.binds)
            keys |= self._own_stores(ancestor)
        return frozenset(keys)

    def _called(self, module: Module, chain: str, mode: int, arguments: tuple[str, ...], keys: set[str]) -> None:
        if mode >= 4:
            self._used(module, chain, mode, arguments, keys)
            return
        changes_arguments = mode >= 2
        for hit in self._graph.resolve(module, chain):
            if hit.module is not None and mode:  # helpers.__dict__.update()
                keys.add(f"{hit.module.name}:*")
            elif hit.unit is not None:
                if (
                    (hit.rest and mode and hit.rest[-1] not in _OF_LOGGERS)
                    or self._changes_itself(hit)
                    or self._changes_what_it_holds(hit)
                ):
                    self._changed(hit, keys, deep=chain.rpartition(".")[2] not in MUTATORS)
                keys |= self.stores(hit.unit)
                changes_arguments = changes_arguments or (bool(arguments) and self._mutates(hit.unit))
            elif hit.package:
                only_looks = hit.package.rpartition(".")[2].startswith(_LOOKING)
                if only_looks or hit.package.partition(".")[0] in COSMETIC:
                    changes_arguments = False
                if not only_looks and _sets_state(hit.package, mode):
                    self._outside(hit.package, keys)
        for argument in arguments:
            if changes_arguments or self._is_drawn_from(module, argument):
                self._written(module, argument, keys, passed=True)

    def _handed_over(
        self, module: Module, chain: str, arguments: tuple[str, ...], decorated: int | None, keys: set[str]
    ) -> None:
        """Add the keys of what functions change that are given to one which calls them at once, as a decorator may."""
        hits = self._graph.resolve(module, chain)
        is_own = any(self._calls_at_once(hit) for hit in hits)
        if not is_own and not any(self._may_call(hit, chain.rpartition(".")[2]) for hit in hits):
            return
        given = [hit.unit for argument in arguments for hit in self._graph.resolve(module, argument) if not hit.rest]
        for number in (decorated if is_own else None, *given):
            if number is not None and (is_own or self._graph.units[number][1].kind != "class"):
                keys |= self.stores(number)

    def _may_call(self, hit: Hit, name: str) -> bool:
        """Whether a function or method of a library may call at once what it is given."""
        if name in MUTATORS or name.startswith(_SETTING):
            return False
        if hit.package:
            return name == "reduce" or hit.package.partition(".")[0] not in _NOT_CALLING
        return hit.unit is not None and bool(hit.rest) and not self._kinds.classes_of(hit.unit)

    def _calls_at_once(self, hit: Hit) -> bool:
        if hit.unit is None:
            return False
        units = self._graph.units
        classes = self._kinds.classes_of(hit.unit) if units[hit.unit][1].kind == "code" else ()
        return any(units[number][1].flags & CALLS for number in (hit.unit, *classes))

    def _is_drawn_from(self, module: Module, chain: str) -> bool:
        """Whether who is given something can only take from it: an iterator, a generator of random numbers."""
        hits = self._graph.resolve(module, chain)
        return any(
            hit.unit is not None and not hit.rest and self._graph.units[hit.unit][1].flags & ITERATOR for hit in hits
        )

    def _used(self, module: Module, chain: str, mode: int, arguments: tuple[str, ...], keys: set[str]) -> None:
        """Add the keys of what is changed where an object is asked by an operator, gone through, or what it has called.

        That is, by mode: 4 an operator, 5 iteration, 6 an attribute, 7 a call of what is in it.
        """
        for argument in arguments:
            for hit in self._graph.resolve(module, argument):
                if hit.unit is not None and self._kinds.is_iterator(hit.unit):
                    self._written(module, argument, keys)
                self._asked(hit, keys)
        for hit in () if arguments else self._graph.resolve(module, chain.removesuffix("()")):
            if mode == 7:
                inside = hit.module  # getattr(presets, name)() may call any of its functions
                called = () if inside is None else range(inside.first, inside.first + len(inside.units))
                keys.update(*(self.stores(one) for one in (*called, hit.unit) if one is not None))
            elif mode == 6:
                self._attribute_asked(hit, chain, keys)
            else:
                self._asked(hit, keys)

    def _asked(self, hit: Hit, keys: set[str]) -> None:
        """Add the keys of what an operator on an object changes; its classes say that."""
        if hit.unit is None or hit.rest:
            return
        if self._graph.units[hit.unit][1].kind == "class":  # Array[2] calls __class_getitem__
            for ancestor in self._hooks(hit.unit):
                keys |= self._own_stores(ancestor)
        if not self._is_value(hit.unit):
            return
        for number in self._kinds.classes_of(hit.unit):
            keys |= self._own_stores(number)
        if self._kinds.answers_by_changing(hit.unit):
            self._changed(hit, keys)

    def _attribute_asked(self, hit: Hit, chain: str, keys: set[str]) -> None:
        """Add the keys of what a property changes, or ``__getattr__`` of an object or a module."""
        if hit.unit is None:
            return
        unit = self._graph.units[hit.unit][1]
        if "__getattr__" in unit.binds and not chain.endswith("__getattr__"):
            keys |= self.stores(hit.unit)
        elif hit.rest and self._is_value(hit.unit):
            called = self._kinds.looked_up(hit.unit, hit.rest[0])
            if called:
                keys |= self.stores(hit.unit)
            if not self._kinds.changing_of(hit.unit).isdisjoint(called):
                self._changed(hit, keys)

    def _changed(self, hit: Hit, keys: set[str], deep: bool = True) -> None:
        for where, alias in self._held(hit, keys, deep=deep or len(hit.rest) > 1):
            self._written(where, alias, keys, passed=not self._is_renamed(hit))

    def _changes_itself(self, hit: Hit) -> bool:
        """Whether what is called is an object, or a method of one, that changes the object."""
        if hit.unit is None or len(hit.rest) > 1:
            return False
        unit = self._graph.units[hit.unit][1]
        if unit.kind != "code":
            return False
        if hit.rest and unit.flags & ITERATOR:
            return True
        method = hit.rest[0] if hit.rest else "__call__"
        if method == "*":  # one by a computed name
            return any(not name.startswith(("@", "__")) for name in self._kinds.changing_of(hit.unit))
        return method in self._kinds.changing_of(hit.unit)

    def _changes_what_it_holds(self, hit: Hit) -> bool:
        """Whether what is called was made of something that it changes.

        That is a bound method (``add = TABLE.append``), a partial, or a function that another one has made
        (``register = registrar(TABLE)``).
        """
        if hit.unit is None or hit.rest or self._graph.units[hit.unit][1].kind != "code":
            return False
        module, unit = self._graph.units[hit.unit]
        if any(alias.rpartition(".")[2] in MUTATORS for alias in unit.aliases):
            return True
        made_of = dict.fromkeys(one for chain, _, arguments in unit.calls for one in (chain, *arguments))
        return any(
            made.unit is not None and self._graph.units[made.unit][1].kind != "class" and self._keeps(made.unit)
            for chain in made_of
            for made in self._graph.resolve(module, chain)
        )

    def _keeps(self, number: int) -> bool:
        return bool(self._graph.units[number][1].flags & REMEMBERS) or self._mutates(number)

    def _mutates(self, number: int) -> bool:
        """Whether a function changes what it is given, itself or by giving it to another of the project."""
        pending = [number]
        seen = {number}
        while pending:
            module, unit = self._graph.units[pending.pop()]
            if unit.flags & MUTATES:
                return True
            for chain in unit.passes:
                for hit in self._graph.resolve(module, chain):
                    if hit.unit is not None and hit.unit not in seen:
                        seen.add(hit.unit)
                        pending.append(hit.unit)
        return False

    def _written(self, module: Module, chain: str, keys: set[str], passed: bool = False, deep: bool = True) -> None:
        """Add the keys of what is behind a chain, by all its names; `passed` where it is only handed to a function."""
        pending = [(module, chain, deep)]
        seen = {(module.name, chain)}
        same: set[tuple[str, str]] = set()
        while pending:
            where, current, is_deep = pending.pop()
            more: list[tuple[Module, str]] = []
            if "()." in current and not current.endswith(".()"):
                called, _, attribute = current.partition("().")
                keys.update(self._kinds.sharing_made(where, called, attribute.partition(".")[0]))
                current = f"{called}()"
                is_deep = True
            maker = current.endswith(".()")
            current = current.removesuffix(".()")
            for hit in self._graph.resolve(where, current.removesuffix("()")):
                if maker and self._is_module(hit):
                    continue
                if hit.module is not None:
                    keys.add(f"{hit.module.name}:*")
                elif hit.package:
                    if (where.name, current) in same or (
                        not passed and (current == chain or _gives_its_own(hit.package))
                    ):
                        # A module by a computed name may be any.
                        made = chain.endswith("()")
                        self._outside(hit.package, keys, stored=current != chain or not made, made=made)
                elif (passed or current != chain) and self._is_constant(hit):
                    continue
                elif hit.unit is None or not current.endswith("()"):
                    held = self._held(hit, keys, passed, is_deep or bool(hit.rest))
                    if self._is_renamed(hit) and (current == chain or (where.name, current) in same):
                        same.update((inside.name, one) for inside, one in held)
                    more.extend(held)
                else:
                    inside, unit = self._graph.units[hit.unit]
                    more.extend((inside, returned) for returned in unit.returns)
                    if is_deep or unit.kind == "class":
                        more.extend((inside, returned) for returned in unit.copies)
                    if unit.kind == "code":  # a function that was made of something may give that
                        more.extend((inside, made) for made in unit.aliases)
                    if not passed and self._is_kept(inside, unit):
                        keys.update([hit.key] if hit.key else [])
            for place in more:
                if (place[0].name, place[1]) not in seen:
                    seen.add((place[0].name, place[1]))
                    # Of CFG = make() the two are the same; what else is another name may be one of a part.
                    pending.append((*place, is_deep or not place[1].endswith("()") or place[1].endswith(".()")))

    def _is_kept(self, module: Module, unit: Unit) -> bool:
        """Whether what a function or a class gives may be what it has given before, since a decorator keeps it."""
        decorators = [chain for chain, mode, _ in unit.calls if mode == 1 and unit.kind in ("class", "code")]
        if any(word in chain.lower() for chain in decorators for word in _KEEPING):
            return True
        hits = (hit.unit for chain in decorators for hit in self._graph.resolve(module, chain) if hit.unit is not None)
        return any(self._graph.units[number][1].flags & REMEMBERS for number in hits)

    def _is_renamed(self, hit: Hit) -> bool:
        """Whether a statement does nothing but give a thing another name: ``shown = pd.options.display``."""
        unit = None if hit.unit is None else self._graph.units[hit.unit][1]
        if unit is None or unit.kind != "code" or len(unit.aliases) != 1:
            return False
        return all(mode == 6 for _, mode, _ in unit.calls)

    def _is_constant(self, hit: Hit) -> bool:
        return hit.unit is not None and bool(self._graph.units[hit.unit][1].flags & CONSTANT)

    def _held(self, hit: Hit, keys: set[str], passed: bool = False, deep: bool = True) -> list[tuple[Module, str]]:
        """Add the key of a name that is changed, and return what the name may be another name for."""
        if hit.unit is None:
            keys.update([hit.key] if hit.key else [])
            return []
        module, unit = self._graph.units[hit.unit]
        if passed and unit.kind in ("def", "import"):
            return []
        keys.update([hit.key] if hit.key else [])
        rest = ".".join(hit.rest)
        if hit.rest and not passed:
            keys |= self._kinds.sharing(module, unit, hit.rest[0])
            if unit.kind == "class":
                keys.update(self._kinds.sharers(hit.unit, hit.rest[0]))
        # What is set on type(make()) is set on the class of what make returns.
        made = (one.removesuffix("()") for one in unit.returns if unit.kind != "class" and not passed)
        copied = unit.copies if deep else ()
        return [(module, f"{one}{rest}" if one.endswith(":") else one) for one in (*unit.aliases, *copied, *made)]

    def _is_module(self, hit: Hit) -> bool:
        is_import = hit.unit is not None and self._graph.units[hit.unit][1].kind == "import"
        return hit.module is not None or bool(hit.package) or is_import

    @staticmethod
    def _outside(package: str, keys: set[str], stored: bool = False, made: bool = False) -> None:
        top = package.partition(".")[0]
        if made and package.rpartition(".")[2][:1].isupper():
            return  # an object of a library's class is new
        if made and top in _MAKERS and "get" not in package.rpartition(".")[2]:
            return  # x = np.zeros(3); x[0] = 1
        # Most of the standard library keeps no state that a result depends on, unless somebody sets its attributes.
        state = package.startswith(_STATE) or _is_setter(package)
        if top not in _SILENT and (stored or state or not is_stdlib(package)):
            keys.add("//" + top)

    def _hooks(self, number: int) -> frozenset[int]:
        """Return the classes among a class and its ancestors that do something when a subclass is made."""
        found = self._hooked.get(number)
        if found is None:
            self._hooked[number] = frozenset()  # a cycle of bases ends here
            module, unit = self._graph.units[number]
            ancestors = {number} if unit.flags & HOOK else set()
            for hit in self._kinds.bases(module, number):
                if hit.unit is not None:
                    ancestors |= self._hooks(hit.unit)
            found = self._hooked[number] = frozenset(ancestors)
        return found

    def _own_stores(self, number: int) -> set[str]:
        module, unit = self._graph.units[number]
        keys: set[str] = set()
        for chain in unit.late_writes:
            self._written(module, chain, keys, deep=chain in unit.deep)
        return keys

    def stores(self, number: int) -> frozenset[str]:
        """Return the keys of what the functions in a unit, and all that they can reach, change when they are called."""
        found = self._stores.get(number)
        if found is None:
            keys: set[str] = set()
            for current in self.reached(number):
                module, unit = self._graph.units[current]
                if unit.late_writes:
                    keys |= self._own_stores(current)
                if unit.flags & DYNAMIC and not _BINDING.isdisjoint(unit.refs):
                    keys.add(f"{module.name}:*")
                for hit in (hit for reference in unit.refs for hit in self._graph.resolve(module, reference)):
                    if self._changes_itself(hit):
                        self._changed(hit, keys)
                    elif hit.package and "." in hit.package and _is_setter(hit.package):
                        self._outside(hit.package, keys)
            found = self._stores[number] = frozenset(keys)
        return found


def _gives_its_own(package: str) -> bool:
    """Whether what a library gives is a part of it: a module by a computed name, ``decimal.getcontext()``."""
    is_state = package.startswith(_STATE) and package.rpartition(".")[2].startswith("get")
    return is_state or package == "importlib.import_module"


def _sets_state(package: str, mode: int) -> bool:
    """Whether a call of a function of a library may change the library's state."""
    return mode == 2 or "seed" in package or (mode > 0 and (package.startswith("os.environ") or _is_setter(package)))


def is_state(package: str) -> bool:
    """Whether what a library gives may depend on what somebody has set in it."""
    return package.startswith((*_STATE, "os.get")) or not is_stdlib(package)


def _is_setter(package: str) -> bool:
    """Whether a function of a library is there for what it sets: ``random.seed``, ``codecs.register``."""
    name = package.rpartition(".")[2]
    return name.startswith(_SETTING) or "seed" in name


def is_ambient(key: str) -> bool:
    """Whether a key stands for the state of a package that any result may depend on."""
    return key.startswith("//") and key[2:] not in COSMETIC
