"""The ladder over HTTP: what the next level needs, taking it, and agreeing to it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hitl.domain.bounds import cap
from hitl.domain.evidence.ladder import Step
from hitl.domain.roles import Verb
from hitl.models import Proposal, Revision
from hitl.services import workflows
from hitl.services.evidence import climbing, proposing
from models_registry.api.bodies import person, read
from models_registry.api.openapi import any_of, described

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]


class NeedOut(msgspec.Struct, frozen=True):
    """One thing that a step needs: shares and numbers of cases; 1 and 0 for yes and no."""

    name: str
    met: bool
    have: float
    need: float
    text: str


class StepOut(msgspec.Struct, frozen=True):
    level: str
    earned: bool
    needs: list[NeedOut]


class ProposalOut(msgspec.Struct, frozen=True):
    """A raise of the level that another person has to confirm."""

    id: UUID
    level: str
    override: bool
    reason: str
    by: str
    at: datetime
    state: str
    closed: datetime | None


class LadderOut(msgspec.Struct, frozen=True):
    """Where a workflow stands. highest: what the risk class allows. promote: who takes a step.
    step: the next one, null at the top. cannot: what a team of this size cannot have."""

    level: str
    highest: str
    override: bool
    promote: str
    step: StepOut | None
    cannot: list[str]
    proposal: ProposalOut | None


class PromotionIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """seen: the revision that the caller has read; refused if another is in force."""

    reason: Reason
    seen: int | None = None


class LevelOut(msgspec.Struct, frozen=True):
    """The revision that is in force now."""

    revision: int
    level: str
    override: bool


class Ladder(APIView):
    verbs = {"GET": Verb.SEE}

    @described("Read the ladder", answer=LadderOut)
    def get(self, request: Request, slug: str) -> Response:
        here = climbing.standing(workflows.find(slug))
        return Response(
            LadderOut(
                level=here.revision.level,
                highest=cap(here.policy).name,
                override=here.revision.override,
                promote=here.policy.promote,
                step=_step(here.step) if here.step else None,
                cannot=here.cannot,
                proposal=proposal_told(here.proposal) if here.proposal else None,
            )
        )


class Promotions(APIView):
    """The next step of the ladder: taken (200), or proposed (202) where two people must agree."""

    verbs = {"POST": Verb.OPERATE}

    @described(
        "Take the next step",
        body=PromotionIn,
        answer=any_of(LevelOut, ProposalOut),
        also={202: "Proposed: another person has to confirm it."},
        errors=[409, 503],
    )
    def post(self, request: Request, slug: str) -> Response:
        asked = read(request, PromotionIn)
        workflow, by = workflows.find(slug), person(request)
        return raised(proposing.promote(workflow, by=by, reason=asked.reason, seen=asked.seen))


class Confirm(APIView):
    verbs = {"POST": Verb.OPERATE}

    @described("Confirm a proposal", answer=LevelOut, errors=[409, 503])
    def post(self, request: Request, slug: str, proposal_id: UUID) -> Response:
        workflow = workflows.find(slug)
        return raised(proposing.confirm(workflow, proposal_id, by=person(request)))


class Refuse(APIView):
    verbs = {"POST": Verb.OPERATE}

    @described("Refuse a proposal", answer=ProposalOut, errors=[409])
    def post(self, request: Request, slug: str, proposal_id: UUID) -> Response:
        return raised(proposing.refuse(workflows.find(slug), proposal_id, by=person(request)))


class Withdraw(APIView):
    verbs = {"POST": Verb.OPERATE}

    @described("Withdraw a proposal", answer=ProposalOut, errors=[409])
    def post(self, request: Request, slug: str, proposal_id: UUID) -> Response:
        return raised(proposing.withdraw(workflows.find(slug), proposal_id, by=person(request)))


def _step(step: Step) -> StepOut:
    needs = msgspec.convert(step.needs, list[NeedOut], from_attributes=True)
    return StepOut(step.level, step.is_earned, needs)


def raised(done: Revision | Proposal) -> Response:
    """What was done: 202 while another person has to confirm it."""
    if isinstance(done, Revision):
        return Response(LevelOut(done.no, done.level, done.override))
    return Response(proposal_told(done), status=202 if done.state == Proposal.State.OPEN else 200)


def proposal_told(row: Proposal) -> ProposalOut:
    return ProposalOut(
        id=row.pk,
        level=row.level,
        override=row.override,
        reason=row.reason,
        by=row.by.get_username(),
        at=row.at,
        state=row.state,
        closed=row.closed,
    )
