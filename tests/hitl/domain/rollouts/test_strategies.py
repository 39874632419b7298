"""Strategies: what is done next. Worse is taken back at once, what is open holds."""

import math
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hitl.domain.rollouts.judgement import Evidence, judge
from hitl.domain.rollouts.plan import Plan, Stage
from hitl.domain.rollouts.strategies import BLUE_GREEN, CANARY, SHADOW, STRATEGIES, Standing

PLAN = Plan(steps=(Stage(0.1, 60, 200), Stage(0.5, 60, 200)))
GOOD = Evidence(sound=(4.0,) * 3, quick=(4.0,) * 3, cleared=(4.0,) * 6, margin=(4.0,) * 6)
BAD = Evidence(worse=(9.0,) * 6, losses=(9.0,) * 20)


def at(step: int = 0, seen: Evidence = GOOD, **given: Any) -> Standing:
    judgement = judge(seen, is_paired=given.pop("is_paired", False))
    usual: dict[str, Any] = {"since": timedelta(hours=2), "judged": 200}
    return Standing(step=step, judgement=judgement, **(usual | given))


def test_a_step_needs_time_and_judged_cases() -> None:
    assert CANARY.next(PLAN, at(since=timedelta(minutes=59))) == "hold"
    assert CANARY.next(PLAN, at(judged=199)) == "hold"
    assert CANARY.next(PLAN, at()) == "step"
    assert CANARY.next(PLAN, at(seen=Evidence())) == "step"  # nothing speaks against it


def test_all_traffic_needs_proof() -> None:
    assert CANARY.next(PLAN, at(1)) == "promote"
    assert CANARY.next(PLAN, at(1, Evidence())) == "hold"


def test_a_person_takes_the_steps_where_the_plan_says_so() -> None:
    plan = replace(PLAN, advance="person")
    assert (CANARY.next(plan, at()), CANARY.next(plan, at(1))) == ("ask", "ask")


@given(st.integers(0, 5), st.integers(0, 10_000), st.integers(0, 10_000))
def test_worse_is_taken_back_whatever_else(step: int, minutes: int, judged: int) -> None:
    here = at(step, BAD, since=timedelta(minutes=minutes), judged=judged)
    assert CANARY.next(PLAN, here) == "abort"


def test_shadow_never_moves_traffic_by_itself() -> None:
    assert SHADOW.share(PLAN, 0) == 0.0
    assert SHADOW.next(PLAN, at(is_paired=True)) == "ask"
    assert SHADOW.next(PLAN, at(seen=Evidence(), is_paired=True)) == "hold"
    assert SHADOW.next(PLAN, at(seen=BAD, is_paired=True)) == "abort"


def test_blue_green_waits_for_a_person() -> None:
    assert BLUE_GREEN.share(PLAN, 0) == 0.0
    assert BLUE_GREEN.next(PLAN, at(seen=Evidence())) == "hold"


@pytest.mark.parametrize("name", list(STRATEGIES))
def test_shares_never_fall_from_step_to_step(name: str) -> None:
    shares = [STRATEGIES[name].share(PLAN, i) for i in range(2)]
    assert shares == sorted(shares)
    assert math.isclose(STRATEGIES[name].share(PLAN, 9), 0.0)
