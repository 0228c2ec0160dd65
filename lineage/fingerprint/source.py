"""What one source file says, read without executing it.

A `SourceIndex` is a pure function of the file's bytes and the Python minor version, so it is stored under the hash of
those bytes: coming back to an earlier state of a file finds the earlier index. It holds two things that are read from
the same tree: the declarations (functions, classes, calls), from which steps and pipelines are built, and the top-level
statements with what each binds and refers to, from which `lineage.fingerprint.code` takes the dependency closure.

Nothing here imports `ast`: an index that is on disk already is only unpacked.
"""

from __future__ import annotations

import marshal
import sys
from typing import Any

from lineage.model.plan import MISSING, Parameter, Unevaluated

__all__ = [
    "FORMAT",
    "NAMEDTUPLES",
    "Assignment",
    "CallSite",
    "ClassInfo",
    "Decorator",
    "FunctionInfo",
    "Name",
    "SourceIndex",
]

FORMAT = (19, sys.version_info[0], sys.version_info[1])
"""Version of the layout below and of the reading rules; an index of another version is read again from source."""

#: What a class derives from, or is made by, that is a tuple with names.
NAMEDTUPLES = frozenset({"typing.NamedTuple", "typing_extensions.NamedTuple"})
PACKAGE = "lineage"
_OURS = frozenset({"File", "pipeline", "shell_step", "step"})
#: What decides the outputs of a step, of what `from typing import *` binds.
_TYPING = frozenset({"Annotated", "NamedTuple", "Tuple", "overload"})

Position = tuple[int, int, int, int]


def ours(origin: str) -> str | None:
    """Return ``step``, ``pipeline``, ``shell_step`` or ``File`` where a dotted origin is that name of this library."""
    head, _, name = origin.rpartition(".")
    return name if name in _OURS and (head == PACKAGE or head.startswith(PACKAGE + ".")) else None


def unpack_value(packed: tuple[str, Any] | None) -> Any:
    """Turn a packed expression back: its literal value, an `Unevaluated` text, a tuple with a `Name`, or `MISSING`."""
    if packed is None:
        return MISSING
    if packed[0] == "@":
        return tuple(value if kind == "=" else Name(value) for kind, value in packed[1])
    return packed[1] if packed[0] == "=" else Unevaluated(packed[1])


class Name:
    """What ``depends_on`` names, as it is written: ``helpers.clean``."""

    __slots__ = ("dotted",)

    def __init__(self, dotted: str) -> None:
        self.dotted = dotted

    def __repr__(self) -> str:
        return self.dotted


class Decorator:
    """One decorator of a function.

    Attributes
    ----------
    text : str
        As written, dotted, without its arguments: ``step`` or ``lineage.step``.
    origin : str
        The same with the file's imports applied: ``lineage.step``.
    is_call : bool
        Whether it has an argument list.
    arguments : tuple
        Positional arguments: literal values, or `Unevaluated` texts.
    keywords : dict
        Keyword arguments likewise.
    line : int
        Where it is written.
    """

    __slots__ = ("arguments", "is_call", "keywords", "line", "origin", "text")

    def __init__(self, packed: tuple[Any, ...]) -> None:
        self.text, self.origin, self.is_call, arguments, keywords, self.line = packed
        self.arguments = tuple(unpack_value(value) for value in arguments)
        self.keywords = {name: unpack_value(value) for name, value in keywords}

    @property
    def ours(self) -> str | None:
        """``step`` or ``pipeline`` where the decorator is this library's, else ``None``."""
        return ours(self.origin)

    def __repr__(self) -> str:
        return f"Decorator({self.text!r})"


