"""A person's role on a workflow, with the skills that open pools to them."""

from typing import Any

from django import forms

from hitl.forms.fields import NamesField
from hitl.models import Membership


class MembershipForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """A role; its skills are names separated by commas."""

    skill_names = NamesField(
        required=False,
        label="Skills",
        help_text="Separated by commas, such as french, legal. They open the pools that ask for "
        "them to who may judge here; without a skill there is the workflow's own pool.",
    )

    class Meta:
        model = Membership
        fields = ("user", "workflow", "role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("skill_names", list(self.instance.skills))

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if "skill_names" in given:
            self.instance.skills = given["skill_names"]
        return given
