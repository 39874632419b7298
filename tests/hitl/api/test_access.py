"""Who calls, and what every door asks first."""

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from hitl.domain.roles import Role
from hitl.models import Workflow
from hitl.services import clients
from tests import factories
from tests.conftest import Api, token
from tests.problems import refused

pytestmark = pytest.mark.django_db


def test_a_revoked_key_is_refused(spam: Workflow) -> None:
    row, key = factories.key(spam)
    assert Api(key).send("GET", "workflows").status_code == 200
    clients.revoke(row)
    answer = Api(key).send("GET", "workflows")
    refused(answer, 401, "authentication-failed")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_token_of_somebody_who_left_is_refused(alice: User) -> None:
    api = token(alice)
    assert api.send("GET", "workflows").status_code == 200
    alice.is_active = False
    alice.save()
    refused(api.send("GET", "workflows"), 401, "authentication-failed")


@pytest.mark.parametrize("header", ["Basic YTpi", "Token x", "Bearer", ""])
def test_another_scheme_is_nobody(spam: Workflow, header: str) -> None:
    answer = Api().send("GET", "workflows", Authorization=header)
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_signed_in_person_is_known(alice: User, charlie: User) -> None:
    api = Api()
    api.force_login(alice)
    assert api.send("GET", "workflows/spam").status_code == 200
    api.force_login(charlie)
    refused(api.send("GET", "workflows/spam"), 403, "forbidden")


def test_a_forbidden_caller_is_told_which_role_would_do(charlie: User) -> None:
    body = refused(token(charlie).send("GET", "cases"), 403, "forbidden")
    assert body["detail"] == "You need a role that may see cases here."


def test_whether_a_workflow_exists_is_told_only_to_who_may_see_all(
    spam: Workflow, charlie: User
) -> None:
    for slug in ("spam", "nowhere"):
        refused(token(charlie).send("GET", f"workflows/{slug}"), 403, "forbidden")
    root = factories.person("root", Role.AUDITOR)
    refused(token(root).send("GET", "workflows/nowhere"), 404, "not-found")


def test_the_rate_of_people_is_counted_by_person(
    alice: User, bob: User, settings: Settings
) -> None:
    settings.HITL_RATE_LIMIT = "1/hour"
    for person in (alice, bob):
        api = Api()
        api.force_login(person)
        assert api.send("GET", "workflows").status_code == 200
        refused(api.send("GET", "workflows"), 429, "throttled")
