"""Catalogues: what registers is found, what is unknown is refused with what would be valid."""

import pytest

from models_registry.domain.catalogue import Catalogue
from models_registry.domain.errors import Invalid


@pytest.fixture
def shapes() -> Catalogue[str]:
    made: Catalogue[str] = Catalogue("model shape")
    made.register("round", "()")
    made.register("square", "[]")
    return made


def test_entries_keep_the_order_in_which_they_registered(shapes: Catalogue[str]) -> None:
    assert list(shapes) == ["round", "square"]
    assert shapes.entries() == ["()", "[]"]
    assert len(shapes) == 2
    assert shapes.choices(str.strip) == [("round", "()"), ("square", "[]")]


def test_an_entry_is_found_by_name(shapes: Catalogue[str]) -> None:
    assert shapes["round"] == shapes.get("round", "/shape") == "()"
    assert "round" in list(shapes)


def test_a_name_is_taken_once(shapes: Catalogue[str]) -> None:
    with pytest.raises(ValueError, match="model shape 'round' is registered twice"):
        shapes.register("round", "o")
    assert shapes["round"] == "()"


def test_an_unknown_name_lists_the_valid_ones(shapes: Catalogue[str]) -> None:
    with pytest.raises(Invalid) as refused:
        shapes.get("oval", "/drawing/shape")
    (problem,) = refused.value.problems
    assert problem.pointer == "/drawing/shape"
    assert problem.detail == "Unknown model shape 'oval'. Valid: round, square."


def test_without_a_pointer_the_family_is_pointed_at(shapes: Catalogue[str]) -> None:
    with pytest.raises(Invalid) as refused:
        shapes["oval"]
    assert refused.value.problems[0].pointer == "/model_shape"


def test_an_empty_catalogue_says_so() -> None:
    with pytest.raises(Invalid, match="none is installed"):
        Catalogue[str]("shape").get("round")


def test_a_class_registers_an_instance_of_itself() -> None:
    things: Catalogue[object] = Catalogue("thing")

    @things.named("one")
    class One:
        """A thing."""

    assert isinstance(things["one"], One)
