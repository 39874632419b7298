"""Comparing: blind answers held against predictions, in the order in which cases were drawn.

The only writer of comparisons. What an epoch has consumed, its counters and its detector stand in
one row, behind a watermark: the first case that people still look at, before its deadline, ends the
run, so that what is settled late counts neither more nor less than what is settled soon.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
from django.db import transaction
from django.db.models import Q

from hitl.domain.evidence import counters as sums
from hitl.domain.evidence import losses
from hitl.domain.evidence.certifier import BETS, Floats, Goal, log_wealth
from hitl.domain.evidence.counters import Counters, Counts, Group, Observation, Sampling
from hitl.domain.evidence.grid import LEAST_SCORES, Grid, freeze
from hitl.domain.evidence.guard import Guard, watch
from hitl.domain.evidence.thinning import sampling_of
from hitl.domain.evidence.truth import Counted, Found, Look
from hitl.domain.policy import Policy, Target
from hitl.domain.rollouts.strategies import STRATEGIES
from hitl.models import Case, Comparison, Epoch, Prediction, Rollout
from hitl.services.evidence.goals import goal_of, stored, target_of
from hitl.services.evidence.repeats import Known
from hitl.services.revisions import InForce, policy_in_force, revision
from hitl.services.verdicts import found_of, looks_at
from models_registry.domain.scoring import is_usable

AT_ONCE = 500  # predictions in one run; the next run is seconds away
MARGIN = timedelta(minutes=1)  # a later id can be visible before an earlier one: the longest write
FIRST = UUID(int=0)
LAST = UUID(int=2**128 - 1)
EVER = datetime(1, 1, 1, tzinfo=UTC)
WATCHED = "target"  # in the guard's state of an epoch: what it looks after

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


def close(epoch: Epoch, now: datetime) -> None:
    """Ends an epoch and those of the version's slices; `epoch_of` opens the next one."""
    mine = Epoch.objects.filter(workflow=epoch.workflow_id, version=epoch.version_id)
    mine.filter(closed__isnull=True).update(closed=now)


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
    return len(rows)


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
    """What the version said about the cases after the cursor, in order of time. An epoch that
    follows another begins with the cases that came in after it was opened: those before belong to
    what was taken back. What a version answers silently is there up to where workers have got."""
    since = epoch.opened if epoch.no > 1 else EVER
    silent = Rollout.objects.filter(
        workflow=epoch.workflow_id, challenger=epoch.version_id, closed__isnull=True
    ).filter(strategy__in=[one.name for one in STRATEGIES.entries() if one.silent])
    answered = silent.values_list("answered", flat=True).first() or LAST
    return Prediction.objects.filter(
        case_id__lte=answered,
        case__created__gte=since,
        version=epoch.version_id,
        case__workflow=epoch.workflow_id,
        case_id__gt=epoch.cursor,
        case__created__lt=now - MARGIN,
    ).order_by("case_id")


def _ready(epoch: Epoch, now: datetime) -> list[Comparison]:
    """Comparisons up to the first case that people still look at."""
    sampled = _predictions(epoch, now).filter(SAMPLED).select_related("case")
    predictions = list(sampled[:AT_ONCE])
    looks = looks_at([one.case_id for one in predictions])
    known = Known(epoch, predictions)
    rows: list[Comparison] = []
    for prediction in predictions:
        row = _comparison(epoch, prediction, looks.get(prediction.case_id, ()), now)
        if row is None:
            break
        if known.repeats(prediction):
            row.counted = Counted.REPEAT
        rows.append(row)
    return rows


def _comparison(
    epoch: Epoch, prediction: Prediction, looks: Sequence[Look], now: datetime
) -> Comparison | None:
    """The comparison of one prediction; None while people still look."""
    case = prediction.case
    rules = revision(case.workflow_id, case.revision_no)
    truth = found_of(case, looks, now)
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
        sampling=list(_sampling(rules, case, prediction)),
        at=now,
    )


def _sampling(rules: InForce, case: Case, prediction: Prediction) -> Sampling:
    """With what probability cases like this one got a blind answer. That hung on the confidence of
    the version that answered for the client: of another one nothing is known but the least."""
    sampling = sampling_of(rules.rules, case.threshold)
    if prediction.role == "live":
        return sampling
    least = min(sampling.above, sampling.below)
    return Sampling(None, least, least)


