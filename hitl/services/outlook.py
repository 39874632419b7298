"""Outlook: what proposed terms would do to new cases, by routing the latest ones again."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.db.models import FilteredRelation, Min, Q

from hitl.domain.cases import GOLD
from hitl.domain.metrics import wilson
from hitl.domain.policy import Policy
from hitl.domain.routing import Rules, Signal, level_in_force, route
from hitl.models import Case, Workflow
from hitl.services.revisions import revision
from hitl.services.workflows import in_force

MOST = 1000  # cases looked at: enough for a share to about 3 %, read in a few milliseconds
LEAST = 30  # predictions below which a share is a guess: half of them could be chance
DAY = timedelta(days=1)
YOUNG = timedelta(minutes=10)  # traffic too short to tell a day from

Replayed = tuple[UUID, Signal]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would have happened to the latest cases.

    basis: known (at this level, or while stopped, people decide every case), estimated (from the
        predictions of the model version in force), too_few (of these, to say anything).
    asks_model: whether the model is called at all.
    cases: cases looked at; predictions: those of them that the version in force has answered;
        replayed: those that were routed again (all of them where the level alone decides).
    arrivals, traffic: cases of the last 24 hours and the time in which they came, less than that
        if the workflow's first case is younger; the rate behind `per_day`.
    automated, audited (some of these), referred, blind (some of those): counts over the replayed.
    reasons: why cases were referred.
    """

    basis: Literal["known", "estimated", "too_few"]
    asks_model: bool
    cases: int
    predictions: int
    replayed: int
    arrivals: int
    traffic: timedelta
    automated: int
    audited: int
    referred: int
    blind: int
    reasons: Mapping[str, int]

    def per_thousand(self, count: int) -> int:
        return round(1000 * count / self.replayed) if self.replayed else 0

    @property
    def a_day(self) -> float | None:
        """Cases a day at the present rate; None while there is too little traffic to tell."""
        return None if self.traffic < YOUNG else self.arrivals * (DAY / self.traffic)

    def per_day(self, count: int) -> int | None:
        if self.a_day is None:
            return None
        return round(self.a_day * count / self.replayed) if self.replayed else 0

    def interval(self, count: int) -> tuple[int, int]:
        """95 % interval of `per_thousand`."""
        low, high = wilson(count, self.replayed)
        return round(1000 * low), round(1000 * high)


def outlook(
    workflow: Workflow,
    *,
    level: str,
    stopped: bool,
    policy: Policy,
    now: datetime,
    override: bool = False,
) -> Outlook:
    """Routes the last cases again by the rules in force, with these four replaced."""
    current = revision(workflow.pk, in_force(workflow).no)
    rules = replace(current.rules, level=level, stopped=stopped, policy=policy, override=override)
    step = level_in_force(rules)
    known = rules.stopped or step.automates == "none"
    cases = _latest(workflow, current.champion)
    replayed = [
        (case_id, signal or Signal()) for case_id, signal in cases if known or signal is not None
    ]
    came = Case.objects.filter(workflow=workflow, created__lte=now).exclude(reason=GOLD)
    first = came.aggregate(at=Min("created"))["at"]
    return Outlook(
        basis="known" if known else "estimated" if len(replayed) >= LEAST else "too_few",
        asks_model=step.asks_model,
        cases=len(cases),
        predictions=sum(signal is not None for _, signal in cases),
        replayed=len(replayed),
        arrivals=came.filter(created__gt=now - DAY).count(),
        traffic=min(DAY, now - first) if first else timedelta(0),
        **_counted(rules, replayed),
    )


def _latest(workflow: Workflow, champion: UUID | None) -> list[tuple[UUID, Signal | None]]:
    """The newest cases, each with what the version in force said about it. Another version's
    confidences say nothing about how this one will answer."""
    live = FilteredRelation("predictions", condition=Q(predictions__role="live"))
    cases = Case.objects.filter(workflow=workflow).exclude(reason=GOLD)
    rows = cases.annotate(live=live).order_by("-created")
    found = rows.values_list("pk", "live__version_id", "live__confidence", "live__error")[:MOST]
    return [
        (case_id, _signal(version, confidence, error) if version and version == champion else None)
        for case_id, version, confidence, error in found
    ]


def _signal(version: UUID, confidence: float | None, error: str) -> Signal:
    """A stored prediction without an error has a valid value; its value may be erased by now."""
    return Signal(version=str(version), has_value=not error, confidence=confidence)


def _counted(rules: Rules, replayed: list[Replayed]) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for case_id, signal in replayed:
        way = route(rules, case_id, signal)
        if way.action == "automate":
            counts["automated"] += 1
            counts["audited"] += way.audit
        else:
            counts["referred"] += 1
            counts["blind"] += way.blind
            reasons[way.reason] += 1
    names = ("automated", "audited", "referred", "blind")
    return {**{name: counts[name] for name in names}, "reasons": dict(reasons)}
