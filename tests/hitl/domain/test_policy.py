"""Policies: what is accepted, where a wrong one is pointed at, and that JSON keeps them."""

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given

from hitl.domain.policy import SHARES, Fixed, Policy, PoolRule, Target, WrongDial, parse_policy
from models_registry.domain.errors import Invalid
from tests.properties import policies


@given(policies())
def test_a_policy_survives_the_way_through_json(policy: Policy) -> None:
    assert parse_policy(msgspec.json.decode(msgspec.json.encode(policy))) == policy


def test_an_empty_policy_is_the_default() -> None:
    assert parse_policy({}) == Policy() == Policy(threshold=Fixed(0.9))


def test_the_rule_names_its_kind() -> None:
    assert parse_policy({"threshold": {"rule": "fixed", "threshold": 0.8}}).threshold == Fixed(0.8)
    assert parse_policy({"threshold": {"rule": "target", "max_error": 0.05}}).threshold == Target(
        0.05
    )


SHARED = ["audit_share", "blind_share", "gold_share"]


@pytest.mark.parametrize("share", SHARES)
def test_the_allowed_shares_are_allowed(share: float) -> None:
    policy = parse_policy(dict.fromkeys(SHARED, share))
    assert [getattr(policy, dial) for dial in SHARED] == [share] * 3


@pytest.mark.parametrize("share", [0.3, 0.011, -0.05, 1.5, math.nan, math.inf])
@pytest.mark.parametrize("dial", SHARED)
def test_any_other_share_is_refused_at_its_dial_with_the_valid_ones(
    dial: str, share: float
) -> None:
    with pytest.raises(Invalid) as refused:
        parse_policy({dial: share})
    (problem,) = refused.value.problems
    assert problem.pointer == f"/policy/{dial}"
    assert "valid: 0, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1" in problem.detail


@pytest.mark.parametrize("dial", SHARED)
def test_a_wrong_share_is_refused_in_code_too(dial: str) -> None:
    given: Any = {dial: 0.3}
    with pytest.raises(WrongDial, match=dial) as error:
        Policy(**given)
    assert error.value.dial == dial


def test_a_pool_is_read_with_all_it_says() -> None:
    rules = [
        {"name": "german", "skills": ["german"], "escalates_to": "all", "after_minutes": 5},
        {"name": "all"},
    ]
    policy = parse_policy({"pools": rules, "adjudication_pool": "german"})
    assert policy.pools == (PoolRule("german", ("german",), "all", 5), PoolRule("all"))
    assert policy.adjudication_pool == "german"


def test_a_default_that_stands_when_time_is_over_may_be_any_answer() -> None:
    for answer in ("no", 0, False, ["a"], {"a": None}):
        assert parse_policy({"on_lapse": "default", "safe_default": answer}).safe_default == answer


