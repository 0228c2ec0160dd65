"""Bokeh's figure of the lineage: its glyphs and their empty sources. The page fills them (``page/js/canvas.js``).

Every size that depends on the zoom, and every colour that depends on the theme, is a column, so that the page changes
them without a question to the server.
"""

from __future__ import annotations

from typing import Any

from bokeh.models import Bezier, ColumnDataSource, PanTool, Plot, Quad, Range1d, Scatter, Text, WheelZoomTool

__all__ = ["COLUMNS", "bare_plot", "lineage_figure"]

_LABEL: dict[str, Any] = {"padding": 1, "border_radius": 3}
#: {name of a source: its columns}, in the order in which they are painted.
COLUMNS = {
    "edges": ("x0", "y0", "cx0", "cy0", "cx1", "cy1", "x1", "y1", "color", "alpha", "width", "dash"),
    "heads": ("x", "y", "size", "angle", "color", "alpha"),
    "shadows": ("x", "y", "size", "marker", "fill", "line", "alpha"),
    "nodes": ("x", "y", "size", "marker", "fill", "line", "width", "alpha"),
    "bars": ("left", "right", "top", "bottom", "color", "alpha"),
    "icons": ("x", "y", "text", "color", "alpha", "font"),
    "labels": ("x", "y", "text", "color", "alpha", "offset", "back"),
}
_FONT = {
    "value": "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', "
    "'Liberation Sans', sans-serif"
}


def bare_plot(name: str) -> Plot:
    """Return a plot without axes, borders and toolbar that fills its element."""
    return Plot(
        name=name,
        x_range=Range1d(start=0, end=1),
        y_range=Range1d(start=1, end=0),
        sizing_mode="stretch_both",
        toolbar_location=None,
        min_border=0,
        outline_line_color=None,
        background_fill_color=None,
        border_fill_color=None,
        lod_threshold=None,
        output_backend="canvas",
    )


def lineage_figure(asks: ColumnDataSource, answers: ColumnDataSource, name: str) -> Plot:
    """Return the figure of the lineage.

    Parameters
    ----------
    asks, answers : ColumnDataSource
        The two ways between the page and us; they have to hang on something that is drawn.
    name : str
        Its name.
    """
    zoom = WheelZoomTool()
    plot = bare_plot(name)
    plot.add_tools(PanTool(), zoom)
    plot.toolbar.active_scroll = zoom
    plot.tags = [asks, answers]
    sources = {
        name: ColumnDataSource({column: [] for column in columns}, name=name) for name, columns in COLUMNS.items()
    }
    for name, glyph in _glyphs().items():
        plot.add_glyph(sources[name], glyph)
    return plot


def _glyphs() -> dict[str, Any]:
    symbol: dict[str, Any] = {
        "x": "x",
        "y": "y",
        "size": "size",
        "marker": "marker",
        "fill_color": "fill",
        "line_color": "line",
    }
    both: dict[str, Any] = {"fill_alpha": "alpha", "line_alpha": "alpha"}
    ends: dict[str, Any] = {name: name for name in ("x0", "y0", "cx0", "cy0", "cx1", "cy1", "x1", "y1")}
    written: dict[str, Any] = {
        "x": "x",
        "y": "y",
        "text": "text",
        "text_color": "color",
        "text_alpha": "alpha",
        "text_font": _FONT,
    }
    return {
        "edges": Bezier(**ends, line_color="color", line_alpha="alpha", line_width="width", line_dash="dash"),
        "heads": Scatter(
            x="x", y="y", size="size", angle="angle", marker={"value": "triangle"},
            fill_color="color", fill_alpha="alpha", line_color=None,
        ),
        "shadows": Scatter(**symbol, **both, line_width=1),
        "nodes": Scatter(**symbol, **both, line_width="width"),
        "bars": Quad(
            left="left", right="right", top="top", bottom="bottom",
            fill_color="color", fill_alpha="alpha", line_color=None,
        ),
        "icons": Text(**written, text_align="center", text_baseline="middle", text_font_size="font"),
        "labels": Text(
            **written, text_align="center", text_baseline="top", text_font_size={"value": "12px"}, y_offset="offset",
            background_fill_color="back", background_fill_alpha=1.0, **_LABEL,
        ),
    }  # fmt: skip
