"""Policies: what is accepted, where a wrong one is pointed at, and that JSON keeps them."""

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given

from hitl.domain.policy import SHARES, Fixed, Policy, Target, WrongShare, parse_policy
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


@pytest.mark.parametrize("share", SHARES)
def test_the_allowed_shares_are_allowed(share: float) -> None:
    policy = parse_policy({"audit_share": share, "blind_share": share})
    assert (policy.audit_share, policy.blind_share) == (share, share)


@pytest.mark.parametrize("share", [0.3, 0.011, -0.05, 1.5, math.nan, math.inf])
@pytest.mark.parametrize("dial", ["audit_share", "blind_share"])
def test_any_other_share_is_refused_at_its_dial_with_the_valid_ones(
    dial: str, share: float
) -> None:
    with pytest.raises(Invalid) as refused:
        parse_policy({dial: share})
    (problem,) = refused.value.problems
    assert problem.pointer == f"/policy/{dial}"
    assert "valid: 0, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1" in problem.detail


@pytest.mark.parametrize("dial", ["audit_share", "blind_share"])
def test_a_wrong_share_is_refused_in_code_too(dial: str) -> None:
    given: Any = {dial: 0.3}
    with pytest.raises(WrongShare, match=dial):
        Policy(**given)


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
        pytest.param({"reviews_required": 2}, "/policy/reviews_required", id="two reviewers"),
        pytest.param({"undo_seconds": 601}, "/policy/undo_seconds", id="undo for too long"),
        pytest.param({"undo_seconds": 1.5}, "/policy/undo_seconds", id="undo in fractions"),
        pytest.param({"lease_minutes": 0}, "/policy/lease_minutes", id="no lease"),
        pytest.param({"due_hours": 0}, "/policy/due_hours", id="due at once"),
        pytest.param({"audit_due_hours": 9000}, "/policy/audit_due_hours", id="audit due never"),
    ],
)
def test_a_wrong_policy_is_refused_at_what_is_wrong(policy: Any, pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_policy(policy)
    (problem,) = refused.value.problems
    assert problem.pointer == pointer
    assert problem.detail.endswith(".")
    assert "`$" not in problem.detail, "the engine's own path notation stays inside"


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
