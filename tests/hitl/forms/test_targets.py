"""The target as two percentages."""

import pytest

from hitl.domain.policy import Fixed, Policy, Target
from hitl.forms.targets import TargetForm


def test_percentages_become_the_shares_that_were_meant() -> None:
    form = TargetForm({"max_error": "0.7", "confidence": "99.9"})
    assert form.is_valid()
    rule = form.rule(Policy(threshold=Target(by_class=True)))
    assert rule == {
        "rule": "target",
        "max_error": 0.007,
        "confidence": 0.999,
        "loss": "wrong",
        "by_class": True,
    }
    assert set(form.rule(Policy(threshold=Fixed()))) == {"rule", "max_error", "confidence"}


def test_the_usual_target_stands_in_for_a_fixed_threshold() -> None:
    assert TargetForm.shown(Policy()) == {"max_error": "2", "confidence": "95"}
    shown = TargetForm.shown(Policy(threshold=Target(0.07, 0.9)))
    assert shown == {"max_error": "7", "confidence": "90"}


@pytest.mark.parametrize(
    ("max_error", "confidence", "wrong"),
    [("0", "95", "max_error"), ("100", "95", "max_error"), ("2", "40", "confidence")],
)
def test_what_no_target_can_be_is_refused(max_error: str, confidence: str, wrong: str) -> None:
    form = TargetForm({"max_error": max_error, "confidence": confidence})
    assert list(form.errors) == [wrong]
