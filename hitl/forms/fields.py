"""Fields that several forms share: JSON, whole numbers, shares, lists of names."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.forms.fields import InvalidJSONInput
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from hitl.domain.policy import SHARES
from models_registry.domain.nesting import decoded

Choices = Sequence[tuple[str, str]]
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
NAME_RULE = "small letters, digits, - and _, at most 40"
SHARE_CHOICES = [(f"{share:g}", f"{share * 100:g} %") for share in SHARES]


class SchemaField(forms.JSONField):
    """JSON that may be left out; then the box is empty."""

    def to_python(self, value: Any) -> Any:
        if not isinstance(value, str) or value in self.empty_values:
            return super().to_python(value)
        try:
            return decoded(value)
        except ValueError as error:
            raise forms.ValidationError(str(error), code="invalid") from error

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What was typed stays as it is where it cannot be read."""
        try:
            decoded(data or "null")
        except ValueError:
            return InvalidJSONInput(data)
        return super().bound_data(data, initial)

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else super().prepare_value(value)


class NamesField(forms.CharField):
    """Names separated by commas, as a list in which each stands once."""

    widget = UnfoldAdminTextInputWidget

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return value
        given = (name.strip() for name in (super().to_python(value) or "").split(","))
        names = list(dict.fromkeys(name for name in given if name))
        for name in names:
            if not NAME.fullmatch(name):
                raise forms.ValidationError(f"{name!r} is no name: {NAME_RULE}.")
        return names


def whole(label: str, least: int, most: int, text: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=most,
        help_text=text,
        widget=UnfoldAdminIntegerFieldWidget(attrs={"min": least, "max": most}),
    )


def number(
    label: str, least: float, most: float, text: str, *, required: bool = True
) -> forms.FloatField:
    return forms.FloatField(
        label=label,
        min_value=least,
        max_value=most,
        help_text=text,
        required=required,
        widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "any", "inputmode": "decimal"}),
    )


def share(label: str, text: str, *, automatic: str = "") -> forms.ChoiceField:
    """One of the shares that evidence can be counted for; `automatic` is what none stands for."""
    return forms.ChoiceField(
        choices=[*([("", automatic)] if automatic else []), *SHARE_CHOICES],
        required=not automatic,
        label=label,
        help_text=text,
        widget=UnfoldAdminSelectWidget,
    )


def choice(label: str, choices: Choices, text: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        choices=choices, label=label, help_text=text, widget=UnfoldAdminSelectWidget
    )


def yes(label: str, text: str) -> forms.BooleanField:
    """A box to tick."""
    return forms.BooleanField(
        required=False, label=label, help_text=text, widget=UnfoldBooleanWidget
    )
