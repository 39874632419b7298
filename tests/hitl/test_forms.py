"""Forms: what they show of a policy is what they ask for again."""

from typing import Any

import pytest
from django import forms

from hitl.domain.policy import SHARES, Fixed, Policy, Target, parse_policy
from hitl.forms import PolicyForm, ReasonForm, blame
from models_registry.domain.errors import Busy, Invalid

POLICIES = [
    pytest.param(Policy(), id="defaults"),
    pytest.param(Policy(threshold=Fixed(0.0), blind_share=0.0, audit_share=0.0), id="zeros"),
    pytest.param(Policy(threshold=Target(0.013, 0.99), blind_share=1.0), id="target"),
    pytest.param(Policy(undo_seconds=600, lease_minutes=1440, due_hours=8760), id="longest"),
]


def sent(**dials: Any) -> PolicyForm:
    form = PolicyForm(dials)
    assert form.is_valid(), form.errors
    return form


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_comes_back_as_it_was_shown(policy: Policy) -> None:
    form = sent(**PolicyForm.dials(policy))
    assert parse_policy(form.asked()) == policy
    assert form.changes(policy) == {}


@pytest.mark.parametrize("share", SHARES)
def test_every_share_that_a_policy_takes_can_be_chosen(share: float) -> None:
    form = sent(**PolicyForm.dials(Policy(audit_share=share, blind_share=share)))
    assert form.asked()["audit_share"] == form.asked()["blind_share"] == share


def test_only_moved_dials_are_asked_for() -> None:
    form = sent(**PolicyForm.dials(Policy()) | {"due_hours": "48", "blind_share": "0.25"})
    assert form.changes(Policy()) == {"due_hours": 48, "blind_share": 0.25}


@pytest.mark.parametrize(
    ("rule", "needed"), [("fixed", ["threshold"]), ("target", ["max_error", "confidence"])]
)
def test_only_the_dials_of_the_chosen_rule_must_be_there(rule: str, needed: list[str]) -> None:
    three = ("threshold", "max_error", "confidence")
    dials = PolicyForm.dials(Policy()) | {"rule": rule}
    assert list(PolicyForm(dials | dict.fromkeys(three, "")).errors) == needed
    form = sent(**dials | {name: "" for name in three if name not in needed})
    assert parse_policy(form.asked()).threshold == (Fixed() if rule == "fixed" else Target())


def test_a_missing_reason_speaks_of_revisions() -> None:
    (said,) = ReasonForm({"seen": 1}).errors["reason"]
    assert "revisions" in said


def test_a_refusal_stands_beside_its_field_or_above_the_form() -> None:
    class Small(forms.Form):
        schema = forms.CharField(required=False)

    form = Small({})
    assert form.is_valid()
    blame(form, Invalid.at("/schema/type", "no type"), {"schema": "schema"})
    blame(form, Invalid.at("/elsewhere", "not here"), {"schema": "schema"})
    blame(form, Busy("later"), {"schema": "schema"})
    assert form.errors["schema"] == ["no type"]
    assert form.non_field_errors() == ["not here", "later"]
