"""The family of task types."""

import msgspec
import pytest

from models_registry.domain.errors import Invalid
from models_registry.domain.task_types import TASK_TYPES, Choice


def test_classification_is_built_in() -> None:
    assert TASK_TYPES["classification"].name == "classification"


def test_an_unknown_task_type_is_refused_with_the_valid_ones() -> None:
    with pytest.raises(Invalid, match="classification") as refused:
        TASK_TYPES["telepathy"]
    assert refused.value.problems[0].pointer == "/task_type"


def test_a_choice_survives_the_way_through_json() -> None:
    choice = Choice("7", "seven", "7")
    assert msgspec.convert(msgspec.to_builtins(choice), Choice) == choice