@pytest.mark.parametrize(
    ("policy", "pointer"),
    [
        pytest.param([], "/policy", id="no object"),
        pytest.param({"audits": 1}, "/policy", id="unknown dial"),
        pytest.param({"audit_share": "half"}, "/policy/audit_share", id="share as text"),
        pytest.param({"audit_share": True}, "/policy/audit_share", id="share as boolean"),
        pytest.param({"threshold": 0.9}, "/policy/threshold", id="threshold without rule"),
        pytest.param({"threshold": {}}, "/policy/threshold", id="rule missing"),
        pytest.param({"threshold": {"rule": "luck"}}, "/policy/threshold/rule", id="unknown rule"),
        *(
            pytest.param(
                {"threshold": {"rule": "fixed", "threshold": value}},
                "/policy/threshold/threshold",
                id=f"fixed at {value}",
            )
            for value in (1.01, -0.01, math.nan, math.inf, None)
        ),
        *(
            pytest.param(
                {"threshold": {"rule": "target", dial: value}},
                f"/policy/threshold/{dial}",
                id=f"target {dial} {value}",
            )
            for dial, value in (
                ("max_error", 0),
                ("max_error", 1),
                ("confidence", 0.49),
                ("confidence", 1),
            )
        ),
        pytest.param({"reviews_required": 0}, "/policy/reviews_required", id="nobody reviews"),
        pytest.param({"reviews_required": 10}, "/policy/reviews_required", id="ten reviewers"),
        pytest.param({"consensus": "loudest"}, "/policy/consensus", id="unknown rule of consensus"),
        pytest.param({"undo_seconds": -1}, "/policy/undo_seconds", id="undo before"),
        pytest.param({"undo_seconds": 601}, "/policy/undo_seconds", id="undo for too long"),
        pytest.param({"undo_seconds": 1.5}, "/policy/undo_seconds", id="undo in fractions"),
        pytest.param({"lease_minutes": 0}, "/policy/lease_minutes", id="no lease"),
        pytest.param({"due_hours": 0}, "/policy/due_hours", id="due at once"),
        pytest.param({"lease_minutes": 1441}, "/policy/lease_minutes", id="a lease for ever"),
        pytest.param({"due_hours": 8761}, "/policy/due_hours", id="due in a year and an hour"),
        pytest.param({"audit_due_hours": 9000}, "/policy/audit_due_hours", id="audit due never"),
        pytest.param({"on_lapse": "panic"}, "/policy/on_lapse", id="unknown end"),
        pytest.param({"on_lapse": "default"}, "/policy/safe_default", id="a default that is none"),
        *(
            pytest.param({dial: "yes"}, f"/policy/{dial}", id=f"{dial} in words")
            for dial in ("audit_supersedes", "redo_opens", "second_look")
        ),
        *(
            pytest.param({dial: value}, f"/policy/{dial}", id=f"{dial} {value}")
            for dial, value in (
                ("gold_bar", 1.1),
                ("gold_bar", -0.1),
                ("gold_bar", math.nan),
                ("gold_least", 0),
                ("gold_least", 1001),
                ("onboarding", -1),
                ("onboarding", 201),
            )
        ),
        pytest.param({"pools": {}}, "/policy/pools", id="pools that are no list"),
        pytest.param({"pools": [{}]}, "/policy/pools/0", id="a pool without a name"),
        pytest.param(
            {"pools": [{"name": "a"}, {"name": "B"}]}, "/policy/pools/1/name", id="a capital"
        ),
        pytest.param({"pools": [{"name": ""}]}, "/policy/pools/0/name", id="an empty name"),
        pytest.param({"pools": [{"name": "*gold"}]}, "/policy/pools/0/name", id="a reserved name"),
        pytest.param({"pools": [{"name": "a" * 41}]}, "/policy/pools/0/name", id="a long name"),
        pytest.param(
            {"pools": [{"name": "a\n"}]}, "/policy/pools/0/name", id="a name of two lines"
        ),
        pytest.param({"pools": [{"name": "a"}, {"name": "a"}]}, "/policy/pools", id="twins"),
        pytest.param(
            {"pools": [{"name": "a", "skills": ["x", "Y"]}]},
            "/policy/pools/0/skills/1",
            id="a skill with a capital",
        ),
        pytest.param(
            {"pools": [{"name": "a"}, {"name": "b", "escalates_to": "c"}]},
            "/policy/pools/1/escalates_to",
            id="escalates to nowhere",
        ),
        pytest.param(
            {"pools": [{"name": "a", "escalates_to": "a"}]},
            "/policy/pools/0/escalates_to",
            id="escalates to itself",
        ),
        pytest.param(
            {
                "pools": [
                    {"name": "out", "escalates_to": "a", "after_minutes": 1},
                    {"name": "a", "escalates_to": "b", "after_minutes": 1},
                    {"name": "b", "escalates_to": "a", "after_minutes": 1},
                ]
            },
            "/policy/pools/1/escalates_to",
            id="escalates in a circle",
        ),
        *(
            pytest.param(
                {"pools": [{"name": "a", "after_minutes": minutes}]},
                "/policy/pools/0/after_minutes",
                id=f"escalates after {minutes}",
            )
            for minutes in (0, 525601, 1.5)
        ),
        pytest.param({"adjudication_pool": "a"}, "/policy/adjudication_pool", id="no such pool"),
        pytest.param({"adjudication_pool": None}, "/policy/adjudication_pool", id="a pool of null"),
    ],
)
def test_a_wrong_policy_is_refused_at_what_is_wrong(policy: Any, pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_policy(policy)
    (problem,) = refused.value.problems
    assert problem.pointer == pointer
    assert problem.detail.endswith(".")
    assert "`$" not in problem.detail, "the engine's own path notation stays inside"


def test_a_pool_that_is_not_there_is_refused_with_those_that_are() -> None:
    rules = [{"name": "a", "escalates_to": "c"}, {"name": "b"}]
    for pools, valid in ((rules, "valid: a, b"), ([], "valid: none")):
        with pytest.raises(Invalid, match=valid):
            parse_policy({"pools": pools, "adjudication_pool": "d"})


def test_the_pointer_starts_where_the_caller_says() -> None:
    with pytest.raises(Invalid) as refused:
        parse_policy({"undo_seconds": -1}, "/workflow/policy")
    assert refused.value.problems[0].pointer == "/workflow/policy/undo_seconds"


@pytest.mark.parametrize(
    ("policy", "share"),
    [
        pytest.param(Policy(), 0.1, id="fixed"),
        pytest.param(Policy(threshold=Target()), 1.0, id="target, wanted for evidence"),
        pytest.param(Policy(threshold=Target(), blind_share=0.02), 0.02, id="target, stated"),
        pytest.param(Policy(blind_share=0.0), 0.0, id="none, stated"),
    ],
)
def test_the_blind_share_in_force(policy: Policy, share: float) -> None:
    assert policy.blind_share_in_force == share


def test_a_policy_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Policy().audit_share = 0.1  # type: ignore[misc]


def test_a_circle_with_an_end_is_none() -> None:
    """A pool without a time is never left, whatever it names."""
    policy = parse_policy(
        {
            "pools": [
                {"name": "a", "escalates_to": "b", "after_minutes": 1},
                {"name": "b", "escalates_to": "a"},
            ]
        }
    )
    assert len(policy.pools) == 2
