"""The names of a live ``__main__`` as the source of a module: what decides the outputs of steps defined in a notebook.

A notebook has no source file, and its cells say little: they may have been executed in any order and any number of
times. What counts is what its names stand for at this moment. So each name that a step may reach is written as one
statement of a module that is never executed: a function or class as its cell has it, what was imported as an import,
and a value as itself, or by its digest. That module is read as every other one of the project, so that all rules are
the same: what is blind to comments, what a reason says, what is followed into other modules.

The statements are sorted by name, and hold no file name, number of a cell, or address.
"""

from __future__ import annotations

import ast
import math
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from inspect import get_annotations
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from lineage.errors import FingerprintError
from lineage.fingerprint.cells import (
    class_definition,
    definition,
    has_function,
    is_cell,
    is_literal,
    names_in,
    targets,
    text_of,
)
from lineage.fingerprint.origins import MAIN, declared, innermost, is_mains, origin, underlying
from lineage.fingerprint.source import PACKAGE

__all__ = ["Live"]

_LONGEST = 2000  # of a value that is written as it is
_PLAIN = (bool, int, str, bytes, type(None), type(...))
_PROMPT = frozenset({"In", "Out", "exit", "quit", "open", "get_ipython"})  # IPython's own names
_COMPUTED = frozenset({"eval", "exec", "globals", "locals"})


