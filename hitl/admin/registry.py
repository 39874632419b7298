"""The models registry in the panel, to read: registering is done by command and over REST."""

from typing import Any
from uuid import UUID

import msgspec
from django.contrib import admin
from django.db.models import Count, Max, Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from hitl.admin.rights import Panel
from hitl.domain.roles import Verb
from hitl.models import Workflow
from hitl.services import access
from models_registry.models import ModelVersion, RegisteredModel

PRE = '<pre class="cr-pre">{}</pre>'


def _mine(panel: Panel, request: HttpRequest, path: str) -> Q:
    """Models of workflows that this person sees; those of none for who may register models."""
    mine = Q(**{f"{path}workflow__in": access.workflows_for(request.user, panel.sees)})
    if access.may_anywhere(request.user, Verb.REGISTER):
        mine |= Q(**{f"{path}workflow__isnull": True})
    return mine


def _workflow_of(model: RegisteredModel) -> Workflow | None:
    found: Workflow | None = getattr(model, "workflow", None)
    return found


@admin.register(RegisteredModel)
class RegisteredModelAdmin(Panel):
    """A model by name."""

    sees = Verb.SEE_CASES
    fields = ("name", "runtime", "serves", "all_versions", "created")
    readonly_fields = fields
    list_display = ("name", "runtime", "versions", "newest", "serves")
    search_fields = ("name",)
    actions = None

    def workflow_of(self, row: Model) -> UUID | None:
        workflow = _workflow_of(row) if isinstance(row, RegisteredModel) else None
        return workflow.pk if workflow else None

    def get_queryset(self, request: HttpRequest) -> QuerySet[RegisteredModel]:
        rows: QuerySet[RegisteredModel] = super().get_queryset(request)
        return (
            rows.filter(_mine(self, request, ""))
            .select_related("workflow")
            .annotate(count=Count("versions"), last=Max("versions__number"))
        )

    @admin.display(description="Versions")
    def versions(self, row: Any) -> int:
        return int(row.count)

    @admin.display(description="Newest")
    def newest(self, row: Any) -> str:
        return f"v{row.last}" if row.last else "none"

    @admin.display(description="Serves")
    def serves(self, row: RegisteredModel) -> str:
        return str(_workflow_of(row) or "no workflow")

    @admin.display(description="Versions")
    def all_versions(self, row: RegisteredModel) -> SafeString:
        links = (
            (reverse("admin:models_registry_modelversion_change", args=[version.pk]), version)
            for version in row.versions.select_related("model")
        )
        return format_html_join(", ", '<a class="text-link underline" href="{}">{}</a>', links)


@admin.register(ModelVersion)
class ModelVersionAdmin(Panel):
    """One version with what was said of it when it was registered."""

    sees = Verb.SEE_CASES
    fields = ("name", "runtime", "known_classes", "figures", "text", "input_schema", "file")
    readonly_fields = (*fields, "created")
    list_display = ("name", "runtime", "known_classes", "created")
    list_filter = ("runtime",)
    list_select_related = ("model__workflow",)
    search_fields = ("model__name",)
    actions = None

    def workflow_of(self, row: Model) -> UUID | None:
        workflow = _workflow_of(row.model) if isinstance(row, ModelVersion) else None
        return workflow.pk if workflow else None

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelVersion]:
        rows: QuerySet[ModelVersion] = super().get_queryset(request)
        found = rows.filter(_mine(self, request, "model__"))
        return found.select_related("model__workflow", "artifact", "by")

    @admin.display(description="Version", ordering="model__name")
    def name(self, row: ModelVersion) -> str:
        return str(row)

    @admin.display(description="Classes")
    def known_classes(self, row: ModelVersion) -> str:
        return ", ".join(row.classes)

    @admin.display(description="Metrics")
    def figures(self, row: ModelVersion) -> SafeString | str:
        rows = ((name, _number(value)) for name, value in row.metrics.items())
        said = format_html_join("", "<dt>{}</dt><dd>{}</dd>", rows)
        return format_html('<dl class="cr-pairs">{}</dl>', said) if said else "none given"

    @admin.display(description="Model card")
    def text(self, row: ModelVersion) -> SafeString | str:
        return format_html(PRE, row.card) if row.card else "none given"

    @admin.display(description="Input schema")
    def input_schema(self, row: ModelVersion) -> SafeString:
        shown = msgspec.json.format(msgspec.json.encode(row.schema), indent=2)
        return format_html(PRE, shown.decode())

    @admin.display(description="File")
    def file(self, row: ModelVersion) -> str:
        if row.artifact is None:
            return "none: the client's own model answers"
        by = f", registered by {row.by}" if row.by else ""
        return f"SHA-256 {row.artifact_id}, {row.artifact.size:,} bytes, {row.created:%Y-%m-%d}{by}"


def _number(value: object) -> str:
    """A metric as text: four digits tell what there is to tell."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
