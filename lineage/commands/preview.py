"""A preview as text: at most two lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["preview_lines"]

_BLOCKS = "▁▂▃▄▅▆▇█"
_HEAD = 110


def preview_lines(preview: dict[str, Any]) -> list[str]:
    """Return a preview in at most two lines of text: statistics and a histogram of an array, the head of a table.

    Parameters
    ----------
    preview : dict
        As `lineage.formats.preview` makes it.

    Returns
    -------
    list of str
        Empty where the line of the value says as much.
    """
    told = _TOLD.get(preview.get("kind", ""))
    lines = told(preview) if told is not None else []
    return [_cut(line) for line in lines if line][:2]


def _cut(text: str) -> str:
    return text if len(text) <= _HEAD else f"{text[: _HEAD - 1]}…"


def _array(preview: dict[str, Any]) -> list[str]:
    names = ("min", "max", "mean", "std", "true", "nan", "inf", "stored")
    facts = [f"{name} {_number(preview[name])}" for name in names if preview.get(name) is not None]
    if "of" in preview:
        facts.insert(0, f"{preview['of']}:")
    if "sampled" in preview:
        facts.append(f"(of {preview['sampled']:,} sampled)")
    first = f"first {', '.join(preview['head'])}" if preview.get("head") else ""
    return ["  ".join(facts), _histogram(preview["histogram"])] if "histogram" in preview else ["  ".join(facts), first]


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _histogram(drawn: dict[str, Any]) -> str:
    """Return a histogram in block characters, from its lowest value to its highest."""
    counts = drawn["counts"]
    most = max(counts)
    blocks = "".join(_BLOCKS[-(-count * len(_BLOCKS) // most) - 1] if count else " " for count in counts)
    return f"{_number(drawn['low'])} |{blocks}| {_number(drawn['high'])}"


def _table(preview: dict[str, Any]) -> list[str]:
    columns: Sequence[dict[str, str]] = preview.get("columns", ())
    head = preview.get("head") or [[]]
    names = [": ".join(column[key] for key in ("name", "type") if key in column) for column in columns]
    return ["  ".join(names), f"first {', '.join(head[0])}" if head[0] else ""]


def _model(preview: dict[str, Any]) -> list[str]:
    params, fitted = preview.get("params", {}), preview.get("fitted", {})
    return [
        f"{preview.get('class', '')}({', '.join(f'{name}={value}' for name, value in params.items())})",
        ", ".join(f"{name} {value}" for name, value in fitted.items()),
    ]


def _text(preview: dict[str, Any]) -> list[str]:
    lines = [line for line in preview.get("head", "").splitlines() if line.strip()]
    return [repr(line)[1:-1] for line in lines[:2]] if preview.get("length", 0) > len(lines[0] if lines else "") else []


def _value(preview: dict[str, Any]) -> list[str]:
    return [" ".join(preview.get("text", "").split())] if "length" in preview else []


def _figure(preview: dict[str, Any]) -> list[str]:
    return [f"{preview.get('class', '')}  {preview.get('title', '')}".rstrip()]


def _files(preview: dict[str, Any]) -> list[str]:
    names = [str(name) for name, _ in preview.get("names", ())]
    return [", ".join(names)] if names else _text(preview | {"length": preview.get("bytes", 0)})


def _none(preview: dict[str, Any]) -> list[str]:
    return [f"no preview: {preview.get('error', '')}"]


_TOLD: dict[str, Callable[[dict[str, Any]], list[str]]] = {
    "array": _array,
    "image": _array,
    "table": _table,
    "model": _model,
    "text": _text,
    "value": _value,
    "figure": _figure,
    "files": _files,
    "none": _none,
}
