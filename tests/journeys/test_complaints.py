"""What users of such systems complain about, one test per complaint, through the public doors.

The numbers are those of our list of them; each docstring says the pain in a sentence. Complaints
about the page itself (12, 14, 15) are answered in tests/browser."""

import ipaddress
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from hitl.domain.roles import Role
from hitl.models import Membership, Referral, Workflow
from hitl.tasks import act_due, deliver
from reviews.models import Claim
from reviews.tasks import expire_claims, settle
from tests import factories
from tests.conftest import Api, token
from tests.journeys.test_races import slug
from tests.problems import refused
from tests.processes import Caller, Children, Stack, until
from tests.receiver import Receiver, receiving, says, verified


class Office:
    """A workflow with its client, its operator and its reviewers, each behind their own key."""

    def __init__(self, level: str = "shadow", **policy: Any) -> None:
        factories.version("claims-model")
        self.workflow: Workflow = factories.workflow(
            "claims", model="claims-model", level=level, policy=policy
        )
        self.client = Api(factories.key(self.workflow)[1])
        self.operator = token(factories.person("olga", Role.OPERATOR, workflow=self.workflow))
        self.people: dict[str, Api] = {}
        for name in ("ann", "ben", "cem", "dora"):
            person = factories.person(name, Role.REVIEWER, workflow=self.workflow)
            self.people[name] = token(person)

    def send(self, text: str = "hi", **more: Any) -> str:
        sent = self.client.send("POST", "workflows/claims/cases", {"input": {"text": text}, **more})
        assert sent.status_code == 201, sent.content
        return str(sent.json()["id"])

    def read(self, case: str) -> dict[str, Any]:
        told: dict[str, Any] = self.client.send("GET", f"cases/{case}").json()
        return told

    def ask(self, name: str) -> Any:
        return self.people[name].send("POST", "referrals/claim", {})

    def claim(self, name: str) -> dict[str, Any]:
        answer = self.ask(name)
        assert answer.status_code == 200, (answer.status_code, answer.headers.get("Queue-State"))
        told: dict[str, Any] = answer.json()
        return told

    def act(self, name: str, claim: dict[str, Any], what: str, **body: Any) -> Any:
        method = "PUT" if what == "draft" else "POST"
        path = f"referrals/{claim['id']}/{what}"
        return self.people[name].send(method, path, {"token": claim["token"], **body})

    def say(self, name: str, value: str, claim: dict[str, Any] | None = None) -> Any:
        answer = self.act(name, claim or self.claim(name), "review", value=value)
        assert answer.status_code == 201, answer.content
        return answer.json()

    def change(self, **policy: Any) -> None:
        body = {"reason": "as it should be", "policy": policy}
        answer = self.operator.send("PATCH", "workflows/claims", body)
        assert answer.status_code == 200, answer.content

    def lease_ends(self) -> None:
        past = datetime.now(UTC) - timedelta(minutes=1)
        assert Claim.objects.filter(state="held").update(expires=past)
        expire_claims()


def test_complaint_01_submitted_work_is_never_silently_lost(db: None) -> None:
    """I pressed submit, and later my work was gone and nobody had told me."""
    office = Office()
    case = office.send()
    claim = office.claim("ann")
    kept = office.act("ann", claim, "draft", draft={"value": "yes", "comment": "half way"})
    assert kept.status_code == 200
    assert datetime.fromisoformat(kept.json()["saved_at"]) <= datetime.now(UTC)
    office.lease_ends()

    late = office.act("ann", claim, "review", value="no", comment="sure")
    told = refused(late, 409, "stale-claim")
    assert (told["state"], told["held_by"]) == ("expired", None)
    assert "ran out" in told["detail"]

    again = office.claim("ann")
    assert again["id"] == claim["id"]
    assert (again["draft"]["value"], again["draft"]["comment"]) == ("no", "sure")
    stored = office.say("ann", "no", again)
    assert stored["id"], "acknowledged with the judgement's own id"
    assert office.read(case)["decision"]["value"] == "no"


def test_complaint_02_two_people_never_get_the_same_case(db: None) -> None:
    """Two of us, or I in two tabs, worked on the same task, and one answer overwrote the other."""
    office = Office()
    cases = {office.send("first"), office.send("second")}
    ann, ben = office.claim("ann"), office.claim("ben")
    assert ann["id"] != ben["id"]
    assert office.ask("cem").status_code == 204
    assert office.act("ann", ann, "release").status_code == 204
    newer = office.claim("ann")
    assert (newer["id"], newer["token"]) == (ann["id"], ann["token"] + 1)
    from_the_old_tab = office.act("ann", ann, "review", value="no")
    told = refused(from_the_old_tab, 409, "stale-claim")
    assert told["held_by"] == "you"
    refused(office.act("ben", ann, "review", value="no"), 404, "not-found")
    office.say("ann", "yes", newer)
    office.say("ben", "yes", ben)
    assert {office.read(case)["decision"]["number"] for case in cases} == {1}


