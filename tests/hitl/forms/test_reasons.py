"""Reasons, and where refusals stand."""

from django import forms

from hitl.forms import ReasonForm, blame
from models_registry.domain.errors import Busy, Invalid


def test_a_missing_reason_speaks_of_revisions() -> None:
    (said,) = ReasonForm({"seen": 1}).errors["reason"]
    assert "revisions" in said


class Small(forms.Form):
    schema = forms.CharField(required=False)
    first = forms.CharField(required=False)


def test_a_refusal_stands_beside_its_field_or_above_the_form() -> None:
    form = Small({})
    assert form.is_valid()
    fields = {"schema": "schema", "schema/list/0": "first"}
    blame(form, Invalid.at("/schema/type", "no type"), fields)
    blame(form, Invalid.at("/schema/list/0/name", "no name"), fields)
    blame(form, Invalid.at("/elsewhere", "not here"), fields)
    blame(form, Busy("later"), fields)
    assert form.errors["schema"] == ["no type"]
    assert form.errors["first"] == ["no name"]
    assert form.non_field_errors() == ["not here", "later"]
