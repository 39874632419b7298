"""Arrays as tables: of objects, whose names are the columns, or of arrays."""

from collections.abc import Mapping, Sequence
from typing import Any

from reviews.domain.inputs.shapes import Table
from reviews.domain.inputs.wording import mapping, said, titled

MOST_ROWS = 500  # who needs more than a screen of rows needs another tool
MOST_COLUMNS = 60


def table(value: object, hints: Mapping[str, Any], title: str, about: str) -> Table | None:
    """The array as a table; None if it is none."""
    if not isinstance(value, list) or not value:
        return None
    items = mapping(hints.get("items"))
    if all(isinstance(row, dict) for row in value):
        columns, rows = _of_objects(value, items)
    elif all(isinstance(row, list) for row in value):
        columns, rows = _of_arrays(value, items)
    else:
        return None
    width = max(len(columns), *map(len, rows))
    if not 1 <= width <= MOST_COLUMNS:
        return None
    return Table(title, columns, rows, max(0, len(value) - MOST_ROWS), about)


def _of_objects(
    value: Sequence[Mapping[str, Any]], items: Mapping[str, Any]
) -> tuple[list[str], list[list[str]]]:
    """Columns in the order of the schema, those that it does not know after them."""
    known = mapping(items.get("properties"))
    shown = value[:MOST_ROWS]
    there = dict.fromkeys(name for row in shown for name in row)
    names = [name for name in known if name in there]
    names += [name for name in there if name not in known]
    columns = [titled(name, mapping(known.get(name))) for name in names]
    return columns, [[said(row[name]) if name in row else "" for name in names] for row in shown]


def _of_arrays(
    value: Sequence[Sequence[Any]], items: Mapping[str, Any]
) -> tuple[list[str], list[list[str]]]:
    """Columns are titled where the schema lists them (`prefixItems`); short rows are filled up."""
    shown = value[:MOST_ROWS]
    width = max(map(len, shown))
    listed = items.get("prefixItems")
    hints = [mapping(one) for one in listed[:width]] if isinstance(listed, list) else []
    columns = [titled(str(at), one) for at, one in enumerate(hints, 1)]
    if columns:
        columns += [str(at) for at in range(len(columns) + 1, width + 1)]
    return columns, [[said(cell) for cell in row] + [""] * (width - len(row)) for row in shown]
