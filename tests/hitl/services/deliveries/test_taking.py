"""Which deliveries go out now, in which order, to whom, and what they say."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hitl.models import Attempt, Decision, Delivery, Endpoint, Workflow
from hitl.services import deliveries
from hitl.services.deliveries.taking import Taken, lease, take
from models_registry.models import new_id
from tests.hitl.services.deliveries import world
from tests.hitl.services.deliveries.world import AT, BOTH

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=10)


def told(one: Taken) -> Any:
    return msgspec.json.decode(one.body)


def finish(one: Taken, state: str = "done", at: Any = None) -> None:
    """As a recorded result does."""
    Delivery.objects.filter(pk=one.id).update(state=state, **({"next_at": at} if at else {}))
    Attempt.objects.create(delivery_id=one.id, no=one.no, at=AT, seconds=0.0)


def test_what_is_due_is_taken_once(spam: Workflow) -> None:
    made, secret = world.endpoint()
    world.decide(world.case(spam))
    one = world.owed(made.pk)
    assert take(9, AT - timedelta(seconds=1)) == []
    (mine,) = take(9, AT)
    assert (mine.id, mine.endpoint_id, mine.url) == (one.pk, made.pk, made.url)
    assert (mine.no, mine.step, mine.secrets, mine.clock) == (1, 0, (secret,), AT)
    one.refresh_from_db()
    assert (one.state, one.tries, one.next_at) == ("pending", 1, AT + lease())
    assert take(9, AT) == []
    assert take(0, AT + LATER) == []


def test_what_a_killed_worker_had_taken_is_taken_again(spam: Workflow) -> None:
    world.endpoint()
    world.decide(world.case(spam))
    (first,) = take(9, AT)
    assert take(9, AT + lease() - timedelta(seconds=1)) == []
    (again,) = take(9, AT + lease())
    assert (again.id, again.no, again.body) == (first.id, 2, first.body)


def test_time_is_the_databases(spam: Workflow) -> None:
    world.endpoint()
    world.decide(world.case(spam))
    Delivery.objects.update(next_at=AT.replace(year=2999))
    assert take(9) == []
    Delivery.objects.update(next_at=AT.replace(year=2020))
    (mine,) = take(9)
    assert Delivery.objects.get().next_at == mine.clock + lease()
    assert mine.clock_now() >= mine.clock


def test_a_body_tells_the_decision_as_it_was_made(spam: Workflow) -> None:
    world.endpoint()
    case = world.case(spam, reference="order 7")
    world.decide(case, value="no")
    (mine,) = take(9, AT)
    assert told(mine) == {
        "type": "case.decided",
        "timestamp": "2026-03-01T12:00:00Z",
        "data": {
            "case": str(case.pk),
            "workflow": "spam",
            "reference": "order 7",
            "number": 1,
            "value": "no",
            "source": "human",
            "unusable": False,
            "decided_at": "2026-03-01T12:00:00Z",
        },
    }


def test_each_message_tells_its_own_decision(spam: Workflow) -> None:
    world.endpoint()
    case = world.case(spam)
    world.decide(case, value="no")
    world.decide(case, value="yes", at=AT + timedelta(hours=1))
    said = []
    for _ in range(2):
        (mine,) = take(9, AT + LATER * 9)
        finish(mine)
        message = told(mine)
        said.append((message["type"], message["timestamp"], message["data"]["value"]))
    assert said == [
        ("case.decided", "2026-03-01T12:00:00Z", "no"),
        ("case.superseded", "2026-03-01T13:00:00Z", "yes"),
    ]


def test_a_body_is_built_when_it_is_sent(spam: Workflow) -> None:
    """What is erased between two attempts is not in the second."""
    world.endpoint()
    case = world.case(spam)
    world.decide(case, value="the name of a person")
    assert b"the name of a person" in take(9, AT)[0].body
    table = Decision._meta.db_table
    with connection.cursor() as cursor:  # as erasure will do it: the field is blanked
        cursor.execute(f"UPDATE {table} SET value = NULL")
    (again,) = take(9, AT + lease())
    assert told(again)["data"]["value"] is None
    assert told(again)["data"]["case"] == str(case.pk)


def test_an_input_that_cannot_be_judged_is_told_so(spam: Workflow) -> None:
    world.endpoint()
    world.decide(world.case(spam), value=None, unusable=True)
    data = told(take(9, AT)[0])["data"]
    assert (data["value"], data["unusable"]) == (None, True)


def test_a_test_message_tells_its_endpoint() -> None:
    made, _ = world.endpoint()
    deliveries.test(made)
    (mine,) = take(9, AT.replace(year=2999))
    message = told(mine)
    assert (message["type"], message["data"]) == ("hitl.test", {"endpoint": str(made.pk)})


def test_of_one_case_the_next_waits_for_the_one_before(spam: Workflow) -> None:
    world.endpoint()
    case = world.case(spam)
    for _ in range(3):
        world.decide(case)
    for n, state in ((1, "done"), (2, "failed"), (3, "done")):
        (mine,) = take(9, AT)
        assert told(mine)["data"]["number"] == n
        assert take(9, AT) == []
        finish(mine, state)


def test_a_failed_attempt_keeps_its_case_waiting_and_no_other(spam: Workflow) -> None:
    world.endpoint()
    case = world.case(spam)
    world.decide(case)
    (mine,) = take(9, AT)
    finish(mine, "pending", AT + timedelta(hours=5))
    world.decide(case)
    world.decide(world.case(spam, reference="another"))
    assert [told(one)["data"]["reference"] for one in take(9, AT + LATER)] == ["another"]


def test_endpoints_do_not_wait_for_each_other(spam: Workflow) -> None:
    one, _ = world.endpoint()
    other, _ = world.endpoint()
    case = world.case(spam)
    world.decide(case)
    world.decide(case)
    mine = {taken.endpoint_id: taken for taken in take(9, AT)}
    assert set(mine) == {one.pk, other.pk}
    finish(mine[one.pk])
    (following,) = take(9, AT)
    assert (following.endpoint_id, told(following)["data"]["number"]) == (one.pk, 2)


def heads(rows: list[tuple[int, int, bool]]) -> set[tuple[int, int]]:
    """By brute force: what is pending and due, with nothing pending before it."""
    return {
        (case, n)
        for case, n, due in rows
        if due and not any(c == case and m < n for c, m, _ in rows)
    }


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(1, 4),
            st.sampled_from(["due", "later", "done", "failed"]),
        ),
        max_size=8,
        unique_by=lambda row: row[:2],
    )
)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_exactly_the_heads_of_the_lines_are_taken(
    spam: Workflow, rows: list[tuple[int, int, str]]
) -> None:
    with transaction.atomic():
        made, _ = world.endpoint()
        cases = [world.case(spam) for _ in range(3)]
        for case, n, state in rows:
            at = AT + timedelta(hours=5 * (state == "later"))
            Decision.objects.create(
                id=new_id(), case=cases[case], n=n, source="human", value="yes", at=AT
            )
            Delivery.objects.create(
                endpoint=made,
                case=cases[case],
                n=n,
                type="case.decided",
                at=AT,
                next_at=at,
                state=state if state in ("done", "failed") else "pending",
            )
        pending = [(c, n, state == "due") for c, n, state in rows if state in ("due", "later")]
        numbers = {case.pk: i for i, case in enumerate(cases)}
        taken = {
            (numbers[UUID(data["case"])], data["number"])
            for data in (told(one)["data"] for one in take(64, AT))
        }
        assert taken == heads(pending)
        transaction.set_rollback(True)


def test_the_longest_due_go_first(spam: Workflow) -> None:
    world.endpoint()
    for minute in (3, 1, 2):
        world.decide(world.case(spam), at=AT + timedelta(minutes=minute))
    late = AT + LATER
    assert told(take(1, late)[0])["timestamp"] == "2026-03-01T12:01:00Z"
    assert told(take(1, late)[0])["timestamp"] == "2026-03-01T12:02:00Z"


def fill(workflow: Workflow, size: int) -> None:
    cases = [world.case(workflow) for _ in range(size)]
    for case in cases:
        world.decide(case)


def test_one_endpoint_has_eight_attempts_under_way_at_most(spam: Workflow) -> None:
    made, _ = world.endpoint()
    fill(spam, 12)
    mine = take(64, AT)
    assert len(mine) == 8
    assert take(64, AT) == []
    finish(mine[0])
    finish(mine[1], "pending", AT + timedelta(seconds=5))
    assert len(take(64, AT)) == 2
    assert take(64, AT) == []
    assert made.deliveries.filter(tries=0).count() == 2


def test_an_endpoint_that_fails_is_probed_by_one_attempt(spam: Workflow) -> None:
    world.endpoint()
    Endpoint.objects.update(failing_since=AT)
    fill(spam, 3)
    (mine,) = take(64, AT)
    assert take(64, AT) == []
    finish(mine, "failed")
    assert len(take(64, AT)) == 1


def test_an_endpoint_that_stalls_starves_no_other(spam: Workflow) -> None:
    world.endpoint()
    fill(spam, 30)
    take(64, AT)
    other, _ = world.endpoint()
    world.decide(world.case(spam))
    assert [one.endpoint_id for one in take(64, AT)] == [other.pk]


def test_the_least_busy_endpoint_goes_first(spam: Workflow) -> None:
    world.endpoint()
    fill(spam, 8)
    take(5, AT)
    idle, _ = world.endpoint()
    world.decide(world.case(spam))
    assert [one.endpoint_id for one in take(1, AT)] == [idle.pk]


@pytest.mark.parametrize(
    ("column", "value", "goes"),
    [
        pytest.param("paused_until", AT + timedelta(seconds=1), False, id="paused"),
        pytest.param("paused_until", AT, True, id="the pause is over"),
        pytest.param("state", "disabled", False, id="disabled"),
        pytest.param("state", "deleted", False, id="deleted"),
    ],
)
def test_who_is_not_to_hear_anything_is_left_alone(
    spam: Workflow, column: str, value: Any, goes: bool
) -> None:
    world.endpoint()
    world.decide(world.case(spam))
    Endpoint.objects.update(**{column: value})
    assert bool(take(9, AT)) == goes


def test_each_endpoint_signs_with_its_own_valid_secrets(spam: Workflow) -> None:
    one, first = world.endpoint()
    other, second = world.endpoint()
    third = deliveries.rotate(one, AT - timedelta(hours=1))
    world.decide(world.case(spam))
    assert {mine.endpoint_id: mine.secrets for mine in take(9, AT)} == {
        one.pk: (third, first),
        other.pk: (second,),
    }


def test_nothing_due_costs_one_read(spam: Workflow) -> None:
    world.endpoint(types=BOTH)
    with CaptureQueriesContext(connection) as captured:
        assert take(64, AT) == []
    assert len(captured.captured_queries) == 1
    assert "FOR UPDATE" not in captured.captured_queries[0]["sql"]
