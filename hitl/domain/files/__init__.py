"""Files in inputs: which properties hold one, which files an input refers to, what fits where.

A property of the input whose schema says `"x-render"` image, audio, pdf or file holds a file as
`{"file": "<SHA-256 in hex>"}`. An image may also be a grid of numbers; that is no file.
"""

import re
from collections.abc import Mapping
from typing import Any

from models_registry.domain.errors import Problem

MOST_FILES = 20  # of one case: what a person can look at in one go
IMAGES = ("image/png", "image/jpeg", "image/webp", "image/gif")
SOUNDS = ("audio/wav", "audio/flac", "audio/ogg", "audio/mpeg")
PDF, TEXT = "application/pdf", "text/plain"
FITS: Mapping[str, tuple[str, ...]] = {
    "image": IMAGES,
    "audio": SOUNDS,
    "pdf": (PDF,),
    "file": (*IMAGES, *SOUNDS, PDF, TEXT),
}
WANTED: Mapping[str, str] = {
    "image": "a PNG, JPEG, WebP or GIF image",
    "audio": "a WAV, FLAC, Ogg or MP3 sound",
    "pdf": "a PDF document",
    "file": "an image (PNG, JPEG, WebP, GIF), a sound (WAV, FLAC, Ogg, MP3), a PDF document or "
    "plain UTF-8 text",
}
_SHA256 = re.compile(r"[0-9a-f]{64}")
UNKNOWN = "You have not sent this file: send it to /api/v1/files first, or along with the case."
NOT_HERE = "No case of this workflow has this file; name a file of one of its cases."


def file_properties(schema: Mapping[str, Any]) -> dict[str, str]:
    """The properties of an input that may hold a file, each with how it is shown.

    >>> file_properties({"properties": {"scan": {"type": "object", "x-render": "image"}}})
    {'scan': 'image'}
    """
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return {}
    hints = {name: h.get("x-render") for name, h in properties.items() if isinstance(h, Mapping)}
    return {name: hint for name, hint in hints.items() if isinstance(hint, str) and hint in FITS}


def file_in(value: object) -> str | None:
    """The hash of the file that a value stands for; None if it stands for none.

    >>> file_in({"file": "no hash"}) is None
    True
    """
    if not isinstance(value, Mapping) or set(value) != {"file"}:
        return None
    named = value["file"]
    return named if isinstance(named, str) and _SHA256.fullmatch(named) else None


def files_in(value: object, properties: Mapping[str, str]) -> dict[str, str]:
    """The files of an input by property."""
    if not properties or not isinstance(value, Mapping):
        return {}
    found = {name: file_in(value.get(name)) for name in properties}
    return {name: sha256 for name, sha256 in found.items() if sha256}


def problems(
    value: object, properties: Mapping[str, str], sent: Mapping[str, str], unknown: str = UNKNOWN
) -> list[Problem]:
    """What is wrong with the files of an input. sent: the content types by hash of the files that
    the sender may refer to; `unknown` is said of all others."""
    if not isinstance(value, Mapping):
        return []
    held = [name for name in properties if value.get(name) is not None]
    said = {name: _wrong(value[name], properties[name], sent, unknown) for name in held}
    found = [Problem(pointer(name), detail) for name, detail in said.items() if detail]
    if len(files_in(value, properties)) > MOST_FILES:
        found.append(Problem("/input", f"A case has at most {MOST_FILES} files."))
    return found


def _wrong(value: object, render: str, sent: Mapping[str, str], unknown: str) -> str:
    sha256 = file_in(value)
    if sha256 is None:
        if render == "image" and isinstance(value, list):
            return ""
        return 'Name a file as {"file": "<its SHA-256, 64 lower-case hex digits>"}.'
    if sha256 not in sent:
        return unknown
    return misfit(render, sent[sha256])


def misfit(render: str, content_type: str) -> str:
    """Why a file of this type cannot be shown so; '' if it can."""
    if content_type in FITS[render]:
        return ""
    return f"This file is {content_type}; send {WANTED[render]}."


def pointer(name: str) -> str:
    """Where a property of the input stands in the body."""
    return "/input/" + name.replace("~", "~0").replace("/", "~1")
