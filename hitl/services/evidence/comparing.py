"""Comparing: blind answers held against predictions, in the order in which cases were drawn.

The only writer of comparisons. What an epoch has consumed, its counters and its detector stand in
one row, behind a watermark: the first case that people still look at, before its deadline, ends the
run, so that what is settled late counts neither more nor less than what is settled soon.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
from django.db import transaction
from django.db.models import Q

from hitl.domain.cases import Kind, ReferralState
from hitl.domain.evidence import counters as sums
from hitl.domain.evidence.certifier import log_wealth
from hitl.domain.evidence.counters import Counters, Counts, Group, Observation, Sampling
from hitl.domain.evidence.grid import LEAST_SCORES, Grid, freeze
from hitl.domain.evidence.guard import Guard, watch
from hitl.domain.evidence.truth import Counted, Found, Look, settled
from hitl.domain.policy import Policy, Target
from hitl.domain.routing import level_in_force
from hitl.models import Comparison, Epoch, Prediction, Referral
from hitl.services.revisions import InForce, policy_in_force, revision
from models_registry.domain.scoring import is_usable

AT_ONCE = 500  # predictions in one run; the next run is seconds away
MARGIN = timedelta(minutes=1)  # a later id can be visible before an earlier one: the longest write
BURST = timedelta(hours=24)  # cases of one subject within so long are one piece of evidence
FIRST = UUID(int=0)

SAMPLED = Q(case__audit=True) | Q(case__action="refer", case__blind=True, case__pi__gt=0)


def epoch_of(workflow_id: UUID, version_id: UUID) -> Epoch:
    """The open epoch of a version; the first one if it has none yet."""
    known = Epoch.objects.filter(workflow=workflow_id, version=version_id, slice="")
    current = known.filter(closed__isnull=True).first()
    if current is not None:
        return current
    return known.get_or_create(
        no=known.count() + 1,
        defaults={
            "workflow_id": workflow_id,
            "version_id": version_id,
            "cursor": known.order_by("-no").values_list("cursor", flat=True).first() or FIRST,
        },
    )[0]


@transaction.atomic
def consume(epoch_id: UUID, now: datetime | None = None) -> int:
    """Counts what was settled since; how many cases the watermark passed."""
    now = now or datetime.now(UTC)
    epoch = Epoch.objects.select_for_update().get(pk=epoch_id)
    if epoch.closed or not _frozen(epoch, now):
        return 0
    rows = _ready(epoch, now)
    if rows:
        Comparison.objects.bulk_create(rows)
        epoch.cursor = rows[-1].case_id
    _count(epoch, rows)
    epoch.save()
    return len(rows)


def target_of(policy: Policy) -> Target:
    """What is to be proven: the policy's target; the usual one where it has a fixed threshold, so
    that people see how far they are."""
    return policy.threshold if isinstance(policy.threshold, Target) else Target()


def grid_of(epoch: Epoch) -> Grid:
    return msgspec.convert(epoch.grid, Grid)


def counters_of(epoch: Epoch) -> Counters:
    return {
        Group(pi, least): Counts(np.array(cases), np.array(errors))
        for pi, least, cases, errors in epoch.counters
    }


def guard_of(epoch: Epoch) -> Guard:
    return msgspec.convert(epoch.guard, Guard)


def _frozen(epoch: Epoch, now: datetime) -> bool:
    """Whether there is a grid. It is frozen from the version's reference scores, else from its
    first scores here, whose labels then do not count."""
    if epoch.grid is not None:
        return True
    given = (epoch.version.profile or {}).get("scores", ())
    scores = [score for score in given if is_usable(score)]
    if len(scores) < LEAST_SCORES:
        first = _predictions(epoch, now).filter(confidence__range=(0.0, 1.0), error="")
        found = list(first.values_list("case_id", "confidence")[:LEAST_SCORES])
        if len(found) < LEAST_SCORES:
            return False
        scores = [score for _, score in found]
        epoch.cursor = found[-1][0]
    grid = freeze(scores)
    epoch.grid = msgspec.to_builtins(grid)
    epoch.best = [0.0] * grid.size
    return True


def _predictions(epoch: Epoch, now: datetime) -> Any:
    """What the version said about the cases after the cursor, in order of time."""
    return Prediction.objects.filter(
        version=epoch.version_id,
        case__workflow=epoch.workflow_id,
        case_id__gt=epoch.cursor,
        case__created__lt=now - MARGIN,
    ).order_by("case_id")


def _ready(epoch: Epoch, now: datetime) -> list[Comparison]:
    """Comparisons up to the first case that people still look at."""
    sampled = _predictions(epoch, now).filter(SAMPLED).select_related("case")
    predictions = list(sampled[:AT_ONCE])
    looks = _looks([one.case_id for one in predictions])
    known = _Known(epoch, predictions)
    rows: list[Comparison] = []
    for prediction in predictions:
        row = _comparison(epoch, prediction, looks.get(prediction.case_id, ()), now)
        if row is None:
            break
        if known.repeats(prediction):
            row.counted = Counted.REPEAT
        rows.append(row)
    return rows


def _looks(case_ids: Sequence[UUID]) -> Mapping[UUID, list[Look]]:
    rows = Referral.objects.filter(case_id__in=case_ids).order_by("case_id", "opened", "pk")
    found = rows.values_list("case_id", "kind", "state", "contested", "blind_answer")
    return {
        case: [
            Look(Kind(kind), state == ReferralState.CLOSED, contested, blind)
            for _, kind, state, contested, blind in group
        ]
        for case, group in groupby(found, key=lambda row: row[0])
    }


def _comparison(
    epoch: Epoch, prediction: Prediction, looks: Sequence[Look], now: datetime
) -> Comparison | None:
    """The comparison of one prediction; None while people still look."""
    case = prediction.case
    rules = revision(case.workflow_id, case.revision_no)
    hours = max(rules.policy.due_hours, rules.policy.audit_due_hours)
    truth = settled(looks, overdue=now - case.created > timedelta(hours=hours))
    if truth.found is Found.PENDING:
        return None
    counted, distance = Counted.MISSING, None
    if truth.found is Found.ANSWER and not prediction.error:
        right = rules.agrees(prediction.value, truth.value)
        counted = Counted.CORRECT if right else Counted.ERROR
        distance = rules.task_type.distance(rules.answer, prediction.value, truth.value)
    usable = not prediction.error and is_usable(prediction.confidence)
    return Comparison(
        case=case,
        version_id=prediction.version_id,
        role=prediction.role,
        epoch=epoch,
        score=prediction.confidence if usable else None,
        counted=counted,
        distance=distance,
        automated=case.action == "automate" and prediction.role == "live",
        pi=case.pi,
        sampling=list(sampling_of(rules, case.threshold)),
        at=now,
    )


def sampling_of(rules: InForce, threshold: float | None) -> Sampling:
    """With what probability cases got a blind answer under these rules."""
    level, policy = level_in_force(rules.rules), rules.policy
    below = policy.blind_share_in_force if level.shows_suggestion else 1.0
    above = rules.rules.audit_share if level.automates != "none" else below
    return Sampling(threshold, above, below)


class _Known:
    """What has counted before: the same input, or another case of one subject a short time ago."""

    def __init__(self, epoch: Epoch, predictions: Sequence[Prediction]) -> None:
        cases = [one.case for one in predictions]
        before = Comparison.objects.filter(epoch=epoch).exclude(counted=Counted.REPEAT)
        same = before.filter(case__input_hash__in=[case.input_hash for case in cases])
        self.inputs = set(same.values_list("case__input_hash", flat=True))
        subjects = {case.subject for case in cases if case.subject}
        since = min((case.created for case in cases), default=datetime.now(UTC)) - BURST
        lately = before.filter(case__subject__in=subjects, case__created__gte=since)
        self.subjects: dict[str, datetime] = {}
        for subject, at in lately.order_by("case_id").values_list("case__subject", "case__created"):
            self.subjects[subject] = at

    def repeats(self, prediction: Prediction) -> bool:
        """Whether this case is one more of those; remembers it if not."""
        case = prediction.case
        last = self.subjects.get(case.subject)
        burst = bool(case.subject) and last is not None and case.created - last < BURST
        if case.input_hash in self.inputs or burst:
            return True
        self.inputs.add(case.input_hash)
        self.subjects[case.subject] = case.created
        return False


def _count(epoch: Epoch, rows: Sequence[Comparison]) -> None:
    """Adds comparisons to the epoch's counters and shows the audits among them to the guard."""
    grid, counting = grid_of(epoch), [row for row in rows if row.counted != Counted.REPEAT]
    seen = [
        Observation(row.score, Counted(row.counted).against, row.pi, Sampling(*row.sampling))
        for row in counting
        if row.score is not None
    ]
    total = sums.merge(counters_of(epoch), sums.count(seen, grid))
    target = target_of(policy_in_force(epoch.workflow_id))
    wealth = np.broadcast_to(log_wealth(total, target.max_error), grid.size)
    goal = {"max_error": target.max_error}
    best = np.asarray(epoch.best) if epoch.goal == goal else np.zeros(grid.size)
    audits = [Counted(row.counted).alarms for row in counting if row.automated]
    epoch.counters = [
        [group.pi, group.least, counts.cases.tolist(), counts.errors.tolist()]
        for group, counts in total.items()
    ]
    epoch.goal, epoch.best = goal, np.maximum(best, wealth).tolist()
    epoch.guard = msgspec.to_builtins(watch(guard_of(epoch), audits, target.max_error))
