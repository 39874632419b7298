"""Certifying: what is proven becomes a certificate and the live threshold, by a revision."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction

from hitl.domain.bounds import is_proven_alike
from hitl.domain.evidence import counters as sums
from hitl.domain.evidence.audits import MOST
from hitl.domain.evidence.certifier import Goal, certified, chains
from hitl.domain.evidence.truth import Counted
from hitl.domain.policy import Policy, Target, parse_policy
from hitl.domain.routing import WHOLE_POPULATION
from hitl.models import Certificate, Comparison, Epoch
from hitl.services import workflows
from hitl.services.evidence import telling
from hitl.services.evidence.automated import automated
from hitl.services.evidence.comparing import counters_of, grid_of
from hitl.services.evidence.goals import goal_of, is_for, target_of
from hitl.services.revisions import policy_in_force


@transaction.atomic
def certify(epoch_id: UUID, now: datetime | None = None) -> Certificate | None:
    """Widens the live threshold to the loosest one that is proven; None if that is no news. It
    never becomes stricter here: within an epoch what was proven stays proven. What is proven of a
    slice is written down and moves nothing."""
    now = now or datetime.now(UTC)
    epoch = (
        Epoch.objects.select_for_update(of=("self",)).select_related("workflow").get(pk=epoch_id)
    )
    policy = policy_in_force(epoch.workflow_id)
    goal = goal_of(epoch.workflow_id, policy)
    is_target = isinstance(policy.threshold, Target)
    if epoch.closed or epoch.grid is None or not is_target or not is_for(epoch, goal):
        return None
    index = certified(epoch.best, grid_of(epoch), goal.level)
    if index is None or not _is_news(epoch, index):
        return None
    tests = chains(epoch.best, grid_of(epoch), goal.level)
    needed = next(one.needed for one in tests if one.first <= index < one.end)
    wealth = {"log_wealth": epoch.best[index], "needed": needed}
    made = write_down(epoch, policy, goal, index, now, **wealth)
    if not epoch.slice:
        _widen(epoch, made, policy)
        telling.earned(epoch.workflow)
    return made


def threshold_at(epoch: Epoch, index: int) -> float:
    """The live threshold that this one of the grid would be."""
    grid = grid_of(epoch)
    return WHOLE_POPULATION if index == len(grid.thresholds) else grid.threshold(index)


def live_threshold(epoch: Epoch) -> float | None:
    """The live threshold of the epoch's version, as the revision in force has it."""
    found: float | None = workflows.in_force(epoch.workflow).thresholds.get(str(epoch.version_id))
    return found


def _is_news(epoch: Epoch, index: int) -> bool:
    """Whether it is looser than the live threshold; of a slice, than what was proven before."""
    if epoch.slice:
        known = [one.numbers["index"] for one in Certificate.objects.filter(epoch=epoch)]
        return index > max(known, default=-1)
    live = live_threshold(epoch)
    return live is None or threshold_at(epoch, index) < live


def _widen(epoch: Epoch, made: Certificate, policy: Policy) -> None:
    """The revision: with the first certificate of an epoch also the audits that it begins with. A
    policy that asks for other proof by now gets none of this."""
    version, is_first = str(epoch.version_id), epoch.certificates.count() == 1

    def widen(t: workflows.Terms) -> workflows.Terms:
        if not is_proven_alike(parse_policy(t.policy), policy):
            return t
        return replace(
            t,
            thresholds={**t.thresholds, version: made.threshold},
            more_audits=MOST if is_first else t.more_audits,
        )

    said = _sentence(made, target_of(policy))
    workflows.append(epoch.workflow, widen, by=None, reason=said, cause="certificate")


def write_down(
    epoch: Epoch, policy: Policy, goal: Goal, index: int, now: datetime, **numbers: object
) -> Certificate:
    """Appends a certificate for a threshold of the grid, with all that it was computed from. It
    lapses on the terms of the policy under which it is given."""
    so_far = {} if epoch.slice else {"automated": automated(epoch, now)}
    return Certificate.objects.create(
        epoch=epoch,
        threshold=threshold_at(epoch, index),
        whole=index == len(grid_of(epoch).thresholds),
        numbers={**_numbers(epoch, policy, goal, index), **so_far, **numbers},
        lapses_at=now + timedelta(days=policy.lapse_days) if policy.lapse_days else None,
        at=now,
    )


def _numbers(epoch: Epoch, policy: Policy, goal: Goal, index: int) -> dict[str, Any]:
    """tested: the error that was bet against, below max_error where reviewers miss errors. groups
    and losses: the evidence at this threshold so far, from which a renewal counts on."""
    target, grid, counters = target_of(policy), grid_of(epoch), counters_of(epoch)
    counts = sums.total(counters, grid.size)
    found: dict[str, Any] = {
        "max_error": target.max_error,
        "confidence": target.confidence,
        "tested": goal.max_error,
        "level": goal.level,
        "loss": goal.loss,
        "coverage": grid.coverages[index],
        "cases": int(counts.cases[index]),
        "errors": int(counts.errors[index]),
        "groups": [
            [pi, least, int(some.cases[index]), int(some.errors[index])]
            for (pi, least), some in counters.items()
        ],
        "index": index,
        "of": grid.size,
        "lapse_cases": policy.lapse_cases,
    }
    if epoch.slice:
        found["slice"] = epoch.slice
    elif goal.loss == "distance":
        found["losses"] = epoch.losses[index]
        found["mean_distance"] = mean_distance(epoch, threshold_at(epoch, index))
    return found


def mean_distance(epoch: Epoch, threshold: float) -> float | None:
    """The mean distance of what reaches a threshold, each weighted by how rarely it is drawn; a
    missing answer counts as 1. None without any."""
    rows = Comparison.objects.filter(epoch=epoch, score__gte=threshold)
    found = rows.exclude(counted=Counted.REPEAT).values_list("distance", "pi")
    given = [(1.0 if distance is None else distance, 1.0 / pi) for distance, pi in found]
    weight = sum(one for _, one in given)
    return sum(distance * one for distance, one in given) / weight if weight else None


def _sentence(made: Certificate, target: Target) -> str:
    numbers = made.numbers
    where = (
        "Whatever the confidence" if made.whole else f"From a confidence of {made.threshold:.4g}"
    )
    share = np.format_float_positional(100 * target.max_error, trim="-")
    sure = f"with {100 * target.confidence:g} % confidence: {numbers['cases']:,} blind answers"
    if target.loss == "distance":
        mean = numbers["mean_distance"]
        so_far = "" if mean is None else f", {mean:.2%} so far"
        return (
            f"{where} the mean distance from the right answer is at most {share} %, {sure}{so_far}."
        )
    errors = f"{numbers['errors']:,} count as errors"
    return f"{where} at most {share} % of decisions are wrong, {sure}, {errors}."
