"""Webhook endpoints in the panel, for those who administer."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from hitl.admin.rights import Panel
from hitl.domain.deliveries import SUBSCRIBABLE, EndpointState
from hitl.domain.roles import Verb
from hitl.forms import blame
from hitl.models import Endpoint
from hitl.services import clients, deliveries
from models_registry.domain.errors import DomainError

FIELDS = {"url": "url", "types": "types", "client": "client"}
MEANS = {
    "case.decided": "case.decided: a case's first decision",
    "case.superseded": "case.superseded: a later one that replaces it",
}


class EndpointForm(forms.Form):
    """Where messages go, and which."""

    client = forms.ModelChoiceField(
        clients.listed().order_by("name"),
        help_text="The system whose cases it hears of.",
        widget=UnfoldAdminSelectWidget,
    )
    url = forms.CharField(
        max_length=2000,
        label="Address",
        help_text="http:// or https://. Private addresses are refused.",
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "url", "spellcheck": "false"}),
    )
    types = forms.MultipleChoiceField(
        choices=[(kind.value, MEANS[kind.value]) for kind in SUBSCRIBABLE],
        initial=[kind.value for kind in SUBSCRIBABLE],
        label="Messages",
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    description = forms.CharField(max_length=200, required=False, widget=UnfoldAdminTextInputWidget)


def told(row: Endpoint) -> str:
    """An endpoint's state in words."""
    if row.state != EndpointState.ENABLED:
        return f"disabled: {row.disabled_reason}"
    if row.paused_until and row.paused_until > datetime.now(UTC):
        return f"paused until {row.paused_until:%Y-%m-%d %H:%M} UTC"
    return "failing" if row.failing_since else "enabled"


def last_day(row: Any) -> str:
    """What an endpoint took of what was owed to it, for a row of `with_last_day`."""
    if not row.owed:
        return "nothing was owed"
    return f"{row.took:,} of {row.owed:,} ({row.took / row.owed * 100:.1f} %)"


@admin.register(Endpoint)
class EndpointAdmin(Panel):
    """Where client systems want to hear of their cases."""

    adds = changes = Verb.ADMINISTER
    list_display = ("url", "client", "messages_wanted", "now", "failing", "day")
    list_filter = (("client", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("client",)
    search_fields = ("url", "description", "client__name")
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Endpoint]:
        return deliveries.with_last_day(deliveries.endpoints(), datetime.now(UTC))

    @admin.display(description="Messages")
    def messages_wanted(self, row: Endpoint) -> str:
        return row.types.replace(",", ", ")

    @admin.display(description="State")
    def now(self, row: Endpoint) -> str:
        return told(row)

    @admin.display(description="Failing since")
    def failing(self, row: Endpoint) -> str:
        return f"{row.failing_since:%Y-%m-%d %H:%M} UTC" if row.failing_since else "not failing"

    @admin.display(description="Delivered, last day")
    def day(self, row: Endpoint) -> str:
        return last_day(row)

    def get_urls(self) -> list[URLPattern]:
        edit = self.admin_site.admin_view(self._edit)
        own = [path("<uuid:object_id>/edit/", edit, name="hitl_endpoint_edit")]
        return own + super().get_urls()  # type: ignore[no-any-return]

    def _one(self, request: HttpRequest, object_id: object) -> Endpoint:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found: Endpoint | None = self.get_object(request, str(object_id))
        if found is None:
            raise Http404("There is no such endpoint.")
        return found

    def _page(self, request: HttpRequest, title: str, row: Endpoint | None) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "endpoint": row,
            "media": self.media,
            "title": title,
            "endpoints": reverse("admin:hitl_endpoint_changelist"),
        }

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Makes an endpoint. Its secret is in this one answer and nowhere else in the panel."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = EndpointForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                row, secret = deliveries.create_endpoint(**form.cleaned_data)
            except DomainError as error:
                blame(form, error, FIELDS)
            else:
                self.log_addition(request, row, f"Registered for client {row.client}.")
                return self._secret(request, row, secret)
        page = self._page(request, "Add an endpoint", None)
        return TemplateResponse(request, "hitl/endpoint_form.html", page | {"form": form})

    def _edit(self, request: HttpRequest, object_id: object) -> HttpResponse:
        row = self._one(request, object_id)
        now = {"url": row.url, "types": row.types.split(","), "description": row.description}
        form = EndpointForm(request.POST or None, initial=now)
        del form.fields["client"]
        if request.method == "POST" and form.is_valid():
            try:
                deliveries.change_endpoint(row, **form.cleaned_data)
            except DomainError as error:
                blame(form, error, FIELDS)
            else:
                self.log_change(request, row, f"Changed: {', '.join(form.changed_data)}.")
                messages.success(request, "Changed.")
                return self._back(row)
        page = self._page(request, "Change an endpoint", row)
        return TemplateResponse(request, "hitl/endpoint_form.html", page | {"form": form})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The endpoint with its buttons; each button names an act."""
        row = self._one(request, object_id)
        if request.method == "POST":
            return self._act(request, row, request.POST.get("act", ""))
        log = f"{reverse('admin:hitl_delivery_changelist')}?endpoint__id__exact={row.pk}"
        page = self._page(request, str(row), row) | {"log": log, "now": told(row)}
        page |= {
            "day": last_day(row),
            "failing": self.failing(row),
            "types": self.messages_wanted(row),
        }
        return TemplateResponse(request, "hitl/endpoint.html", page)

    def _act(self, request: HttpRequest, row: Endpoint, name: str) -> HttpResponse:
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        if name == "rotate":
            secret = deliveries.rotate(row)
            self.log_change(request, row, "Secret rotated.")
            return self._secret(request, row, secret)
        act = ACTS.get(name)
        if act is None:
            raise PermissionDenied
        try:
            said = act(row)
        except DomainError as error:
            messages.error(request, error.detail)
            return self._back(row)
        self.log_change(request, row, said)
        messages.success(request, said)
        if name == "delete":
            return HttpResponseRedirect(reverse("admin:hitl_endpoint_changelist"))
        return self._back(row)

    def _secret(self, request: HttpRequest, row: Endpoint, secret: str) -> HttpResponse:
        page = self._page(request, "Secret of the endpoint", row)
        return TemplateResponse(request, "hitl/endpoint_secret.html", page | {"secret": secret})

    def _back(self, row: Endpoint) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:hitl_endpoint_change", args=[row.pk]))


def _test(row: Endpoint) -> str:
    deliveries.test(row)
    return "A test message is on its way; what became of it is in the log."


def _enable(row: Endpoint) -> str:
    deliveries.enable(row)
    return "Enabled."


def _disable(row: Endpoint) -> str:
    deliveries.disable(row)
    return "Disabled. What was pending counts as failed, and can be sent after enabling."


def _replay(row: Endpoint) -> str:
    count = deliveries.replay_failed(row)
    return f"{count:,} failed {'delivery is' if count == 1 else 'deliveries are'} sent again."


def _delete(row: Endpoint) -> str:
    deliveries.delete(row)
    return "Deleted. Its log stays."


ACTS: dict[str, Callable[[Endpoint], str]] = {
    "test": _test,
    "enable": _enable,
    "disable": _disable,
    "replay": _replay,
    "delete": _delete,
}
