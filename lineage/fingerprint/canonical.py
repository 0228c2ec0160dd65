"""The canonical pickle: a stream of bytes that depends on a value alone, hashed as it is written.

An ordinary pickle of a value also depends on which equal objects inside it are one object (the memo), on the order of
sets (``PYTHONHASHSEED``), on strides and on memory addresses that some libraries keep. So there is no memo here, sets
are sorted, arrays are hashed by their elements, code is hashed without its place in a file, and attributes that are
known to say nothing about a value are left out (`VOLATILE`). Nothing is kept of the stream but its hash.
"""

from __future__ import annotations

import pickle
import re
import sys
from collections.abc import Callable
from types import CodeType, FunctionType, ModuleType
from typing import Any

from xxhash import xxh3_128, xxh3_128_hexdigest

from lineage.errors import DeclarationError, FingerprintError
from lineage.fingerprint.arrays import array_bytes, described, has_padding, packed
from lineage.fingerprint.behaviour import class_parts, code_parts, function_parts, is_library

__all__ = ["VOLATILE", "CannotTell", "digest_of", "digest_parameter", "digest_with_references", "referred"]

#: {class, as module:name: attributes of its objects that say nothing about their value}. A dotted name reaches into a
#: dict. Subclasses are meant too.
VOLATILE: dict[str, tuple[str, ...]] = {
    # The memory address of the stop words that were checked last.
    "sklearn.feature_extraction.text:_VectorizerMixin": ("_stop_words_id",),
    # What was asked of the order of its elements so far; the elements themselves count.
    "scipy.sparse._compressed:_cs_matrix": ("_has_sorted_indices", "_has_canonical_format"),
    # How long the search took: no two are alike.
    "sklearn.model_selection._search:BaseSearchCV": (
        "refit_time_",
        "cv_results_.mean_fit_time",
        "cv_results_.std_fit_time",
        "cv_results_.mean_score_time",
        "cv_results_.std_score_time",
    ),
}

Handler = Callable[[Any], tuple[Any, ...] | None]

#: Without a memo, a value that holds the same objects again and again may have a stream without end.
_LONGEST_STREAM = 1 << 28
_FRAME = 1 << 17


class CannotTell(Exception):  # noqa: N818 - it is no error of the user's until someone says whose value it was
    """A value whose identity cannot be told; `why` and `fix` are for the message."""

    def __init__(self, why: str, fix: str) -> None:
        super().__init__(why)
        self.why = why
        self.fix = fix


def digest_of(value: object, refers: set[str] | None = None) -> str | None:
    """Return the digest of an artifact's value; ``None`` if there is no canonical pickle of it.

    What the value refers to is added to `refers`: the project's classes and functions as ``module:name``, and the names
    of packages.
    """
    canonical = _Canonical(strict=False)
    if refers is not None:
        canonical.refers = refers
    try:
        return canonical.digest(value)
    except Exception:  # what a user's __reduce__ may raise has no bounds
        return None


def digest_parameter(value: object) -> str:
    """Return the digest of a parameter of any type; classes and functions are their names.

    Raises
    ------
    CannotTell
        If the value has hidden state, or none that can be looked at.
    """
    return _strictly(_Canonical(strict=True), value)


def digest_with_references(value: object) -> tuple[str, set[str]]:
    """Return the digest of a value, as of a parameter, with what it refers to, as `digest_of` gives it.

    Raises
    ------
    FingerprintError
        If the value has hidden state, or none that can be looked at.
    """
    canonical = _Canonical(strict=True)
    try:
        return _strictly(canonical, value), canonical.refers
    except (CannotTell, RecursionError) as problem:
        why = problem.why if isinstance(problem, CannotTell) else "it contains itself"
        fix = problem.fix if isinstance(problem, CannotTell) else "make it inside the step"
        kind = type(value)
        name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
        raise FingerprintError(f"a {name} has no fingerprint", why=why, fix=fix) from problem


