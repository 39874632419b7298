"""A case's input as a person reads it: hints of its JSON Schema say how each part is shown.

`"x-render"` of a property says image, audio, pdf, file, link, markdown, text, table, values or
json. Without it a string is a text (a short one, by its schema, stands in the list of values),
other scalars are values, anything else is formatted JSON; so is what does not fit its hint.
"""

from collections.abc import Callable, Mapping
from typing import Any

from hitl.domain.files import file_in
from reviews.domain.inputs.grids import image, is_grid
from reviews.domain.inputs.links import link
from reviews.domain.inputs.shapes import Attached, Entry, Part, Table, Text, Values
from reviews.domain.inputs.tables import table
from reviews.domain.inputs.wording import described, mapping, raw, said, titled

__all__ = ["Part", "is_long", "parts"]
SHORT_TEXT = 80  # a string that its schema keeps this short is a value, not a text to read
LONG_TEXT = 400  # characters from which on people search rather than read
Hints = Mapping[str, Any]


def parts(value: object, schema: Hints) -> list[Part]:
    """An input's parts: what is to be looked at first, the list of values after it."""
    if not isinstance(value, dict):
        return [_part(value, schema, str(schema.get("title") or ""))]
    properties = mapping(schema.get("properties"))
    names = [name for name in properties if name in value]
    names += [name for name in value if name not in properties]
    shown: list[Part] = []
    rows: list[Entry] = []
    for name in names:
        hints = mapping(properties.get(name))
        title = titled(name, hints)
        if _is_value(value[name], hints):
            rows.append(Entry(title, said(value[name]), described(hints)))
        else:
            shown.append(_part(value[name], hints, title))
    return [*shown, Values(rows)] if rows else shown


def is_long(shown: list[Part]) -> bool:
    """Whether there is so much to read that people search in it."""
    texts = sum(len(part.body) for part in shown if isinstance(part, Text))
    cells = sum(len(c) for part in shown if isinstance(part, Table) for r in part.rows for c in r)
    return texts + cells >= LONG_TEXT


def _part(value: object, hints: Hints, title: str) -> Part:
    show = LOOKS.get(hint) if isinstance(hint := hints.get("x-render"), str) else None
    found = show(value, hints, title) if show else None
    if found is not None:
        return found
    about = described(hints)
    if isinstance(value, str) and hint != "json":
        return Text(title, value, "text", about)
    return Text(title, raw(value), "json", about)


def _is_value(value: object, hints: Hints) -> bool:
    hint = hints.get("x-render")
    if isinstance(hint, str) and hint in LOOKS and value is not None:
        return False
    if isinstance(value, str):
        limit = hints.get("maxLength")
        is_short = isinstance(limit, int) and limit <= SHORT_TEXT
        return is_short or "enum" in hints or "format" in hints
    return value is None or isinstance(value, bool | int | float)


def _image(value: object, hints: Hints, title: str) -> Part | None:
    if is_grid(value):
        return image(value, hints, title, described(hints))
    return _attached("picture")(value, hints, title)


def _attached(kind: Any) -> "Callable[[object, Hints, str], Part | None]":
    def attached(value: object, hints: Hints, title: str) -> Part | None:
        sha256 = file_in(value)
        return Attached(title, sha256, kind, described(hints)) if sha256 else None

    return attached


def _text(kind: Any) -> "Callable[[object, Hints, str], Part | None]":
    def text(value: object, hints: Hints, title: str) -> Part | None:
        return Text(title, value, kind, described(hints)) if isinstance(value, str) else None

    return text


def _values(value: object, hints: Hints, title: str) -> Part | None:
    if not isinstance(value, dict):
        return None
    known = mapping(hints.get("properties"))
    names = [name for name in known if name in value]
    names += [name for name in value if name not in known]
    rows = []
    for name in names:
        its = mapping(known.get(name))
        rows.append(Entry(titled(name, its), said(value[name]), described(its)))
    return Values(rows, title, described(hints))


def _json(value: object, hints: Hints, title: str) -> Part:
    return Text(title, raw(value), "json", described(hints))


LOOKS: Mapping[str, "Callable[[object, Hints, str], Part | None]"] = {
    "image": _image,
    "audio": _attached("audio"),
    "pdf": _attached("pdf"),
    "file": _attached("file"),
    "link": lambda value, hints, title: link(value, title, described(hints)),
    "markdown": _text("markdown"),
    "text": _text("text"),
    "table": lambda value, hints, title: table(value, hints, title, described(hints)),
    "values": _values,
    "json": _json,
}
