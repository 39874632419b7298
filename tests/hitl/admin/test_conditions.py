"""What is wrong stands on the control room: since when, how bad, what to do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from hitl.admin import conditions
from hitl.models import Case, Client, Condition, Referral, Workflow
from models_registry.models import new_id
from tests.hitl.admin.conftest import Enter, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def client_row(db: None) -> Client:
    return Client.objects.create(name="shop")


def audits(workflow: Workflow, client: Client, done: int, overdue: int) -> None:
    """Audits that fell due an hour ago."""
    now = datetime.now(UTC)
    for i in range(done + overdue):
        case = Case.objects.create(
            id=new_id(),
            workflow=workflow,
            revision_no=1,
            client=client,
            input_hash="",
            action="automate",
            reason="usable",
            blind=True,
            audit=True,
            pi=1.0,
            status="decided",
            seq=1,
            created=now,
        )
        closed: dict[str, Any] = {"state": "closed", "free": 0, "done": 1, "closed": now}
        Referral.objects.create(
            case=case,
            kind="audit",
            pool=workflow.pk,
            due=now - timedelta(hours=1),
            opened=now - timedelta(hours=9),
            **(closed if i < done else {}),
        )


@pytest.mark.parametrize(
    ("done", "overdue", "text", "mark"),
    [
        pytest.param(0, 0, "none fell due", "fine", id="none"),
        pytest.param(37, 3, "3 of 40 overdue (7.5 %)", "fine", id="few"),
        pytest.param(9, 1, "1 of 10 overdue (10.0 %)", "fine", id="just not"),
        pytest.param(8, 2, "2 of 10 overdue (20.0 %)", "watch", id="reported"),
        pytest.param(5, 5, "5 of 10 overdue (50.0 %)", "bad", id="lowers"),
    ],
)
def test_the_audits_are_told_with_their_state(
    spam: Workflow, client_row: Client, done: int, overdue: int, text: str, mark: str
) -> None:
    audits(spam, client_row, done, overdue)
    told = conditions.audits(spam, datetime.now(UTC))
    assert (told.text, told.mark, told.known) == (text, mark, done + overdue > 0)


def test_the_line_stands_with_the_counts(
    spam: Workflow, client_row: Client, alice: User, enter: Enter
) -> None:
    audits(spam, client_row, 37, 3)
    assert "3 of 40 overdue (7.5 %)" in enter(alice).get(at(spam, "counts")).content.decode()


def condition(workflow: Workflow, name: str = "audits_overdue", **numbers: int) -> Condition:
    since = datetime(2026, 3, 1, 12, tzinfo=UTC)
    return Condition.objects.create(workflow=workflow, name=name, since=since, numbers=numbers)


def test_a_condition_says_since_when_and_what_to_do(
    spam: Workflow, alice: User, enter: Enter
) -> None:
    condition(spam, due=10, overdue=3)
    page = enter(alice).get(at(spam)).content.decode()
    assert "Audits wait too long" in page
    assert "3 of 10 overdue (30.0 %) of those that fell due in the last 7 days" in page
    assert "What to do:" in page
    assert 'datetime="2026-03-01T12:00:00+00:00"' in page


def test_without_conditions_nothing_is_said(spam: Workflow, alice: User, enter: Enter) -> None:
    assert "cr-condition" not in enter(alice).get(at(spam)).content.decode().replace(
        "cr-conditions", ""
    )


def test_the_conditions_of_others_are_theirs(spam: Workflow, other: Workflow) -> None:
    condition(other, due=10, overdue=3)
    assert conditions.standing(spam) == []


def test_a_roll_back_says_what_happened_and_what_to_do(
    spam: Workflow, alice: User, enter: Enter
) -> None:
    condition(spam, "rolled_back", audits=1234)
    page = enter(alice).get(at(spam)).content.decode()
    assert "Automation was taken back" in page
    assert "1,234 audits showed more errors than the target allows" in page


def test_a_lapse_says_when_and_what_to_do(spam: Workflow) -> None:
    condition(spam, "lapsed", threshold=0, days=180, cases=4200)
    (told,) = conditions.standing(spam)
    assert told.title == "The certificate has lapsed"
    assert "180 days old, 4,200 cases were automated under it" in told.text
    assert "`lapse_days`" in told.advice


def test_a_condition_that_nobody_has_words_for_is_shown_with_its_numbers(spam: Workflow) -> None:
    condition(spam, "queue_too_long", waiting=7)
    (told,) = conditions.standing(spam)
    assert (told.title, told.text, told.advice) == ("Queue too long", "waiting 7", "")
