"""GET /cases, GET /cases/{id}, POST /cases/{id}/feedback."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.contrib.auth.models import User

from hitl.domain.pools import pool_id
from hitl.domain.roles import Role
from hitl.models import Case, Feedback, Prediction, Referral, Sight, Workflow
from hitl.services import access, waiting, workflows
from models_registry.models import new_id
from reviews.services import golds
from tests import factories
from tests.conftest import Api, token
from tests.problems import refused
from tests.reviews.desks import judge

pytestmark = pytest.mark.django_db


def send(api: Api, text: str = "hi", slug: str = "spam", **given: Any) -> dict[str, Any]:
    answer = api.send("POST", f"workflows/{slug}/cases", {"input": {"text": text}, **given})
    assert answer.status_code == 201, answer.content
    told: dict[str, Any] = answer.json()
    return told


@pytest.fixture
def auditor(spam: Workflow) -> User:
    return factories.person("erin", Role.AUDITOR, workflow=spam)


@pytest.fixture
def bakery(spam: Workflow) -> Api:
    """A client with a key for another workflow."""
    return Api(factories.key(factories.workflow("ham"), client="bakery")[1])


@pytest.mark.parametrize("level", ["shadow", "full_automation"])
def test_a_case_reads_as_it_was_told(shop: Api, spam: Workflow, alice: User, level: str) -> None:
    if level != "shadow":
        workflows.set_level(spam, level, by=None, reason="test")
    first = send(shop, reference="r")
    auditor = factories.person("erin", Role.AUDITOR)
    for api in (shop, token(auditor)):
        assert api.send("GET", f"cases/{first['id']}").json() == first
        assert api.send("GET", "cases").json() == {"cases": [first], "next": None}
    told = token(alice).send("GET", f"cases/{first['id']}").json()
    same = first.keys() if first["decision"] else first.keys() - {"route", "notices"}
    assert {name: told[name] for name in same} == {name: first[name] for name in same}


def test_who_may_read_cases(
    shop: Api, bakery: Api, alice: User, bob: User, charlie: User, auditor: User
) -> None:
    case = send(shop)["id"]
    for person in (alice, auditor):
        assert token(person).send("GET", f"cases/{case}").status_code == 200
    for person in (bob, charlie):
        refused(token(person).send("GET", f"cases/{case}"), 403, "forbidden")
        refused(token(person).send("GET", "cases"), 403, "forbidden")
    refused(bakery.send("GET", f"cases/{case}"), 404, "not-found")
    assert bakery.send("GET", "cases").json()["cases"] == []
    refused(Api().send("GET", f"cases/{case}"), 401, "not-authenticated")
    refused(Api().send("GET", "cases"), 401, "not-authenticated")


def test_a_head_request_asks_for_the_same_right(shop: Api, charlie: User) -> None:
    send(shop)
    assert token(charlie).send("HEAD", "cases").status_code == 403
    assert token(charlie).send("HEAD", "workflows/spam").status_code == 403
    assert shop.send("HEAD", "cases").status_code == 200


def test_an_unknown_case_is_missing(shop: Api) -> None:
    refused(shop.send("GET", f"cases/{new_id()}"), 404, "not-found")
    refused(shop.send("GET", "cases/17"), 404, "not-found")


def test_pages_follow_each_other_without_gaps(shop: Api, spam: Workflow) -> None:
    sent = [send(shop, str(i))["id"] for i in range(7)]
    seen: list[str] = []
    following: str | None = "/api/v1/cases?limit=3&workflow=spam"
    pages = 0
    while following:
        parts = urlsplit(following)
        page = shop.send("GET", f"{parts.path.removeprefix('/api/v1/')}?{parts.query}").json()
        seen += [case["id"] for case in page["cases"]]
        following = page["next"]
        pages += 1
    assert seen == sent
    assert pages == 3


def test_a_full_last_page_is_followed_by_an_empty_one(shop: Api) -> None:
    send(shop)
    first = shop.send("GET", "cases?limit=1").json()
    assert first["next"].startswith("http://testserver/api/v1/cases?limit=1&after=")
    last = shop.send("GET", f"cases?{urlsplit(first['next']).query}").json()
    assert last == {"cases": [], "next": None}


def test_filters_narrow_the_list(shop: Api, spam: Workflow) -> None:
    send(shop, reference="a&b")
    workflows.set_level(spam, "full_automation", by=None, reason="test")
    send(shop, reference="c")

    def found(query: str) -> list[str]:
        return [case["reference"] for case in shop.send("GET", f"cases?{query}").json()["cases"]]

    assert found("status=decided") == ["c"]
    assert found("reference=a%26b") == ["a&b"]
    refused(shop.send("GET", "cases?workflow=nowhere"), 404, "not-found")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert found(f"created_after={tomorrow}") == []
    assert found("created_after=2020-01-01T00:00:00Z&limit=1") == ["a&b"]
    assert len(found("created_after=0001-01-01T00:00:00%2B14:00")) == 2


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("colour=1", "colour"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=many", "limit"),
        ("status=lost", "status"),
        ("after=17", "after"),
        ("created_after=yesterday", "created_after"),
        ("created_after=2026-01-01T00:00:00", "created_after"),
        ("reference=a%00b", "reference"),
        ("workflow=a%00b", "workflow"),
    ],
)
def test_a_wrong_parameter_is_refused(shop: Api, query: str, pointer: str) -> None:
    body = refused(shop.send("GET", f"cases?{query}"), 400, "invalid", pointer)
    if pointer == "colour":
        assert "Valid: after, created_after, limit, reference" in body["detail"]


def test_other_methods_are_refused(shop: Api) -> None:
    case = send(shop)["id"]
    refused(shop.send("POST", "cases", {}), 405, "method-not-allowed")
    refused(shop.send("DELETE", f"cases/{case}"), 405, "method-not-allowed")
    refused(shop.send("GET", f"cases/{case}/feedback"), 405, "method-not-allowed")


# Feedback


@pytest.fixture
def decided(shop: Api, spam: Workflow) -> str:
    workflows.set_level(spam, "full_automation", by=None, reason="test")
    return str(send(shop)["id"])


def test_a_redo_is_kept(shop: Api, decided: str) -> None:
    said = {"kind": "redo", "value": "no", "statement": "not at all"}
    answer = shop.send("POST", f"cases/{decided}/feedback", said)
    assert answer.status_code == 201
    row = Feedback.objects.get()
    told = answer.json()
    assert (told["id"], told["case"], told["kind"]) == (str(row.pk), decided, "redo")
    assert datetime.fromisoformat(told["at"]) == row.at
    assert (row.value, row.statement) == ("no", "not at all")


def test_an_outcome_needs_no_decision(shop: Api) -> None:
    case = send(shop)["id"]
    said = {"kind": "outcome", "value": "yes"}
    assert shop.send("POST", f"cases/{case}/feedback", said).status_code == 201


def test_there_is_no_redo_before_a_decision(shop: Api) -> None:
    case = send(shop)["id"]
    refused(shop.send("POST", f"cases/{case}/feedback", {"kind": "redo"}), 409, "conflict")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/kind"),
        ({"kind": "praise"}, "/kind"),
        ({"kind": "redo", "value": "maybe"}, "/value"),
        ({"kind": "redo", "statement": "a\x00b"}, "/statement"),
        ({"kind": "redo", "statement": "x" * 2001}, "/statement"),
        ({"kind": "redo", "colour": 1}, "/colour"),
        ({"kind": "outcome"}, "/value"),
        ({"kind": "contest", "value": "maybe"}, "/value"),
        ({"kind": "contest", "statement": 1}, "/statement"),
    ],
)
def test_wrong_feedback_is_refused(shop: Api, decided: str, body: Any, pointer: str) -> None:
    refused(shop.send("POST", f"cases/{decided}/feedback", body), 400, "invalid", pointer)
    assert not Feedback.objects.exists()


def test_only_the_client_gives_feedback(
    bakery: Api, decided: str, alice: User, charlie: User
) -> None:
    path, said = f"cases/{decided}/feedback", {"kind": "redo"}
    for person in (alice, charlie):
        refused(token(person).send("POST", path, said), 403, "forbidden")
    refused(bakery.send("POST", path, said), 404, "not-found")
    refused(Api().send("POST", path, said), 401, "not-authenticated")


# What a reviewer could read


def test_no_answer_that_a_reviewer_can_read_holds_the_prediction(
    spam: Workflow, alice: User, bob: User
) -> None:
    """Neither its value nor its confidence, at any address, while people are to judge unseen."""
    factories.version("odd-model", value="yes", confidence=0.8128397)
    ham = factories.workflow("ham", model="odd-model", level="shadow")
    access.join(bob, [Role.REVIEWER], ham)
    shop = Api(factories.key(ham)[1])
    told = shop.send("POST", "workflows/ham/cases", {"input": {"text": "hi"}})
    case = told.json()["id"]
    assert Prediction.objects.get().confidence == 0.8128397
    me = token(bob)
    answers = [
        told,
        shop.send("GET", f"cases/{case}"),
        shop.send("GET", "cases"),
        token(alice).send("GET", "cases"),
        *(
            me.send("GET", path)
            for path in (
                f"cases/{case}",
                "cases",
                "workflows",
                "workflows/ham",
                "workflows/ham/revisions",
                "workflows/ham/schema",
                "workflows/ham/metrics?metric=agreement",
                "models",
            )
        ),
        me.send("POST", "referrals/claim", {"workflow": "ham"}),
    ]
    assert answers[-1].status_code == 200
    for answer in answers:
        content = _said(answer)
        assert "81283" not in content
        assert "confidence" not in content
        assert "'yes'" not in content
    assert Case.objects.get().blind


def _said(answer: Any) -> str:
    """The answer without the lists of valid classes, which it may name."""

    def pruned(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: pruned(v) for k, v in value.items() if k not in ("choices", "classes")}
        return [pruned(v) for v in value] if isinstance(value, list) else value

    return repr(pruned(answer.json()))


def test_an_operator_who_may_judge_is_not_told_what_waits_for_judgement(
    shop: Api, spam: Workflow, alice: User
) -> None:
    workflows.set_level(spam, "full_automation", by=None, reason="test")
    workflows.change(spam, by=None, reason="audit all", policy={"audit_share": 1.0})
    case = shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}}).json()
    assert case["decision"]["value"] == "yes"
    me = token(alice)
    seen = me.send("GET", f"cases/{case['id']}").json()
    assert seen["decision"] is None
    assert "may be asked" in seen["notices"][0]
    assert me.send("GET", "cases").json()["cases"][0]["decision"] is None
    claimed = me.send("POST", "referrals/claim").json()
    body = {"token": claimed["token"], "value": "yes"}
    assert me.send("POST", f"referrals/{claimed['id']}/review", body).status_code == 201
    assert me.send("GET", f"cases/{case['id']}").json()["decision"]["value"] == "yes"


def test_a_client_cannot_read_what_another_sent(shop: Api, spam: Workflow) -> None:
    case = shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}}).json()
    other = Api(factories.key(spam, client="another shop")[1])
    refused(other.send("GET", f"cases/{case['id']}"), 404, "not-found")
    refused(other.send("POST", f"cases/{case['id']}/feedback", {"kind": "redo"}), 404, "not-found")
    assert other.send("GET", "cases").json()["cases"] == []


def test_an_outcome_without_the_truth_is_refused(shop: Api, spam: Workflow) -> None:
    case = shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}}).json()
    answer = shop.send("POST", f"cases/{case['id']}/feedback", {"kind": "outcome"})
    refused(answer, 400, "invalid", "/value")


def test_a_value_out_of_a_fixed_few_is_answered_with_them(shop: Api, spam: Workflow) -> None:
    answer = shop.send("GET", "cases?status=done")
    assert "'decided'" in answer.json()["detail"]


# Contests


def test_a_contest_opens_the_case_for_a_person(shop: Api, decided: str) -> None:
    said = {"kind": "contest", "statement": "Not at all!"}
    answer = shop.send("POST", f"cases/{decided}/feedback", said)
    assert (answer.status_code, answer.json()["kind"]) == (201, "contest")
    row = Referral.objects.get()
    assert (row.kind, str(row.case_id), row.contested) == ("contest", decided, True)
    told = shop.send("GET", f"cases/{decided}").json()
    assert (told["status"], told["decision"]["number"]) == ("decided", 1)


def test_a_contest_that_succeeds_is_a_new_decision(shop: Api, decided: str, bob: User) -> None:
    shop.send("POST", f"cases/{decided}/feedback", {"kind": "contest"})
    judge(bob, "no")
    told = shop.send("GET", f"cases/{decided}").json()["decision"]
    assert (told["number"], told["value"], told["source"]) == (2, "no", "human")


def test_a_contest_of_a_cancelled_case_is_refused(shop: Api, decided: str) -> None:
    Case.objects.update(status="cancelled")
    refused(shop.send("POST", f"cases/{decided}/feedback", {"kind": "contest"}), 409, "conflict")
    assert not Feedback.objects.exists()


def claims(user: User) -> int:
    return int(token(user).send("POST", "referrals/claim").status_code)


def test_who_has_opened_a_case_is_not_served_its_contest_and_others_are(
    shop: Api, decided: str, alice: User, bob: User
) -> None:
    assert token(alice).send("GET", f"cases/{decided}").json()["decision"]["value"] == "yes"
    assert token(alice).send("GET", f"cases/{decided}").status_code == 200
    assert list(Sight.objects.values_list("user_id", flat=True)) == [alice.pk]
    shop.send("POST", f"cases/{decided}/feedback", {"kind": "contest"})
    assert (claims(alice), claims(bob)) == (204, 200)


def test_who_was_told_by_a_list_is_not_asked_either(shop: Api, decided: str, alice: User) -> None:
    assert token(alice).send("GET", "cases").json()["cases"][0]["decision"]
    shop.send("POST", f"cases/{decided}/feedback", {"kind": "contest"})
    assert claims(alice) == 204


def test_what_is_withheld_leaves_a_person_blind(shop: Api, decided: str, alice: User) -> None:
    shop.send("GET", f"cases/{decided}")
    shop.send("POST", f"cases/{decided}/feedback", {"kind": "contest"})
    assert token(alice).send("GET", f"cases/{decided}").json()["decision"] is None
    assert not Sight.objects.exists()
    assert claims(alice) == 200


# Pools


def test_a_case_names_a_pool(shop: Api, spam: Workflow) -> None:
    workflows.change(spam, by=None, reason="test", policy={"pools": [{"name": "german"}]})
    send(shop, pool="german")
    assert Referral.objects.get().pool == pool_id(spam.pk, "german")


def test_a_pool_that_is_not_there_is_refused(shop: Api, spam: Workflow) -> None:
    path, case = "workflows/spam/cases", {"input": {"text": "hi"}}
    for pool, pointer in (("german", "/pool"), (1, "/pool"), ("a\nb", "/pool")):
        refused(shop.send("POST", path, {**case, "pool": pool}), 400, "invalid", pointer)
    answer = shop.send("POST", path, [{**case, "pool": "german"}, case])
    assert [one["status"] for one in answer.json()] == ["refused", "referred"]
    assert answer.json()[0]["errors"][0]["pointer"] == "/pool"


# Known answers


def test_known_answers_are_invisible(shop: Api, spam: Workflow, alice: User, auditor: User) -> None:
    gold = golds.create(spam, input={"text": "known"}, answer="yes")
    for api in (shop, token(alice), token(auditor)):
        assert api.send("GET", "cases").json()["cases"] == []
        assert api.send("GET", "cases?status=referred&workflow=spam").json()["cases"] == []
        refused(api.send("GET", f"cases/{gold.case_id}"), 404, "not-found")
    said = {"kind": "outcome", "value": "no"}
    refused(shop.send("POST", f"cases/{gold.case_id}/feedback", said), 404, "not-found")


# Waiting: no test waits for real


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each request wanted to wait; none does."""
    seconds: list[float] = []

    def for_decision(case_id: UUID, wanted: float) -> bool:
        seconds.append(wanted)
        return Case.objects.filter(pk=case_id, seq__gt=0).exists()

    monkeypatch.setattr(waiting, "for_decision", for_decision)
    return seconds


