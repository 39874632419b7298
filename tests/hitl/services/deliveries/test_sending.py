"""The worker's run, against a real receiver that does not always behave."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from django.core.cache import cache
from pytest_django import Settings

from hitl import tasks
from hitl.models import Attempt, Delivery, Endpoint, Workflow
from hitl.services import deliveries
from hitl.services.deliveries import sending
from hitl.services.deliveries.sending import Sent, record, send, signed
from hitl.services.deliveries.taking import Taken, lease, take
from models_registry import outgoing
from models_registry.models import new_id
from tests import receiver as receivers
from tests.hitl.services.deliveries import world
from tests.receiver import Heard, Receiver, in_order, says, signature, verified

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC) + timedelta(seconds=1)  # deliveries of the tests are due before


@pytest.fixture
def listening(receiver: Receiver) -> tuple[Endpoint, str]:
    return world.endpoint(receiver.url)


@pytest.fixture
def one(spam: Workflow, listening: tuple[Endpoint, str]) -> Delivery:
    """A delivery that is due."""
    world.decide(world.case(spam))
    return world.owed(listening[0].pk)


def attempt(delivery: Delivery) -> Attempt:
    return delivery.attempts.latest("no")


def look(delivery: Delivery) -> tuple[Delivery, Endpoint]:
    fresh = Delivery.objects.select_related("endpoint").get(pk=delivery.pk)
    return fresh, fresh.endpoint


# Signatures


def test_the_tests_own_verifier_agrees_with_the_published_vector() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    message, at, body = "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}'
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signature(secret, message, at, body) == expected
    headers = {"webhook-id": message, "webhook-timestamp": at, "webhook-signature": expected}
    heard = Heard("/", headers, body, 0.0)
    assert verified(heard, secret, now=1614265330)
    assert not verified(heard, secret, now=1614265330 + 301)
    assert not verified(Heard("/", headers, body + b" ", 0.0), secret, now=1614265330)
    assert not verified(heard, "whsec_" + "A" * 32, now=1614265330)


def test_what_is_sent_can_be_verified_without_our_library(
    receiver: Receiver, listening: tuple[Endpoint, str], one: Delivery
) -> None:
    assert deliveries.deliver() == 1
    (heard,) = receiver.heard
    assert verified(heard, listening[1])
    assert heard.id == str(one.pk)
    assert heard.headers["content-type"] == "application/json"
    assert heard.told["data"]["case"] == str(one.case_id)
    assert look(one)[0].state == "done"
    made = attempt(one)
    assert (made.no, made.status, made.error, made.answer) == (1, 200, "", "thanks")
    assert 0 < made.seconds < 60


def test_every_attempt_is_signed_anew_under_the_same_id(
    receiver: Receiver, listening: tuple[Endpoint, str], one: Delivery
) -> None:
    receiver.script = [says(500)]
    later = NOW + timedelta(hours=1)
    deliveries.deliver(NOW)
    deliveries.deliver(later)
    first, second = receiver.heard
    assert first.id == second.id == str(one.pk)
    assert first.body == second.body
    for heard, at in ((first, NOW), (second, later)):
        assert heard.headers["webhook-timestamp"] == str(int(at.timestamp()))
        assert verified(heard, listening[1], now=at.timestamp())
    assert not verified(first, listening[1], now=later.timestamp())


def test_after_a_rotation_both_secrets_verify(
    receiver: Receiver, listening: tuple[Endpoint, str], spam: Workflow
) -> None:
    made, old = listening
    new = deliveries.rotate(made, NOW)
    for hours, of_old in ((1, True), (25, False)):
        at = NOW + timedelta(hours=hours)
        world.decide(world.case(spam))
        deliveries.deliver(at)
        heard = receiver.heard[-1]
        assert verified(heard, new, now=at.timestamp())
        assert verified(heard, old, now=at.timestamp()) == of_old
        assert len(heard.headers["webhook-signature"].split(" ")) == 1 + of_old


# What an answer means


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_a_success(receiver: Receiver, one: Delivery, status: int) -> None:
    Endpoint.objects.update(failing_since=NOW)
    receiver.usually = says(status)
    deliveries.deliver(NOW)
    fresh, endpoint = look(one)
    assert (fresh.state, attempt(one).status, endpoint.failing_since) == ("done", status, None)


@pytest.mark.parametrize(
    ("how", "status"),
    [
        pytest.param(says(500), 500, id="500"),
        pytest.param(says(404), 404, id="404"),
        pytest.param(says(400), 400, id="400"),
        pytest.param(says(301, Location="/elsewhere"), 301, id="redirect"),
        pytest.param(says(304), 304, id="304"),
        pytest.param(says(503), 503, id="503 without a word"),
        pytest.param(says(503, Retry_After="soon"), 503, id="503 with nonsense"),
        pytest.param(receivers.hangs_up, None, id="hangs up"),
        pytest.param(receivers.garbage, None, id="garbage"),
    ],
)
def test_anything_else_is_tried_again(
    receiver: Receiver, one: Delivery, how: Any, status: int | None
) -> None:
    receiver.usually = how
    assert deliveries.deliver(NOW) == 1
    fresh, endpoint = look(one)
    assert (fresh.state, fresh.step, fresh.tries) == ("pending", 1, 1)
    assert timedelta(seconds=5) <= fresh.next_at - NOW <= timedelta(seconds=6)
    assert (endpoint.state, endpoint.failing_since, endpoint.paused_until) == ("enabled", NOW, None)
    made = attempt(one)
    assert made.status == status
    assert bool(made.error) == (status is None)
    assert len(receiver.heard) == 1, "a redirect is not followed"
    receiver.usually = receivers.ok
    assert deliveries.deliver(NOW + timedelta(seconds=4)) == 0
    assert deliveries.deliver(NOW + timedelta(seconds=6)) == 1
    assert look(one)[0].state == "done"
    assert [row.no for row in deliveries.attempts(one)] == [1, 2]


@pytest.mark.parametrize("how", ["stalls", "drips"])
def test_one_that_stalls_is_left_after_the_time_that_is_set(
    receiver: Receiver, one: Delivery, settings: Settings, how: str
) -> None:
    settings.HITL_DELIVERY_SECONDS = 0.3
    receiver.usually = getattr(receiver, how)
    deliveries.deliver(NOW)
    assert look(one)[0].state == "pending"
    assert (attempt(one).status, attempt(one).error) == (None, "No answer within 0.3 s.")


@pytest.mark.parametrize("how", [receivers.promises_more, receivers.says_less])
def test_a_success_with_a_broken_body_is_a_success(
    receiver: Receiver, one: Delivery, how: Any
) -> None:
    receiver.usually = how
    deliveries.deliver(NOW)
    assert look(one)[0].state == "done"


def test_what_an_endpoint_says_is_kept_in_part_whatever_it_is(
    receiver: Receiver, one: Delivery
) -> None:
    receiver.usually = says(500, b"\x00\xff\xfe" + b"x" * 5000)
    deliveries.deliver(NOW)
    said = attempt(one).answer
    assert isinstance(said, str)
    assert len(said) == 1000
    assert said.startswith("\x00\N{REPLACEMENT CHARACTER}")


def test_410_disables_the_endpoint_and_nothing_more_is_sent(
    receiver: Receiver, listening: tuple[Endpoint, str], spam: Workflow
) -> None:
    case = world.case(spam)
    for _ in range(3):
        world.decide(case)
    receiver.usually = says(410)
    assert deliveries.deliver(NOW) == 1
    made = listening[0]
    made.refresh_from_db()
    assert made.state == "disabled"
    assert "410" in made.disabled_reason
    assert world.states(made) == ["failed"] * 3
    world.decide(case)
    deliveries.deliver(NOW + timedelta(days=9))
    assert len(receiver.heard) == 1
    receiver.usually = receivers.ok
    deliveries.enable(made)
    assert deliveries.replay_failed(made) == 3
    deliveries.deliver(NOW + timedelta(days=9))
    assert world.states(made) == ["done"] * 3
    assert [heard.told["data"]["number"] for heard in receiver.heard] == [1, 1, 2, 3]


def test_410_from_an_address_that_was_changed_meanwhile_disables_nothing(
    receiver: Receiver, listening: tuple[Endpoint, str], one: Delivery
) -> None:
    receiver.usually = says(410)
    (mine,) = take(1, NOW)
    Endpoint.objects.update(url=receiver.url + "/new")
    with outgoing.Http() as http:
        sent = send(http, mine, NOW)
    assert sent is not None
    record(mine, sent, now=NOW)
    fresh, endpoint = look(one)
    assert (endpoint.state, fresh.state) == ("enabled", "failed")


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_pauses_the_whole_endpoint(
    receiver: Receiver,
    listening: tuple[Endpoint, str],
    spam: Workflow,
    one: Delivery,
    status: int,
    form: str,
) -> None:
    until = (NOW + timedelta(minutes=7)).replace(microsecond=0)
    date = format_datetime(until, usegmt=True)
    receiver.script = [says(status, Retry_After=date if form == "date" else "420")]
    deliveries.deliver(NOW)
    world.decide(world.case(spam))
    endpoint = look(one)[1]
    assert endpoint.paused_until is not None
    assert abs(endpoint.paused_until - until) <= timedelta(seconds=1)
    assert look(one)[0].next_at >= endpoint.paused_until
    assert deliveries.deliver(until - timedelta(seconds=1)) == 0
    assert deliveries.deliver(until + timedelta(seconds=1)) == 2
    assert world.states(listening[0]) == ["done", "done"]


def test_a_pause_is_never_longer_than_a_day(receiver: Receiver, one: Delivery) -> None:
    receiver.usually = says(429, Retry_After="999999999")
    deliveries.deliver(NOW)
    assert look(one)[1].paused_until == NOW + timedelta(days=1)


def test_a_longer_pause_is_not_cut_short(receiver: Receiver, one: Delivery) -> None:
    (mine,) = take(1, NOW)
    Endpoint.objects.update(paused_until=NOW + timedelta(hours=3))
    record(mine, Sent(NOW, 0.1, 429, wait=timedelta(seconds=9)), now=NOW)
    assert look(one)[1].paused_until == NOW + timedelta(hours=3)


def test_after_three_days_of_failure_the_endpoint_is_disabled(
    receiver: Receiver, listening: tuple[Endpoint, str], spam: Workflow, one: Delivery
) -> None:
    receiver.usually = says(500)
    at, made = NOW, 0
    while look(one)[0].state == "pending":
        made += deliveries.deliver(at)
        at = look(one)[0].next_at
        if made == 9:
            world.decide(world.case(spam), at=at + timedelta(days=1))
    assert made == 10
    endpoint = look(one)[1]
    assert (endpoint.state, endpoint.disabled_reason) == (
        "disabled",
        "No success for three days.",
    )
    assert world.states(endpoint) == ["failed", "failed"]
    assert [row.no for row in deliveries.attempts(one)] == list(range(1, 11))


def test_one_message_that_is_never_taken_disables_no_endpoint_that_takes_others(
    receiver: Receiver, listening: tuple[Endpoint, str], spam: Workflow, one: Delivery
) -> None:
    at = NOW
    while look(one)[0].state == "pending":
        receiver.usually = says(422)
        deliveries.deliver(at)
        receiver.usually = receivers.ok
        world.decide(world.case(spam))
        deliveries.deliver(at)
        at = look(one)[0].next_at
    assert look(one)[1].state == "enabled"
    assert set(world.states(listening[0])[1:]) == {"done"}


def test_a_test_message_is_tried_once(receiver: Receiver, listening: tuple[Endpoint, str]) -> None:
    made, secret = listening
    receiver.script = [says(500)]
    for state in ("failed", "done"):
        delivery = deliveries.test(made)
        deliveries.deliver()
        assert look(delivery)[0].state == state
    assert all(verified(heard, secret) for heard in receiver.heard)
    assert {heard.told["type"] for heard in receiver.heard} == {"hitl.test"}
    deliveries.deliver(NOW + timedelta(days=9))
    assert len(receiver.heard) == 2


def test_an_address_that_is_blocked_by_now_is_not_called(
    receiver: Receiver, one: Delivery, settings: Settings
) -> None:
    """It was public when it was registered."""
    settings.HITL_OUTGOING_ALLOWED = []
    deliveries.deliver(NOW)
    assert receiver.heard == []
    assert "private address" in attempt(one).error
    assert look(one)[0].state == "pending"


# Runs


def test_all_of_a_case_goes_out_in_one_run_and_in_order(
    receiver: Receiver, listening: tuple[Endpoint, str], spam: Workflow
) -> None:
    cases = [world.case(spam) for _ in range(5)]
    for _ in range(4):
        for case in cases:
            world.decide(case)
    assert deliveries.deliver() == 20
    numbers = receiver.numbers(listening[1])
    assert numbers == {str(case.pk): [1, 2, 3, 4] for case in cases}


def test_one_endpoint_that_stalls_holds_up_no_other(
    receiver: Receiver, listening: tuple[Endpoint, str], spam: Workflow
) -> None:
    """It answers only when the other has heard everything."""
    with receivers.receiving() as other:
        _, secret = world.endpoint(other.url)

        def waits(handler: receivers.Handler) -> None:
            while len(other.heard) < 30 and not receiver.enough.wait(0.01):
                pass
            handler.reply(200)

        receiver.usually = waits
        for _ in range(10):
            case = world.case(spam)
            for _ in range(3):
                world.decide(case)
        assert deliveries.deliver() == 60
        assert all(in_order(seen) for seen in other.numbers(secret).values())
    assert set(world.states(listening[0])) == {"done"}


def test_a_message_that_cannot_be_sent_at_all_holds_up_no_other(
    receiver: Receiver,
    listening: tuple[Endpoint, str],
    spam: Workflow,
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken, _ = world.endpoint(receiver.url)
    broken.secrets.update(secret="whsec_")
    world.decide(world.case(spam))
    assert deliveries.deliver(NOW) == 2
    assert world.states(listening[0]) == ["done"]
    assert world.states(broken) == ["pending"]
    assert "cannot be sent" in attempt(world.owed(broken.pk)).error
    assert "delivery failed" in caplog.text


def test_the_task_is_a_run(receiver: Receiver, one: Delivery) -> None:
    assert tasks.deliver(now="2020-01-01T00:00:00+00:00") == 0
    assert tasks.deliver() == 1
    assert len(receiver.heard) == 1


def test_nothing_due_is_nothing_done(receiver: Receiver, listening: tuple[Endpoint, str]) -> None:
    assert deliveries.deliver() == 0


def test_there_are_no_more_runs_at_the_same_time_than_set(
    receiver: Receiver, one: Delivery, settings: Settings
) -> None:
    """A slow receiver must not take one worker after the other."""
    settings.HITL_DELIVERY_RUNS = 2
    cache.set("deliver:0", 1)
    cache.set("deliver:1", 1)
    assert deliveries.deliver(NOW) == 0
    cache.delete("deliver:1")
    assert deliveries.deliver(NOW) == 1
    assert cache.get("deliver:0")
    assert not cache.get("deliver:1")


def test_a_run_that_has_given_its_place_away_takes_no_others() -> None:
    with sending._turn() as first:
        assert first is not None
        first.keep()
        first.end()
        with sending._turn() as second:
            assert second is not None
            first.end()
            with sending._turn() as third:
                assert third is None


def test_without_redis_there_is_a_run_all_the_same(
    receiver: Receiver, one: Delivery, settings: Settings
) -> None:
    settings.CACHES = {
        "default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    }
    assert deliveries.deliver(NOW) == 1


def test_a_run_takes_no_work_for_ever(
    receiver: Receiver,
    listening: tuple[Endpoint, str],
    spam: Workflow,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "RUN_SECONDS", 0.0)
    for _ in range(12):
        world.decide(world.case(spam))
    assert [deliveries.deliver(), deliveries.deliver(), deliveries.deliver()] == [8, 4, 0]


# Who was overtaken


def test_a_late_result_is_kept_as_a_fact_and_changes_nothing(one: Delivery) -> None:
    (slow,) = take(1, NOW)
    (quick,) = take(1, NOW + lease())
    record(quick, Sent(NOW, 0.1, 200), now=NOW)
    record(slow, Sent(NOW, 70.0, 500), now=NOW)
    fresh = look(one)[0]
    assert (fresh.state, fresh.tries) == ("done", 2)
    assert [(row.no, row.status) for row in deliveries.attempts(one)] == [(1, 500), (2, 200)]


def test_a_late_success_does_not_end_an_attempt_that_is_under_way(one: Delivery) -> None:
    (slow,) = take(1, NOW)
    take(1, NOW + lease())
    record(slow, Sent(NOW, 70.0, 200), now=NOW)
    assert look(one)[0].state == "pending"


@pytest.mark.parametrize(("status", "state"), [(200, "done"), (500, "failed")])
def test_what_was_under_way_when_the_endpoint_was_disabled_ends_as_it_ends(
    one: Delivery, status: int, state: str
) -> None:
    (mine,) = take(1, NOW)
    deliveries.disable(look(one)[1])
    record(mine, Sent(NOW, 0.1, status), now=NOW)
    assert look(one)[0].state == state


def test_an_attempt_does_not_begin_when_its_lease_is_nearly_over(
    receiver: Receiver, one: Delivery
) -> None:
    (mine,) = take(1, NOW)
    late = Taken(
        **{name: getattr(mine, name) for name in Taken.__slots__} | {"began": mine.began - 41}
    )
    with outgoing.Http() as http:
        assert send(http, late) is None
    assert receiver.heard == []


def test_chance_spreads_the_attempts(one: Delivery) -> None:
    (mine,) = take(1, NOW)
    record(mine, Sent(NOW, 0.1, 500), now=NOW, draw=0.5)
    assert look(one)[0].next_at == NOW + timedelta(seconds=5.5)


def test_without_a_time_given_the_databases_counts(one: Delivery) -> None:
    (mine,) = take(1, NOW)
    record(mine, Sent(datetime(1999, 1, 1, tzinfo=UTC), 0.1, error="x\0y" * 200), draw=0.0)
    fresh = look(one)[0]
    assert NOW + timedelta(seconds=5) <= fresh.next_at < NOW + timedelta(seconds=65)
    assert len(attempt(one).error) == 300
    assert "\0" not in attempt(one).error


def test_a_message_without_secrets_is_not_signed() -> None:
    mine = Taken(new_id(), new_id(), "", 1, 0, b"{}", (), NOW, 0.0)
    assert signed(mine, NOW)["webhook-signature"] == ""
