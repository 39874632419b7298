"""Forms of the control room: what people type is checked and turned into what services take."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django import forms
from django.contrib.auth.models import User
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from hitl.domain.levels import LEVELS
from hitl.domain.policy import SHARES, Fixed, Policy, Target
from hitl.models import ApiKey, Client, Workflow
from models_registry.domain.errors import DomainError
from models_registry.domain.task_types import TASK_TYPES
from models_registry.models import ModelVersion, RegisteredModel

UNIT_STEP = {"step": "any", "inputmode": "decimal"}
SHARE_CHOICES = [(f"{share:g}", f"{share * 100:g} %") for share in SHARES]
AUTOMATIC = ("", "Automatic: 100 % under a target, 10 % under a fixed threshold")


def blame(form: forms.Form, error: DomainError, fields: Mapping[str, str]) -> None:
    """Puts a service's refusal beside the field that it is about. `fields` maps the first part of
    a JSON pointer to a field; what fits none stands above the form."""
    problems = [(p.pointer.strip("/").split("/")[0], p.detail) for p in error.problems]
    for name, detail in problems or [("", error.detail)]:
        form.add_error(fields.get(name), detail)


class SchemaField(forms.JSONField):
    """JSON that may be left out; then the box is empty."""

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else super().prepare_value(value)


def _levels() -> list[tuple[str, str]]:
    return [(level.name, f"{level.step} · {level.title}") for level in LEVELS.entries()]


def _whole(label: str, least: int, most: int, text: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=most,
        help_text=text,
        widget=UnfoldAdminIntegerFieldWidget(attrs={"min": least, "max": most}),
    )


class ReasonForm(forms.Form):
    """Why, and which revision was on the page when the button was pressed."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        max_length=2000,
        label="Reason",
        error_messages={"required": "Say why, for those who read the revisions."},
        help_text="Stands in the revisions, beside your name.",
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True, "autocomplete": "off"}),
    )


