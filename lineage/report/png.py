"""A scene as a PNG picture, painted by Pillow: larger than it is shown, and then made smaller to be smooth."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import singledispatchmethod
from io import BytesIO
from itertools import pairwise

from PIL import Image, ImageDraw

from lineage.report.fonts import runs, unknown
from lineage.report.palette import palette
from lineage.report.scene import GAP, Block, Curve, Disc, Line, Outline, Point, Scene, Shape, Text

__all__ = ["png", "unreadable"]

#: Pixels of the picture for one of the scene (screens have two), and pixels painted for one of the picture, each way.
_SCALE, _FINER = 2.0, 2
#: So many pixels are painted at most: of a larger scene the scale is smaller.
_MOST = 60_000_000
_DASH = 4.0


def png(scene: Scene, theme: str | None = None) -> bytes:
    """Return a picture as a PNG file.

    Parameters
    ----------
    scene : Scene
        The picture.
    theme : str, optional
        ``light`` (by default, since a PNG cannot ask) or ``dark``.
    """
    fits = math.sqrt(_MOST / (scene.width * scene.height)) / _FINER
    painter = _Painter(scene, palette(theme or "light"), min(_SCALE, fits) * _FINER)
    for shape in scene.shapes():
        painter.paint(shape)
    small = painter.image.reduce(_FINER)
    out = BytesIO()
    # Few colours make a small file; a palette picture of them would lose the smooth edges.
    small.save(out, "PNG", optimize=True, dpi=(144, 144))
    return out.getvalue()


def unreadable(scene: Scene) -> list[str]:
    """Return the texts of a picture with letters that no font on this machine has."""
    texts = [each for shape in scene.shapes() if isinstance(shape, Text) for each in (shape, *shape.after)]
    return list(dict.fromkeys(each.text for each in texts if unknown(each.text)))


class _Painter:
    def __init__(self, scene: Scene, colours: Mapping[str, str], scale: float) -> None:
        self._colours = colours
        self._scale = scale
        size = (_even(scene.width * scale), _even(scene.height * scale))
        self.image = Image.new("RGB", size, self._colours[scene.background])
        self._pen = ImageDraw.Draw(self.image)

    def _at(self, *numbers: float) -> list[float]:
        return [number * self._scale for number in numbers]

    def _width(self, width: float) -> int:
        return max(1, round(width * self._scale))

    def _color(self, name: str | None) -> str | None:
        return None if name is None else self._colours[name]

    @singledispatchmethod
    def paint(self, shape: Shape) -> None:
        raise TypeError(f"no shape: {shape!r}")

    @paint.register
    def _(self, shape: Disc) -> None:
        x, y, radius = self._at(shape.x, shape.y, shape.radius)
        # The border lies half outside, as in SVG.
        width = self._width(1) if shape.line else 0
        radius += width / 2
        box = (x - radius, y - radius, x + radius, y + radius)
        self._pen.ellipse(box, self._color(shape.fill), self._color(shape.line), width)

    @paint.register
    def _(self, shape: Block) -> None:
        x, y, wide, high, radius = self._at(shape.x, shape.y, shape.width, shape.height, shape.radius)
        width = self._width(1) if shape.line else 0
        out = width / 2
        box = (x - out, y - out, x + wide + out, y + high + out)
        self._pen.rounded_rectangle(box, radius, self._color(shape.fill), self._color(shape.line), width)

    @paint.register
    def _(self, shape: Outline) -> None:
        self._pen.polygon([tuple(self._at(*point)) for point in shape.points], self._color(shape.fill))

    @paint.register
    def _(self, shape: Line) -> None:
        points = list(_flat(shape.curves)) if shape.curves else list(shape.points)
        for part in _dashes(points) if shape.dashed else [points]:
            self._stroke(part, shape)

    def _stroke(self, points: Sequence[Point], shape: Line) -> None:
        width, color = self._width(shape.width), self._color(shape.color)
        ends = [tuple(self._at(*point)) for point in points]
        self._pen.line(ends, color, width, joint="curve")
        if not shape.curves and width > 2:
            for x, y in ends:
                self._pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), color)

    @paint.register
    def _(self, shape: Text) -> None:
        texts = [shape, *shape.after]
        whole = sum(map(self._length, texts)) + GAP * self._scale * len(shape.after)
        x, y = self._at(shape.x, shape.y)
        x -= whole * {"start": 0.0, "middle": 0.5, "end": 1.0}[shape.anchor]
        for text in texts:
            self._write(text, x, y)
            x += self._length(text) + GAP * self._scale

    def _size(self, text: Text) -> int:
        return max(1, round(text.size * self._scale))

    def _length(self, text: Text) -> float:
        return float(sum(font.getlength(part) for font, part in runs(text.text, self._size(text))))

    def _write(self, text: Text, x: float, y: float) -> None:
        # The font has one weight: bold letters get a rim in their own colour.
        rim = self._width(0.3) if text.bold else self._width(2) if text.halo else 0
        around = self._color(text.color if text.bold else text.halo)
        for font, part in runs(text.text, self._size(text)):
            self._pen.text((x, y), part, self._color(text.color), font, "ls", stroke_width=rim, stroke_fill=around)
            x += font.getlength(part)


def _even(number: float) -> int:
    return max(_FINER, math.ceil(number / _FINER) * _FINER)


def _flat(curves: Sequence[Curve]) -> Iterator[Point]:
    """Yield points along some curves, close enough together to look round."""
    yield curves[0][:2]
    for x0, y0, cx0, cy0, cx1, cy1, x1, y1 in curves:
        count = max(2, min(64, int((abs(x1 - x0) + abs(y1 - y0)) / 6)))
        for number in range(1, count + 1):
            t = number / count
            a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
            yield a * x0 + b * cx0 + c * cx1 + d * x1, a * y0 + b * cy0 + c * cy1 + d * y1


def _dashes(points: Sequence[Point]) -> Iterator[list[Point]]:
    """Yield every other stretch of a line."""
    at, drawn, part = 0.0, True, [points[0]]
    for (x0, y0), (x1, y1) in pairwise(points):
        length = math.hypot(x1 - x0, y1 - y0)
        gone = 0.0
        while length - gone > _DASH - at:
            gone += _DASH - at
            place = (x0 + (x1 - x0) * gone / length, y0 + (y1 - y0) * gone / length)
            if drawn:
                yield [*part, place]
            at, drawn, part = 0.0, not drawn, [place]
        at += length - gone
        part.append((x1, y1))
    if drawn and len(part) > 1:
        yield part
