"""What a picture is made of, in pixels, `y` downwards. Colours are names in `lineage.report.palette`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

__all__ = ["GAP", "Block", "Curve", "Disc", "Group", "Line", "Outline", "Point", "Scene", "Shape", "Text"]

Point = tuple[float, float]
#: start, first control point, second control point, end
Curve = tuple[float, float, float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class Disc:
    """A filled circle, with a border where `line` names a colour."""

    x: float
    y: float
    radius: float
    fill: str
    line: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A filled rectangle with round corners, `x` and `y` its upper left one."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    line: str | None = None
    radius: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """Strokes with round ends: through `points`, or along `curves`."""

    color: str
    width: float
    points: Sequence[Point] = ()
    curves: Sequence[Curve] = ()
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Outline:
    """A filled polygon."""

    points: Sequence[Point]
    fill: str


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text; `x` is where `anchor` (``start``, ``middle``, ``end``) is, `y` its base line.

    A `halo` is a rim in a background's colour that keeps it legible above edges. What comes `after` stands beside it,
    however wide it turns out to be, at a distance of `GAP`.
    """

    x: float
    y: float
    text: str
    size: float
    color: str
    anchor: str = "start"
    bold: bool = False
    mono: bool = False
    halo: str | None = None
    after: Sequence[Text] = ()


#: Between texts that stand beside one another.
GAP = 8.0

Shape = Disc | Block | Line | Outline | Text


@dataclass(frozen=True, slots=True)
class Group:
    """Shapes that are one thing.

    Attributes
    ----------
    name : str
        What kind of thing: ``step``, ``artifact``, ``edge``.
    told : mapping of str to str
        What is known of it, for programs that read the picture: ``id``, ``status``.
    tip : str
        What is shown when a pointer rests on it.
    """

    name: str
    shapes: Sequence[Shape]
    told: dict[str, str] = field(default_factory=dict)
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture: its size, what it is called, and what is painted, in that order."""

    width: float
    height: float
    title: str
    told: str
    items: Sequence[Group | Shape]
    background: str = "panel"

    def shapes(self) -> Iterator[Shape]:
        """Yield every shape in the order of painting."""
        for item in self.items:
            if isinstance(item, Group):
                yield from item.shapes
            else:
                yield item
