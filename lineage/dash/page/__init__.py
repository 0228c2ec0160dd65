"""The page's files: a template, styles and scripts, as they are. No build step, and nothing from another server."""

from __future__ import annotations

import os

__all__ = ["FOLDER", "SAVED", "SCRIPTS", "STYLES"]

FOLDER = os.path.dirname(os.path.abspath(__file__))
#: In the order in which they run: the theme, the core, what views are made of, the views in the order of their tabs,
#: the start.
SCRIPTS = (
    "js/theme.js",
    "js/core.js",
    "js/search.js",
    "js/diff.js",
    "js/preview.js",
    "js/details.js",
    "js/strip.js",
    "js/painter.js",
    "js/labels.js",
    "js/retouch.js",
    "js/turn.js",
    "js/canvas.js",
    "js/lineage.js",
    "js/words.js",
    "js/views/timeline.js",
    "js/views/table.js",
    "js/views/compare.js",
    "js/views/artifacts.js",
    "js/views/stack.js",
    "js/link.js",
    "js/start.js",
)
#: Those of a page that was saved: where things are kept on a machine is of no use elsewhere, and there is no server.
_LIVE = ("js/views/stack.js", "js/link.js")
SAVED = (*SCRIPTS[:2], "js/saved.js", *(each for each in SCRIPTS[2:] if each not in _LIVE))
STYLES = ("theme.css", "shell.css", "details.css", "views.css")
