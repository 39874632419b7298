"""Simulating: what other terms would have done with the cases of the last weeks. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from hitl.domain import staffing as people
from hitl.domain.bounds import cap
from hitl.domain.evidence.estimates import LEAST
from hitl.domain.evidence.simulation import Evidence, Replay, replay, settled
from hitl.domain.levels import LEVELS
from hitl.domain.policy import Policy, parse_policy
from hitl.domain.staffing import Arrivals, Effort, Staffing, Wanted
from hitl.models import Epoch, Workflow
from hitl.services import handling
from hitl.services.evidence.comparing import grid_of
from hitl.services.evidence.goals import goal_of
from hitl.services.evidence.past import Span, before, span
from hitl.services.revisions import InForce, revision
from hitl.services.workflows import in_force
from models_registry.domain.errors import Invalid

WEEKS = 52
RULE = ("max_error", "confidence", "threshold")
DIALS = ("level", "threshold", "audit_share", "blind_share", "reviews_required")


@dataclass(frozen=True, slots=True)
class Asked:
    """Other terms; None leaves a dial as it is. people: how many would be there at the same time,
    to say how long cases would wait then."""

    max_error: float | None = None
    confidence: float | None = None
    threshold: float | None = None
    level: str | None = None
    audit_share: float | None = None
    blind_share: float | None = None
    reviews_required: int | None = None
    wanted: Wanted = field(default_factory=Wanted)
    people: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One set of terms over the cases of the span.

    cases: those that were replayed: all where people decide everything, else those that the
        version in force has answered; `enough` is False where that is too few for numbers.
    course: as if the terms had come into force at the start; later: with the threshold that they
        had reached in the end, for what is to come.
    reviews: reviews per case, of `later`; staffing: what they take; wait: mean minutes with as many
        people as `Simulated.people`, None where it would grow without end.
    """

    level: str
    policy: Policy
    enough: bool
    course: Replay
    later: Replay
    reviews: float
    staffing: Staffing | None = None
    wait: float | None = None

    @property
    def automated(self) -> float | None:
        """The share that is automated from here on."""
        return self.later.automated / self.later.cases if self.later.cases else None


@dataclass(frozen=True, slots=True)
class Effect:
    """One dial moved by itself."""

    dial: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Simulated:
    """Present and other terms over the same cases. complete: whether all cases of the weeks were
    read; stopped: automation is stopped, which both columns leave out of account."""

    start: datetime
    end: datetime
    version: str
    cases: int
    predictions: int
    complete: bool
    stopped: bool
    grid: bool
    now: Outcome
    then: Outcome
    effects: Sequence[Effect]
    arrivals: Arrivals | None
    effort: Effort | None
    people: int | None
    wanted: Wanted


def simulate(workflow: Workflow, asked: Asked, weeks: int, now: datetime) -> Simulated:
    """Replays the cases of the last weeks under the terms in force and under those asked for."""
    current = in_force(workflow)
    rules = revision(workflow.pk, current.no)
    policy, level = _policy(rules.policy, asked), _level(rules, asked)
    found = span(workflow.pk, rules.champion, now - timedelta(weeks=weeks), now)
    bench = _Bench(workflow, rules, found, asked, now)
    present = bench.outcome(rules.rules.level, rules.policy)
    other = bench.outcome(level, policy)
    crew = asked.people or (present.staffing.at_once if present.staffing else None)
    moved = [
        d for d in DIALS if _dial(level, policy, d) != _dial(rules.rules.level, rules.policy, d)
    ]
    alone = moved if len(moved) > 1 else []
    return Simulated(
        start=found.start,
        end=now,
        version=str(current.champion or ""),
        cases=len(found.cases),
        predictions=len(found.answered),
        complete=found.complete,
        stopped=current.stopped,
        grid=bench.evidence.grid is not None,
        now=bench.waiting(present, crew),
        then=bench.waiting(other, crew),
        effects=[Effect(dial, bench.alone(dial, level, policy)) for dial in alone],
        arrivals=bench.come,
        effort=bench.takes,
        people=crew,
        wanted=asked.wanted,
    )


