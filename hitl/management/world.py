"""What the demo begins with: people, trained models, a workflow for each, a client's key."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
from django.contrib.auth.models import User
from django.db import transaction

from hitl.domain.roles import Role
from hitl.management.exhibits import EXHIBITS, Exhibit
from hitl.models import Client, Workflow
from hitl.services import access, clients, guidelines, workflows
from models_registry import services as registry
from models_registry.runtimes.digits import Trained

REVIEWERS = ("reviewer-1", "reviewer-2", "reviewer-3")
AUTOPILOTS = ("autopilot-1", "autopilot-2", "autopilot-3")


@dataclass(frozen=True, slots=True)
class World:
    """Who may sign in, and with which key cases are sent. Kept, readable by the owner only, so
    that a second start can print it again."""

    workflows: list[str]
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


def build(models: Mapping[str, Trained]) -> World:
    """Makes the world in an empty database, all of it or nothing: those workflows for which
    there is a model, by name."""
    with transaction.atomic():
        operator, password = _person("operator")
        shown = [exhibit for exhibit in EXHIBITS if exhibit.slug in models]
        made = [_workflow(exhibit, models[exhibit.slug], operator) for exhibit in shown]
        access.join(operator, [Role.OPERATOR])
        client = Client.objects.create(name="post-office")
        _, key = clients.issue_key(name="demo traffic", client=client, workflows=made)
        return World(
            workflows=[workflow.slug for workflow in made],
            operator=("operator", password),
            operator_token=clients.issue_key(name="demo", user=operator)[1],
            reviewers=_reviewers(REVIEWERS, made, tokens=False),
            api_key=key,
            autopilots=_reviewers(AUTOPILOTS, made, tokens=True),
        )


def _workflow(exhibit: Exhibit, model: Trained, by: User) -> Workflow:
    registry.register_model(name=exhibit.slug, runtime=exhibit.runtime)
    registry.register_version(
        model=exhibit.slug,
        artifact=model.artifact,
        schema=exhibit.schema,
        metrics=model.metrics,
        card=model.card,
        profile=model.profile,
        by=by,
    )
    workflow = workflows.create(
        slug=exhibit.slug,
        title=exhibit.title,
        task_type=exhibit.task_type,
        schema=exhibit.schema,
        answer=exhibit.answer,
        level=exhibit.level,
        policy=exhibit.policy,
        model=exhibit.slug,
        by=by,
        reason=exhibit.reason,
    )
    if exhibit.guidelines:
        guidelines.write(workflow, exhibit.guidelines, by)
    return workflow


def _reviewers(
    names: tuple[str, ...], reviewed: Sequence[Workflow], *, tokens: bool
) -> dict[str, str]:
    """A password each, or (for the autopilots, which nobody signs in as) a token."""
    made = {}
    for name in names:
        user, password = _person(name)
        for workflow in reviewed:
            access.join(user, [Role.REVIEWER], workflow)
        made[name] = clients.issue_key(name="autopilot", user=user)[1] if tokens else password
    return made


def _person(name: str) -> tuple[User, str]:
    password = secrets.token_urlsafe(12)
    staff = name == "operator"
    return User.objects.create_user(name, password=password, is_staff=staff), password
