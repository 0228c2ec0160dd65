"""Small pictures: which arrays look like images, and how they become PNG, with zlib and nothing else.

The format is that of the specification, https://www.w3.org/TR/png-3/: grey or colour, 8 bits, one filter for all lines.
"""

from __future__ import annotations

import base64
import math
import zlib
from typing import Any

__all__ = ["drawing", "embedded", "picture_of", "png"]

#: The largest file that goes into a preview: a third more as text.
MOST_BYTES = 10_000
#: The longest side; less where the file would become too large, since noise does not compress.
_SIDE = 160
_SMALLEST = 8
_LONGEST = 4  # times as long as broad, and still an image
_MOST_TILES = 10
_GAP = 1
_GAP_GREY = 96
#: Values of neighbours go together in images, and not in tables of numbers. Random ones have 0, the digits 0.5.
_SMOOTH = 0.2
#: So many images, and so many of their pixels from the middle in each direction, are looked at for that.
_LOOKED_IN = 12
_LOOKED_AT = 64
#: How much finer than its picture a large image is looked at.
_FINER = 4
#: Whole numbers up to here are scaled (the digits have 16).
_FEW_LEVELS = 64
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def picture_of(array: Any) -> dict[str, Any] | None:
    """Return the picture of an array that looks like an image, or like several.

    Parameters
    ----------
    array : ndarray
        ``(height, width)``, with 3 or 4 colours at the end, or with images before: ``(n, height, width)``; also
        ``(n, side * side)``, as scikit-learn has them.

    Returns
    -------
    dict or None
        ``png`` (base64), ``width``, ``height``; ``images`` if it is a sheet, with how many are shown of how many.
    """
    images = _images(array)
    if images is None:
        return None
    most = _SIDE
    while True:
        pixels, shown = _sheet(images, most)
        data = png(pixels)
        if len(data) <= MOST_BYTES:
            break
        most = int(most * 0.95 * math.sqrt(MOST_BYTES / len(data)))
    found: dict[str, Any] = {"png": _text(data), "width": pixels.shape[1], "height": pixels.shape[0]}
    return found if len(images) == 1 else found | {"images": [shown, len(images)]}


