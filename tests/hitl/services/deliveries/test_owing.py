"""What is owed, to whom, and sent again when somebody asks."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hitl.domain.deliveries import LAST, Listener
from hitl.models import Delivery, Endpoint, Workflow
from hitl.models.together import insert_together
from hitl.services import deliveries
from hitl.services.deliveries.sending import Sent, record
from hitl.services.deliveries.taking import take
from models_registry.models import new_id
from tests.hitl.services.deliveries import world
from tests.hitl.services.deliveries.world import AT, BOTH

pytestmark = pytest.mark.django_db


def test_a_listener_gets_what_it_asked_for(spam: Workflow) -> None:
    ids = [world.endpoint()[0].pk for _ in range(3)]
    listeners = [
        Listener(ids[0], frozenset(BOTH)),
        Listener(ids[1], frozenset({"case.decided"})),
        Listener(ids[2], frozenset({"case.superseded"})),
    ]
    case = world.case(spam)
    for n, kind, whom in ((1, "case.decided", ids[:2]), (2, "case.superseded", ids[::2])):
        rows = deliveries.rows(listeners, case.pk, n, AT)
        assert insert_together(rows, workflow_id=spam.pk, revision_no=spam.revision_no)
        owed = Delivery.objects.filter(n=n).order_by("pk")
        assert [one.endpoint_id for one in owed] == list(whom)
        for one in owed:
            assert (one.case_id, one.type, one.at, one.next_at) == (case.pk, kind, AT, AT)
            assert (one.state, one.tries, one.step) == ("pending", 0, 0)
    assert deliveries.rows([], case.pk, 1, AT) == []


def test_later_decisions_are_owed_to_the_cases_own_client(spam: Workflow) -> None:
    mine, _ = world.endpoint()
    first_only, _ = world.endpoint(types=["case.decided"])
    stranger, _ = world.endpoint(client=world.client("bakery"))
    off, _ = world.endpoint()
    deliveries.disable(off)
    case = world.case(spam)
    world.decide(case)
    world.decide(case)
    assert [(one.type, one.n) for one in mine.deliveries.order_by("pk")] == [
        ("case.decided", 1),
        ("case.superseded", 2),
    ]
    assert first_only.deliveries.count() == 1
    assert stranger.deliveries.count() == off.deliveries.count() == 0


def test_many_decisions_are_owed_in_two_statements(spam: Workflow) -> None:
    world.endpoint()
    world.endpoint()
    cases = [world.case(spam) for _ in range(30)]
    with CaptureQueriesContext(connection) as captured:
        deliveries.owe([(case.pk, 1) for case in cases], AT)
    assert Delivery.objects.count() == 60
    statements = [q["sql"] for q in captured.captured_queries if "SAVEPOINT" not in q["sql"]]
    assert len(statements) == 2


def test_the_same_decision_is_owed_once(spam: Workflow) -> None:
    world.endpoint()
    case = world.case(spam)
    for _ in range(2):
        deliveries.owe([(case.pk, 1)], AT)
    assert Delivery.objects.count() == 1
    deliveries.owe([], AT)
    deliveries.owe([(new_id(), 1)], AT)


def test_a_replay_keeps_the_id_and_the_count(spam: Workflow) -> None:
    made, _ = world.endpoint()
    world.decide(world.case(spam))
    one = world.owed(made.pk)
    for state in ("done", "failed"):
        Delivery.objects.update(state=state, tries=7, step=9, next_at=AT + timedelta(days=30))
        deliveries.replay(one)
        assert (one.state, one.tries, one.step) == ("pending", 7, 0)
        assert one.next_at < AT + timedelta(days=3000)
        assert one.next_at != AT + timedelta(days=30)


def test_only_what_failed_is_replayed_as_failed(spam: Workflow) -> None:
    made, _ = world.endpoint()
    other, _ = world.endpoint()
    for state in ("failed", "done", "pending", "failed"):
        world.decide(world.case(spam))
        made.deliveries.filter(pk=made.deliveries.latest("pk").pk).update(state=state)
    other.deliveries.update(state="failed")
    assert deliveries.replay_failed(made) == 2
    assert world.states(made) == ["pending", "done", "pending", "pending"]
    assert set(world.states(other)) == {"failed"}


def test_a_range_is_replayed_whether_it_was_delivered_or_not(spam: Workflow) -> None:
    made, _ = world.endpoint()
    for hour in range(5):
        world.decide(world.case(spam), at=AT + timedelta(hours=hour))
    made.deliveries.update(state="done")
    failed = made.deliveries.get(at=AT + timedelta(hours=2))
    made.deliveries.filter(pk=failed.pk).update(state="failed")
    until = AT + timedelta(hours=3)
    assert deliveries.replay_range(made, AT + timedelta(hours=1), until) == 2
    assert world.states(made) == ["done", "pending", "pending", "done", "done"]
    assert deliveries.replay_range(made, AT + timedelta(hours=1), until) == 0


def told(endpoint: Endpoint) -> list[tuple[int, str, int]]:
    found = endpoint.deliveries.order_by("case", "n")
    return list(found.values_list("n", "state", "step"))


def test_what_came_later_about_the_case_is_sent_again_too(spam: Workflow) -> None:
    made, _ = world.endpoint()
    other, _ = world.endpoint()
    first, second = world.case(spam), world.case(spam)
    for case in (first, first, first, second, second):
        world.decide(case)
    Delivery.objects.update(state="done", step=3)
    one = made.deliveries.get(case=first, n=2)
    deliveries.replay(one)
    assert told(made) == [
        (1, "done", 3),
        (2, "pending", 0),
        (3, "pending", 0),
        (1, "done", 3),
        (2, "done", 3),
    ]
    assert {state for _, state, _ in told(other)} == {"done"}


@pytest.mark.parametrize("how", ["failed", "range"])
def test_the_last_word_is_the_newest_decision(spam: Workflow, how: str) -> None:
    made, _ = world.endpoint()
    case = world.case(spam)
    world.decide(case)
    world.decide(case, at=AT + timedelta(hours=1))
    made.deliveries.filter(n=1).update(state="failed", step=9)
    made.deliveries.filter(n=2).update(state="done", tries=1)
    if how == "failed":
        assert deliveries.replay_failed(made) == 2
    else:
        assert deliveries.replay_range(made, AT, AT + timedelta(minutes=1)) == 2
    assert told(made) == [(1, "pending", 0), (2, "pending", 0)]
    assert [one.id for one in take(9)] == [made.deliveries.get(n=1).pk]  # the second waits for it


def test_an_attempt_under_way_does_not_settle_what_is_owed_anew(spam: Workflow) -> None:
    made, _ = world.endpoint()
    case = world.case(spam)
    world.decide(case)
    world.decide(case)
    made.deliveries.filter(n=1).update(state="failed")
    (under_way,) = take(9)
    deliveries.replay(made.deliveries.get(n=1))
    record(under_way, Sent(AT, 0.1, status=200))
    assert told(made) == [(1, "pending", 0), (2, "pending", 0)]


def test_a_test_message_is_tried_once_again(spam: Workflow) -> None:
    made, _ = world.endpoint()
    one = deliveries.test(made)
    Delivery.objects.update(state="failed", tries=1)
    deliveries.replay(one)
    assert (one.state, one.step) == ("pending", LAST)
    (again,) = take(9)
    record(again, Sent(AT, 0.1, status=500))
    one.refresh_from_db()
    assert (one.state, one.tries) == ("failed", 2)
