"""multipart/form-data, read strictly: Django passes over parts that it cannot read, and over an end
that is missing; a case would be taken in without its files."""

import re
from collections.abc import Callable
from typing import IO, Any

from django.core.exceptions import TooManyFieldsSent, TooManyFilesSent
from django.utils.http import parse_header_parameters

from hitl.domain.files import MOST_FILES, pointer
from models_registry.domain.errors import Invalid

BOUNDARY = re.compile(r"[ -~]{0,69}[!-~]")  # RFC 2046
MANY = f"Send at most {MOST_FILES} files in one body, and no other parts than the case."
CUT = "The body is cut short: its last boundary is missing. Send it whole."
UNREAD = "A part cannot be read: give each a name, each file a file name, both in UTF-8."


class Watched:
    """A stream that counts the boundaries which pass, and sees whether the last one ends it."""

    def __init__(self, stream: IO[Any], boundary: bytes) -> None:
        self.stream, self.mark = stream, b"--" + boundary
        self.seen, self.ended, self.rest = 0, False, b""

    def read(self, size: int = -1) -> bytes:
        chunk: bytes = self.stream.read(size)
        text = self.rest + chunk
        at, keep = 0, len(self.mark) + 1  # a boundary and what follows it, split between two reads
        while (found := text.find(self.mark, at)) >= 0 and (
            len(text) >= found + keep + 1 or not chunk
        ):
            at = found + len(self.mark)
            self.seen += 1
            self.ended = text[at : at + 2] == b"--"
        self.rest = text[max(at, len(text) - keep) :]
        return chunk


def parse(parser: Callable[..., Any], stream: IO[Any], media_type: str, *args: Any) -> Any:
    """What the parser makes of the body; Invalid if it would leave out anything."""
    _, options = parse_header_parameters(media_type)
    if str(options.get("charset", "utf-8")).lower() not in ("utf-8", "utf8"):
        raise Invalid.at("Content-Type", "Send the parts in UTF-8.")
    boundary = str(options.get("boundary", ""))
    if not BOUNDARY.fullmatch(boundary):
        raise Invalid.at("Content-Type", "Give a boundary of 1 to 70 ASCII characters.")
    watched = Watched(stream, boundary.encode())
    try:
        found = parser(watched, media_type, *args)
    except (TooManyFieldsSent, TooManyFilesSent) as error:
        raise Invalid.at("", MANY) from error
    watched.read()
    if not watched.ended:
        raise Invalid.at("", CUT)
    names = [name for one in (found.data, found.files) for name, all_ in one.lists() for _ in all_]
    if len(names) != watched.seen - 1 or "" in names:
        raise Invalid.at("", UNREAD)
    strange = next((name for name in names if "\ufffd" in name), None)
    if strange is not None:
        raise Invalid.at(pointer(strange), UNREAD)
    return found
