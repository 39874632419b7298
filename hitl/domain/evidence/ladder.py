"""The ladder: what the next automation level needs, in numbers, and what is missing of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hitl.domain.bounds import cap
from hitl.domain.evidence.certifier import Floats, Goal, chains, clean_cases
from hitl.domain.evidence.grid import LEAST_SCORES, Grid
from hitl.domain.levels import LEVELS
from hitl.domain.policy import Policy, Target

NEXT = {
    "human_only": "shadow",
    "shadow": "partial_automation",
    "ai_assistance": "partial_automation",
    "partial_automation": "full_automation",
}
"""The next step. AI assistance may be taken by hand on the way; it needs no proof, as people still
decide every case."""


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that a step needs: how much there is, how much there must be, and both in words.
    Shares and numbers of cases; 1 and 0 for yes and no."""

    name: str
    met: bool
    have: float
    need: float
    text: str


@dataclass(frozen=True, slots=True)
class Missing:
    """At least so many clean cases (blind answers that agree with the model) at or above this
    confidence are missing."""

    cases: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Ground:
    """What the next step depends on.

    version: the one that answers, '' for none. scores: how many are in of those from which the
    thresholds are chosen. threshold, coverage: the live threshold and the share of cases above it;
    None and 0 without one. to_least, to_whole: what is missing at least for the policy's least
    coverage, and for the whole population. lapses_in: days until the certificate lapses. warm:
    whether audits find too many errors. obstacle: why nothing can be proven because of what
    reviewers miss, '' if something can. reviewers, operators: how many people may judge, and may
    change the level.
    """

    level: str
    policy: Policy
    stopped: bool = False
    version: str = ""
    scores: int = 0
    threshold: float | None = None
    coverage: float = 0.0
    whole: bool = False
    to_least: Missing | None = None
    to_whole: Missing | None = None
    lapses_in: float | None = None
    audit_share: float = 0.0
    warm: bool = False
    obstacle: str = ""
    reviewers: int = 0
    operators: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """A step to a level with all that it needs."""

    level: str
    needs: tuple[Need, ...]

    @property
    def is_earned(self) -> bool:
        return all(need.met for need in self.needs)

    @property
    def missing(self) -> list[Need]:
        return [need for need in self.needs if not need.met]


def next_step(ground: Ground) -> Step | None:
    """The next step; None at the top, and at a level that is not on the ladder."""
    level = NEXT.get(ground.level)
    return None if level is None else step_to(level, ground)


def step_to(level: str, ground: Ground) -> Step:
    """What a step to this level needs: a model that answers; to automate, proof."""
    needs = [_risk(level, ground), _version(ground)]
    automates = LEVELS[level].automates
    if automates != "none":
        needs += [_target(ground), _grid(ground)]
        needs.append(_whole(ground) if automates == "usable" else _certified(ground))
        needs += [*_lapse(ground), *_reviewers(ground), _audits(ground), _guard(ground)]
        needs.append(_stop(ground))
    return Step(level, tuple(needs))


def to_cover(
    coverage: float, grid: Grid, best: Sequence[float] | Floats, now: Floats, goal: Goal
) -> Missing | None:
    """What is missing at least until a threshold that covers so much is proven: over the chains
    that can prove one, the least. best: the largest log wealth so far, now: the present one. None
    where no threshold covers so much."""
    found = []
    for chain in chains(best, grid, goal.level):
        inside = range(chain.first, chain.end)
        end = next((i for i in inside if grid.coverages[i] >= coverage), None)
        if end is None:
            continue
        open_ones = range(chain.first + chain.proven, end + 1)
        cases = [clean_cases(now[i], chain.level, goal.max_error) for i in open_ones]
        at = grid.threshold(open_ones[0]) if open_ones else grid.threshold(end)
        found.append(Missing(max(cases, default=0), max(0.0, at)))
    return min(found, key=lambda one: one.cases, default=None)


def limits(ground: Ground) -> list[str]:
    """What a team of this size cannot have."""
    return list(_limits(ground))


def _limits(ground: Ground) -> Iterator[str]:
    policy, people = ground.policy, ground.reviewers
    if people == 0:
        yield "Nobody may judge cases here: give somebody the role reviewer."
    if people == 1:
        yield (
            "One person judges here, and nobody meets a case twice. So there is no second look: "
            "where this person and the model differ, it counts as the model's error, and proof "
            "takes longer. Nor can anybody else settle a conflict, or show what this person misses."
        )
    elif people and people < policy.reviews_required:
        yield (
            f"Every case needs {policy.reviews_required} people, and {people} may judge: no case "
            "can be settled. Ask for fewer, or give more people the role reviewer."
        )
    if policy.promote == "two" and ground.operators < 2:
        yield (
            "Two people have to raise the level, and fewer may: give another one the role "
            "operator, or change `promote` in the policy."
        )


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _yes_no(name: str, met: bool, yes: str, no: str) -> Need:  # noqa: FBT001
    return Need(name, met, float(met), 1.0, yes if met else no)


