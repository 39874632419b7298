"""Raising the level by people: one of them, or two where the policy wants four eyes."""

import logging
from datetime import UTC, datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from hitl.domain.bounds import refuse_above_cap, refuse_idle_override
from hitl.domain.levels import LEVELS
from hitl.domain.policy import Target, parse_policy
from hitl.models import Proposal, Revision, Workflow
from hitl.services import workflows
from hitl.services.evidence import climbing
from models_registry.domain.errors import Conflict, Forbidden, Missing

log = logging.getLogger(__name__)
State = Proposal.State


def promote(
    workflow: Workflow, *, by: User, reason: str, seen: int | None = None
) -> Revision | Proposal:
    """Takes the next step if it is earned, or proposes it where two people have to agree. Whoever
    says which revision they had `seen` gets a Conflict if another is in force."""
    here = climbing.standing(workflow)
    _refuse_unseen(here.revision, seen)
    step = climbing.earned(here)
    if here.policy.promote == "two":
        return _propose(workflow, step.level, by=by, reason=reason, override=False)
    said = f"{workflows.said(reason)} {climbing.because(step)}"
    return workflows.set_level(workflow, step.level, by=by, reason=said, seen=here.revision.no)


def set_level(
    workflow: Workflow,
    level: str,
    *,
    by: User,
    reason: str,
    seen: int | None = None,
    override: bool = False,
) -> Revision | Proposal:
    """Another level, asked for by hand. A raise waits for a second person where the policy wants
    two; to lower it nobody has to be asked."""
    LEVELS.get(level, "/level")
    current = workflows.in_force(workflow)
    if parse_policy(current.policy).promote != "two" or not _raises(current, level, override):
        return workflows.set_level(
            workflow, level, by=by, reason=reason, seen=seen, override=override
        )
    _refuse_unseen(current, seen)
    _check(workflow, current, level, override)
    return _propose(workflow, level, by=by, reason=reason, override=override)


def confirm(workflow: Workflow, proposal_id: UUID, *, by: User) -> Revision:
    """A second person agrees: what the step needs is looked at again, and it is taken."""
    proposal = _open(workflow, proposal_id)
    if proposal.by_id == by.pk:
        raise Forbidden("Another person has to confirm what you have proposed.")
    with transaction.atomic():
        _close(proposal, State.CONFIRMED, by)
        current = workflows.in_force(workflow)
        _refuse_stale(workflow, proposal, current)
        _check(workflow, current, proposal.level, proposal.override)
        return workflows.set_level(
            workflow,
            proposal.level,
            by=by,
            reason=f"Proposed by {proposal.by.get_username()}: {proposal.reason}",
            seen=current.no,
            override=proposal.override,
        )


def refuse(workflow: Workflow, proposal_id: UUID, *, by: User) -> Proposal:
    """Another person does not agree."""
    proposal = _open(workflow, proposal_id)
    if proposal.by_id == by.pk:
        raise Forbidden("This is your own proposal: withdraw it.")
    return _close(proposal, State.REFUSED, by)


def withdraw(workflow: Workflow, proposal_id: UUID, *, by: User) -> Proposal:
    """Who proposed it takes it back."""
    proposal = _open(workflow, proposal_id)
    if proposal.by_id != by.pk:
        raise Forbidden("Only who proposed it may withdraw it: refuse it.")
    return _close(proposal, State.WITHDRAWN, by)


def _refuse_unseen(current: Revision, seen: int | None) -> None:
    if seen is not None and seen != current.no:
        raise Conflict(f"Revision {current.no} came in after the {seen} that was seen.")


def _refuse_stale(workflow: Workflow, proposal: Proposal, current: Revision) -> None:
    """What was proposed from one level is not confirmed from another: whoever lowered it since may
    have had a reason that neither of the two has heard."""
    before = workflow.revisions.filter(at__lte=proposal.at).order_by("-no").first()
    moved = before is None or (before.level, before.override) != (current.level, current.override)
    if moved or not _raises(current, proposal.level, proposal.override):
        raise Conflict(
            f"The workflow is at {LEVELS[current.level].title} by now: refuse the proposal, and "
            "propose anew what you still want."
        )


def _raises(current: Revision, level: str, override: bool) -> bool:  # noqa: FBT001
    """Whether the machine would be let do more."""
    higher = LEVELS[level].step > LEVELS[current.level].step
    return higher or (override and not current.override)


def _check(workflow: Workflow, current: Revision, level: str, override: bool) -> None:  # noqa: FBT001
    """Refuses what could not come into force. Under a target two people raise the level to what is
    earned, or override it: no certificate may let the machine begin that nobody has confirmed."""
    policy = parse_policy(current.policy)
    refuse_above_cap(current.level, level, policy)
    if override:
        refuse_idle_override(level, policy)
    elif isinstance(policy.threshold, Target):
        climbing.refuse_unearned(climbing.needs(workflow, level))


def _propose(
    workflow: Workflow,
    level: str,
    *,
    by: User,
    reason: str,
    override: bool,
) -> Proposal:
    said = workflows.said(reason)
    try:
        with transaction.atomic():
            return Proposal.objects.create(
                workflow=workflow, level=level, override=override, reason=said, by=by
            )
    except IntegrityError as error:
        raise Conflict("A proposal waits already: confirm, refuse or withdraw it first.") from error


def _open(workflow: Workflow, proposal_id: UUID) -> Proposal:
    found = Proposal.objects.filter(workflow=workflow, pk=proposal_id).select_related("by").first()
    if found is None:
        raise Missing("There is no such proposal here.")
    return found


def _close(proposal: Proposal, state: Proposal.State, by: User) -> Proposal:
    """Only one of two who act at once succeeds."""
    closed = datetime.now(UTC)
    mine = Proposal.objects.filter(pk=proposal.pk, state=State.OPEN)
    if not mine.update(state=state, closed_by=by, closed=closed):
        proposal.refresh_from_db()
        raise Conflict(f"The proposal is {proposal.state} already.")
    proposal.refresh_from_db()
    return proposal
