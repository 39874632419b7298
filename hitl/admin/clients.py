"""Client systems and their keys, for those who administer."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from hitl.admin.rights import Panel
from hitl.domain.roles import Verb
from hitl.forms import ClientForm, KeyForm
from hitl.models import ApiKey, Client
from hitl.services import clients


@admin.register(Client)
class ClientAdmin(Panel):
    """A system that sends cases."""

    adds = changes = Verb.ADMINISTER
    form = ClientForm
    fields = ("name",)
    list_display = ("name", "keys_in_use", "created")
    search_fields = ("name",)
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Client]:
        used = Count("keys", filter=Q(keys__revoked__isnull=True))
        return clients.listed().annotate(used=used)

    @admin.display(description="Keys in use")
    def keys_in_use(self, row: Any) -> int:
        return int(row.used)


@admin.register(ApiKey)
class ApiKeyAdmin(Panel):
    """Keys: issued once, shown once, revoked; the digest stays out of sight."""

    adds = Verb.ADMINISTER
    fields = ("name", "owner", "prefix", "where", "created", "state")
    readonly_fields = fields
    list_display = ("name", "owner", "shown_prefix", "where", "created", "state")
    list_filter = (("revoked", admin.EmptyFieldListFilter),)
    search_fields = ("name", "prefix", "client__name", "user__username")
    actions = ("revoke",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        rows: QuerySet[ApiKey] = super().get_queryset(request)
        return rows.select_related("client", "user").prefetch_related("workflows")

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return self.may(request, Verb.ADMINISTER)

    @admin.display(description="Begins with")
    def shown_prefix(self, row: ApiKey) -> str:
        return f"{row.prefix}…"

    @admin.display(description="Belongs to")
    def owner(self, row: ApiKey) -> str:
        return f"client {row.client}" if row.client else f"person {row.user}"

    @admin.display(description="Workflows")
    def where(self, row: ApiKey) -> str:
        if row.client is None:
            return "what the person may"
        return ", ".join(workflow.slug for workflow in row.workflows.all()) or "none"

    @admin.display(description="State")
    def state(self, row: ApiKey) -> str:
        return f"revoked {row.revoked:%Y-%m-%d %H:%M} UTC" if row.revoked else "in use"

    @admin.action(description="Revoke the selected keys", permissions=["revoke"])
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        found = [key for key in keys if key.revoked is None]
        for key in found:
            with transaction.atomic():
                clients.revoke(key)
                self.log_change(request, key, "Revoked.")
        names = ", ".join(str(key) for key in found) or "nothing: they were revoked before"
        messages.success(request, f"Revoked {names}.")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Issues a key. Its secret is in this one answer and nowhere else, so that no session, log
        or message store keeps it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = KeyForm(request.POST or None)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "form": form,
            "title": "Issue a key",
            "keys": reverse("admin:hitl_apikey_changelist"),
        }
        if request.method == "POST" and form.is_valid():
            with transaction.atomic():
                row, secret = clients.issue_key(**form.cleaned_data)
                owner, where = self.owner(row), self.where(row)
                self.log_addition(request, row, f"Issued for {owner}; workflows: {where}.")
            context |= {"title": f"Key {row.name}", "owner": owner, "secret": secret}
        return TemplateResponse(request, "hitl/key.html", context)