PREFERENCES = [
    ("wait=10", 10),
    ("wait=999", 30),
    ("wait=99999999999999999999", 30),
    ("respond-async, Wait = 7", 7),
    ('wait="5"', 5),
    ("wait=5; foo=bar, return=minimal", 5),
    ("wait=0", 0),
    ("wait=-1", 0),
    ("wait=1.5", 0),
    ("wait=soon", 0),
    ("wait=\u0663", 0),
    ("wait", 0),
    ("await=10", 0),
    (",;=", 0),
    ("", 0),
]


@pytest.mark.parametrize(("prefer", "seconds"), PREFERENCES)
def test_complaint_24_a_client_may_wait_for_the_decision(
    shop: Api, spam: Workflow, asked: list[float], prefer: str, seconds: int
) -> None:
    header = {"Prefer": prefer.encode("utf-8").decode("latin-1")}
    case = send(shop)["id"]
    posted = shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}}, **header)
    read = shop.send("GET", f"cases/{case}", **header)
    assert (posted.status_code, read.status_code) == (201, 200)
    assert asked == ([seconds] * 2 if seconds else [])
    applied = f"wait={seconds}" if seconds else None
    for answer in (posted, read):
        assert answer.headers.get("Preference-Applied") == applied
        assert answer.json()["status"] == "referred"