def _strictly(canonical: _Canonical, value: object) -> str:
    try:
        return canonical.digest(value)
    except (CannotTell, DeclarationError, RecursionError):
        raise
    except FingerprintError as error:
        raise CannotTell(error.why or error.what, error.fix or "") from error
    except Exception as error:
        told = re.sub(r" at 0x[0-9a-fA-F]+", "", " ".join(str(error).split()))
        raise CannotTell(
            f"its state cannot be looked at ({told or type(error).__name__})",
            "pass what it is made from, and make it inside the step",
        ) from error


class _Sink:
    """Hashes what a pickler writes."""

    def __init__(self) -> None:
        self.hash = xxh3_128()
        self.left = _LONGEST_STREAM

    def write(self, data: Any) -> int:
        self.hash.update(data)
        size = memoryview(data).nbytes  # what is large comes as a PickleBuffer, which has no length
        if size <= _FRAME:  # a long text or bytes object comes alone, and does not count
            self.left -= size
            if self.left < 0:
                raise OverflowError("the same objects are in it again and again")
        return size


class _Pickler(pickle.Pickler):
    def __init__(self, sink: _Sink, handlers: _Handlers) -> None:
        super().__init__(sink, protocol=5)
        self.fast = True  # no memo
        self.handlers = handlers

    def persistent_id(self, obj: Any) -> Any:
        # The only hook that C's pickler calls for everything: reducer_override is not asked about exact sets.
        handler = self.handlers[type(obj)]
        return None if handler is None else handler(obj)


class _Handlers(dict[type, Handler | None]):
    """What is done with the objects of a type, found once for each type that occurs."""

    def __init__(self, find: Callable[[type], Handler | None]) -> None:
        super().__init__()
        self.find = find

    def __missing__(self, kind: type) -> Handler | None:
        handler = self[kind] = self.find(kind)
        return handler