class FunctionInfo:
    """A ``def`` at the top level of a file.

    Attributes
    ----------
    name : str
        Its name.
    line, end_line : int
        Of the ``def`` (not of its decorators), and of its last line.
    first_line : int
        Of its first decorator, or of the ``def``.
    is_async : bool
        Whether it is an ``async def``.
    docstring : str or None
        As written.
    doc : str
        Its first line that is not blank.
    decorators : tuple of Decorator
        Outermost first.
    parameters : tuple of Parameter
        In the order of the signature.
    returns : str or None
        Text of the return annotation.
    outputs : tuple
        ``("names", ("X", "y"))`` for ``tuple[Annotated[T, "X"], Annotated[U, "y"]]``; ``("annotated", "X")`` for
        ``Annotated[T, "X"]``, one value; ``("name", "Digits")`` for a dotted name, perhaps a NamedTuple class;
        ``("none",)`` for ``None``; ``("other", text)`` for the rest, its text empty where there is no annotation.
    output_types : tuple of str
        For ``names`` and ``annotated``: the text of each ``T``.
    """

    __slots__ = (
        "decorators",
        "docstring",
        "end_line",
        "first_line",
        "is_async",
        "line",
        "name",
        "output_types",
        "outputs",
        "parameters",
        "returns",
    )

    def __init__(self, packed: tuple[Any, ...]) -> None:
        (
            self.name,
            self.first_line,
            self.line,
            self.end_line,
            self.is_async,
            self.docstring,
            decorators,
            parameters,
            self.returns,
            self.outputs,
            self.output_types,
        ) = packed
        self.decorators = tuple(Decorator(one) for one in decorators)
        self.parameters = tuple(
            Parameter(name, kind, annotation, unpack_value(default), is_file)
            for name, kind, annotation, default, is_file in parameters
        )

    @property
    def doc(self) -> str:
        """The first line of the docstring that is not blank, or an empty text."""
        return next((line.strip() for line in (self.docstring or "").splitlines() if line.strip()), "")

    def decorated(self, name: str) -> Decorator | None:
        """Return this library's decorator called `name` (``step`` or ``pipeline``), or ``None``."""
        return next((decorator for decorator in self.decorators if decorator.ours == name), None)

    def __repr__(self) -> str:
        return f"FunctionInfo({self.name!r})"


class ClassInfo:
    """A class at the top level of a file, or ``X = namedtuple(...)``.

    Attributes
    ----------
    name : str
        Its name.
    line : int
        Of the ``class``.
    bases : tuple of str
        With the file's imports applied; a text that is no dotted name is left out.
    fields : tuple of (str, str or None)
        The annotated names of its body in order, with the text of the annotation.
    is_namedtuple : bool
        Whether it is a NamedTuple, so that `fields` are the elements of the tuple.
    """

    __slots__ = ("bases", "fields", "is_namedtuple", "line", "name")

    def __init__(self, packed: tuple[Any, ...]) -> None:
        self.name, self.line, self.bases, self.fields, self.is_namedtuple = packed

    def __repr__(self) -> str:
        return f"ClassInfo({self.name!r})"


class Assignment:
    """``name = call(...)`` at the top level of a file.

    Attributes
    ----------
    name : str
        What is assigned.
    line, end_line : int
        Of the statement.
    text : str
        What is called, as written, dotted.
    origin : str
        The same with the file's imports applied: ``lineage.shell_step``.
    arguments : tuple
        Positional arguments: literal values, or `Unevaluated` texts.
    keywords : dict
        Keyword arguments likewise.
    """

    __slots__ = ("arguments", "end_line", "keywords", "line", "name", "origin", "text")

    def __init__(self, packed: tuple[Any, ...]) -> None:
        self.name, self.line, self.end_line, self.text, self.origin, arguments, keywords = packed
        self.arguments = tuple(unpack_value(value) for value in arguments)
        self.keywords = {name: unpack_value(value) for name, value in keywords}

    @property
    def ours(self) -> str | None:
        """``shell_step`` where this library's function is called, else ``None``."""
        return ours(self.origin)

    def __repr__(self) -> str:
        return f"Assignment({self.name!r})"


