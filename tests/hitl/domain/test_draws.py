"""Draws: shares hit their rates, can be replayed, cannot be steered."""

import hashlib
from functools import lru_cache
from uuid import UUID

import pytest
from hypothesis import given
from scipy.stats import binom

from hitl.domain.draws import draw, is_drawn
from hitl.domain.policy import SHARES, Policy
from hitl.domain.routing import Rules, Signal, route
from tests.properties import KEY, VERSION, case_ids, shares

N = 100_000
KEYS = [hashlib.sha256(name).digest() for name in (b"one", b"two")]
BETWEEN = [share for share in SHARES if 0.0 < share < 1.0]


def ids(n: int = N) -> list[UUID]:
    """Ids as the service makes them: ordered by time, so alike in their first half."""
    return [UUID(int=(0x0199_0000_0000 + i << 80) | (7 << 76) | (2 << 62) | i) for i in range(n)]


def assert_hits(hits: int, share: float, n: int = N) -> None:
    """Within the exact two-sided 99.9 % bounds of the binomial distribution."""
    low, high = binom.ppf(0.0005, n, share), binom.ppf(0.9995, n, share)
    assert low <= hits <= high, f"{hits} of {n} at share {share}: not in {low:.0f}..{high:.0f}"


@lru_cache
def drawn(key: bytes, purpose: str) -> list[float]:
    return [draw(key, purpose, case) for case in ids()]


@pytest.mark.parametrize("purpose", ["audit", "blind"])
@pytest.mark.parametrize("key", KEYS, ids=["one key", "another key"])
def test_every_share_hits_its_rate(key: bytes, purpose: str) -> None:
    for share in BETWEEN:
        assert_hits(sum(number < share for number in drawn(key, purpose)), share)


def test_audits_and_blind_cases_hit_their_rates_through_routing() -> None:
    said = Signal(VERSION, has_value=True, confidence=0.5)
    policy = Policy(audit_share=0.1, blind_share=0.25)
    automated = Rules("full_automation", False, policy, {}, KEY)
    assisted = Rules("ai_assistance", False, policy, {}, KEY)
    cases = ids(n := 20_000)
    assert_hits(sum(route(automated, case, said).audit for case in cases), 0.1, n)
    assert_hits(sum(route(assisted, case, said).blind for case in cases), 0.25, n)


def test_purposes_are_independent() -> None:
    pairs = list(zip(drawn(KEYS[0], "audit"), drawn(KEYS[0], "blind"), strict=True))
    assert_hits(sum(a < 0.5 and b < 0.5 for a, b in pairs), 0.25)
    assert_hits(sum(a < 0.1 and b < 0.1 for a, b in pairs), 0.01)


def test_keys_are_independent() -> None:
    pairs = zip(drawn(KEYS[0], "audit"), drawn(KEYS[1], "audit"), strict=True)
    assert_hits(sum(a < 0.5 and b < 0.5 for a, b in pairs), 0.25)


def test_neighbouring_ids_are_independent() -> None:
    one = drawn(KEYS[0], "audit")
    assert_hits(
        sum(a < 0.5 and b < 0.5 for a, b in zip(one[::2], one[1::2], strict=True)), 0.25, N // 2
    )


@given(case_ids, shares, shares)
def test_raising_the_share_never_undraws_a_case(case: UUID, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert is_drawn(KEY, "audit", case, low) <= is_drawn(KEY, "audit", case, high)


@given(case_ids)
def test_nothing_is_drawn_at_0_and_everything_at_1(case: UUID) -> None:
    assert not is_drawn(KEY, "audit", case, 0.0)
    assert is_drawn(KEY, "audit", case, 1.0)
    assert 0.0 <= draw(KEY, "audit", case) < 1.0


def test_a_draw_of_today_can_be_replayed_in_years() -> None:
    """The number is part of the audit trail: this value may never change."""
    assert draw(bytes(32), "audit", UUID(int=1)) == 0.9502259022847414