def _count(epoch: Epoch, rows: Sequence[Comparison]) -> None:
    """Adds comparisons to the epoch's counters and shows the audits among them to the guard, which
    begins anew with another target: what was too much for one need not be for the other."""
    policy = policy_in_force(epoch.workflow_id)
    goal, watching = goal_of(epoch.workflow_id, policy), watched(policy)
    is_same = epoch.guard.get(WATCHED) == watching
    if not rows and is_same and epoch.goal == stored(goal):
        return
    tally(epoch, observations(rows), goal, everything=lambda: _all_of(epoch))
    target = target_of(policy)
    audits = [_alarm(row, target) for row in rows if row.automated and _counts(row)]
    before = guard_of(epoch) if is_same else Guard()
    guard = watch(before, audits, target.max_error, proof=proof_limit(policy))
    epoch.guard = {**epoch.guard, **msgspec.to_builtins(guard), WATCHED: watching}
    epoch.save()


def watched(policy: Policy) -> list[Any] | None:
    """The target that the guard looks after; None under a fixed threshold, where it only shows how
    far the usual target is."""
    rule = policy.threshold
    return [rule.max_error, rule.loss] if isinstance(rule, Target) else None


def proof_limit(policy: Policy) -> float | None:
    """The wealth of the proof process that takes the model back; None where the detector does."""
    return 1.0 / (1.0 - target_of(policy).confidence) if policy.guard == "proof" else None


def _counts(row: Comparison) -> bool:
    return row.counted != Counted.REPEAT


def _alarm(row: Comparison, target: Target) -> float:
    """How wrong an audited decision was, for the guard; what is not known was right."""
    if target.loss == "distance":
        return min(1.0, row.distance or 0.0)
    return float(Counted(row.counted).alarms)


def observations(rows: Iterable[Comparison]) -> list[Observation]:
    """Comparisons as the certifier counts them. What is missing is wholly wrong."""
    return [
        Observation(
            row.score,
            Counted(row.counted).against,
            row.pi,
            Sampling(*row.sampling),
            1.0 if row.distance is None else row.distance,
        )
        for row in rows
        if row.score is not None and _counts(row)
    ]


def tally(
    epoch: Epoch,
    seen: Sequence[Observation],
    goal: Goal,
    *,
    everything: Callable[[], Sequence[Observation]],
) -> None:
    """Adds observations to an epoch's counters and brings its wealth up to them. A goal that was
    not bet against before is bet against from the first observation on, of `everything`."""
    grid, is_new = grid_of(epoch), epoch.goal != stored(goal)
    total = sums.merge(counters_of(epoch), sums.count(seen, grid))
    epoch.counters = [
        [group.pi, group.least, counts.cases.tolist(), counts.errors.tolist()]
        for group, counts in total.items()
    ]
    best = np.zeros(grid.size) if is_new else np.asarray(epoch.best)
    if goal.max_error > 0.0:
        if goal.loss == "distance":
            if is_new:
                seen, epoch.losses = everything(), np.zeros((grid.size, BETS)).tolist()
            wealth = _bet(epoch, seen, goal)
        else:
            wealth = np.broadcast_to(log_wealth(total, goal.max_error), grid.size)
        best = np.maximum(best, wealth)
    epoch.goal, epoch.best = stored(goal), best.tolist()


def _bet(epoch: Epoch, seen: Sequence[Observation], goal: Goal) -> Floats:
    """Adds losses to the sums per threshold and stake; the log wealth per threshold."""
    more = losses.log_wealths(seen, grid_of(epoch), goal.max_error)
    epoch.losses = (np.asarray(epoch.losses) + more).tolist()
    return losses.mixed(np.asarray(epoch.losses))


def _all_of(epoch: Epoch) -> list[Observation]:
    """All that an epoch has counted, from its comparisons."""
    rows = Comparison.objects.filter(epoch=epoch).exclude(counted=Counted.REPEAT)
    return observations(rows.order_by("case_id").iterator(2000))
