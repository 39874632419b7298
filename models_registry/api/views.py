"""Registering models over HTTP."""

from typing import Annotated, Any, cast
from uuid import UUID

import msgspec
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from models_registry import services
from models_registry.api.bodies import decode, invalid, person, read
from models_registry.api.openapi import described
from models_registry.domain.errors import DomainError, Invalid
from models_registry.models import ModelVersion, RegisteredModel

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,99}$")]


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
        fields = _fields(request)
        file = cast(QueryDict, request.data).get("artifact")
        version = services.register_version(
            model=name,
            artifact=file.read() if isinstance(file, UploadedFile) else b"",
            schema=fields.schema,
            classes=fields.classes,
            metrics=fields.metrics,
            card=fields.card,
            by=person(request),
        )
        return Response(_version(version), status=201)


def _fields(request: Request) -> VersionFields:
    """The multipart's text parts: JSON, but for the card."""
    parts: dict[str, Any] = {}
    for name, value in cast(QueryDict, request.data).items():
        if name == "artifact":
            continue
        if name == "card":
            parts[name] = value
            continue
        try:
            parts[name] = decode(str(value).encode(), object)
        except DomainError as error:
            raise Invalid.at(f"/{name}", f"{name} must be JSON: {error}") from error
    try:
        return msgspec.convert(parts, VersionFields)
    except msgspec.ValidationError as error:
        raise invalid(error) from error


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
