"""The description is made from the structs that the doors read and write."""

from typing import Any

import msgspec
import pytest

from models_registry.api import openapi


class Thing(msgspec.Struct):
    """A thing."""

    name: str
    size: int | None = None


def test_a_shape_is_described_once_and_referred_to() -> None:
    assert openapi.schema_of(Thing) == {"$ref": "#/components/schemas/Thing"}
    assert openapi.COMPONENTS["Thing"]["required"] == ["name"]


def test_a_schema_stands_for_itself() -> None:
    assert openapi.schema_of({"type": "object"}) == {"type": "object"}


def test_shapes_can_be_combined() -> None:
    thing = {"$ref": "#/components/schemas/Thing"}
    assert openapi.any_of(Thing, {"type": "null"}) == {"anyOf": [thing, {"type": "null"}]}
    assert openapi.array_of(Thing) == {"type": "array", "items": thing}


def test_parameters_are_left_out_instead_of_null() -> None:
    name, size = openapi._parameters(Thing)
    assert (name.name, name.required, size.required) == ("name", True, False)
    assert size.type == {"type": "integer"}
    assert openapi._inline({"anyOf": [{"type": "string"}, {"type": "integer"}]}) == {
        "anyOf": [{"type": "string"}, {"type": "integer"}]
    }


@pytest.mark.parametrize("code", sorted(openapi.MEANINGS))
def test_every_status_has_a_meaning_in_a_sentence(code: int) -> None:
    assert openapi.MEANINGS[code].endswith((".", "Retry-After."))


@pytest.mark.django_db
def test_the_registrys_doors_are_in_the_schema(client: Any) -> None:
    schema = client.get("/api/schema?format=json").json()
    versions = schema["paths"]["/api/v1/models/{name}/versions"]["post"]
    assert versions["operationId"] == "register_a_version"
    assert list(versions["requestBody"]["content"]) == ["multipart/form-data"]
    assert {"400", "403", "409", "413", "415"} <= set(versions["responses"])
    assert set(schema["paths"]["/api/v1/models"]) == {"get", "post"}
