"""The page itself: answered without a Bokeh document, so that it can be painted before there is one.

Making a document costs a hundred times what reading a small run does. So the page comes with its first answers and with
a signed token, paints them itself, and makes a session with that token when it is on the screen (``js/start.js``).
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from bokeh.server.views.auth_request_handler import AuthRequestHandler
from bokeh.server.views.static_handler import StaticHandler
from bokeh.util.token import generate_jwt_token, generate_session_id
from jinja2 import Environment, FileSystemLoader
from tornado.web import RequestHandler, authenticated

from lineage.dash.app import PICTURE, first_answers
from lineage.dash.archive import Archive
from lineage.dash.page import FOLDER, SCRIPTS, STYLES
from lineage.dash.poller import Poller

__all__ = ["LIVE", "Bundle", "Front"]

#: Where the sessions are.
LIVE = "/live"
_PAGES = Environment(loader=FileSystemLoader(FOLDER), autoescape=True)
#: Whatever a name or a value says, nothing runs but the files of this page. As a header, since a browser that meets it
#: within a page fetches nothing ahead of its parser from there on.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'"
)
#: Levels up and down, and around what (``focusOf`` in lineage.js).
_FOCUS = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})\.(.+)", re.DOTALL)
_BUNDLES = {"lineage.js": (SCRIPTS, "text/javascript"), "lineage.css": (STYLES, "text/css")}
#: Seconds that a page may wait before it makes its session: a browser does not run what is in a tab that nobody opens.
_PATIENCE = 24 * 3600
#: A year: the address of a bundle says its content.
_FOR_GOOD = "public, max-age=31536000, immutable"


class _Made(NamedTuple):
    """A bundle: its bytes, those packed, and the hash of them."""

    content: bytes
    packed: bytes
    version: str


@cache
def _bundle(name: str) -> _Made:
    """Return files of the page as one, so that the first picture waits for one answer and not for fifteen."""
    parts = []
    for each in _BUNDLES[name][0]:
        with open(os.path.join(FOLDER, each), "rb") as file:
            parts.append(file.read())
    content = b"\n".join(parts)
    return _Made(content, gzip.compress(content, mtime=0), hashlib.sha256(content).hexdigest()[:16])


def _placed(name: str) -> str:
    return f"page/{name}?v={_bundle(name).version}"


class Bundle(RequestHandler):
    """Gives the scripts or the styles as one file."""

    def get(self, name: str) -> None:
        """Answer with a bundle."""
        made = _bundle(name)
        self.set_header("Content-Type", f"{_BUNDLES[name][1]}; charset=utf-8")
        self.set_header("Vary", "Accept-Encoding")
        if self.get_query_argument("v", "") == made.version:
            self.set_header("Cache-Control", _FOR_GOOD)
        if "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            self.write(made.packed)
        else:
            self.write(made.content)


class Front(AuthRequestHandler):
    """Gives the page, to those whom the server's door lets in."""

    def initialize(self, archive: Archive, poller: Poller, theme: str | None, key: str) -> None:
        """Take what every page is made of, and the key that signs its token."""
        self._archive = archive
        self._poller = poller
        self._theme = theme
        self._key = key

    @authenticated
    async def get(self) -> None:
        """Answer with the page."""
        self.set_header("Content-Security-Policy", _POLICY)
        self.set_header("Cache-Control", "no-store")
        self.write(_PAGES.get_template("index.html").render(self._words()))

    def _words(self) -> Mapping[str, Any]:
        return {
            "answers": first_answers(self._archive, self._asked()),
            "count": self._poller.count,
            "token": _token(self._key),
            "bokeh": f"static/{StaticHandler.append_version('js/bokeh.min.js')}",
            "live": LIVE,
            "picture": PICTURE,
            "scripts": _placed("lineage.js"),
            "styles": _placed("lineage.css"),
            "theme": self._theme or "",
            "asked": self._asked_theme(),
            "title": f"{self._archive.name} · lineage",
        }

    def _asked(self) -> dict[str, Any]:
        """Return what the address says of the picture, as the page's scripts read it."""
        said = {name: self.get_query_argument(name, "") for name in ("run", "against", "focus", "all", "task")}
        focus = _FOCUS.fullmatch(said["focus"])
        return {
            "run": _number(said["run"]),
            "before": _number(said["against"]),
            "focus": {"ids": [focus[3]], "up": int(focus[1]), "down": int(focus[2])} if focus else None,
            "all": True if said["all"] else None,
            "task": said["task"] or None,
        }

    def _asked_theme(self) -> str:
        """Return the theme if it is not for the reader's system to say."""
        asked = self.get_query_argument("theme", "") or self._theme or ""
        return asked if asked in ("light", "dark") else ""


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() else None


def _token(key: str) -> str:
    """Return what opens a session; Bokeh makes that when the page comes with it."""
    signs = key.encode()
    session = generate_session_id(secret_key=signs, signed=True)
    payload: dict[str, Any] = {"headers": {}, "cookies": {}, "arguments": {}}
    return str(generate_jwt_token(session, secret_key=signs, signed=True, extra_payload=payload, expiration=_PATIENCE))
