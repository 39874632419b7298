"""The page of evidence: where it stands, and its target as two numbers."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from hitl.domain.policy import Target, parse_policy
from hitl.domain.roles import Role
from hitl.models import Workflow
from hitl.services import workflows
from hitl.services.evidence import certifying
from tests import factories
from tests.hitl.admin.conftest import Enter, at
from tests.hitl.services.evidence.compared import compared
from tests.hitl.services.evidence.test_certifying import TARGET, proven
from tests.reviews.desks import dials, level

pytestmark = pytest.mark.django_db
NEW = {"max_error": "1.5", "confidence": "99"}


def page(browser: Client, workflow: Workflow) -> str:
    answer = browser.get(at(workflow, "evidence"))
    assert answer.status_code == 200
    return answer.content.decode()


def asked(browser: Client, workflow: Workflow, **given: Any) -> Any:
    seen = workflows.in_force(workflow).no
    return browser.post(at(workflow, "target"), {"seen": seen, **NEW, **given}, follow=True)


def test_the_page_says_where_it_stands(spam: Workflow, alice: User, enter: Enter) -> None:
    dials(level(spam, "partial_automation"), threshold=TARGET)
    certifying.certify(proven(spam, 20).pk)
    said = page(enter(alice), spam)
    assert "The model may decide 53\N{NO-BREAK SPACE}% of cases" in said
    assert "at most 2\N{NO-BREAK SPACE}% of its decisions are wrong. This is proven with" in said
    assert "Exact statement, assumptions and raw counters" in said
    assert "evidence-data" in said


def test_counts_of_people_are_on_the_page(
    spam: Workflow, alice: User, bob: User, enter: Enter
) -> None:
    compared(spam, bob, "yes", "no")
    said = page(enter(alice), spam)
    assert "Counted so far: 2 comparisons." in said
    assert "a number somebody chose, unproven" in said


def test_a_workflow_without_a_model_has_a_page_too(alice: User, enter: Enter) -> None:
    bread = factories.workflow("bread")
    olive = factories.person("olive", Role.OPERATOR)
    assert "No model answers here" in page(enter(olive), bread)


def test_the_control_room_leads_to_it(spam: Workflow, audrey: User, enter: Enter) -> None:
    browser = enter(audrey)
    assert at(spam, "evidence") in browser.get(at(spam)).content.decode()
    assert "An operator can change it." in page(browser, spam)


def test_two_numbers_and_a_reason_change_the_target(
    spam: Workflow, alice: User, enter: Enter
) -> None:
    dials(spam, audit_share=0.25)
    browser = enter(alice)
    shown = asked(browser, spam).content.decode()
    assert "Change the target?" in shown
    assert workflows.in_force(spam).no == 2
    asked(browser, spam, confirmed=1, reason="be stricter")
    row = workflows.in_force(spam)
    policy = parse_policy(row.policy)
    assert policy.threshold == Target(0.015, 0.99)
    assert (policy.audit_share, row.reason, row.by) == (0.25, "be stricter", alice)


def test_what_else_a_target_says_stays(spam: Workflow, alice: User, enter: Enter) -> None:
    dials(spam, threshold=TARGET | {"by_class": True})
    asked(enter(alice), spam, confirmed=1, reason="be stricter")
    assert parse_policy(workflows.in_force(spam).policy).threshold == Target(
        0.015, 0.99, by_class=True
    )


def test_the_same_target_changes_nothing(spam: Workflow, alice: User, enter: Enter) -> None:
    dials(spam, threshold=TARGET)
    answer = asked(enter(alice), spam, max_error="2", confidence="95")
    assert "The target is that already." in answer.content.decode()


@pytest.mark.parametrize("wrong", [{"max_error": "0"}, {"confidence": "x"}, {"max_error": ""}])
def test_wrong_numbers_are_named(
    spam: Workflow, alice: User, enter: Enter, wrong: dict[str, str]
) -> None:
    answer = asked(enter(alice), spam, **wrong)
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == list(wrong)
    assert workflows.in_force(spam).no == 1


def test_outsiders_and_reviewers_see_nothing_and_auditors_change_nothing(
    spam: Workflow, other: Workflow, alice: User, bob: User, audrey: User, enter: Enter
) -> None:
    assert enter(bob).get(at(spam, "evidence")).status_code in {302, 403}
    assert enter(alice).get(at(other, "evidence")).status_code == 404
    assert enter(audrey).post(at(spam, "target"), NEW).status_code == 403
