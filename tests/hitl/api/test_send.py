"""POST /workflows/{slug}/cases."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from hitl.models import Case, Client, Decision, Idempotency, Payload, Prediction, Referral, Workflow
from hitl.services import idempotency, workflows
from models_registry.models import new_id
from tests import factories, runtimes
from tests.conftest import Api, token
from tests.problems import refused

pytestmark = pytest.mark.django_db

PATH = "workflows/spam/cases"
CASE: dict[str, Any] = {"input": {"text": "hi"}}


def test_a_case_at_shadow_waits_for_people(shop: Api, spam: Workflow) -> None:
    answer = shop.send("POST", PATH, {**CASE, "reference": "r1"})
    assert answer.status_code == 201, answer.content
    assert answer.headers["Content-Type"] == "application/json"
    told = answer.json()
    case = Case.objects.get()
    assert told == {
        "id": str(case.pk),
        "workflow": "spam",
        "reference": "r1",
        "status": "referred",
        "automation_level": "shadow",
        "route": {"action": "refer", "reason": "level", "threshold": None, "audit": False},
        "decision": None,
        "created_at": told["created_at"],
        "notices": [],
    }
    assert datetime.fromisoformat(told["created_at"]) == case.created
    assert Payload.objects.get().input == {"text": "hi"}
    assert Prediction.objects.get().value == "yes"
    assert Referral.objects.get().state == "open"


def test_a_confident_case_is_decided_at_partial_automation(shop: Api, spam: Workflow) -> None:
    workflows.set_level(spam, "partial_automation", by=None, reason="test")
    told = shop.send("POST", PATH, CASE).json()
    assert told["status"] == "decided"
    decision = Decision.objects.get()
    assert told["decision"] == {
        "value": "yes",
        "source": "model",
        "number": 1,
        "decided_at": told["created_at"],
        "unusable": False,
    }
    assert decision.source == "model"


def test_everything_a_case_may_bring_is_kept(shop: Api, spam: Workflow) -> None:
    due = "2026-12-24T18:00:00+01:00"
    full = {**CASE, "reference": "r", "subject": "s", "priority": -7, "due_at": due}
    assert shop.send("POST", PATH, full).status_code == 201
    case, referral = Case.objects.get(), Referral.objects.get()
    assert (case.reference, case.subject, case.client.name) == ("r", "s", "shop")
    assert (referral.priority, referral.due) == (-7, datetime(2026, 12, 24, 17, tzinfo=UTC))


def test_a_failing_model_is_no_error_for_the_client(shop: Api, spam: Workflow) -> None:
    factories.version("broken", fails="out of memory")
    workflows.change(spam, by=None, reason="test", model="broken")
    answer = shop.send("POST", PATH, CASE)
    assert answer.status_code == 201
    assert answer.json()["status"] == "referred"
    assert b"out of memory" not in answer.content


def test_at_human_only_an_ignored_prediction_is_said(shop: Api, spam: Workflow) -> None:
    workflows.set_level(spam, "human_only", by=None, reason="test")
    told = shop.send("POST", PATH, {**CASE, "prediction": {"value": "no"}}).json()
    assert "ignored" in told["notices"][0]


# Who may not


def test_without_a_key_nothing_is_taken_in(spam: Workflow) -> None:
    answer = Api().send("POST", PATH, CASE)
    refused(answer, 401, "not-authenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert not Case.objects.exists()


@pytest.mark.parametrize("key", ["nonsense", "hitl_" + "x" * 43])
def test_an_unknown_key_is_refused(spam: Workflow, key: str) -> None:
    refused(Api(key).send("POST", PATH, CASE), 401, "authentication-failed")


def test_another_clients_key_does_not_know_this_workflow(spam: Workflow) -> None:
    other = Api(factories.key(factories.workflow("ham"), client="bakery")[1])
    refused(other.send("POST", PATH, CASE), 404, "not-found")
    refused(other.send("POST", "workflows/nowhere/cases", CASE), 404, "not-found")
    assert not Case.objects.exists()


def test_people_do_not_send_cases(spam: Workflow, alice: User, bob: User, charlie: User) -> None:
    """Not even the operator: a case belongs to a client system."""
    for person in (alice, bob, charlie):
        body = refused(token(person).send("POST", PATH, CASE), 403, "forbidden")
        assert "key of a client system" in body["detail"]
    assert not Case.objects.exists()


def test_a_signed_in_operator_is_told_the_same(spam: Workflow, alice: User) -> None:
    api = Api()
    api.force_login(alice)
    refused(api.send("POST", PATH, CASE), 403, "forbidden")


# What is wrong with the body


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"input": ', id="half a body"),
        pytest.param(b"input=1", id="a form"),
        pytest.param(b"[" * 5000, id="too deep"),
        pytest.param(b'{"input": "\xff"}', id="no UTF-8"),
        pytest.param(b'{"input": NaN}', id="NaN"),
        pytest.param(b'[{"input": {"text": "a"}}, {]', id="half an array"),
    ],
)
def test_what_is_no_json_is_refused(shop: Api, body: bytes) -> None:
    refused(shop.send("POST", PATH, body), 400, "malformed-json")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        pytest.param(b"", "", id="empty"),
        pytest.param({}, "/input", id="no input"),
        pytest.param("text", "", id="no object"),
        pytest.param({**CASE, "colour": 1}, "/colour", id="unknown field"),
        pytest.param({"input": {"text": 1}}, "/input/text", id="wrong type"),
        pytest.param({"input": {}}, "/input", id="missing property"),
        pytest.param({"input": {"text": "", "a/b~c": 1}}, "/input", id="unknown property"),
        pytest.param({"input": {"text": "x" * 1001}}, "/input/text", id="too long"),
        pytest.param({**CASE, "reference": "a\x00b"}, "/reference", id="NUL"),
        pytest.param({**CASE, "reference": "x" * 201}, "/reference", id="long reference"),
        pytest.param({**CASE, "reference": None}, "/reference", id="null reference"),
        pytest.param({**CASE, "subject": "a\nb"}, "/subject", id="two lines"),
        pytest.param({**CASE, "subject": "a\n"}, "/subject", id="a line and its end"),
        pytest.param({**CASE, "priority": 1001}, "/priority", id="priority"),
        pytest.param({**CASE, "priority": "high"}, "/priority", id="priority in words"),
        pytest.param({**CASE, "due_at": "tomorrow"}, "/due_at", id="due in words"),
        pytest.param({**CASE, "due_at": "2026-01-01T00:00:00"}, "/due_at", id="no zone"),
        pytest.param(
            {**CASE, "prediction": {"confidence": 1}}, "/prediction/value", id="half said"
        ),
        pytest.param({**CASE, "prediction": {"value": "yes"}}, "/prediction", id="not wanted"),
        pytest.param([], "", id="empty array"),
    ],
)
def test_what_does_not_fit_is_refused_where_it_stands(shop: Api, body: Any, pointer: str) -> None:
    refused(shop.send("POST", PATH, body), 400, "invalid", pointer)
    assert not Case.objects.exists()
    assert not runtimes.ASKED


@pytest.mark.parametrize("due", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_the_first_and_the_last_times_are_times(shop: Api, spam: Workflow, due: str) -> None:
    assert shop.send("POST", PATH, {**CASE, "due_at": due}).status_code == 201
    assert Referral.objects.get().due.year in (1, 9999)


def test_an_input_may_be_null_where_the_schema_says_so(shop: Api, spam: Workflow) -> None:
    workflows.change(spam, by=None, reason="test", schema={})
    assert shop.send("POST", PATH, {"input": None}).status_code == 201
    assert Payload.objects.get().input is None
    for body in ([{"input": None}], [{"input": None}] * 30):
        assert {one["status"] for one in shop.send("POST", PATH, body).json()} == {"referred"}
    assert Payload.objects.count() == 32


def test_a_nul_byte_in_an_input_is_content_like_any_other(shop: Api, spam: Workflow) -> None:
    assert shop.send("POST", PATH, {"input": {"text": "a\x00b"}}).status_code == 201
    assert Payload.objects.get().input == {"text": "a\x00b"}


def test_an_oversized_body_is_refused(shop: Api, settings: Settings) -> None:
    settings.HITL_BODY_LIMIT = settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    refused(shop.send("POST", PATH, b" " * 1001), 413, "too-large")
    refused(shop.send("POST", PATH, b" " * 1001, **{"Idempotency-Key": "k"}), 413, "too-large")
    assert shop.send("POST", PATH, CASE).status_code == 201


def test_another_media_type_is_refused(shop: Api) -> None:
    answer = shop.generic("POST", f"/api/v1/{PATH}", "<input/>", "application/xml")
    refused(answer, 415, "unsupported-media-type")


def test_another_method_is_refused(shop: Api) -> None:
    for method in ("PUT", "PATCH", "DELETE"):
        refused(shop.send(method, PATH, CASE), 405, "method-not-allowed")


def test_another_answer_than_json_cannot_be_had(shop: Api) -> None:
    refused(shop.send("POST", PATH, CASE, Accept="text/csv"), 406, "not-acceptable")


def test_too_many_requests_are_told_when_to_come_back(shop: Api, settings: Settings) -> None:
    settings.HITL_RATE_LIMIT = "2/hour"
    for _ in range(2):
        assert shop.send("POST", PATH, CASE).status_code == 201
    answer = shop.send("POST", PATH, CASE)
    refused(answer, 429, "throttled")
    assert 1 <= int(answer.headers["Retry-After"]) <= 3600
    assert Case.objects.count() == 2


def test_the_rate_is_counted_by_key(shop: Api, spam: Workflow, settings: Settings) -> None:
    settings.HITL_RATE_LIMIT = "1/hour"
    other = Api(factories.key(spam, client="bakery")[1])
    assert shop.send("POST", PATH, CASE).status_code == 201
    assert other.send("POST", PATH, CASE).status_code == 201
    refused(shop.send("POST", PATH, CASE), 429, "throttled")


def test_without_redis_requests_pass(shop: Api, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    settings.HITL_RATE_LIMIT = "1/hour"
    for _ in range(3):
        assert shop.send("POST", PATH, CASE).status_code == 201


# Arrays


def test_an_array_goes_in_at_once_and_bad_items_are_refused_alone(
    shop: Api, spam: Workflow
) -> None:
    items: list[Any] = [{"input": {"text": str(i)}} for i in range(20)]
    items[7] = {"input": {"txt": 1}}
    items[9] = {"nonsense": True}
    items[11] = 5
    items[13]["due_at"] = "tomorrow"
    answer = shop.send("POST", PATH, items)
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert {i: one["errors"][0]["pointer"] for i, one in enumerate(told) if "errors" in one} == {
        7: "/input",
        9: "/nonsense",
        11: "",
        13: "/due_at",
    }
    assert {told[i]["status"] for i in (7, 9, 11, 13)} == {"refused"}
    assert Case.objects.count() == Referral.objects.count() == 16
    assert runtimes.ASKED == [16]


def test_an_array_of_a_thousand_is_the_most(shop: Api, spam: Workflow) -> None:
    told = shop.send("POST", PATH, [CASE] * 1000).json()
    assert len({one["id"] for one in told}) == Case.objects.count() == 1000
    body = refused(shop.send("POST", PATH, [CASE] * 1001), 400, "invalid", "")
    assert "1,000" in body["detail"]
    assert Case.objects.count() == 1000


# The same key, the same answer


def keyed(api: Api, key: str, body: Any = CASE, path: str = PATH) -> Any:
    return api.send("POST", path, body, **{"Idempotency-Key": key})


@pytest.mark.parametrize("level", ["shadow", "full_automation"])
@pytest.mark.parametrize("size", [None, 1, 30])
def test_the_same_key_gets_the_same_bytes(
    shop: Api, spam: Workflow, level: str, size: int | None
) -> None:
    workflows.set_level(spam, level, by=None, reason="test")  # shadow stays revision 1
    body: Any = CASE if size is None else [*([CASE] * size), {"input": 1.5}]
    first, again = keyed(shop, '"k"', body), keyed(shop, "k", body)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert first.headers["Content-Type"] == again.headers["Content-Type"]
    assert Case.objects.count() == len(runtimes.ASKED) * (size or 1) == (size or 1)
    row = Idempotency.objects.get()
    assert (row.key, row.status) == ("k", 201)
    assert row.case_id == (Case.objects.get().pk if size is None else None)


def test_the_first_answer_stays_whatever_becomes_of_the_workflow(shop: Api, spam: Workflow) -> None:
    first = keyed(shop, "k")
    workflows.change(
        spam, by=None, reason="narrower", schema={**factories.SCHEMA, "required": ["more"]}
    )
    assert keyed(shop, "k").content == first.content


def test_a_key_with_another_body_is_refused(shop: Api, spam: Workflow) -> None:
    keyed(shop, "k")
    refused(keyed(shop, "k", {"input": {"text": "ho"}}), 422, "idempotency-key-reused")
    refused(keyed(shop, "k", [CASE]), 422, "idempotency-key-reused")
    assert Case.objects.count() == 1


def test_a_key_belongs_to_one_workflow(shop: Api, spam: Workflow) -> None:
    ham = factories.workflow("ham")
    both = Api(factories.key(spam, ham)[1])
    keyed(both, "k")
    answer = keyed(both, "k", path="workflows/ham/cases")
    refused(answer, 422, "idempotency-key-reused")


def test_keys_of_two_clients_do_not_meet(shop: Api, spam: Workflow) -> None:
    other = Api(factories.key(spam, client="bakery")[1])
    assert keyed(shop, "k").json()["id"] != keyed(other, "k").json()["id"]


def test_while_the_first_is_running_the_second_is_told_so(shop: Api, spam: Workflow) -> None:
    meanwhile: list[Any] = []
    runtimes.MEANWHILE.append(lambda: meanwhile.append(keyed(shop, "k")))
    assert keyed(shop, "k").status_code == 201
    refused(meanwhile[0], 409, "conflict")
    assert Case.objects.count() == 1
    assert keyed(shop, "k").status_code == 201, "the mark is taken away"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("body", [CASE, [CASE] * 20], ids=["one", "array"])
def test_whoever_loses_the_race_for_a_key_gets_the_winners_answer(
    shop: Api, spam: Workflow, body: Any
) -> None:
    """The quick mark in Redis may be lost; the table's primary key is what counts."""
    winner: list[Any] = []

    def slip_past_the_mark() -> None:
        from django.core.cache import cache

        cache.clear()
        winner.append(keyed(shop, "k", body))

    runtimes.MEANWHILE.append(slip_past_the_mark)
    loser = keyed(shop, "k", body)
    assert loser.status_code == winner[0].status_code == 201
    assert loser.content == winner[0].content
    assert Case.objects.count() == len(body if isinstance(body, list) else [body])
    assert Idempotency.objects.count() == 1


