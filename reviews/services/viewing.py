"""Who stands before a case, what is open to them, and that they have opened it."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from hitl.domain.cases import GOLD, Kind, ReferralState, Status
from hitl.domain.roles import Verb
from hitl.models import Case, Prediction, Referral, Sight
from hitl.services.access import may, workflows_for
from models_registry.domain.errors import Conflict, Missing
from reviews.domain.claims import ClaimState
from reviews.domain.viewing import Door, Viewer, door
from reviews.models import Claim, Gold, Mention, Review

NOTHING = "There is no such case for you here."  # the same whatever the reason
HELD = "You are judging this case. Answer it or give it back, then open it."
ASK = "Opening it means you will not be asked to judge it."


@dataclass(frozen=True, slots=True)
class Standpoint:
    """A person before a case, and what is open to them. `claim` is theirs, if they met it."""

    case: Case
    viewer: Viewer
    claim: Claim | None

    @property
    def door(self) -> Door:
        return door(self.viewer)


def find(user: User, referral_id: UUID) -> Standpoint:
    """Missing for a case that is not for this person, as for one that does not exist."""
    here = Referral.objects.filter(case__workflow__in=workflows_for(user, Verb.SEE))
    asked = here.filter(pk=referral_id).select_related("case__workflow").first()
    if asked is None:
        raise Missing(NOTHING)
    found = _standpoint(user, asked.case)
    if found.door == Door.SHUT:
        raise Missing(NOTHING)
    return found


def opened(user: User, referral_id: UUID) -> Standpoint:
    """The same for somebody who has opened the case; Conflict for who is to do so first."""
    found = find(user, referral_id)
    if found.door == Door.HELD:
        raise Conflict(HELD)
    if found.door == Door.ASK:
        raise Conflict(f"{ASK} Open it first.")
    remember(user, found)
    return found


def open_case(user: User, referral_id: UUID) -> Standpoint:
    """Opens a case for somebody who has not judged it, and is not asked to any more. The lock
    keeps a claim of theirs from being taken meanwhile."""
    with transaction.atomic():
        waiting = Referral.objects.filter(case__referrals=referral_id)
        list(waiting.exclude(state=ReferralState.CLOSED).select_for_update(of=("self",)))
        found = find(user, referral_id)
        if found.door == Door.HELD:
            raise Conflict(HELD)
        remember(user, found)
        return found


def remember(user: User, found: Standpoint) -> None:
    """Whoever looks at a case that they have not judged is not served it any more."""
    if not found.viewer.has_judged and not found.viewer.opened:
        Sight.objects.bulk_create([Sight(case=found.case, user=user)], ignore_conflicts=True)


def _standpoint(user: User, case: Case) -> Standpoint:
    claim = Claim.objects.filter(case=case, reviewer=user).select_related("referral").first()
    viewer = Viewer(
        oversees=may(user, Verb.SEE_CASES, case.workflow_id),
        reviews=may(user, Verb.REVIEW, case.workflow_id),
        named=Mention.objects.filter(user=user, comment__case=case).exists(),
        opened=Sight.objects.filter(user=user, case=case).exists(),
        place=ClaimState(claim.state) if claim else None,
        ended=claim is not None and claim.referral.state == ReferralState.CLOSED,
        can_undo=claim is not None and _may_undo().filter(claim=claim).exists(),
    )
    return Standpoint(case, viewer, claim)


def _may_undo() -> QuerySet[Review]:
    return Review.objects.filter(withdrawal__isnull=True, undo_until__gt=Now())


def judging(user: User, case: str) -> QuerySet[Claim]:
    """The claims by which this person may still judge the case named by the outer column `case`,
    now or by taking it again."""
    mine = Claim.objects.filter(reviewer=user, case=OuterRef(case))
    undo = Exists(_may_undo().filter(claim=OuterRef("pk")))
    over = Q(state__in=(ClaimState.DONE, ClaimState.SKIPPED)) | Q(
        referral__state=ReferralState.CLOSED
    )
    seen = Exists(Sight.objects.filter(user=user, case=OuterRef("case")))
    holds = Q(state=ClaimState.HELD)
    return mine.filter(undo | (~over & (holds | ~seen)))


def told(user: User) -> QuerySet[Case]:
    """Cases whose decision is told to this person because they judged them: those decided for
    good that they saw with the model's suggestion.

    Nothing is told where it would tell something else. What was judged without a suggestion could
    be an audit, and in a workflow with known answers the case that is never told would be one.
    """
    mine = Review.objects.filter(
        claim__case=OuterRef("pk"),
        claim__reviewer=user,
        claim__state=ClaimState.DONE,
        claim__referral__kind=Kind.DECIDE,
        claim__referral__contested=False,
        withdrawal__isnull=True,
        blind=False,
    )
    suggested = Prediction.objects.filter(
        case=OuterRef("pk"), role="live", error="", value__isnull=False
    )
    waiting = Referral.objects.filter(case=OuterRef("pk")).exclude(state=ReferralState.CLOSED)
    golds = Gold.objects.filter(workflow=OuterRef("workflow"))
    return Case.objects.filter(
        Exists(mine),
        Exists(suggested),
        ~Exists(waiting),
        ~Exists(golds),
        ~Exists(judging(user, "pk")),
        status=Status.DECIDED,
        blind=False,
        audit=False,
    ).exclude(reason=GOLD)
