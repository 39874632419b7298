"""A client with an endpoint, and cases that get decided: what tests of deliveries start from."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hitl.models import Case, Client, Decision, Delivery, Endpoint, Workflow
from hitl.services import deliveries
from models_registry.models import new_id

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
BOTH = ("case.decided", "case.superseded")


def client(name: str = "shop") -> Client:
    return Client.objects.get_or_create(name=name)[0]


def endpoint(url: str = "https://93.184.215.14/hooks", **given: Any) -> tuple[Endpoint, str]:
    owner = given.pop("client", None) or client()
    return deliveries.create_endpoint(owner, url, given.pop("types", BOTH), **given)


def case(workflow: Workflow, *, of: Client | None = None, reference: str = "r") -> Case:
    return Case.objects.create(
        workflow=workflow,
        revision_no=1,
        client=of or client(),
        reference=reference,
        input_hash="",
        action="refer",
        reason="level",
        blind=False,
        audit=False,
        pi=0.0,
        status="decided",
        created=AT,
    )


def decide(case: Case, *, at: datetime = AT, value: object = "yes", **more: Any) -> Decision:
    """Decision n+1 and what is owed for it, as `decide_many` does it."""
    case.seq += 1
    case.save(update_fields=["seq"])
    made = Decision.objects.create(
        id=new_id(), case=case, n=case.seq, source="human", value=value, at=at, **more
    )
    deliveries.owe([(case.pk, case.seq)], at)
    return made


def states(endpoint: Endpoint) -> list[str]:
    """States of its deliveries, in the order in which they were owed."""
    return list(endpoint.deliveries.order_by("pk").values_list("state", flat=True))


def owed(endpoint_id: UUID) -> Delivery:
    return Delivery.objects.get(endpoint_id=endpoint_id)
