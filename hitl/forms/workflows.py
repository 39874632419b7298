"""A new workflow, as somebody describes it on the panel."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from django import forms
from django.forms.boundfield import BoundField
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from hitl.domain.levels import LEVELS
from hitl.forms.fields import SchemaField
from hitl.forms.reasons import in_words
from hitl.models import Workflow
from models_registry.domain.errors import Invalid
from models_registry.domain.task_types import TASK_TYPES
from models_registry.models import ModelVersion, RegisteredModel


def _levels() -> list[tuple[str, str]]:
    return [(level.name, f"{level.step} · {level.title}") for level in LEVELS.entries()]


def by_classes() -> list[str]:
    """The task types whose answers are classes, which are named one per line."""
    return [name for name in TASK_TYPES if "classes" in TASK_TYPES[name].example]


def example_of(task_type: str) -> str:
    """An answer definition that works, as people write it."""
    return pretty(TASK_TYPES[task_type].example)


def pretty(definition: object) -> str:
    return msgspec.json.format(msgspec.json.encode(definition), indent=2).decode()


class DefinitionField(SchemaField):
    """An answer definition as JSON."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 12, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        return pretty(value) if isinstance(value, dict) else super().prepare_value(value)


class DefinitionForm(forms.Form):
    """What an answer of a workflow is, to be changed."""

    answer = DefinitionField(
        label="Answer definition",
        help_text="JSON. Cases that came in before keep the answers they were asked with.",
        error_messages={"required": "Say what an answer is."},
    )


class WorkflowForm(forms.Form):
    """A new workflow. What a chosen model knows (schema, classes) may be left to it. Answers are
    classes, or what the definition says, as the task type wants it."""

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
    none_of_these = forms.BooleanField(
        required=False,
        label="Offer “None of these”",
        help_text="One more answer, for what is none of the classes.",
        widget=UnfoldBooleanWidget,
    )
    definition = DefinitionField(
        required=False, label="Answer definition", help_text="JSON: what an answer looks like."
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
        "schema": "schema",
        "model": "model",
        "level": "level",
        "reason": "reason",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        free = RegisteredModel.objects.filter(workflow__isnull=True, versions__isnull=False)
        examples = {name: example_of(name) for name in TASK_TYPES if name not in by_classes()}
        self.fields["definition"].widget.attrs["data-examples"] = json.dumps(examples)
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
            "answer": self._answer(),
            "level": given["level"],
            "model": given["model"].name if given["model"] else "",
            "reason": given["reason"] or "created",
        }

    @property
    def answer_field(self) -> str:
        """Where the chosen task type's answers are described."""
        return "classes" if self.cleaned_data.get("task_type") in by_classes() else "definition"

    def pointers(self) -> dict[str, str]:
        """Which field a refusal is about, by its pointer."""
        return {**self.FIELDS, "answer": self.answer_field}

    def parts(self) -> Iterator[tuple[str, BoundField]]:
        """The fields, each with the task types that need it; '' for all of them."""
        classes = by_classes()
        others = [name for name in TASK_TYPES if name not in classes]
        needed = {"classes": classes, "none_of_these": classes, "definition": others}
        for field in self:
            yield " ".join(needed.get(field.name, ())), field

    def examples(self) -> list[tuple[str, str]]:
        """For task types that are defined in JSON: the title and a definition that works."""
        names = [name for name in TASK_TYPES if name not in by_classes()]
        return [(TASK_TYPES[name].title, example_of(name)) for name in names]

    def _answer(self) -> Any:
        given = self.cleaned_data
        if self.answer_field == "definition":
            return given["definition"]
        model = given["model"]
        newest = model and model.versions.order_by("-number").first()
        none = {"none_of_these": True} if given["none_of_these"] else {}
        return {"classes": given["classes"] or list(newest.classes), **none}

    def clean(self) -> None:
        """The definition is checked by its task type, and refused in words beside it."""
        given, where = self.cleaned_data, self.answer_field
        if "task_type" not in given or {"model", where} & set(self.errors):
            return
        if where == "definition" and given["definition"] is None:
            example = msgspec.json.encode(TASK_TYPES[given["task_type"]].example).decode()
            self.add_error(where, f"Say what an answer is, such as {example}.")
            return
        try:
            TASK_TYPES[given["task_type"]].check(self._answer())
        except Invalid as error:
            for said in in_words(error, "/answer"):
                self.add_error(where, said)

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
        if self.cleaned_data.get("task_type") not in by_classes():
            return given
        left_to_model = not given and ("model" in self.errors or self.cleaned_data["model"])
        if len(given) < 2 and not left_to_model:
            raise forms.ValidationError("Name at least two classes, one per line.")
        return given

    def clean_schema(self) -> Any:
        schema = self.cleaned_data["schema"]
        if schema is not None and not isinstance(schema, dict):
            raise forms.ValidationError('A JSON Schema is an object, such as {"type": "object"}.')
        return schema
