"""numpy arrays, as .npy files that any tool reads; large ones are mapped into memory when they are read.

The bytes are those of NumPy's format (NEP 1), with a header of our own making, because numpy's own differs from one
version to the next and takes longer to write and to read than a small array does.
"""

from __future__ import annotations

import mmap
import os
import sys
from typing import Any

from lineage.errors import FormatError
from lineage.fingerprint.arrays import array_bytes, has_padding
from lineage.fingerprint.values import value_digest
from lineage.formats.protocol import Encoded

__all__ = ["Array"]

#: Arrays of at least so many bytes are mapped instead of read.
MAPPED_FROM = 1 << 16
_ALIGNED = 64
#: numpy refuses longer headers (10,000) unless it is told otherwise.
_LONGEST = 9_000
_SHOWN = 200
_MAGIC = b"\x93NUMPY"
#: Mapping a large file must not ask the system to set that much memory aside.
_MAPPING = mmap.MAP_PRIVATE | getattr(mmap, "MAP_NORESERVE", 0x4000 if sys.platform == "linux" else 0)

_headers: dict[bytes, tuple[Any, tuple[int, ...], bool]] = {}


class Array:
    """Stores ``numpy.ndarray`` without Python objects inside; never with pickle.

    Fortran order, byte order and shape survive. An array whose elements do not lie in one piece is stored in C order. A
    ``numpy.memmap`` comes back as a plain array.
    """

    name = "npy"
    extension = ".npy"
    safe = True

    def accepts(self, value: Any) -> bool:
        """Return whether it is an array itself, of a dtype that .npy can hold."""
        import numpy as np

        return type(value) in (np.ndarray, np.memmap) and _description(value.dtype) is not None

    def encode(self, value: Any) -> Encoded:
        """Put a header before the array's own memory, which is not copied if it lies in one piece."""
        data, fortran = array_bytes(value)
        header = _header(_description(value.dtype), value.shape, fortran)
        summary = {"shape": list(value.shape), "dtype": str(value.dtype)[:_SHOWN]}
        # Bytes between the fields of a structured dtype may be anything, and are no part of the value.
        digest = value_digest(value) if value.dtype.names is not None and has_padding(value.dtype) else None
        return Encoded("numpy.ndarray", summary, [header, data], digest=digest)

    def decode(self, path: str, summary: dict[str, Any]) -> Any:
        """Read a small array; map a large one, so that only what is looked at is read.

        The map is copy-on-write: the array can be changed in place, and the file stays as it is.

        Raises
        ------
        FormatError
            If the file is no .npy file, or holds too little.
        """
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return _read(fd, path)
        finally:
            os.close(fd)


def _description(dtype: Any) -> str | list[Any] | None:
    """Return how a header describes a dtype; None if it cannot."""
    if dtype.hasobject or dtype.metadata is not None or dtype.itemsize == 0:
        return None
    if dtype.names is None:
        return _plain_description(dtype)
    from numpy.lib import format as npy

    try:
        description = npy.dtype_to_descr(dtype)
        if npy.descr_to_dtype(description) != dtype or not all(name.isascii() for name in dtype.names):
            return None
    except (TypeError, ValueError):
        return None
    return description if len(repr(description)) < _LONGEST else None


def _plain_description(dtype: Any) -> str | None:
    import numpy as np

    try:
        return dtype.str if np.dtype(dtype.str) == dtype else None
    except TypeError:  # a dtype of another package, whose name numpy does not know
        return None


def _header(description: Any, shape: tuple[int, ...], fortran: bool) -> bytes:
    text = f"{{'descr': {description!r}, 'fortran_order': {fortran}, 'shape': {shape!r}, }}".encode("latin1")
    length = len(text) + 1
    length += -(10 + length) % _ALIGNED
    return _MAGIC + b"\x01\x00" + length.to_bytes(2, "little") + text.ljust(length - 1) + b"\n"


def _read(fd: int, path: str) -> Any:
    import numpy as np

    size = os.fstat(fd).st_size
    start = os.pread(fd, 1024, 0)
    width = 2 if start[6:7] == b"\1" else 4
    offset = 8 + width + int.from_bytes(start[8 : 8 + width], "little")
    if start[:6] != _MAGIC or offset > size:
        raise _unreadable(path, "it does not begin as a .npy file does")
    head = start[:offset] if offset <= len(start) else os.pread(fd, offset, 0)
    dtype, shape, fortran = _headers.get(head) or _parse(head, width, path)
    number = 1
    for length in shape:
        number *= length
    if number == 0:
        return np.empty(shape, dtype, "F" if fortran else "C")
    if size < offset + number * dtype.itemsize:
        raise _unreadable(path, f"it holds {size:,} bytes, and {offset + number * dtype.itemsize:,} are needed")
    memory: Any
    if size - offset >= MAPPED_FROM:
        memory = mmap.mmap(fd, size, flags=_MAPPING, prot=mmap.PROT_READ | mmap.PROT_WRITE)
    else:
        memory = bytearray(size)
        os.preadv(fd, [memory], 0)
    return np.frombuffer(memory, dtype, number, offset).reshape(shape, order="F" if fortran else "C")


def _parse(head: bytes, width: int, path: str) -> tuple[Any, tuple[int, ...], bool]:
    from ast import literal_eval

    from numpy.lib import format as npy

    try:
        told = literal_eval(head[8 + width :].decode("latin1" if head[6] < 3 else "utf-8"))
        result = npy.descr_to_dtype(told["descr"]), tuple(told["shape"]), bool(told["fortran_order"])
    except (ValueError, SyntaxError, KeyError, TypeError) as error:
        raise _unreadable(path, f"its header cannot be understood ({error})") from error
    if result[0].hasobject:
        raise _unreadable(path, "it holds pickled Python objects")
    if len(_headers) < 1000:
        _headers[head] = result
    return result


def _unreadable(path: str, why: str) -> FormatError:
    return FormatError(f"{path} cannot be read as an array", why=why, fix="make it again: doit -a -s TASK")
