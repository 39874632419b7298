"""What people miss, counted for those who prove things from their answers: blind answers to known
errors, and second looks that were drawn before anybody knew what they would show."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from hitl.domain.cases import Kind, ReferralState
from hitl.domain.draws import is_drawn
from hitl.domain.evidence.truth import FOLLOWS, Found, Look, settled
from hitl.models import Prediction, Referral, Revision
from hitl.services.evidence.missed import COUNTS, Missed
from hitl.services.revisions import in_force, revision
from reviews.domain.consensus import Verdict
from reviews.models import Gold
from reviews.services.standing import final


def known_errors(workflow_id: UUID) -> Missed:
    """Known answers on which the model is wrong, as people without the suggestion judged them:
    missed where they say what the model says. Who gives no answer has not missed it."""
    given: Iterable[Any] = final(workflow_id).values_list(
        "review__claim__case_id",
        "review__verdict",
        "review__value",
        "review__first_value",
        "review__blind",
    )
    wrong, agrees = _wrong(workflow_id), in_force(workflow_id).agrees
    shown = missed = 0
    for case, verdict, value, first, blind in given:
        unaided = value if first is None else first
        erased = verdict == Verdict.ANSWER and unaided is None
        if case not in wrong or erased or (first is None and not blind):
            continue
        shown += 1
        missed += unaided is not None and agrees(unaided, wrong[case])
    return Missed(shown, missed)


def _wrong(workflow_id: UUID) -> dict[UUID, Any]:
    """What the model says about the known answers on which it is wrong."""
    answers = dict(Gold.objects.filter(workflow=workflow_id).values_list("pk", "answer"))
    agrees, said = in_force(workflow_id).agrees, _said(answers)
    return {case: value for case, value in said.items() if not agrees(value, answers[case])}


def second_looks(workflow_id: UUID) -> Missed:
    """Errors that second looks settled, missed where the first blind answer was the model's. Only
    of cases drawn for a look whatever the first answer was: elsewhere all errors that were noticed
    are known and those that were missed are not, and people would look better than they are."""
    drawn = _drawn(workflow_id)
    said, agrees = _said(drawn), in_force(workflow_id).agrees
    shown = missed = 0
    for case, looks in _looks(drawn).items():
        first = next((one.blind_answer for one in looks if one.kind in FOLLOWS), None)
        truth = settled(looks, overdue=False)
        if case not in said or first is None or truth.found is not Found.ANSWER:
            continue
        if not agrees(said[case], truth.value):
            shown += 1
            missed += agrees(said[case], first)
    return Missed(shown, missed)


def _drawn(workflow_id: UUID) -> list[UUID]:
    """Cases with a second look that an agreement would have got as well, by the share at that
    moment."""
    looks = Referral.objects.filter(case__workflow=workflow_id, kind=Kind.SECOND_LOOK)
    opened = list(looks.values_list("case_id", "opened"))
    if not opened:
        return []
    key, share_at = in_force(workflow_id).rules.key, _Shares(workflow_id)
    return [case for case, at in opened if is_drawn(key, "agreement", case, share_at(at))]


class _Shares:
    """The share of agreements that are looked at twice, at any time."""

    def __init__(self, workflow_id: UUID) -> None:
        rows = Revision.objects.filter(workflow=workflow_id).order_by("no")
        self.workflow_id = workflow_id
        self.since, self.numbers = [], []
        for at, no in rows.values_list("at", "no"):
            self.since.append(at)
            self.numbers.append(no)

    def __call__(self, at: datetime) -> float:
        before = bisect_right(self.since, at) - 1
        if before < 0:
            return 0.0
        return revision(self.workflow_id, self.numbers[before]).policy.agreement_share


def _said(case_ids: Collection[UUID]) -> dict[UUID, Any]:
    """What the model said about these cases, where it is still known."""
    live = Prediction.objects.filter(case_id__in=case_ids, role="live", error="")
    return dict(live.filter(value__isnull=False).values_list("case_id", "value"))


def _looks(case_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Look]]:
    """How people looked at these cases, in order."""
    rows = Referral.objects.filter(case_id__in=case_ids).order_by("opened", "pk")
    found = defaultdict[UUID, list[Look]](list)
    for case, kind, state, contested, blind in rows.values_list(
        "case_id", "kind", "state", "contested", "blind_answer"
    ):
        is_closed = state == ReferralState.CLOSED
        found[case].append(Look(Kind(kind), is_closed, contested, blind))
    return found


COUNTS.register("known errors", known_errors)
COUNTS.register("second looks", second_looks)
