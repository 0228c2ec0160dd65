"""Everything else, by pickle: estimators, tables, objects of the project's classes.

``pickle.load(open("artifacts/digits/model.pkl", "rb"))`` reads it with Python alone. What pickle cannot take (a lambda,
a class defined in a function) goes to cloudpickle, which writes code into the file; the user is told so.
"""

from __future__ import annotations

import pickle
import sys
from io import IOBase
from typing import Any

from lineage.errors import FormatError
from lineage.fingerprint.behaviour import is_library
from lineage.fingerprint.canonical import referred
from lineage.fingerprint.values import show_value, type_name, value_digest
from lineage.formats.protocol import Buffer, Encoded

__all__ = ["Pickled", "named_in"]

_MOST_PARAMETERS = 60


class Pickled:
    """Stores any object that pickle (protocol 5) or cloudpickle can take.

    Reading runs code, so it is for a project's own store only.
    """

    name = "pickle"
    extension = ".pkl"
    safe = False

    def accepts(self, value: object) -> bool:
        """Return True: whether it can be pickled shows only when it is tried."""
        return True

    def encode(self, value: Any) -> Encoded:
        """Pickle an object; its digest is that of its canonical pickle, see `lineage.fingerprint.canonical`.

        Raises
        ------
        FormatError
            If it cannot be pickled (a lock, a generator, an open file).
        """
        kind = type_name(type(value))
        summary = _summary(value)
        buffers, remark = _pickled(value, kind)
        if remark:
            summary["by"] = "cloudpickle"
        refers: set[str] = set()
        digest = value_digest(value, refers)
        if digest is None:
            buffers = _fixed_point(buffers)
            refers = named_in(b"".join(buffers))
        if refers:
            summary["refers"] = sorted(refers)
        return Encoded(kind, summary, buffers, digest=digest, remark=remark)

    def decode(self, path: str, summary: dict[str, Any]) -> object:
        """Unpickle the object.

        Raises
        ------
        FormatError
            If that fails, most often because code that it needs is gone.
        """
        try:
            with open(path, "rb") as file:
                return pickle.load(file)
        except OSError:
            raise
        except Exception as error:  # unpickling runs other people's code
            raise FormatError(
                f"{path} ({summary.get('class', 'an object')}) cannot be read back",
                why=f"{type(error).__name__}: {error}",
                fix="if its class was moved or its library changed, make it again: doit -a -s TASK; "
                f"lineage show {path} names the task",
            ) from error


class _Pieces(list[Buffer]):
    """A file for a pickler that keeps what it is given in pieces, so that large ones are not copied together."""

    def write(self, data: Any) -> int:
        # A large array comes as a PickleBuffer of its own memory.
        piece = data.raw() if isinstance(data, pickle.PickleBuffer) else data
        self.append(piece)
        return len(piece)


def _pickled(value: Any, kind: str) -> tuple[list[Buffer], str]:
    """Return the pickle of a value, and a remark on how it was made."""
    pieces = _Pieces()
    try:
        pickle.Pickler(pieces, protocol=5).dump(value)
    except Exception as error:  # objects raise what they like when they cannot be pickled
        return _by_cloudpickle(value, kind, error)
    return pieces, ""


def _by_cloudpickle(value: Any, kind: str, reason: Exception) -> tuple[list[Buffer], str]:
    import cloudpickle

    if isinstance(value, IOBase):  # cloudpickle would store a copy of its content, which is no open file any longer
        raise _refused(value, kind, reason)
    try:
        data: bytes = cloudpickle.dumps(value, protocol=5)
    except Exception as error:
        raise _refused(value, kind, error) from error
    return [data], f"a {kind} is stored by cloudpickle: only this Python version reads it back ({_first_line(reason)})"


def _refused(value: object, kind: str, error: Exception) -> FormatError:
    return FormatError(
        f"no format can store a value of type {kind}",
        why=" ".join(str(error).split()) or type(error).__name__,
        fix=_advice(value),
    )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]


def _advice(value: object) -> str:
    if hasattr(value, "__next__") and hasattr(value, "read"):
        return "close the file and return its path (pathlib.Path), or return what is in it"
    if hasattr(value, "__next__"):
        return "return a list of what it gives: list(...)"
    return "return the data that it is made of, and make it again where it is needed"


def _fixed_point(buffers: list[Buffer]) -> list[Buffer]:
    """Return the bytes that a saved and loaded value has: loading and saving it again no longer changes them."""
    try:
        return [pickle.dumps(pickle.loads(b"".join(buffers)), protocol=5)]
    except Exception:  # then what cannot be read back now is reported when it is read back
        return buffers


def named_in(data: bytes) -> set[str]:
    """Return what a pickle refers to by name, read from its opcodes; nothing of it is executed.

    Parameters
    ----------
    data : bytes
        A pickle of protocol 4 or later.

    Returns
    -------
    set of str
        The project's classes and functions as ``module:name``, and the names of packages.
    """
    import pickletools

    found: set[str] = set()
    memo: dict[int, object] = {}
    texts: list[object] = []
    last: object = None
    for opcode, argument, _ in pickletools.genops(data):
        if opcode.name == "STACK_GLOBAL":
            module, name = texts[-2:]
            found |= referred(str(module), str(name), library=is_library(str(module)))
            last = None
        elif opcode.name == "MEMOIZE":
            memo[len(memo)] = last
        elif "UNICODE" in opcode.name or opcode.name in ("BINGET", "LONG_BINGET"):
            last = argument if "UNICODE" in opcode.name else memo.get(int(argument or 0))
            texts.append(last)
        else:
            last = None
    return found


def _summary(value: Any) -> dict[str, Any]:
    kind = type(value)
    summary: dict[str, Any] = {"class": kind.__qualname__}
    if _is_estimator(value):
        summary["kind"] = "model"
        summary["params"] = _parameters(value)
    elif _is_table(kind):
        summary["kind"] = "table"
        summary["shape"] = [int(length) for length in value.shape]
        columns = getattr(value, "columns", None)
        if columns is not None:
            summary["columns"] = [str(name) for name in list(columns)[:100]]
    elif isinstance(value, list | tuple | dict | set | frozenset):
        summary["length"] = len(value)
    elif _is_array(value):
        summary["shape"], summary["dtype"] = list(value.shape), str(value.dtype)
    return summary


def _is_estimator(value: Any) -> bool:
    kind = type(value)
    return callable(getattr(kind, "get_params", None)) and callable(getattr(kind, "fit", None))


def _parameters(value: Any) -> dict[str, str]:
    try:
        parameters = value.get_params(deep=False)
        return {str(name): show_value(parameters[name]) for name in sorted(parameters)[:_MOST_PARAMETERS]}
    except Exception:  # a user's estimator; its parameters are only shown
        return {}


def _is_table(kind: type) -> bool:
    return kind.__name__ in ("DataFrame", "Series", "Table") and kind.__module__.partition(".")[0] in (
        "pandas",
        "polars",
        "pyarrow",
    )


def _is_array(value: object) -> bool:
    numpy: Any = sys.modules.get("numpy")
    array = getattr(numpy, "ndarray", None)
    return array is not None and isinstance(value, array)
