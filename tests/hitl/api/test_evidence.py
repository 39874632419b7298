"""Evidence and certificates over HTTP."""

import csv
import io

import pytest
from django.contrib.auth.models import User

from hitl.domain.roles import Role
from hitl.models import Workflow
from hitl.services.evidence import certifying
from tests import factories
from tests.conftest import Api, token
from tests.hitl.services.evidence.test_certifying import TARGET, proven
from tests.problems import refused
from tests.reviews.desks import dials, level

pytestmark = pytest.mark.django_db
EVIDENCE, CERTIFICATES = "workflows/spam/evidence", "workflows/spam/certificates"
CURVE = "workflows/spam/evidence/curve"


@pytest.fixture
def target(spam: Workflow) -> Workflow:
    workflow = dials(level(spam, "partial_automation"), threshold=TARGET)
    for up_to in (20, 30):
        certifying.certify(proven(workflow, up_to).pk)
    return workflow


def test_operators_and_auditors_read_where_it_stands(target: Workflow, alice: User) -> None:
    found = token(alice).send("GET", EVIDENCE).json()
    assert (found["state"], found["rule"], found["goal"]["max_error"]) == (
        "certified",
        "target",
        0.02,
    )
    assert found["thresholds"][29]["index"] == 30
    assert found["thresholds"][29]["zone"] == "certified"
    audrey = factories.person("audrey", Role.AUDITOR, workflow=target)
    assert token(audrey).send("GET", EVIDENCE).json() == found


def test_certificates_come_in_pages(target: Workflow, alice: User) -> None:
    page = token(alice).send("GET", f"{CERTIFICATES}?limit=1").json()
    assert [one["standing"] for one in page["certificates"]] == ["valid"]
    path = page["next"].partition("/api/v1/")[2]
    rest = token(alice).send("GET", path).json()
    assert [one["standing"] for one in rest["certificates"]] == ["superseded"]
    assert token(alice).send("GET", CERTIFICATES).json()["next"] is None


def test_the_counters_come_as_a_table(target: Workflow, alice: User) -> None:
    answer = token(alice).send("GET", CURVE)
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    shown = token(alice).send("GET", EVIDENCE).json()["thresholds"]
    assert rows[-1]["cases"] == str(shown[-1]["cases"])
    assert {"threshold", "coverage", "pi", "least", "errors"} <= set(rows[0])


@pytest.mark.parametrize("path", [EVIDENCE, CURVE, CERTIFICATES])
def test_outsiders_reviewers_and_clients_read_nothing(
    target: Workflow, shop: Api, bob: User, charlie: User, path: str
) -> None:
    for who in (charlie, bob):
        refused(token(who).send("GET", path), 403, "forbidden")
    refused(Api().send("GET", path), 401, "not-authenticated")
    refused(shop.send("GET", path), 403, "forbidden")


def test_a_wrong_page_is_named(target: Workflow, alice: User) -> None:
    found = token(alice).send("GET", f"{CERTIFICATES}?limit=0")
    refused(found, 400, "invalid", "limit")
    nowhere = f"{CERTIFICATES}?after={target.pk}"
    refused(token(alice).send("GET", nowhere), 404, "not-found")


def test_an_unknown_workflow_is_missing_for_who_may_see_all(spam: Workflow) -> None:
    root = token(factories.person("root", Role.AUDITOR))
    refused(root.send("GET", "workflows/nowhere/evidence"), 404, "not-found")
