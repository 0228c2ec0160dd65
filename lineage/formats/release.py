"""Giving the memory of a large array back while it is stored.

A step that returns 2 GB needs them twice otherwise: in its array, and in the system's cache of the file that they are
written to. But what has been written is not asked for again, where nobody but who stores it has the array. So its pages
go back to the system piece by piece, which takes them for the next piece of the file. The system, and the host of a
virtual machine, need not find that much memory again, which takes longer than all the rest.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from lineage.fingerprint.arrays import array_bytes

__all__ = ["releasing"]

Buffer = bytes | bytearray | memoryview

#: Bytes from which it is worth it. The C library keeps arrays of this size in no heap, whose pages others would want.
_LARGE = 64 << 20
#: Pages of this size may lie there, and to give back a part of one takes it apart.
_PAGE = 2 << 20


def releasing(buffers: Sequence[Buffer]) -> Callable[[int], None] | None:
    """Return what gives memory back, if the last of some buffers is the memory of an array that nobody else has.

    Parameters
    ----------
    buffers : sequence of bytes or memoryview
        What is going to be stored.

    Returns
    -------
    callable or None
        To be told how many bytes of all buffers are not needed any more; what they hold then is undefined. ``None``
        where somebody might look at the array again, and where the system has no such call.
    """
    view = buffers[-1] if buffers else b""
    if sys.platform != "linux" or not isinstance(view, memoryview) or view.nbytes < _LARGE or not _is_ours_alone(view):
        return None
    return _Release(view, sum(memoryview(buffer).nbytes for buffer in buffers[:-1]))


def _is_ours_alone(view: memoryview) -> bool:
    """Whether a view is all that refers to an array: with as many references as to one that nobody can have."""
    import numpy as np

    unknown, _ = array_bytes(np.empty(1))
    assert isinstance(unknown, memoryview), "an array with an element has bytes"
    return _is_array(view) and _references(view) == _references(unknown)


def _is_array(view: memoryview) -> bool:
    """Whether a view is as `array_bytes` makes it: of bytes, whose memory is an array's own."""
    flat: Any = view.obj
    own: Any = getattr(flat, "base", None)
    if type(own).__module__ != "numpy" or type(own).__name__ != "ndarray" or not own.flags.owndata:
        return False
    return not weakref.getweakrefcount(own) and not weakref.getweakrefcount(flat)


def _references(view: memoryview) -> tuple[int, int]:
    flat: Any = view.obj
    return sys.getrefcount(flat), sys.getrefcount(flat.base)


class _Release:
    """Gives the pages of a buffer back.

    Parameters
    ----------
    view : memoryview
        The buffer.
    begin : int
        Where it begins in what is stored.
    """

    def __init__(self, view: memoryview, begin: int) -> None:
        import ctypes

        self._view = view  # as long as it lives nobody else is given this memory
        array: Any = view.obj
        self._address = array.__array_interface__["data"][0] - begin
        self._released = -(-(self._address + begin) // _PAGE) * _PAGE
        self._advise = ctypes.CDLL(None).madvise
        self._advise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]

    def __call__(self, written: int) -> None:
        from mmap import MADV_DONTNEED

        end = (self._address + written) // _PAGE * _PAGE
        if end > self._released:
            self._advise(self._released, end - self._released, MADV_DONTNEED)  # if it is refused, nothing is given back
            self._released = end