class _Canonical:
    """The digests of one value and of its parts.

    Parameters
    ----------
    strict : bool
        For parameters: refuse what has hidden state, and name functions and classes instead of hashing their code.
    """

    def __init__(self, *, strict: bool) -> None:
        self.strict = strict
        self.handlers = _Handlers(self._find)
        self.open: dict[int, int] = {}
        self.done: dict[int, tuple[Any, tuple[Any, ...]]] = {}
        self.dtypes: dict[Any, tuple[Any, Any]] = {}
        self.libraries: dict[str, bool] = {}
        self.refers: set[str] = set()

    def digest(self, value: object) -> str:
        sink = _Sink()
        _Pickler(sink, self.handlers).dump(value)
        return sink.hash.hexdigest()

    # -- which handler -------------------------------------------------------------------------------------------------

    def _find(self, kind: type) -> Handler | None:
        if kind in (str, int, float, bool, type(None), bytes, dict, list, tuple):
            return None
        if kind in (set, frozenset):
            return self._set
        if issubclass(kind, (set, frozenset)):
            return self._own_set
        if hasattr(kind, "__lineage_token__"):
            return lambda obj: ("token", kind, kind.__lineage_token__(obj))
        if issubclass(kind, type):
            return self._class
        if kind is FunctionType:
            return self._function
        if kind is CodeType:
            return self._code
        if issubclass(kind, ModuleType):
            return self._module
        if self.strict:
            refuse_hidden_state(kind)
        return self._find_library(kind)

    def _find_library(self, kind: type) -> Handler | None:
        numpy = sys.modules.get("numpy")
        if numpy is not None and kind in (getattr(numpy, "ndarray", None), getattr(numpy, "memmap", None)):
            return self._array
        masked = sys.modules.get("numpy.ma")
        if masked is not None and kind is getattr(masked, "MaskedArray", None):
            return _masked
        pandas = sys.modules.get("pandas")
        if pandas is not None and kind is getattr(pandas, "DataFrame", None):
            return _frame
        if pandas is not None and kind in (getattr(pandas, "Series", None), getattr(pandas, "Index", None)):
            return _column
        volatile = [name for base in kind.__mro__ for name in _volatile(base)]
        return (lambda obj: _without(obj, volatile)) if volatile else None

    # -- handlers ------------------------------------------------------------------------------------------------------

    def _set(self, obj: Any) -> tuple[Any, ...]:
        return (type(obj).__name__, sorted(self.digest(item) for item in obj))

    def _own_set(self, obj: Any) -> tuple[Any, ...]:
        """Take a set of a class of its own, whose pickle has the members in the order of their hashes."""
        constructor, arguments, *rest = obj.__reduce_ex__(4)
        members = list(obj)
        given = [
            sorted(map(self.digest, obj)) if isinstance(one, list) and one == members else one for one in arguments
        ]
        return ("own set", constructor, given, rest)

    def _array(self, obj: Any) -> tuple[Any, ...]:
        dtype = obj.dtype
        self.refers.add("numpy")
        if dtype not in self.dtypes:
            padded = not dtype.hasobject and has_padding(dtype)
            self.dtypes[dtype] = described(dtype), packed(dtype) if padded else None
        told, without_padding = self.dtypes[dtype]
        if dtype.hasobject:
            return ("array of objects", told, obj.shape, obj.ravel().tolist())
        if without_padding is not None:
            obj = obj.astype(without_padding)
        data, fortran = array_bytes(obj)
        return ("array", told, obj.shape, fortran, xxh3_128_hexdigest(data))

    def _class(self, obj: Any) -> tuple[Any, ...] | None:
        self._refer(obj)
        if self.strict and "<" in obj.__qualname__:
            raise _nameless(obj)
        if self.strict or self._is_library(obj.__module__):
            return None
        return self._once(obj, "class", class_parts)

    def _function(self, obj: Any) -> tuple[Any, ...] | None:
        self._refer(obj)
        if "<" not in obj.__qualname__ and (self.strict or self._is_library(obj.__module__)):
            return None
        if self.strict:
            raise _nameless(obj)
        return self._once(obj, "function", function_parts)

    def _refer(self, obj: Any) -> None:
        if obj.__qualname__.startswith("__create_fn__."):
            return  # what `dataclass` has made of a text: it is nowhere in the source, and its class counts
        self.refers |= referred(
            obj.__module__ or "builtins", obj.__qualname__, library=self._is_library(obj.__module__)
        )

    def _is_library(self, module: str) -> bool:
        known = self.libraries.get(module)
        if known is None:
            known = self.libraries[module] = is_library(module)
        return known

    def _code(self, obj: Any) -> tuple[Any, ...]:
        return ("code", code_parts(obj))

    def _module(self, obj: Any) -> tuple[Any, ...]:
        if self.strict and not is_library(obj.__name__):
            raise CannotTell(
                f"module '{obj.__name__}' can change, and nothing tells the step by what",
                "import it where the step is defined, or pass the value or the function that is needed of it",
            )
        return ("module", obj.__name__)

    def _once(self, obj: Any, tag: str, parts: Callable[[Any], dict[str, Any]]) -> tuple[Any, ...]:
        """Digest a class or function by its parts: each once, and with a mark where it comes back to itself."""
        if id(obj) in self.open:
            return ("back", self.open[id(obj)])
        if id(obj) not in self.done:
            self.open[id(obj)] = len(self.open)
            try:
                told = {name: self._part(part) for name, part in parts(obj).items()}
            finally:
                del self.open[id(obj)]
            result = (tag, obj.__module__, obj.__qualname__, self.digest(told))
            self.done[id(obj)] = obj, result  # the object is kept, so that no other one gets its id
        return self.done[id(obj)][1]

    def _part(self, part: Any) -> Any:
        """Digest something that code reaches; of what cannot be digested (a lock, a cache) the type must do."""
        try:
            return self.digest(part)
        except RecursionError:
            raise
        except Exception:
            return ("cannot be told", type(part).__module__, type(part).__qualname__)


def referred(module: str, name: str, *, library: bool) -> set[str]:
    """Return how a class or function is referred to: its package, or ``module:name`` if it is of the project."""
    if not library:
        return {f"{module}:{name}"}
    package = module.partition(".")[0]
    return set() if package in sys.stdlib_module_names or package == "lineage" else {package}


