"""Bulk decisions: one answer for many open cases, never evidence. Races: tests/journeys."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from hitl.domain.roles import Role
from hitl.models import BulkDecision, Case, Decision, Delivery, Referral, Sight, Workflow
from hitl.services import bulk, cases, monitoring, receiving, workflows
from hitl.services.arriving import Brought, Submission
from hitl.services.bulk import Filter
from hitl.services.revisions import Head
from models_registry.domain.errors import Conflict, Invalid, Missing, Stale
from models_registry.models import new_id
from reviews.domain.consensus import Said, Verdict
from reviews.models import Review
from reviews.services import desk, judging
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def brought(db: None) -> Workflow:
    """A workflow at shadow whose client brings the predictions."""
    factories.version("letters-model", runtime="client")
    pools = [{"name": "legal", "skills": ["law"]}]
    policy = {"undo_seconds": 0, "pools": pools}
    return factories.workflow("letters", model="letters-model", level="shadow", policy=policy)


def receive(workflow: Workflow, *some: Submission, now: datetime = NOW) -> list[Any]:
    row, _ = factories.key(workflow)
    assert row.client_id is not None
    head = Head(workflow.pk, workflow.slug, workflows.in_force(workflow).no)
    told = receiving.receive(
        some or (said(),), head=head, client_id=row.client_id, batch=new_id(), now=now
    )
    return [answer.id for answer in told]  # type: ignore[union-attr]  # none is refused


def said(value: str = "yes", confidence: float = 0.95, **given: Any) -> Submission:
    return Submission({"text": "hi"}, prediction=Brought(value, confidence), **given)


def decide(workflow: Workflow, by: User, wanted: Filter | None = None, **given: Any) -> bulk.Done:
    asked: dict[str, Any] = {"value": "no", "reason": "a campaign", "now": NOW} | given
    return bulk.decide(workflow, wanted or Filter(), by=by, **asked)


def held(user: User) -> tuple[Any, int]:
    found = desk.claim(user, desk.seats_of(user))
    assert found is not None
    return found.referral_id, found.token


def answer(user: User, claim: tuple[Any, int], value: str = "yes") -> None:
    judging.submit(user, *claim, Said(Verdict.ANSWER, value))


def test_open_cases_get_one_answer_and_their_clients_hear_of_it(
    brought: Workflow, bob: User
) -> None:
    receive(brought, *[said()] * 3)
    done = decide(brought, bob)
    assert (done.decided, done.unchanged, done.left) == (3, 0, 0)
    row = BulkDecision.objects.get()
    assert (row.pk, row.by, row.value, row.reason) == (done.id, bob, "no", "a campaign")
    assert set(Decision.objects.values_list("n", "source", "value", "bulk", "at")) == {
        (1, "human", "no", row.pk, NOW)
    }
    assert set(Case.objects.values_list("status", "seq")) == {("decided", 1)}
    closed = Referral.objects.values_list("state", "free", "closed", "acts_at")
    assert set(closed) == {("closed", 0, NOW, None)}


def test_it_is_never_evidence(brought: Workflow, bob: User) -> None:
    """No answer of people stands on the referral, so no metric compares it with the model's."""
    receive(brought)
    decide(brought, bob)
    referral = Referral.objects.get()
    assert (referral.answer, referral.blind_answer) == (None, None)
    monitoring.measure(NOW + timedelta(minutes=1))
    span: dict[str, Any] = {"since": NOW - timedelta(hours=1), "until": NOW + timedelta(hours=1)}
    assert monitoring.total(brought.pk, "agreement", **span).n == 0
    assert monitoring.total(brought.pk, "agreement_blind", **span).n == 0
    assert monitoring.total(brought.pk, "human_decisions", **span).n == 1


