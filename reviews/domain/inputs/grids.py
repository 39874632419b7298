"""Grids of numbers as grey images."""

import base64
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from reviews.domain.inputs.shapes import Image

Pixels = Sequence[Sequence[float]]
MOST = 1e300  # no image has greater numbers, and no division copes with much greater ones


def is_grid(value: object) -> TypeGuard[Pixels]:
    """Whether it is rows of numbers, at least one, all of one length."""
    if not isinstance(value, list) or not value or not all(isinstance(r, list) for r in value):
        return False
    same = {len(row) for row in value}
    numbers = all(
        type(cell) in (int, float) and -MOST <= cell <= MOST for row in value for cell in row
    )
    return len(same) == 1 and same != {0} and numbers


def image(pixels: Pixels, hints: Mapping[str, Any], title: str, about: str = "") -> Image:
    """The grid as an image whose white is the `maximum` of its numbers."""
    height, width = len(pixels), len(pixels[0])
    white = _white(hints, pixels)
    png = _png([bytes(_grey(cell, white) for cell in row) for row in pixels], width)
    src = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    return Image(title, src, width, height, about)


def _white(hints: object, pixels: Pixels) -> float:
    """The nearest `maximum` in the nested items; without one, the brightest number there is."""
    while isinstance(hints, Mapping):
        limit = hints.get("maximum")
        if isinstance(limit, int | float) and 0 < limit <= MOST:
            return float(limit)
        hints = hints.get("items")
    return float(max(max(row) for row in pixels)) or 1.0


def _grey(cell: float, white: float) -> int:
    return round(255 * min(1.0, max(0.0, cell / white)))


def _png(rows: Sequence[bytes], width: int) -> bytes:
    """An 8-bit grey PNG: header, one compressed block of unfiltered rows, end."""
    header = struct.pack(">IIBBBBB", width, len(rows), 8, 0, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    chunks = [(b"IHDR", header), (b"IDAT", body), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + check
