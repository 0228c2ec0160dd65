"""From the arguments of a step call to what a plan holds of them."""

from __future__ import annotations

import functools
import os
from collections import deque
from enum import Enum
from pathlib import PurePath
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from xxhash import xxh3_128_hexdigest

from lineage.declare.artifact import Artifact, Nothing
from lineage.declare.places import place
from lineage.declare.step import Step
from lineage.errors import DeclarationError, FingerprintError
from lineage.fingerprint.values import WIDEST_INT, parameter_digest, show_value
from lineage.model.plan import Argument, Collection, FileArgument, Ref, Value

if TYPE_CHECKING:
    from lineage.fingerprint.code import Project

__all__ = ["BY_NAME", "SCALARS", "Converter", "located", "plain"]

SCALARS = frozenset({int, str, float, bool, type(None), bytes})
_SHOWN_AS_WRITTEN = frozenset({int, float, bool, type(None)})
_DEEPEST = 20
BY_NAME = (type, FunctionType, BuiltinFunctionType, Step)


class Converter:
    """Turns argument values into `Argument` objects, each literal once.

    Parameters
    ----------
    project : Project
        Where files and the code of functions given as arguments are looked up.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.scalars: dict[Any, Value] = {}
        self._named: dict[int, tuple[object, Value]] = {}

    def scalar(self, value: Any) -> Value:
        """Return the argument for a value of one of the `SCALARS`."""
        kind = value.__class__
        key = (kind, value)
        if kind is float and value == 0.0:
            key = (kind, repr(value))  # 0.0 == -0.0
        found = self.scalars.get(key)
        if found is None:
            as_written = kind in _SHOWN_AS_WRITTEN and not (kind is int and value.bit_length() > WIDEST_INT)
            shown = repr(value) if as_written else show_value(value)
            found = self.scalars[key] = Value(value, parameter_digest(value), shown)
        return found

    def argument(self, value: Any, is_file: bool, owner: Any, upstream: list[int]) -> Argument:
        """Return the argument for any value.

        Parameters
        ----------
        value : object
            An artifact, a literal, or a list, tuple or dict with any of these inside.
        is_file : bool
            Whether a path stands for a file whose content counts.
        owner : object
            The recording whose artifacts may be used.
        upstream : list of int
            Takes the numbers of the calls whose artifacts the value holds.

        Raises
        ------
        FingerprintError
            If a value has no identity that can be told; without the place, which the caller knows.
        DeclarationError
            For an artifact that cannot be used here.
        """
        kind = value.__class__
        if isinstance(value, Artifact):
            return self._ref(value, owner, upstream)
        if is_file and isinstance(value, (str, PurePath)):
            return FileArgument(self.file_path(value))
        if kind in SCALARS:
            return self.scalar(value)
        if isinstance(value, (list, tuple, dict)):
            collection = self._collection(value, is_file, owner, upstream)
            if collection is not None:
                return collection
        elif isinstance(value, (set, frozenset)) and any(isinstance(item, Artifact) for item in value):
            raise DeclarationError(
                "a set of artifacts is given as an argument",
                why="the order in which a set gives its members differs from one process to the next",
                fix="give a list, a tuple or a dict",
            )
        return self._value(value)

    def word(self, value: Any, is_file: bool, owner: Any, upstream: list[int]) -> Argument:
        """Return the argument for a placeholder of a shell command: paths and names of existing files are files."""
        if isinstance(value, PurePath):
            return FileArgument(self.file_path(value))
        if isinstance(value, str) and value and os.path.exists(os.path.join(self.project.root, value)):
            return FileArgument(self.file_path(value))
        return self.argument(value, is_file, owner, upstream)

    def _ref(self, artifact: Artifact, owner: Any, upstream: list[int]) -> Ref:
        ref = artifact.ref
        if artifact.owner is not owner:
            raise DeclarationError(
                f"artifact '{artifact.owner.describe(artifact)}' is used outside of pipeline '{artifact.owner.name}'",
                why="each pipeline runs by itself",
                fix="call its steps in this pipeline too; a step with the same inputs is executed once",
            )
        if isinstance(artifact, Nothing):
            raise DeclarationError(
                f"step '{artifact.owner.describe(artifact)}' gives no artifact that could be passed on",
                why="it is annotated '-> None'",
                fix="return something from it that tells what it has done, and annotate that",
            )
        upstream.append(ref.call)
        return ref

    def _collection(self, value: Any, is_file: bool, owner: Any, upstream: list[int]) -> Collection | None:
        """Return a `Collection` for a container with artifacts or files inside, ``None`` for any other."""
        items = tuple(value.values()) if isinstance(value, dict) else tuple(value)
        if not any(_holds(item, is_file) for item in items):
            return None
        converted = tuple(self.argument(item, is_file, owner, upstream) for item in items)
        if isinstance(value, dict):
            return Collection("dict", converted, tuple(self._value(key) for key in value))
        return Collection("list" if isinstance(value, list) else "tuple", converted)

    def file_path(self, value: str | PurePath) -> str:
        """Return a file's path relative to the project where it lies inside it, with ``/``."""
        root = self.project.root
        full = os.path.normpath(os.path.join(root, os.path.expanduser(value)))
        path = full[len(root) + 1 :] if full.startswith(root + os.sep) else full
        return path.replace(os.sep, "/")

    def _value(self, value: Any) -> Value:
        if value.__class__ in SCALARS:
            return self.scalar(value)
        if isinstance(value, BY_NAME):
            return self._by_name(value)
        digest = parameter_digest(plain(value))
        refers, versions = set[str](), set[str]()
        _find(value, refers, versions)
        if versions:
            digest = xxh3_128_hexdigest("\x1e".join([digest, *sorted(versions)]).encode())
        return Value(_frozen(value), digest, show_value(plain(value)), tuple(sorted(refers)))

    def _by_name(self, value: Any) -> Value:
        """Return the argument for a function, a class or a step: its name; what it refers to is its code."""
        found = self._named.get(id(value))
        if found is None:
            refers, versions = set[str](), set[str]()
            _find(value, refers, versions)
            digest = xxh3_128_hexdigest("\x1e".join([parameter_digest(plain(value)), *versions]).encode())
            shown = value.__name__ if isinstance(value, Step) else show_value(value)
            found = self._named[id(value)] = value, Value(value, digest, shown, tuple(refers))
        return found[1]


