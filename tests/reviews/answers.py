"""What people said, as rows: for tests of what is made of it."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User

from hitl.models import Case, Referral, Workflow
from hitl.services.revisions import in_force
from models_registry import services as registry
from reviews.domain.claims import ClaimState
from reviews.domain.consensus import Said, Verdict
from reviews.models import Claim, Gold, Review, Withdrawal
from reviews.services import golds
from tests import factories

NOW = datetime.now(UTC)


def bringing(**given: Any) -> Workflow:
    """A workflow whose clients bring the predictions, and whose people are shown them."""
    registry.register_model(name="theirs", runtime="client")
    registry.register_version(model="theirs", artifact=b"", schema={"type": "object"}, classes=())
    given = {"schema": {"type": "object"}, "level": "ai_assistance", **given}
    return factories.workflow("own", model="theirs", **given)


def hold(person: User, referral: Referral, **given: Any) -> Claim:
    """A place on a case; held unless it says something else."""
    return Claim.objects.create(
        **{
            "referral": referral,
            "case": referral.case,
            "reviewer": person,
            "expires": NOW,
            "shown_at": NOW,
            **given,
        }
    )


def review(
    person: User,
    referral: Referral,
    value: object,
    *,
    verdict: str = "answer",
    at: datetime = NOW,
    undo_until: datetime | None = None,
    withdrawn: bool = False,
) -> Review:
    """This person's judgement, their place on the case included."""
    said = Review.objects.create(
        claim=hold(person, referral, state=ClaimState.DONE),
        token=1,
        verdict=verdict,
        value=value,
        seconds=1.0,
        at=at,
        undo_until=undo_until,
    )
    if withdrawn:
        Withdrawal.objects.create(review=said)
    return said


def answer(person: User, gold: Gold, value: object, **given: Any) -> Review:
    """What a person said about a known answer, written down as it is when they submit."""
    said = review(person, Referral.objects.get(case=gold.case_id), value, **given)
    golds.record(
        said,
        case_id=gold.case_id,
        workflow_id=gold.workflow_id,
        reviewer_id=person.pk,
        said=Said(Verdict(said.verdict), value),
        agrees=in_force(gold.workflow_id).agrees,
        at=said.at,
    )
    return said


def known(workflow: Workflow, text: str = "known", value: str = "yes", **given: Any) -> Gold:
    """A known answer."""
    return golds.create(workflow, input={"text": text}, answer=value, **given)


def examined(person: User, workflow: Workflow, right: int, wrong: int, **given: Any) -> None:
    """A person who got so many known answers right and wrong."""
    for i in range(right + wrong):
        gold = known(workflow, f"{person} {i}")
        answer(person, gold, "yes" if i < right else "no", **given)


def case(workflow: Workflow, *, created: datetime = NOW, needed: int = 2, **given: Any) -> Referral:
    """A case that waits for `needed` people, without the doors it would come through."""
    row, _ = factories.key(workflow, client=given.pop("client", "shop"))
    assert row.client_id is not None
    made = Case.objects.create(
        workflow=workflow,
        revision_no=1,
        client_id=row.client_id,
        input_hash="",
        action="refer",
        reason="level",
        blind=True,
        audit=False,
        pi=1.0,
        status="referred",
        created=created,
    )
    return Referral.objects.create(
        **{
            "case": made,
            "kind": "decide",
            "pool": workflow.pk,
            "due": created,
            "needed": needed,
            "free": 0,
            "opened": created,
            **given,
        }
    )
