"""What the pages about judging share: one workflow at a time, of those that a person operates."""

import json
from collections.abc import Callable
from typing import Any, TypeGuard
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from hitl.admin.rights import Panel
from hitl.admin.wording import Figure, percent
from hitl.domain.policy import Policy
from hitl.domain.roles import Verb
from hitl.models import Workflow
from hitl.services import access
from reviews.domain.standing import Tally

MOST = 80  # characters of an input in a list


class JudgingPage(Panel):
    """A list that is a page of its own: Django's own list and forms are not shown."""

    sees = Verb.OPERATE
    actions = None

    def workflow_of(self, row: Model) -> UUID | None:
        found: UUID = row.workflow_id  # type: ignore[attr-defined]  # both models have one
        return found

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        mine = access.workflows_for(request.user, self.sees)
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(workflow__in=mine).select_related("workflow")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Rows have no page of their own: they stand on their workflow's."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404("There is no such thing for you.")
        return HttpResponseRedirect(self.page_of(row.workflow))

    def page_of(self, workflow: Workflow) -> str:
        name = reverse(f"admin:reviews_{self.opts.model_name}_changelist")
        return f"{name}?workflow={workflow.slug}"

    def own(self, address: str, name: str, view: Callable[..., HttpResponse]) -> URLPattern:
        """An address below this page's, for those who may see the page."""

        def handle(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if not self.has_view_permission(request):
                raise PermissionDenied
            return view(request, **kwargs)

        wrapped: Callable[..., HttpResponse] = self.admin_site.admin_view(handle)
        return path(address, wrapped, name=f"reviews_{self.opts.model_name}_{name}")

    def frame(self, request: HttpRequest, title: str) -> dict[str, Any]:
        """What unfold's frame around every page needs."""
        context = self.admin_site.each_context(request)
        return {**context, "opts": self.opts, "media": self.media, "title": title}

    def chosen(self, request: HttpRequest) -> tuple[Workflow | None, list[dict[str, Any]]]:
        """The workflow in the address, the first one without; and all there are to choose."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        mine = list(access.workflows_for(request.user, self.sees))
        slug = request.GET.get("workflow", "")
        found = next((one for one in mine if slug in {"", one.slug}), None)
        if found is None and slug:
            raise Http404("There is no such workflow for you.")
        links = [{"row": one, "address": self.page_of(one), "here": one == found} for one in mine]
        return found, links


def right(tally: Tally, none: str) -> Figure:
    """How many known answers were right; `none` says what stands where none was given."""
    if tally.accuracy is None or tally.interval is None:
        return Figure("", none, known=False)
    low, high = tally.interval
    note = f"{tally.right} of {tally.given} right, {low * 100:.1f}–{high * 100:.1f} %"
    return Figure("", percent(tally.accuracy), note)


def brief(value: object) -> str:
    """An input in a cell: its first image by its size, else its first text, else all of it."""
    fields = list(value.values()) if isinstance(value, dict) else [value]
    for one in fields:
        if _is_image(one):
            return f"image, {len(one[0])} × {len(one)}"
    text = next((one for one in fields if isinstance(one, str) and one.strip()), None)
    return short(value if text is None else " ".join(text.split()), MOST)


def _is_image(value: object) -> TypeGuard[list[list[float]]]:
    """Rows of numbers, all of one length."""
    rows = value if isinstance(value, list) else []
    if not rows or not all(isinstance(row, list) and row for row in rows):
        return False
    numbers = all(isinstance(one, int | float) for row in rows for one in row)
    return numbers and len({len(row) for row in rows}) == 1


def short(value: object, most: int = 160) -> str:
    """A value in a cell: text as it is, else JSON, not more than two lines of it."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def shortened(policy: Policy, served: int) -> str:
    """What becomes of an onboarding test that asks for more than is served; '' where it fits."""
    if policy.onboarding <= served:
        return ""
    asks = f"The onboarding test asks for {policy.onboarding} known answers, but"
    if not served:
        return f"{asks} none is served: there is no test."
    are = "is" if served == 1 else "are"
    return f"{asks} only {served} {are} served: that is how long it is."
