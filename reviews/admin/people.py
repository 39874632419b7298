"""The people of a workflow in the panel: their work, where they stand, how far they agree."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from unfold.widgets import UnfoldAdminTextInputWidget

from hitl.admin.rights import person
from hitl.admin.wording import Figure, interval, percent, spell
from hitl.admin.wording import number as spelled
from hitl.domain.roles import Verb
from hitl.forms import blame
from hitl.models import Workflow
from hitl.services import access
from hitl.services.revisions import policy_in_force
from models_registry.domain.errors import DomainError
from reviews.admin import numbers
from reviews.admin.pages import JudgingPage, right, short, shortened
from reviews.domain.agreement import LEAST, Estimate
from reviews.domain.consensus import Verdict
from reviews.domain.standing import StandingState
from reviews.models import Standing
from reviews.services import agreeing, biasing, golds, measuring, people, queue, standing
from reviews.services.agreeing import Compared
from reviews.services.measuring import SPANS
from reviews.services.people import Load

SAID = {
    StandingState.ONBOARDING: "onboarding test",
    StandingState.ACTIVE: "judges",
    StandingState.PAUSED: "paused",
}


class LiftForm(forms.Form):
    """Why somebody may judge again."""

    reason = forms.CharField(
        max_length=2000,
        label="Reason",
        error_messages={"required": "Say why, for those who look at it later."},
        help_text="Stands beside the person's name, with yours.",
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True, "autocomplete": "off"}),
    )


@admin.register(Standing)
class StandingAdmin(JudgingPage):
    """Who judges in one workflow."""

    def get_urls(self) -> list[URLPattern]:
        own = [self.own("<uuid:workflow_id>/<int:user_id>/lift/", "lift", self._lift)]
        return own + super().get_urls()  # type: ignore[no-any-return]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        workflow, links = self.chosen(request)
        context = {**self.frame(request, "People"), "workflow": workflow, "links": links}
        if workflow is not None:
            now = datetime.now(UTC)
            policy = policy_in_force(workflow.pk)
            days = self._days(request)
            span = timedelta(days=days)
            compared = agreeing.agreement(workflow, since=now - span, until=now)
            team = measuring.team(workflow, now, days)
            context |= {
                "people": [_person(workflow, one, now) for one in people.load(workflow, now)],
                "compared": compared,
                "agreement": _agreement(compared),
                "spans": SPANS,
                "days": days,
                "team": team,
                "numbers": numbers.table(team),
                "bias": numbers.bias(biasing.bias(workflow, now, days)),
                "queue": numbers.queue(queue.look(workflow, now)),
                "policy": policy,
                "short": shortened(policy, golds.in_service(workflow)),
                "golds": f"{reverse('admin:reviews_gold_changelist')}?workflow={workflow.slug}",
            }
        return TemplateResponse(request, "reviews/admin/people.html", context)

    def _days(self, request: HttpRequest) -> int:
        """The span that was asked for, 30 days where it is none of those there are."""
        asked = request.GET.get("days", "")
        return int(asked) if asked in map(str, SPANS) else 30

    def _lift(self, request: HttpRequest, workflow_id: UUID, user_id: int) -> HttpResponse:
        """Asks why, then lets the person judge."""
        mine = access.workflows_for(request.user, Verb.OPERATE)
        workflow = mine.filter(pk=workflow_id).first()
        reviewer = User.objects.filter(pk=user_id).first()
        if workflow is None or reviewer is None:
            raise Http404("There is no such person for you.")
        form = LiftForm(request.POST if request.method == "POST" else None)
        if form.is_valid() and self._lifted(request, workflow, reviewer, form):
            messages.success(request, f"{reviewer.get_username()} judges {workflow} again.")
            return HttpResponseRedirect(self.page_of(workflow))
        stands = standing.positions(workflow.pk, policy_in_force(workflow.pk), [user_id])
        context = {
            **self.frame(request, f"Let {reviewer.get_username()} judge?"),
            "workflow": workflow,
            "reviewer": reviewer,
            "position": stands[user_id],
            "figure": right(stands[user_id].tally, "none given yet"),
            "form": form,
            "back": self.page_of(workflow),
        }
        return TemplateResponse(request, "reviews/admin/lift.html", context)

    def _lifted(
        self, request: HttpRequest, workflow: Workflow, reviewer: User, form: LiftForm
    ) -> bool:
        """Whether it was done; a refusal is put on the form."""
        reason = form.cleaned_data["reason"]
        try:
            with transaction.atomic():
                row = standing.lift(workflow, reviewer, by=person(request), reason=reason)
                self.log_change(request, row, f"Lifted: {reason}")
        except DomainError as error:
            blame(form, error, {"reason": "reason"})
            return False
        return True


def _person(workflow: Workflow, one: Load, now: datetime) -> dict[str, Any]:
    """One line of the table; `lift` is an address where there is something to lift."""
    position = one.position
    since = f"the oldest for {spell(now - one.held_since)}" if one.held_since else ""
    held_back = position.state != StandingState.ACTIVE
    address = reverse("admin:reviews_standing_lift", args=[workflow.pk, one.user.pk])
    return {
        "name": one.user.get_full_name() or one.user.get_username(),
        "username": one.user.get_username(),
        "held": Figure("", f"{one.held:,}", since),
        "answered": one.answered,
        "skipped": one.skipped,
        "known": right(position.tally, "none given yet"),
        "state": SAID[position.state],
        "note": position.reason or (f"lifted by {position.lifted}" if position.lifted else ""),
        "held_back": held_back,
        "lift": address if held_back else "",
    }


def _share(one: Estimate) -> Figure:
    if one.value is None or one.low is None or one.high is None:
        return _missing(one)
    note = f"{one.low * 100:.1f}–{one.high * 100:.1f} %, n {one.n:,}"
    return Figure("", percent(one.value), note)


def _coefficient(one: Estimate) -> Figure:
    if one.value is None:
        return _missing(one)
    if one.low is None or one.high is None:
        note = f"{one.note}; n {one.n:,}" if one.note else f"n {one.n:,}"
        return Figure("", spelled(one.value), note)
    return Figure("", spelled(one.value), f"{interval(one.low, one.high)}, n {one.n:,}")


def _missing(one: Estimate) -> Figure:
    """Why there is no number."""
    value = "not enough data" if one.n < LEAST else "undefined"
    return Figure("", value, f"{one.note.removeprefix(f'{value}: ')}; n {one.n:,}", known=False)


def _agreement(found: Compared) -> dict[str, Any]:
    """The tables of agreement."""
    return {
        "percent": _share(found.percent),
        "alpha": _coefficient(found.alpha),
        "fleiss": _coefficient(found.fleiss),
        "scales": [(title, _coefficient(one)) for title, one in found.scales.items()],
        "measures": [
            (name.replace("_", " "), _coefficient(one)) for name, one in found.measures.items()
        ],
        "parts": [(name, _share(one)) for name, one in found.parts.items()],
        "weeks": [
            (week.start, _share(week.percent), _coefficient(week.alpha)) for week in found.weeks
        ],
        "labels": [
            (
                "bad input" if one.verdict == Verdict.BAD_INPUT else short(one.label),
                _share(one.estimate),
            )
            for one in found.labels
        ],
        "people": [(user.get_username(), _share(estimate)) for user, estimate in found.people],
        "pairs": [
            (
                " and ".join(user.get_username() for user in pair.users),
                _share(pair.percent),
                _coefficient(pair.kappa),
            )
            for pair in found.pairs
        ],
    }
