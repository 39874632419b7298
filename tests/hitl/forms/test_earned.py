"""The dials by which automation is earned: their choices are those that a policy takes."""

import pytest

from hitl.domain.policy import parse_policy
from hitl.forms.earned import GUARDS, LOSSES, PROMOTE, RISKS, EarnedDials


@pytest.mark.parametrize(
    ("dial", "offered"), [("promote", PROMOTE), ("risk", RISKS), ("guard", GUARDS)]
)
def test_a_policy_takes_every_choice(dial: str, offered: list[tuple[str, str]]) -> None:
    assert [getattr(parse_policy({dial: value}), dial) for value, _ in offered] == [
        value for value, _ in offered
    ]


def test_a_target_takes_every_loss() -> None:
    rules = [{"rule": "target", "loss": value} for value, _ in LOSSES]
    assert [parse_policy({"threshold": rule}).threshold.loss for rule in rules] == [  # type: ignore[union-attr]
        "wrong",
        "distance",
    ]


def test_boxes_may_stay_empty_and_numbers_may_not() -> None:
    assert sorted(EarnedDials({}).errors) == [
        "agreement_share",
        "guard",
        "lapse_cases",
        "lapse_days",
        "least_coverage",
        "loss",
        "promote",
        "risk",
    ]
