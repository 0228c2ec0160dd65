"""``name=value`` on the command line: what the text means for a pipeline's parameter."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from lineage.declare.hints import split_outside, subscript
from lineage.declare.members import Member, kind_of_members, read_members
from lineage.declare.step import Step
from lineage.errors import UsageError, did_you_mean
from lineage.model.plan import MISSING

if TYPE_CHECKING:
    from lineage.declare.pipeline import Pipeline

__all__ = ["parse_value", "parse_word"]

_WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "dict": dict,
    "set": set,
    "Sequence": list,
    "Mapping": dict,
    "Iterable": list,
}
_PLAIN: dict[str, type] = {
    "int": int,
    "float": float,
    "bool": bool,
    "str": str,
    "complex": complex,
    "Path": Path,
    "PurePath": Path,
}
_UNKNOWN = object()


def parse_word(
    text: str, word: str, pipeline: Pipeline[Any, Any], parameter: str, namespace: Mapping[str, Any]
) -> object:
    """Read the value of a ``name=value`` word for a parameter of a pipeline.

    Parameters
    ----------
    text : str
        What stands behind the ``=``.
    word : str
        The name as it was written, for the message.
    pipeline : Pipeline
        The pipeline.
    parameter : str
        Its parameter.
    namespace : mapping
        Where steps are looked up first: the names of dodo.py.

    Raises
    ------
    UsageError
        If the text is no such value.
    """
    default = pipeline.parameters[parameter]
    spaces = _spaces(namespace, default, pipeline)
    try:
        return parse_value(text, pipeline.annotations.get(parameter), default, lookup(spaces), _kinds(spaces))
    except UsageError as error:
        error.what = f"{word}={text}: {error.what}"
        raise


def _spaces(namespace: Mapping[str, Any], default: object, pipeline: Pipeline[Any, Any]) -> Sequence[Mapping[str, Any]]:
    """Return where names are looked up: `namespace`, the module of the default (a step, or several), the pipeline's.

    A module that has only been read stays so.
    """
    import sys

    from lineage.declare.names import plain_namespace

    several = default if isinstance(default, (list, tuple)) else (default,)
    owners = [*(owner for owner in several if isinstance(owner, Step)), pipeline]
    modules = [sys.modules.get(str(getattr(owner, "__module__", ""))) for owner in owners]
    return [namespace, *(plain_namespace(module) for module in dict.fromkeys(modules) if module is not None)]


def _kinds(spaces: Sequence[Mapping[str, Any]]) -> Callable[[str], Any]:
    """Return a function from the name of a class in an annotation to the class, or ``None``; nothing is imported."""
    import sys

    def find(dotted: str) -> Any:
        module, _, name = dotted.rpartition(".")  # Python writes a class out with its module
        own = vars(sys.modules[module]).get(name) if module in sys.modules else None
        return own or next((found for space in spaces if (found := _attribute(space, dotted)) is not None), None)

    return find


def lookup(spaces: Sequence[Mapping[str, Any]]) -> Callable[[str | None], Any]:
    """Return a function from a name to the step of that name, and from ``None`` to the names that there are."""

    def find(name: str | None) -> Any:
        if name is None:
            return sorted({name for space in spaces for name, value in space.items() if isinstance(value, Step)})
        for space in spaces:
            value = _attribute(space, name)
            if isinstance(value, Step):
                return value
        return _imported(name)

    return find


def _attribute(space: Mapping[str, Any], dotted: str) -> Any:
    head, *rest = dotted.split(".")
    value = space.get(head)
    for name in rest:
        value = None if value is None else getattr(value, name, None)
    return value


def _imported(dotted: str) -> Any:
    """Return the step ``tasks.digits.svc_trainer``, whose module may not be known to dodo.py."""
    module, _, name = dotted.rpartition(".")
    if not module or not all(part.isidentifier() for part in dotted.split(".")):
        return None
    import importlib
    import importlib.util

    try:
        if importlib.util.find_spec(module) is None:
            return None
    except ModuleNotFoundError:
        return None
    found = getattr(importlib.import_module(module), name, None)
    return found if isinstance(found, Step) else None


class _Known(NamedTuple):
    """What a text may name, and the default that says what it may be where the annotation does not."""

    default: object
    step: Callable[[str | None], Any]
    kind: Callable[[str], Any]


def parse_value(
    text: str,
    annotation: str | None,
    default: object,
    lookup_step: Callable[[str | None], Any],
    lookup_kind: Callable[[str], Any] = lambda name: None,
) -> object:
    """Read a value by the parameter's annotation, else by the type of its default.

    Parameters
    ----------
    text : str
        What the user wrote.
    annotation : str or None
        Text of the annotation.
    default : object
        The default; a `Step` makes the parameter a slot.
    lookup_step : callable
        From a name to the step of that name or ``None``; from ``None`` to all names.
    lookup_kind : callable
        From the name of a class in an annotation to the class, or ``None``.

    Returns
    -------
    object
        The value.

    Raises
    ------
    UsageError
        If the text is no such value.
    """
    if isinstance(default, Step):
        return _step(text, lookup_step)
    known = _Known(default, lookup_step, lookup_kind)
    if annotation is not None:
        value = _by_annotation(text, annotation, known)
        if value is not _UNKNOWN:
            return value
    if default is MISSING or default is None:
        return _guess(text)
    return _by_type(text, type(default), _member_reader("", known))


def _step(text: str, lookup_step: Callable[[str | None], Any]) -> Step[Any, Any]:
    found = lookup_step(text)
    if isinstance(found, Step):
        return found
    known = list(lookup_step(None))
    raise UsageError(
        f"there is no step '{text}'{did_you_mean(text, known)}",
        why="the parameter is a slot: it takes the name of a step that dodo.py or the default's module has",
        fix=f"use one of: {', '.join(known) or 'none'}; or module.step",
    )


def _by_annotation(text: str, annotation: str, known: _Known) -> object:
    """Return the value, or `_UNKNOWN` for an annotation that says nothing about the text."""
    hint = annotation.strip().strip("'\"")
    options = split_outside(hint, "|")
    if len(options) > 1:
        return _first_of(text, options, known)
    dotted, inside = subscript(hint)
    name = dotted.rpartition(".")[2]
    if name == "Optional":
        return _first_of(text, [inside, "None"], known)
    if name == "Union":
        return _first_of(text, split_outside(inside, ","), known)
    if name in ("Annotated", "Final"):
        return _by_annotation(text, split_outside(inside, ",")[0], known)
    if name == "Literal":
        return _one_of(text, inside)
    if name in ("Step", "Callable", "ShellStep"):
        return _step(text, known.step)
    if name == "None":
        return _by_type(text, type(None))
    if name in _CONTAINERS:
        return _by_type(text, _CONTAINERS[name], _member_reader(inside, known))
    kind = _PLAIN.get(name) or _enumeration(known.kind(dotted))
    return _UNKNOWN if kind is None else _by_type(text, kind)


def _enumeration(found: object) -> Any:
    return found if isinstance(found, type) and hasattr(found, "__members__") else None


def _member_reader(inside: str, known: _Known) -> Member:
    """Return what reads one member of a collection: by the annotation's brackets, else as the default's members are."""
    hints = [hint for hint in split_outside(inside, ",") if hint.strip() != "..."] if inside else []
    kind = kind_of_members(known.default, (float, str, bool, PurePath, Enum, Step))

    def read(place: int, value: object, bare: bool) -> object:
        text = value if isinstance(value, str) else repr(value)
        found = _by_annotation(text, hints[min(place, len(hints) - 1)], known) if hints else _UNKNOWN
        if found is not _UNKNOWN:
            return found
        if kind is not None and not (isinstance(known.default, dict) and place == 0):
            return _step(text, known.step) if issubclass(kind, Step) else _by_type(text, kind)
        return _guess(text) if bare else value

    return read


def _first_of(text: str, options: list[str], known: _Known) -> object:
    """Read the text as the first of several types that it fits; str last, for every text fits that."""
    ordered = sorted(options, key=lambda option: (option.strip() == "str", option.strip() != "None"))
    failed: UsageError | None = None
    for option in ordered:
        try:
            value = _by_annotation(text, option, known)
        except UsageError as error:
            failed = failed if failed is not None and option.strip() == "None" else error
        else:
            if value is not _UNKNOWN:
                return value
    if failed is None:
        return _UNKNOWN
    what = f"'{text}' is none of: {', '.join(option.strip() for option in options)}"
    raise UsageError(what, why=None if failed.fix else failed.what, fix=failed.fix)


def _one_of(text: str, inside: str) -> object:
    values = list(ast.literal_eval(f"({inside},)"))
    for value in values:
        if text in (str(value), repr(value)):
            return value
    shown = [str(value) for value in values]
    raise UsageError(f"'{text}' is none of: {', '.join(shown)}{did_you_mean(text, shown)}")


def _by_type(text: str, kind: type, member: Member | None = None) -> object:
    try:
        if kind is bool:
            return _WORDS[text.lower()]
        if kind in (int, float, complex):
            return kind(text.replace("_", ""))
        if kind is str:
            return text
        if issubclass(kind, PurePath):
            return kind(text)
        if kind is type(None):
            return {"none": None, "null": None, "": None}[text.lower()]
        if issubclass(kind, (list, tuple, set, frozenset, dict)):
            return read_members(text, kind, member or (lambda _, value, bare: _guess(str(value)) if bare else value))
    except (KeyError, ValueError):
        raise UsageError(
            f"'{text}' is no {_named(kind)}", fix=f"write it like {_EXAMPLES.get(kind, repr(text))}"
        ) from None
    if hasattr(kind, "__members__"):
        return _member(text, kind)
    value = _guess(text)
    if isinstance(value, kind):
        return value
    raise UsageError(
        f"a {kind.__name__} cannot be written on the command line",
        why=f"the parameter's default is a {kind.__module__}.{kind.__qualname__}",
        fix="change it in dodo.py, or give the parameter a type like int, float, str, Path, list or an Enum",
    )


_EXAMPLES: dict[type, str] = {
    bool: "true or false",
    int: "3",
    float: "0.3",
    list: "'[1, 2]' or 1,2",
    tuple: "'(1, 2)' or 1,2",
    dict: "\"{'a': 1}\"",
    type(None): "none",
}


def _named(kind: type) -> str:
    return {int: "whole number", float: "number", bool: "truth value", type(None): "None"}.get(kind, kind.__name__)


def _member(text: str, kind: Any) -> object:
    members = kind.__members__
    name = text.rpartition(".")[2]
    if name in members:
        return members[name]
    for member in members.values():
        if str(member.value) == text:
            return member
    raise UsageError(f"'{text}' is none of: {', '.join(members)}{did_you_mean(text, members)}")


def _guess(text: str) -> object:
    """Read a literal; what is none is a text."""
    lowered = {"true": True, "false": False, "none": None}
    if text.lower() in lowered:
        return lowered[text.lower()]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
