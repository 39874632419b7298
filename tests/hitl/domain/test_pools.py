"""Pools: ids that follow from names, and who serves which."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl.domain.policy import Policy, PoolRule
from hitl.domain.pools import gold_pool, open_to, pool_id, rule_of
from tests.properties import policies

HERE, THERE = UUID(int=1), UUID(int=2)
GERMAN, LAW = PoolRule("german", ("german",)), PoolRule("law", ("german", "law"))
POLICY = Policy(pools=(GERMAN, LAW, PoolRule("anybody")))


def test_the_pool_without_a_name_is_the_workflows_own() -> None:
    assert pool_id(HERE) == pool_id(HERE, "") == HERE


def test_the_same_name_is_another_pool_in_another_workflow() -> None:
    assert pool_id(HERE, "german") == pool_id(HERE, "german") != pool_id(THERE, "german")
    assert len({HERE, pool_id(HERE, "german"), pool_id(HERE, "law"), gold_pool(HERE)}) == 4


@given(policies())
def test_no_policy_names_the_pool_of_known_answers(policy: Policy) -> None:
    assert gold_pool(HERE) not in set(open_to(policy, HERE, skills=None))


@pytest.mark.parametrize(
    ("skills", "names"),
    [
        pytest.param([], ["", "anybody"], id="no skill"),
        pytest.param(["law"], ["", "anybody"], id="half of what it takes"),
        pytest.param(["german"], ["", "german", "anybody"], id="one skill"),
        pytest.param(["german", "law", "x"], ["", "german", "law", "anybody"], id="more than all"),
        pytest.param(None, ["", "german", "law", "anybody"], id="every skill there is"),
    ],
)
def test_skills_open_pools(skills: list[str] | None, names: list[str]) -> None:
    assert list(open_to(POLICY, HERE, skills)) == [pool_id(HERE, name) for name in names]


@given(policies(), st.sets(st.sampled_from(["german", "law"])))
def test_one_more_skill_never_closes_a_pool(policy: Policy, skills: set[str]) -> None:
    fewer, more = open_to(policy, HERE, skills), open_to(policy, HERE, skills | {"law"})
    assert set(fewer) <= set(more) <= set(open_to(policy, HERE, None))


def test_a_pool_is_found_by_its_id() -> None:
    assert rule_of(POLICY, HERE, pool_id(HERE, "law")) is LAW
    assert rule_of(POLICY, HERE, HERE) is None
    assert rule_of(POLICY, HERE, pool_id(THERE, "law")) is None
    assert rule_of(POLICY, HERE, gold_pool(HERE)) is None
