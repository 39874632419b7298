"""What the tables themselves refuse, whatever code writes to them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from hitl.models import (
    Case,
    Decision,
    Feedback,
    Idempotency,
    Measurement,
    Prediction,
    Referral,
    Revision,
    Series,
    Workflow,
)
from models_registry.models.rows import FactChanged
from tests.conftest import Api

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def case(shop: Api, spam: Workflow) -> Case:
    shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}})
    return Case.objects.get()


def twice(make: Any) -> None:
    make()
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


def referral(case: Case, **given: Any) -> Referral:
    facts = {"kind": "audit", "pool": case.workflow_id, "due": NOW, "opened": NOW, **given}
    return Referral.objects.create(case=case, **facts)


def test_a_case_has_one_open_referral(case: Case) -> None:
    for state in ("open", "settling"):
        with pytest.raises(IntegrityError), transaction.atomic():
            referral(case, state=state)
    referral(case, state="closed")
    Referral.objects.update(state="closed")
    referral(case)


@pytest.mark.parametrize("free", [-1, 2])
def test_free_places_stay_within_those_needed(case: Case, free: int) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Referral.objects.update(free=free)


@pytest.mark.parametrize(("free", "done"), [(0, 4), (1, 3), (3, 1), (2, -1)])
def test_complaint_4_there_are_no_more_reviews_than_were_asked_for(
    case: Case, free: int, done: int
) -> None:
    Referral.objects.update(needed=3, free=3)
    with pytest.raises(IntegrityError), transaction.atomic():
        Referral.objects.update(free=free, done=done)


@pytest.mark.parametrize(("free", "done"), [(3, 0), (0, 3), (0, 0), (1, 2)])
def test_places_are_free_held_or_answered(case: Case, free: int, done: int) -> None:
    assert Referral.objects.update(needed=3, free=free, done=done) == 1


def test_a_case_has_one_live_prediction(case: Case) -> None:
    live = Prediction.objects.get()
    facts = {"case": case, "version": live.version, "arm": "champion"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Prediction.objects.create(**facts, role="live")
    twice(lambda: Prediction.objects.create(**facts, role="silent"))


def test_decisions_of_a_case_have_different_numbers(case: Case) -> None:
    twice(lambda: Decision.objects.create(case=case, n=1, source="rule", value="no", at=NOW))


def test_revisions_of_a_workflow_have_different_numbers(spam: Workflow) -> None:
    twice(
        lambda: Revision.objects.create(
            workflow=spam, no=2, level="shadow", policy={}, schema={}, answer={}
        )
    )


def test_a_key_of_a_client_is_kept_once(case: Case) -> None:
    twice(
        lambda: Idempotency.objects.create(
            client=case.client, key="k", body_hash="h", status=201, answer=1, at=NOW
        )
    )


def test_a_series_has_one_tally_per_window(spam: Workflow) -> None:
    series = Series.objects.create(workflow=spam, metric="volume")
    twice(
        lambda: Measurement.objects.create(series=series, resolution=60, start=NOW, tally={"n": 1})
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Series.objects.create(workflow=spam, metric="volume")


def test_facts_are_neither_edited_nor_deleted(case: Case, spam: Workflow) -> None:
    fact = Feedback.objects.create(case=case, kind="redo", at=NOW)
    for row in (fact, Prediction.objects.get(), spam.revisions.get()):
        with pytest.raises(FactChanged):
            row.save()
        with pytest.raises(FactChanged):
            row.delete()


def test_rows_that_people_see_have_a_name(spam: Workflow, case: Case) -> None:
    series = Series(workflow=spam, metric="volume")
    assert [str(spam), str(spam.revisions.get()), str(case), str(series)] == [
        "Spam",
        f"{spam.pk} #1",
        str(case.pk),
        f"volume of {spam.pk}",
    ]