def test_a_refused_request_may_be_mended_under_the_same_key(shop: Api, spam: Workflow) -> None:
    """Nothing was taken in, so nothing is repeated."""
    refused(keyed(shop, "k", {"input": {}}), 400, "invalid", "/input")
    assert keyed(shop, "k").status_code == 201


@pytest.mark.parametrize("key", ["x" * 201, "a\tb", "a\x7fb"])
def test_a_key_that_is_none_is_refused(shop: Api, key: str) -> None:
    refused(keyed(shop, key), 400, "invalid", "Idempotency-Key")


@pytest.mark.parametrize("key", ["", '""', " "])
def test_an_empty_key_is_refused(shop: Api, spam: Workflow, key: str) -> None:
    refused(keyed(shop, key), 400, "invalid", "Idempotency-Key")
    assert not Case.objects.exists()


def test_a_stored_answer_is_read_as_it_was_written(spam: Workflow) -> None:
    client = Client.objects.create(name="shop")
    told = {"id": new_id(), "at": datetime.now(UTC), "threshold": 0.0, "n": 1}
    attempt = idempotency.Attempt(client.pk, "k", "h", lambda _: (201, told, None))
    values = attempt.row([], datetime.now(UTC)).values
    Idempotency.objects.create(**values)
    known = idempotency.stored(client.pk, "k", "h")
    assert known is not None
    assert msgspec.json.encode(known.body) == msgspec.json.encode(told)