def test_audits_are_never_touched(spam: Workflow, bob: User) -> None:
    workflows.change(spam, by=None, reason="test", policy={"audit_share": 1.0})
    workflows.set_level(spam, "full_automation", by=None, reason="test")
    receive(spam, Submission({"text": "hi"}))
    assert Referral.objects.get().kind == "audit"
    assert bulk.count(spam, Filter()) == 0
    with pytest.raises(Conflict, match="No open case matches"):
        decide(spam, bob)
    assert Referral.objects.get().state == "open"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param({}, "abcde", id="all"),
        pytest.param({"reference": "b"}, "b", id="reference"),
        pytest.param({"pool": "legal"}, "c", id="pool"),
        pytest.param({"pool": ""}, "abde", id="the workflow's own pool"),
        pytest.param({"suggestion": "no"}, "b", id="suggestion"),
        pytest.param({"confidence_from": 0.7}, "ab", id="confidence"),
        pytest.param({"suggestion": "yes", "confidence_from": 0.6}, "ac", id="both"),
        pytest.param({"opened_before": NOW}, "e", id="time"),
        pytest.param({"suggestion": "maybe"}, "", id="what nobody said"),
    ],
)
def test_a_filter_says_which(brought: Workflow, wanted: dict[str, Any], found: str) -> None:
    receive(brought, said(reference="e", confidence=float("nan")), now=NOW - timedelta(hours=1))
    receive(
        brought,
        said("yes", 0.9, reference="a"),
        said("no", 0.7, reference="b"),
        said("yes", 0.6, reference="c", pool="legal"),
        Submission({"text": "hi"}, reference="d"),
    )
    rows = bulk.listing(brought, Filter(**wanted))
    assert sorted(row.case.reference for row in rows) == list(found)
    assert bulk.count(brought, Filter(**wanted)) == len(found)


def test_hand_picked_cases_are_the_only_ones(brought: Workflow, bob: User) -> None:
    ids = receive(brought, *[said()] * 4)
    assert decide(brought, bob, Filter(cases=ids[1:3])).decided == 2
    assert set(Decision.objects.values_list("case_id", flat=True)) == set(ids[1:3])


def test_cases_of_other_workflows_are_none(brought: Workflow, spam: Workflow, bob: User) -> None:
    ids = receive(spam, Submission({"text": "hi"}))
    with pytest.raises(Conflict):
        decide(brought, bob, Filter(cases=ids))


def test_pages_follow_one_another_in_order_of_arrival(brought: Workflow) -> None:
    ids = receive(brought, *[said()] * 5)
    first = bulk.listing(brought, Filter(), limit=3)
    rest = bulk.listing(brought, Filter(), after=first[-1].case_id, limit=3)
    assert [row.case_id for row in [*first, *rest]] == ids


def test_what_is_more_than_one_go_is_left(
    brought: Workflow, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST", 3)
    ids = receive(brought, *[said()] * 5)
    done = decide(brought, bob)
    assert (done.decided, done.left) == (3, 2)
    assert set(Decision.objects.values_list("case_id", flat=True)) == set(ids[:3])
    assert bulk.result(brought, done.id)[1:] == (3, 2)
    assert decide(brought, bob).left == 0


def test_a_thousand_go_at_once(brought: Workflow, bob: User) -> None:
    receive(brought, *[said()] * 1000)
    receive(brought, *[said()] * 2)
    done = decide(brought, bob)
    assert (done.decided, done.left) == (1000, 2)


def test_a_decision_that_says_so_already_stays(spam: Workflow, bob: User) -> None:
    workflows.set_level(spam, "full_automation", by=None, reason="test")
    ids = receive(spam, *[Submission({"text": "hi"})] * 2)
    contested(ids[0])
    contested(ids[1])
    done = decide(spam, bob, Filter(cases=ids[:1]), value="yes")
    assert (done.decided, done.unchanged) == (0, 1)
    assert Decision.objects.filter(case=ids[0]).count() == 1
    assert Referral.objects.get(case=ids[0]).state == "closed"
    done = decide(spam, bob, Filter(cases=ids[1:]), value="no")
    assert (done.decided, done.unchanged) == (1, 0)
    newest = Decision.objects.get(case=ids[1], n=2)
    assert (newest.value, newest.source) == ("no", "human")


def contested(case_id: Any) -> None:
    """Somebody objects, so that people look again."""
    case = Case.objects.get(pk=case_id)
    cases.say(case, kind="contest", value=None, statement="no!", now=NOW)


def test_a_contested_case_of_unusable_input_gets_an_answer(brought: Workflow, bob: User) -> None:
    (case_id,) = receive(brought)
    Decision.objects.create(case_id=case_id, n=1, source="human", unusable=True, at=NOW)
    Case.objects.filter(pk=case_id).update(seq=1, status="decided")
    assert decide(brought, bob).decided == 1


def test_a_case_takes_the_answers_it_was_asked_with(brought: Workflow, bob: User) -> None:
    (old,) = receive(brought)
    more = {"classes": ["no", "yes", "maybe"]}
    workflows.change(brought, by=None, reason="test", answer=more)
    brought.refresh_from_db()
    (new,) = receive(brought)
    seen = bulk.preview(brought, Filter(), "maybe")
    assert (seen.count, seen.held, seen.misfits) == (1, 0, 1)
    done = decide(brought, bob, value="maybe")
    assert (done.decided, done.left) == (1, 1)
    assert Decision.objects.get().case_id == new
    with pytest.raises(Invalid) as refused:
        decide(brought, bob, Filter(cases=[old]), value="maybe")
    assert refused.value.problems[0].pointer == "/value"


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        pytest.param({"reason": " "}, "/reason", id="no reason"),
        pytest.param({"value": "perhaps"}, "/value", id="no answer"),
        pytest.param({"value": None}, "/value", id="nothing"),
        pytest.param({"wanted": Filter(pool="french")}, "/filter/pool", id="no pool"),
    ],
)
def test_what_is_wrong_is_named(
    brought: Workflow, bob: User, given: dict[str, Any], pointer: str
) -> None:
    receive(brought)
    with pytest.raises(Invalid) as refused:
        decide(brought, bob, given.pop("wanted", None), **given)
    assert refused.value.problems[0].pointer == pointer
    assert not Decision.objects.exists()