def drawing(pixels: Any) -> dict[str, Any] | None:
    """Return a drawing in few colours, as large as it may be.

    Parameters
    ----------
    pixels : ndarray of uint8
        ``(height, width, 4)``: red, green, blue and opacity.
    """
    import numpy as np

    clear = pixels[..., 3:] / 255
    paper = (pixels[..., :3] * clear + 255 * (1 - clear))[None]
    for most in (max(pixels.shape[:2]), _SIDE * 3 // 2, _SIDE, _SIDE // 2):
        small = np.rint(_shrunk(paper, most)[0]).astype(np.uint8)
        data = _in_few_colours(small)
        if len(data) <= MOST_BYTES:
            return {"png": _text(data), "width": small.shape[1], "height": small.shape[0]}
    return None


def embedded(data: bytes) -> dict[str, Any] | None:
    """Return a PNG file as it is, if it is one and small."""
    if not data.startswith(_SIGNATURE) or len(data) > MOST_BYTES or len(data) < 24:
        return None
    width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    return {"png": _text(data), "width": width, "height": height}


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


# -- PNG ---------------------------------------------------------------------------------------------------------------


def png(pixels: Any) -> bytes:
    """Return pixels as a PNG file.

    Parameters
    ----------
    pixels : ndarray of uint8
        ``(height, width)`` for grey, ``(height, width, 3)`` or ``(height, width, 4)`` for colour.
    """
    import numpy as np

    height, width = pixels.shape[:2]
    depth = pixels.shape[2] if pixels.ndim == 3 else 1
    lines = np.zeros((height, 1 + width * depth), np.uint8)
    lines[:, 1:] = pixels.reshape(height, -1)
    # Differences to the left neighbour (filter 1) are shorter for photographs, plain values for drawings.
    left = lines.copy()
    left[:, 0] = 1
    left[:, 1 + depth :] -= lines[:, 1:-depth]
    body = min((zlib.compress(each.tobytes(), 6) for each in (lines, left)), key=len)
    return _file(width, height, {1: 0, 3: 2, 4: 6}[depth], _chunk(b"IDAT", body))


def _in_few_colours(pixels: Any) -> bytes:
    """Return colours as a PNG file with at most 256 of them: drawings have few, but for the edges of their lines."""
    import numpy as np

    for levels in (16, 6):  # 6 * 6 * 6 are less than 256
        places = (pixels.astype(np.uint16) * (levels - 1) + 127) // 255
        packed = (places[..., 0] * levels + places[..., 1]) * levels + places[..., 2]
        colours, indices = np.unique(packed, return_inverse=True)
        if len(colours) <= 256:
            break
    channels = np.stack([colours // levels**2, colours // levels % levels, colours % levels], axis=1)
    palette = (channels * 255 // (levels - 1)).astype(np.uint8)
    height, width = pixels.shape[:2]
    lines = np.zeros((height, 1 + width), np.uint8)
    lines[:, 1:] = indices.reshape(height, width)
    body = _chunk(b"PLTE", palette.tobytes()) + _chunk(b"IDAT", zlib.compress(lines.tobytes(), 9))
    return _file(width, height, 3, body)


def _file(width: int, height: int, colour: int, body: bytes) -> bytes:
    head = width.to_bytes(4) + height.to_bytes(4) + bytes((8, colour, 0, 0, 0))
    return _SIGNATURE + _chunk(b"IHDR", head) + body + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)


# -- which arrays are images -------------------------------------------------------------------------------------------


class _Flat:
    """Images whose pixels lie in one line, ``(n, side * side)``: only those that are taken get a shape of their own."""

    def __init__(self, array: Any, side: int) -> None:
        self.array = array
        self.shape = (array.shape[0], side, side)

    def __len__(self) -> int:
        return int(self.shape[0])

    def __getitem__(self, rows: slice) -> Any:
        taken = self.array[rows]
        return taken.reshape(len(taken), *self.shape[1:])


def _images(array: Any) -> Any:
    """Return an array as images, ``(n, height, width)`` or ``(n, height, width, colours)``, or ``None``.

    Bytes and truth values in the shape of an image are one. Other numbers have to be like grey levels or colours, and
    each has to be near to its neighbours.
    """
    if array.dtype.kind not in "buif" or not 2 <= array.ndim <= 4 or not array.size:
        return None
    is_byte = array.dtype.itemsize == 1 and array.dtype.kind in "bu"
    straight, flat = _straight(array), _flat(array)
    # Rows of bytes are rather those of one image, rows of other numbers rather images.
    if straight is not None and is_byte and _is_framed(straight):
        return straight
    readings = [each for each in (flat, straight) if each is not None and _is_framed(each)]
    return next((each for each in readings if _looks_drawn(each)), None)


def _straight(array: Any) -> Any:
    """Return an array of the shape of an image, or of several, as images."""
    shape = array.shape
    if array.ndim == 2:
        return array[None]
    if array.ndim == 3:
        return array[None] if shape[2] in (3, 4) else array
    if shape[3] in (1, 3, 4):
        return array[..., 0] if shape[3] == 1 else array
    if shape[1] in (1, 3):  # as torch has them
        return array[:, 0] if shape[1] == 1 else array.transpose(0, 2, 3, 1)
    return None


def _flat(array: Any) -> _Flat | None:
    side = math.isqrt(array.shape[1]) if array.ndim == 2 else 0
    return _Flat(array, side) if side and side * side == array.shape[1] else None


def _is_framed(images: Any) -> bool:
    """Whether images have the proportions of one."""
    short, long = sorted(images.shape[1:3])
    return bool(short >= _SMALLEST and long <= _LONGEST * short)


def _looks_drawn(images: Any) -> bool:
    """Whether some of the images have grey levels, or colours, that change little from one pixel to the next."""
    import numpy as np

    top, left = (max(0, (length - _LOOKED_AT) // 2) for length in images.shape[1:3])
    step = max(1, len(images) // _LOOKED_IN)
    some = images[: step * _LOOKED_IN : step]
    part = some[:, top : top + _LOOKED_AT, left : left + _LOOKED_AT].astype(np.float64)
    low, high = part.min(), part.max()
    if isinstance(images, _Flat) and not _is_folded(part):
        return False
    if not (0 <= low < high < 1 << 16) or (high > 1 and (part != np.rint(part)).any()):
        return False
    part -= part.mean()
    return _together(part[:, 1:], part[:, :-1]) > _SMOOTH and _together(part[:, :, 1:], part[:, :, :-1]) > _SMOOTH


def _is_folded(images: Any) -> bool:
    """Whether pixels above one another are nearer than those that are half a line apart: not so in a series."""
    lines = images.reshape(len(images), -1)
    lines = lines - lines.mean()
    side = images.shape[1]
    return _together(lines[:, side:], lines[:, :-side]) > _together(lines[:, side // 2 :], lines[:, : -(side // 2)])


def _together(some: Any, others: Any) -> float:
    """Return how much two sets of numbers, of mean 0, go together: 1 fully, 0 not at all."""
    size = math.sqrt(float((some * some).sum()) * float((others * others).sum()))
    return float((some * others).sum()) / size if size else 0.0


# -- from images to pixels ---------------------------------------------------------------------------------------------


def _sheet(images: Any, most: int) -> tuple[Any, int]:
    """Return one image, or as many of several as have room side by side, in bytes; and how many these are."""
    height, width = images.shape[1:3]
    if len(images) == 1:
        return _grey(_shrunk(images[:1], most))[0], 1
    across = min(max(most // (width + _GAP), 3), _MOST_TILES, len(images))
    down = min(max(most // (height + _GAP), 3), _MOST_TILES, -(-len(images) // across))
    number = min(len(images), across * down)
    step = len(images) // number
    tiles = _grey(_shrunk(images[: step * number : step], most // max(across, down) - _GAP))
    return _laid_out(tiles, across, down), number


def _laid_out(tiles: Any, across: int, down: int) -> Any:
    import numpy as np

    height, width = tiles.shape[1] + _GAP, tiles.shape[2] + _GAP
    sheet = np.full((down * height - _GAP, across * width - _GAP, *tiles.shape[3:]), _GAP_GREY, np.uint8)
    for number, tile in enumerate(tiles):
        row, column = divmod(number, across)
        sheet[row * height :, column * width :][: tile.shape[0], : tile.shape[1]] = tile
    return sheet


def _shrunk(images: Any, most: int) -> Any:
    """Return images with no side longer than `most`: the mean of a few pixels each, of very large ones of a sample."""
    import numpy as np

    most = max(most, 1)
    skip = max(1, max(images.shape[1:3]) // (_FINER * most))
    images = images[:, ::skip, ::skip]
    by = -(-max(images.shape[1:3]) // most)
    if by == 1:
        return images
    height, width = (max(length // by, 1) for length in images.shape[1:3])
    whole = images[:, : height * by, : width * by].astype(np.float64)
    tall, broad = min(by, whole.shape[1]), min(by, whole.shape[2])
    return whole.reshape(len(images), height, tall, width, broad, *images.shape[3:]).mean(axis=(2, 4))


def _grey(images: Any) -> Any:
    """Return images in bytes, from black to white; those that go as far as bytes or up to 1 keep their levels."""
    import numpy as np

    values = images.astype(np.float64)
    high = values.max()
    if high > 1 and (images.dtype.kind == "f" or images.dtype.itemsize > 1) and high <= _FEW_LEVELS:
        values = values * (255 / high)
    elif high <= 1:
        values = values * 255
    elif high > 255:
        values = values * (255 / high)
    return values.astype(np.uint8)
