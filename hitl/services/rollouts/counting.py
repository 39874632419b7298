"""Counting: what people settled about a rollout's cases becomes its evidence, once each, in the
order in which the cases came in."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from django.db import transaction
from msgspec.structs import replace

from hitl.domain.evidence.thinning import sampling_of
from hitl.domain.evidence.truth import Found, Truth
from hitl.domain.levels import LEVELS
from hitl.domain.rollouts import counting as adding
from hitl.domain.rollouts.judgement import Evidence
from hitl.domain.rollouts.plan import Plan, parse_plan
from hitl.domain.rollouts.strategies import STRATEGIES
from hitl.models import Case, Doubt, Prediction, Rollout
from hitl.services.revisions import InForce, revision
from hitl.services.rollouts.doubting import differ, predictions
from hitl.services.verdicts import found_of, looks_at

AT_ONCE = 500
MARGIN = timedelta(minutes=1)  # a later id can be visible before an earlier one


def evidence_of(row: Rollout) -> Evidence:
    """What was counted so far."""
    return msgspec.convert(row.evidence, Evidence)


@transaction.atomic
def count(rollout_id: UUID, now: datetime | None = None) -> int:
    """Counts what was settled since, up to the first case that people still look at; how many
    cases that passed."""
    now = now or datetime.now(UTC)
    row = Rollout.objects.select_for_update().get(pk=rollout_id)
    strategy = STRATEGIES[row.strategy]
    if row.closed is not None or not (strategy.silent or strategy.counts):
        return 0
    cases = _cases(row, now, silent=strategy.silent)
    both = predictions(row, [case.pk for case in cases])
    looks = looks_at([case.pk for case in cases])
    doubts = {one.pk: one for one in Doubt.objects.filter(pk__in=[case.pk for case in cases])}
    seen, plan, passed = evidence_of(row), parse_plan(row.plan), 0
    for case in cases:
        truth = found_of(case, looks.get(case.pk, ()), now)
        said = both.get(case.pk, {})
        if strategy.silent:
            more = _pair(seen, case, said, truth, doubts.get(case.pk), plan)
        else:
            more = _of_canary(seen, row, case, said.get("live"), truth, plan)
        if more is None:
            break
        seen, row.judged, passed = more, case.pk, passed + 1
    row.evidence = msgspec.to_builtins(seen)
    row.save(update_fields=["evidence", "judged"])
    return passed


def _cases(row: Rollout, now: datetime, *, silent: bool) -> Sequence[Case]:
    mine = Case.objects.filter(
        workflow=row.workflow_id, pk__gt=row.judged, created__lt=now - MARGIN
    )
    if silent:
        mine = mine.filter(pk__lte=row.answered)
    return list(mine.order_by("pk")[:AT_ONCE])


def _is_drawn(case: Case) -> bool:
    """Whether the case was drawn for a blind answer when it came in."""
    return case.audit or (case.action == "refer" and case.blind and case.pi > 0)


def _pair(
    seen: Evidence,
    case: Case,
    said: dict[str, Prediction],
    truth: Truth,
    doubt: Doubt | None,
    plan: Plan,
) -> Evidence | None:
    """The evidence with this pair too; None while people still look."""
    if "live" not in said or "silent" not in said:
        return seen
    is_drawn = _is_drawn(case) or (doubt is not None and doubt.drawn)
    if is_drawn and truth.found is Found.PENDING:
        return None
    silent = said["silent"]
    late = silent.latency > plan.slow_seconds
    seen = adding.answered(seen, answers=1, failed=bool(silent.error), late=late, plan=plan)
    rules = revision(case.workflow_id, case.revision_no)
    known = is_drawn and truth.found is Found.ANSWER
    least, pi = _probabilities(rules, case, plan)
    pair = adding.Pair(
        agree=not differ(case, said),
        champion_wrong=_wrong(rules, said["live"], truth) if known else None,
        challenger_wrong=_wrong(rules, silent, truth) if known else None,
        weight=least / pi if pi else 0.0,
        least=least,
    )
    return adding.paired(seen, pair, plan)


def _probabilities(rules: InForce, case: Case, plan: Plan) -> tuple[float, float]:
    """The least probability with which a disagreement gets a label under these rules, and that of
    this case: what was decided may be doubted as well."""
    sampling = sampling_of(rules.rules, case.threshold)
    automates = LEVELS[rules.rules.level].automates != "none"
    above = _either(sampling.above, plan.doubt_share) if automates else sampling.above
    pi = _either(case.pi, plan.doubt_share) if case.action == "automate" else case.pi
    return min(above, sampling.below, pi), pi


def _either(one: float, other: float) -> float:
    return one + (1.0 - one) * other


def _wrong(rules: InForce, said: Prediction, truth: Truth) -> bool:
    return bool(said.error) or not rules.agrees(said.value, truth.value)


def _of_canary(
    seen: Evidence,
    row: Rollout,
    case: Case,
    said: Prediction | None,
    truth: Truth,
    plan: Plan,
) -> Evidence | None:
    """The same for a case that one of the two has answered. Where the machine decides, its
    decisions count; elsewhere what it said."""
    rules = revision(case.workflow_id, case.revision_no)
    if said is None or rules.challenger != row.challenger_id:
        return seen
    decides = LEVELS[rules.rules.level].automates != "none" and not rules.rules.stopped
    counts = _is_drawn(case) and (case.action == "automate" or not decides)
    if counts and truth.found is Found.PENDING:
        return None
    is_challengers = said.arm == "challenger"
    if is_challengers:
        late = said.latency > plan.slow_seconds
        seen = adding.answered(seen, answers=1, failed=bool(said.error), late=late, plan=plan)
    if not counts or truth.found is not Found.ANSWER:
        return seen
    more = adding.audited(
        seen,
        is_challengers=is_challengers,
        wrong=_wrong(rules, said, truth),
        share=rules.share,
        unit=adding.unit_of(case.subject, str(case.pk)),
        plan=plan,
    )
    of_step = STRATEGIES[row.strategy].share(plan, row.step) == rules.share
    return more if of_step else replace(more, of_step=seen.of_step)
