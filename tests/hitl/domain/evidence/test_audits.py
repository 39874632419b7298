"""Audit shares: allowed values only, never less than asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl.domain.evidence.audits import MOST, allowed, boosted, decayed
from hitl.domain.policy import SHARES


@given(st.floats(0, 1))
def test_an_allowed_share_is_the_next_one_below(share: float) -> None:
    found = allowed(share)
    assert found in SHARES
    assert found <= share
    assert not [one for one in SHARES if found < one <= share]


@given(st.integers(0, 10**7), st.integers(0, 10**6))
def test_more_cases_are_audited_less(automated: int, more: int) -> None:
    assert decayed(automated + more) <= decayed(automated) <= MOST
    assert decayed(automated) in SHARES


@pytest.mark.parametrize("share", SHARES)
def test_a_boost_is_never_less(share: float) -> None:
    assert share <= boosted(share) <= max(share, MOST)
    assert boosted(share) in SHARES


def test_a_boost_is_tenfold_where_it_can_be() -> None:
    assert [boosted(one) for one in (0.0, 0.01, 0.02, 0.05, 0.1)] == [0.0, 0.1, 0.1, 0.5, 0.5]
