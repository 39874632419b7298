"""The rest of the cast in the panel: an auditor, an admin, a workflow Alice has no part in."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from hitl.domain.roles import Role
from hitl.models import Workflow
from tests import factories

Enter = Callable[[User], Client]


@pytest.fixture
def other(db: None) -> Workflow:
    return factories.workflow("other")


@pytest.fixture
def audrey(spam: Workflow) -> User:
    return factories.person("audrey", Role.AUDITOR, workflow=spam)


@pytest.fixture
def adam(db: None) -> User:
    return factories.person("adam", Role.ADMIN)


@pytest.fixture
def enter() -> Enter:
    """A person's browser, signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


def at(workflow: Workflow, page: str = "change") -> str:
    """A page of a workflow's control room."""
    return reverse(f"admin:hitl_workflow_{page}", args=[workflow.pk])
