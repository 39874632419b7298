"""Verbs of the registry: register a model, register a version."""

import hashlib
import re
from collections.abc import Mapping, Sequence

import msgspec
from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Max

from models_registry import blobs
from models_registry.domain.errors import Conflict, Invalid, Missing, Problem, TooLarge
from models_registry.domain.schemas import InputSchema
from models_registry.models import Artifact, ModelVersion, RegisteredModel
from models_registry.runtimes import RUNTIMES

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")


def register_model(*, name: str, runtime: str) -> RegisteredModel:
    """A new model by name; Conflict if the name is taken."""
    if not NAME.fullmatch(name):
        raise Invalid.at(
            "/name",
            "A name has up to 100 of a-z, 0-9, - and _, and starts with a letter or digit.",
        )
    RUNTIMES.get(runtime, "/runtime")
    try:
        with transaction.atomic():
            return RegisteredModel.objects.create(name=name, runtime=runtime)
    except IntegrityError as error:
        raise Conflict(f"The name {name!r} is taken.", field="/name") from error


def register_version(
    *,
    model: str,
    artifact: bytes = b"",
    schema: Mapping[str, object],
    classes: Sequence[str] = (),
    metrics: Mapping[str, object] | None = None,
    card: str = "",
    profile: Mapping[str, object] | None = None,
    by: User | None = None,
) -> ModelVersion:
    """The next version of a registered model; Invalid with the field if it cannot be served.

    classes: needed where an artifact does not know them, else compared with it; a client's own
    model has none where its answers are not of classes (texts, numbers, fields). profile: how it
    behaves on data it was not trained on; `scores`: its confidences there.
    """
    try:
        registered = RegisteredModel.objects.get(name=model)
    except RegisteredModel.DoesNotExist as error:
        raise Missing(f"There is no model {model!r}.") from error
    InputSchema(schema)
    if "\0" in card:
        raise Invalid.at("/card", "The card holds a NUL byte, which is no text.")
    known = _inspect(registered.runtime, artifact, schema, classes)
    with transaction.atomic():
        RegisteredModel.objects.select_for_update().get(pk=registered.pk)
        newest = registered.versions.aggregate(no=Max("number"))["no"] or 0
        return ModelVersion.objects.create(
            model=registered,
            number=newest + 1,
            runtime=registered.runtime,
            artifact=_keep(artifact) if artifact else None,
            fingerprint=hashlib.sha256(
                artifact or msgspec.json.encode([known, schema])
            ).hexdigest(),
            schema=dict(schema),
            classes=known,
            metrics=dict(metrics or {}),
            card=card,
            profile=dict(profile or {}),
            by=by,
        )


def _inspect(
    runtime_name: str, artifact: bytes, schema: Mapping[str, object], classes: Sequence[str]
) -> list[str]:
    """The version's classes, after the artifact was read and found to be servable."""
    if len(artifact) > settings.HITL_ARTIFACT_LIMIT:
        detail = f"The artifact has more than {settings.HITL_ARTIFACT_LIMIT:,} bytes."
        raise TooLarge(detail, problems=(Problem("/artifact", detail),))
    runtime = RUNTIMES[runtime_name]
    if runtime.needs_artifact and not artifact:
        raise Invalid.at("/artifact", f"A {runtime_name} model needs its file.")
    found = runtime.inspect(artifact, schema).classes
    if found and classes and sorted(found) != sorted(classes):
        raise Invalid.at("/classes", f"The artifact's classes are {', '.join(found)}.")
    if runtime.answers and not found and not classes:
        raise Invalid.at("/classes", "Name the classes that this model answers with.")
    known = found or list(classes)
    twice = sorted({name for name in known if known.count(name) > 1})
    if twice:
        raise Invalid.at("/classes", f"Named twice: {', '.join(twice)}.")
    return known


def _keep(content: bytes) -> Artifact:
    sha256 = blobs.put(content)
    artifact, _ = Artifact.objects.get_or_create(sha256=sha256, defaults={"size": len(content)})
    return artifact
