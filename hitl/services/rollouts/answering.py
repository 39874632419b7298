"""Asking a challenger silently: beside the champion, in batches, never in the client's way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from hitl.domain.cases import GOLD
from hitl.domain.draws import is_drawn
from hitl.domain.rollouts.plan import Plan, parse_plan
from hitl.domain.rollouts.strategies import STRATEGIES
from hitl.models import Case, Prediction, Rollout
from hitl.services.receiving import judged
from hitl.services.revisions import revision
from hitl.services.rollouts import doubting
from models_registry import serving
from models_registry.domain.scoring import Outcome

AT_ONCE = 200  # cases of one batch; the next one follows at once
SCANNED = 2_000
MARGIN = timedelta(minutes=1)  # a later id can be visible before an earlier one


@dataclass(frozen=True, slots=True)
class Seen:
    """A case after the cursor: whether it is the challenger's to answer, and has been."""

    case: Case
    wanted: bool
    done: bool


def answer_silently(now: datetime | None = None) -> int:
    """One batch for each live rollout that asks silently; how many answers were given."""
    silent = [one.name for one in STRATEGIES.entries() if one.silent]
    running = Rollout.objects.filter(state=Rollout.State.RUNNING, strategy__in=silent)
    return sum(_batch(row, now or datetime.now(UTC)) for row in running.order_by("pk"))


def _batch(row: Rollout, now: datetime) -> int:
    seen = _after(row, parse_plan(row.plan))
    todo = [one.case for one in seen if one.wanted and not one.done][:AT_ONCE]
    inputs = [case.payload.input for case in todo]
    outcomes = serving.predict(row.challenger_id, inputs) if todo else []
    with transaction.atomic():
        live = Rollout.objects.select_for_update().filter(pk=row.pk, closed__isnull=True).first()
        if live is None:
            return 0  # it ended while the model was thinking
        rows = [_prediction(live, case, out) for case, out in zip(todo, outcomes, strict=True)]
        Prediction.objects.bulk_create(rows, ignore_conflicts=True)
        doubting.doubt(live, parse_plan(live.plan), [case.pk for case in todo], now)
        upto = _sure(seen, {case.pk for case in todo}, now)
        if upto is not None and upto > live.answered:
            live.answered = upto
            live.save(update_fields=["answered"])
    return len(rows)


def _after(row: Rollout, plan: Plan) -> list[Seen]:
    said = Prediction.objects.filter(case=OuterRef("pk"), version=row.challenger_id)
    asked = Prediction.objects.filter(case=OuterRef("pk"), role="live")
    cases = Case.objects.filter(workflow=row.workflow_id, pk__gt=row.answered)
    cases = cases.exclude(reason=GOLD).select_related("workflow", "payload")
    found = cases.annotate(is_said=Exists(said), is_asked=Exists(asked)).order_by("pk")[:SCANNED]
    return [Seen(case, _is_wanted(case, plan), case.is_said) for case in found]


def _is_wanted(case: Case, plan: Plan) -> bool:
    key = bytes(case.workflow.sampling_key)
    asked: bool = getattr(case, "is_asked", False)
    return asked and is_drawn(key, "silent", case.pk, plan.share)


def _sure(seen: Sequence[Seen], answered: Iterable[UUID], now: datetime) -> UUID | None:
    """The last case up to which nothing is missing and nothing can come in between any more."""
    given, upto = set(answered), None
    for one in seen:
        if one.case.created > now - MARGIN:
            break
        if one.wanted and not one.done and one.case.pk not in given:
            break
        upto = one.case.pk
    return upto


def _prediction(row: Rollout, case: Case, outcome: Outcome) -> Prediction:
    rules = revision(case.workflow_id, case.revision_no)
    found, error = judged(outcome, rules)
    kept = found or outcome
    return Prediction(
        case=case,
        version_id=row.challenger_id,
        role="silent",
        arm="challenger",
        value=kept.value,
        confidence=kept.confidence,
        confidences=kept.confidences,
        error=error.replace("\0", "\N{REPLACEMENT CHARACTER}"),
        latency=kept.latency,
    )
