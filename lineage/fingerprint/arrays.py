"""The bytes of numpy arrays, without importing numpy: who has an array has numpy."""

from __future__ import annotations

from typing import Any

__all__ = ["array_bytes", "described", "has_padding", "packed"]


def array_bytes(array: Any) -> tuple[bytes | memoryview, bool]:
    """Return the bytes of an array, without copying them if they lie in one piece.

    Parameters
    ----------
    array : numpy.ndarray
        Of any dtype without Python objects.

    Returns
    -------
    data : bytes or memoryview
        ``array.nbytes`` bytes.
    fortran : bool
        Whether they are in Fortran order (only if they are not in C order too).
    """
    if array.nbytes == 0:
        return b"", False
    fortran = bool(array.flags.f_contiguous and not array.flags.c_contiguous)
    # A reshape copies just where the elements do not lie in one piece. datetime64 and others have no buffer of their
    # own, their bytes have.
    flat = (array.T if fortran else array).reshape(-1)
    if not flat.flags.c_contiguous:
        flat = flat.copy()
    return flat.view("u1").data, fortran


def described(dtype: Any) -> Any:
    """Describe a dtype by plain values, the same for equal dtypes; one of another package stands for itself."""
    if dtype.names is not None:
        fields = [dtype.fields[name] for name in dtype.names]
        return dtype.names, [(described(field[0]), field[1]) for field in fields], dtype.itemsize
    if dtype.subdtype is not None:
        return described(dtype.subdtype[0]), dtype.subdtype[1]
    # numpy's own dtypes have the lowest numbers.
    return dtype.str if dtype.num < 24 else dtype


def has_padding(dtype: Any) -> bool:
    """Return whether elements of a structured dtype have bytes that belong to no field, and so may be anything."""
    if dtype.subdtype is not None:
        return has_padding(dtype.subdtype[0])
    if dtype.names is None:
        return False
    fields = [dtype.fields[name][0] for name in dtype.names]
    return bool(sum(field.itemsize for field in fields) != dtype.itemsize or any(map(has_padding, fields)))


def packed(dtype: Any) -> Any:
    """Return a dtype with the same fields and nothing between them: ``array.astype(packed(array.dtype))``."""
    if dtype.subdtype is not None:
        inner, shape = dtype.subdtype
        return _make(dtype, (packed(inner), shape))
    if dtype.names is None:
        return dtype
    return _make(dtype, [(name, packed(dtype.fields[name][0])) for name in dtype.names])


def _make(like: Any, description: Any) -> Any:
    # numpy.dtype, reached without importing it: the class of every dtype derives from it.
    return next(kind for kind in reversed(type(like).__mro__) if kind is not object)(description)
