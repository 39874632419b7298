"""The page of one case: what it asked, what I said about it, and what I may know beyond that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet

from hitl.domain.cases import GOLD
from hitl.domain.roles import Verb
from hitl.models import Case, Decision, Payload, Workflow
from hitl.services.access import workflows_for
from hitl.services.revisions import InForce, revision
from models_registry.domain.errors import Conflict
from reviews.domain.consensus import Verdict
from reviews.domain.viewing import Door
from reviews.models import Review
from reviews.services import comments, viewing
from reviews.services.comments import Remark
from reviews.services.desk import live_reviews
from reviews.services.history import ERASED, NO_ANSWER, Past, last
from reviews.services.viewing import Standpoint

Cells = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """Somebody's answer, or what was decided. cells: its parts with their titles; one without a
    title is all of it. first: what was answered before the suggestion was shown, '' if nothing."""

    who: str
    at: datetime
    cells: Cells
    first: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class CasePage:
    """A case as this person may see it. known_as: the referral by which they met it, if they did.
    mine: their own answer. others: who else judged it, by name, for who runs the workflow.
    decisions: what the client was told, the newest first. may_say: whether they may comment now."""

    referral_id: UUID
    known_as: UUID
    workflow: Workflow
    input: object
    input_schema: Mapping[str, Any]
    mine: Answer | None
    others: Sequence[Answer]
    decisions: Sequence[Answer]
    remarks: Sequence[Remark]
    may_say: bool


@dataclass(frozen=True, slots=True)
class Closed:
    """A case that is not open to this person yet. asks: they may open it; else they hold it, and
    it is to be answered or given back first."""

    workflow: Workflow
    asks: bool


def page(user: User, referral_id: UUID) -> CasePage | Closed:
    """What this person may see of the case. Who opens one that they have not judged is not asked
    to; what names them here is seen from now on."""
    found = viewing.find(user, referral_id)
    if found.door != Door.OPEN:
        return Closed(found.case.workflow, asks=found.door == Door.ASK)
    viewing.remember(user, found)
    return _page(user, referral_id, found, _read(user, found))


def remarks(user: User, referral_id: UUID) -> list[Remark]:
    """The comments on a case that is open to this person; what names them is seen from now on."""
    found = viewing.opened(user, referral_id)
    if found.viewer.is_judging:
        raise Conflict(comments.NOT_YET)
    return _read(user, found)


def _read(user: User, found: Standpoint) -> list[Remark]:
    shown = comments.on(user, found.case.pk)
    comments.mark_seen(user, shown)
    return shown


def my_answers(user: User, limit: int = 12) -> list[tuple[Workflow, list[Past]]]:
    """The person's last answers in each workflow that they review and have answered in."""
    workflows = workflows_for(user, Verb.REVIEW).order_by("title")
    found = [(workflow, last(user, workflow.pk, limit)) for workflow in workflows]
    return [(workflow, past) for workflow, past in found if past]


def _page(user: User, referral_id: UUID, found: Standpoint, shown: list[Remark]) -> CasePage:
    case, rules = found.case, revision(found.case.workflow_id, found.case.revision_no)
    given = live_reviews(claim__case=case).select_related("claim__reviewer").order_by("at", "pk")
    oversees = found.viewer.oversees and not found.viewer.is_judging and case.reason != GOLD
    mine = given.filter(claim__reviewer=user).last()
    others = given.exclude(claim__reviewer=user) if oversees else given.none()
    return CasePage(
        referral_id=referral_id,
        known_as=found.claim.referral_id if mine and found.claim else referral_id,
        workflow=case.workflow,
        input=Payload.objects.values_list("input", flat=True).filter(pk=case.pk).first(),
        input_schema=rules.input_schema,
        mine=_answer(mine, rules) if mine else None,
        others=[_answer(one, rules) for one in others],
        decisions=_decisions(user, case, rules, oversees=oversees),
        remarks=shown,
        may_say=not found.viewer.is_judging,
    )


def _decisions(user: User, case: Case, rules: InForce, *, oversees: bool) -> list[Answer]:
    """All decisions for who may see them; the current one for a reviewer who is told it."""
    told: QuerySet[Decision] = Decision.objects.filter(case=case).order_by("-n")
    if not oversees:
        told = told.filter(n=case.seq, case__in=viewing.told(user))
    return [
        Answer(
            one.source,
            one.at,
            _cells(rules, Verdict.BAD_INPUT if one.unusable else Verdict.ANSWER, one.value),
        )
        for one in told
    ]


def _answer(said: Review, rules: InForce) -> Answer:
    first = said.first_value
    return Answer(
        who=said.claim.reviewer.get_username(),
        at=said.at,
        cells=_cells(rules, Verdict(said.verdict), said.value),
        first="" if first is None else rules.task_type.brief(rules.answer, first),
        comment=str(said.comment or ""),
    )


def _cells(rules: InForce, verdict: Verdict, value: object) -> Cells:
    """An answer in full: by its columns where it has several, as it is where one line is short."""
    if verdict != Verdict.ANSWER:
        return [("", NO_ANSWER[verdict])]
    if value is None:
        return [("", ERASED)]
    columns = rules.task_type.columns(rules.answer)
    row = rules.task_type.row(rules.answer, value)
    if len(columns) > 1:
        return [(name.replace("_", " "), row.get(name, "")) for name in columns]
    brief = rules.task_type.brief(rules.answer, value)
    cut = isinstance(value, str) and (brief.endswith("…") or "\n" in value)
    return [("", str(value) if cut else brief)]
