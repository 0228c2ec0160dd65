"""What stands for an artifact while a pipeline is planned: a placeholder that can only be passed on."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any, NoReturn

from lineage.declare.places import user_place
from lineage.errors import DeclarationError, did_you_mean
from lineage.model.plan import Ref

__all__ = ["Artifact", "Outputs", "holds_outputs", "outputs_class"]

_WHY = "while a pipeline is planned none of its steps has run, so an artifact has no value yet"
_IN_A_STEP = "do this in a step that takes the artifact"
_UNPACK = (
    "name the outputs in the step's annotation, by a NamedTuple or by "
    'tuple[Annotated[T, "name"], ...]; or take them apart in a step'
)


class Artifact:
    """One output of a step call that is being planned.

    Attributes
    ----------
    ref : Ref
        The call and the output that it stands for.
    owner : object
        The recording that made it.
    """

    __slots__ = ("owner", "ref")

    def __init__(self, ref: Ref, owner: Any) -> None:
        self.ref = ref
        self.owner = owner

    def __repr__(self) -> str:
        return f"<artifact {self.owner.describe(self)}>"

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)  # probing for a protocol (copy, numpy, doit), not a user's word
        fix = f"name the outputs in the step's annotation if '{name}' is one of them; otherwise {_IN_A_STEP}"
        raise self._refusal(f"attribute '{name}' of", fix)

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        # Whoever takes an object apart, to hash or to copy it, has come to an artifact inside.
        raise DeclarationError(
            f"artifact '{self.owner.describe(self)}' is inside of another object, or the key of a dict",
            why="a step gets the value in its place, and values are put into lists, tuples and values of dicts only",
            fix="give the artifact itself, or a list, tuple or dict of artifacts, and make the object in the step",
        )

    def _refusal(self, action: str, fix: str = _IN_A_STEP) -> DeclarationError:
        return DeclarationError(
            f"{action} artifact '{self.owner.describe(self)}' is used in a pipeline's body ({user_place(3)})",
            why=_WHY,
            fix=fix,
        )


def _refuse(action: str, fix: str = _IN_A_STEP) -> Callable[..., NoReturn]:
    def method(self: Artifact, *args: Any) -> NoReturn:
        raise self._refusal(action, fix)

    return method


class Nothing(Artifact):
    """What a call of a step annotated ``-> None`` gives: no artifact, and so nothing that could be passed on."""

    __slots__ = ()


_ARITHMETIC = "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and or xor"


def _install() -> None:
    """Give `Artifact` the special methods by which Python would look into a value."""
    refused = {
        "bool": ("the truth of", "let a step decide, or a parameter of the pipeline"),
        "len": ("the length of", _IN_A_STEP),
        "iter": ("the items of", _UNPACK),
        "getitem": ("an item of", _UNPACK),
        "contains": ("membership in", _IN_A_STEP),
        "call": ("a call of", _IN_A_STEP),
        "str": ("the text of", _IN_A_STEP),
        "format": ("the text of", _IN_A_STEP),
        "array": ("an array of", _IN_A_STEP),
        "enter": ("a with block of", _IN_A_STEP),
        "fspath": ("the path of", _IN_A_STEP),
        "await": ("awaiting", _IN_A_STEP),
    }
    refused |= dict.fromkeys(("lt", "le", "gt", "ge", "eq", "ne"), ("a comparison with", _IN_A_STEP))
    refused |= dict.fromkeys(
        ("int", "float", "complex", "index", "bytes", "round", "reversed"), ("the value of", _IN_A_STEP)
    )
    refused |= dict.fromkeys(("setitem", "delitem"), ("changing", _IN_A_STEP))
    for name in _ARITHMETIC.split():
        refused |= dict.fromkeys((name, "r" + name, "i" + name), ("arithmetic with", _IN_A_STEP))
    refused |= dict.fromkeys(("neg", "pos", "abs", "invert"), ("arithmetic with", _IN_A_STEP))
    for name, (action, fix) in refused.items():
        setattr(Artifact, f"__{name}__", _refuse(action, fix))
    Artifact.__hash__ = object.__hash__  # type: ignore[method-assign]  # an artifact may be a member of a set


_install()


class Outputs(tuple[Artifact, ...]):
    """What a call with several outputs gives: its artifacts, in a tuple with their names as attributes."""

    __slots__ = ()
    _fields: tuple[str, ...] = ()

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)  # probing, as of a single artifact
        raise DeclarationError(
            f"there is no output '{name}'{did_you_mean(name, self._fields)} ({user_place(2)})",
            why=f"the step's annotation names its outputs {', '.join(self._fields)}",
            fix=f"use one of these, or add '{name}' to the annotation",
        )


def holds_outputs(value: object) -> bool:
    """Whether a value is all outputs of a call, or a list, tuple or dict with that inside."""
    if isinstance(value, Outputs):
        return True
    if isinstance(value, dict):
        return any(map(holds_outputs, value.values()))
    return isinstance(value, (list, tuple)) and any(map(holds_outputs, value))


def outputs_class(names: tuple[str, ...]) -> type[Outputs]:
    """Make the class of a multi-output call's placeholders: a tuple with the outputs as attributes."""
    fields = {name: property(itemgetter(place)) for place, name in enumerate(names) if name not in ("count", "index")}
    return type("Outputs", (Outputs,), {"__slots__": (), "_fields": names, **fields})