class CallSite:
    """A call inside a function: where its value goes and what of it changes from one time round a loop to the next.

    Attributes
    ----------
    targets : tuple of str or None
        The local names that the value is bound to: one for ``model = fit()`` (also through ``:=`` and both sides of a
        conditional expression), several for ``X, y = split()``, none where it is bound to no name, ``None`` where the
        unpacking is nested or starred.
    unpack : bool
        Whether the target is a tuple or list, also of one element.
    loops : tuple of int
        The numbers, in its top-level function, of the loops and comprehensions that the call is inside of.
    arguments : tuple of tuple
        What is to be said of an argument, where there is anything: its key (the position or the keyword; ``*`` and
        ``**`` for starred arguments, positions after a ``*`` counted as written); whether it depends on a name that a
        loop around the call binds anew; whether a loop carries it, which means that it comes from an earlier round,
        from where the call's own value goes (then only what starts the chain of such values again counts as binding it
        anew); whether it is on that chain at all, of this round or of an earlier one; the variables of the loops around
        the call, each with the number of its loop in the function, and the parameters of the functions around it, that
        it is made of.
    function : str
        Name of the top-level function around it.
    chain : str or None
        The variable by which a loop carries the call's value into the next round.
    callee : str
        The last name of what is called: ``fit`` for ``fit(x)`` and ``steps.fit(x)``, '' for an expression.
    chosen : tuple or None
        The same as of an argument, with the key '', of the expression that says what is called.
    later : tuple of (tuple of str, int)
        The names that the variable with the value is unpacked into later, each time with the line.
    """

    __slots__ = ("arguments", "callee", "chain", "chosen", "function", "later", "loops", "targets", "unpack")

    def __init__(self, packed: tuple[Any, ...]) -> None:
        self.targets, self.unpack, self.loops, self.arguments = packed[:4]
        self.function, self.chain, self.callee, self.chosen, self.later = packed[4:]

    @property
    def loop(self) -> bool:
        """Whether the call is inside a loop."""
        return bool(self.loops)

    @property
    def varying(self) -> tuple[int | str, ...]:
        """Keys of the arguments that a loop changes."""
        return tuple(key for key, changes, _, _, _, _ in self.arguments if changes)

    @property
    def carried(self) -> tuple[int | str, ...]:
        """Keys of the arguments that a loop carries from one round to the next."""
        return tuple(key for key, _, carried, _, _, _ in self.arguments if carried)

    def __repr__(self) -> str:
        return f"CallSite(targets={self.targets!r}, loop={self.loop!r}, varying={self.varying!r})"


