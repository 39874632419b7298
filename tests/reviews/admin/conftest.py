"""The rest of the cast in the panel."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from hitl.domain.roles import Role
from hitl.models import Workflow
from tests import factories
from tests.hitl.admin.conftest import Enter


@pytest.fixture
def other(db: None) -> Workflow:
    """A workflow that Alice has no part in."""
    return factories.workflow("other")


@pytest.fixture
def dora(spam: Workflow) -> User:
    return factories.person("dora", Role.REVIEWER, workflow=spam)


@pytest.fixture
def audrey(spam: Workflow) -> User:
    return factories.person("audrey", Role.AUDITOR, workflow=spam)


@pytest.fixture
def enter() -> Enter:
    """A person's browser, signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in
