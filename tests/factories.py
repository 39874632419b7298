"""Boring valid rows: every default is the plainest that works, variants are arguments."""

from typing import Any

import msgspec
from django.contrib.auth.models import User

from hitl.domain.roles import Role
from hitl.models import ApiKey, Client, Workflow
from hitl.services import access, clients, workflows
from models_registry import services as registry
from models_registry.models import ModelVersion
from tests.runtimes import Script

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {"text": {"type": "string", "maxLength": 1000}},
}
ANSWER: dict[str, Any] = {"classes": ["no", "yes"]}


def person(name: str, *roles: Role, workflow: Workflow | None = None) -> User:
    user = User.objects.create_user(name, password=f"{name}-pass-word", is_staff=bool(roles))
    access.join(user, roles, workflow)
    return user


def version(model: str = "model", runtime: str = "scripted", **script: Any) -> ModelVersion:
    """A version of a scripted model; `script` says what it answers."""
    artifact = msgspec.json.encode(Script(**script)) if runtime == "scripted" else b""
    registry.register_model(name=model, runtime=runtime)
    return registry.register_version(
        model=model,
        artifact=artifact,
        schema=SCHEMA,
        classes=() if artifact else ["no", "yes"],
    )


def workflow(slug: str = "spam", *, model: str = "", **given: Any) -> Workflow:
    # No share is drawn unless a test asks for one: case ids are random, and so would the test be.
    # Nothing waits to be undone either: what a test submits is decided.
    quiet = {"audit_share": 0.0, "blind_share": 0.0, "undo_seconds": 0}
    policy = quiet | (given.pop("policy", None) or {})
    return workflows.create(
        slug=slug,
        title=slug.title(),
        task_type=given.pop("task_type", "classification"),
        schema=given.pop("schema", SCHEMA),
        answer=given.pop("answer", ANSWER),
        policy=policy,
        model=model,
        **given,
    )


def key(*of: Workflow, client: str = "shop") -> tuple[ApiKey, str]:
    """A client's key for these workflows: the row and the secret."""
    system, _ = Client.objects.get_or_create(name=client)
    return clients.issue_key(name="test", client=system, workflows=of)
