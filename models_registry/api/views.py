"""Registering models over HTTP."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias, cast
from uuid import UUID

import msgspec
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from models_registry import services
from models_registry.api.bodies import decode, invalid, person, read
from models_registry.api.openapi import described
from models_registry.domain.errors import DomainError, Invalid
from models_registry.models import ModelVersion, RegisteredModel

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,99}$(?!\n)")]
Part: TypeAlias = "UploadedFile[Any] | str"


class ModelIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new model by name."""

    name: Name
    runtime: str = "sklearn"


class VersionFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The parts of a version beside its file; schema, classes and metrics are JSON texts."""

    schema: dict[str, Any]
    classes: list[str] = []
    metrics: dict[str, Any] = {}
    card: str = ""


class ModelVersionOut(msgspec.Struct, frozen=True):
    id: UUID
    model: str
    number: int
    runtime: str
    artifact: str | None
    classes: list[str]
    metrics: dict[str, Any]


class ModelOut(msgspec.Struct, frozen=True):
    name: str
    runtime: str
    versions: list[ModelVersionOut]


class Models(APIView):
    """Registered models."""

    verbs = {"GET": "see", "POST": "register"}

    @described("List models", answer=list[ModelOut])
    def get(self, request: Request) -> Response:
        rows = RegisteredModel.objects.prefetch_related("versions__model").order_by("name")
        return Response([_model(row) for row in rows])

    @described("Register a model", body=ModelIn, answer=ModelOut, status=201, errors=[409])
    def post(self, request: Request) -> Response:
        asked = read(request, ModelIn)
        made = services.register_model(name=asked.name, runtime=asked.runtime)
        return Response(_model(made), status=201)


class Versions(APIView):
    """Versions of one model."""

    verbs = {"POST": "register"}
    parser_classes = (MultiPartParser,)

    @described(
        "Register a version (multipart: the file and what belongs to it)",
        multipart={
            "type": "object",
            "required": ["schema"],
            "properties": {
                "artifact": {"type": "string", "format": "binary"},
                "schema": {"type": "string", "description": "JSON Schema of one input"},
                "classes": {"type": "string", "description": "JSON array of class names"},
                "metrics": {"type": "string", "description": "JSON object"},
                "card": {"type": "string", "description": "Model card, Markdown"},
            },
        },
        answer=ModelVersionOut,
        status=201,
        errors=[400, 409, 413, 415],
    )
    def post(self, request: Request, name: str) -> Response:
        parts = cast(Mapping[str, Part], request.data)
        fields = _fields(parts)
        version = services.register_version(
            model=name,
            artifact=_bytes(parts.get("artifact", "")),
            schema=fields.schema,
            classes=fields.classes,
            metrics=fields.metrics,
            card=fields.card,
            by=person(request),
        )
        return Response(_version(version), status=201)


def _bytes(part: Part) -> bytes:
    """What one part holds, sent as a file or as text; of a file that is too large only so much
    that its size is seen."""
    if isinstance(part, UploadedFile):
        content: bytes = part.read(settings.HITL_ARTIFACT_LIMIT + 1)
        return content
    return part.encode()


def _fields(parts: Mapping[str, Part]) -> VersionFields:
    """The multipart's parts beside the artifact: JSON, but for the card."""
    given: dict[str, Any] = {}
    for name, part in parts.items():
        if name == "artifact":
            continue
        try:
            given[name] = _bytes(part).decode() if name == "card" else decode(_bytes(part), object)
        except (DomainError, UnicodeDecodeError) as error:
            kind = "text" if name == "card" else "JSON"
            raise Invalid.at(f"/{name}", f"{name} must be {kind}: {error}") from error
    try:
        return msgspec.convert(given, VersionFields)
    except msgspec.ValidationError as error:
        raise invalid(error, VersionFields) from error


def _model(row: RegisteredModel) -> ModelOut:
    return ModelOut(row.name, row.runtime, [_version(v) for v in row.versions.all()])


def _version(version: ModelVersion) -> ModelVersionOut:
    return ModelVersionOut(
        version.pk,
        version.model.name,
        version.number,
        version.runtime,
        version.artifact_id,
        version.classes,
        version.metrics,
    )
