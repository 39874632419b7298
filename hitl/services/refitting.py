"""What a new policy means for the cases that wait already: none is lost, none decided by it."""

from datetime import timedelta

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
        fit(waiting, after)
    if before.pools != after.pools:
        known = {*open_to(after, workflow.pk, skills=None), gold_pool(workflow.pk)}
        gone = mine.exclude(state=ReferralState.CLOSED).exclude(pool__in=known)
        gone.update(pool=workflow.pk)
    if (before.pools, before.on_lapse) != (after.pools, after.on_lapse):
        waiting.exclude(kind=Kind.GOLD).update(acts_at=Now())  # looked at, and set anew, in seconds


def fit(waiting: QuerySet[Referral], policy: Policy) -> None:
    """Has as many people judge each of these open referrals as the policy asks for. Nobody who
    holds a case is sent away, so a referral may ask for more until they are done."""
    waiting = waiting.filter(kind__in=JUDGED_BY_ALL, contested=False)
    people, taken = policy.reviews_required, F("needed") - F("free")  # given and held
    waiting.exclude(needed=people).update(
        needed=Greatest(people, taken), free=Greatest(0, people - taken)
    )
    settle_answered(waiting, policy)


def settle_answered(waiting: QuerySet[Referral], policy: Policy) -> None:
    """Settles those of these open referrals for which enough people have answered, by the same
    consensus as ever: people who differ go to an adjudicator. The last of them may still undo."""
    enough = waiting.filter(done__gt=0, done__gte=F("needed"))
    over = Now() + timedelta(seconds=policy.undo_seconds)
    enough.update(state=ReferralState.SETTLING, settles_at=over)
