"""What a page may ask: a table of questions by name, each a function from arguments to plain JSON.

A new question is one function here (or in a file beside this one) and its line in `ANSWERS`. All strings in an answer
are data; the page shows them as text.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from lineage.dash.archive import Archive
from lineage.dash.details import details
from lineage.dash.kept import artifact, artifacts, compare, stack
from lineage.dash.picture import Pictures, find, picture
from lineage.dash.runs import runs
from lineage.dash.tables import table, timeline
from lineage.errors import LineageError, UsageError, did_you_mean

__all__ = ["ANSWERS", "Answer", "answer", "as_json", "as_script", "key"]

Answer = Callable[[Archive, Mapping[str, Any]], Any]

_PICTURES = Pictures()


def _picture(archive: Archive, arguments: Mapping[str, Any]) -> Any:
    return picture(archive, _PICTURES, arguments, archive.planned)


def _find(archive: Archive, arguments: Mapping[str, Any]) -> Any:
    return find(archive, _PICTURES, arguments, archive.planned)


#: {name of a question: who answers it}.
ANSWERS: dict[str, Answer] = {
    "runs": runs,
    "picture": _picture,
    "find": _find,
    "details": details,
    "table": table,
    "timeline": timeline,
    "compare": compare,
    "artifacts": artifacts,
    "artifact": artifact,
    "stack": stack,
}


def answer(archive: Archive, name: str, arguments: Mapping[str, Any]) -> Any:
    """Answer a question; what cannot be answered is told as ``{"refused": {"what", "why", "fix"}}``.

    Parameters
    ----------
    archive : Archive
        The records.
    name : str
        One of `ANSWERS`.
    arguments : mapping
        What the page sent: anything may stand there.
    """
    try:
        if name not in ANSWERS:
            raise UsageError(f"there is no question '{name}'{did_you_mean(name, ANSWERS)}")
        _check(arguments)
        return ANSWERS[name](archive, arguments)
    except LineageError as error:
        return {"refused": {"what": error.what, "why": error.why, "fix": error.fix}}


def _check(arguments: Mapping[str, Any]) -> None:
    """Refuse arguments of another type than their names have in every question; one that is null is left out."""
    for name, value in arguments.items():
        fits, what = _TYPES.get(name, (lambda value: False, "no argument of any question"))
        if value is not None and not fits(value):
            raise UsageError(f"'{name}' cannot be {value!r:.60}", why=f"it is {what}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _TOO_LARGE


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_focus(value: Any) -> bool:
    if not isinstance(value, dict) or not value.keys() <= {"ids", "up", "down"}:
        return False
    levels = (value.get("up"), value.get("down"))
    return _is_names(value.get("ids", [])) and all(each is None or _is_number(each) for each in levels)


#: What JavaScript counts exactly; a database takes more, but not anything.
_TOO_LARGE = 2**53
_NUMBER = (_is_number, "a number")
_NAME = (lambda value: isinstance(value, str), "a text")
_RUN = (lambda value: _is_number(value) or isinstance(value, str), "a run")
#: {name of an argument: (whether a value fits, what it is)}.
_TYPES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "run": _NUMBER,
    "last": _NUMBER,
    "before": _RUN,
    "after": _RUN,
    "id": _NAME,
    "name": _NAME,
    "q": _NAME,
    "known": _NAME,
    "all": (lambda value: isinstance(value, bool), "true or false"),
    "expanded": (_is_names, "a list of names"),
    "focus": (_is_focus, "the names in focus, and how many levels up and down"),
}


def key(name: str, arguments: Mapping[str, Any]) -> str:
    """Return what the page calls a question (``lineage.key`` in core.js)."""
    given = {each: arguments[each] for each in sorted(arguments) if arguments[each] is not None}
    return f"{name} {json.dumps(given, separators=(',', ':'), ensure_ascii=False)}" if given else name


def as_json(value: Any) -> str:
    """Return an answer as JSON that every browser reads: numbers that are none become null."""
    return json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":"))


def as_script(value: Any) -> str:
    """Return JSON for a script element: in there nothing is escaped, and only ``<`` could end it."""
    return as_json(value).replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
