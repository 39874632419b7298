"""Reasons, and where refusals stand."""

from django import forms

from hitl.forms import ReasonForm, blame
from hitl.forms.reasons import NeededForm, OverrideForm
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


def test_an_override_is_a_tick_beside_the_reason_and_may_be_all_there_is() -> None:
    given = {"seen": 1, "reason": "a fair"}
    assert list(OverrideForm().fields) == ["seen", "override", "reason"]
    assert OverrideForm(given).is_valid()
    assert list(NeededForm(given).errors) == ["override"]
    assert NeededForm({**given, "override": "on"}).is_valid()
    assert OverrideForm.base_fields["override"].required is False
