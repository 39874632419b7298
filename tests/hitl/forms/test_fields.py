"""Fields that forms share."""

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import escape

from hitl.forms.fields import NamesField, SchemaField


class Boxed(forms.Form):
    box = SchemaField()


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


@pytest.mark.parametrize(
    "typed", ["[" * 2000 + "]" * 2000, '{"a": "\\ud800"}', '{"a": ' + "9" * 5001 + "}", "{"]
)
def test_what_cannot_be_read_stays_in_its_box(typed: str) -> None:
    sent = Boxed({"box": typed})
    assert list(sent.errors) == ["box"]
    assert escape(typed) in sent.as_p()


def test_a_schema_that_is_left_out_is_an_empty_box() -> None:
    assert SchemaField(required=False).prepare_value(None) == ""
