"""All outputs of a call passed on as one tuple: fine where a step takes a tuple, a mistake where it wants one thing.

Annotations are read as texts, as they stand in the source; what cannot be told from them is let pass.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lineage.declare.artifact import Outputs
from lineage.declare.hints import split_outside, subscript
from lineage.declare.names import absolute, module_of
from lineage.declare.places import place
from lineage.declare.signature import show_signature
from lineage.errors import DeclarationError

if TYPE_CHECKING:
    from lineage.fingerprint.code import Project
    from lineage.fingerprint.source import SourceIndex
    from lineage.model.plan import Parameter, StepSpec

__all__ = ["check_whole"]

#: What a tuple is too, or may be.
_TUPLES = frozenset({"tuple", "Tuple", "NamedTuple", "Sequence", "Iterable", "Collection", "Container", "Reversible"})
_TUPLES |= {"Sized", "Hashable", "Any", "object", "ArrayLike", "Protocol", "Generic"}
_ALTERNATIVES = frozenset({"Union", "Optional"})
_WRAPPED = frozenset({"Annotated", "Final", "ClassVar"})


def check_whole(value: Any, name: str, spec: StepSpec, where: str, project: Project) -> None:
    """Refuse all outputs of a call for a parameter that wants one thing.

    Parameters
    ----------
    value : object
        The argument.
    name : str
        The name of the argument: ``data``, ``models[0]`` of ``*models``, or any keyword of ``**options``.
    spec : StepSpec
        The step that takes it.
    where : str
        The place of the call.
    project : Project
        Where classes are looked up.

    Raises
    ------
    DeclarationError
        With what to write instead.
    """
    parameter = _parameter(spec, name)
    annotation = None if parameter is None else parameter.annotation if spec.command is None else "str"
    if parameter is None or annotation is None:
        return
    for outputs in _misplaced(value, annotation, spec, project):
        maker, variable = outputs[0].owner.maker(outputs[0])
        names, short = outputs._fields, variable or "all"
        wider = "" if spec.command else f"; if it takes the whole tuple, annotate '{parameter.name}' so (tuple)"
        raise DeclarationError(
            f"'{name}' of step '{spec.name}' is given all {len(names)} outputs of step '{maker.name}' "
            f"({', '.join(names)}) as one tuple ({where})",
            why=f"{place(spec.path, spec.line, project.root)} declares {show_signature(spec)}, which wants one thing",
            fix=f"give it one of them: {', '.join(names)} = {maker.name}(...), or {short}.{names[0]}{wider}",
        )


def _parameter(spec: StepSpec, name: str) -> Parameter | None:
    known = {one.name: one for one in spec.parameters}
    rest = next((one for one in spec.parameters if one.kind == 4), None)
    return known.get(name.partition("[")[0], rest)


def _misplaced(value: Any, annotation: str, spec: StepSpec, project: Project) -> Iterator[Any]:
    """Yield outputs, also of those inside a container, where the annotation wants one thing."""
    kinds = list(_alternatives(annotation))
    if isinstance(value, Outputs):
        if all(_is_one(name, spec, project) for name, _ in kinds):
            yield value
    elif len(kinds) == 1 and isinstance(value, (list, tuple, dict)):
        inside = split_outside(kinds[0][1], ",")
        wanted = inside[-1] if isinstance(value, dict) else inside[0]
        items = value.values() if isinstance(value, dict) else value
        for item in items if wanted.strip() and len(inside) <= 1 + isinstance(value, dict) else ():
            yield from _misplaced(item, wanted, spec, project)


def _alternatives(annotation: str) -> Iterator[tuple[str, str]]:
    """Yield the names that stand at the top of an annotation, each with what it has in brackets."""
    hint = annotation.strip().strip("'\"")
    options = split_outside(hint, "|")
    name, inside = subscript(hint)
    short = name.rpartition(".")[2]
    if len(options) > 1:
        yield from (found for option in options for found in _alternatives(option))
    elif short in _ALTERNATIVES:
        yield from (found for option in split_outside(inside, ",") for found in _alternatives(option))
    elif short in _WRAPPED:
        yield from _alternatives(split_outside(inside, ",")[0])
    else:
        yield name, inside


def _is_one(name: str, spec: StepSpec, project: Project) -> bool:
    """Whether an annotation is certainly of something else than a tuple."""
    if name.rpartition(".")[2] in _TUPLES:
        return False
    if not spec.path:
        return hasattr(builtins, name)
    return _is_class(name, project.index(spec.path), spec.module, project, 0)


def _is_class(name: str, index: SourceIndex, module: str, project: Project, depth: int) -> bool:
    """Whether a name of a module is a class, and none that is a tuple."""
    if name in index.classes:
        found = index.classes[name]
        bases = {base.rpartition(".")[2] for base in found.bases}
        return not found.is_namedtuple and _TUPLES.isdisjoint(bases)
    head = name.partition(".")[0]
    if head not in index.imports:
        # An alias and a type variable may stand for anything.
        return head not in index.binds and not index.star_imports and hasattr(builtins, name)
    origin = absolute(index.origin(name), module, index.path)
    source, rest = module_of(origin, project)
    if source is None:
        return origin.rpartition(".")[2] not in _TUPLES
    known = project.module_name(source) or ""
    return depth < 8 and bool(rest) and _is_class(rest, project.index(source), known, project, depth + 1)
