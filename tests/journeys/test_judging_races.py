"""Two things at once to one case, as OS processes on both databases: one of them wins, the other is
told so, nothing is lost or doubled.

A gate holds the referral (on SQLite: the database) until both are on their way, so that whatever
either of them read before it had the lock is out of date by the time it acts. On PostgreSQL locks
are queued for, so a test says who comes first; on SQLite either may.
"""

import json
import random
import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple

import httpx
import psycopg
import pytest

from tests.journeys.test_races import slug, waiting
from tests.processes import Caller, Children, Stack, until

pytestmark = [pytest.mark.processes, pytest.mark.endurance]

ARRIVE = (0.02, 0.25)  # seconds; who waits for SQLite cannot be seen, and being late only makes a
# test easy. Who waits looks again every tenth of a second: chance says who comes first.


class Act(NamedTuple):
    """A request of somebody with a token, or without one what a worker does."""

    token: str
    asked: Any


@contextmanager
def gate(stack: Stack, referral: str) -> Iterator[Callable[[int], None]]:
    """Nobody passes until the block ends; what is given waits until so many stand before it."""
    if stack.vendor == "sqlite":
        path = stack.environment["DATABASE_URL"].removeprefix("sqlite:///")
        held = sqlite3.connect(path, isolation_level=None, timeout=20)
        held.execute("BEGIN IMMEDIATE")
        try:
            yield lambda _: time.sleep(random.uniform(*ARRIVE))
        finally:
            held.rollback()
            held.close()
        return
    with (
        psycopg.connect(stack.environment["DATABASE_URL"]) as held_by,
        psycopg.connect(stack.environment["DATABASE_URL"], autocommit=True) as watch,
    ):
        held_by.execute("SELECT 1 FROM hitl_referral WHERE id = %s FOR UPDATE", [referral])

        def stand_before_it(n: int) -> None:
            until(lambda: waiting(watch) >= n, f"{n} wait for the gate")

        yield stand_before_it
        held_by.rollback()


class Room:
    """A workflow with one case, its client, its operator, its reviewers, and a worker."""

    def __init__(self, stack: Stack, *, hooks: Sequence[str] = (), **policy: Any) -> None:
        self.stack = stack
        self.slug = slug()
        for act in (SETTLE, EXPIRE, LAPSE):
            stack.inside(act.asked)  # what earlier tests left: a test counts its own
        wanted = {"level": "shadow", "script": {}, "policy": policy, "reviewers": 8}
        self.world = stack.world(slug=self.slug, hooks=hooks, **wanted)
        self.tokens: list[str] = self.world["reviewers"]
        self.client = Caller(stack.url, self.world["key"])
        self.people = [Caller(stack.url, token) for token in self.tokens]
        self.operator = Caller(stack.url, self.world["operator"])
        self.case = self.send()

    def __enter__(self) -> "Room":
        return self

    def __exit__(self, *_: object) -> None:
        for caller in (self.client, self.operator, *self.people):
            caller.http.close()

    def send(self) -> str:
        sent = self.client.send("POST", f"workflows/{self.slug}/cases", {"input": {"text": "hi"}})
        assert sent.status_code == 201, sent.text
        return str(sent.json()["id"])

    def claim(self, who: int) -> dict[str, Any]:
        answer = self.people[who].send("POST", "referrals/claim", {})
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def say(self, who: int, claim: dict[str, Any], value: str = "yes") -> httpx.Response:
        body = {"token": claim["token"], "value": value}
        return self.people[who].send("POST", f"referrals/{claim['id']}/review", body)

    def facts(self) -> Any:
        facts = self.stack.facts(self.slug)
        for case in facts.values():
            consistent(case)
        return facts[self.case]

    def race(self, referral: str, acts: Sequence[Act], *, swapped: bool = False) -> list[Any]:
        """All at once, on PostgreSQL in this order (or the other one); what came of each."""
        with Children("caller", [(self.stack.url, act.token) for act in acts]) as callers:
            order = list(zip(acts, callers, strict=True))
            with gate(self.stack, referral) as stand_before_it:
                for n, (act, caller) in enumerate(order[::-1] if swapped else order, start=1):
                    if act.token:
                        caller.write(act.asked)
                    else:
                        self.stack.ask_inside(act.asked)
                    stand_before_it(n)
            return [
                caller.read() if act.token else self.stack.told_inside() for act, caller in order
            ]


