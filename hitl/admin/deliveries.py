"""The log of webhook deliveries in the panel: to read, and to send again."""

from typing import ClassVar
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from hitl.admin.rights import Panel
from hitl.domain.deliveries import DeliveryState
from hitl.domain.roles import Verb
from hitl.models import Delivery
from hitl.services import deliveries
from models_registry.domain.errors import Conflict


@admin.register(Delivery)
class DeliveryAdmin(Panel):
    """Messages and their attempts. Nothing here is edited."""

    fields = ("id", "endpoint", "type", "case", "number", "at", "now", "log")
    readonly_fields = fields
    list_display = ("type", "endpoint", "case", "number", "now", "tries", "at")
    list_filter: ClassVar = ["state", "type", ("endpoint", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ("endpoint",)
    ordering = ("-pk",)
    actions = ("send_again",)
    show_full_result_count = False
    change_form_outer_after_template = "hitl/_delivery_again.html"

    def has_send_permission(self, request: HttpRequest) -> bool:
        return self.may(request, Verb.ADMINISTER)

    def get_urls(self) -> list[URLPattern]:
        again = self.admin_site.admin_view(require_POST(self._again))
        own = [path("<uuid:object_id>/again/", again, name="hitl_delivery_again")]
        return own + super().get_urls()  # type: ignore[no-any-return]

    def _again(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """The button of a delivery's own page."""
        if not self.has_send_permission(request):
            raise PermissionDenied
        rows = self.get_queryset(request).filter(pk=object_id)
        if not rows:
            raise Http404("There is no such delivery.")
        self.send_again(request, rows)
        return HttpResponseRedirect(reverse("admin:hitl_delivery_change", args=[object_id]))

    @admin.display(description="Decision")
    def number(self, row: Delivery) -> str:
        return str(row.n or "none: a test")

    @admin.display(description="State")
    def now(self, row: Delivery) -> str:
        if row.state != DeliveryState.PENDING:
            return row.state
        return f"pending, next attempt {row.next_at:%Y-%m-%d %H:%M:%S} UTC"

    @admin.display(description="Attempts")
    def log(self, row: Delivery) -> SafeString:
        found = deliveries.attempts(row)
        return render_to_string("hitl/_delivery_attempts.html", {"attempts": found})

    @admin.action(description="Send the selected again", permissions=["send"])
    def send_again(self, request: HttpRequest, rows: QuerySet[Delivery]) -> None:
        sent = 0
        for row in rows:
            try:
                deliveries.replay(row)
            except Conflict as error:
                messages.error(request, f"{row}: {error.detail}")
            else:
                self.log_change(request, row, "Sent again.")
                sent += 1
        if sent:
            said = "1 is on its way" if sent == 1 else f"{sent:,} are on their way"
            later = "What came later about the same case goes too."
            messages.success(request, f"{said} again, under the same id{'s'[: sent > 1]}. {later}")
