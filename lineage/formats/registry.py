"""Which format a value gets, by its type.

Choosing imports nothing but the format that is chosen: a library whose values these might be is looked up in
``sys.modules``, for who has a numpy array has numpy. Formats of other packages (entry-point group ``lineage.formats``)
are asked only about values that would be pickled otherwise, because finding them takes a while.
"""

from __future__ import annotations

import sys
import warnings
from functools import lru_cache
from typing import Any

from lineage.errors import FormatError, did_you_mean
from lineage.formats.protocol import Format

__all__ = ["GROUP", "add", "by_name", "choose", "extension_for"]

#: The entry-point group in which other packages name their formats.
GROUP = "lineage.formats"

#: {name in records: (module, class)} of the formats of this package.
BUILT_IN = {
    "npy": ("array", "Array"),
    "json": ("data", "Data"),
    "text": ("text", "Text"),
    "bytes": ("raw", "Raw"),
    "file": ("files", "File"),
    "folder": ("files", "Folder"),
    "pickle": ("pickled", "Pickled"),
}
_JSON: tuple[type, ...] = (type(None), bool, int, float, list, tuple, dict)
_PLAIN: dict[type, str] = {str: "text", bytes: "bytes", **dict.fromkeys(_JSON, "json")}

_loaded: dict[str, Format] = {}
_others: dict[str, Format] | None = None


def choose(value: object) -> Format:
    """Return the format for a value.

    Parameters
    ----------
    value : object
        What a step has put out.

    Returns
    -------
    Format
        By type: JSON for plain data, ``.npy`` for arrays, the file itself for a path; then a format of another package
        that accepts it; pickle for all others.
    """
    name = _PLAIN.get(type(value)) or _by_library(value)
    if name is not None:
        format = by_name(name)
        if name in ("file", "folder") or format.accepts(value):
            return format
    for other in _foreign().values():
        if other.accepts(value):
            return other
    return by_name("pickle")


def _by_library(value: object) -> str | None:
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, getattr(numpy, "ndarray", ())):
        return "npy"
    if numpy is not None and isinstance(value, getattr(numpy, "generic", ())):
        return "json"
    pathlib: Any = sys.modules.get("pathlib")
    if pathlib is not None and isinstance(value, pathlib.Path) and type(value).__module__.startswith("pathlib"):
        return "folder" if value.is_dir() else "file"
    return None


def by_name(name: str) -> Format:
    """Return a format by its name in records.

    Raises
    ------
    FormatError
        If there is none: the package that brought it is not installed here.
    """
    format = _loaded.get(name)
    if format is not None:
        return format
    if name in BUILT_IN:
        from importlib import import_module

        module, kind = BUILT_IN[name]
        made: Format = getattr(import_module(f"lineage.formats.{module}"), kind)()
        _loaded[name] = made
        return made
    found = _foreign().get(name)
    if found is None:
        raise FormatError(
            f"there is no format '{name}'{did_you_mean(name, [*BUILT_IN, *_foreign()])}",
            why="the artifact was stored with a format of a package that is not installed here",
            fix=f"install that package; it has an entry point '{name}' in the group '{GROUP}'",
        )
    return found


def add(format: Format) -> None:
    """Make a format known in this process; one that is added goes before those that are installed."""
    global _others
    _others = {format.name: format, **_foreign()}


def _foreign() -> dict[str, Format]:
    """Return the formats of other packages; one that cannot be loaded is left out, with a warning."""
    global _others
    if _others is None:
        from importlib.metadata import entry_points

        _others = {}
        for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
            try:
                found = point.load()
                format = found() if isinstance(found, type) else found
                _others[format.name] = format
            except Exception as error:  # another package's code
                message = f"format '{point.name}' ({point.value}) cannot be used: {error}"
                warnings.warn_explicit(message, UserWarning, "lineage", 0)
    return _others


# -- the extension of an artifact that is not made yet ----------------------------------------------------------------

_EXTENSIONS = {
    ".json": (
        "None bool int float list tuple dict List Tuple Dict Mapping Sequence Literal number integer floating generic "
        "bool_ float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 intp"
    ),
    ".txt": "str LiteralString",
    ".bin": "bytes",
    ".npy": "ndarray NDArray ArrayLike memmap",
    "": "Path PosixPath File Folder Any object",
}
_BY_WORD = {word: extension for extension, words in _EXTENSIONS.items() for word in words.split()}
_TRANSPARENT = ("Annotated", "Optional", "Final")


@lru_cache(1024)
def extension_for(annotation: str | None) -> str:
    """Predict the extension of an artifact's readable path from the source text of its annotation.

    Parameters
    ----------
    annotation : str or None
        ``np.ndarray``, ``float | None``, ``Annotated[np.ndarray, "X"]``.

    Returns
    -------
    str
        ``.npy``, ``.json``, ``.txt``, ``.bin``, ``.pkl`` for other classes; empty for paths, and where the
        annotation does not tell.
    """
    if annotation is None:
        return ""
    text = annotation.strip().strip("'\"").strip()
    members = [member for member in _split(text, "|") if member != "None"] or ["None"]
    if len(members) > 1:
        found = {extension_for(member) for member in members}
        return found.pop() if len(found) == 1 else ""
    outer, _, inner = members[0].partition("[")
    word = outer.strip().rpartition(".")[2]
    if word in _TRANSPARENT and inner.endswith("]"):
        return extension_for(_split(inner[:-1], ",")[0])
    return _BY_WORD.get(word, ".pkl")


def _split(text: str, at: str) -> list[str]:
    """Split an annotation where a character stands outside of brackets and quotes."""
    parts, depth, start, quote = [], 0, 0, ""
    for position, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == at and depth == 0:
            parts.append(text[start:position].strip())
            start = position + 1
        else:
            depth += (letter in "[(") - (letter in "])")
    return [*parts, text[start:].strip()]