def test_who_waited_hears_the_decision(
    shop: Api, spam: Workflow, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(case_id: object, seconds: float) -> bool:
        judge(bob, "no")
        return True

    monkeypatch.setattr(waiting, "for_decision", meanwhile)
    answer = shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}}, Prefer="wait=5")
    told = answer.json()
    assert (answer.status_code, told["status"], told["decision"]["value"]) == (201, "decided", "no")
    assert shop.send("GET", f"cases/{told['id']}").json() == told


def test_a_case_that_is_decided_answers_at_once(
    shop: Api, decided: str, asked: list[float]
) -> None:
    answer = shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}}, Prefer="wait=5")
    assert answer.json()["status"] == "decided"
    assert asked == []
    assert shop.send("GET", f"cases/{decided}", Prefer="wait=5").json()["status"] == "decided"


def test_nobody_waits_for_an_array(shop: Api, asked: list[float]) -> None:
    many = [{"input": {"text": "hi"}}]
    answer = shop.send("POST", "workflows/spam/cases", many, Prefer="wait=5")
    assert answer.status_code == 201
    assert asked == []
    assert "Preference-Applied" not in answer.headers


def test_where_too_many_wait_the_state_is_told_at_once(shop: Api, asked: list[float]) -> None:
    case = send(shop)["id"]
    with waiting.place(1) as granted:
        assert granted
        for answer in (
            shop.send("POST", "workflows/spam/cases", {"input": {"text": "a"}}, Prefer="wait=5"),
            shop.send("GET", f"cases/{case}", Prefer="wait=5"),
        ):
            assert answer.json()["status"] == "referred"
            assert "Preference-Applied" not in answer.headers
    assert asked == []
    shop.send("GET", f"cases/{case}", Prefer="wait=5")
    assert asked == [5], "the place was given back"


def test_the_same_key_waits_for_the_same_case(
    shop: Api, spam: Workflow, bob: User, asked: list[float]
) -> None:
    body, given = {"input": {"text": "hi"}}, {"Prefer": "wait=5", "Idempotency-Key": "k"}
    first = shop.send("POST", "workflows/spam/cases", body, **given)
    judge(bob, "no")
    second = shop.send("POST", "workflows/spam/cases", body, **given)
    assert first.json()["id"] == second.json()["id"]
    assert (first.json()["status"], second.json()["status"]) == ("referred", "decided")
    assert asked == [5, 5]
    assert Case.objects.count() == 1


def test_nobody_waits_for_a_case_that_is_not_theirs(
    shop: Api, bakery: Api, asked: list[float]
) -> None:
    case = send(shop)["id"]
    refused(bakery.send("GET", f"cases/{case}", Prefer="wait=5"), 404, "not-found")
    assert asked == []
