"""Plans: usual dials, and a refusal that names the field."""

import pytest

from hitl.domain.rollouts.plan import USUAL, Stage, parse_plan
from models_registry.domain.errors import Invalid


def test_nothing_said_is_the_usual_plan() -> None:
    plan = parse_plan({})
    assert (plan.steps, plan.advance, plan.goal, plan.share) == (USUAL, "itself", "not_worse", 1.0)


def test_steps_are_read() -> None:
    plan = parse_plan({"steps": [{"share": 0.1, "soak_minutes": 0, "judged": 5}, {"share": 1}]})
    assert plan.steps == (Stage(0.1, 0, 5), Stage(1.0))


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"share": 0}, "/plan/share"),
        ({"share": 1.5}, "/plan/share"),
        ({"steps": []}, "/plan/steps"),
        ({"steps": [{"share": 0.1, "judged": -1}]}, "/plan/steps/0/judged"),
        ({"steps": [{"share": 0.2}, {"share": 0.1}]}, "/plan/steps"),
        ({"steps": [{"share": 0.2}, {"share": 0.2}]}, "/plan/steps"),
        ({"advance": "never"}, "/plan/advance"),
        ({"doubt_share": 0.3}, "/plan/doubt_share"),
        ({"speed": 3}, "/plan"),
        ([], "/plan"),
    ],
)
def test_a_wrong_dial_is_named(given: object, pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_plan(given)
    assert refused.value.problems[0].pointer == pointer