def test_an_answer_that_is_none_is_refused_even_if_nothing_matches(
    brought: Workflow, bob: User
) -> None:
    with pytest.raises(Invalid):
        decide(brought, bob, value="perhaps")


def test_who_holds_a_case_is_told_when_they_submit(spam: Workflow, bob: User) -> None:
    receive(spam, Submission({"text": "hi"}))
    mine = held(bob)
    assert bulk.preview(spam, Filter(), "no").held == 1
    decide(spam, bob)
    with pytest.raises(Stale, match="went on without you"):
        answer(bob, mine)
    assert Decision.objects.get().value == "no"
    assert not Review.objects.exists()


def test_reviews_that_were_half_of_a_consensus_stay_facts(spam: Workflow, bob: User) -> None:
    workflows.change(
        spam, by=None, reason="test", policy={"reviews_required": 2, "undo_seconds": 0}
    )
    receive(spam, Submission({"text": "hi"}))
    answer(bob, held(bob))
    assert decide(spam, bob).decided == 1
    assert Review.objects.count() == 1
    assert Referral.objects.get().done == 1


def test_what_people_have_answered_is_left_to_them(spam: Workflow, bob: User) -> None:
    """While the time to undo runs the case is theirs."""
    workflows.change(spam, by=None, reason="test", policy={"undo_seconds": 60})
    receive(spam, Submission({"text": "hi"}))
    answer(bob, held(bob))
    assert Referral.objects.get().state == "settling"
    with pytest.raises(Conflict):
        decide(spam, bob)


def test_a_result_is_of_its_workflow(brought: Workflow, spam: Workflow, bob: User) -> None:
    receive(brought, *[said(reference="r")] * 2)
    wanted = Filter(reference="r", pool="", confidence_from=0.5, opened_before=datetime.now(UTC))
    done = decide(brought, bob, wanted)
    row, cases, left = bulk.result(brought, done.id)
    assert (row.by, cases, left) == (bob, 2, 0)
    assert [(found.pk, n) for found, n in bulk.latest(brought)] == [(done.id, 2)]
    with pytest.raises(Missing):
        bulk.result(spam, done.id)


def test_nobody_listens_so_nothing_is_owed(brought: Workflow, bob: User) -> None:
    receive(brought)
    decide(brought, bob)
    assert not Delivery.objects.exists()


def test_who_may_judge_and_asks_by_what_the_model_said_has_seen_it(brought: Workflow) -> None:
    bob = factories.person("eve", Role.OPERATOR, Role.REVIEWER, workflow=brought)
    ids = receive(brought, said("yes", 0.9, reference="a"), said("no", 0.7, reference="b"))
    assert len(bulk.listing(brought, Filter(), by=bob)) == 2
    assert Sight.objects.count() == 0
    (listed,) = bulk.listing(brought, Filter(suggestion="no"), by=bob)
    assert [row.case_id for row in Sight.objects.filter(user=bob)] == [listed.case_id] == ids[1:]
    assert bulk.listing(brought, Filter(suggestion="no", reference="a"), by=bob) == []
    assert Sight.objects.filter(user=bob, case=ids[0]).exists(), "so it is not no"


def test_what_is_on_a_desk_is_not_found_by_what_the_model_said(brought: Workflow) -> None:
    bob = factories.person("eve", Role.OPERATOR, Role.REVIEWER, workflow=brought)
    receive(brought, said("no", 0.7))
    assert desk.claim(bob, desk.seats_of(bob)) is not None
    for wanted in (Filter(suggestion="no"), Filter(confidence_from=0.5)):
        assert bulk.listing(brought, wanted, by=bob) == []
        assert bulk.count(brought, wanted, by=bob) == 0
        assert bulk.count(brought, wanted) == 1
    assert Sight.objects.count() == 0
