"""Slices: the certifier for each predicted class by itself, where a target asks for it.

What is proven of a class holds for that class alone, each with the target's own confidence. It is
reported and never moves the live threshold, which is proven for all classes together.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import numpy as np
from django.db import transaction

from hitl.domain.evidence.certifier import Goal
from hitl.domain.evidence.counters import Observation
from hitl.domain.evidence.truth import Counted
from hitl.models import Comparison, Epoch, Prediction
from hitl.services.evidence.comparing import FIRST, grid_of, observations, tally
from hitl.services.evidence.goals import goal_of, stored, target_of
from hitl.services.revisions import policy_in_force

CLASS = "class:"
Values = Mapping[tuple[UUID, str], str]


@transaction.atomic
def count(epoch_id: UUID) -> list[UUID]:
    """Brings the slices of an epoch up to its comparisons; those that there are. Without an answer
    among the version's classes a prediction is in no slice."""
    opened = Epoch.objects.select_for_update(of=("self",)).select_related("version")
    epoch = opened.get(pk=epoch_id)
    policy = policy_in_force(epoch.workflow_id)
    if epoch.closed or epoch.grid is None or not target_of(policy).by_class:
        return []
    goal, slices = goal_of(epoch.workflow_id, policy), _open(epoch)
    since = max((one.cursor for one in slices.values()), default=FIRST)
    if any(one.goal != stored(goal) for one in slices.values()):
        since = FIRST  # another target: all of it again
        for one in slices.values():
            _empty(one)
    rows = list(_rows(epoch, since))
    for name, some in _by_class(rows, _values(epoch, since)).items():
        one = slices.setdefault(name, _new(epoch, name))
        _add(one, observations(some), goal)
    for one in slices.values() if rows else ():
        one.cursor = rows[-1].case_id
        one.save()
    return [one.pk for one in slices.values()]


def _open(epoch: Epoch) -> dict[str, Epoch]:
    found = Epoch.objects.filter(
        workflow=epoch.workflow_id,
        version=epoch.version_id,
        slice__startswith=CLASS,
        closed__isnull=True,
    )
    return {one.slice: one for one in found.order_by("slice")}


def _new(epoch: Epoch, name: str) -> Epoch:
    """The epoch of a slice, not saved yet; it is open as long as that of all cases."""
    one = Epoch(
        workflow_id=epoch.workflow_id,
        version_id=epoch.version_id,
        slice=name,
        no=epoch.no,
        grid=epoch.grid,
        cursor=FIRST,
    )
    _empty(one)
    return one


def _empty(one: Epoch) -> None:
    one.goal, one.counters, one.losses = {}, [], []
    one.best = np.zeros(grid_of(one).size).tolist()


def _add(one: Epoch, seen: Sequence[Observation], goal: Goal) -> None:
    """Adds observations to a slice; what is new to it is all that it has seen."""
    tally(one, seen, goal, everything=lambda: seen)


def _rows(epoch: Epoch, since: UUID) -> Iterable[Comparison]:
    rows = Comparison.objects.filter(epoch=epoch, case_id__gt=since)
    return rows.exclude(counted=Counted.REPEAT).order_by("case_id").iterator(2000)


def _values(epoch: Epoch, since: UUID) -> Values:
    """What the version said, by case and role."""
    said = Prediction.objects.filter(
        version=epoch.version_id, case__comparisons__epoch=epoch, case_id__gt=since, error=""
    )
    found = said.values_list("case_id", "role", "value").distinct()
    known = set(epoch.version.classes)
    return {
        (case, role): value
        for case, role, value in found
        if isinstance(value, str) and value in known
    }


def _by_class(rows: Sequence[Comparison], values: Values) -> Mapping[str, list[Comparison]]:
    found: defaultdict[str, list[Comparison]] = defaultdict(list)
    for row in rows:
        value = values.get((row.case_id, row.role))
        if value is not None:
            found[f"{CLASS}{value}"[:100]].append(row)
    return found
