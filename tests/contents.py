"""Files of every kind, made in the test."""

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import soundfile
from PIL import Image, ImageDraw


def picture(kind: str = "PNG", size: tuple[int, int] = (60, 40), color: str = "teal") -> bytes:
    made = BytesIO()
    Image.new("RGB", size, color).save(made, kind)
    return made.getvalue()


def sound(kind: str = "WAV", seconds: float = 2.0, rate: int = 8000) -> bytes:
    made = BytesIO()
    at = np.arange(int(seconds * rate)) / rate
    soundfile.write(made, 0.8 * np.sin(2 * np.pi * 220 * at) * np.sin(at) ** 2, rate, format=kind)
    return made.getvalue()


def document(pages: int = 3, **given: Any) -> bytes:
    """A PDF with the number of each page on it."""
    sheets = []
    for number in range(1, pages + 1):
        sheet = Image.new("RGB", (595, 842), "white")
        ImageDraw.Draw(sheet).text((80, 80), f"Page {number}", fill="black", font_size=72)
        sheets.append(sheet)
    made = BytesIO()
    sheets[0].save(made, "PDF", save_all=True, append_images=sheets[1:], **given)
    return made.getvalue()


def bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A PNG of a few bytes that says it has very many pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + check

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * 10_000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )
