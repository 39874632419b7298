"""Fields that forms share."""

import pytest
from django.core.exceptions import ValidationError

from hitl.forms.fields import NamesField, SchemaField


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("", []),
        (" , ,", []),
        ("french", ["french"]),
        ("french, legal ,french,a-1_b", ["french", "legal", "a-1_b"]),
    ],
)
def test_names_are_separated_by_commas(typed: str, names: list[str]) -> None:
    assert NamesField(required=False).clean(typed) == names


@pytest.mark.parametrize("typed", ["French", "good french", "-x", "x" * 41, "é"])
def test_a_name_that_is_none_is_quoted(typed: str) -> None:
    with pytest.raises(ValidationError, match="is no name: small letters"):
        NamesField(required=False).clean(f"fine, {typed}")


def test_names_are_shown_as_they_are_typed() -> None:
    field = NamesField(required=False)
    assert field.prepare_value(["a", "b"]) == "a, b"
    assert field.prepare_value("a,, b") == "a,, b"
    assert not field.has_changed(["a", "b"], "a,b")
    assert field.has_changed(["a"], "a,b")


def test_json_that_nests_too_deep_is_refused() -> None:
    deep = "[" * 101 + "]" * 101
    with pytest.raises(ValidationError, match="nests too deep; use at most 100 levels"):
        SchemaField().clean(deep)
    assert SchemaField().clean("[" * 100 + "]" * 100)


def test_a_schema_that_is_left_out_is_an_empty_box() -> None:
    assert SchemaField(required=False).prepare_value(None) == ""
