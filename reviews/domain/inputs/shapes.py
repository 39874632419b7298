"""The parts of an input as a page shows them: plain values, one class per look."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

COARSE = 128  # an image with at most this many pixels a side is enlarged without smoothing


@dataclass(frozen=True, slots=True)
class Image:
    """A grey image as an address that needs no request."""

    title: str
    src: str
    width: int
    height: int
    about: str = ""
    kind: Literal["image"] = "image"

    @property
    def is_coarse(self) -> bool:
        return max(self.width, self.height) <= COARSE


@dataclass(frozen=True, slots=True)
class Attached:
    """A file: an image, a sound (audio), a document (pdf), or one to fetch (file)."""

    title: str
    sha256: str
    kind: Literal["picture", "audio", "pdf", "file"]
    about: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A text to read, as it is or as Markdown; or formatted JSON."""

    title: str
    body: str
    kind: Literal["text", "markdown", "json"]
    about: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An address of the web; `host` says where it really leads."""

    title: str
    address: str
    host: str
    about: str = ""
    kind: Literal["link"] = "link"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under the titles of their columns, if these have any. more: rows that are left out."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    more: int = 0
    about: str = ""
    kind: Literal["table"] = "table"


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of a list."""

    title: str
    said: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Values:
    """Scalars by title, in the order of the schema; of an object of its own, under its title."""

    rows: Sequence[Entry]
    title: str = ""
    about: str = ""
    kind: Literal["values"] = "values"


Part = Image | Attached | Text | Link | Table | Values
