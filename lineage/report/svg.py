"""A scene as SVG text: nothing but shapes, whose colours follow the system where no theme was asked for.

It is safe inside of another page: no script, no link, no id, nothing from elsewhere; names of classes count below its
own root only. A reader without style sheets sees the light theme, from attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import singledispatch
from xml.sax.saxutils import escape, quoteattr

from lineage.report.lettering import shown
from lineage.report.palette import palette
from lineage.report.scene import GAP, Block, Curve, Disc, Group, Line, Outline, Scene, Shape, Text

__all__ = ["svg"]

_SANS = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue','Noto Sans','Liberation Sans',sans-serif"
_MONO = "ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono','DejaVu Sans Mono',monospace"
_ROOT = "lineage-picture"
#: What XML does not allow, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def svg(scene: Scene, theme: str | None = None) -> str:
    """Return a picture as an SVG document.

    Parameters
    ----------
    scene : Scene
        The picture.
    theme : str, optional
        ``light`` or ``dark``; else as the reader's system has it.
    """
    colours = palette(theme or "light")
    width, height = _number(scene.width), _number(scene.height)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{_ROOT}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family={quoteattr(_SANS)} style="max-width:100%;height:auto" role="img">',
        f"<title>{_text(scene.title)}</title><desc>{_text(scene.told)}</desc>",
    ]
    if theme is None:
        parts.append(_style(scene))
    ground = Block(0.5, 0.5, scene.width - 1, scene.height - 1, scene.background, "line", 8)
    body = [_shape(ground), *(_group(each) if isinstance(each, Group) else _shape(each) for each in scene.items)]
    parts += [_coloured(each, colours, is_styled=theme is None) for each in body]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _text(text: str) -> str:
    return escape(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text))


def _attribute(text: str) -> str:
    return quoteattr(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text))


# -- colours: marked first as `fill:run`, and put in when all is written -----------------------------------------------

_COLOUR = re.compile(r"\x00(fill|stroke):([a-z-]+)((?:\x00(?:fill|stroke):[a-z-]+)*)")


def _paint(fill: str | None, stroke: str | None = None) -> str:
    """Mark where colours go. No name or value has the mark, which XML does not allow."""
    given = [f"\0fill:{fill}" if fill else "", f"\0stroke:{stroke}" if stroke else ""]
    return "".join(given)


def _coloured(text: str, colours: Mapping[str, str], *, is_styled: bool) -> str:
    """Put colours in: as attributes, and where the theme is the reader's also as classes that the style sheet knows."""

    def put(found: re.Match[str]) -> str:
        pairs = [each.split(":") for each in found[0][1:].split("\0")]
        names = " ".join(f"{way[0]}-{name}" for way, name in pairs)
        attributes = " ".join(f'{way}="{colours[name]}"' for way, name in pairs)
        return f'class="{names}" {attributes}' if is_styled else attributes

    return _COLOUR.sub(put, text)


def _style(scene: Scene) -> str:
    dark = palette("dark")
    fills = {scene.background, *_named(scene, "fill")}
    strokes = {"line", *_named(scene, "stroke")}
    rules = [f".{_ROOT} .f-{name}{{fill:{dark[name]}}}" for name in sorted(fills)]
    rules += [f".{_ROOT} .s-{name}{{stroke:{dark[name]}}}" for name in sorted(strokes)]
    return f"<style>@media (prefers-color-scheme:dark){{{''.join(rules)}}}</style>"


def _named(scene: Scene, way: str) -> Iterable[str]:
    return {found for each in scene.shapes() for found in re.findall(rf"\x00{way}:([a-z-]+)", _shape(each))}


# -- shapes -----------------------------------------------------------------------------------------------------------


def _group(group: Group) -> str:
    told = "".join(f" data-{name}={_attribute(value)}" for name, value in group.told.items())
    tip = f"<title>{_text(shown(group.tip))}</title>" if group.tip else ""
    return f'<g class="{group.name}"{told}>{tip}{"".join(map(_shape, group.shapes))}</g>'


@singledispatch
def _shape(shape: Shape) -> str:
    raise TypeError(f"no shape: {shape!r}")


@_shape.register
def _(shape: Disc) -> str:
    place = f'cx="{_number(shape.x)}" cy="{_number(shape.y)}" r="{_number(shape.radius)}"'
    return f"<circle {place} {_paint(shape.fill, shape.line)}/>"


@_shape.register
def _(shape: Block) -> str:
    place = f'x="{_number(shape.x)}" y="{_number(shape.y)}"'
    size = f'width="{_number(shape.width)}" height="{_number(shape.height)}"'
    radius = f' rx="{_number(shape.radius)}"' if shape.radius else ""
    return f"<rect {place} {size}{radius} {_paint(shape.fill, shape.line)}/>"


@_shape.register
def _(shape: Line) -> str:
    drawn = _path(shape.curves) if shape.curves else "M" + "L".join(map(_point, shape.points))
    dashes = ' stroke-dasharray="4 4"' if shape.dashed else ""
    ends = "" if shape.curves else ' stroke-linecap="round" stroke-linejoin="round"'
    width = _number(shape.width)
    return f'<path d="{drawn}" fill="none" stroke-width="{width}"{dashes}{ends} {_paint(None, shape.color)}/>'


@_shape.register
def _(shape: Outline) -> str:
    return f'<path d="M{"L".join(map(_point, shape.points))}Z" {_paint(shape.fill)}/>'


@_shape.register
def _(shape: Text) -> str:
    anchor = "" if shape.anchor == "start" else f' text-anchor="{shape.anchor}"'
    halo = ' stroke-width="4" stroke-linejoin="round" paint-order="stroke"' if shape.halo else ""
    place = f'x="{_number(shape.x)}" y="{_number(shape.y)}"'
    after = "".join(f'<tspan dx="{_number(GAP)}"{_font(each)}>{_text(each.text)}</tspan>' for each in shape.after)
    return f"<text {place}{anchor}{halo}{_font(shape)}>{_text(shape.text)}{after}</text>"


def _font(text: Text) -> str:
    weight = f' font-weight="{650 if text.bold else 400}"'
    family = f" font-family={quoteattr(_MONO)}" if text.mono else ""
    return f' font-size="{_number(text.size)}"{weight}{family} {_paint(text.color, text.halo)}'


def _point(point: Sequence[float]) -> str:
    return f"{_number(point[0])} {_number(point[1])}"


def _path(curves: Sequence[Curve]) -> str:
    start = f"M{_point(curves[0][:2])}"
    return start + "".join("C" + " ".join(map(_number, curve[2:])) for curve in curves)