def test_complaint_03_a_queue_that_others_hold_is_not_called_empty(db: None) -> None:
    """It said "no more tasks", although there were some: others had them locked."""
    office = Office()
    assert office.ask("ann").headers["Queue-State"] == "empty"
    office.send()
    until_when = datetime.fromisoformat(office.claim("ann")["expires_at"])
    nothing = office.ask("ben")
    assert nothing.status_code == 204
    assert nothing.headers["Queue-State"] == f"held; count=1; until={until_when.isoformat()}"


def test_complaint_04_no_more_answers_than_were_asked_for(db: None) -> None:
    """We asked for two answers per item and paid for three."""
    office = Office(reviews_required=2)
    case = office.send()
    ann, ben = office.claim("ann"), office.claim("ben")
    assert office.ask("cem").status_code == 204, "there is no third place"
    office.say("ann", "yes", ann)
    told = refused(office.act("ann", ann, "review", value="no"), 409, "stale-claim")
    assert "already answered" in told["detail"]
    office.say("ben", "yes", ben)
    assert office.ask("cem").status_code == 204
    refused(office.act("ben", ben, "review", value="no"), 409, "stale-claim")
    assert office.read(case)["decision"]["number"] == 1


def test_complaint_05_the_end_of_a_lease_loses_and_doubles_nothing(db: None) -> None:
    """When a lock ran out the item vanished, or came to two people, and was decided twice."""
    office = Office()
    case = office.send()
    ann = office.claim("ann")
    renewed = office.act("ann", ann, "renew")
    assert renewed.json()["expires_at"] > ann["expires_at"]
    office.lease_ends()
    ben = office.claim("ben")
    assert ben["id"] == ann["id"], "the case is back in the queue"
    told = refused(office.act("ann", ann, "review", value="no"), 409, "stale-claim")
    assert (told["state"], told["held_by"]) == ("expired", "ben")
    office.say("ben", "yes", ben)
    decision = office.read(case)["decision"]
    assert (decision["value"], decision["number"]) == ("yes", 1)


def test_complaint_06_the_second_reviewer_uses_the_normal_stream(db: None) -> None:
    """Once somebody had labelled an item, nobody else was ever given it for a second opinion."""
    office = Office(reviews_required=2)
    case = office.send()
    first = office.claim("ann")
    office.say("ann", "yes", first)
    assert office.ask("ann").status_code == 204, "never twice by the same person"
    second = office.claim("ben")
    assert second["id"] == first["id"]
    assert office.read(case)["status"] == "referred"
    office.say("ben", "yes", second)
    assert office.read(case)["status"] == "decided"


def test_complaint_07_reviewers_do_not_see_each_others_answers(db: None) -> None:
    """The second annotator saw the first one's answer, so two answers were worth one."""
    office = Office(reviews_required=2)
    case = office.send()
    first = office.claim("ann")
    office.act("ann", first, "draft", draft={"value": "no", "comment": "a secret thought"})
    office.act("ann", first, "review", value="no", comment="a secret thought")
    answer = office.ask("ben")
    second = answer.json()
    assert (second["opinions"], second["draft"], second["suggestion"]) == ([], None, None)
    assert "secret" not in answer.content.decode()
    told = {key: value for key, value in second.items() if key not in ("expires_at", "token")}
    assert told == {key: value for key, value in first.items() if key in told}
    refused(office.people["ben"].send("GET", f"cases/{case}"), 403, "forbidden")


def test_complaint_08_agreement_is_told_in_numbers(db: None) -> None:
    """Nobody could tell how far our annotators agree, per label and per person."""
    office = Office(reviews_required=2)
    for i in range(12):
        office.send(str(i))
    for i in range(12):
        office.say("ann", "yes" if i % 2 else "no")
        office.say("ben", "yes" if i % 2 or i == 0 else "no")
    told = office.operator.send("GET", "workflows/claims/people/agreement").json()
    assert (told["cases"], told["judgements"], told["complete"]) == (12, 24, True)
    assert told["agreement"]["value"] == pytest.approx(11 / 12)
    assert told["agreement"]["low"] < 11 / 12 < told["agreement"]["high"] <= 1
    # By hand: 1 of 12 differs; labels 11 no, 13 yes of 24; expected 2 * 11 * 13 / (24 * 23).
    assert told["alpha"]["value"] == pytest.approx(1 - (1 / 12) / (2 * 11 * 13 / (24 * 23)))
    assert {one["label"] for one in told["labels"]} == {"no", "yes"}
    assert [one["username"] for one in told["people"]] == ["ann", "ben"]
    (pair,) = told["pairs"]
    assert sorted(pair["usernames"]) == ["ann", "ben"]
    assert pair["agreement"]["value"] == pytest.approx(11 / 12)
    # Chance: (6 * 5 + 6 * 7) / 144 = 1/2.
    assert pair["kappa"]["value"] == pytest.approx((11 / 12 - 1 / 2) / (1 - 1 / 2))


