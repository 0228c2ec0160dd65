"""What people are shown of a value without opening it: plain JSON, made when the value is stored.

Whoever shows it (a dashboard, ``lineage show``, a report) reads it from the records: no value is loaded and nothing is
unpickled for it. Its ``kind`` says which keys to expect; keys are only ever added, and no kind changes its meaning.

=========  =============================================================================================
kind       keys
=========  =============================================================================================
``array``  shape, dtype; min, max, mean, std, nan, inf, histogram, head, sampled, as far as they apply
``image``  those of an array (if it is one), and png, width, height; images, for a sheet of several
``table``  shape, columns ([{name, type}]), head (rows of texts), index
``model``  class, module, params, fitted ({name: text})
``text``   length, lines, head
``value``  type, text; length, value
``figure`` class, title, size; png with width and height, or item (Bokeh's JSON)
``files``  name, bytes, files; names ([[name, bytes]]), head, png
``none``   error: why there is no preview
=========  =============================================================================================

Texts are data, never markup. A preview has at most `MOST_BYTES`, and looks at no more than a sample of a large value.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from lineage.fingerprint.values import show_value
from lineage.formats.protocol import Encoded, Format

__all__ = ["MOST_BYTES", "preview_from_summary", "preview_of"]

#: The longest preview, as JSON.
MOST_BYTES = 16_000
#: What is left out of a longer one, in this order.
_EXPENDABLE = ("item", "png", "fitted", "params", "names", "head", "columns", "text", "index", "title", "name")
_HEAD = 4000
_ERROR = 300
_ODD = ("nan", "inf", "-inf")


def preview_of(value: object, format: Format, encoded: Encoded) -> str | None:
    """Return the preview of a value that is being stored, as JSON.

    Parameters
    ----------
    value : object
        The value; it is not changed.
    format : Format
        What stores it. One of another package may have a method ``preview(value) -> dict``.
    encoded : Encoded
        What it became.

    Returns
    -------
    str or None
        At most `MOST_BYTES` of ASCII; ``None`` where the summary tells all (`preview_from_summary`): for numbers, short
        texts, short lists. A preview that cannot be made is one of kind ``none``.
    """
    if _is_told(format.name, encoded):
        return None
    try:
        return _fitting(_preview(value, format, encoded))
    except Exception as error:  # values run code of their own; a step does not fail because it cannot be shown
        return _dumped({"kind": "none", "error": f"{type(error).__name__}: {error}"[:_ERROR]})


def _is_told(name: str, encoded: Encoded) -> bool:
    """Whether the summary tells all of a value: this is asked for each, and must cost next to nothing."""
    summary = encoded.summary
    if "value" in summary:
        return True
    return name == "json" and "head" in summary and not summary["head"].endswith("…") and summary["length"] <= 12


def _preview(value: Any, format: Format, encoded: Encoded) -> dict[str, Any]:
    own: Callable[[object], dict[str, Any]] | None = getattr(format, "preview", None)
    if own is not None:
        return {"kind": "value", **own(value)}
    made = _MADE.get(format.name, _of_object)
    return made(value, encoded)


def _of_array(value: Any, encoded: Encoded) -> dict[str, Any]:
    from lineage.formats.preview_array import preview_array

    return preview_array(value)


def _of_text(value: str, encoded: Encoded) -> dict[str, Any]:
    return {"kind": "text", "length": len(value), "lines": value.count("\n") + 1, "head": value[:_HEAD]}


def _of_bytes(value: bytes, encoded: Encoded) -> dict[str, Any]:
    from lineage.formats.picture import embedded

    told: dict[str, Any] = {"type": "bytes", "length": len(value), "text": show_value(value)}
    picture = embedded(value)
    return {"kind": "image", **told, **picture} if picture else {"kind": "value", **told}


def _of_data(value: Any, encoded: Encoded) -> dict[str, Any]:
    if isinstance(value, list | tuple):
        from lineage.formats.preview_array import preview_numbers

        found = preview_numbers(value)
        if found is not None:
            return found | {"type": encoded.type, "length": len(value)}
    text = bytes((encoded.buffers or [b""])[0][:_HEAD]).decode("utf-8", "ignore")
    return {"kind": "value", "type": encoded.type, "length": len(value), "text": text}


def _of_files(value: Any, encoded: Encoded) -> dict[str, Any]:
    from lineage.formats.preview_files import preview_files

    return preview_files(value, encoded.summary)


def _of_object(value: Any, encoded: Encoded) -> dict[str, Any]:
    from lineage.formats.preview_object import preview_object

    return preview_object(value, encoded.summary)


_MADE: dict[str, Callable[[Any, Encoded], dict[str, Any]]] = {
    "npy": _of_array,
    "text": _of_text,
    "bytes": _of_bytes,
    "json": _of_data,
    "file": _of_files,
    "folder": _of_files,
}


# -- bounds ------------------------------------------------------------------------------------------------------------


def _fitting(found: dict[str, Any]) -> str:
    """Return a preview as JSON, without what makes it too long."""
    text = _dumped(found)
    for key in _EXPENDABLE:
        if len(text) <= MOST_BYTES:
            return text
        if found.pop(key, None) is not None:
            found["kind"] = "array" if key == "png" and found["kind"] == "image" else found["kind"]
            text = _dumped(found)
    return text if len(text) <= MOST_BYTES else _dumped({"kind": "none", "error": "the preview is too long"})


def _dumped(found: dict[str, Any]) -> str:
    text = json.dumps(found, separators=(",", ":"), allow_nan=False)
    # Names of files may have bytes that are no text, and whoever prints them must be able to.
    return json.dumps(_printable(found), separators=(",", ":"), allow_nan=False) if "\\ud" in text else text


def _printable(value: Any) -> Any:
    """Replace halves of characters in all texts."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_printable(key): _printable(each) for key, each in value.items()}
    return [_printable(each) for each in value] if isinstance(value, list) else value


