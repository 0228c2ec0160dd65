"""A run as one page that needs no server and asks nobody anything.

It is the dashboard's page with its own scripts, which find their answers in the page; `page/js/painter.js`
draws in Bokeh's place. Where scripts are not allowed to run, the picture is there as SVG.
"""

from __future__ import annotations

import base64
import hashlib
import os
from html import escape

from lineage.dash.answers import as_script
from lineage.dash.page import FOLDER, SAVED, STYLES
from lineage.report.saved import Saved
from lineage.report.scene import Scene
from lineage.report.svg import svg

__all__ = ["html"]

_PAGE = """\
<!doctype html>
<html lang="en" data-offline{theme}{against}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<link rel="icon" href="{icon}" type="image/svg+xml">
<style>
{styles}</style>
</head>
<body>
<div id="shell">
<div class="still">{picture}</div>
</div>
<div id="parked" aria-hidden="true"><div class="picture" data-picture="lineage"><canvas></canvas></div></div>
<div id="said" class="unseen" role="status" aria-live="polite"></div>
<script type="application/json" id="lineage-answers">{answers}</script>
<script>{scripts}</script>
</body>
</html>
"""


def html(saved: Saved, scene: Scene, theme: str | None = None, before: int | None = None) -> str:
    """Return the page.

    Parameters
    ----------
    saved : Saved
        The answers that it brings along.
    scene : Scene
        The picture for readers without scripts.
    theme : str, optional
        ``light`` or ``dark``; else as the reader's system has it.
    before : int, optional
        The run that the page opens compared with.
    """
    scripts = "".join(map(_file, SAVED))
    return _PAGE.format(
        theme=f' data-theme-default="{theme}"' if theme else "",
        against="" if before is None else f' data-against="{before}"',
        policy=_policy(scripts),
        title=escape(scene.title),
        icon=_icon(),
        styles="".join(map(_file, STYLES)),
        picture=svg(scene, theme),
        answers=as_script(saved.data | {"left_out": list(saved.left_out)}),
        scripts=scripts,
    )


def _file(name: str) -> str:
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return file.read()


def _icon() -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(_file("icon.svg").encode()).decode()


def _policy(scripts: str) -> str:
    """Allow this one script and nothing else: whatever a name or a value says does not run, and nothing is asked."""
    digest = base64.b64encode(hashlib.sha256(scripts.encode()).digest()).decode()
    rest = "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; script-src 'sha256-{digest}'; {rest}"