class PolicyForm(forms.Form):
    """The dials of a policy, each with what it does."""

    rule = forms.ChoiceField(
        choices=[("fixed", "A fixed confidence"), ("target", "A target for the error")],
        label="Threshold rule",
        help_text="What lets the model decide: a number that you choose, or proof that the error "
        "stays below a target. Under a target nothing is automated before a certificate exists.",
        widget=UnfoldAdminRadioSelectWidget,
    )
    threshold = forms.FloatField(
        required=False,
        min_value=0,
        max_value=1,
        label="Confidence from which the model decides",
        help_text="Fixed rule. Between 0 and 1, compared with the model's own confidence.",
        widget=UnfoldAdminDecimalFieldWidget(attrs=UNIT_STEP),
    )
    max_error = forms.FloatField(
        required=False,
        min_value=0.0001,
        max_value=0.9999,
        label="Highest error",
        help_text="Target rule. Share of automated decisions that may be wrong; 0.02 is 2 %.",
        widget=UnfoldAdminDecimalFieldWidget(attrs=UNIT_STEP),
    )
    confidence = forms.FloatField(
        required=False,
        min_value=0.5,
        max_value=0.9999,
        label="Confidence level of the proof",
        help_text="Target rule. 0.95 is 95 %.",
        widget=UnfoldAdminDecimalFieldWidget(attrs=UNIT_STEP),
    )
    audit_share = forms.ChoiceField(
        choices=SHARE_CHOICES,
        label="Audit share",
        help_text="Share of automated cases that a person judges as well, blind.",
        widget=UnfoldAdminSelectWidget,
    )
    blind_share = forms.ChoiceField(
        choices=[AUTOMATIC, *SHARE_CHOICES],
        required=False,
        label="Blind share",
        help_text="Share of referred cases judged without the suggestion: the only ones that tell "
        "how good the model is.",
        widget=UnfoldAdminSelectWidget,
    )
    lease_minutes = _whole("Lease, minutes", 1, 1440, "How long a claimed case stays reserved.")
    due_hours = _whole("Due after, hours", 1, 8760, "For cases whose client names no time.")
    audit_due_hours = _whole("Audits due after, hours", 1, 8760, "The same for audits.")
    undo_seconds = _whole("Settles after", 0, 600, "Seconds an answer waits before it decides.")

    OF_RULE: Mapping[str, tuple[str, ...]] = {
        "fixed": ("threshold",),
        "target": ("max_error", "confidence"),
    }

    @staticmethod
    def dials(policy: Policy) -> dict[str, Any]:
        """A policy as the form shows it; the rule that is not in force shows its defaults."""
        rule = policy.threshold
        fixed = rule if isinstance(rule, Fixed) else Fixed()
        target = rule if isinstance(rule, Target) else Target()
        blind = policy.blind_share
        return {
            "rule": "fixed" if rule is fixed else "target",
            "threshold": fixed.threshold,
            "max_error": target.max_error,
            "confidence": target.confidence,
            "audit_share": f"{policy.audit_share:g}",
            "blind_share": "" if blind is None else f"{blind:g}",
            "lease_minutes": policy.lease_minutes,
            "due_hours": policy.due_hours,
            "audit_due_hours": policy.audit_due_hours,
            "undo_seconds": policy.undo_seconds,
        }

    def clean(self) -> None:
        """Only the dials of the chosen rule must be there."""
        for name in self.OF_RULE.get(self.cleaned_data.get("rule", ""), ()):
            if name not in self.errors and self.cleaned_data[name] is None:
                self.add_error(name, "This field is required.")

    def asked(self) -> dict[str, Any]:
        """The dials as `parse_policy` takes them."""
        given = dict(self.cleaned_data)
        fixed = {"rule": "fixed", "threshold": given.pop("threshold")}
        target = {
            "rule": "target",
            "max_error": given.pop("max_error"),
            "confidence": given.pop("confidence"),
        }
        given["threshold"] = fixed if given.pop("rule") == "fixed" else target
        given["audit_share"] = float(given["audit_share"])
        given["blind_share"] = float(given["blind_share"]) if given["blind_share"] else None
        return given

    def changes(self, before: Policy) -> dict[str, Any]:
        """The dials that differ from `before`: only these are asked for."""
        old = msgspec.to_builtins(before)
        return {name: value for name, value in self.asked().items() if old[name] != value}


