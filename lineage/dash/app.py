"""The document of one open page: the figure, and the traffic both ways."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bokeh.models import ColumnDataSource
from jinja2 import Environment, FileSystemLoader

from lineage.dash.answers import answer, as_json, as_script, key
from lineage.dash.archive import Archive
from lineage.dash.figure import lineage_figure
from lineage.dash.page import FOLDER, SCRIPTS, STYLES
from lineage.dash.poller import Poller

if TYPE_CHECKING:
    from bokeh.document import Document

__all__ = ["fill", "first_answers"]

_ROWS = ("id", "name", "json")
_PAGES = Environment(loader=FileSystemLoader(FOLDER), autoescape=True)


class _Traffic:
    """What the page asks and what it is told, over two data sources."""

    def __init__(self, document: Document, archive: Archive, poller: Poller) -> None:
        self._document = document
        self._archive = archive
        self._poller = poller
        self.asks = ColumnDataSource({name: [] for name in _ROWS}, name="asks")
        self.answers = ColumnDataSource({name: [] for name in _ROWS}, name="answers")
        self.asks.on_change("data", self._asked)

    def _asked(self, attribute: str, old: Mapping[str, Any], new: Mapping[str, Sequence[Any]]) -> None:
        rows = list(zip(*(new[name] for name in _ROWS), strict=True))
        begin = time.monotonic()
        self._say([(number, name, self._answered(str(name), str(text))) for number, name, text in rows])
        self._poller.spent(time.monotonic() - begin)

    def _answered(self, name: str, text: str) -> Any:
        arguments = json.loads(text)
        return answer(self._archive, name, arguments if isinstance(arguments, dict) else {})

    def _say(self, rows: Sequence[tuple[int, str, Any]]) -> None:
        told = [(number, name, as_json(value)) for number, name, value in rows]
        self.answers.data = {column: [row[at] for row in told] for at, column in enumerate(_ROWS)}

    def changed(self, event: dict[str, Any]) -> None:
        """Tell the page to ask again, in its own turn."""
        self._document.add_next_tick_callback(lambda: self._say([(-event["count"], "changed", event)]))


def fill(document: Document, archive: Archive, poller: Poller, theme: str | None = None) -> None:
    """Make the document of a page that has just been opened.

    Parameters
    ----------
    document : Document
        An empty one.
    archive : Archive
        The records.
    poller : Poller
        Tells when they change.
    theme : str, optional
        ``light`` or ``dark``, where the address says nothing.
    """
    traffic = _Traffic(document, archive, poller)
    document.add_root(lineage_figure(traffic.asks, traffic.answers))
    document.title = f"{archive.name} · lineage"
    document.template = _PAGES.get_template("index.html")
    document.template_variables.update(
        {
            "answers": first_answers(archive, _asked_first(document)),
            "nonce": secrets.token_urlsafe(16),
            "scripts": SCRIPTS,
            "styles": STYLES,
            "theme": theme or "",
            "project": archive.name,
        }
    )
    poller.listen(document, traffic.changed)
    document.on_session_destroyed(lambda _: poller.leave(document))


def _asked_first(document: Document) -> dict[str, Any]:
    """Return the run and the symbol that the address names."""
    context: Any = document.session_context
    arguments = context.request.arguments if context is not None else {}
    given = {name: values[0].decode("utf-8", "replace") for name, values in arguments.items() if values}
    run = given.get("run", "")
    return {"run": int(run) if run.isdecimal() and run.isascii() else None, "task": given.get("task")}


def first_answers(archive: Archive, asked: Mapping[str, Any]) -> str:
    """Return what the page asks at once, so that it need not wait for the socket before it can paint."""
    questions: list[tuple[str, dict[str, Any]]] = [("runs", {}), ("picture", {"run": asked["run"]})]
    if asked["task"]:
        questions.append(("details", {"run": asked["run"], "id": asked["task"]}))
    told = {key(name, arguments): answer(archive, name, arguments) for name, arguments in questions}
    return as_script(told)
