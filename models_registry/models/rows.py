"""Building blocks of tables: facts, time-ordered ids, JSON as compact bytes."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import uuid_utils.compat
from django.db import models

if TYPE_CHECKING:
    from collections.abc import Iterable


def new_id() -> UUID:
    """A UUIDv7: made in the app, ordered by time, so that indexes grow at one end."""
    return uuid_utils.compat.uuid7()


class FactChanged(TypeError):
    """Code tried to edit or delete a row that says what happened."""


class Fact(models.Model):
    """A row that says what happened: inserted once, never edited."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise FactChanged(f"{self._meta.label} is a fact; facts are never edited")
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise FactChanged(f"{self._meta.label} is a fact; facts are never deleted")


if TYPE_CHECKING:

    class Bytes(models.BinaryField[Any, Any]):
        """The column type, holding any JSON value (what the type plug-in looks at)."""

        _pyi_private_set_type: Any
        _pyi_private_get_type: Any

else:
    Bytes = models.BinaryField


class CompactJSON(Bytes):
    """JSON that no query looks into, stored as the bytes of its shortest form; NULL stays NULL."""

    def get_prep_value(self, value: object) -> bytes | None:
        return None if value is None else msgspec.json.encode(value)

    def get_db_prep_value(
        self,
        value: object,
        connection: Any,
        prepared: bool = False,  # noqa: FBT001, FBT002
    ) -> object:
        if not prepared:
            value = self.get_prep_value(value)
        return super().get_db_prep_value(value, connection, prepared=True)

    def from_db_value(self, value: object, expression: object, connection: object) -> object:
        return None if value is None else msgspec.json.decode(bytes(value))  # type: ignore[call-overload]

    def get_default(self) -> Any:
        if not self.has_default():
            return None
        return self.default() if callable(self.default) else self.default

    def to_python(self, value: object) -> object:
        return value

    def value_to_string(self, obj: models.Model) -> str:
        return msgspec.json.encode(self.value_from_object(obj)).decode()

    def _check_str_default_value(self) -> "Iterable[Any]":
        return []


class Erasable(CompactJSON):
    """Content about a person. Erasure blanks every field of this class, the row stays."""
