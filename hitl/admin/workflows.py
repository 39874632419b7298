"""Workflows in the panel: the list, the form for a new one, and the addresses of control rooms."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, Model, Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import conditional_page

from hitl.admin import (
    bulk,
    changes,
    chart,
    control_room,
    definition,
    earning,
    guidelines,
    raising,
    rolling,
    saved,
    simulator,
    steps,
)
from hitl.admin.control_room import number
from hitl.admin.rights import Panel, person
from hitl.domain.levels import LEVELS
from hitl.domain.roles import Verb
from hitl.forms import WorkflowForm, blame
from hitl.models import Revision, Workflow
from hitl.services import access, monitoring, workflows
from hitl.services.monitoring import MOST_SHOWN
from models_registry.domain.errors import Conflict, DomainError

View = Callable[[HttpRequest, Workflow], HttpResponse]


@admin.register(Workflow)
class WorkflowAdmin(Panel):
    """A workflow's change page is its control room; nothing is edited by Django's own form."""

    sees = Verb.SEE_CASES
    adds = Verb.CONFIGURE
    changes = Verb.OPERATE
    list_display = ("title", "slug", "level", "automation", "waiting", "champion")
    search_fields = ("title", "slug")
    actions = None

    class Media:
        css: ClassVar = {"all": ["hitl/control-room.css"]}

    def workflow_of(self, row: Model) -> UUID | None:
        return row.pk  # type: ignore[no-any-return]  # rows of this page are workflows

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workflow]:
        current = Revision.objects.filter(no=F("workflow__revision_no"))
        return access.workflows_for(request.user, self.sees).prefetch_related(
            Prefetch("revisions", current.select_related("champion__model"), to_attr="current")
        )

    @admin.display(description="Level")
    def level(self, row: Any) -> SafeString:
        return render_to_string("hitl/_level.html", {"level": LEVELS[row.current[0].level]})

    @admin.display(description="Automation")
    def automation(self, row: Any) -> SafeString | str:
        return render_to_string("hitl/_running.html", {"stopped": row.current[0].stopped})

    @admin.display(description="Waiting")
    def waiting(self, row: Workflow) -> str:
        waiting = monitoring.waiting(monitoring.all_pools(row))
        return f"{waiting:,}{' or more' if waiting >= MOST_SHOWN else ''}"

    @admin.display(description="Champion")
    def champion(self, row: Any) -> str:
        return str(row.current[0].champion or "no model")

    def get_urls(self) -> list[URLPattern]:
        own = [
            self._at("counts", conditional_page(self._view(_counts))),
            self._at("chart", self._view(_chart)),
            self._at("level", self._view(self._changing(raising.level), Verb.OPERATE)),
            self._at("promote", self._view(self._changing(raising.promote), Verb.OPERATE)),
            self._at("proposal", self._view(self._paged(raising.proposal), Verb.OPERATE)),
            self._at("stop", self._view(self._changing(changes.stop), Verb.OPERATE)),
            self._at("policy", self._view(self._changing(changes.policy), Verb.OPERATE)),
            self._at("evidence", self._view(self._paged(earning.show))),
            self._at("target", self._view(self._changing(earning.target), Verb.OPERATE)),
            self._at("whatif", self._view(self._paged(simulator.what_if))),
            self._at("rollouts", self._view(self._paged(rolling.show))),
            self._at("rollout", self._view(self._changing(rolling.start), Verb.OPERATE)),
            self._at("roll", self._view(self._changing(rolling.act), Verb.OPERATE)),
            self._at("hold", self._view(rolling.hold, Verb.OPERATE)),
            self._at("answer", self._view(self._changing(definition.change), Verb.OPERATE)),
            self._at("bulk", self._view(self._paged(bulk.decide), Verb.OPERATE)),
            self._at("filters", self._view(saved.keep, Verb.OPERATE)),
            self._at("guidelines", self._view(self._paged(guidelines.write))),
            self._at("guideline", self._view(self._paged(guidelines.version))),
            self._at("decided", self._view(self._paged(bulk.decided), Verb.OPERATE)),
        ]
        return own + super().get_urls()  # type: ignore[no-any-return]

    def _at(self, name: str, view: Callable[..., HttpResponse]) -> URLPattern:
        wrapped: Callable[..., HttpResponse] = self.admin_site.admin_view(view)
        return path(f"<uuid:object_id>/{name}/", wrapped, name=f"hitl_workflow_{name}")

    def _view(self, view: View, verb: Verb = Verb.SEE_CASES) -> Callable[..., HttpResponse]:
        """A view of one workflow: unknown to those who may not see it, refused to those who may
        see it and not do this."""

        def handle(request: HttpRequest, object_id: UUID) -> HttpResponse:
            workflow = self._one(request, object_id)
            if not access.may(request.user, verb, workflow.pk):
                raise PermissionDenied
            return view(request, workflow)

        return handle

    def _one(self, request: HttpRequest, object_id: object) -> Workflow:
        if not self.has_view_permission(request):
            raise PermissionDenied
        workflow: Workflow | None = self.get_object(request, str(object_id))
        if workflow is None:
            raise Http404("There is no such workflow for you.")
        return workflow

    def _page(self, request: HttpRequest, workflow: Workflow | None) -> dict[str, Any]:
        """What unfold's frame around every page needs."""
        context = self.admin_site.each_context(request)
        return {
            **context,
            "opts": self.opts,
            "original": workflow,
            "workflow": workflow,
            "media": self.media,
        }

    def _paged(self, view: Callable[..., HttpResponse]) -> View:
        return lambda request, workflow: view(request, workflow, self._page(request, workflow))

    def _changing(self, view: Callable[..., HttpResponse]) -> View:
        def handle(request: HttpRequest, workflow: Workflow) -> HttpResponse:
            page = self._page(request, workflow)
            try:
                return view(request, workflow, page)
            except Conflict:  # somebody was first: the same page, from what is in force now
                return view(request, workflow, page)

        return handle

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The control room. It takes no POST: changes have addresses of their own."""
        workflow = self._one(request, object_id)
        if request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        now = datetime.now(UTC)
        room = control_room.room(workflow, now, number(request.GET.get("before", "")))
        context = {
            **self._page(request, workflow),
            **room,
            **steps.card(workflow, person(request)),
            "windows": chart.WINDOWS,
            "window": chart.first_window(workflow, now),
            "title": workflow.title,
            "may_operate": access.may(request.user, Verb.OPERATE, workflow.pk),
            "may_administer": access.may(request.user, Verb.ADMINISTER),
        }
        return TemplateResponse(request, "hitl/control_room.html", context)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = WorkflowForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            made = _create(request, form)
            if made is not None:
                messages.success(request, f"{made} is there, with revision 1.")
                seen = access.may(request.user, self.sees, made.pk)
                page = "change" if seen else "changelist"
                arguments = [made.pk] if seen else []
                return HttpResponseRedirect(reverse(f"admin:hitl_workflow_{page}", args=arguments))
        context = {**self._page(request, None), "title": "Add a workflow", "form": form}
        return TemplateResponse(request, "hitl/workflow_form.html", context)


def _create(request: HttpRequest, form: WorkflowForm) -> Workflow | None:
    """The new workflow; None after the refusal was put beside its field."""
    try:
        return workflows.create(**form.asked(), by=person(request))
    except Conflict as error:
        form.full_clean()  # somebody was first: now the form says what is taken
        if form.is_valid():
            form.add_error(None, error.detail)
    except DomainError as error:
        blame(form, error, form.pointers())
    return None


def _counts(request: HttpRequest, workflow: Workflow) -> HttpResponse:
    """The fragment with the live counts; `seen` is the revision on the page that asks."""
    seen = number(request.GET.get("seen", "")) or workflow.revision_no
    live = control_room.live(workflow, datetime.now(UTC), seen)
    return render(request, "hitl/_counts.html", live)


def _chart(request: HttpRequest, workflow: Workflow) -> HttpResponse:
    return chart.answer(request, workflow, datetime.now(UTC))