def rooms(stack: Stack, **policy: Any) -> Iterator[Room]:
    """As many as it takes for either to come first."""
    for _ in range(6 if stack.vendor == "sqlite" else 1):
        with Room(stack, **policy) as room:
            yield room


def request(method: str, path: str, body: Any = None) -> dict[str, Any]:
    return {"method": method, "path": path, "body": body, "headers": {}}


def review(claim: dict[str, Any], value: str = "yes") -> dict[str, Any]:
    body = {"token": claim["token"], "value": value}
    return request("POST", f"referrals/{claim['id']}/review", body)


def consistent(case: dict[str, Any]) -> None:
    """Places and reviews add up, nobody judged twice, decisions are numbered without a gap."""
    live = [one for one in case["reviews"] if not one["withdrawn"]]
    people = [one["reviewer"] for one in live]
    assert len(set(people)) == len(people), case
    for referral in case["referrals"]:
        given = sum(one["referral"] == referral["id"] for one in live)
        mine = [one for one in case["claims"] if one["referral"] == referral["id"]]
        held = sum(one["state"] == "held" for one in mine)
        assert referral["done"] == given, case
        if referral["state"] == "open":
            assert referral["needed"] == referral["free"] + held + given, case
    assert [one["n"] for one in case["decisions"]] == list(range(1, case["seq"] + 1)), case
    assert sum(one["state"] != "closed" for one in case["referrals"]) <= 1


SETTLE, EXPIRE, LAPSE = (Act("", name) for name in ("settle", "expire", "act due"))
FIRST = pytest.mark.parametrize("swapped", [False, True], ids=["this order", "the other order"])


@pytest.mark.parametrize("values", [("yes", "yes"), ("yes", "no")], ids=["agree", "differ"])
def test_of_the_two_last_reviews_one_closes_the_case(stack: Stack, values: tuple[str, str]) -> None:
    with Room(stack, reviews_required=3) as room:
        claims = [room.claim(who) for who in range(3)]
        assert room.say(0, claims[0]).status_code == 201
        last = [Act(room.tokens[who], review(claims[who], values[who - 1])) for who in (1, 2)]
        told = room.race(claims[0]["id"], last)
        assert [one["status"] for one in told] == [201, 201], told
        case = room.facts()
        assert len(case["reviews"]) == 3
        first, *later = case["referrals"]
        assert (first["state"], first["done"]) == ("closed", 3)
        if values == ("yes", "yes"):
            assert case["decisions"] == [{"n": 1, "source": "human", "value": "yes"}]
            assert later == []
        else:
            assert case["decisions"] == []
            assert [one["kind"] for one in later] == ["adjudicate"]


@FIRST
def test_undo_and_settling_exclude_each_other(stack: Stack, swapped: bool) -> None:
    """At the moment at which time is on the side of both."""
    for room in rooms(stack, reviews_required=2, undo_seconds=600):
        claims = [room.claim(who) for who in range(2)]
        given = [room.say(who, claims[who]).json()["id"] for who in range(2)]
        assert stack.inside("undo is over", claims[0]["id"]) == 1
        undo = Act(room.tokens[1], request("POST", f"reviews/{given[1]}/withdraw"))
        undone, settled = room.race(claims[0]["id"], [undo, SETTLE], swapped=swapped)
        assert settled == (undone["status"] == 409)
        case = room.facts()
        referral = case["referrals"][0]
        if undone["status"] == 200:
            assert (referral["state"], referral["done"], case["decisions"]) == ("open", 1, [])
        else:
            assert undone["status"] == 409, undone
            assert (referral["state"], referral["done"], case["seq"]) == ("closed", 2, 1)
        assert stack.vendor == "sqlite" or swapped == (undone["status"] == 409)


