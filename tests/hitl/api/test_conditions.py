"""Conditions over HTTP."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User

from hitl.domain.roles import Role
from hitl.models import Condition, Workflow
from tests import factories
from tests.conftest import Api, token
from tests.problems import refused

pytestmark = pytest.mark.django_db

PATH = "workflows/spam/conditions"


def test_what_is_wrong_is_told_with_its_numbers(spam: Workflow, bob: User) -> None:
    assert token(bob).send("GET", PATH).json() == []
    numbers = {"due": 10, "overdue": 3}
    since = datetime(2026, 3, 1, 12, tzinfo=UTC)
    Condition.objects.create(workflow=spam, name="audits_overdue", since=since, numbers=numbers)
    bread = factories.workflow("bread")
    Condition.objects.create(workflow=bread, name="audits_overdue", since=since, numbers=numbers)
    assert token(bob).send("GET", PATH).json() == [
        {"name": "audits_overdue", "since": "2026-03-01T12:00:00Z", "numbers": numbers}
    ]


def test_outsiders_read_nothing(shop: Api, charlie: User) -> None:
    refused(token(charlie).send("GET", PATH), 403, "forbidden")
    refused(Api().send("GET", PATH), 401, "not-authenticated")
    refused(shop.send("GET", PATH), 403, "forbidden")


def test_an_unknown_workflow_is_missing_for_who_may_see_all(spam: Workflow) -> None:
    root = token(factories.person("root", Role.AUDITOR))
    refused(root.send("GET", "workflows/nowhere/conditions"), 404, "not-found")