class Live:
    """A namespace as the text of a module.

    Parameters
    ----------
    namespace : mapping
        The names of ``__main__``.
    names : iterable of str
        The names to begin with: the steps.

    Attributes
    ----------
    text : str
        The module.
    problems : dict of str to FingerprintError
        The names whose value cannot be told, with the error for a step that reaches one.
    """

    def __init__(self, namespace: Mapping[str, Any], names: Iterable[str]) -> None:
        self.problems: dict[str, FingerprintError] = {}
        self._namespace = namespace
        self._statements: dict[str, str] = {}
        self._hidden: dict[tuple[str, int], tuple[str, Any]] = {}
        self._open: set[int] = set()
        self._owner = ""
        self._wide = False
        self._guessed: set[str] = set()
        self._names = tuple(names)
        self._pending = [name for name in self._names if name in namespace]
        self._grow()
        self.text = "".join(self._statements[name] + "\n" for name in sorted(self._statements))

    def changed(self) -> set[str]:
        """Return the names that stand for something else by now: steps run in the process that they can change."""
        now = Live(self._namespace, self._names)._statements
        return {name for name in {*now, *self._statements} if now.get(name) != self._statements.get(name)}

    def _grow(self) -> None:
        while self._pending:
            name = self._pending.pop()
            if name not in self._statements:
                self._state(name, self._namespace[name])
            if not self._pending and self._wide:
                self._wide = False
                self._take_all()

    def _state(self, name: str, value: Any) -> None:
        """Write the statement that stands for a name, and go on to the names in it."""
        self._statements[name] = ""  # it may refer to itself
        owner, self._owner = self._owner, name
        try:
            text = self._statement(name, value)
        except FingerprintError as error:
            if name not in self._guessed:
                self.problems[name] = error
            text = f"{name} = object()"
        finally:
            self._owner = owner
        self._statements[name] = text
        self._follow(text)

    def _follow(self, text: str) -> None:
        """Go on to the names that a statement reads."""
        strong, weak = names_in(text)
        self._pending += [name for name in strong if name in self._namespace]
        # What only annotates a parameter counts if it is a class: it names the artifacts.
        self._pending += [name for name in weak if isinstance(self._namespace.get(name), (type, ModuleType))]
        self._wide = self._wide or not _COMPUTED.isdisjoint(strong - self._namespace.keys())

    def _take_all(self) -> None:
        """Take all that the user has defined, as far as it can be told: something looks names up while running."""
        found = {name for name in self._namespace if name[0] != "_" and name not in _PROMPT} - self._statements.keys()
        self._guessed |= found
        self._pending += sorted(name for name in found if type(self._namespace[name]).__name__ != "Pipeline")

    # Statements

    def _statement(self, name: str, value: Any) -> str:
        if isinstance(value, ModuleType):
            return f"import {value.__name__} as {name}" if value.__name__ != name else f"import {name}"
        found = origin(value)
        if found is not None:
            return f"from {found[0]} import {found[1]} as {name}"
        if isinstance(value, type):
            return self._class(name, value)
        own, function = declared(value)
        if own is not None or isinstance(innermost(function), FunctionType):
            return self._callable(name, function, own)
        return f"{name} = {self._expression(value)}"

    def _expression(self, value: Any) -> str:
        """Return an expression that stands for a value."""
        if _is_plain(value):
            text = repr(value)
            return text if len(text) <= _LONGEST else _opaque(text[:40], _digest_text(text))
        if id(value) in self._open:
            raise FingerprintError("a value contains itself", why="it has no end", fix="make it inside the step")
        self._open.add(id(value))
        try:
            return self._compound(value)
        finally:
            self._open.discard(id(value))

    def _compound(self, value: Any) -> str:
        kind = type(value)
        if kind in (list, tuple, set, frozenset) and _is_small(value):
            inside = [self._expression(each) for each in value]
            if kind in (set, frozenset):
                return f"{kind.__name__}([{', '.join(sorted(inside))}])"
            return f"[{', '.join(inside)}]" if kind is list else f"({''.join(each + ', ' for each in inside)})"
        if kind is dict and _is_small(value):
            return f"{{{', '.join(f'{self._expression(k)}: {self._expression(v)}' for k, v in value.items())}}}"
        if isinstance(value, (FunctionType, type, ModuleType, BuiltinFunctionType)) or declared(value)[0] is not None:
            return self._name_of(value)
        return self._value(value)

    def _value(self, value: Any) -> str:
        """Return what stands for an object: its digest, and the classes and functions that it is made of."""
        from lineage.fingerprint.canonical import digest_with_references
        from lineage.fingerprint.values import show_value

        kind = type(value)
        if kind.__module__ == MAIN and self._namespace.get(kind.__name__) not in (None, kind):
            raise FingerprintError(
                f"it is an object of class '{kind.__name__}' as it was before",
                why="the cell of the class was executed again, and an object keeps the class that it was made of",
                fix="execute the cell that makes the object again",
            )
        digest, refers = digest_with_references(value)
        names = [self._referred(each) for each in sorted(refers)]
        return _opaque(show_value(value), digest, *names)

    def _referred(self, reference: str) -> str:
        module, colon, qualname = reference.partition(":")
        first = qualname.partition(".")[0]
        if module == MAIN:
            return first
        alias = "_".join([*module.split("."), first]) if colon else f"{module}_"
        while alias in self._namespace:
            alias += "_"
        self._statements[alias] = f"from {module} import {first} as {alias}" if colon else f"import {module} as {alias}"
        return alias

    def _name_of(self, value: Any) -> str:
        """Return a name for something inside of a value: that of the namespace, or one of its own."""
        own = str(getattr(value, "__name__", ""))
        if self._namespace.get(own) is value:
            return own
        found = origin(value)
        if found is not None:
            return self._referred(":".join(found))
        key = (self._owner, id(value))
        if key not in self._hidden:
            # By the name that holds it and its place there, so that it does not matter what is looked at first.
            name = f"{self._owner}_{sum(owner == self._owner for owner, _ in self._hidden)}"
            while name in self._namespace:
                name += "_"
            self._hidden[key] = (name, value)
            self._state(name, value)
            if name in self.problems:
                raise self.problems[name]
        return self._hidden[key][0]

    # Functions

    def _callable(self, name: str, function: Any, own: ast.expr | None) -> str:
        """Write a function: as its cell has it, or as what has decorated it makes of it."""
        if isinstance(function, FunctionType) and is_mains(function):
            self._check_names(function)
            return self._function(name, function, own, []) + self._attributes(name, function)
        inner = innermost(function)
        if not isinstance(inner, FunctionType) or not is_mains(inner):
            made = self._made_elsewhere(function) if isinstance(function, FunctionType) else self._value(function)
            return f"{name} = {made}"
        node = definition(inner)
        kept = [one for one in getattr(node, "decorator_list", []) if not self._is_ours(one)]
        if not kept:  # given to something that keeps it, which need not have been a decorator
            return f"{name} = {self._value(function)}"
        kind = type(function)
        mark = "" if isinstance(function, FunctionType) else f"\n{name}.made = {self._name_of(kind)}"
        return self._function(name, inner, own, kept) + mark

    def _function(self, name: str, function: FunctionType, own: ast.expr | None, kept: list[ast.expr]) -> str:
        node = _with_defaults(definition(function), function, self)
        if isinstance(node, ast.Lambda):
            inside, ending = f"return {ast.unparse(node)}", ""
            if not function.__closure__ and own is None:
                return f"{name} = {ast.unparse(node)}"
        elif not function.__closure__:
            return self._definition(name, node, function.__code__.co_filename, own, kept)
        else:
            inside = self._definition(node.name, node, function.__code__.co_filename, None, kept)
            ending = f"\nreturn {node.name}"
        head = "" if own is None else f"@{ast.unparse(own)}\n"
        cells = "".join(f"{each} = {text}\n" for each, text in self._closure(function))
        return f"{head}def {name}():\n{textwrap.indent(cells + inside + ending, '    ')}"

    def _definition(self, name: str, node: Any, filename: str, own: ast.expr | None, kept: list[ast.expr]) -> str:
        decorators = kept if own is None else [own, *kept]
        if own is not None and PACKAGE not in self._namespace:
            self._statements[PACKAGE] = f"import {PACKAGE}"
        if node.name == name and len(decorators) == len(node.decorator_list) and not hasattr(node, "changed"):
            return text_of(node, filename)
        copied = ast.parse(ast.unparse(node)).body[0]
        assert isinstance(copied, (ast.FunctionDef, ast.AsyncFunctionDef))
        copied.name = name
        copied.decorator_list = decorators
        return ast.unparse(copied)

    def _is_ours(self, decorator: ast.expr) -> bool:
        """Whether a decorator is one of this library's."""
        dotted = ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator).split(".")
        found = self._namespace.get(dotted[0])
        for part in dotted[1:]:
            found = getattr(found, part, None)
        return str(getattr(found, "__module__", "")).partition(".")[0] == PACKAGE

    def _closure(self, function: FunctionType) -> Iterator[tuple[str, str]]:
        """Yield what a function has from the function around it."""
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            try:
                content = cell.cell_contents
            except ValueError:
                continue  # it has not been given a value yet
            if content is not function:
                yield name, self._expression(content)

    def _made_elsewhere(self, function: FunctionType) -> str:
        """Return what stands for a function that a library, or a module of the project, has made at run time."""
        module, qualname = function.__module__, function.__qualname__.partition(".")[0]
        made_by = self._referred(f"{module}:{qualname}" if module != MAIN else PACKAGE)
        inside = [text for _, text in self._closure(function)]
        defaults = [self._expression(each) for each in (function.__defaults__ or ())]
        return f"object({', '.join([made_by, *inside, *defaults])})"

    def _attributes(self, name: str, value: Any) -> str:
        """Return the statements that give a function its attributes."""
        if not isinstance(value, FunctionType):
            return ""
        given = {key: each for key, each in vars(value).items() if key != "__wrapped__"}
        return "".join(f"\n{name}.{key} = {self._expression(given[key])}" for key in sorted(given))

    # Classes

    def _class(self, name: str, kind: type) -> str:
        if kind.__module__ != MAIN:
            return f"{name} = object({self._referred(f'{kind.__module__}:{kind.__qualname__}')})"
        node = class_definition(kind)
        text = self._fields(name, kind) if node is None else self._class_text(name, node, kind)
        return text + self._patches(name, kind, node)

    def _class_text(self, name: str, node: ast.ClassDef, kind: type) -> str:
        functions = [value for value in vars(kind).values() if isinstance(value, FunctionType)]
        path = next((each.__code__.co_filename for each in functions if is_cell(each.__code__.co_filename)), "")
        if node.name == name and path:
            return text_of(node, path)
        copied = ast.parse(ast.unparse(node)).body[0]
        assert isinstance(copied, ast.ClassDef)
        copied.name = name
        return ast.unparse(copied)

    def _fields(self, name: str, kind: type) -> str:
        """Write a class that has no method of its own: what it is made of is all that it is."""
        bases = [
            self._name_of(base) if isinstance(base, (type, FunctionType)) else self._expression(base)
            for base in kind.__dict__.get("__orig_bases__", kind.__bases__)
            if base is not object
        ]
        lines = [f"{field}: {_annotation(hint)}" for field, hint in get_annotations(kind).items()]
        if hasattr(kind, "_fields") and not lines:
            lines = [f"{field}: object" for field in kind._fields]
        lines += [f"{key} = {text}" for key, text in self._data(kind)]
        marks = [mark for mark in ("__dataclass_params__", "_field_defaults") if mark in vars(kind)]
        lines += [f"{mark} = {getattr(kind, mark)!r}" for mark in marks]
        body = "\n".join(f"    {line}" for line in lines or ["pass"])
        return f"class {name}{'(' + ', '.join(bases) + ')' if bases else ''}:\n{body}"

    def _data(self, kind: type) -> Iterator[tuple[str, str]]:
        members = getattr(kind, "__members__", None)
        for key, value in (vars(kind) if members is None else members).items():
            if key.startswith("_") and members is None:
                continue
            if members is not None:
                yield key, self._expression(value.value)
            elif not isinstance(value, FunctionType) and not hasattr(type(value), "__get__"):
                yield key, self._expression(value)

    def _patches(self, name: str, kind: type, node: ast.ClassDef | None) -> str:
        """Return the statements that make of a class what it is now, where its text does not say it.

        What was worked out when it was defined (``rate = RATE``, a default, a base class) may be something else by now,
        and so may be what was set later (``Model.rate = 3``).
        """
        said = (
            {target.id: getattr(each, "value", None) for each in node.body for target in targets(each)} if node else {}
        )
        found = dict(self._bases(kind))
        for key, value in vars(kind).items() if not hasattr(kind, "__members__") else ():
            plain = underlying(value)
            if isinstance(plain, FunctionType):
                found |= self._method(key, plain, node)
            elif node is not None and not key.startswith(("__", "_abc_")) and not hasattr(type(value), "__get__"):
                found |= self._attribute(key, value, said)
        return "".join(f"\n{name}.{key} = {found[key]}" for key in sorted(found))

    def _bases(self, kind: type) -> Iterator[tuple[str, str]]:
        for number, base in enumerate(kind.__bases__):
            if base.__module__ == MAIN and self._namespace.get(base.__name__) is not base:
                yield f"base_{number}", self._name_of(base)  # its cell was executed again, this class's was not

    def _method(self, key: str, function: FunctionType, node: ast.ClassDef | None) -> dict[str, str]:
        if not is_cell(function.__code__.co_filename):
            return {}  # made by a decorator, which the text names
        if node is None or not has_function(node, function.__code__):
            return {key: self._name_of(function)}
        self._check_names(function)
        given = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
        return {f"{key}.defaults": self._expression(given)} if given else {}

    def _attribute(self, key: str, value: Any, said: Mapping[str, ast.expr | None]) -> dict[str, str]:
        if key in said and is_literal(said[key], value):
            return {}
        try:
            return {key: self._expression(value)}
        except FingerprintError:
            if key in said:
                return {}  # a lock, a cache: the text says how it is made
            raise

    def _check_names(self, function: FunctionType) -> None:
        """Refuse a function that sees other names than those of the notebook."""
        if function.__globals__ is not self._namespace and function.__module__ == MAIN:
            raise FingerprintError(
                f"'{function.__qualname__}' does not see the names of the notebook",
                why="%run executes a script with names of its own, which nobody else can see",
                fix="use %run -i, or import the script as a module",
            )


