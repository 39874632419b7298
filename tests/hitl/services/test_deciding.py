"""Later decisions: what people settled becomes the case's answer."""

from datetime import UTC, datetime
from typing import Any

import pytest

from hitl.domain.cases import Source, Status
from hitl.models import Case, Decision, Referral, Workflow
from hitl.services import deciding, receiving, workflows
from hitl.services.arriving import Submission
from hitl.services.deciding import Settled
from hitl.services.revisions import Head
from models_registry.domain.errors import Conflict
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def case(workflow: Workflow) -> Case:
    row, _ = factories.key(workflow)
    assert row.client_id is not None
    head = Head(workflow.pk, workflow.slug, workflows.in_force(workflow).no)
    receiving.receive([Submission({"text": "hi"})], head=head, client_id=row.client_id)
    return Case.objects.get()


def settled(case: Case, value: object = "no", **given: Any) -> Settled:
    facts: dict[str, Any] = {
        "referral_id": Referral.objects.get(case=case).pk,
        "case_id": case.pk,
        "status": Status(case.status),
        "seq": case.seq,
        "value": value,
        "blind_value": value,
        "same_as_current": False,
    }
    return Settled(**{**facts, **given})


@pytest.fixture
def audited(spam: Workflow) -> Case:
    """A case that the model decided and a person judges as well."""
    workflows.change(spam, by=None, reason="test", policy={"audit_share": 1.0})
    workflows.set_level(spam, "full_automation", by=None, reason="test")
    return case(spam)


def test_closing_a_referral_decides_its_case(spam: Workflow) -> None:
    waiting = case(spam)
    assert deciding.close(settled(waiting), now=NOW, done=1)
    referral, decision = Referral.objects.get(), Decision.objects.get()
    assert (referral.state, referral.closed, referral.free, referral.done) == ("closed", NOW, 0, 1)
    assert (referral.answer, referral.blind_answer) == ("no", "no")
    assert (decision.n, decision.source, decision.value, decision.at) == (1, "human", "no", NOW)
    assert (decision.referral, decision.prediction) == (referral, None)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.seq) == ("decided", 1)


def test_an_answer_that_was_not_blind_is_not_kept_as_blind(spam: Workflow) -> None:
    deciding.close(settled(case(spam), blind_value=None), now=NOW, done=1)
    referral = Referral.objects.get()
    assert (referral.answer, referral.blind_answer) == ("no", None)


def test_an_audit_that_differs_supersedes(audited: Case) -> None:
    assert deciding.close(settled(audited), now=NOW, done=1)
    rows = Decision.objects.order_by("n").values_list("n", "source", "value")
    assert list(rows) == [(1, "model", "yes"), (2, "human", "no")]
    audited.refresh_from_db()
    assert (audited.status, audited.seq) == ("decided", 2)


def test_an_audit_that_agrees_makes_no_new_decision(audited: Case) -> None:
    assert not deciding.close(settled(audited, "yes", same_as_current=True), now=NOW, done=1)
    assert Decision.objects.count() == 1
    assert Referral.objects.get().answer == "yes"


def test_a_referral_closes_once(spam: Workflow) -> None:
    waiting = case(spam)
    deciding.close(settled(waiting), now=NOW, done=1)
    with pytest.raises(Conflict, match="answered meanwhile"):
        deciding.close(settled(waiting, "yes"), now=NOW, done=1)
    assert Decision.objects.count() == 1


def test_a_cancelled_case_is_not_decided(spam: Workflow) -> None:
    waiting = case(spam)
    Case.objects.update(status="cancelled")
    with pytest.raises(Conflict):
        deciding.decide_many(
            [settled(waiting, status=Status.CANCELLED)], source=Source.RULE, now=NOW
        )
    assert not deciding.close(settled(waiting, status=Status.CANCELLED), now=NOW, done=1)
    assert not Decision.objects.exists()
