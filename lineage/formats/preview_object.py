"""The preview of an object: tables, models, figures, arrays of other kinds.

Libraries are known by the names of their classes; none is imported for a look at a value of another.
"""

from __future__ import annotations

import io
import json
import sys
from importlib import import_module
from typing import Any

from lineage.fingerprint.values import show_value, type_name

__all__ = ["preview_object"]

_ROWS = 5
_COLUMNS = 40
_CELL = 40
_FITTED = 24
_ITEM = 12_000
#: Pixels of the longer side of a drawn figure.
_SIDE = 320


def preview_object(value: Any, summary: dict[str, Any]) -> dict[str, Any]:
    """Return the preview of an object, by its class."""
    kind = type(value)
    if summary.get("kind") == "model":
        return _model(value, summary)
    if summary.get("kind") == "table":
        return _table(value, summary)
    if _is_of(kind, "numpy", "ndarray"):
        return _array(value)
    if _is_of(kind, "scipy", "spmatrix") or _is_of(kind, "scipy", "sparray"):
        return _sparse(value)
    if _is_of(kind, "matplotlib", "Figure"):
        return _drawn(value)
    if _is_of(kind, "bokeh", "Model"):
        return _bokeh(value)
    told: dict[str, Any] = {"kind": "value", "type": type_name(kind), "text": show_value(value)}
    return told | ({"length": summary["length"]} if "length" in summary else {})


def _is_of(kind: type, package: str, name: str) -> bool:
    """Whether a class is one of a package, or made from it."""
    return any(each.__name__ == name and each.__module__.partition(".")[0] == package for each in kind.__mro__)


# -- arrays ------------------------------------------------------------------------------------------------------------


def _array(value: Any) -> dict[str, Any]:
    import numpy as np

    from lineage.formats.preview_array import preview_array

    return preview_array(np.asarray(value)) | {"class": type_name(type(value))}


def _sparse(value: Any) -> dict[str, Any]:
    """Describe a sparse matrix by its entries."""
    from lineage.formats.preview_array import preview_array

    told = {"kind": "array", "class": type_name(type(value)), "stored": int(value.nnz)}
    data = getattr(value, "data", None)
    of_entries = preview_array(data) if hasattr(data, "dtype") else {}
    return of_entries | told | {"shape": [int(length) for length in value.shape], "dtype": str(value.dtype)}


# -- tables ------------------------------------------------------------------------------------------------------------


def _table(value: Any, summary: dict[str, Any]) -> dict[str, Any]:
    package = type(value).__module__.partition(".")[0]
    told = {"kind": "table", "class": type_name(type(value)), "shape": summary.get("shape", [])}
    return told | {"pandas": _pandas, "polars": _polars}.get(package, _arrow)(value)


def _pandas(value: Any) -> dict[str, Any]:
    head = value.iloc[:_ROWS]
    if not hasattr(value, "columns"):  # a Series
        columns, cells = [_column(value.name, value.dtype)], [head.tolist()]
    else:
        number = min(len(value.columns), _COLUMNS)
        columns = [_column(value.columns[i], value.dtypes.iloc[i]) for i in range(number)]
        cells = [head.iloc[:, i].tolist() for i in range(number)]
    return {"columns": columns, "head": _rows(cells), "index": [_cell(label) for label in head.index.tolist()]}


def _polars(value: Any) -> dict[str, Any]:
    if not hasattr(value, "columns"):  # a Series
        return {"columns": [_column(value.name, value.dtype)], "head": _rows([value.head(_ROWS).to_list()])}
    pairs = list(zip(value.columns, value.dtypes, strict=True))[:_COLUMNS]
    head = value.head(_ROWS)
    cells = [head.get_column(name).to_list() for name, _ in pairs]
    return {"columns": [_column(name, kind) for name, kind in pairs], "head": _rows(cells)}


def _arrow(value: Any) -> dict[str, Any]:
    fields = list(value.schema)[:_COLUMNS]
    head = value.slice(0, _ROWS)
    cells = [head.column(i).to_pylist() for i in range(len(fields))]
    return {"columns": [_column(field.name, field.type) for field in fields], "head": _rows(cells)}


def _column(name: object, kind: object) -> dict[str, str]:
    return {"name": _cell(name), "type": str(kind)[:_CELL]}


def _rows(columns: list[list[Any]]) -> list[list[str]]:
    return [[_cell(value) for value in row] for row in zip(*columns, strict=True)]


def _cell(value: object) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else value if isinstance(value, str) else str(value)
    return text if len(text) <= _CELL else f"{text[: _CELL - 1]}…"


# -- models ------------------------------------------------------------------------------------------------------------


def _model(value: Any, summary: dict[str, Any]) -> dict[str, Any]:
    kind = type(value)
    told = {"kind": "model", "class": kind.__qualname__, "module": kind.__module__, "params": summary.get("params", {})}
    # scikit-learn's convention: what was learnt ends in an underscore.
    fitted = [name for name in getattr(value, "__dict__", ()) if name.endswith("_") and not name.startswith("_")]
    return told | {"fitted": {name: _learnt(vars(value)[name]) for name in sorted(fitted)[:_FITTED]}}


def _learnt(value: Any) -> str:
    """Return a short text of what a model has learnt; of anything large only what it is."""
    if isinstance(value, bool | int | float | str) or hasattr(value, "dtype"):
        return show_value(value)
    if isinstance(value, list | tuple | dict):
        return f"{type(value).__name__} of {len(value):,}"
    return type(value).__name__


# -- figures -----------------------------------------------------------------------------------------------------------


def _drawn(figure: Any) -> dict[str, Any]:
    """Let matplotlib draw a figure small. Its bytes are made already, so that drawing cannot change them."""
    import numpy as np

    from lineage.formats.picture import drawing

    size = [float(length) for length in figure.get_size_inches()]
    told = {"kind": "figure", "class": type_name(type(figure)), "title": _title(figure), "size": size}
    file, dots = io.BytesIO(), _SIDE / max(size)
    # With the whole paper, whatever the user's settings cut away: else nobody knows the width of what comes.
    figure.savefig(file, format="rgba", dpi=dots, bbox_inches=figure.bbox_inches)
    found: Any = np.frombuffer(file.getvalue(), np.uint8).reshape(-1, 4)
    widths = [width for width in (int(size[0] * dots), round(size[0] * dots)) if len(found) % width == 0]
    pixels = found.reshape(-1, widths[0], 4)
    return told | (drawing(pixels) or {})


def _title(figure: Any) -> str:
    above = figure.get_suptitle() if hasattr(figure, "get_suptitle") else ""
    return str(above or next((axes.get_title() for axes in figure.axes if axes.get_title()), ""))[:_CELL]


def _bokeh(model: Any) -> dict[str, Any]:
    """Let Bokeh describe a plot; whoever shows it has BokehJS."""
    title = getattr(getattr(model, "title", None), "text", "")
    told = {"kind": "figure", "class": type_name(type(model)), "title": str(title)[:_CELL]}
    free = model.document is None
    item = import_module("bokeh.embed").json_item(model)
    if free:  # as it was: a plot in a document cannot be pickled, and the step may put it out twice
        model.document.clear()
    version = getattr(sys.modules.get("bokeh"), "__version__", "")
    return told | ({"item": item, "bokeh": version} if len(json.dumps(item)) <= _ITEM else {})