# Texts


def _opaque(*parts: str) -> str:
    shown, digest, *names = parts
    return f"object({', '.join([repr(shown), repr(digest), *names])})"


def _digest_text(text: str) -> str:
    from xxhash import xxh3_128_hexdigest

    return xxh3_128_hexdigest(text.encode("utf-8", "surrogatepass"))


def _is_plain(value: Any) -> bool:
    return type(value) in _PLAIN or (type(value) is float and math.isfinite(value))


def _is_small(value: Any) -> bool:
    return len(value) <= _LONGEST // 10


def _annotation(hint: Any) -> str:
    text = hint if isinstance(hint, str) else getattr(hint, "__qualname__", None) or repr(hint)
    return text if text.isidentifier() else repr(text)


def _with_defaults(node: Any, function: FunctionType, live: Live) -> Any:
    """Put values in place of defaults that are no literals: they were worked out when the ``def`` was executed."""
    positional = list(function.__defaults__ or ())
    named = function.__kwdefaults__ or {}
    new: dict[int, str] = {}
    for expression, value in zip(node.args.defaults, positional, strict=False):
        if not is_literal(expression, value) and not _is_path(value):
            new[id(expression)] = live._expression(value)
    for argument, expression in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
        if expression is not None and argument.arg in named and not is_literal(expression, named[argument.arg]):
            new[id(expression)] = live._expression(named[argument.arg])
    if not new:
        return node
    args = node.args
    kept = (args.defaults, args.kw_defaults)
    args.defaults = [_parsed(new.get(id(each)), each) for each in args.defaults]
    args.kw_defaults = [each and _parsed(new.get(id(each)), each) for each in args.kw_defaults]
    try:
        text = ast.unparse(node)
    finally:
        args.defaults, args.kw_defaults = kept
    if isinstance(node, ast.Lambda):
        return ast.parse(text, mode="eval").body
    made: Any = ast.parse(text).body[0]
    made.changed = True
    return made


def _is_path(value: Any) -> bool:
    from pathlib import PurePath

    return isinstance(value, PurePath)


def _parsed(text: str | None, otherwise: ast.expr) -> ast.expr:
    return otherwise if text is None else ast.parse(text, mode="eval").body
