"""What other terms would have done with the cases of the past: replayed from what is stored.

Routing and the draws of audits and blind cases are those of the live service, by the workflow's own
key. Under a target the certifier itself goes over the comparisons in the order of the sample: a
threshold counts from the moment at which it would have been proven. What was never answered blind
is not guessed: it is counted, and said.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from heapq import heapify, heappop, heappush

import numpy as np

from hitl.domain.evidence import counters as sums
from hitl.domain.evidence import losses
from hitl.domain.evidence.audits import decayed
from hitl.domain.evidence.certifier import Floats, Goal, certified, log_wealth
from hitl.domain.evidence.counters import Counters, Observation
from hitl.domain.evidence.estimates import Drawn, Estimate, estimate
from hitl.domain.evidence.grid import Grid
from hitl.domain.evidence.thinning import Past, sampling_of, thinned
from hitl.domain.evidence.truth import Counted
from hitl.domain.policy import Target
from hitl.domain.routing import WHOLE_POPULATION, Route, Rules, route

LOOK = 20  # new blind answers between two looks at the certifier, or a fiftieth of all


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the certifier starts from: the version, what is to be proven, its frozen grid (None:
    there is none yet), and blind answers to cases that are not replayed."""

    version: str
    goal: Goal
    grid: Grid | None = None
    before: Sequence[tuple[datetime, Observation]] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A threshold that would have become the live one."""

    at: datetime
    threshold: float
    coverage: float
    cases: int
    errors: int

    @property
    def is_whole(self) -> bool:
        return self.threshold == WHOLE_POPULATION


@dataclass(frozen=True, slots=True)
class Replay:
    """What would have happened.

    automated, audited (some of these), referred, blind (some of those): counts of the cases.
    error: of automated decisions; disputed: of what people would have decided, both from blind
        answers alone, each weighed by its probability.
    unknowable: automated cases that had no chance of a blind answer: nothing is known about them.
    awaited: automated cases whose blind answer was asked for and is not there yet.
    undrawn: cases that these terms would have had judged blind and nobody did: the certifier would
        have had more to go by.
    steps: thresholds in the order in which they would have been certified.
    threshold: the live one at the end, None for none.
    """

    cases: int
    automated: int
    audited: int
    referred: int
    blind: int
    error: Estimate
    disputed: Estimate
    unknowable: int = 0
    awaited: int = 0
    undrawn: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    steps: Sequence[Step] = ()
    threshold: float | None = None


def replay(rules: Rules, past: Sequence[Past], evidence: Evidence) -> Replay:
    """These rules over these cases, in order of time. Under a target nothing is certified at the
    start but what the evidence before the first case proves."""
    course = _Course(rules, evidence)
    found = _Tally()
    for case in past:
        course.until(case.at)
        way = route(course.rules, case.case_id, case.signal)
        found.add(case, way)
        course.saw(case, way)
    course.end()
    return found.replay(course)


def settled(
    rules: Rules, past: Sequence[Past], evidence: Evidence, threshold: float | None
) -> Replay:
    """The same with one threshold from the first case to the last: what these terms come to once
    they are in force, if cases keep coming as they did."""
    thresholds = {} if threshold is None else {evidence.version: threshold}
    course = _Course(replace(rules, thresholds=thresholds), replace(evidence, grid=None))
    found = _Tally()
    for case in past:
        found.add(case, route(course.rules, case.case_id, case.signal))
    return found.replay(course)


class _Course:
    """The certifier over the course of time: evidence that is known by now, and what it proves."""

    def __init__(self, rules: Rules, evidence: Evidence) -> None:
        rule = rules.policy.threshold
        self.learns = isinstance(rule, Target) and evidence.grid is not None
        self.rules = replace(rules, thresholds={}) if self.learns else rules
        self.goal, self.grid, self.version = evidence.goal, evidence.grid, evidence.version
        self.waiting = [(at, i, one) for i, (at, one) in enumerate(evidence.before)]
        heapify(self.waiting)
        self.counters: Counters = {}
        self.sums: Floats | float = 0.0
        self.best = np.zeros(self.grid.size if self.grid else 0)
        self.unseen: list[Observation] = []
        self.seen = self.automated = 0
        self.asked = len(self.waiting)
        self.latest: datetime | None = None
        self.steps: list[Step] = []

    def until(self, now: datetime) -> None:
        """Takes in what was known by then, and looks now and then."""
        while self.waiting and self.waiting[0][0] <= now:
            at, _, one = heappop(self.waiting)
            self.latest = at
            self.unseen.append(one)
            if len(self.unseen) >= max(LOOK, self.seen // 50):
                self._look(at)

    def saw(self, case: Past, way: Route) -> None:
        """Remembers a case's answer until it is known, and how many were automated."""
        score = case.signal.confidence
        if not self.learns:
            return
        if case.answer is not None and score is not None:
            sampling = sampling_of(self.rules, way.threshold)
            one = thinned(case.answer, way, sampling, score)
            if one is not None:
                self.asked += 1
                heappush(self.waiting, (case.answer.known, self.asked, one))
        if way.action == "automate":
            self.automated += 1
            share = decayed(self.automated)
            if share != self.rules.more_audits:
                self.rules = replace(self.rules, more_audits=share)

    def end(self) -> None:
        """Takes in the rest: what is known today counts from today on."""
        if self.waiting:
            self.until(max(self.waiting)[0])
        if self.unseen and self.latest is not None:
            self._look(self.latest)

    @property
    def threshold(self) -> float | None:
        return self.rules.thresholds.get(self.version)

    def _look(self, now: datetime) -> None:
        """What is proven by now, and its threshold where that is news."""
        if self.grid is None or self.goal.max_error <= 0.0:
            return
        self.best = np.maximum(self.best, self._wealth(self.grid))
        index = certified(self.best, self.grid, self.goal.level)
        if index is None:
            return
        whole = index == len(self.grid.thresholds)
        threshold = WHOLE_POPULATION if whole else self.grid.threshold(index)
        if self.threshold is not None and threshold >= self.threshold:
            return
        counts = sums.total(self.counters, self.grid.size)
        cases, errors = int(counts.cases[index]), int(counts.errors[index])
        self.steps.append(Step(now, threshold, self.grid.coverages[index], cases, errors))
        share = decayed(self.automated)
        self.rules = replace(self.rules, thresholds={self.version: threshold}, more_audits=share)

    def _wealth(self, grid: Grid) -> Floats | float:
        """The certifier's wealth with what is new."""
        seen, self.unseen = self.unseen, []
        self.seen += len(seen)
        self.counters = sums.merge(self.counters, sums.count(seen, grid))
        if self.goal.loss == "wrong":
            return log_wealth(self.counters, self.goal.max_error)
        self.sums = self.sums + losses.log_wealths(seen, grid, self.goal.max_error)
        return losses.mixed(self.sums)


