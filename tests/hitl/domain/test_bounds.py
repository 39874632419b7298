"""What a revision may say: levels below the cap, overrides in place, proof for the same target."""

from typing import Any

import pytest

from hitl.domain import bounds
from hitl.domain.levels import LEVELS
from hitl.domain.policy import Fixed, Policy, Target
from models_registry.domain.errors import Conflict, Invalid

UNDER_TARGET = Policy(threshold=Target())


@pytest.mark.parametrize(
    ("risk", "highest"),
    [("low", "full_automation"), ("medium", "partial_automation"), ("high", "ai_assistance")],
)
def test_the_risk_class_caps_the_level(risk: Any, highest: str) -> None:
    policy = Policy(risk=risk)
    assert bounds.cap(policy).name == highest
    for name in LEVELS:
        if LEVELS[name].step <= LEVELS[highest].step:
            bounds.refuse_above_cap("shadow", name, policy)
        else:
            with pytest.raises(Conflict, match=f"allows at most {LEVELS[highest].title}"):
                bounds.refuse_above_cap("shadow", name, policy)


def test_a_new_workflow_begins_below_the_cap() -> None:
    with pytest.raises(Invalid) as refused:
        bounds.refuse_above_cap("", "full_automation", Policy(risk="medium"))
    assert refused.value.problems[0].pointer == "/level"


def test_no_risk_class_comes_in_below_the_level_in_force() -> None:
    with pytest.raises(Invalid, match="lower the level first") as refused:
        bounds.refuse_above_cap("full_automation", "full_automation", Policy(risk="high"))
    assert refused.value.problems[0].pointer == "/policy/risk"


@pytest.mark.parametrize(
    ("level", "policy", "may"),
    [
        pytest.param("full_automation", UNDER_TARGET, True, id="the only place"),
        pytest.param("partial_automation", UNDER_TARGET, False, id="below the highest level"),
        pytest.param("full_automation", Policy(), False, id="nothing has to be proven"),
    ],
)
def test_an_override_has_one_place_to_be(level: str, policy: Policy, *, may: bool) -> None:
    assert bounds.may_override(level, policy) is may
    if may:
        bounds.refuse_idle_override(level, policy)
    else:
        with pytest.raises(Invalid, match="needs the level full_automation") as refused:
            bounds.refuse_idle_override(level, policy)
        assert refused.value.problems[0].pointer == "/override"


@pytest.mark.parametrize(
    ("after", "alike"),
    [
        pytest.param(Policy(threshold=Target(), audit_share=0.25, risk="medium"), True, id="same"),
        pytest.param(Policy(threshold=Target(by_class=True)), True, id="classes as well"),
        pytest.param(Policy(threshold=Target(max_error=0.01)), False, id="less error"),
        pytest.param(Policy(threshold=Target(max_error=0.05)), False, id="more error"),
        pytest.param(Policy(threshold=Target(confidence=0.99)), False, id="surer"),
        pytest.param(Policy(threshold=Target(loss="distance")), False, id="another loss"),
        pytest.param(
            Policy(threshold=Target(), reviewer_errors=True), False, id="what reviewers miss"
        ),
        pytest.param(Policy(threshold=Fixed(0.9)), False, id="fixed"),
    ],
)
def test_proof_holds_for_one_target_on_the_same_terms(after: Policy, *, alike: bool) -> None:
    assert bounds.is_proven_alike(UNDER_TARGET, after) is alike
    assert bounds.is_proven_alike(after, UNDER_TARGET) is alike


def test_fixed_thresholds_prove_nothing_whatever_their_number() -> None:
    assert bounds.is_proven_alike(Policy(), Policy(threshold=Fixed(0.5), reviewer_errors=True))
