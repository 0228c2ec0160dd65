"""The options of a step: what may be given, and the one form that it has afterwards.

The same rules read what a decorator is given while its module is executed, and what is written there in a module that
is only read. `lineage.model.options` describes the form that comes out.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from types import MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from lineage.declare.names import code_named, plain_namespace
from lineage.errors import DeclarationError, did_you_mean
from lineage.fingerprint.source import Name
from lineage.model.plan import Unevaluated

if TYPE_CHECKING:
    from lineage.fingerprint.code import Project
    from lineage.fingerprint.source import SourceIndex

__all__ = ["OPTIONS", "SHELL_OPTIONS", "check_options", "read_options", "shell_options"]

OPTIONS = ("version", "depends_on", "ignore", "env", "packages", "cache")
"""Options of the `step` decorator."""

SHELL_OPTIONS = ("version", "depends_on", "env", "cache")
"""Those of `shell_step`."""

_ENV = {
    "hide": "counts its value and shows it to nobody",
    "show": "counts it and shows it",
    "ignore": "takes out what the code names",
}
_PACKAGES = {"count": "counts its version", "ignore": "takes out what the code imports"}


class Checker:
    """Brings options into their one form.

    Parameters
    ----------
    kind : str
        ``step`` or ``shell_step``.
    where : str
        The place of the declaration, for messages.
    code : callable
        Names the code that an element of ``depends_on`` stands for, ``module:name``; ``None`` if it has no name.
    """

    def __init__(self, kind: str, where: str, code: Callable[[Any], str | None]) -> None:
        self._kind = kind
        self._where = where
        self._code = code

    def check(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options that differ from the defaults.

        Raises
        ------
        DeclarationError
            For an unknown option, or a value that means nothing.
        """
        known = OPTIONS if self._kind == "step" else SHELL_OPTIONS
        found = {}
        for name in given:
            if name not in known:
                raise DeclarationError(
                    f"a {self._kind} has no option '{name}'{did_you_mean(name, known)} ({self._where})",
                    fix=f"options of {self._kind}: {', '.join(known)}",
                )
        for name in known:
            value = given.get(name)
            checked = None if value is None else getattr(self, f"_{name}")(value)
            if checked not in (None, (), {}):
                found[name] = checked
        return found

    def _error(self, name: str, value: Any, why: str, fix: str) -> DeclarationError:
        return DeclarationError(f"option '{name}' of a {self._kind} is {value!r} ({self._where})", why=why, fix=fix)

    def _version(self, value: Any) -> str:
        if not isinstance(value, str):
            raise self._error("version", value, "it is compared as text", f'write version="{value}"')
        return value

    def _cache(self, value: Any) -> bool | None:
        if not isinstance(value, bool):
            fix = "write cache=False for a step that is to run every time"
            raise self._error("cache", value, "a result is either given back when nothing has changed, or never", fix)
        return None if value else False

    def _ignore(self, value: Any) -> tuple[str, ...]:
        why = "it names code that does not count, as it is written or as module.name"
        names = self._names("ignore", value, why, '["log", "plots.*"]')
        return tuple(sorted(set(names)))

    def _env(self, value: Any) -> dict[str, str]:
        why = "it names environment variables that decide the result"
        found = self._manner("env", value, _ENV, why, '["MODE"] or env={"MODE": "show", "HOME": "ignore"}')
        wrong = [name for name in found if "=" in name or "\0" in name]
        if wrong:
            fix = f"write {wrong[0].partition('=')[0]!r}"
            raise self._error("env", value, f"{wrong[0]!r} is no name of a variable", fix)
        return found

    def _packages(self, value: Any) -> dict[str, str] | bool | None:
        if isinstance(value, bool):
            return None if value else False
        why = "it names installed packages whose version counts"
        example = '["torch"], packages={"numpy": "ignore"} or packages=False'
        return self._manner("packages", value, _PACKAGES, why, example)

    def _manner(self, option: str, value: Any, manners: dict[str, str], why: str, example: str) -> dict[str, str]:
        """Return each name with how it counts: as the mapping says, in the usual way where a list is given."""
        names = self._names(option, list(value) if isinstance(value, Mapping) else value, why, example)
        found = {name: value[name] if isinstance(value, Mapping) else next(iter(manners)) for name in sorted(names)}
        for name, manner in found.items():
            if not isinstance(manner, str) or manner not in manners:
                meanings = ", ".join(f"{each!r} {meaning}" for each, meaning in manners.items())
                wrong = f"{name!r} is {manner!r}{did_you_mean(str(manner), manners)}; {meanings}"
                raise self._error(option, value, wrong, f"write {option}={example}")
        return found

    def _names(self, option: str, value: Any, why: str, example: str) -> list[str]:
        names = [value] if isinstance(value, str) else value
        if isinstance(names, (list, tuple, set, frozenset)):
            wrong = [name for name in names if not isinstance(name, str) or not name.strip()]
            if not wrong:
                return list(names)
            called = getattr(wrong[0], "__name__", None)
            example = f'["{called}"]: the name, as text' if called else example
        raise self._error(option, value, why, f"write {option}={example}")

    def _depends_on(self, value: Any) -> tuple[tuple[str, str], ...]:
        elements = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
        return tuple(sorted({self._dependency(element, value) for element in elements}))

    def _dependency(self, element: Any, value: Any) -> tuple[str, str]:
        if isinstance(element, (str, os.PathLike)):
            path = os.fspath(element)
            if isinstance(path, str) and path.strip():
                return ("file", path)
        elif isinstance(element, (Name, ModuleType)) or callable(element):
            name = self._code(element)
            if name is not None:
                return ("code", name)
        raise self._error(
            "depends_on",
            value,
            f"{element!r} is no function, class or module that has a name, and no path",
            'write depends_on=[function, SomeClass, module, "query.sql", "configs/*.json", "folder/"]',
        )