class _Bench:
    """What every replay of one simulation shares: the cases, the evidence, the measured times."""

    def __init__(
        self, workflow: Workflow, rules: InForce, found: Span, asked: Asked, now: datetime
    ) -> None:
        self.rules, self.found, self.wanted = rules, found, asked.wanted
        self.workflow_id = workflow.pk
        self.takes = people.effort(handling.seconds(workflow, found.start))
        times = [case.at for case in found.cases]
        self.come = people.arrivals(times, found.first, now)
        self.evidence = _evidence(workflow.pk, rules, found)

    def outcome(self, level: str, policy: Policy) -> Outcome:
        """What these terms come to."""
        rule = policy.threshold
        same = rule == self.rules.policy.threshold
        rules = replace(
            self.rules.rules, level=level, policy=policy, stopped=False, more_audits=0.0
        )
        if not same:
            rules = replace(rules, thresholds={})
        evidence = replace(self.evidence, goal=goal_of(self.workflow_id, policy))
        decides = LEVELS[level].automates != "none"
        past = self.found.answered if decides else self.found.cases
        course = replay(rules, past, evidence)
        live = self.rules.rules.thresholds.get(self.evidence.version)
        later = settled(rules, past, evidence, live if same else course.threshold)
        reviews = _reviews(policy, later)
        enough = len(past) >= LEAST
        outcome = Outcome(level, policy, enough, course, later, reviews)
        if not enough or self.come is None or self.takes is None:
            return outcome
        staff = people.staffing(reviews, self.come, self.takes, self.wanted)
        return replace(outcome, staffing=staff)

    def waiting(self, outcome: Outcome, crew: int | None) -> Outcome:
        """The same, with how long cases wait if so many people are there."""
        if crew is None or outcome.staffing is None or self.come is None or self.takes is None:
            return outcome
        wait = people.wait_with(crew, outcome.reviews, self.come, self.takes, self.wanted)
        return replace(outcome, wait=wait)

    def alone(self, dial: str, level: str, policy: Policy) -> Outcome:
        """What comes of moving one of the dials."""
        before = self.rules
        if dial == "level":
            return self.outcome(level, before.policy)
        moved = msgspec.structs.replace(before.policy, **{dial: getattr(policy, dial)})
        return self.outcome(before.rules.level, moved)


def _evidence(workflow_id: UUID, rules: InForce, found: Span) -> Evidence:
    """What the certifier starts from: the open epoch's grid, and blind answers to other cases."""
    goal = goal_of(workflow_id, rules.policy)
    epoch = Epoch.objects.filter(
        workflow=workflow_id, version=rules.champion, slice="", closed__isnull=True
    ).first()
    version = str(rules.champion or "")
    if epoch is None or epoch.grid is None:
        return Evidence(version, goal)
    return Evidence(version, goal, grid_of(epoch), before(epoch.pk, found))


def _reviews(policy: Policy, found: Replay) -> float:
    """Reviews per case: referred and audited ones, each by as many people as the policy asks, and
    second looks at what differs, as often as blind answers have differed."""
    if not found.cases:
        return 0.0
    judged: float = (found.referred + found.audited) * policy.reviews_required
    if policy.looks_twice:
        judged += found.blind * (found.disputed.value or 0.0)
        judged += found.audited * (found.error.value or 0.0)
    return judged / found.cases


def _level(rules: InForce, asked: Asked) -> str:
    if asked.level is None:
        return rules.rules.level
    level, highest = LEVELS.get(asked.level, "/level"), cap(rules.policy)
    if level.step > highest.step:
        raise Invalid.at(
            "/level",
            f"The risk class {rules.policy.risk!r} allows at most {highest.title}: ask for "
            f"{highest.name} or less.",
        )
    return asked.level


def _dial(level: str, policy: Policy, dial: str) -> Any:
    return level if dial == "level" else getattr(policy, dial)


def _policy(before: Policy, asked: Asked) -> Policy:
    """The policy with what is asked for; Invalid at the dial that cannot be."""
    if asked.threshold is not None and (asked.max_error, asked.confidence) != (None, None):
        raise Invalid.at(
            "/threshold", "Give a fixed threshold, or a target (max_error, confidence), not both."
        )
    given: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(before))
    if asked.threshold is not None:
        given["threshold"] = {"rule": "fixed", "threshold": asked.threshold}
    goal = {"max_error": asked.max_error, "confidence": asked.confidence}
    if goal != {"max_error": None, "confidence": None}:
        rule = given["threshold"] if given["threshold"]["rule"] == "target" else {"rule": "target"}
        given["threshold"] = rule | {k: v for k, v in goal.items() if v is not None}
    for dial in ("audit_share", "blind_share", "reviews_required"):
        if getattr(asked, dial) is not None:
            given[dial] = getattr(asked, dial)
    try:
        return parse_policy(given, "")
    except Invalid as error:
        first = error.problems[0]
        where = "/" + first.pointer.rpartition("/")[2]
        raise Invalid.at(where, first.detail) from error
