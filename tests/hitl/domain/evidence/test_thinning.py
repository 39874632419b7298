"""Answers of the past under other terms: which still count, and with what probability."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from hitl.domain.draws import is_drawn
from hitl.domain.evidence.counters import Sampling
from hitl.domain.evidence.thinning import Answer, Purpose, sampling_of, thinned
from hitl.domain.evidence.truth import Counted
from hitl.domain.policy import Policy, Target
from hitl.domain.routing import Route, Rules

AT = datetime(2026, 3, 1, tzinfo=UTC)
EVERY = Sampling(None, 1.0, 1.0)
PARTLY = Sampling(0.9, 0.05, 0.25)


def audited(share: float, *, audit: bool = True) -> Route:
    return Route("automate", "confident", 0.9, audit=audit, blind=True, pi=share)


def blind(share: float) -> Route:
    return Route("refer", "below_threshold", 0.9, audit=False, blind=True, pi=share)


def answer(
    pi: float = 1.0, sampling: Sampling = EVERY, purpose: Purpose = "blind", counts: bool = True
) -> Answer:
    return Answer(Counted.ERROR, pi, sampling, purpose, AT, counts)


@pytest.mark.parametrize(
    ("past", "way", "sampling", "pi", "together"),
    [
        pytest.param(answer(), audited(0.05), PARTLY, 0.05, PARTLY, id="all were answered"),
        pytest.param(
            answer(0.25, PARTLY), blind(1.0), EVERY, 0.25, PARTLY, id="all would have been"
        ),
        pytest.param(
            answer(0.05, PARTLY, "audit"), audited(0.05), PARTLY, 0.05, PARTLY, id="as it was"
        ),
        pytest.param(
            answer(0.05, PARTLY, "audit"),
            audited(0.02),
            Sampling(0.9, 0.02, 0.25),
            0.02,
            Sampling(None, 0.001, 0.001),
            id="fewer audits are some of these",
        ),
        pytest.param(
            answer(0.05, PARTLY, "audit"),
            blind(0.25),
            Sampling(0.95, 0.05, 0.25),
            0.0125,
            Sampling(None, 0.0025, 0.0025),
            id="two draws are independent",
        ),
    ],
)
def test_the_probability_is_that_of_both(
    past: Answer, way: Route, sampling: Sampling, pi: float, together: Sampling
) -> None:
    found = thinned(past, way, sampling, 0.93)
    assert found is not None
    assert found.error
    assert found.pi == pytest.approx(pi)
    assert found.sampling == pytest.approx(together)
    assert found.pi >= found.sampling.least(0.9)


def test_what_would_not_have_been_drawn_is_no_evidence() -> None:
    assert thinned(answer(), audited(0.05, audit=False), PARTLY, 0.93) is None
    nobody_asked = Route("refer", "level", None, audit=False, blind=True, pi=0.0)
    assert thinned(answer(), nobody_asked, EVERY, 0.93) is None
    assert thinned(answer(counts=False), blind(1.0), EVERY, 0.93) is None
    repeat = Answer(Counted.REPEAT, 1.0, EVERY, "blind", AT)
    assert thinned(repeat, blind(1.0), EVERY, 0.93) is None


def test_the_share_of_joint_draws_is_the_product_or_the_smaller() -> None:
    ids = [UUID(int=i) for i in range(20_000)]
    both = sum(is_drawn(b"k", "audit", i, 0.5) and is_drawn(b"k", "blind", i, 0.25) for i in ids)
    nested = sum(is_drawn(b"k", "audit", i, 0.5) and is_drawn(b"k", "audit", i, 0.25) for i in ids)
    assert both / 20_000 == pytest.approx(0.125, abs=0.01)
    assert nested / 20_000 == pytest.approx(0.25, abs=0.015)


@pytest.mark.parametrize(
    ("level", "sampling"),
    [
        ("shadow", Sampling(0.9, 1.0, 1.0)),
        ("ai_assistance", Sampling(0.9, 0.25, 0.25)),
        ("partial_automation", Sampling(0.9, 0.1, 0.25)),
    ],
)
def test_sampling_is_that_of_the_level(level: str, sampling: Sampling) -> None:
    policy = Policy(threshold=Target(), audit_share=0.1, blind_share=0.25)
    assert sampling_of(Rules(level, False, policy, {}, b"k"), 0.9) == sampling