# While a module is executed


def check_options(given: Mapping[str, Any], kind: str, where: str, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Check what a decorator is given and bring it into its one form.

    Parameters
    ----------
    given : mapping
        The options.
    kind : str
        ``step`` or ``shell_step``.
    where : str
        The place, for messages.
    namespace : mapping
        The names of the module that the step is declared in.

    Raises
    ------
    DeclarationError
        For an unknown option, or a value that means nothing.
    """
    return Checker(kind, where, lambda value: next(_names_of(value, namespace), None)).check(given)


def _names_of(value: Any, namespace: Mapping[str, Any]) -> Iterator[str]:
    """Yield ``module:name`` of an object: as the module knows it, else as what it was defined.

    By the name that leads to it first: what an undecorated function is called says nothing of its decorators.
    """
    if isinstance(value, ModuleType):
        yield f"{value.__name__}:"
        return
    own = str(namespace.get("__name__", "__main__"))
    imported = [other for other in namespace.values() if isinstance(other, ModuleType)]
    for module, names in [(own, namespace), *((other.__name__, plain_namespace(other)) for other in imported)]:
        yield from (f"{module}:{name}" for name, other in names.items() if other is value)
    defined = value.__func__ if isinstance(value, MethodType) else value
    where, name = getattr(defined, "__module__", None), getattr(defined, "__qualname__", None)
    if isinstance(where, str) and isinstance(name, str) and _leads_to(where, name, defined):
        yield f"{where}:{name}"


def _leads_to(module: str, name: str, value: Any) -> bool:
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return getattr(found, "__func__", found) is value


# In a module that is only read


class _OpenError(Exception):
    """What a name stands for is told by an import only."""


def read_options(
    kind: str, given: Mapping[str, Any], module: str, index: SourceIndex, project: Project
) -> dict[str, Any] | None:
    """Return the options of a declaration as it is written.

    Parameters
    ----------
    kind : str
        ``step`` or ``shell_step``.
    given : mapping
        The options as the index of the file has them.
    module, index, project : str, SourceIndex, Project
        Where the declaration is.

    Returns
    -------
    dict or None
        ``None`` where only an import tells them, or what is wrong with them.
    """

    def name_of(element: Any) -> str:
        found = code_named(element.dotted, module, index, project)
        if found is None:
            raise _OpenError
        return found

    if any(isinstance(value, Unevaluated) for value in given.values()):
        return None
    try:
        return Checker(kind, index.path, name_of).check(given)
    except (_OpenError, DeclarationError):
        return None


def shell_options(keywords: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a shell step's arguments are options."""
    return {name: value for name, value in keywords.items() if name not in ("command", "outputs", "name", "doc")}
