"""The family of task types."""

import msgspec
import pytest

from models_registry.domain.errors import Invalid
from models_registry.domain.task_types import TASK_TYPES, Choice


@pytest.mark.parametrize("name", ["classification", "multilabel", "number", "text", "fields"])
def test_five_shapes_are_built_in(name: str) -> None:
    assert TASK_TYPES[name].name == name


def test_an_unknown_task_type_is_refused_with_the_valid_ones() -> None:
    with pytest.raises(Invalid, match="classification") as refused:
        TASK_TYPES["telepathy"]
    assert refused.value.problems[0].pointer == "/task_type"


def test_a_choice_survives_the_way_through_json() -> None:
    choice = Choice("7", "seven", "7")
    assert msgspec.convert(msgspec.to_builtins(choice), Choice) == choice
