"""The five levels: names, order, what each promises."""

import itertools

import pytest

from hitl.domain.levels import LEVELS, SHADOW, AutomationLevel
from models_registry.domain.errors import Invalid

LADDER = ["human_only", "shadow", "ai_assistance", "partial_automation", "full_automation"]


def test_the_ladder_has_five_steps_in_this_order() -> None:
    assert list(LEVELS) == LADDER
    assert [level.step for level in LEVELS.entries()] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("name", "asks_model", "shows_suggestion", "automates"),
    [
        ("human_only", False, False, "none"),
        ("shadow", True, False, "none"),
        ("ai_assistance", True, True, "none"),
        ("partial_automation", True, True, "confident"),
        ("full_automation", True, True, "usable"),
    ],
)
def test_what_a_level_lets_the_machine_do(
    name: str, asks_model: bool, shows_suggestion: bool, automates: str
) -> None:
    level = LEVELS[name]
    assert level.asks_model is asks_model
    assert level.shows_suggestion is shows_suggestion
    assert level.automates == automates


def test_a_higher_step_never_lets_the_machine_do_less() -> None:
    strength = {"none": 0, "confident": 1, "usable": 2}

    def powers(level: AutomationLevel) -> tuple[int, int, int]:
        return level.asks_model, level.shows_suggestion, strength[level.automates]

    climbing = sorted(LEVELS.entries(), key=lambda level: level.step)
    for lower, higher in itertools.pairwise(climbing):
        assert all(a <= b for a, b in zip(powers(lower), powers(higher), strict=True))


def test_a_stop_falls_back_to_shadow() -> None:
    assert LEVELS["shadow"] is SHADOW


def test_an_unknown_level_is_refused_with_the_valid_ones() -> None:
    with pytest.raises(Invalid) as refused:
        LEVELS.get("autopilot", "/level")
    assert refused.value.problems[0].pointer == "/level"
    assert all(name in refused.value.detail for name in LADDER)
