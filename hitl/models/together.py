"""One guarded write: rows of several tables, in only if the workflow's revision is still the one
they were routed by.

Round trips and ORM work are the cost of a POST, not tables. On PostgreSQL the rows of one case go
in by one statement (cached per combination of tables); those of an array by COPY. SQLite has one
writer, so a loop inside its IMMEDIATE transaction is the same guarantee.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection, models, transaction

from hitl.models.workflows import Workflow
from models_registry.models import CompactJSON

FEW = 12  # rows up to which one statement beats opening a COPY per table


class Row(NamedTuple):
    """A row to insert: columns that are left out get the field's default."""

    model: type[models.Model]
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    column: str
    cast: str
    default: Callable[[], object]
    encode: Callable[[Any], object] | None
    nothing: object  # what None is stored as: JSON's null where the column takes no NULL


def insert_together(rows: Sequence[Row], *, workflow_id: UUID, revision_no: int) -> bool:
    """Inserts all rows, parents first, in one transaction, while the revision is in force.

    False, and nothing written, if another revision is in force by now: route again. A stop that
    commits before this write is therefore always seen by it; one that comes later waits for it.
    """
    if connection.vendor != "postgresql":
        return _insert_in_turn(rows, workflow_id, revision_no)
    if len(rows) <= FEW:
        return _insert_as_one(rows, workflow_id, revision_no)
    return _copy(rows, workflow_id, revision_no)


def _insert_as_one(rows: Sequence[Row], workflow_id: UUID, revision_no: int) -> bool:
    parameters: list[Any] = [workflow_id, revision_no]
    for row in rows:
        parameters += _encoded(row)
    with connection.cursor() as cursor:
        cursor.execute(_statement(tuple(row.model for row in rows)), parameters)
        written: int = cursor.fetchone()[0]
    return bool(written)


def _copy(rows: Sequence[Row], workflow_id: UUID, revision_no: int) -> bool:
    # Django translates the errors of execute(), not those of copy().
    with transaction.atomic(), connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.execute(_GUARD, [workflow_id, revision_no])
        if cursor.fetchone() is None:
            return False
        for model, group in _by_model(rows):
            columns = ", ".join(c.column for c in _columns(model, connection.vendor))
            with cursor.copy(f"COPY {model._meta.db_table} ({columns}) FROM STDIN") as copy:
                for row in group:
                    copy.write_row(_encoded(row))
    return True


def _insert_in_turn(rows: Sequence[Row], workflow_id: UUID, revision_no: int) -> bool:
    with transaction.atomic(), connection.cursor() as cursor:
        if not Workflow.objects.filter(pk=workflow_id, revision_no=revision_no).exists():
            return False
        for model, group in _by_model(rows):
            columns = _columns(model, connection.vendor)
            names = ", ".join(c.column for c in columns)
            places = ", ".join("%s" for _ in columns)
            cursor.executemany(
                f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({places})",  # noqa: S608
                [_encoded(row) for row in group],
            )
    return True


def _by_model(rows: Sequence[Row]) -> Iterable[tuple[type[models.Model], list[Row]]]:
    """Rows by table, tables in order of first appearance."""
    order = {model: i for i, model in enumerate(dict.fromkeys(row.model for row in rows))}
    ranked = sorted(rows, key=lambda row: order[row.model])
    return [(model, list(group)) for model, group in groupby(ranked, lambda row: row.model)]


_GUARD = f"SELECT 1 FROM {Workflow._meta.db_table} WHERE id = %s AND revision_no = %s FOR SHARE"  # noqa: S608


@lru_cache(maxsize=256)
def _statement(tables: tuple[type[models.Model], ...]) -> str:
    parts = [f"WITH guard AS MATERIALIZED ({_GUARD})"]
    for i, model in enumerate(tables):
        columns = _columns(model, "postgresql")
        names = ", ".join(c.column for c in columns)
        places = ", ".join(f"%s::{c.cast}" for c in columns)
        parts.append(
            f"row_{i} AS (INSERT INTO {model._meta.db_table} ({names}) SELECT {places} FROM guard)"  # noqa: S608
        )
    return ", ".join(parts) + " SELECT count(*) FROM guard"  # noqa: S608


@lru_cache(maxsize=64)
def _columns(model: type[models.Model], vendor: str) -> tuple[_Column, ...]:
    return tuple(
        _Column(
            name=field.attname,
            column=connection.ops.quote_name(field.column or ""),
            cast=field.db_type(connection) or "",
            default=field.get_default,
            encode=_encoder(field, vendor),
            nothing=b"null" if isinstance(field, CompactJSON) and not field.null else None,
        )
        for field in model._meta.concrete_fields
        if not isinstance(field, models.CompositePrimaryKey)
    )


def _encoder(field: "models.Field[Any, Any]", vendor: str) -> Callable[[Any], object] | None:
    if isinstance(field, CompactJSON):
        return msgspec.json.encode
    if vendor == "postgresql":
        return None
    stored = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(stored, models.UUIDField):
        return lambda value: value.hex
    if isinstance(stored, models.DateTimeField):
        return connection.ops.adapt_datetimefield_value
    return None


def _encoded(row: Row) -> list[Any]:
    values = row.values
    encoded = []
    for column in _columns(row.model, connection.vendor):
        value = values[column.name] if column.name in values else column.default()
        if value is None:
            encoded.append(column.nothing)
        else:
            encoded.append(value if column.encode is None else column.encode(value))
    return encoded