def _nameless(obj: Any) -> CannotTell:
    return CannotTell(
        f"it holds '{obj.__name__}', which has no name by which another process could find it",
        "define that with def or class at the top level of a module",
    )


def _volatile(kind: type) -> tuple[str, ...]:
    return VOLATILE.get(_name(kind), ())


def _without(obj: Any, volatile: list[str]) -> tuple[Any, ...] | None:
    told: tuple[Any, ...] | str = obj.__reduce_ex__(4)
    if isinstance(told, str):
        return None  # a global object, which is its name
    constructor, arguments, state = told[0], told[1], told[2] if len(told) > 2 else None
    rest = tuple(list(items) if hasattr(items, "__next__") else items for items in told[3:])
    if isinstance(state, dict):
        state = dict(state)
        for name in volatile:
            outer, _, inner = name.partition(".")
            if inner and isinstance(state.get(outer), dict):
                state[outer] = {key: value for key, value in state[outer].items() if key != inner}
            elif not inner:
                state.pop(outer, None)
    return ("object", constructor, arguments, state, rest)


def _masked(obj: Any) -> tuple[Any, ...]:
    """Take a masked array without what lies under its mask; a round trip sets a fill value that was only implied."""
    mask = sys.modules["numpy.ma"].getmaskarray(obj)
    return ("masked", obj.filled(), mask, obj.fill_value, obj.hardmask)


def _frame(obj: Any) -> tuple[Any, ...]:
    """Take a pandas DataFrame column by column: how its blocks lie in memory says nothing about it."""
    columns = [_values(obj.iloc[:, position]) for position in range(obj.shape[1])]
    return ("frame", obj.columns, obj.index, columns, obj.attrs, obj.flags.allows_duplicate_labels)


def _column(obj: Any) -> tuple[Any, ...]:
    index = getattr(obj, "index", None)
    return ("column", type(obj).__name__, obj.name, index, _values(obj), getattr(obj, "attrs", None))


def _values(column: Any) -> tuple[Any, ...]:
    array = column.array
    if "Arrow" in type(array).__name__:  # a chunked array: the chunks say nothing about it
        return (str(array.dtype), array.to_numpy(dtype=object))
    return (str(array.dtype), column.to_numpy() if type(array).__name__ == "NumpyExtensionArray" else array)


_GENERATOR = (
    "{what} has hidden state; two that look equal can differ, so a cache hit would be a guess",
    "pass a seed (seed: int = 0) and make the generator inside the step",
)
#: {class, as module:name: (why, fix)}; subclasses are meant too.
_HIDDEN = {
    "numpy.random._generator:Generator": _GENERATOR,
    "numpy.random.mtrand:RandomState": _GENERATOR,
    "numpy.random.bit_generator:BitGenerator": _GENERATOR,
    "random:Random": _GENERATOR,
    "_random:Random": _GENERATOR,
    "_io:_IOBase": (
        "an open file has a position, and its content can change",
        "pass its path, annotated Annotated[Path, lineage.File], and open it inside the step",
    ),
    "_thread:lock": ("a lock says nothing that a result could depend on", "make it inside the step"),
    "_thread:RLock": ("a lock says nothing that a result could depend on", "make it inside the step"),
}
_ITERATOR = (
    "{what} gives its values only once, so looking at them would take them from the step",
    "pass a list or a tuple of the values",
)


def refuse_hidden_state(kind: type) -> None:
    """Refuse the objects of a type whose state cannot be seen, or not without changing it.

    Raises
    ------
    CannotTell
        With why and fix.
    """
    found = next((_HIDDEN[name] for name in map(_name, kind.__mro__) if name in _HIDDEN), None)
    if found is None and hasattr(kind, "__next__"):
        found = _ITERATOR
    if found is not None:
        library = "numpy " if kind.__module__.startswith("numpy") else ""
        article = "an" if not library and kind.__name__[0] in "aeiouAEIOU" else "a"
        raise CannotTell(found[0].format(what=f"{article} {library}{kind.__name__}"), found[1])


def _name(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"
