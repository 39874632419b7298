"""Reading cases, and what clients say about them later."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from hitl.models import Case, Feedback, Referral, Workflow
from hitl.services import cases, receiving, workflows
from hitl.services.cases import Reader
from hitl.services.receiving import Answer, Submission
from hitl.services.revisions import Head
from models_registry.domain.errors import Conflict, Invalid, Missing
from models_registry.models import new_id
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def ham(db: None) -> Workflow:
    factories.version("ham-model")
    return factories.workflow(
        "ham", model="ham-model", level="full_automation", policy={"audit_share": 0.0}
    )


def send(workflow: Workflow, count: int = 1, **given: Any) -> list[Answer]:
    row, _ = factories.key(workflow)
    assert row.client_id is not None
    return receiving.receive(
        [Submission({"text": str(i)}, **given) for i in range(count)],
        head=Head(workflow.pk, workflow.slug, workflows.in_force(workflow).no),
        client_id=row.client_id,
        batch=new_id(),
    )


def test_a_case_is_told_later_as_it_was_told_at_first(spam: Workflow, ham: Workflow) -> None:
    for workflow in (spam, ham):
        (first,) = send(workflow, reference="r")
        case = Case.objects.get(workflow=workflow)
        assert cases.told(cases.one(case.pk, Reader([workflow.pk])), Reader([workflow.pk])) == first


def test_a_case_keeps_the_level_by_which_it_was_routed(ham: Workflow) -> None:
    send(ham)
    workflows.set_level(ham, "human_only", by=None, reason="test")
    case = cases.one(Case.objects.get().pk, Reader([ham.pk]))
    assert cases.told(case, Reader([ham.pk])).automation_level == "full_automation"


def test_a_case_of_another_workflow_is_missing(spam: Workflow, ham: Workflow) -> None:
    send(ham)
    with pytest.raises(Missing):
        cases.one(Case.objects.get().pk, Reader([spam.pk]))
    assert cases.listing(Reader([spam.pk])) == []
    assert cases.listing(Reader([])) == []
    with pytest.raises(Missing):
        cases.listing(Reader([spam.pk]), workflow="ham")


def test_pages_follow_each_other_without_gaps(spam: Workflow, ham: Workflow) -> None:
    send(ham, 4)
    send(spam, 5)
    send(ham, 4)
    both, seen, after = [spam.pk, ham.pk], [], None
    while page := cases.listing(Reader(both), after=after, limit=4):
        seen += [case.pk for case in page]
        after = page[-1].pk
    assert seen == list(Case.objects.order_by("pk").values_list("pk", flat=True))
    assert len(seen) == 13


def test_filters_narrow_the_list(spam: Workflow, ham: Workflow) -> None:
    send(spam, 2, reference="a")
    send(ham, 1, reference="b")
    both = [spam.pk, ham.pk]
    newest = cases.listing(Reader(both))[-1]
    assert len(cases.listing(Reader(both), workflow="spam")) == 2
    assert len(cases.listing(Reader(both), status="decided")) == 1
    assert len(cases.listing(Reader(both), reference="a", status="referred")) == 2
    assert cases.listing(Reader(both), created_after=newest.created) == []
    assert len(cases.listing(Reader(both), created_after=newest.created - timedelta(days=1))) == 3


def test_a_page_is_two_reads_and_leaves_payloads_alone(
    ham: Workflow, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    send(ham, 7)
    eyes = Reader([ham.pk])
    cases.told(cases.listing(eyes)[0], eyes)  # the revision is cached from here on
    with django_assert_num_queries(2) as captured:
        assert len([cases.told(case, eyes) for case in cases.listing(eyes)]) == 7
    assert "payload" not in str(captured.captured_queries)


def test_a_redo_is_kept_with_what_the_client_wanted(ham: Workflow) -> None:
    send(ham)
    case = Case.objects.get()
    cases.say(case, kind="redo", value="no", statement="it was ham")
    row = Feedback.objects.get()
    assert (row.case, row.kind, row.value, row.statement) == (case, "redo", "no", "it was ham")


def test_there_is_no_redo_of_what_was_not_decided(spam: Workflow) -> None:
    send(spam)
    with pytest.raises(Conflict, match="no decision yet"):
        cases.say(Case.objects.get(), kind="redo", value=None, statement="")


def test_an_outcome_may_come_before_the_decision(spam: Workflow) -> None:
    send(spam)
    cases.say(Case.objects.get(), kind="outcome", value="yes", statement="")
    assert Feedback.objects.get().value == "yes"


def test_feedback_names_a_class_of_the_workflow(spam: Workflow) -> None:
    send(spam)
    with pytest.raises(Invalid) as error:
        cases.say(Case.objects.get(), kind="outcome", value="maybe", statement="")
    assert error.value.problems[0].pointer == "/value"


def test_a_client_reads_the_cases_it_sent_and_no_others(ham: Workflow) -> None:
    send(ham, 1)
    mine = Case.objects.get().client_id
    assert len(cases.listing(Reader([ham.pk], client_id=mine))) == 1
    assert cases.listing(Reader([ham.pk], client_id=new_id())) == []


def test_who_may_judge_is_not_told_the_decision_of_a_case_that_waits(spam: Workflow) -> None:
    workflows.set_level(spam, "full_automation", by=None, reason="test")
    workflows.change(spam, by=None, reason="all of them", policy={"audit_share": 1.0})
    spam.refresh_from_db()
    send(spam, 1)
    judge, auditor = Reader([spam.pk], judges=frozenset({spam.pk})), Reader([spam.pk])
    (case,) = cases.listing(judge)
    assert cases.told(case, judge).decision is None
    assert cases.told(case, judge).notices == [cases.WITHHELD]
    assert cases.told(case, auditor).decision is not None
    Referral.objects.update(state="closed")
    (case,) = cases.listing(judge)
    assert cases.told(case, judge).decision is not None
