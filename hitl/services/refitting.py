"""What a new policy means for the cases that wait already: none is lost, none decided by it."""

from django.db.models import F, QuerySet
from django.db.models.functions import Greatest, Now

from hitl.domain.cases import Kind, ReferralState
from hitl.domain.policy import Policy
from hitl.domain.pools import gold_pool, open_to
from hitl.models import Referral, Workflow

JUDGED_BY_ALL = (Kind.DECIDE, Kind.AUDIT)
"""Referrals that as many people judge as the policy asks for; the others ask one person."""


def refit(workflow: Workflow, before: Policy, after: Policy) -> None:
    """Adapts open referrals to the policy that was just put in force, in its transaction."""
    mine = Referral.objects.filter(case__workflow=workflow)
    waiting = mine.filter(state=ReferralState.OPEN)
    if before.reviews_required != after.reviews_required:
        _ask(waiting.filter(kind__in=JUDGED_BY_ALL, contested=False), after.reviews_required)
    if before.pools != after.pools:
        known = {*open_to(after, workflow.pk, skills=None), gold_pool(workflow.pk)}
        gone = mine.exclude(state=ReferralState.CLOSED).exclude(pool__in=known)
        gone.update(pool=workflow.pk)
    if (before.pools, before.on_lapse) != (after.pools, after.on_lapse):
        waiting.exclude(kind=Kind.GOLD).update(acts_at=Now())  # looked at, and set anew, in seconds


def _ask(waiting: QuerySet[Referral], people: int) -> None:
    """Has `people` judge each of these. Nobody who holds a case is sent away, so a referral may
    ask for more until they are done. Where enough have answered it settles, by the same consensus
    as ever: people who differ go to an adjudicator."""
    taken = F("needed") - F("free")  # given and held
    waiting.exclude(needed=people).update(
        needed=Greatest(people, taken), free=Greatest(0, people - taken)
    )
    enough = waiting.filter(done__gt=0, done__gte=F("needed"))
    enough.update(state=ReferralState.SETTLING, settles_at=Now())
