"""A new workflow, as somebody describes it on the panel."""

from collections.abc import Mapping
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from hitl.domain.levels import LEVELS
from hitl.forms.fields import SchemaField
from hitl.models import Workflow
from models_registry.domain.task_types import TASK_TYPES
from models_registry.models import ModelVersion, RegisteredModel


def _levels() -> list[tuple[str, str]]:
    return [(level.name, f"{level.step} · {level.title}") for level in LEVELS.entries()]


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