def test_complaint_09_disagreement_is_settled_by_somebody_else(db: None) -> None:
    """Two annotators differed, and there was no way to settle it but to overwrite one of them."""
    office = Office(reviews_required=2)
    case = office.send()
    office.say("ann", "yes")
    office.say("ben", "no")
    assert office.read(case)["status"] == "referred"
    for name in ("ann", "ben"):
        assert office.ask(name).status_code == 204, "not by who took part"
    adjudication = office.ask("cem")
    opinions = adjudication.json()["opinions"]
    assert sorted(one["value"] for one in opinions) == ["no", "yes"]
    assert set(opinions[0]) == {"verdict", "value", "comment"}, "no names"
    assert b"ann" not in adjudication.content
    assert adjudication.json()["suggestion"] is None
    office.say("cem", "no", adjudication.json())
    decision = office.read(case)["decision"]
    assert (decision["value"], decision["number"]) == ("no", 1)


def test_complaint_10_a_skip_says_what_it_means(db: None) -> None:
    """Skipping sometimes finished the item, sometimes gave it back to me, and nobody knew when."""
    office = Office()
    one, two, three = (office.send(text) for text in ("one", "two", "three"))
    first = office.claim("ann")
    refused(
        office.act("ann", first, "skip", kind="not_for_me", reason=" "), 400, "invalid", "/reason"
    )
    refused(office.act("ann", first, "skip", kind="later", reason="r"), 400, "invalid", "/kind")

    skipped = office.act("ann", first, "skip", kind="not_for_me", reason="in Welsh")
    assert (skipped.status_code, skipped.content) == (204, b"")
    other = office.claim("ben")
    assert other["id"] == first["id"], "another person gets it"
    office.say("ben", "yes", other)
    assert office.read(one)["decision"]["value"] == "yes"

    second = office.claim("ann")
    assert second["input"] == {"text": "two"}, "and who skipped it never again"
    unsure = office.act("ann", second, "skip", kind="cannot_decide", reason="both are true")
    assert unsure.status_code == 201
    assert office.read(two)["status"] == "referred"

    third = office.claim("ann")
    assert third["input"] == {"text": "three"}
    bad = office.act("ann", third, "skip", kind="bad_input", reason="an empty page")
    assert bad.status_code == 201
    decision = office.read(three)["decision"]
    assert (decision["unusable"], decision["value"]) == (True, None)

    adjudication = office.claim("cem")
    (opinion,) = adjudication["opinions"]
    assert (opinion["verdict"], opinion["comment"]) == ("cannot_decide", "both are true")
    office.say("cem", "no", adjudication)
    assert office.read(two)["decision"]["value"] == "no"


def test_complaint_11_a_slip_can_be_undone(db: None) -> None:
    """I hit the wrong key, saw it at once, and there was no way back."""
    office = Office(undo_seconds=600)
    case = office.send()
    claim = office.claim("ann")
    slip = office.say("ann", "no", claim)
    assert slip["undo_seconds"] == 600
    settle()
    assert (office.read(case)["status"], office.read(case)["decision"]) == ("referred", None)
    withdraw = f"reviews/{slip['id']}/withdraw"
    refused(office.people["ben"].send("POST", withdraw), 404, "not-found")
    again = office.people["ann"].send("POST", withdraw).json()
    assert (again["id"], again["draft"]["value"]) == (claim["id"], "no")
    office.say("ann", "yes", again)
    Referral.objects.update(settles_at=datetime.now(UTC) - timedelta(seconds=1))
    settle()
    decision = office.read(case)["decision"]
    assert (decision["value"], decision["number"]) == ("yes", 1), "the slip was never heard of"
    refused(office.people["ann"].send("POST", withdraw), 409, "stale-claim")