@FIRST
def test_an_answer_and_the_end_of_its_lease(stack: Stack, swapped: bool) -> None:
    """Submitting tests token and state, not the clock: an answer that comes after the lease, but
    before somebody has freed the place, counts."""
    for room in rooms(stack):
        claim = room.claim(0)
        assert stack.inside("lease is over", claim["id"]) == 1
        said, expired = room.race(
            claim["id"], [Act(room.tokens[0], review(claim)), EXPIRE], swapped=swapped
        )
        assert expired == (said["status"] == 409)
        case = room.facts()
        if said["status"] == 201:
            assert [one["value"] for one in case["decisions"]] == ["yes"]
            assert case["claims"][0]["state"] == "done"
        else:
            assert said["status"] == 409, said
            assert (case["decisions"], case["reviews"]) == ([], [])
            assert case["claims"][0]["state"] == "expired"
            assert case["claims"][0]["draft"]["value"] == "yes", "the late answer is kept"
            assert room.claim(1)["id"] == claim["id"], "and the place is free"
        assert stack.vendor == "sqlite" or swapped == (said["status"] == 409)


@FIRST
def test_an_answer_and_the_rule_for_cases_that_lapse(stack: Stack, swapped: bool) -> None:
    for room in rooms(stack, on_lapse="default", safe_default="no"):
        claim = room.claim(0)
        assert stack.inside("time is over", claim["id"]) == 1
        said, lapsed = room.race(
            claim["id"], [Act(room.tokens[0], review(claim)), LAPSE], swapped=swapped
        )
        assert lapsed == (said["status"] == 409)
        _one_of_two(room, said, "rule")
        assert stack.vendor == "sqlite" or swapped == (said["status"] == 409)


@FIRST
def test_an_answer_and_a_bulk_decision(stack: Stack, swapped: bool) -> None:
    for room in rooms(stack):
        claim = room.claim(0)
        body = {"filter": {}, "value": "no", "reason": "all of them"}
        bulk = Act(room.world["operator"], request("POST", f"workflows/{room.slug}/decide", body))
        said, decided = room.race(
            claim["id"], [Act(room.tokens[0], review(claim)), bulk], swapped=swapped
        )
        assert decided["status"] == (409 if said["status"] == 201 else 200), decided
        _one_of_two(room, said, "human")
        assert stack.vendor == "sqlite" or swapped == (said["status"] == 409)


def _one_of_two(room: Room, said: dict[str, Any], other: str) -> None:
    """The reviewer's yes or the other one's no, and the reviewer knows which."""
    case = room.facts()
    if said["status"] == 201:
        assert case["decisions"] == [{"n": 1, "source": "human", "value": "yes"}]
    else:
        assert said["status"] == 409, said
        assert case["decisions"] == [{"n": 1, "source": other, "value": "no"}]
        assert case["reviews"] == []


@FIRST
def test_whoever_objects_while_a_case_settles_gets_a_person(stack: Stack, swapped: bool) -> None:
    for room in rooms(stack, undo_seconds=600):
        claim = room.claim(0)
        assert room.say(0, claim).status_code == 201
        assert stack.inside("undo is over", claim["id"]) == 1
        body = {"kind": "contest", "statement": "No!"}
        objection = Act(room.world["key"], request("POST", f"cases/{room.case}/feedback", body))
        said, settled = room.race(claim["id"], [objection, SETTLE], swapped=swapped)
        assert said["status"] == 201, said
        case = room.facts()
        assert settled == case["seq"]
        (waits,) = [one for one in case["referrals"] if one["state"] != "closed"]
        assert (waits["state"], waits["free"], waits["contested"]) == ("open", 1, True)
        assert waits["kind"] == ("contest" if case["seq"] else "decide")
        assert stack.vendor == "sqlite" or swapped == bool(case["seq"])
        assert room.claim(2)["statement"] == "No!"


@FIRST
def test_fewer_are_asked_while_one_answers(stack: Stack, swapped: bool) -> None:
    """Whichever comes first, two answers are enough now, and both count."""
    for room in rooms(stack, reviews_required=3):
        claims = [room.claim(who) for who in range(2)]
        assert room.say(0, claims[0]).status_code == 201
        body = {"reason": "fewer", "policy": {"reviews_required": 2}}
        fewer = Act(room.world["operator"], request("PATCH", f"workflows/{room.slug}", body))
        answer = Act(room.tokens[1], review(claims[1]))
        said, asked = room.race(claims[0]["id"], [answer, fewer], swapped=swapped)
        assert (said["status"], asked["status"]) == (201, 200), (said, asked)
        stack.inside("settle")  # does what a change of policy leaves to it
        case = room.facts()
        assert case["decisions"] == [{"n": 1, "source": "human", "value": "yes"}]
        assert [(one["needed"], one["done"]) for one in case["referrals"]] == [(2, 2)]


