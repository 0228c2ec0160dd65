"""The preview of an array: what is in it as numbers, and its picture if it looks like one.

Only a sample of a large array is looked at, in short pieces spread over all of it, so that neither a copy of it is made
nor all of a mapped file read.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from lineage.formats.picture import picture_of

__all__ = ["SAMPLE", "preview_array", "preview_numbers", "sample_of"]

#: As many elements are looked at, in pieces of `_PIECE` that follow each other: few, since a disk reads ahead of each.
SAMPLE = 1 << 18
_PIECE = 4096
#: As many of them are counted in the bins of a histogram, which takes ten times as long as the least or the mean.
_COUNTED = 1 << 15
_BINS = 24
_HEAD = 8
_ROWS = 5
_COLUMNS = 40
_SHOWN = 40
_FEWEST = 13


def preview_array(array: Any) -> dict[str, Any]:
    """Return the preview of an array of any dtype and shape."""
    dtype = array.dtype
    if dtype.names is not None:
        return _structured(array)
    found: dict[str, Any] = {"kind": "array", "shape": list(array.shape), "dtype": str(dtype)[:_SHOWN]}
    if not array.size:
        return found
    describe = _DESCRIBED.get(dtype.kind)
    if describe is not None:
        sample = sample_of(array)
        if sample.size < array.size:
            found["sampled"] = int(sample.size)
        with np.errstate(all="ignore"):
            found |= describe(sample)
    found["head"] = _shown(array[(0,) * (array.ndim - 1)][:_HEAD] if array.ndim else array.reshape(1))
    picture = picture_of(array)
    return found if picture is None else found | picture | {"kind": "image"}


def preview_numbers(values: Sequence[Any]) -> dict[str, Any] | None:
    """Return the preview of a long list of numbers, as of an array; ``None`` of other lists.

    numpy is not loaded for it: whoever has numbers to look at has it mostly.
    """
    some = values[:SAMPLE]
    if len(values) < _FEWEST or "numpy" not in sys.modules or not all(type(each) in (int, float) for each in some):
        return None
    array = np.asarray(some)
    if array.dtype.kind not in "iuf":  # integers of any length
        return None
    found = preview_array(array) | {"kind": "array", "shape": [len(values)]}
    return found if len(some) == len(values) else found | {"sampled": len(some)}


def sample_of(array: Any) -> Any:
    """Return at most `SAMPLE` elements of an array in one dimension, from all over it."""
    if array.size <= SAMPLE:
        return array.reshape(-1)
    flags = array.flags
    if flags.c_contiguous or flags.f_contiguous:
        flat = (array if flags.c_contiguous else array.T).reshape(-1)
        pieces = SAMPLE // _PIECE
        apart = flat.size // pieces
        return flat[: pieces * apart].reshape(pieces, apart)[:, :_PIECE].reshape(-1)
    while array.size > SAMPLE:
        axis = max(range(array.ndim), key=lambda each: array.shape[each])
        step = min(math.ceil(array.size / SAMPLE), array.shape[axis])
        array = array[(slice(None),) * axis + (slice(None, None, step),)]
    return array.reshape(-1)


# -- numbers -----------------------------------------------------------------------------------------------------------


def _numbers(sample: Any) -> dict[str, Any]:
    """Describe integers and floats; what is not finite is counted apart."""
    found: dict[str, Any] = {}
    if sample.dtype.kind == "f":
        finite = np.isfinite(sample)
        if not finite.all():
            nan = int(np.isnan(sample).sum())
            found = {"nan": nan, "inf": int(sample.size - finite.sum()) - nan}
            sample = sample[finite]
            if not sample.size:
                return found
    low, high = sample.min().item(), sample.max().item()
    values = sample.astype(np.float64)
    moments = {"mean": _finite(values.mean()), "std": _finite(values.std())}
    return found | {"min": _finite(low), "max": _finite(high), **moments, "histogram": _histogram(values, low, high)}


def _truths(sample: Any) -> dict[str, Any]:
    true = int(np.count_nonzero(sample))
    counts = [int(sample.size) - true, true]
    return {
        "true": true,
        "mean": true / sample.size,
        "histogram": {"low": 0, "high": 1, "each": True, "counts": counts},
    }


def _complex(sample: Any) -> dict[str, Any]:
    return {"of": "modulus", **_numbers(np.abs(sample))}


def _times(sample: Any) -> dict[str, Any]:
    """Describe moments and durations, as texts; without a time (NaT) is nan."""
    missing = np.isnat(sample)
    nan = int(missing.sum())
    known = sample[~missing] if nan else sample
    found: dict[str, Any] = {"nan": nan} if nan else {}
    if not known.size:
        return found
    low, high = known.min(), known.max()
    ticks = known.astype(np.int64)
    drawn = _histogram(ticks.astype(np.float64), int(ticks.min()), int(ticks.max()))
    ends = {"min": str(low)[:_SHOWN], "max": str(high)[:_SHOWN]}
    return found | ends | {"histogram": {"low": ends["min"], "high": ends["max"], "counts": drawn["counts"]}}


def _histogram(values: Any, low: float, high: float) -> dict[str, Any]:
    """Count values in equal bins from low to high; whole numbers of a small range each for itself (``each``)."""
    if high - low < _BINS and (isinstance(low, int) or (values == np.rint(values)).all()):
        counts = np.bincount((values - low).astype(np.intp), minlength=int(high - low) + 1)
        return {"low": int(low), "high": int(high), "each": True, "counts": counts.tolist()}
    values = values[:: -(-values.size // _COUNTED)]
    if low == high:
        return {"low": _finite(low), "high": _finite(high), "counts": [int(values.size)]}
    scale = max(abs(float(low)), abs(float(high)))  # so that high - low is a number, too
    start, width = float(low) / scale, float(high) / scale - float(low) / scale
    if not width:  # integers so large that floats do not tell them apart
        return {"low": low, "high": high, "counts": [int(values.size)]}
    places = values / scale
    places -= start
    places *= _BINS / width
    counts = np.bincount(np.minimum(places, _BINS - 1).astype(np.intp), minlength=_BINS)
    return {"low": _finite(low), "high": _finite(high), "counts": counts.tolist()}


def _finite(value: Any) -> int | float | None:
    """Return a number that JSON can say: exactly, but for integers longer than readers take."""
    if isinstance(value, int):
        return value
    number = float(value)
    return number if math.isfinite(number) else None


_DESCRIBED = {"b": _truths, "i": _numbers, "u": _numbers, "f": _numbers, "c": _complex, "M": _times, "m": _times}


# -- others ------------------------------------------------------------------------------------------------------------


def _shown(values: Any) -> list[str]:
    """Return elements as short texts."""
    if values.dtype.kind == "f" and values.dtype.itemsize <= 8:
        return [f"{value:.6g}" for value in values.tolist()]
    if values.dtype.kind == "O":
        from lineage.fingerprint.values import show_value

        return [show_value(value)[:_SHOWN] for value in values]
    return [str(value)[:_SHOWN] for value in values]


def _structured(array: Any) -> dict[str, Any]:
    names = array.dtype.names[:_COLUMNS]
    columns = [{"name": name, "type": str(array.dtype.fields[name][0])[:_SHOWN]} for name in names]
    rows = array[(0,) * (array.ndim - 1)][:_ROWS] if array.ndim and array.size else array.reshape(-1)[:_ROWS]
    head = [[str(row[name])[:_SHOWN] for name in names] for row in rows]
    return {"kind": "table", "shape": [int(array.size), len(array.dtype.names)], "columns": columns, "head": head}
