"""Judgements: worse wins over all, what is open holds, and nothing passes by itself unseen."""

import math

from msgspec.structs import replace

from hitl.domain.rollouts.judgement import Evidence, State, judge, passes
from hitl.domain.rollouts.plan import Plan

NONE = Evidence()


def at(strength: float, bets: int) -> tuple[float, ...]:
    return (math.log(strength),) * bets


SOUND = replace(NONE, sound=at(20.1, 3), quick=at(20.1, 3))


def test_nothing_seen_is_not_enough_and_passes_nothing() -> None:
    found = judge(NONE, is_paired=True)
    assert found.state is State.NOT_ENOUGH
    assert not passes(found, Plan(), certified=True)


def test_worse_in_one_thing_is_worse() -> None:
    for more in (
        {"losses": at(25.1, 20)},
        {"failing": at(201, 6)},
        {"slow": at(201, 6)},
    ):
        assert judge(replace(SOUND, **more), is_paired=True).state is State.WORSE
    assert judge(replace(SOUND, worse=at(25.1, 6)), is_paired=False).state is State.WORSE
    assert judge(replace(SOUND, worse=at(24.9, 6)), is_paired=False).state is State.NOT_ENOUGH


def test_pairs_and_arms_have_their_own_evidence() -> None:
    won = replace(SOUND, wins=at(21, 20))
    assert judge(won, is_paired=True).state is State.BETTER
    assert judge(won, is_paired=False).state is State.NOT_ENOUGH


def test_not_worse_passes_where_better_is_not_asked_for() -> None:
    found = judge(replace(SOUND, cleared=at(21, 6)), is_paired=False)
    assert found.state is State.NOT_WORSE
    assert passes(found, Plan(), certified=False)
    assert not passes(found, Plan(goal="better"), certified=False)


def test_certified_is_enough_only_with_sound_answers() -> None:
    plan = Plan(goal="certified")
    assert passes(judge(SOUND, is_paired=False), plan, certified=True)
    assert not passes(judge(SOUND, is_paired=False), plan, certified=False)
    assert not passes(judge(NONE, is_paired=False), plan, certified=True)


def test_what_is_worse_never_passes() -> None:
    found = judge(replace(SOUND, cleared=at(50, 6), worse=at(30, 6)), is_paired=False)
    assert not passes(found, Plan(goal="certified"), certified=True)
