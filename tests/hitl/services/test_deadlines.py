"""What time does: cases move to another pool or lapse; audits nobody does lower the level."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import F

from hitl.domain.pools import pool_id
from hitl.models import Case, Condition, Decision, Referral, Workflow
from hitl.services import cases, deadlines, workflows
from hitl.services.deadlines import act_due, check_audits
from models_registry.domain.errors import Stale
from tests.reviews.desks import (
    UNSURE,
    claim,
    decisions,
    dials,
    first_in,
    judge,
    kinds,
    level,
    referral,
    reviewers,
    send,
    submit,
    taken,
    text,
)

pytestmark = pytest.mark.django_db

FIRST = {"name": "first", "skills": ["a"], "escalates_to": "second", "after_minutes": 10}
SECOND = {"name": "second", "skills": ["b"], "after_minutes": 20}
AGO = timedelta(minutes=1)


@pytest.fixture
def people(spam: Workflow) -> list[User]:
    return reviewers(spam, "dora", "eric", "frida")


def wait(by: timedelta) -> None:
    """Lets time pass for all that waits."""
    Referral.objects.exclude(state="closed").update(
        opened=F("opened") - by, due=F("due") - by, acts_at=F("acts_at") - by
    )


def late(workflow: Workflow, **given: Any) -> Case:
    """A case that was due a minute ago."""
    return send(workflow, due_at=datetime.now(UTC) - AGO, **given)


# Escalation


def test_a_case_moves_on_from_pool_to_pool_to_everybody(spam: Workflow, people: list[User]) -> None:
    dials(spam, pools=[FIRST, SECOND])
    send(spam, pool="first")
    seen = [referral().pool]
    assert act_due() == 0
    for minutes in (11, 21):
        wait(timedelta(minutes=minutes))
        assert act_due() == 1
        assert act_due() == 0
        seen.append(referral().pool)
    assert seen == [pool_id(spam.pk, "first"), pool_id(spam.pk, "second"), spam.pk]
    assert referral().acts_at is None
    assert claim(people[0]) is not None


def test_the_second_pool_has_its_time(spam: Workflow) -> None:
    dials(spam, pools=[FIRST, SECOND])
    send(spam, pool="first")
    wait(timedelta(minutes=11))
    now = datetime.now(UTC)
    act_due(now)
    assert referral().acts_at == now + timedelta(minutes=20)


def test_who_holds_a_case_that_moves_on_may_finish(spam: Workflow) -> None:
    dials(spam, pools=[FIRST, SECOND])
    (anna,) = reviewers(spam, "anna", skills=("a",))
    send(spam, pool="first")
    case = taken(anna)
    wait(timedelta(minutes=11))
    assert act_due() == 1
    submit(anna, case)
    assert decisions() == [(1, "human", "no")]


def test_audits_move_on_too(spam: Workflow) -> None:
    level(dials(spam, pools=[SECOND], audit_share=1.0, on_lapse="raise"), "full_automation")
    send(spam, pool="second")
    wait(timedelta(minutes=21))
    assert act_due() == 1
    assert (referral("audit").pool, referral("audit").acts_at) == (spam.pk, None)


# The end


def test_complaint_24_under_leave_a_case_waits(spam: Workflow) -> None:
    late(spam)
    assert referral().acts_at is None
    assert act_due() == 0
    assert kinds() == [("decide", "open")]


def test_complaint_24_what_lapsed_goes_before_the_others(
    spam: Workflow, people: list[User]
) -> None:
    dials(spam, on_lapse="raise")
    now = datetime.now(UTC)
    send(spam, "lapsed", due_at=now + timedelta(hours=2))
    wait(timedelta(hours=3))
    send(spam, "urgent", due_at=now - timedelta(minutes=30), priority=1000)
    assert act_due() == 2, "both were due"
    Referral.objects.filter(case__payload__input={"text": "urgent"}).update(state="closed")
    send(spam, "urgent too", due_at=now + timedelta(minutes=1), priority=1000)
    row = Referral.objects.get(case__payload__input={"text": "lapsed"})
    assert (row.priority, row.due, row.acts_at) == (deadlines.RAISED, row.opened, None)
    assert text(claim(people[0])) == "lapsed"
    assert act_due() == 0


def test_what_was_raised_moves_on_still(spam: Workflow) -> None:
    dials(spam, on_lapse="raise", pools=[SECOND])
    late(spam, pool="second")
    assert act_due() == 1
    row = referral()
    assert (row.priority, row.acts_at) == (
        deadlines.RAISED,
        row.opened + timedelta(minutes=20),
    )
    wait(timedelta(minutes=21))
    assert act_due() == 1
    assert (referral().pool, referral().acts_at) == (spam.pk, None)


def test_complaint_24_an_adjudicator_gets_what_lapsed(spam: Workflow, people: list[User]) -> None:
    dials(spam, on_lapse="adjudicate", reviews_required=2)
    late(spam)
    judge(people[0], "yes")
    assert act_due() == 1
    assert act_due() == 0
    assert kinds() == [("decide", "closed"), ("adjudicate", "open")]
    assert referral("adjudicate").acts_at is None
    assert [o.said.value for o in taken(people[1]).opinions] == ["yes"]


def test_complaint_24_a_safe_default_is_decided_by_rule(spam: Workflow) -> None:
    dials(spam, on_lapse="default", safe_default="no")
    case = late(spam)
    now = datetime.now(UTC)
    assert act_due(now) == 1
    assert act_due() == 0
    decision, row = Decision.objects.get(), referral()
    assert (decision.n, decision.source, decision.value) == (1, "rule", "no")
    assert (decision.at, decision.referral) == (now, row)
    assert (row.state, row.free, row.answer, row.closed) == ("closed", 0, None, now)
    case.refresh_from_db()
    assert (case.status, case.seq) == ("decided", 1)


def test_a_default_is_told_from_peoples_answers(spam: Workflow, people: list[User]) -> None:
    """And a contest brings it before a person."""
    dials(spam, on_lapse="default", safe_default="no")
    case = late(spam)
    act_due()
    case.refresh_from_db()
    cases.say(case, kind="contest", value=None, statement="")
    judge(people[0], "yes")
    assert decisions() == [(1, "rule", "no"), (2, "human", "yes")]


def test_who_submits_after_the_end_is_told(spam: Workflow, people: list[User]) -> None:
    dials(spam, on_lapse="default", safe_default="no")
    late(spam)
    case = taken(people[0])
    act_due()
    with pytest.raises(Stale, match="went on without you"):
        submit(people[0], case, "yes")
    assert decisions() == [(1, "rule", "no")]


def test_who_submits_before_the_end_is_heard(spam: Workflow, people: list[User]) -> None:
    dials(spam, on_lapse="default", safe_default="no", undo_seconds=60)
    late(spam)
    judge(people[0], "yes")
    assert act_due() == 0, "what settles is left alone"
    assert kinds() == [("decide", "settling")]


def test_an_adjudication_has_its_full_time(spam: Workflow, people: list[User]) -> None:
    dials(spam, on_lapse="default", safe_default="no", due_hours=5)
    late(spam)
    now = datetime.now(UTC)
    judge(people[0], UNSURE, now=now)
    row = referral("adjudicate")
    assert row.acts_at == now + timedelta(hours=5)
    assert act_due() == 0
    wait(timedelta(hours=6))
    assert act_due() == 1
    assert decisions() == [(1, "rule", "no")]


def test_what_somebody_objects_to_is_not_decided_by_rule(
    spam: Workflow, people: list[User]
) -> None:
    dials(spam, on_lapse="default", safe_default="no")
    case = send(spam)
    cases.say(case, kind="contest", value=None, statement="hurry")
    wait(timedelta(days=9))
    dials(spam, on_lapse="adjudicate")
    dials(spam, on_lapse="default")
    assert act_due() == 1
    assert kinds() == [("decide", "open")]
    assert referral().acts_at is None


def test_a_policy_that_changed_is_looked_up_when_the_time_comes(spam: Workflow) -> None:
    """A revision that comes in without touching what waits, such as a roll-back of one."""
    dials(spam, on_lapse="raise")
    late(spam)
    Referral.objects.update(acts_at=datetime.now(UTC) - AGO, due=datetime.now(UTC) + 9 * AGO)
    assert act_due() == 1
    assert referral().priority == 0
    assert referral().acts_at == referral().due


# Audits that nobody does


NOW = datetime.now(UTC)


@pytest.fixture
def audited(spam: Workflow) -> Workflow:
    return level(dials(spam, audit_share=1.0), "full_automation")


def audits(workflow: Workflow, overdue: int, due: int, ago: timedelta = AGO) -> None:
    """So many audits fell due, so many of them are open."""
    for i in range(due):
        case = send(workflow)
        Referral.objects.filter(case=case).update(
            due=NOW - ago, state="open" if i < overdue else "closed"
        )


def in_condition() -> list[tuple[str, dict[str, int]]]:
    return list(Condition.objects.values_list("name", "numbers"))


@pytest.mark.parametrize(
    ("overdue", "due", "reported", "lowered"),
    [
        pytest.param(0, 0, False, False, id="no audits"),
        pytest.param(0, 10, False, False, id="all done"),
        pytest.param(1, 10, False, False, id="10 %"),
        pytest.param(2, 19, True, False, id="just above"),
        pytest.param(3, 12, True, False, id="25 %"),
        pytest.param(4, 15, True, True, id="above 25 %"),
        pytest.param(1, 1, True, True, id="the only one"),
    ],
)
def test_audits_that_nobody_does_are_reported_and_lower_the_level(
    audited: Workflow, overdue: int, due: int, reported: bool, lowered: bool
) -> None:
    audits(audited, overdue, due)
    before = workflows.in_force(audited)
    assert check_audits(NOW) == int(reported)
    told = [("audits_overdue", {"due": due, "overdue": overdue})]
    assert in_condition() == (told if reported else [])
    after = workflows.in_force(audited)
    if not lowered:
        assert after == before
        return
    assert (after.no, after.level) == (before.no + 1, "ai_assistance")
    assert (after.cause, after.by) == ("audits_overdue", None)
    assert f"{overdue} of {due} audits" in after.reason
    assert "25%" in after.reason
    assert (after.policy, after.stopped) == (before.policy, before.stopped)


def test_a_level_is_lowered_once(audited: Workflow) -> None:
    audits(audited, 2, 2)
    for _ in range(2):
        assert check_audits(NOW) == 1
    assert workflows.in_force(audited).no == audited.revision_no + 1


@pytest.mark.parametrize("name", ["human_only", "shadow", "ai_assistance"])
def test_a_level_at_which_people_decide_stays(audited: Workflow, name: str) -> None:
    audits(audited, 2, 2)
    level(audited, name)
    assert check_audits(NOW) == 1
    assert workflows.in_force(audited).level == name


def test_partial_automation_is_lowered_too(audited: Workflow) -> None:
    audits(audited, 2, 2)
    level(audited, "partial_automation")
    check_audits(NOW)
    assert workflows.in_force(audited).level == "ai_assistance"


def test_a_condition_that_is_over_is_gone(audited: Workflow) -> None:
    audits(audited, 2, 10)
    check_audits(NOW)
    since = Condition.objects.get().since
    assert since == NOW
    Referral.objects.filter(pk=Referral.objects.filter(state="open")[0].pk).update(state="closed")
    audits(audited, 1, 2)
    check_audits(NOW + AGO)
    assert Condition.objects.get().since == NOW, "it is the same condition still"
    Referral.objects.update(state="settling")
    assert check_audits(NOW) == 0
    assert in_condition() == []


def test_only_audits_that_fell_due_lately_count(audited: Workflow) -> None:
    audits(audited, 3, 3, ago=timedelta(days=8))
    audits(audited, 3, 3, ago=-timedelta(days=1))
    assert check_audits(NOW) == 0


def test_other_referrals_that_are_late_do_not_count(audited: Workflow) -> None:
    level(audited, "shadow")
    for _ in range(3):
        late(audited)
    assert check_audits(NOW) == 0


def test_audits_in_every_pool_count(audited: Workflow) -> None:
    dials(audited, pools=[SECOND])
    send(audited, pool="second")
    Referral.objects.update(due=NOW - AGO)
    assert check_audits(NOW) == 1


def test_each_workflow_is_looked_at(audited: Workflow) -> None:
    ham = workflows.create(
        slug="ham", title="", task_type="classification", schema={}, answer={"classes": ["a", "b"]}
    )
    audits(audited, 2, 2)
    assert check_audits(NOW) == 1
    assert [row.workflow for row in Condition.objects.all()] == [audited]
    assert workflows.in_force(ham).no == 1


def test_who_answers_just_before_the_end_is_heard(
    spam: Workflow, people: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    dials(spam, on_lapse="default", safe_default="no")
    late(spam)
    first_in(monkeypatch, deadlines, lambda: judge(people[0], "yes"))
    assert act_due() == 0
    assert decisions() == [(1, "human", "yes")]
