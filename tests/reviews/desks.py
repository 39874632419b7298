"""What tests of judging share: cases sent, taken and judged in process, and time that passes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F

from hitl.domain.roles import Role
from hitl.models import Case, Decision, Membership, Referral, Workflow
from hitl.services import receiving, workflows
from hitl.services.arriving import Submission
from hitl.services.revisions import Head
from reviews.domain.consensus import Said, Verdict
from reviews.models import Claim, Review
from reviews.services import desk, judging
from reviews.services.desk import OnDesk
from reviews.services.judging import Submitted
from tests import factories

UNSURE, BAD = Said(Verdict.CANNOT_DECIDE), Said(Verdict.BAD_INPUT)


def send(workflow: Workflow, text: str = "hi", **given: Any) -> Case:
    row, _ = factories.key(workflow)
    assert row.client_id is not None
    receiving.receive(
        [Submission({"text": text, **given.pop("more", {})}, **given)],
        head=Head(workflow.pk, workflow.slug, workflows.in_force(workflow).no),
        client_id=row.client_id,
    )
    return Case.objects.order_by("-pk")[0]


def dials(workflow: Workflow, **policy: Any) -> Workflow:
    """Turns these dials of the policy."""
    workflows.change(workflow, by=None, reason="test", policy=policy)
    workflow.refresh_from_db()
    return workflow


def level(workflow: Workflow, name: str) -> Workflow:
    workflows.set_level(workflow, name, by=None, reason="test")
    workflow.refresh_from_db()
    return workflow


def reviewers(workflow: Workflow, *names: str, skills: tuple[str, ...] = ()) -> list[User]:
    people = [factories.person(name, Role.REVIEWER, workflow=workflow) for name in names]
    Membership.objects.filter(user__in=people).update(skills=list(skills))
    return people


def claim(user: User, slug: str = "") -> OnDesk | None:
    return desk.claim(user, desk.seats_of(user, slug))


def taken(user: User, slug: str = "") -> OnDesk:
    case = claim(user, slug)
    assert case is not None
    return case


def text(case: OnDesk | None) -> str:
    assert case is not None
    assert isinstance(case.input, dict)
    return str(case.input["text"])


def submit(user: User, case: OnDesk, said: object = "no", **given: Any) -> Submitted:
    """An answer, or what was said instead of one."""
    said = said if isinstance(said, Said) else Said(Verdict.ANSWER, said)
    done = judging.submit(user, case.referral_id, case.token, said, **given)
    assert isinstance(done, Submitted)
    return done


def judge(user: User, said: object = "no", **given: Any) -> Submitted:
    """Takes the next case and says this about it."""
    return submit(user, taken(user), said, **given)


def run_out(*users: User) -> None:
    """Ends these people's leases, as time would."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    Claim.objects.filter(reviewer__in=users).update(expires=past)


def later(by: timedelta = timedelta(hours=1)) -> None:
    """Lets time pass for all that may still be undone or is to be done at some time."""
    Referral.objects.filter(settles_at__isnull=False).update(settles_at=F("settles_at") - by)
    Referral.objects.filter(acts_at__isnull=False).update(acts_at=F("acts_at") - by)
    Review.objects.filter(undo_until__isnull=False).update(undo_until=F("undo_until") - by)


def settled() -> int:
    """Resolves all that may be undone by now, as if its time were over."""
    later()
    return judging.settle()


def referral(kind: str = "decide") -> Referral:
    return Referral.objects.get(kind=kind)


def kinds() -> list[tuple[str, str]]:
    """The referrals so far: kind and state, in order of time."""
    return list(Referral.objects.order_by("opened", "pk").values_list("kind", "state"))


def decisions() -> list[tuple[int, str, Any]]:
    return list(Decision.objects.order_by("n").values_list("n", "source", "value"))


def first_in(monkeypatch: pytest.MonkeyPatch, module: Any, act: Callable[[], object]) -> None:
    """Has somebody else `act` just before the module's next transaction begins."""
    waiting = [act]

    def atomic() -> Any:
        if waiting:
            waiting.pop()()
        return transaction.atomic()

    monkeypatch.setattr(module, "transaction", SimpleNamespace(atomic=atomic))
