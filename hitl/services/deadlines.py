"""What time does: cases move to another pool or lapse; audits nobody does lower the level."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.db.models.functions import Now

from hitl.domain import deadlines
from hitl.domain.cases import Kind, ReferralState, Source, Status
from hitl.domain.levels import AI_ASSISTANCE, LEVELS
from hitl.domain.policy import Policy
from hitl.domain.pools import pool_id, rule_of
from hitl.models import Case, Condition, Referral, Workflow
from hitl.services import deciding, workflows
from hitl.services.monitoring import all_pools
from hitl.services.revisions import policy_in_force, revision
from models_registry.domain.errors import Invalid

AT_ONCE = 500  # referrals looked at in one run; the next run is seconds away
AUDITS_OVERDUE = "audits_overdue"
LOOKS_BACK = timedelta(days=7)  # audits that fell due in this time are counted
RAISED = 2000  # the priority of what was raised; a client may ask for 1000 at most


def act_due(now: datetime | None = None) -> int:
    """Applies the rules about time to the referrals whose moment has come by the database's
    clock; how many were looked at. A case that people answer meanwhile is left alone."""
    now = now or datetime.now(UTC)
    due = Referral.objects.filter(state=ReferralState.OPEN, acts_at__lte=Now())
    looked_at = 0
    for referral_id, case_id in list(due.values_list("pk", "case_id")[:AT_ONCE]):
        with transaction.atomic():
            case = Case.objects.select_for_update(no_key=True).get(pk=case_id)
            referral = due.select_for_update(no_key=True).filter(pk=referral_id).first()
            if referral is not None:
                _act(case, referral, now)
                looked_at += 1
    return looked_at


def _act(case: Case, referral: Referral, now: datetime) -> None:
    policy = policy_in_force(case.workflow_id)
    waiting = _waiting(case, referral, policy)
    match deadlines.act(policy, waiting, now):
        case "escalate":
            _escalate(case, referral, policy, waiting, now)
        case "raise":
            raise_up(case, referral, policy)
        case "adjudicate":
            adjudicate(case, referral, policy, now)
        case "default":
            _default(case, referral, policy, now)
        case None:
            moment = deadlines.acts_at(policy, waiting)
            Referral.objects.filter(pk=referral.pk).update(acts_at=moment)


def _waiting(case: Case, referral: Referral, policy: Policy) -> deadlines.Waiting:
    return deadlines.Waiting(
        kind=referral.kind,
        decided=case.seq > 0,
        due=referral.due,
        opened=referral.opened,
        entered=referral.opened,  # who has moved before has waited long enough all the more
        rule=rule_of(policy, case.workflow_id, referral.pool),
        raised=referral.priority >= RAISED,
        contested=referral.contested,
    )


def _escalate(
    case: Case, referral: Referral, policy: Policy, waiting: deadlines.Waiting, now: datetime
) -> None:
    name = waiting.rule.escalates_to if waiting.rule else ""
    target = pool_id(case.workflow_id, name)
    there = replace(waiting, entered=now, rule=rule_of(policy, case.workflow_id, target))
    Referral.objects.filter(pk=referral.pk).update(
        pool=target, acts_at=deadlines.acts_at(policy, there)
    )


def raise_up(case: Case, referral: Referral, policy: Policy, **more: Any) -> None:
    """Puts an open referral before everything that is not raised: as if it had been due when it
    was opened. Needs its lock."""
    referral.priority, referral.due = RAISED, min(referral.due, referral.opened)
    referral.contested = more.get("contested", referral.contested)
    Referral.objects.filter(pk=referral.pk).update(
        priority=RAISED,
        due=referral.due,
        acts_at=deadlines.acts_at(policy, _waiting(case, referral, policy)),
        **more,
    )


def adjudicate(case: Case, referral: Referral, policy: Policy, now: datetime) -> Referral:
    """Closes a referral without an answer and has an adjudicator settle the case. Needs the
    case's lock."""
    deciding.close_unanswered(referral, now=now)
    pool = pool_id(case.workflow_id, policy.adjudication_pool)
    waiting = deadlines.Waiting(
        kind=Kind.ADJUDICATE,
        decided=case.seq > 0,
        due=referral.due,
        opened=now,
        entered=now,
        rule=rule_of(policy, case.workflow_id, pool),
        raised=referral.priority >= RAISED,
        contested=referral.contested,
    )
    return deciding.refer(
        case,
        Kind.ADJUDICATE,
        pool=pool,
        due=referral.due,
        priority=referral.priority,
        contested=referral.contested,
        acts_at=deadlines.acts_at(policy, waiting),
        now=now,
    )


def _default(case: Case, referral: Referral, policy: Policy, now: datetime) -> None:
    """Decides by the rule; a case that came under other answers than today's goes to a person."""
    rules = revision(case.workflow_id, case.revision_no)
    try:
        value = rules.normalise(policy.safe_default, "/policy/safe_default")
    except Invalid:
        adjudicate(case, referral, policy, now)
        return
    deciding.close_unanswered(referral, now=now)
    one = deciding.Settled(
        case_id=case.pk,
        referral_id=referral.pk,
        status=Status(case.status),
        seq=case.seq,
        value=value,
    )
    deciding.decide_many([one], source=Source.RULE, now=now)


def check_audits(now: datetime | None = None) -> int:
    """Looks at the audits that fell due: a condition where too many wait, a lower level where far
    too many do; the number of workflows in that condition. Automation that nobody looks after is
    not to go on."""
    now = now or datetime.now(UTC)
    overdue = 0
    for workflow in Workflow.objects.all():
        numbers = _audits(workflow, now)
        share = numbers["overdue"] / numbers["due"] if numbers["due"] else 0.0
        if share <= deadlines.REPORTED:
            Condition.objects.filter(workflow=workflow, name=AUDITS_OVERDUE).delete()
            continue
        overdue += 1
        Condition.objects.update_or_create(
            workflow=workflow,
            name=AUDITS_OVERDUE,
            defaults={"numbers": numbers},
            create_defaults={"numbers": numbers, "since": now},
        )
        if share > deadlines.LOWERS:
            _lower(workflow, numbers)
    return overdue


def _audits(workflow: Workflow, now: datetime) -> Mapping[str, int]:
    fell_due = Referral.objects.filter(
        kind=Kind.AUDIT, pool__in=all_pools(workflow), due__gt=now - LOOKS_BACK, due__lte=now
    )
    numbers: dict[str, int] = fell_due.aggregate(
        due=Count("pk"), overdue=Count("pk", filter=Q(state=ReferralState.OPEN))
    )
    return numbers


def _lower(workflow: Workflow, numbers: Mapping[str, int]) -> None:
    """To the highest level at which people decide everything, whatever the level was."""

    def lower(terms: workflows.Terms) -> workflows.Terms:
        if LEVELS[terms.level].automates == "none":
            return terms
        return replace(terms, level=AI_ASSISTANCE.name)

    said = (
        f"{numbers['overdue']} of {numbers['due']} audits that fell due in the last "
        f"{LOOKS_BACK.days} days were not done; above {deadlines.LOWERS:.0%} nothing is automated."
    )
    workflows.append(workflow, lower, by=None, reason=said, cause=AUDITS_OVERDUE)


def audits(workflow: Workflow, now: datetime) -> Mapping[str, int]:
    """Audits that fell due of late, and those of them that are still open: due, overdue."""
    return _audits(workflow, now)