class WorkflowForm(forms.Form):
    """A new workflow. What a chosen model knows (schema, classes) may be left to it."""

    title = forms.CharField(max_length=120, widget=UnfoldAdminTextInputWidget)
    slug = forms.RegexField(
        r"^[a-z0-9][a-z0-9_-]{0,59}$",
        label="Name in addresses",
        help_text="Small letters, digits, - and _. It cannot be changed later.",
        error_messages={"invalid": "Small letters, digits, - and _ only, at most 60."},
        widget=UnfoldAdminTextInputWidget,
    )
    task_type = forms.ChoiceField(
        choices=lambda: TASK_TYPES.choices(lambda task: task.title), widget=UnfoldAdminSelectWidget
    )
    model = forms.ModelChoiceField(
        RegisteredModel.objects.none(),
        required=False,
        empty_label="No model yet",
        help_text="Models that have a version and serve no workflow. Its newest version answers.",
        widget=UnfoldAdminSelectWidget,
    )
    classes = forms.CharField(
        required=False,
        help_text="One per line, in the order in which reviewers see them. Empty: the model's.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
    )
    schema = SchemaField(
        required=False,
        label="Input schema",
        help_text="JSON Schema that every case's input must fit. Empty: the model's.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8, "spellcheck": "false"}),
    )
    level = forms.ChoiceField(
        choices=_levels, label="Automation level", widget=UnfoldAdminSelectWidget
    )
    reason = forms.CharField(
        max_length=2000, initial="created", widget=UnfoldAdminTextInputWidget, required=False
    )

    FIELDS: Mapping[str, str] = {
        "task_type": "task_type",
        "answer": "classes",
        "schema": "schema",
        "model": "model",
        "level": "level",
        "reason": "reason",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        free = RegisteredModel.objects.filter(workflow__isnull=True, versions__isnull=False)
        self.fields["model"].queryset = free.distinct().order_by("name")  # type: ignore[attr-defined]  # ModelChoiceField's

    def asked(self) -> dict[str, Any]:
        """The arguments of `workflows.create`, apart from who."""
        given = self.cleaned_data
        newest = given["model"] and given["model"].versions.order_by("-number").first()
        return {
            "slug": given["slug"],
            "title": given["title"],
            "task_type": given["task_type"],
            "schema": self._schema(newest),
            "answer": {"classes": given["classes"] or list(newest.classes)},
            "level": given["level"],
            "model": given["model"].name if given["model"] else "",
            "reason": given["reason"] or "created",
        }

    def _schema(self, newest: ModelVersion | None) -> Any:
        given = self.cleaned_data["schema"]
        return newest.schema if given is None and newest else given or {}

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if Workflow.objects.filter(slug=slug).exists():
            raise forms.ValidationError(f"The name {slug!r} is taken. Choose another one.")
        return slug

    def clean_classes(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["classes"].splitlines()]
        given = [line for line in lines if line]
        left_to_model = not given and ("model" in self.errors or self.cleaned_data["model"])
        if len(given) < 2 and not left_to_model:
            raise forms.ValidationError("Name at least two classes, one per line.")
        return given

    def clean_schema(self) -> Any:
        schema = self.cleaned_data["schema"]
        if schema is not None and not isinstance(schema, dict):
            raise forms.ValidationError('A JSON Schema is an object, such as {"type": "object"}.')
        return schema


class KeyForm(forms.Form):
    """A new key of a client system, or a person's own token. An owner's keys in use have names of
    their own, so that the form sent twice (a page reloaded) issues no second key."""

    client = forms.ModelChoiceField(
        Client.objects.order_by("name"),
        required=False,
        empty_label="No client: a person's token",
        help_text="The system that will send cases with it.",
        widget=UnfoldAdminSelectWidget,
    )
    user = forms.ModelChoiceField(
        User.objects.filter(is_active=True).order_by("username"),
        required=False,
        label="Person",
        empty_label="No person: a client's key",
        help_text="Instead of a client. Whoever holds the token may do what this person may.",
        widget=UnfoldAdminSelectWidget,
    )
    name = forms.CharField(
        max_length=100,
        help_text="What tells it from the owner's other keys, such as where it is kept.",
        widget=UnfoldAdminTextInputWidget,
    )
    workflows = forms.ModelMultipleChoiceField(
        Workflow.objects.all(),
        required=False,
        help_text="For a client: the only workflows that it may use. A person's token takes none.",
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    def clean(self) -> None:
        given = self.cleaned_data
        if {"client", "user", "workflows"} & set(self.errors):
            return
        if given["client"] and given["user"]:
            self.add_error("user", "A key belongs to a client or to a person, not to both.")
        elif given["client"] and not given["workflows"]:
            self.add_error("workflows", "Choose the workflows that the client may use.")
        elif given["user"] and given["workflows"]:
            self.add_error("workflows", "A person's token takes none: its rights are the person's.")
        elif not given["client"] and not given["user"]:
            self.add_error("client", "Choose a client or a person.")
        elif self._in_use():
            self.add_error(
                "name",
                "A key of this name is in use already. Choose another name, or revoke that key.",
            )

    def _in_use(self) -> bool:
        given = self.cleaned_data
        same = ApiKey.objects.filter(client=given["client"], user=given["user"], revoked=None)
        return same.filter(name=given.get("name", "")).exists()
