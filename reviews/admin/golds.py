"""Known answers in the panel: the list of a workflow, adding one, retiring one."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from hitl.admin.rights import person
from hitl.admin.wording import dial
from hitl.domain.policy import Policy
from hitl.domain.roles import Verb
from hitl.forms import blame
from hitl.forms.answers import AnswerField, Answers, ask
from hitl.forms.fields import SchemaField
from hitl.models import Workflow
from hitl.services import workflows
from hitl.services.revisions import policy_in_force
from models_registry.domain.errors import DomainError
from reviews.admin.pages import JudgingPage, brief, right, short, shortened
from reviews.models import Gold
from reviews.services import gold_making, golds

PAGE = 50  # known answers shown at once


class GoldForm(forms.Form):
    """A known answer. No answer is chosen at first: a wrong "right answer" would be held against
    people."""

    input = SchemaField(
        help_text="JSON, as a case of this workflow has it.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8, "spellcheck": "false"}),
    )
    answer = AnswerField(label="Right answer")
    note = forms.CharField(
        max_length=500,
        required=False,
        help_text="Why this is the right answer, or where it comes from. Reviewers never see it.",
        widget=UnfoldAdminTextInputWidget,
    )

    prediction = SchemaField(
        required=False,
        help_text="Only where clients bring the predictions: what their model says, as JSON with "
        "value and confidence. Without it, people can tell the known answer by its screen.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "spellcheck": "false"}),
    )

    FIELDS = {name: name for name in ("input", "answer", "note", "prediction")} | {
        "prediction/value": "prediction"
    }

    def __init__(self, workflow: Workflow, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask(cast(AnswerField, self.fields["answer"]), _answers(workflow), nothing="Choose one")


class CaseForm(forms.Form):
    """A decided case that becomes a known answer."""

    case = forms.UUIDField(
        label="Id of the case",
        help_text="A case that a person decided. It stays what it is: the known answer is a copy, "
        "and who has met the case is not asked again.",
        widget=UnfoldAdminTextInputWidget,
    )


@admin.register(Gold)
class GoldAdmin(JudgingPage):
    """The known answers of one workflow, with how often people got them right."""

    adds = Verb.OPERATE

    def get_urls(self) -> list[URLPattern]:
        own = [self.own("<uuid:gold_id>/retire/", "retire", self._retire)]
        return own + super().get_urls()  # type: ignore[no-any-return]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        workflow, links = self.chosen(request)
        context = {**self.frame(request, "Known answers"), "workflow": workflow, "links": links}
        if workflow is not None:
            context |= self._listed(workflow, _key(request.GET.get("after", "")))
        return TemplateResponse(request, "reviews/admin/golds.html", context)

    def _listed(self, workflow: Workflow, after: UUID | None) -> dict[str, Any]:
        found = golds.listing(workflow, after=after, limit=PAGE + 1)
        answers = _answers(workflow)
        policy, served = policy_in_force(workflow.pk), golds.in_service(workflow)
        rows = [
            {
                "gold": one.gold,
                "input": brief(one.input),
                "answer": short(answers.brief(one.gold.answer)),
                "figure": right(one.tally, "nobody was asked yet"),
            }
            for one in found[:PAGE]
        ]
        return {
            "rows": rows,
            "first": after is None,
            "older": found[PAGE - 1].gold.pk if len(found) > PAGE else None,
            "served": served,
            "use": _use(policy),
            "short": shortened(policy, served),
            "bare": gold_making.told_apart(workflow),
        }

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A new known answer, typed in or made of a decided case."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        workflow, _ = self.chosen(request)
        if workflow is None:
            raise Http404("There is no such workflow for you.")
        typed, copied = self._forms(request, workflow)
        made = self._made(request, workflow, typed, copied)
        if made is not None:
            messages.success(request, f"The known answer is served in {made.workflow} from now on.")
            return HttpResponseRedirect(self.page_of(made.workflow))
        context = {
            **self.frame(request, "Add a known answer"),
            "workflow": workflow,
            "typed": typed,
            "copied": copied,
            "back": self.page_of(workflow),
        }
        return TemplateResponse(request, "reviews/admin/gold_form.html", context)

    def _forms(self, request: HttpRequest, workflow: Workflow) -> tuple[GoldForm, CaseForm]:
        """Both forms; what was sent fills the one that it came from."""
        given = request.POST if request.method == "POST" else None
        from_case = given is not None and "case" in given
        return (
            GoldForm(workflow, None if from_case else given),
            CaseForm(given if from_case else None),
        )

    def _made(
        self, request: HttpRequest, workflow: Workflow, typed: GoldForm, copied: CaseForm
    ) -> Gold | None:
        """The new known answer; None after the refusal was put beside its field."""
        form: forms.Form = copied if copied.is_bound else typed
        if not form.is_valid():
            return None
        by = person(request)
        try:
            if copied.is_bound:
                gold = golds.from_case(golds.find_case(form.cleaned_data["case"], by), by=by)
            else:
                given = dict(form.cleaned_data)
                said = gold_making.brought(given.pop("prediction"))
                gold = golds.create(workflow, **given, prediction=said, by=by)
        except DomainError as error:
            fields = {"": "case"} if copied.is_bound else GoldForm.FIELDS
            blame(form, error, fields)
            return None
        self.log_addition(request, gold, "Added.")
        return gold

    def _retire(self, request: HttpRequest, gold_id: UUID) -> HttpResponse:
        """Asks, then ends the service: it cannot be taken back."""
        gold: Gold | None = self.get_object(request, str(gold_id))
        if gold is None:
            raise Http404("There is no such known answer for you.")
        page = self.page_of(gold.workflow)
        if request.method == "POST":
            with transaction.atomic():
                golds.retire(gold)
                self.log_change(request, gold, "Retired.")
            messages.success(request, "The known answer is retired: nobody is asked it any more.")
            return HttpResponseRedirect(page)
        context = {
            **self.frame(request, "Retire a known answer?"),
            "workflow": gold.workflow,
            "gold": gold,
            "input": brief(gold.case.payload.input),
            "answer": short(_answers(gold.workflow).brief(gold.answer)),
            "back": page,
            "people": reverse("admin:reviews_standing_changelist"),
        }
        return TemplateResponse(request, "reviews/admin/retire.html", context)


def _answers(workflow: Workflow) -> Answers:
    return Answers.of(workflow, workflows.in_force(workflow))


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _use(policy: Policy) -> list[str]:
    """What the policy does with known answers."""
    said = []
    if policy.onboarding:
        said.append(f"New reviewers are given {policy.onboarding} of them before any other case.")
    if policy.gold_share:
        said.append(f"{dial(policy.gold_share)} of claims serve one of them instead of a case.")
    if not said:
        return ["The policy serves none: its share of known answers and its onboarding test are 0."]
    if not policy.gold_bar:
        return [*said, "No bar is set: nobody is paused by them."]
    bar = dial(policy.gold_bar)
    said.append(f"Who is right on less than {bar} of at least {policy.gold_least} is paused.")
    return said
