"""Where clients want to hear of their cases, and the secrets they verify with."""

import base64
from datetime import timedelta

import pytest

from hitl.domain.deliveries import Listener
from hitl.models import Delivery, Endpoint, EndpointSecret, Workflow
from hitl.models.together import insert_together
from hitl.services import deliveries
from hitl.services.deliveries.endpoints import valid_secrets
from models_registry.domain.errors import Conflict, Invalid, Missing
from tests.hitl.services.deliveries import world
from tests.hitl.services.deliveries.world import AT, BOTH

pytestmark = pytest.mark.django_db


def test_a_new_endpoint_has_a_secret_of_32_random_bytes() -> None:
    made, secret = world.endpoint(description="the shop's server")
    other, second = world.endpoint()
    assert (made.state, made.types, made.description) == (
        "enabled",
        "case.decided,case.superseded",
        "the shop's server",
    )
    assert secret != second
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    assert valid_secrets([made.pk, other.pk], AT) == {made.pk: [secret], other.pk: [second]}


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://127.0.0.1/", id="loopback"),
        pytest.param("https://localhost/", id="by name"),
        pytest.param("http://[::ffff:10.0.0.1]/", id="mapped"),
        pytest.param("http://169.254.169.254/latest/meta-data", id="metadata"),
        pytest.param("http://2130706433/", id="decimal"),
        pytest.param("file:///etc/passwd", id="a file"),
        pytest.param("https://user:password@93.184.215.14/", id="user and password"),
        pytest.param("example.com/hooks", id="no scheme"),
        pytest.param("", id="empty"),
        pytest.param("https://93.184.215.14/" + "x" * 2000, id="too long"),
    ],
)
def test_an_address_that_may_not_be_called_is_refused(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        world.endpoint(url)
    assert [problem.pointer for problem in refused.value.problems] == ["/url"]
    made, _ = world.endpoint()
    with pytest.raises(Invalid):
        deliveries.change_endpoint(made, url=url)
    made.refresh_from_db()
    assert made.url == "https://93.184.215.14/hooks"


def test_a_name_that_nobody_knows_yet_is_taken() -> None:
    assert world.endpoint("https://soon.invalid/hooks")[0].url == "https://soon.invalid/hooks"


@pytest.mark.parametrize("types", [(), ("hitl.test",), ("case.decided", "case.lost"), ("",)])
def test_only_what_can_be_heard_of_can_be_asked_for(types: tuple[str, ...]) -> None:
    with pytest.raises(Invalid, match=r"case\.decided, case\.superseded") as refused:
        world.endpoint(types=types)
    assert [problem.pointer for problem in refused.value.problems] == ["/types"]


def test_types_are_kept_once_and_in_order() -> None:
    made, _ = world.endpoint(types=["case.superseded", "case.decided", "case.superseded"])
    assert made.types == "case.decided,case.superseded"


def test_a_change_leaves_the_rest_as_it_was() -> None:
    made, _ = world.endpoint(description="old")
    deliveries.change_endpoint(made, url="https://93.184.215.15/")
    assert (made.url, made.types, made.description) == (
        "https://93.184.215.15/",
        ",".join(BOTH),
        "old",
    )
    deliveries.change_endpoint(made, types=["case.superseded"], description="")
    assert (made.url, made.types, made.description) == (
        "https://93.184.215.15/",
        "case.superseded",
        "",
    )


def test_after_a_rotation_both_secrets_are_valid_for_a_day() -> None:
    made, first = world.endpoint()
    second = deliveries.rotate(made, AT)
    for hours, valid in ((0, [second, first]), (23.9, [second, first]), (24, [second])):
        assert valid_secrets([made.pk], AT + timedelta(hours=hours)) == {made.pk: valid}


def test_there_are_never_more_than_two_valid_secrets() -> None:
    made, _ = world.endpoint()
    second = deliveries.rotate(made, AT)
    third = deliveries.rotate(made, AT + timedelta(hours=1))
    assert valid_secrets([made.pk], AT + timedelta(hours=1)) == {made.pk: [third, second]}
    assert EndpointSecret.objects.count() == 2


def test_what_is_pending_when_an_endpoint_is_disabled_can_be_sent_later(spam: Workflow) -> None:
    made, _ = world.endpoint()
    other, _ = world.endpoint()
    world.decide(world.case(spam))
    deliveries.disable(made)
    assert (made.state, made.disabled_reason) == ("disabled", "Disabled by hand.")
    assert (world.states(made), world.states(other)) == (["failed"], ["pending"])
    deliveries.enable(made)
    assert (made.state, made.disabled_reason, world.states(made)) == ("enabled", "", ["failed"])
    assert deliveries.replay_failed(made) == 1
    assert world.states(made) == ["pending"]


def test_a_disabled_endpoint_takes_no_test_and_no_replay(spam: Workflow) -> None:
    made, _ = world.endpoint()
    world.decide(world.case(spam))
    deliveries.disable(made)
    for act in (
        lambda: deliveries.test(made),
        lambda: deliveries.replay_failed(made),
        lambda: deliveries.replay(Delivery.objects.get()),
        lambda: deliveries.replay_range(made, AT, AT + timedelta(days=1)),
    ):
        with pytest.raises(Conflict, match="Enable it first"):
            act()
    assert world.states(made) == ["failed"]


def test_enabling_begins_anew() -> None:
    made, _ = world.endpoint()
    Endpoint.objects.update(failing_since=AT, paused_until=AT)
    deliveries.enable(made)
    assert (made.failing_since, made.paused_until) == (None, None)


def test_a_deleted_endpoint_keeps_its_log_and_no_secret(spam: Workflow) -> None:
    made, _ = world.endpoint()
    world.decide(world.case(spam))
    deliveries.delete(made)
    assert list(deliveries.endpoints()) == []
    assert world.states(made) == ["failed"]
    assert not EndpointSecret.objects.exists()
    deliveries.enable(made)
    assert made.state == "deleted"
    with pytest.raises(Missing):
        deliveries.rotate(made)
    with pytest.raises(Conflict):
        deliveries.replay_failed(made)


def test_a_case_on_its_way_in_survives_the_deletion_of_its_endpoint(spam: Workflow) -> None:
    """The list of listeners is read before the case is written."""
    made, _ = world.endpoint()
    listener = Listener(made.pk, frozenset(BOTH))
    deliveries.delete(made)
    case = world.case(spam)
    rows = deliveries.rows([listener], case.pk, 1, AT)
    assert insert_together(rows, workflow_id=spam.pk, revision_no=spam.revision_no)


def test_clients_have_their_own_endpoints() -> None:
    mine, _ = world.endpoint()
    other, _ = world.endpoint(client=world.client("bakery"))
    assert list(deliveries.endpoints(mine.client_id)) == [mine]
    assert set(deliveries.endpoints()) == {mine, other}


def test_nothing_is_owed_to_the_services_own_senders() -> None:
    with pytest.raises(Invalid, match="no client system"):
        world.endpoint(client=world.client("hitl: known answers"))
    assert not Endpoint.objects.exists()
