"""Puts what a browser test needs into the running product's database, and reports it as JSON.

Runs inside the product's environment, one process for many tests: a line of JSON in, one out.
Cases are not made here: they come in through the REST API, as a client's do.
"""

import json
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402

from hitl.domain.roles import Role  # noqa: E402
from hitl.models import Attempt, Client, Delivery, Referral, Workflow  # noqa: E402
from hitl.services import access, deliveries, guidelines, workflows  # noqa: E402
from models_registry import services as registry  # noqa: E402
from reviews.domain.consensus import Said, Verdict  # noqa: E402
from reviews.models import Claim, Review  # noqa: E402
from reviews.services import claims, desk, golds, judging, preferences  # noqa: E402
from tests import factories  # noqa: E402


def workflow(
    slug: str,
    *,
    title: str,
    level: str,
    schema: dict[str, Any],
    answer: dict[str, Any],
    policy: dict[str, Any] | None = None,
    task_type: str = "classification",
) -> dict[str, Any]:
    """A workflow whose clients bring the predictions, with a client's key."""
    registry.register_model(name=slug, runtime="client")
    classes = [c["value"] if isinstance(c, dict) else c for c in answer.get("classes", ())]
    registry.register_version(model=slug, schema=schema, classes=classes)
    made = workflows.create(
        slug=slug,
        title=title,
        task_type=task_type,
        schema=schema,
        answer=answer,
        level=level,
        policy={"blind_share": 0.0} | (policy or {}),
        model=slug,
    )
    return {"key": factories.key(made)[1]}


def person(name: str, *, roles: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """A person with roles per workflow; who is there already gets more of them."""
    known = User.objects.filter(username=name).first()
    user = known or User.objects.create_user(name)
    user.set_password(f"{name}-pass-word")
    user.is_staff = bool(roles)
    user.save()
    for slug, some in (roles or {}).items():
        access.join(user, [Role(role) for role in some], Workflow.objects.get(slug=slug))
    return {"name": name, "password": f"{name}-pass-word"}


def webhooks(name: str) -> dict[str, Any]:
    """Somebody who administers all, and an endpoint with a delivery that failed."""
    user = factories.person(name, Role.ADMIN)
    user.set_password(f"{name}-pass-word")
    user.save()
    client = Client.objects.create(name=f"client of {name}")
    endpoint, _ = deliveries.create_endpoint(
        client, "https://93.184.215.14/hooks", ["case.decided"]
    )
    delivery = deliveries.test(endpoint)
    Delivery.objects.filter(pk=delivery.pk).update(state="failed", tries=1)
    attempt = {"at": delivery.at, "status": 500, "answer": "no", "seconds": 0.25}
    Attempt.objects.create(delivery=delivery, no=1, **attempt)
    who = {"name": name, "password": f"{name}-pass-word"}
    return {"who": who, "endpoint": str(endpoint.pk), "delivery": str(delivery.pk)}


def expire(name: str) -> dict[str, Any]:
    """The leases of a person's cases run out, as if the time had passed."""
    held = Claim.objects.filter(reviewer__username=name, state="held")
    mine = list(held.values_list("pk", flat=True))
    held.update(expires=datetime.now(UTC) - timedelta(seconds=1))
    claims.expire_due()  # other people's too, where the tests take long
    return {"expired": Claim.objects.filter(pk__in=mine, state="expired").count()}


def judged(name: str) -> dict[str, Any]:
    """What a person has said so far, in order and without what they took back, and what they
    skipped."""
    reviews = Review.objects.filter(claim__reviewer__username=name, withdrawal__isnull=True)
    skipped = Claim.objects.filter(reviewer__username=name, state="skipped")
    return {
        "reviews": [{"value": r.value, "comment": r.comment} for r in reviews.order_by("at")],
        "verdicts": [r.verdict for r in reviews.order_by("at")],
        "firsts": [r.first_value for r in reviews.order_by("at")],
        "guidelines": [r.guidelines_no for r in reviews.order_by("at")],
        "skipped": [c.skip_reason for c in skipped],
    }


def places(name: str) -> dict[str, Any]:
    """The cases in a person's hands, the first first: seen or only reserved, and their drafts."""
    held = Claim.objects.filter(reviewer__username=name, state="held").order_by("pk")
    return {
        "seen": [str(c.referral_id) for c in held if c.shown_at],
        "ahead": [str(c.referral_id) for c in held if not c.shown_at],
        "drafts": [c.draft for c in held if c.draft],
    }


def sign_out(name: str) -> dict[str, Any]:
    """The person's sign-in ends, as when a session expires."""
    key = str(User.objects.get(username=name).pk)
    mine = [s for s in Session.objects.all() if s.get_decoded().get("_auth_user_id") == key]
    for session in mine:
        session.delete()
    return {"ended": len(mine)}


def judge(name: str, slug: str, value: str, verdict: str = "answer") -> dict[str, Any]:
    """Somebody else judges the next case at their own desk."""
    user = User.objects.get(username=name)
    case = desk.desk_for(user, desk.seats_of(user, slug))
    assert case is not None
    said = Said(Verdict(verdict), value if verdict == "answer" else None)
    judging.submit(user, case.referral_id, case.token, said, comment=f"{name} says so")
    return {"referral": str(case.referral_id)}


def hold(name: str, slug: str) -> dict[str, Any]:
    """Somebody else opens the next case and thinks about it."""
    user = User.objects.get(username=name)
    case = desk.desk_for(user, desk.seats_of(user, slug))
    return {"referral": str(case.referral_id) if case else ""}


def settle(name: str) -> dict[str, Any]:
    """The time to undo is over for what a person has said, as if it had passed."""
    now = datetime.now(UTC)
    said = Review.objects.filter(claim__reviewer__username=name, undo_until__isnull=False)
    said.update(undo_until=now)
    mine = said.values_list("claim__referral_id", flat=True)
    Referral.objects.filter(pk__in=list(mine), state="settling").update(settles_at=now)
    return {"settled": judging.settle()}


def known(slug: str, inputs: list[Any], answer: str) -> dict[str, Any]:
    """Known answers of a workflow."""
    workflow = Workflow.objects.get(slug=slug)
    made = [golds.create(workflow, input=one, answer=answer) for one in inputs]
    return {"known": [str(gold.pk) for gold in made]}


def case_of(referral: str) -> dict[str, Any]:
    """The case behind what is on a desk."""
    return {"case": str(Referral.objects.get(pk=UUID(referral)).case_id)}


def keys(name: str, own: dict[str, str]) -> dict[str, Any]:
    """A person chooses their own keys."""
    stored = preferences.save(User.objects.get(username=name), preferences.Own(keys=own))
    return {"keys": dict(stored.keys)}


def guide(slug: str, text: str) -> dict[str, Any]:
    """Guidelines for a workflow."""
    workflow = Workflow.objects.get(slug=slug)
    written = guidelines.write(workflow, text, None)
    return {"no": written.no if written else 0}


VERBS: dict[str, Callable[..., dict[str, Any]]] = {
    verb.__name__: verb
    for verb in (
        workflow,
        person,
        webhooks,
        expire,
        judged,
        places,
        sign_out,
        judge,
        hold,
        settle,
        known,
        case_of,
        keys,
        guide,
    )
}


def answer(line: str) -> dict[str, Any]:
    """What a verb made, or why it failed."""
    asked = json.loads(line)
    try:
        return {"made": VERBS[asked["verb"]](*asked["args"], **asked["kwargs"])}
    except Exception:  # whatever it is, the test that asked fails with it
        return {"failed": traceback.format_exc()}


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(line)) + "\n")
        sys.stdout.flush()