# -- from the summary --------------------------------------------------------------------------------------------------


def preview_from_summary(format: str, type: str, summary: dict[str, Any], size: int | None) -> dict[str, Any]:
    """Return the preview of a value of which there is no other: its summary tells all, or it is an old one.

    Parameters
    ----------
    format, type : str
        Name of its format, and its type.
    summary : dict
        The summary that was written when it was stored.
    size : int or None
        Bytes stored.

    Returns
    -------
    dict
        As `preview_of` makes it.
    """
    if format == "text":
        head = summary.get("value", summary.get("head", ""))
        told = {"kind": "text", "length": summary.get("length", len(head)), "head": head}
        return told | ({"lines": head.count("\n") + 1} if "value" in summary else {})
    if "value" in summary:
        value = summary["value"]  # a text if it is not finite, which JSON cannot say
        return {"kind": "value", "type": type, "value": value, "text": value if value in _ODD else show_value(value)}
    if format == "json":
        return {"kind": "value", "type": type, "length": summary.get("length", 0), "text": summary.get("head", "")}
    return _by_summary(format, type, summary, size)


def _by_summary(format: str, type: str, summary: dict[str, Any], size: int | None) -> dict[str, Any]:
    kind = summary.get("kind")
    if kind == "model":
        return {"kind": "model", "class": summary.get("class", type), "params": summary.get("params", {})}
    if kind == "table":
        columns = [{"name": name} for name in summary.get("columns", ())]
        return {"kind": "table", "shape": summary.get("shape", []), "columns": columns}
    if "shape" in summary:
        return {"kind": "array", "shape": summary["shape"], "dtype": summary.get("dtype", "")}
    if format in ("file", "folder"):
        return {"kind": "files", **{key: summary[key] for key in ("name", "bytes", "files") if key in summary}}
    length = {"length": summary["length"]} if "length" in summary else {}
    return {"kind": "value", "type": type, "text": summary.get("class", type) if type else "", **length}
