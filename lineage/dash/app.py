"""The document of one open page: the figure, and the traffic both ways."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bokeh.models import ColumnDataSource

from lineage.dash.answers import answer, as_json, as_script, key
from lineage.dash.archive import Archive
from lineage.dash.figure import lineage_figure
from lineage.dash.poller import Poller

if TYPE_CHECKING:
    from bokeh.document import Document

__all__ = ["PICTURE", "fill", "first_answers"]

#: The name of the figure; the page has a place for it before there is one.
PICTURE = "lineage"
_ROWS = ("id", "name", "json")
#: So many answers come along with the news that something was recorded.
_FOLLOWED = 4


class _Traffic:
    """What the page asks and what it is told, over two data sources."""

    def __init__(self, document: Document, archive: Archive, poller: Poller) -> None:
        self._document = document
        self._archive = archive
        self._poller = poller
        self._follows: list[tuple[str, str]] = []
        self.asks = ColumnDataSource({name: [] for name in _ROWS}, name="asks")
        # What was recorded since the page was made: it knows up to which count it has been told.
        news = (-1, "changed", as_json({"count": poller.count}))
        self.answers = ColumnDataSource({name: [news[at]] for at, name in enumerate(_ROWS)}, name="answers")
        self.asks.on_change("data", self._asked)

    def _asked(self, attribute: str, old: Mapping[str, Any], new: Mapping[str, Sequence[Any]]) -> None:
        columns = (new[each] for each in _ROWS)
        rows = [(number, str(name), str(text)) for number, name, text in zip(*columns, strict=True)]
        self._follow([text for _, name, text in rows if name == "follow"])
        begin = time.monotonic()
        told = [(number, name, self._answered(name, text)) for number, name, text in rows if name != "follow"]
        if told:
            self._say(told)
        self._poller.spent(time.monotonic() - begin)

    def _follow(self, texts: Sequence[str]) -> None:
        """Take note of what the page will ask as soon as something was recorded."""
        for text in texts:
            told = json.loads(text)
            wanted = told.get("questions", []) if isinstance(told, dict) else []
            self._follows = [(str(name), str(question)) for name, question in wanted[:_FOLLOWED]]

    def _answered(self, name: str, text: str) -> Any:
        arguments = json.loads(text)
        return answer(self._archive, name, arguments if isinstance(arguments, dict) else {})

    def _say(self, rows: Sequence[tuple[int, str, Any]]) -> None:
        told = [(number, name, as_json(value)) for number, name, value in rows]
        self.answers.data = {column: [row[at] for row in told] for at, column in enumerate(_ROWS)}

    def changed(self, event: dict[str, Any]) -> None:
        """Tell the page, in its own turn, that something was recorded, with the answers to what it will ask then."""
        self._document.add_next_tick_callback(lambda: self._tell(event))

    def _tell(self, event: dict[str, Any]) -> None:
        begin = time.monotonic()
        told = [[name, text, self._answered(name, text)] for name, text in self._follows]
        self._say([(-event["count"], "changed", event | {"answers": told})])
        self._poller.spent(time.monotonic() - begin)


def fill(document: Document, archive: Archive, poller: Poller) -> None:
    """Make the document of a page that has come with its token.

    Parameters
    ----------
    document : Document
        An empty one.
    archive : Archive
        The records.
    poller : Poller
        Tells when they change.
    """
    traffic = _Traffic(document, archive, poller)
    document.add_root(lineage_figure(traffic.asks, traffic.answers, PICTURE))
    document.title = f"{archive.name} · lineage"
    # The page says itself when we are gone, and comes back with a session of its own (page/js/link.js).
    document.config.update(reconnect_session=False, notify_connection_status=False, notifications=None)
    poller.listen(document, traffic.changed)
    document.on_session_destroyed(lambda _: poller.leave(document))


def first_answers(archive: Archive, asked: Mapping[str, Any]) -> str:
    """Return what the page asks at once, so that it need not wait for the socket before it can paint."""
    drawn = {name: asked.get(name) for name in ("run", "before", "focus", "all")}
    questions: list[tuple[str, dict[str, Any]]] = [("runs", {}), ("picture", drawn)]
    if asked["task"]:
        questions.append(("details", {"run": asked["run"], "id": asked["task"]}))
    told = {key(name, arguments): answer(archive, name, arguments) for name, arguments in questions}
    return as_script(told)