def _risk(level: str, ground: Ground) -> Need:
    highest, wanted = cap(ground.policy), LEVELS[level]
    return _yes_no(
        "risk",
        wanted.step <= highest.step,
        f"The risk class {ground.policy.risk} allows {wanted.title}.",
        f"The risk class {ground.policy.risk} allows at most {highest.title}.",
    )


def _version(ground: Ground) -> Need:
    return _yes_no(
        "version",
        bool(ground.version),
        f"{ground.version} answers.",
        "No model answers: choose one for the workflow.",
    )


def _target(ground: Ground) -> Need:
    rule, yes = ground.policy.threshold, ""
    if isinstance(rule, Target):
        yes = (
            f"The target: at most {_percent(rule.max_error)} of automated decisions wrong, with "
            f"{_percent(rule.confidence)} confidence."
        )
    return _yes_no(
        "target",
        isinstance(rule, Target),
        yes,
        "The threshold is fixed by hand, so nothing is proven: set a target for the error in the "
        "policy.",
    )


def _grid(ground: Ground) -> Need:
    scores = min(ground.scores, LEAST_SCORES)
    met = scores == LEAST_SCORES
    text = (
        "The thresholds to be tested are chosen."
        if met
        else f"{scores} of {LEAST_SCORES} confidences are in from which the thresholds to be "
        "tested are chosen; the model has to answer more cases."
    )
    return Need("thresholds", met, scores, LEAST_SCORES, text)


def _more(missing: Missing | None) -> str:
    """What is missing of proof, in words."""
    if missing is None:
        return "How many more blind answers that takes is known once the thresholds are chosen."
    if missing.cases == 0:
        return "The answers for it are in; the certificate follows."
    where = (
        f"where the confidence is {missing.confidence:.3g} or more" if missing.confidence else ""
    )
    cases = "clean case is" if missing.cases == 1 else "clean cases are"
    return (
        f"At least {missing.cases:,} more {cases} needed{' ' * bool(where)}{where}: blind answers "
        "that agree with the model."
    )


def _certified(ground: Ground) -> Need:
    need = ground.policy.least_coverage
    met = ground.threshold is not None and ground.coverage >= need
    if met:
        text = (
            f"Certified from a confidence of {ground.threshold:.3g}: {_percent(ground.coverage)} "
            f"of cases, {_percent(need)} are needed."
        )
    else:
        some = f"{_percent(ground.coverage)} of cases" if ground.coverage else "Nothing"
        text = f"{some} certified, {_percent(need)} are needed. {_more(ground.to_least)}"
    return Need("certified", met, ground.coverage, need, text)


def _whole(ground: Ground) -> Need:
    have = 1.0 if ground.whole else ground.coverage
    text = (
        "Every case that the model can answer is certified."
        if ground.whole
        else f"{_percent(have) if have else 'Nothing'} certified of all cases that the model can "
        f"answer, and all are needed. {_more(ground.to_whole)}"
    )
    return Need("certified", ground.whole, have, 1.0, text)


def _lapse(ground: Ground) -> Iterator[Need]:
    left = ground.lapses_in
    if ground.threshold is None or left is None:
        return
    text = (
        f"The certificate holds for {left:.0f} more days."
        if left > 0
        else "The certificate has lapsed: it has to be earned anew."
    )
    yield Need("lapse", left > 0, max(0.0, left), 0.0, text)


def _reviewers(ground: Ground) -> Iterator[Need]:
    if not ground.policy.reviewer_errors:
        return
    yield _yes_no(
        "reviewers",
        not ground.obstacle,
        "What reviewers miss is known well enough; the proof allows for it.",
        ground.obstacle,
    )


def _audits(ground: Ground) -> Need:
    share = ground.audit_share
    text = (
        f"{_percent(share)} of automated cases are judged by a person as well."
        if share
        else "No automated case would be judged by a person: set an audit share."
    )
    return Need("audits", share > 0, share, 0.0, text)


def _guard(ground: Ground) -> Need:
    return _yes_no(
        "guard",
        not ground.warm,
        "Audits find no more errors than the target allows.",
        "Audits find more errors than the target allows; more audits will show whether that is "
        "chance.",
    )


def _stop(ground: Ground) -> Need:
    return _yes_no(
        "stop", not ground.stopped, "Automation is not stopped.", "End the stop of automation."
    )