class _Tally:
    """Counts over the routes of some cases."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.answers: Counter[tuple[bool, float, Counted]] = Counter()

    def add(self, case: Past, way: Route) -> None:
        self.counts["cases"] += 1
        automated = way.action == "automate"
        self.counts["automated" if automated else "referred"] += 1
        blind = way.audit if automated else way.blind
        self.counts["audited" if automated else "blind"] += blind
        if blind and way.pi > 0 and not case.drawn:
            self.counts["undrawn"] += 1
        if not automated:
            self.reasons[way.reason] += 1
        if case.answer is not None:
            self.answers[automated, case.answer.pi, case.answer.counted] += 1
        elif automated:
            self.counts["unknowable"] += case.pi <= 0
            self.counts["awaited"] += case.drawn

    def replay(self, course: _Course) -> Replay:
        names = ("automated", "audited", "referred", "blind", "unknowable", "awaited", "undrawn")
        return Replay(
            cases=self.counts["cases"],
            **{name: self.counts[name] for name in names},
            error=self._estimate(automated=True),
            disputed=self._estimate(automated=False),
            reasons=dict(self.reasons),
            steps=tuple(course.steps),
            threshold=course.threshold,
        )

    def _estimate(self, *, automated: bool) -> Estimate:
        """The error rate, from the blind answers of either way."""
        shares = sorted({pi for way, pi, _ in self.answers if way is automated})
        found = []
        for pi in shares:
            some = {one: self.answers[automated, pi, one] for one in Counted}
            missing, wrong = some[Counted.MISSING], some[Counted.ERROR]
            found.append(Drawn(pi, wrong + missing + some[Counted.CORRECT], wrong, missing))
        return estimate(found)