def test_eight_at_once_get_three_places(stack: Stack) -> None:
    """Never a fourth. On PostgreSQL who finds the row just locked is told to come again."""
    with (
        Room(stack, reviews_required=3) as room,
        Children("caller", [(stack.url, token) for token in room.tokens]) as callers,
    ):
        for _ in range(12):
            taken: dict[int, Any] = {}
            while len(taken) < 3:
                asking = [who for who in range(8) if who not in taken]
                with (
                    gate(stack, "") if stack.vendor == "sqlite" else nullcontext(time.sleep) as wait
                ):
                    for who in asking:
                        callers[who].send("POST", "referrals/claim", {})
                    wait(0)
                told = {who: callers[who].read() for who in asking}
                assert {one["status"] for one in told.values()} <= {200, 204}, told
                new = {who: one for who, one in told.items() if one["status"] == 200}
                assert new, "at least one of those who ask gets a place that is free"
                taken |= new
            assert len(taken) == 3, taken
            case = room.facts()
            assert [one["free"] for one in case["referrals"]] == [0]
            assert sum(one["state"] == "held" for one in case["claims"]) == 3
            for who, one in taken.items():
                assert room.say(who, json.loads(one["text"])).status_code == 201
            assert room.facts()["seq"] == 1
            room.case = room.send()


def test_eight_windows_of_one_person_show_one_case(stack: Stack) -> None:
    with Room(stack, reviews_required=3) as room:
        cookie = signed_in(stack.url, f"{room.slug}-reviewer-0")
        for _ in range(4):
            room.send()
        with Children("caller", [(stack.url, "")] * 8) as windows:
            for round_ in range(5):
                for window in windows:
                    window.send("GET", f"/review/{room.slug}/", Cookie=cookie)
                told = [window.read() for window in windows]
                assert {one["status"] for one in told} == {200}, told
                shown = {re.search(r'data-referral="([^"]+)"', one["text"]) for one in told}
                assert None not in shown
                referrals = {found[1] for found in shown if found}
                assert len(referrals) == 1, "all windows show the same case"
                claims = [
                    claim
                    for case in room.stack.facts(room.slug).values()
                    for claim in case["claims"]
                ]
                assert sum(claim["state"] == "held" for claim in claims) == 1
                assert len(claims) == round_ + 1
                held = next(claim for claim in claims if claim["state"] == "held")
                done = room.say(0, {"id": held["referral"], "token": held["token"]})
                assert done.status_code == 201, done.text
                room.facts()


def test_eight_claims_of_one_person_take_one_place(stack: Stack) -> None:
    """Programs may hold several cases, but nobody has two places on one."""
    with (
        Room(stack, reviews_required=9) as room,
        Children("caller", [(stack.url, room.tokens[0])] * 8) as callers,
    ):
        for _ in range(25):
            for caller in callers:
                caller.send("POST", "referrals/claim", {})
            told = [caller.read() for caller in callers]
            taken = [one for one in told if one["status"] == 200]
            assert len(taken) >= 1, told
            assert {one["status"] for one in told} <= {200, 204}, told
            case = room.facts()
            assert len(case["claims"]) == 1
            newest = {"id": case["referrals"][0]["id"], "token": case["claims"][0]["token"]}
            assert room.say(0, newest).status_code == 201
            room.case = room.send()


def signed_in(url: str, name: str) -> str:
    """The cookies of a person who signed in on the page."""
    with httpx.Client(base_url=url, follow_redirects=False) as browser:
        page = browser.get("/sign-in").text
        (token,) = set(re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page))
        form = {"csrfmiddlewaretoken": token, "username": name, "password": f"{name}-pass-word"}
        assert browser.post("/sign-in", data=form).status_code == 302
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