class SourceIndex:
    """What one source file says.

    Parts are unpacked when they are first asked for; a file that only takes part in a closure never builds its
    functions.

    Attributes
    ----------
    path : str
        Absolute path of the file.
    content : str
        Digest of its bytes.
    error : str or None
        What makes the file unreadable (a syntax error with its line, an encoding, a missing file); all else is empty
        then.
    docstring : str or None
        Of the module.
    binds : dict of str to int
        Every name that some top-level statement binds, with the number of statements that do. Star imports are not in
        it.
    exported : tuple of str or None
        ``__all__`` where it is a literal.
    imports : dict of str to str
        Local name to what it stands for: ``{"np": "numpy", "step": "lineage.step", "y": "..x.y"}``, the leading dots
        being those of a relative import.
    star_imports : tuple of str
        The modules of ``from m import *``, written likewise.
    functions : dict of str to FunctionInfo
        The ``def`` statements at the top level, the last one where a name has several.
    classes : dict of str to ClassInfo
        Classes at the top level and ``X = namedtuple(...)``.
    assignments : dict of str to Assignment
        Top-level ``x = call(...)``.
    call_sites : dict of (int, int, int, int) to CallSite
        All calls inside functions, by the position that ``code.co_positions()`` gives the CALL instruction (line, end
        line from 1; columns in UTF-8 bytes): ``(line, column, end line, end column)``. Only for files with a function
        that `pipeline` decorates.
    """

    __slots__ = ("_cache", "_calls", "_declared", "_units", "content", "error", "path")

    def __init__(self, path: str, packed: tuple[Any, ...]) -> None:
        self.path = path
        _, self.content, self.error, self._declared, self._calls, self._units = packed
        self._cache: dict[str, Any] = {}

    @property
    def docstring(self) -> str | None:
        """The module's docstring."""
        text: str | None = self._declared[0]
        return text

    @property
    def binds(self) -> dict[str, int]:
        """Every top-level name, with the number of statements that bind it."""
        names: dict[str, int] = self._declared[1]
        return names

    @property
    def exported(self) -> tuple[str, ...] | None:
        """``__all__`` where it is a literal."""
        names: tuple[str, ...] | None = self._declared[2]
        return names

    @property
    def imports(self) -> dict[str, str]:
        """What each imported local name stands for."""
        names: dict[str, str] = self._declared[3]
        return names

    @property
    def star_imports(self) -> tuple[str, ...]:
        """The modules of ``from m import *``."""
        modules: tuple[str, ...] = self._declared[4]
        return modules

    @property
    def functions(self) -> dict[str, FunctionInfo]:
        """The functions at the top level by name."""
        found: dict[str, FunctionInfo] = self._part("functions", 5, FunctionInfo)
        return found

    @property
    def classes(self) -> dict[str, ClassInfo]:
        """The classes at the top level by name."""
        found: dict[str, ClassInfo] = self._part("classes", 6, ClassInfo)
        return found

    @property
    def assignments(self) -> dict[str, Assignment]:
        """Top-level ``x = call(...)`` by name."""
        found: dict[str, Assignment] = self._part("assignments", 7, Assignment)
        return found

    @property
    def call_sites(self) -> dict[Position, CallSite]:
        """All calls inside functions, by position; empty for files without a pipeline."""
        found: dict[Position, CallSite] | None = self._cache.get("call_sites")
        if found is None:
            found = {position: CallSite(packed) for position, packed in marshal.loads(self._calls)}
            self._cache["call_sites"] = found
        return found

    @property
    def units(self) -> Any:
        """The top-level statements as `lineage.fingerprint.units` packs them, for the closure."""
        found = self._cache.get("units")
        if found is None:
            found = self._cache["units"] = marshal.loads(self._units)
        return found

    def origin(self, dotted: str) -> str:
        """Apply the file's imports to a dotted name: ``L.step`` is ``lineage.step`` after ``import lineage as L``."""
        return apply_imports(dotted, self.imports, self.star_imports, self.binds)

    def _part(self, name: str, place: int, kind: Any) -> Any:
        found = self._cache.get(name)
        if found is None:
            found = self._cache[name] = {packed[0]: kind(packed) for packed in self._declared[place]}
        return found

    def __repr__(self) -> str:
        return f"SourceIndex({self.path!r})"


def apply_imports(dotted: str, imports: dict[str, str], stars: tuple[str, ...] | list[str], bound: Any) -> str:
    """Replace the first part of a dotted name by what the file imports under it."""
    head, dot, rest = dotted.partition(".")
    if head in imports:
        return imports[head] + dot + rest
    if head not in bound and head in _OURS and PACKAGE in stars:
        return f"{PACKAGE}.{dotted}"
    if head not in bound and head in _TYPING:
        return next((f"{star}.{dotted}" for star in stars if star in ("typing", "typing_extensions")), dotted)
    return dotted


def packed_error(content: str, error: str, units: tuple[Any, ...] | None = None) -> tuple[Any, ...]:
    """Return the packed index of a file that cannot be read as Python: it declares nothing."""
    declared: tuple[Any, ...] = (None, {}, None, {}, (), (), (), ())
    return (FORMAT, content, error, declared, marshal.dumps(()), marshal.dumps(units))


def empty_index(path: str, error: str) -> SourceIndex:
    """Return the index of a file that cannot be read at all."""
    return SourceIndex(path, packed_error("", error))
