"""A case's input as a person reads it: hints of its JSON Schema say how each part is shown.

An array of rows of numbers with `"x-render": "image"` is an image whose white is the `maximum` of
its numbers; a string is a text (a short one, by its schema, stands in the list of values); other
scalars are a list of values; anything else is formatted JSON.
"""

import base64
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard

import msgspec
from django import template

register = template.Library()
SHORT_TEXT = 80  # a string that its schema keeps this short is a value, not a text to read
COARSE = 128  # an image with at most this many pixels a side is enlarged without smoothing

Pixels = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Image:
    """A grey image as an address that needs no request."""

    title: str
    src: str
    width: int
    height: int
    kind: Literal["image"] = "image"

    @property
    def is_coarse(self) -> bool:
        return max(self.width, self.height) <= COARSE


@dataclass(frozen=True, slots=True)
class Text:
    """A text to read (kind text) or formatted JSON (kind json)."""

    title: str
    body: str
    kind: Literal["text", "json"]


@dataclass(frozen=True, slots=True)
class Values:
    """Scalars by title, in the order of the schema."""

    rows: list[tuple[str, str]]
    kind: Literal["values"] = "values"


Part = Image | Text | Values


@register.inclusion_tag("reviews/inputs/_input.html")
def case_input(value: object, schema: Mapping[str, Any]) -> dict[str, object]:
    """All parts of an input."""
    return {"parts": parts(value, schema)}


def parts(value: object, schema: Mapping[str, Any]) -> list[Part]:
    """An input's parts: what is to be looked at first, the list of values after it."""
    if not isinstance(value, dict):
        return [_part(value, schema, str(schema.get("title", "")))]
    properties = _mapping(schema.get("properties"))
    names = [name for name in properties if name in value]
    names += [name for name in value if name not in properties]
    shown: list[Part] = []
    rows: list[tuple[str, str]] = []
    for name in names:
        hints = _mapping(properties.get(name))
        title = str(hints.get("title") or name.replace("_", " "))
        if _is_value(value[name], hints):
            rows.append((title, _said(value[name])))
        else:
            shown.append(_part(value[name], hints, title))
    return [*shown, Values(rows)] if rows else shown


def _part(value: object, hints: Mapping[str, Any], title: str) -> Part:
    if hints.get("x-render") == "image" and _is_grid(value):
        return _image(value, _white(hints, value), title)
    if isinstance(value, str):
        return Text(title, value, "text")
    pretty = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    return Text(title, pretty, "json")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _is_value(value: object, hints: Mapping[str, Any]) -> bool:
    if isinstance(value, str):
        limit = hints.get("maxLength")
        is_short = isinstance(limit, int) and limit <= SHORT_TEXT
        return is_short or "enum" in hints or "format" in hints
    return value is None or isinstance(value, bool | int | float)


def _said(value: object) -> str:
    """A scalar in words: no value is a word too, not a gap."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _is_grid(value: object) -> TypeGuard[Pixels]:
    """Whether it is rows of numbers, at least one, all of one length."""
    if not isinstance(value, list) or not value or not all(isinstance(r, list) for r in value):
        return False
    same = {len(row) for row in value}
    numbers = all(type(cell) in (int, float) for row in value for cell in row)
    return len(same) == 1 and same != {0} and numbers


def _white(hints: Mapping[str, Any], pixels: Pixels) -> float:
    """The nearest `maximum` in the nested items; without one, the brightest number there is."""
    while hints:
        limit = hints.get("maximum")
        if isinstance(limit, int | float) and limit > 0:
            return float(limit)
        hints = _mapping(hints.get("items"))
    return float(max(max(row) for row in pixels)) or 1.0


def _image(pixels: Pixels, white: float, title: str) -> Image:
    height, width = len(pixels), len(pixels[0])
    png = _png([bytes(_grey(cell, white) for cell in row) for row in pixels], width)
    src = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    return Image(title, src, width, height)


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
