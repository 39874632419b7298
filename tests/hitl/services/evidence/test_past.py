"""The cases of a span: in order of time, with what is known about them and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from hitl.models import Case, Workflow
from hitl.services import workflows
from hitl.services.evidence import past
from tests.hitl.services.evidence.compared import compared, open_epoch
from tests.reviews.desks import send

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


def _span(workflow: Workflow) -> past.Span:
    version = workflows.in_force(workflow).champion_id
    now = datetime.now(UTC)
    return past.span(workflow.pk, version, now - WEEK, now)


def test_cases_come_in_order_with_their_blind_answers(spam: Workflow, bob: User) -> None:
    compared(spam, bob, "yes", "no")
    send(spam, "later")
    found = _span(spam)
    assert [one.at for one in found.cases] == sorted(Case.objects.values_list("created", flat=True))
    told = [one.answer and one.answer.counted for one in found.answered]
    assert told == ["correct", "error", None]
    assert [one.drawn for one in found.answered] == [True, True, True]
    assert found.complete


def test_a_case_that_no_model_answered_is_read_and_not_replayed(spam: Workflow) -> None:
    workflows.set_level(spam, "human_only", by=None, reason="test")
    send(spam)
    found = _span(spam)
    assert (len(found.cases), len(found.answered)) == (1, 0)
    assert not found.cases[0].signal.has_value


def test_evidence_about_other_cases_is_read_apart(spam: Workflow, bob: User) -> None:
    compared(spam, bob, "yes", "no")
    found, epoch = _span(spam), open_epoch(spam)
    assert past.before(epoch.pk, found) == []
    Case.objects.update(created=datetime.now(UTC) - 2 * WEEK)
    rows = past.before(epoch.pk, _span(spam))
    assert [one.error for _, one in rows] == [False, True]
