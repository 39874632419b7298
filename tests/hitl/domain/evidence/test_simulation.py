"""Simulation: a replay is what the live functions would have done, and guesses nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from hitl.domain.evidence import counters as sums
from hitl.domain.evidence.certifier import Goal, certified, log_wealth
from hitl.domain.evidence.counters import Observation, Sampling
from hitl.domain.evidence.grid import freeze
from hitl.domain.evidence.simulation import Evidence, replay, settled
from hitl.domain.evidence.thinning import Answer, Past
from hitl.domain.evidence.truth import Counted
from hitl.domain.policy import Fixed, Policy, Target
from hitl.domain.routing import Rules, Signal, route

START = datetime(2026, 3, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
EVERY = Sampling(None, 1.0, 1.0)
GRID = freeze([i / 400 for i in range(400)])
GOAL = Goal(0.02, 0.95)
EVIDENCE = Evidence("v1", GOAL, GRID)
POLICY = Policy(threshold=Target(), audit_share=0.05, blind_share=0.25)


def rules(level: str = "partial_automation", policy: Policy = POLICY, **given: Any) -> Rules:
    return Rules(level, False, policy, given.get("thresholds", {}), b"key")


def cases(n: int, seed: int = 1, error: float = 0.0, known: timedelta = MINUTE) -> list[Past]:
    """Cases of a shadow span, all answered blind; below a score of 0.2 a third is wrong."""
    chance = np.random.default_rng(seed)
    found = []
    for i, score in enumerate(chance.random(n).tolist()):
        wrong = bool(chance.random() < (0.33 if score < 0.2 else error))
        counted = Counted.ERROR if wrong else Counted.CORRECT
        at = START + i * MINUTE
        said = Answer(counted, 1.0, EVERY, "blind", at + known)
        signal = Signal("v1", has_value=True, confidence=score)
        found.append(Past(UUID(int=i + 1), at, signal, 1.0, True, said))
    return found


def test_a_fixed_threshold_is_routed_as_it_would_be_live() -> None:
    past, under = cases(500), rules(policy=Policy(threshold=Fixed(0.6), audit_share=0.25))
    found = replay(under, past, EVIDENCE)
    ways = [route(under, one.case_id, one.signal) for one in past]
    assert found.automated == sum(way.action == "automate" for way in ways)
    assert found.audited == sum(way.audit for way in ways)
    assert found.blind == sum(way.blind for way in ways if way.action == "refer")
    assert found.automated + found.referred == found.cases == 500
    assert found.reasons == {"below_threshold": found.referred}
    assert found.steps == ()


def test_at_shadow_the_certifier_proves_what_it_proves_live() -> None:
    past = cases(1500)
    found = replay(rules("shadow"), past, EVIDENCE)
    seen = [
        Observation(one.signal.confidence or 0.0, one.answer.counted.against, 1.0, EVERY)
        for one in past
        if one.answer
    ]
    wealth = log_wealth(sums.count(seen, GRID), GOAL.max_error)
    index = certified(np.broadcast_to(wealth, GRID.size), GRID, GOAL.level)
    assert index is not None
    assert found.threshold is not None
    assert found.threshold <= GRID.threshold(index)  # the best of all looks, not the last alone
    assert found.automated == 0
    thresholds = [step.threshold for step in found.steps]
    assert thresholds == sorted(thresholds, reverse=True)
    assert found.steps[-1].threshold == found.threshold


def test_nothing_is_automated_before_its_proof_and_what_reaches_it_after() -> None:
    past = cases(1500)
    found = replay(rules(), past, EVIDENCE)
    first = found.steps[0]
    early = [one for one in past if one.at < first.at]
    assert replay(rules(), early, EVIDENCE).automated == 0
    assert 0 < found.automated < 1500
    assert first.cases >= 180 - 1
    assert found.audited > 0.05 * found.automated  # many audits at first


def test_answers_that_come_late_prove_late() -> None:
    soon = replay(rules(), cases(1500), EVIDENCE)
    late = replay(rules(), cases(1500, known=timedelta(hours=12)), EVIDENCE)
    assert late.steps[0].at > soon.steps[0].at
    assert late.automated < soon.automated


def test_a_stricter_target_certifies_later_and_less() -> None:
    past = cases(3000, error=0.004)
    loose = replay(rules(), past, replace(EVIDENCE, goal=Goal(0.05, 0.95)))
    strict = replay(rules(), past, replace(EVIDENCE, goal=Goal(0.02, 0.99)))
    assert loose.automated > strict.automated > 0
    assert loose.steps[0].at < strict.steps[0].at


def test_without_a_grid_or_with_a_goal_of_nothing_nothing_is_certified() -> None:
    past = cases(1000)
    assert replay(rules(), past, Evidence("v1", GOAL)).automated == 0
    assert replay(rules(), past, replace(EVIDENCE, goal=Goal(0.0, 0.95))).steps == ()


def test_evidence_from_before_counts_from_the_start() -> None:
    before = [
        (START - MINUTE, Observation(i / 400, error=False, pi=1.0, sampling=EVERY))
        for i in range(400)
    ] * 2
    found = replay(rules(), cases(50), replace(EVIDENCE, before=before))
    assert found.automated > 0
    assert found.steps[0].at < START


def test_a_mean_loss_is_certified_by_its_own_wealth() -> None:
    past = cases(1500)
    goal = Goal(0.05, 0.95, "distance")
    slight = [replace(one, answer=replace(one.answer, loss=0.01)) for one in past if one.answer]
    assert replay(rules(), slight, replace(EVIDENCE, goal=goal)).automated > 0
    bad = [replace(one, answer=replace(one.answer, loss=0.2)) for one in past if one.answer]
    assert replay(rules(), bad, replace(EVIDENCE, goal=goal)).automated == 0


def test_settled_terms_hold_from_the_first_case() -> None:
    past = cases(1000)
    found = settled(rules(), past, EVIDENCE, 0.5)
    assert found.automated == sum((one.signal.confidence or 0) >= 0.5 for one in past)
    assert settled(rules(), past, EVIDENCE, None).automated == 0


def partial(n: int, seed: int) -> list[Past]:
    """Cases of a span at partial automation: audits above 0.6 (few errors), a blind share below it
    (many)."""
    chance, found = np.random.default_rng(seed), []
    for i, score in enumerate(chance.random(n).tolist()):
        above = score >= 0.6
        pi = 0.1 if above else 0.5
        drawn = bool(chance.random() < pi)
        wrong = bool(chance.random() < (0.02 if above else 0.3))
        said = Answer(
            Counted.ERROR if wrong else Counted.CORRECT,
            pi,
            Sampling(0.6, 0.1, 0.5),
            "audit" if above else "blind",
            START,
        )
        signal = Signal("v1", has_value=True, confidence=score)
        found.append(Past(UUID(int=i + 1), START, signal, pi, drawn, said if drawn else None))
    return found


def test_a_wider_threshold_is_judged_by_weighed_answers() -> None:
    under = rules(policy=Policy(threshold=Fixed(0.4), audit_share=0.1))
    true = (0.4 * 0.02 + 0.2 * 0.3) / 0.6
    values, inside, raw = [], 0, []
    for seed in range(200):
        past = partial(1500, seed)
        found = replay(under, past, EVIDENCE).error
        assert found.value is not None
        assert found.weighted
        values.append(found.value)
        inside += found.low <= true <= found.high
        raw.append(found.errors / found.cases)
    assert np.mean(values) == pytest.approx(true, abs=0.005)
    assert inside >= 187  # 95 % of 200 but for chance: 99 % limit
    assert np.mean(raw) > 1.5 * true  # as they are, people's cases would count too much


def _automated(found: Sequence[Past]) -> int:
    return sum((one.signal.confidence or 0) >= 0.4 for one in found)


def test_what_nobody_could_have_known_is_counted_and_not_guessed() -> None:
    past = [replace(one, pi=0.0, drawn=False, answer=None) for one in cases(300)]
    under = rules(policy=Policy(threshold=Fixed(0.4), audit_share=1.0))
    found = replay(under, past, EVIDENCE)
    assert found.unknowable == found.automated == _automated(past)
    assert found.error.value is None
    assert found.undrawn == found.automated + found.blind


def test_answers_that_are_awaited_are_counted() -> None:
    past = [replace(one, answer=None) for one in cases(300)]
    found = replay(rules(policy=Policy(threshold=Fixed(0.4))), past, EVIDENCE)
    assert (found.awaited, found.unknowable) == (found.automated, 0)


def test_what_nobody_could_tell_widens_the_interval() -> None:
    past = cases(400)
    clear = replay(rules(policy=Policy(threshold=Fixed(0.4))), past, EVIDENCE).error
    told = [
        replace(one, answer=replace(one.answer, counted=Counted.MISSING))
        if i % 10 == 0 and one.answer
        else one
        for i, one in enumerate(past)
    ]
    found = replay(rules(policy=Policy(threshold=Fixed(0.4))), told, EVIDENCE).error
    assert found.missing > 0
    assert found.value == clear.value == 0.0
    assert found.high > clear.high + 0.05


def test_the_same_replay_twice_is_the_same() -> None:
    past = cases(800, error=0.01)
    assert replay(rules(), past, EVIDENCE) == replay(rules(), past, EVIDENCE)