def test_complaint_16_a_suggestion_is_no_answer(db: None) -> None:
    """What the model had filled in counted as done, though nobody had looked at it."""
    office = Office("ai_assistance")
    case = office.send()
    claim = office.claim("ann")
    assert claim["suggestion"] == {"value": "yes", "confidence": 0.95}
    assert claim["draft"] is None, "nothing is pre-selected"
    refused(office.act("ann", claim, "review"), 400, "invalid", "/value")
    refused(office.act("ann", claim, "review", value=None), 400, "invalid", "/value")
    assert office.act("ann", claim, "renew").status_code == 200
    office.lease_ends()
    settle()
    act_due()
    assert (office.read(case)["status"], office.read(case)["decision"]) == ("referred", None)
    office.say("ben", "yes")
    assert office.read(case)["decision"]["source"] == "human"


def test_complaint_17_a_share_is_judged_without_the_suggestion(db: None) -> None:
    """People just clicked what the model proposed, and our accuracy looked wonderful."""
    office = Office("ai_assistance", blind_share=0.5)
    for i in range(40):
        office.send(str(i))
    blind, shown, shapes = 0, 0, set()
    for _ in range(40):
        claim = office.claim("ann")
        shapes.add(tuple(sorted(claim)))
        if claim["suggestion"] is None:
            blind += 1
            assert (
                office.act("ann", claim, "skip", kind="not_for_me", reason="r").status_code == 204
            )
            other = office.claim("ben")
            assert (other["id"], other["suggestion"]) == (claim["id"], None), "nor by skipping"
            office.say("ben", "no", other)
        else:
            shown += 1
            office.say("ann", "yes", claim)
    assert blind + shown == 40
    assert min(blind, shown) > 3, "about half: fewer than four happens once in 50 million runs"
    assert len(shapes) == 1, "a blind screen has all that the others have"


def test_complaint_18_work_goes_to_those_who_can_and_nobody_hoards(db: None) -> None:
    """Everybody got everything; one person took fifty items and went on holiday."""
    office = Office(pools=[{"name": "welsh", "skills": ["welsh"]}])
    Membership.objects.filter(user__username="ann").update(skills=["welsh"])
    office.send("Bore da", pool="welsh")
    assert office.ask("ben").status_code == 204
    assert office.claim("ann")["input"] == {"text": "Bore da"}
    for i in range(25):
        office.send(str(i))
    held = 0
    while (answer := office.ask("ben")).status_code == 200:
        held += 1
    told = refused(answer, 409, "conflict")
    assert held == 20
    assert "You hold 20 cases" in told["detail"]
    office.say("cem", "yes")
    people = office.operator.send("GET", "workflows/claims/people").json()["people"]
    load = {one["username"]: (one["held"], one["answered_today"]) for one in people}
    assert load == {"ann": (1, 0), "ben": (20, 0), "cem": (0, 1), "dora": (0, 0)}
    refused(office.people["ann"].send("GET", "workflows/claims/people"), 403, "forbidden")


def test_complaint_23_changing_how_many_judge_settles_no_dispute(db: None) -> None:
    """We changed the number of annotators half-way, and half-finished items were stuck or wrong."""
    office = Office(reviews_required=3)
    agreed, disputed, half = (office.send(text) for text in ("agreed", "disputed", "half"))
    for name, value in (("ann", "yes"), ("ben", "no")):
        office.say(name, "yes")
        office.say(name, value)
    office.say("ann", "yes")
    office.change(reviews_required=2)
    settle()
    assert office.read(agreed)["decision"]["value"] == "yes"
    assert office.read(disputed)["status"] == "referred", "who differs is not outvoted by a setting"
    assert office.read(half)["status"] == "referred"
    office.change(reviews_required=3)
    adjudication = next(c for c in (office.claim("cem") for _ in range(2)) if c["opinions"])
    assert adjudication["input"] == {"text": "disputed"}
    office.say("cem", "no", adjudication)
    assert office.read(disputed)["decision"]["value"] == "no"
    office.say("ben", "yes")
    assert office.read(half)["status"] == "referred", "three are asked again"
    office.say("dora", "yes")
    office.change(reviews_required=1)
    settle()
    assert office.read(half)["decision"]["value"] == "yes"


