"""What a step of the ladder needs, each in numbers and in words."""

from collections.abc import Iterator
from dataclasses import dataclass

from hitl.domain.bounds import cap
from hitl.domain.evidence.grid import LEAST_SCORES
from hitl.domain.levels import LEVELS
from hitl.domain.policy import Policy, Target


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
    overdue: bool = False
    warm: bool = False
    obstacle: str = ""
    reviewers: int = 0
    operators: int = 0


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _yes_no(name: str, met: bool, yes: str, no: str) -> Need:  # noqa: FBT001
    return Need(name, met, float(met), 1.0, yes if met else no)


def risk(level: str, ground: Ground) -> Need:
    highest, wanted = cap(ground.policy), LEVELS[level]
    return _yes_no(
        "risk",
        wanted.step <= highest.step,
        f"The risk class {ground.policy.risk} allows {wanted.title}.",
        f"The risk class {ground.policy.risk} allows at most {highest.title}.",
    )


def version(ground: Ground) -> Need:
    return _yes_no(
        "version",
        bool(ground.version),
        f"{ground.version} answers.",
        "No model answers: choose one for the workflow.",
    )


def target(ground: Ground) -> Need:
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


def grid(ground: Ground) -> Need:
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


def certified(ground: Ground) -> Need:
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


def whole(ground: Ground) -> Need:
    have = 1.0 if ground.whole else ground.coverage
    text = (
        "Every case that the model can answer is certified."
        if ground.whole
        else f"{_percent(have) if have else 'Nothing'} certified of all cases that the model can "
        f"answer, and all are needed. {_more(ground.to_whole)}"
    )
    return Need("certified", ground.whole, have, 1.0, text)


def lapse(ground: Ground) -> Iterator[Need]:
    left = ground.lapses_in
    if ground.threshold is None or left is None:
        return
    text = (
        f"The certificate holds for {left:.0f} more days."
        if left > 0
        else "The certificate has lapsed: it has to be earned anew."
    )
    yield Need("lapse", left > 0, max(0.0, left), 0.0, text)


def reviewers(ground: Ground) -> Iterator[Need]:
    if not ground.policy.reviewer_errors:
        return
    yield _yes_no(
        "reviewers",
        not ground.obstacle,
        "What reviewers miss is known well enough; the proof allows for it.",
        ground.obstacle,
    )


def audits(ground: Ground) -> Need:
    share = ground.audit_share
    text = (
        f"{_percent(share)} of automated cases are judged by a person as well."
        if share
        else "No automated case would be judged by a person: set an audit share."
    )
    return Need("audits", share > 0, share, 0.0, text)


def overdue(ground: Ground) -> Need:
    return _yes_no(
        "audits_done",
        not ground.overdue,
        "The audits that fell due are done.",
        "Too many audits that fell due are not done: have people judge them first.",
    )


def guard(ground: Ground) -> Need:
    return _yes_no(
        "guard",
        not ground.warm,
        "Audits find no more errors than the target allows.",
        "Audits find more errors than the target allows; more audits will show whether that is "
        "chance.",
    )


def stop(ground: Ground) -> Need:
    return _yes_no(
        "stop", not ground.stopped, "Automation is not stopped.", "End the stop of automation."
    )
