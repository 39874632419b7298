"""Counting: what one case adds to the evidence of a rollout."""

import hashlib
from dataclasses import dataclass
from functools import partial

from msgspec.structs import replace

from hitl.domain.rollouts import processes
from hitl.domain.rollouts.judgement import Evidence
from hitl.domain.rollouts.plan import Plan

MOST_ERRED = 20_000  # units remembered; by then the evidence has long said what it can


@dataclass(frozen=True, slots=True)
class Pair:
    """Both versions' answers to one case. wrong: champion's and challenger's, against people; None
    where nobody told. agree: they said the same. weight: the least probability with which a case
    gets a label, over that of this one; `least` is that probability itself."""

    agree: bool
    champion_wrong: bool | None
    challenger_wrong: bool | None
    weight: float
    least: float


def paired(seen: Evidence, pair: Pair, plan: Plan) -> Evidence:
    """A case that both have answered. Where they said the same nobody has to be asked: neither is
    worse there. Where nobody told, nothing is known, and nothing counts."""
    champion, challenger = pair.champion_wrong, pair.challenger_wrong
    if champion is not None and challenger is not None:
        seen = replace(
            seen,
            champion_judged=seen.champion_judged + 1,
            champion_errors=seen.champion_errors + champion,
            challenger_judged=seen.challenger_judged + 1,
            challenger_errors=seen.challenger_errors + challenger,
            of_step=seen.of_step + 1,
        )
    if pair.agree:
        return replace(seen, margin=_margin(seen, 0, pair.least, plan))
    if champion is None or challenger is None:
        return seen
    worse = int(challenger) - int(champion)
    seen = replace(seen, margin=_margin(seen, worse, pair.weight, plan))
    if not worse:
        return seen
    return replace(
        seen,
        wins=processes.differ(seen.wins, side=-worse, weight=pair.weight),
        losses=processes.differ(seen.losses, side=worse, weight=pair.weight),
        won=seen.won + (worse < 0),
        lost=seen.lost + (worse > 0),
    )


def _margin(seen: Evidence, worse: int, weight: float, plan: Plan) -> processes.Wealth:
    return processes.within(seen.margin, worse=worse, weight=weight, margin=plan.margin)


def unit_of(subject: str, case_id: str) -> str:
    """Whose errors count once: a subject keeps its arm, so its later errors tell nothing new. A
    short hash, as names of people do not belong into tallies."""
    return hashlib.sha256((subject or case_id).encode()).hexdigest()[:16]


def audited(
    seen: Evidence, *, is_challengers: bool, wrong: bool, share: float, unit: str, plan: Plan
) -> Evidence:
    """A case of a canary that people have judged. share: the challenger's, when it came in."""
    if is_challengers:
        seen = replace(
            seen,
            challenger_judged=seen.challenger_judged + 1,
            challenger_errors=seen.challenger_errors + wrong,
            of_step=seen.of_step + 1,
        )
    else:
        seen = replace(
            seen,
            champion_judged=seen.champion_judged + 1,
            champion_errors=seen.champion_errors + wrong,
        )
    if not wrong or not 0.0 < share < 1.0 or unit in seen.erred or len(seen.erred) >= MOST_ERRED:
        return seen
    cleared = partial(processes.cleared, is_challengers=is_challengers, share=share)
    return replace(
        seen,
        worse=processes.assigned(seen.worse, is_challengers=is_challengers, share=share),
        better=cleared(seen.better, least=1.0),
        cleared=cleared(seen.cleared, least=plan.ratio),
        erred=(*seen.erred, unit),
    )


def answered(seen: Evidence, *, answers: int, failed: int, late: int, plan: Plan) -> Evidence:
    """Answers of the challenger, however anybody judges them."""
    if not answers:
        return seen
    return replace(
        seen,
        answers=seen.answers + answers,
        failed=seen.failed + failed,
        late=seen.late + late,
        failing=processes.above(seen.failing, happened=failed, of=answers, most=plan.most_failing),
        sound=processes.below(seen.sound, happened=failed, of=answers, most=plan.most_failing),
        slow=processes.above(seen.slow, happened=late, of=answers, most=plan.most_slow),
        quick=processes.below(seen.quick, happened=late, of=answers, most=plan.most_slow),
    )