@pytest.mark.parametrize("on_lapse", ["leave", "raise", "adjudicate", "default"])
def test_complaint_24_a_case_that_nobody_answers_in_time(db: None, on_lapse: str) -> None:
    """The approval came too late, or never; the run waited for ever or was lost."""
    office = Office(on_lapse=on_lapse, safe_default="no")
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    office.send("urgent", due_at=soon, priority=5)
    case = office.send("late", due_at=(datetime.now(UTC) - timedelta(seconds=1)).isoformat())
    act_due()
    told = office.read(case)
    if on_lapse == "default":
        decision = told["decision"]
        assert (decision["value"], decision["source"]) == ("no", "rule")
        assert office.claim("ann")["input"] == {"text": "urgent"}
        return
    assert (told["status"], told["decision"]) == ("referred", None), "nothing is lost"
    claims = [office.claim("ann"), office.claim("ann")]
    assert [one["input"]["text"] for one in claims] == ["late", "urgent"]
    waits = Referral.objects.exclude(state="closed").get(case__pk=case)
    assert waits.kind == ("adjudicate" if on_lapse == "adjudicate" else "decide")
    office.say("ann", "yes", claims[0])
    assert office.read(case)["decision"]["source"] == "human"


@pytest.mark.processes
def test_complaint_24_waiting_for_a_decision_holds_few_threads(stack: Stack) -> None:
    """While requests waited for people, the whole server stood still."""
    name = slug()
    world = stack.world(slug=name, level="shadow", script={}, reviewers=1)
    path, case = f"workflows/{name}/cases", {"input": {"text": "hi"}}
    with (
        Caller(stack.url, world["key"]) as client,
        Caller(stack.url, world["reviewers"][0]) as reviewer,
        Children("caller", [(stack.url, world["key"])] * 12) as callers,
    ):
        for caller in callers:
            caller.send("POST", path, case, Prefer="wait=20")
        until(lambda: len(client.cases(f"workflow={name}")) == 12, "all are taken in")
        for caller in callers:
            caller.write({"method": "GET", "path": "/healthz", "body": None, "headers": {}})
        for _ in range(12):
            claim = reviewer.send("POST", "referrals/claim", {"workflow": name}).json()
            body = {"token": claim["token"], "value": "yes"}
            assert reviewer.send("POST", f"referrals/{claim['id']}/review", body).is_success
        told = [caller.read() for caller in callers]
        assert {one["status"] for one in told} == {201}
        waited = sum('"status":"decided"' in one["text"] for one in told)
        assert waited <= 2, "of eight threads two wait; to the others the present state is told"
        assert waited >= 1, "and who waits is told the decision"
        assert {caller.read()["status"] for caller in callers} == {200}


@pytest.fixture
def hook(settings: Settings) -> Iterator[Receiver]:
    settings.HITL_OUTGOING_ALLOWED = [ipaddress.ip_network("127.0.0.0/8")]
    with receiving() as made:
        yield made


def test_complaint_25_webhooks_are_signed_each_time_retried_logged_and_replayable(
    db: None, hook: Receiver
) -> None:
    """The webhook came unsigned, or not again after our outage, and nobody could say why."""
    office = Office()
    made = office.client.send("POST", "endpoints", {"url": hook.url}).json()
    endpoint, secret = made["endpoint"]["id"], made["secret"]
    hook.script = [says(500, b"out of order"), says(503)]
    case = office.send(reference="letter-17")
    office.say("ann", "yes")
    now = datetime.now(UTC)
    for minutes in (0, 1, 30):
        deliver((now + timedelta(minutes=minutes)).isoformat())
    assert len(hook.heard) == 3, "until it is taken"
    for one, minutes in zip(hook.heard, (0, 1, 30), strict=True):
        assert verified(one, secret, time.time() + 60 * minutes), "signed anew at each attempt"
        assert not verified(one, "whsec_c29tZWJvZHkgZWxzZQ==", time.time() + 60 * minutes)
    assert len({one.id for one in hook.heard}) == 1
    told = hook.heard[-1].told
    assert told["type"] == "case.decided"
    data = told["data"]
    assert (data["case"], data["reference"], data["value"]) == (case, "letter-17", "yes")

    (listed,) = office.client.send("GET", f"deliveries?case={case}").json()["deliveries"]
    assert (listed["state"], listed["attempts"]) == ("done", 3)
    log = office.client.send("GET", f"deliveries/{listed['id']}").json()["log"]
    assert [one["status"] for one in log] == [500, 503, 200]
    assert log[0]["answer"] == "out of order"

    assert office.client.send("POST", f"deliveries/{listed['id']}/replay").status_code == 202
    since = (now - timedelta(hours=1)).isoformat()
    span = {"from": since, "to": (now + timedelta(hours=1)).isoformat()}
    deliver((now + timedelta(hours=1)).isoformat())
    assert len(hook.heard) == 4
    again = office.client.send("POST", f"endpoints/{endpoint}/replay", span)
    assert (again.status_code, again.json()) == (202, {"replayed": 1})
    deliver((now + timedelta(hours=2)).isoformat())
    assert len(hook.heard) == 5
    assert len({one.id for one in hook.heard}) == 1, "a repetition is known by its id"
