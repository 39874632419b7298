"""The log of deliveries."""

import pytest

from hitl.models import Workflow
from hitl.services import deliveries
from models_registry.domain.errors import Missing
from models_registry.models import new_id
from tests.hitl.services.deliveries import world

pytestmark = pytest.mark.django_db


def test_the_log_shows_the_newest_first_page_by_page(spam: Workflow) -> None:
    made, _ = world.endpoint()
    for _ in range(5):
        world.decide(world.case(spam))
    wanted = list(made.deliveries.order_by("-pk"))
    first = deliveries.listing(limit=2)
    assert first == wanted[:2]
    assert deliveries.listing(limit=9, after=first[-1].pk) == wanted[2:]


def test_the_log_is_filtered(spam: Workflow) -> None:
    made, _ = world.endpoint()
    other, _ = world.endpoint(client=world.client("bakery"))
    case = world.case(spam)
    world.decide(case)
    world.decide(case)
    world.decide(world.case(spam, of=world.client("bakery")))
    made.deliveries.filter(n=2).update(state="done")
    assert len(deliveries.listing()) == 3
    assert len(deliveries.listing(made.client_id)) == 2
    assert [one.endpoint for one in deliveries.listing(endpoint=other.pk)] == [other]
    assert deliveries.listing(made.client_id, endpoint=other.pk) == []
    assert [one.n for one in deliveries.listing(state="done")] == [2]
    assert [one.n for one in deliveries.listing(case=case.pk)] == [2, 1]


def test_one_is_read_by_its_own_client_only(spam: Workflow) -> None:
    made, _ = world.endpoint()
    world.decide(world.case(spam))
    one = world.owed(made.pk)
    assert deliveries.one(one.pk) == deliveries.one(one.pk, made.client_id) == one
    assert deliveries.attempts(one) == []
    for pk, client in ((one.pk, world.client("bakery").pk), (new_id(), made.client_id)):
        with pytest.raises(Missing):
            deliveries.one(pk, client)
