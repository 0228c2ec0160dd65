"""What the console shows of an artifact, from the summary that was written when it was stored. No value is loaded."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lineage.model.shown import one_line

if TYPE_CHECKING:
    from lineage.model.stored import Stored

__all__ = ["describe_stored", "metrics_of", "metrics_of_all", "show_bytes", "show_number"]

_TEXT = 40


def describe_stored(name: str, stored: Stored) -> str:
    """Describe an artifact in a few words.

    Parameters
    ----------
    name : str
        Its name.
    stored : Stored
        How it is stored.

    Returns
    -------
    str
        ``X_train (1437, 64)``, ``accuracy=0.9583``, ``model SVC``, ``table 1,000 x 5``, ``data.csv 1.2 MB``; one line,
        whatever is in a key or a name.
    """
    told = _TOLD.get(stored.format, _by_summary)
    return one_line(told(name, stored.summary, stored))


def _by_summary(name: str, summary: dict[str, Any], stored: Stored) -> str:
    """Describe what was pickled, or stored by a format that is not known here."""
    shape = summary.get("shape")
    if summary.get("kind") == "table" and shape:
        return f"{name} {' x '.join(f'{length:,}' for length in shape)}"
    if shape is not None:
        return _array(name, summary, stored)
    if "value" in summary:
        return f"{name}={_value(summary['value'])}"
    return f"{name} {summary.get('class') or stored.type.rpartition('.')[2] or show_bytes(stored.size)}"


def _array(name: str, summary: dict[str, Any], stored: Stored) -> str:
    return f"{name} {tuple(summary.get('shape', ()))}"


def _data(name: str, summary: dict[str, Any], stored: Stored) -> str:
    if "value" in summary:
        return f"{name}={_value(summary['value'])}"
    if "numbers" in summary:
        text = ", ".join(f"{key}: {_value(value)}" for key, value in summary["numbers"].items())
        if len(text) <= _TEXT:
            return f"{name} {{{text}}}"
    head = summary.get("head", "")
    length = summary.get("length", 0)
    if 0 < len(head) <= _TEXT:
        return f"{name}={head}"
    return f"{name} {stored.type} of {length:,}"


def _text(name: str, summary: dict[str, Any], stored: Stored) -> str:
    value = summary.get("value")
    if value is not None and len(value) <= _TEXT and value.isprintable():
        return f"{name}={value!r}"
    return f"{name} {summary.get('length', 0):,} characters"


def _bytes(name: str, summary: dict[str, Any], stored: Stored) -> str:
    return f"{name} {show_bytes(stored.size)}"


def _file(name: str, summary: dict[str, Any], stored: Stored) -> str:
    suffix = os.path.splitext(str(summary.get("name", "")))[1]
    own = name if name.endswith(suffix) else f"{name}{suffix}"
    return f"{own} {show_bytes(stored.size)}"


def _folder(name: str, summary: dict[str, Any], stored: Stored) -> str:
    files = summary.get("files", 0)
    return f"{name}/ {files:,} {'file' if files == 1 else 'files'}, {show_bytes(stored.size)}"


_TOLD = {
    "npy": _array,
    "json": _data,
    "text": _text,
    "bytes": _bytes,
    "file": _file,
    "folder": _folder,
    "pickle": _by_summary,
}


def _value(value: object) -> str:
    if isinstance(value, float):
        return show_number(value)
    text = str(value)
    return text if len(text) <= _TEXT else f"{text[: _TEXT - 1]}…"


def show_number(value: float) -> str:
    """Show a number with four significant decimals: ``0.9583``, ``1.0``, ``123457``, ``1.234e-07``."""
    size = abs(value)
    if value == int(value) if size < 1e15 else False:
        return f"{value:.1f}"
    if 1e4 <= size < 1e15:
        return f"{value:.0f}"
    return f"{value:.4g}"


def show_bytes(size: int) -> str:
    """Show a number of bytes: ``512 B``, ``1.2 MB``, ``2.0 GB`` (powers of 1000)."""
    if size < 1000:
        return f"{size} B"
    amount = float(size)
    for unit in ("kB", "MB", "GB"):
        amount /= 1000
        if amount < 999.95:
            return f"{amount:.1f} {unit}"
    return f"{amount / 1000:.1f} TB"


def metrics_of(name: str, stored: Stored) -> dict[str, float]:
    """Return the numbers in an artifact: itself if it is one, or the entries of a dict of numbers.

    Parameters
    ----------
    name : str
        Its name.
    stored : Stored
        How it is stored.

    Returns
    -------
    dict of str to float
        ``{"accuracy": 0.9583}``, or ``{"scores.f1": 0.9, "scores.auc": 0.8}``; empty for anything else.
    """
    if stored.format != "json":
        return {}
    value = stored.summary.get("value")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {name: float(value)} if abs(value) < 1e308 else {}
    if isinstance(value, str):  # not a finite number, which JSON cannot say
        return {name: float(value)}
    return {f"{name}.{key}": float(number) for key, number in stored.summary.get("numbers", {}).items()}


def metrics_of_all(names: Sequence[str], outputs: Sequence[Stored]) -> dict[str, float]:
    """Return the numbers in all outputs of a step, which go by these names."""
    found: dict[str, float] = {}
    for name, stored in zip(names, outputs, strict=True):
        found.update(metrics_of(name, stored))
    return found


def show_moment(seconds: float) -> str:
    """Show a moment (Unix seconds) in local time: ``2026-11-23 04:05``."""
    import time

    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
