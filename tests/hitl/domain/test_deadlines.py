"""Deadlines: what time does to a referral, and that it is looked at no later than that."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl.domain.cases import Kind
from hitl.domain.deadlines import Waiting, act, acts_at, escalates_at, lapses_at
from hitl.domain.policy import Policy, PoolRule
from tests.properties import policies, pools

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ENDS = ["raise", "adjudicate", "default"]
PLAIN = Waiting("decide", decided=False, due=NOW + HOUR, opened=NOW, entered=NOW, rule=None)
EXPERTS = PoolRule("experts", after_minutes=10)

moments = st.integers(-600, 600).map(lambda minutes: NOW + timedelta(minutes=minutes))
waitings = st.builds(
    Waiting,
    kind=st.sampled_from(list(Kind)),
    decided=st.booleans(),
    due=moments,
    opened=moments,
    entered=moments,
    rule=st.none() | pools().flatmap(lambda rules: st.sampled_from([None, *rules])),
    raised=st.booleans(),
    contested=st.booleans(),
)


def policy(on_lapse: str, **dials: object) -> Policy:
    return Policy(on_lapse=on_lapse, safe_default="no", **dials)  # type: ignore[arg-type]


@given(policies(), waitings, moments)
def test_a_referral_is_looked_at_when_there_is_something_to_do(
    policy: Policy, waiting: Waiting, now: datetime
) -> None:
    moment = acts_at(policy, waiting)
    assert (act(policy, waiting, now) is not None) == (moment is not None and moment <= now)


@given(waitings, moments)
def test_nothing_happens_under_leave_in_the_workflows_own_pool(
    waiting: Waiting, now: datetime
) -> None:
    assert act(policy("leave"), replace(waiting, rule=None), now) is None


@pytest.mark.parametrize("end", ENDS)
def test_an_open_case_lapses_when_it_is_due(end: str) -> None:
    assert act(policy(end), PLAIN, PLAIN.due - timedelta(microseconds=1)) is None
    assert act(policy(end), PLAIN, PLAIN.due) == end


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("kind", ["audit", "second_look", "contest", "gold"])
def test_what_no_client_waits_for_does_not_lapse(kind: str, end: str) -> None:
    assert lapses_at(policy(end), replace(PLAIN, kind=kind)) is None


@pytest.mark.parametrize("end", ENDS)
def test_who_objects_is_owed_a_person(end: str) -> None:
    assert lapses_at(policy(end), replace(PLAIN, contested=True)) is None


def test_a_case_is_raised_once() -> None:
    raised = replace(PLAIN, raised=True, rule=EXPERTS)
    assert lapses_at(policy("raise"), raised) is None
    assert acts_at(policy("raise"), raised) == NOW + timedelta(minutes=10), "it moves on still"
    assert lapses_at(policy("default"), raised) == PLAIN.due, "the policy may have changed"


def test_no_rule_replaces_a_decision() -> None:
    settles = replace(PLAIN, kind="adjudicate", decided=True)
    assert lapses_at(policy("default"), settles) is None
    assert lapses_at(policy("raise"), settles) is not None


@pytest.mark.parametrize("late", [HOUR, timedelta(days=9)])
def test_an_adjudication_has_its_full_time(late: timedelta) -> None:
    settles = replace(PLAIN, kind="adjudicate", opened=PLAIN.due + late)
    assert lapses_at(policy("default", due_hours=5), settles) == settles.opened + 5 * HOUR


def test_an_adjudication_that_is_due_later_lapses_later() -> None:
    settles = replace(PLAIN, kind="adjudicate", due=NOW + 9 * HOUR)
    assert lapses_at(policy("raise", due_hours=5), settles) == NOW + 9 * HOUR


def test_an_adjudication_is_not_adjudicated() -> None:
    assert lapses_at(policy("adjudicate"), replace(PLAIN, kind="adjudicate")) is None


@pytest.mark.parametrize("kind", list(Kind))
def test_any_case_moves_on_from_a_pool_that_says_so(kind: Kind) -> None:
    waiting = replace(PLAIN, kind=kind, rule=EXPERTS)
    moment = NOW + timedelta(minutes=10)
    assert escalates_at(waiting) == acts_at(policy("leave"), waiting) == moment
    assert act(policy("leave"), waiting, moment) == "escalate"


@pytest.mark.parametrize("rule", [None, PoolRule("experts", escalates_to="")])
def test_a_case_stays_where_nothing_says_when_to_move(rule: PoolRule | None) -> None:
    assert escalates_at(replace(PLAIN, rule=rule)) is None


def test_the_end_comes_before_the_move() -> None:
    both = replace(PLAIN, rule=EXPERTS)
    assert act(policy("default"), both, PLAIN.due) == "default"
    assert acts_at(policy("default"), both) == NOW + timedelta(minutes=10)
