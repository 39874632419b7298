"""Lapsing: a certificate holds for so many cases or days, unless what came since proves it anew.

A renewal is a proof of its own: one bet at the live threshold, from the comparisons counted since
the newest certificate alone, at the whole level again. It is looked for in the second half of the
term, so that a certificate is not renewed with every few cases.
"""

import logging
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
from django.db import transaction

from hitl.domain.evidence.certifier import Goal, log_wealth
from hitl.domain.evidence.counters import Counters, Counts, Group
from hitl.domain.evidence.losses import log_wealths, mixed
from hitl.domain.policy import Target
from hitl.models import Certificate, Comparison, Epoch
from hitl.services import workflows
from hitl.services.evidence import telling
from hitl.services.evidence.automated import automated
from hitl.services.evidence.certifying import live_threshold, write_down
from hitl.services.evidence.comparing import close, counters_of, grid_of, observations
from hitl.services.evidence.goals import goal_of, is_for
from hitl.services.revisions import policy_in_force

log = logging.getLogger(__name__)
RENEWS_FROM = 0.5  # of the term


@transaction.atomic
def keep(workflow_id: UUID, version_id: UUID, now: datetime | None = None) -> Certificate | None:
    """Renews the certificate of a version's live threshold where that is due and proven, or lets it
    lapse where the term is over; the renewal, if there is one."""
    now = now or datetime.now(UTC)
    opened = Epoch.objects.select_for_update(of=("self",)).select_related("workflow")
    epoch = opened.filter(
        workflow=workflow_id, version=version_id, slice="", closed__isnull=True
    ).first()
    policy = policy_in_force(workflow_id)
    if epoch is None or not isinstance(policy.threshold, Target) or live_threshold(epoch) is None:
        return None
    newest = epoch.certificates.order_by("-at", "-pk").first()
    spent = 0.0 if newest is None else spent_term(newest, epoch, now)
    if newest is None or spent < RENEWS_FROM:
        return None
    goal = goal_of(workflow_id, policy)
    wealth = _wealth_since(epoch, newest, goal) if is_for(epoch, goal) else 0.0
    needed = -float(np.log(goal.level))
    if wealth >= needed:
        numbers = {"log_wealth": wealth, "needed": needed, "renews": str(newest.pk)}
        return write_down(epoch, policy, goal, newest.numbers["index"], now, **numbers)
    if spent >= 1.0:
        _lapse(epoch, newest, now)
    return None


def spent_term(made: Certificate, epoch: Epoch, now: datetime) -> float:
    """How much of a certificate's term is over, in days or in automated cases; 1 is all of it.
    Needs the epoch's lock."""
    days, most = 0.0, made.numbers.get("lapse_cases", 0)
    if made.lapses_at is not None:
        days = float((now - made.at) / (made.lapses_at - made.at))
    if not most:
        return days
    cases = automated(epoch, now) - made.numbers.get("automated", 0)
    return max(days, float(cases / most))


def _wealth_since(epoch: Epoch, made: Certificate, goal: Goal) -> float:
    """The log wealth at the certified threshold from what was counted after the certificate."""
    if goal.loss == "wrong":
        return float(np.sum(log_wealth(_counters_since(epoch, made), goal.max_error)))
    index = made.numbers["index"]
    if made.numbers["tested"] == goal.max_error and "losses" in made.numbers:
        since = np.subtract(epoch.losses[index], made.numbers["losses"])
    else:  # the sums were for another target
        rows = Comparison.objects.filter(epoch=epoch, at__gt=made.at)
        since = log_wealths(observations(rows), grid_of(epoch), goal.max_error)[index]
    return float(mixed(since))


def _counters_since(epoch: Epoch, made: Certificate) -> Counters:
    """The epoch's counters at the certified threshold, less what the certificate counted."""
    index = made.numbers["index"]
    before = {Group(pi, least): (n, x) for pi, least, n, x in made.numbers["groups"]}
    found: dict[Group, Counts] = {}
    for group, counts in counters_of(epoch).items():
        cases, errors = before.get(group, (0, 0))
        found[group] = Counts(
            counts.cases[[index]] - cases,
            counts.errors[[index]] - errors,
        )
    return found


def _lapse(epoch: Epoch, made: Certificate, now: datetime) -> None:
    """The threshold goes, the evidence begins anew, people are told. The level and an override
    stay as people set them."""
    version = str(epoch.version_id)
    said = (
        f"The certificate of {made.at:%-d %B %Y} has lapsed, and what came since does not prove it "
        "anew: nothing is automated by it until new evidence is enough."
    )
    workflows.append(
        epoch.workflow,
        lambda t: replace(
            t, thresholds={key: one for key, one in t.thresholds.items() if key != version}
        ),
        by=None,
        reason=said,
        cause="certificate",
    )
    close(epoch, now)
    cases = automated(epoch, now) - made.numbers.get("automated", 0)
    numbers = {"threshold": made.threshold, "days": (now - made.at).days, "cases": cases}
    telling.tell(epoch.workflow, telling.LAPSED, numbers, now)
    log.warning("certificate lapsed workflow=%s version=%s", epoch.workflow.slug, version)
