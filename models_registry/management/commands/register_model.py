"""manage.py register_model: the next version of a model from files."""

from pathlib import Path
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from models_registry import services
from models_registry.domain.errors import Conflict, DomainError
from models_registry.models import RegisteredModel
from models_registry.runtimes import RUNTIMES


class Command(BaseCommand):
    help = "Registers the next version of a model; the model too, if there is none of that name."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the model's name: a-z, 0-9, - and _")
        parser.add_argument("--runtime", default="sklearn", help=f"one of: {', '.join(RUNTIMES)}")
        parser.add_argument("--artifact", type=Path, help="the model's file (skops.io.dump)")
        parser.add_argument(
            "--schema", type=Path, required=True, help="JSON Schema of one input, a JSON file"
        )
        parser.add_argument(
            "--classes", default="", help="a,b,c where the artifact does not name them"
        )
        parser.add_argument("--metrics", type=Path, help="a JSON object, for example accuracy")
        parser.add_argument("--card", type=Path, help="the model card, a Markdown file")

    def handle(self, *args: Any, **options: Any) -> None:
        name: str = options["name"]
        artifact, card = options["artifact"], options["card"]
        try:
            with transaction.atomic():  # no model stays behind if its version is refused
                self._model(name, options["runtime"])
                version = services.register_version(
                    model=name,
                    artifact=_bytes(artifact) if artifact else b"",
                    schema=_object(options["schema"]),
                    classes=[
                        part.strip() for part in options["classes"].split(",") if part.strip()
                    ],
                    metrics=_object(options["metrics"]) if options["metrics"] else {},
                    card=_text(card) if card else "",
                )
        except DomainError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(f"{version}: {version.runtime}, {', '.join(version.classes)}")

    def _model(self, name: str, runtime: str) -> None:
        model = RegisteredModel.objects.filter(name=name).first()
        if model is None:
            services.register_model(name=name, runtime=runtime)
        elif model.runtime != runtime:
            raise Conflict(f"The name {name!r} is taken by a model of runtime {model.runtime!r}.")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error


def _text(path: Path) -> str:
    try:
        return _bytes(path).decode()
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is no UTF-8 text.") from error


def _object(path: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(_bytes(path), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} is no JSON object: {error}.") from error
