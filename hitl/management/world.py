"""What the demo begins with: people, a trained model, a workflow at shadow, a client's key."""

import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
from django.contrib.auth.models import User
from django.db import transaction

from hitl.domain.roles import Role
from hitl.models import Client, Workflow
from hitl.services import access, clients, workflows
from models_registry import services as registry
from models_registry.runtimes import digits

REVIEWERS = ("reviewer-1", "reviewer-2", "reviewer-3")
AUTOPILOTS = ("autopilot-1", "autopilot-2", "autopilot-3")


@dataclass(frozen=True, slots=True)
class World:
    """Who may sign in, and with which key cases are sent. Kept, readable by the owner only, so
    that a second start can print it again."""

    workflow: str
    operator: tuple[str, str]
    operator_token: str
    reviewers: dict[str, str]
    api_key: str
    autopilots: dict[str, str]

    def save(self, path: Path) -> None:
        path.touch(mode=0o600)
        path.write_bytes(msgspec.json.encode(asdict(self)))

    @classmethod
    def load(cls, path: Path) -> "World":
        return msgspec.json.decode(path.read_bytes(), type=cls)


def build(model: digits.Trained) -> World:
    """Makes the world in an empty database, all of it or nothing."""
    with transaction.atomic():
        operator, password = _person("operator")
        workflow = _workflow(model, operator)
        access.join(operator, [Role.OPERATOR])
        client = Client.objects.create(name="post-office")
        _, key = clients.issue_key(name="demo traffic", client=client, workflows=[workflow])
        return World(
            workflow=workflow.slug,
            operator=("operator", password),
            operator_token=clients.issue_key(name="demo", user=operator)[1],
            reviewers=_reviewers(REVIEWERS, workflow, tokens=False),
            api_key=key,
            autopilots=_reviewers(AUTOPILOTS, workflow, tokens=True),
        )


def _workflow(model: digits.Trained, by: User) -> Workflow:
    registry.register_model(name="digits", runtime="sklearn")
    registry.register_version(
        model="digits",
        artifact=model.artifact,
        schema=digits.SCHEMA,
        metrics=model.metrics,
        card=model.card,
        by=by,
    )
    return workflows.create(
        slug="digits",
        title="Handwritten digits",
        task_type="classification",
        schema=digits.SCHEMA,
        answer={"classes": digits.CLASSES},
        level="shadow",
        model="digits",
        by=by,
        reason="Start of the trial: people decide, the model answers silently.",
    )


def _reviewers(names: tuple[str, ...], workflow: Workflow, *, tokens: bool) -> dict[str, str]:
    """A password each, or (for the autopilots, which nobody signs in as) a token."""
    made = {}
    for name in names:
        user, password = _person(name)
        access.join(user, [Role.REVIEWER], workflow)
        made[name] = clients.issue_key(name="autopilot", user=user)[1] if tokens else password
    return made


def _person(name: str) -> tuple[User, str]:
    password = secrets.token_urlsafe(12)
    staff = name == "operator"
    return User.objects.create_user(name, password=password, is_staff=staff), password
