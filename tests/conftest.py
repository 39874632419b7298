"""The cast: Alice runs the workflow, Bob reviews it, Charlie belongs to neither."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from pytest_django import Settings
from rest_framework.test import APIClient

from hitl.domain.roles import Role
from hitl.models import Workflow
from hitl.services import clients
from tests import factories


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def spam(db: None) -> Workflow:
    """A workflow at shadow whose model says yes with 0.95."""
    factories.version("spam-model")
    return factories.workflow("spam", model="spam-model", level="shadow")


@pytest.fixture
def alice(spam: Workflow) -> User:
    return factories.person("alice", Role.OPERATOR, workflow=spam)


@pytest.fixture
def bob(spam: Workflow) -> User:
    return factories.person("bob", Role.REVIEWER, workflow=spam)


@pytest.fixture
def charlie(db: None) -> User:
    return factories.person("charlie")


class Api(APIClient):
    """JSON in, JSON out, with a bearer key."""

    def __init__(self, key: str = "") -> None:
        super().__init__()
        if key:
            self.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")

    def send(self, method: str, path: str, body: Any = None, **headers: Any) -> Any:
        data: Any = body if isinstance(body, bytes) else msgspec.json.encode(body)
        if body is None:
            data = b""
        return self.generic(method, f"/api/v1/{path}", data, "application/json", headers=headers)


@pytest.fixture
def shop(spam: Workflow) -> Api:
    """The client system, with a key for the workflow."""
    return Api(factories.key(spam)[1])


def token(user: User) -> Api:
    """A person's own token."""
    return Api(clients.issue_key(name="token", user=user)[1])
