"""What bytes are, found in the bytes themselves, whatever their sender calls them.

A signature makes a guess; the library that would show such a file then opens it, so that what
people are asked to look at can be looked at.
"""

import puremagic

from hitl.domain.files import PDF, TEXT, WANTED, papers, pictures, sounds
from models_registry.domain.errors import Invalid

OPENERS = {
    "image/png": pictures.refuse_unusable,
    "image/jpeg": pictures.refuse_unusable,
    "image/webp": pictures.refuse_unusable,
    "image/gif": pictures.refuse_unusable,
    "audio/wav": sounds.refuse_unusable,
    "audio/flac": sounds.refuse_unusable,
    "audio/ogg": sounds.refuse_unusable,
    "audio/mpeg": sounds.refuse_unusable,
    PDF: papers.refuse_unusable,
}
SIGNATURES = (  # what the libraries below open; all else is refused before any of them sees it
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (0, b"fLaC", "audio/flac"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"%PDF-", PDF),
)
MARKUP = ("<!doctype", "<html", "<svg", "<?xml", "<script", "<head", "<body", "<!--")
CONTROL = frozenset(map(chr, range(32))) - frozenset("\t\n\r\f") | {"\x7f"}


def content_type(content: bytes, where: str = "/file") -> str:
    """The type of a file that people can be shown; Invalid, at `where`, for any other."""
    if not content:
        raise Invalid.at(where, f"The file is empty; send {WANTED['file']}.")
    found = _guessed(content)
    if found in OPENERS:
        OPENERS[found](content, where)
        return found
    if _is_text(content):
        return TEXT
    raise Invalid.at(where, f"This is {_named(content)}; send {WANTED['file']}.")


def _guessed(content: bytes) -> str:
    for at, mark, found in SIGNATURES:
        if content[at : at + len(mark)] == mark and (at == 0 or content[:4] == b"RIFF"):
            return found
    is_frame = content[0] == 0xFF and len(content) > 1 and content[1] & 0xE6 == 0xE2
    return "audio/mpeg" if is_frame else ""  # layer III of MPEG audio


def _is_text(content: bytes) -> bool:
    """Plain text to read: no markup that a browser would draw, no script that a machine would
    run."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    start = text.lstrip()[:20].lower()
    return not (start.startswith(MARKUP) or text.startswith("#!") or CONTROL & set(text))


def _named(content: bytes) -> str:
    """What it seems to be, for who sent the wrong file."""
    try:
        guesses = puremagic.magic_string(content)
    except (puremagic.PureError, ValueError):
        return "no file of a known kind"
    names = [guess.mime_type for guess in guesses if guess.mime_type]
    if TEXT in names[:1]:
        return "text in another encoding"
    return names[0] if names else "no file of a known kind"
