"""Reading cases, and what clients say about them later."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from hitl.models import Case, Feedback, Referral, Sight, Workflow
from hitl.services import cases, deadlines, monitoring, receiving, workflows
from hitl.services.arriving import Submission
from hitl.services.cases import Reader
from hitl.services.receiving import Answer
from hitl.services.revisions import Head
from hitl.services.sources import SOURCES
from models_registry.domain.errors import Conflict, Invalid, Missing
from models_registry.models import new_id
from reviews.services import desk, golds
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)


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


def test_a_case_that_waits_looks_the_same_to_a_judge_decided_or_not(spam: Workflow) -> None:
    send(spam, 1)
    workflows.set_level(spam, "full_automation", by=None, reason="test")
    workflows.change(spam, by=None, reason="all of them", policy={"audit_share": 1.0})
    spam.refresh_from_db()
    send(spam, 1)
    judge, auditor = Reader([spam.pk], judges=frozenset({spam.pk})), Reader([spam.pk])
    plain, audit = cases.tell(cases.listing(judge), judge)
    assert (plain.status, plain.route, plain.notices) == (audit.status, audit.route, audit.notices)
    assert (audit.status, audit.route.reason, audit.decision) == ("referred", "withheld", None)
    assert len(cases.listing(judge, status="referred")) == 2
    assert cases.listing(judge, status="decided") == []
    assert len(cases.listing(auditor, status="decided")) == 1
    assert Sight.objects.count() == 0


def test_who_is_told_decisions_in_a_list_is_not_asked_about_them(ham: Workflow, bob: User) -> None:
    send(ham, 3)
    judge = Reader([ham.pk], judges=frozenset({ham.pk}), user_id=bob.pk)
    for _ in range(2):
        assert all(one.decision for one in cases.tell(cases.listing(judge), judge))
    assert Sight.objects.filter(user=bob).count() == 3


def test_a_case_that_begins_to_wait_meanwhile_is_not_told(automated: Case, bob: User) -> None:
    here = automated.workflow_id
    judge = Reader([here], judges=frozenset({here}), user_id=bob.pk)
    read = cases.one(automated.pk, judge)
    say(automated)
    (told,) = cases.tell([read], judge)
    assert (told.decision, told.notices) == (None, [cases.WITHHELD])


# Somebody objects, or did it again


@pytest.fixture
def automated(ham: Workflow) -> Case:
    """Decided by the machine: yes."""
    send(ham)
    return Case.objects.get()


def say(case: Case, kind: str = "contest", value: object = None, statement: str = "No!") -> None:
    case.refresh_from_db()
    cases.say(case, kind=kind, value=value, statement=statement)


def under_way() -> Referral:
    return Referral.objects.exclude(state="closed").get()


def test_a_contest_has_a_person_judge_a_case_that_was_decided(automated: Case) -> None:
    now = datetime.now(UTC)
    cases.say(automated, kind="contest", value="no", statement="No!", now=now)
    row, said = under_way(), Feedback.objects.get()
    assert (row.kind, row.case, row.pool, row.state) == (
        "contest",
        automated,
        automated.workflow_id,
        "open",
    )
    assert (row.needed, row.free, row.contested, row.opened) == (1, 1, True, now)
    assert (row.due, row.acts_at) == (now + timedelta(hours=24), None)
    assert (said.kind, said.value, said.statement, said.at) == ("contest", "no", "No!", now)
    automated.refresh_from_db()
    assert (automated.status, automated.seq) == ("decided", 1), "the decision stands meanwhile"


def test_a_contest_raises_the_case_that_waits_already(spam: Workflow) -> None:
    send(spam)
    before = Referral.objects.get()
    say(Case.objects.get())
    row = Referral.objects.get()
    assert (row.pk, row.kind, row.contested) == (before.pk, "decide", True)
    assert (row.priority, row.due) == (deadlines.RAISED, row.opened)
    assert (row.needed, row.free) == (1, 1)


def test_a_contest_raises_an_audit_that_is_open(ham: Workflow) -> None:
    workflows.change(ham, by=None, reason="test", policy={"audit_share": 1.0})
    send(ham)
    say(Case.objects.get())
    row = Referral.objects.get()
    assert (row.kind, row.contested, row.needed) == ("audit", True, 1)
    assert row.due == row.opened, "whoever objects does not wait for 72 hours"


@pytest.mark.parametrize("kind", ["decide", "audit"])
def test_a_contest_asks_one_more_where_an_answer_settles(automated: Case, kind: str) -> None:
    Referral.objects.create(
        case=automated, kind=kind, pool=automated.workflow_id, due=NOW, opened=NOW,
        state="settling", settles_at=NOW, needed=2, done=2, free=0,
    )  # fmt: skip
    say(automated)
    row = under_way()
    assert (row.state, row.settles_at, row.needed, row.free, row.done) == ("open", None, 3, 1, 2)
    assert row.contested


def test_who_objects_twice_is_heard_once(automated: Case) -> None:
    say(automated, statement="No!")
    say(automated, statement="No, no!")
    assert (under_way().needed, under_way().priority) == (1, deadlines.RAISED)
    assert Feedback.objects.count() == 2


def test_who_objects_after_the_contest_is_heard_again(automated: Case) -> None:
    say(automated)
    Referral.objects.update(state="closed", free=0)
    say(automated)
    assert [*Referral.objects.values_list("kind", flat=True)] == ["contest", "contest"]


def test_a_cancelled_case_is_not_contested(automated: Case) -> None:
    Case.objects.update(status="cancelled")
    with pytest.raises(Conflict, match="cancelled"):
        say(automated)
    assert not Referral.objects.exists()
    assert not Feedback.objects.exists(), "they are written together or not at all"


def test_an_outcome_of_a_cancelled_case_is_kept(automated: Case) -> None:
    Case.objects.update(status="cancelled")
    say(automated, "outcome", "no")
    assert Feedback.objects.get().value == "no"


@pytest.mark.parametrize(
    ("opens", "value", "opened"),
    [(True, "no", True), (True, None, False), (False, "no", False), (False, None, False)],
)
def test_a_redo_has_a_person_look_where_the_policy_says_so(
    automated: Case, opens: bool, value: object, opened: bool
) -> None:
    workflows.change(automated.workflow, by=None, reason="test", policy={"redo_opens": opens})
    say(automated, "redo", value)
    assert Feedback.objects.get().kind == "redo"
    assert [*Referral.objects.values_list("kind", "contested")] == (
        [("contest", False)] if opened else []
    )


def test_a_redo_leaves_alone_what_somebody_just_looked_at(automated: Case) -> None:
    workflows.change(automated.workflow, by=None, reason="test", policy={"redo_opens": True})
    Referral.objects.create(
        case=automated, kind="audit", pool=automated.workflow_id, due=NOW, opened=NOW,
        state="settling", settles_at=NOW, needed=1, done=1, free=0,
    )  # fmt: skip
    say(automated, "redo", "no")
    assert (under_way().state, under_way().needed) == ("settling", 1)
    assert Feedback.objects.exists()


def test_an_outcome_opens_nothing(automated: Case) -> None:
    workflows.change(automated.workflow, by=None, reason="test", policy={"redo_opens": True})
    say(automated, "outcome", "no")
    assert not Referral.objects.exists()


def test_an_outcome_without_a_value_is_refused_at_the_value(automated: Case) -> None:
    with pytest.raises(Invalid) as error:
        say(automated, "outcome")
    assert error.value.problems[0].pointer == "/value"


# Known answers


def test_known_answers_are_no_cases_of_anybody(spam: Workflow) -> None:
    gold = golds.create(spam, input={"text": "known"}, answer="yes")
    everything = Reader([spam.pk])
    assert cases.listing(everything) == cases.listing(everything, status="referred") == []
    with pytest.raises(Missing):
        cases.one(gold.case_id, everything)
    with pytest.raises(Missing):
        cases.one(gold.case_id, Reader([spam.pk], client_id=gold.case.client_id))


def test_known_answers_are_in_no_number(spam: Workflow, bob: User) -> None:
    workflows.change(spam, by=None, reason="test", policy={"gold_share": 1.0})
    golds.create(spam, input={"text": "known"}, answer="yes")
    send(spam)
    assert desk.claim(bob, desk.seats_of(bob))
    assert Referral.objects.filter(kind="gold", claims__reviewer=bob).exists()
    now = datetime.now(UTC) + timedelta(minutes=1)
    today = monitoring.today(spam, now)
    assert (today.arrived, today.waiting, today.decided_by_people) == (1, 1, 0)
    span = (now - timedelta(days=1), now)
    assert [len([*SOURCES[name](*span)]) for name in SOURCES] == [
        1 if name == "arrived" else 0 for name in SOURCES
    ]