def _find(value: Any, refers: set[str], versions: set[str], depth: int = 0) -> None:
    """Find what a value refers to, its class and functions inside it, and the versions that users gave to steps."""
    if value.__class__ in SCALARS or depth > _DEEPEST:
        return
    if isinstance(value, BY_NAME):
        _note(value, refers)
        if isinstance(value, Step) and "version" in value.options:
            versions.add(f"version {value.options['version']}")
        return
    if isinstance(value, dict):
        inside: list[Any] = [*value.keys(), *value.values()]
    elif isinstance(value, (list, tuple, set, frozenset)):
        inside = list(value)
    elif isinstance(value, Enum):
        inside = []
    else:
        inside = _parts(value)
    _note(value.__class__, refers)
    for item in inside:
        _find(item, refers, versions, depth + 1)


def _note(value: Any, refers: set[str]) -> None:
    module, name = str(getattr(value, "__module__", "")), str(getattr(value, "__qualname__", ""))
    if module not in ("builtins", ""):
        refers.add(f"{module}:{name.partition('.')[0]}")


def _parts(value: Any) -> list[Any]:
    """Return what an object is made of, where functions may hide: attributes, slots, what a partial holds ..."""
    inside = list(getattr(value, "__dict__", {}).values())
    for cls in type(value).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__"):
                inside.append(getattr(value, name, None))
    if isinstance(value, functools.partial):
        inside += [value.func, *value.args, *value.keywords.values()]
    elif isinstance(value, MethodType):
        inside += [value.__func__, value.__self__]
    elif isinstance(value, deque):
        inside += value
    elif type(value).__module__ == "numpy" and str(getattr(value, "dtype", "")) == "object":
        inside += value.ravel().tolist()
    return inside


def _holds(value: Any, is_file: bool) -> bool:
    """Say whether a value is an artifact or a file, or a container with one inside."""
    if isinstance(value, Artifact) or (is_file and isinstance(value, (str, PurePath))):
        return True
    if isinstance(value, dict):
        return any(_holds(item, is_file) for item in value.values())
    return isinstance(value, (list, tuple)) and any(_holds(item, is_file) for item in value)


def plain(value: Any) -> Any:
    """Replace steps by texts that name them, which any digest can take."""
    if isinstance(value, Step):
        value.identify()
        return f"step {value.__module__}:{value.__qualname__}"
    if type(value) is dict:
        return {plain(key): plain(item) for key, item in value.items()}
    if type(value) in (list, tuple, set, frozenset):
        return type(value)(plain(item) for item in value)
    return value


def _frozen(value: Any) -> Any:
    """Copy what the pipeline's body could still change after the call."""
    if isinstance(value, (Enum, PurePath, ModuleType, *BY_NAME)):
        return value
    from copy import deepcopy

    try:
        return deepcopy(value)
    except Exception:  # an object that cannot be copied is passed as it is
        return value


def located(error: FingerprintError, parameter: str, step: str, path: str, line: int, root: str) -> FingerprintError:
    """Say whose value has no fingerprint, and where it was given."""
    return FingerprintError(
        f"parameter '{parameter}' of step '{step}' ({place(path, line, root)}) has no fingerprint",
        why=error.why or error.what,
        fix=error.fix,
    )
