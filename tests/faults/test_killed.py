"""SIGKILL of the web process and of the worker right before and right after each commit: whoever
did not get an answer asks again with the same token or key, beat starts the task again, and then
nothing is lost and nothing doubled."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import celery
import httpx
import pytest
import redis

from tests.faults.dying import MARK
from tests.journeys.test_judging_races import Room
from tests.processes import Stack, until
from tests.receiver import Receiver, receiving, verified

pytestmark = [pytest.mark.processes, pytest.mark.endurance]

WHEN = pytest.mark.parametrize("when", ["before", "after"])
MOST_COMMITS = 6


class Asked:
    """A request that is repeated until it is answered. The process dies at its first commit, when
    it comes again at the second one, and so on, until a run has no such commit."""

    def __init__(self, stack: Stack, when: str, token: str, *, key: str = "") -> None:
        self.stack = stack
        self.when = when
        self.headers = {"Authorization": f"Bearer {token}"}
        if key:
            self.headers["Idempotency-Key"] = key

    def __call__(self, method: str, path: str, body: Any = None) -> httpx.Response:
        for n in range(1, MOST_COMMITS):
            try:
                answer = self._send(method, path, body, f"{self.when} {n}")
            except httpx.TransportError:
                self._restart()
            else:
                assert n > 1, "the process died at least once"
                return answer
        raise AssertionError(f"{MOST_COMMITS} commits")

    def _send(self, method: str, path: str, body: Any, mark: str) -> httpx.Response:
        with httpx.Client(base_url=f"{self.stack.url}/api/v1/", timeout=30) as http:
            return http.request(method, path, json=body, headers=self.headers | {MARK: mark})

    def _restart(self) -> None:
        assert self.stack.web
        self.stack.stop(self.stack.web)
        self.stack.children.remove(self.stack.web)
        self.stack.start_web(workers=1)
        with redis.Redis.from_url(self.stack.environment["REDIS_URL"]) as broker:
            broker.flushdb()  # a minute later the mark "is still running" of the dead is gone


@contextmanager
def listening(stack: Stack, **policy: Any) -> Iterator[tuple[Room, Receiver]]:
    with receiving() as hook, Room(stack, hooks=[hook.url], **policy) as room:
        yield room, hook


def heard(room: Room, hook: Receiver) -> list[int]:
    """The numbers of the decisions that the client hears of, once all is delivered; verified."""

    def delivered() -> bool:
        room.stack.inside("deliver later", 2)  # by then the leases of the dead are over
        owed = room.stack.facts(room.slug)[room.case]["owed"]
        return {one["state"] for one in owed} <= {"done"}

    until(delivered, "all is delivered")
    assert all(verified(one, room.world["hooks"][0][1]) for one in hook.heard)
    ids = {one.id for one in hook.heard}
    told = {one.told["data"]["number"] for one in hook.heard}
    assert len(ids) == len(told), "a repetition has the same id"
    return sorted(told)


@WHEN
def test_sending_a_case(mortal: Stack, when: str) -> None:
    with Room(mortal) as room:
        send = Asked(mortal, when, room.world["key"], key="once")
        path, body = f"workflows/{room.slug}/cases", {"input": {"text": "new"}, "reference": "new"}
        answer = send("POST", path, body)
        assert answer.status_code == 201, answer.text
        cases = mortal.facts(room.slug)
        assert [id_ for id_, case in cases.items() if case["reference"] == "new"] == [
            answer.json()["id"]
        ]
        assert len(cases[answer.json()["id"]]["referrals"]) == 1


@WHEN
def test_claiming(mortal: Stack, when: str) -> None:
    """Who never heard of the claim does not know its token: the case comes back when the lease is
    over, to anybody."""
    with Room(mortal) as room:
        claim = Asked(mortal, when, room.tokens[0])("POST", "referrals/claim", {})
        if when == "before":
            assert claim.status_code == 200, claim.text
            assert claim.json()["token"] == 1
        else:
            assert claim.status_code == 204, claim.text
            referral = room.facts()["referrals"][0]["id"]
            assert mortal.inside("lease is over", referral) == 1
            mortal.inside("expire")
            assert room.claim(0)["token"] == 2
        case = room.facts()
        assert [one["state"] for one in case["claims"]] == ["held"]
        assert room.say(0, {"id": case["referrals"][0]["id"], **case["claims"][0]}).is_success
        assert room.facts()["seq"] == 1


@WHEN
def test_keeping_a_draft(mortal: Stack, when: str) -> None:
    with Room(mortal) as room:
        claim = room.claim(0)
        draft = {"token": claim["token"], "draft": {"value": "yes"}}
        kept = Asked(mortal, when, room.tokens[0])("PUT", f"referrals/{claim['id']}/draft", draft)
        assert kept.status_code == 200, kept.text
        assert [one["draft"] for one in room.facts()["claims"]] == [{"value": "yes"}]


@WHEN
@pytest.mark.parametrize("people", [1, 2], ids=["the last", "not the last"])
def test_submitting_deciding_and_owing_it_to_the_client(
    mortal: Stack, when: str, people: int
) -> None:
    with listening(mortal, reviews_required=people) as (room, hook):
        claim = room.claim(0)
        body = {"token": claim["token"], "value": "yes"}
        submit = Asked(mortal, when, room.tokens[0])
        answer = submit("POST", f"referrals/{claim['id']}/review", body)
        if when == "before":
            assert answer.status_code == 201, answer.text
        else:
            assert answer.status_code == 409, answer.text
            assert "already answered" in answer.json()["detail"]
        case = room.facts()
        assert [one["value"] for one in case["reviews"]] == ["yes"]
        if people == 2:
            assert case["seq"] == 0
            assert room.say(1, room.claim(1)).status_code == 201
        assert [one["value"] for one in room.facts()["decisions"]] == ["yes"]
        assert heard(room, hook) == [1]


@WHEN
def test_withdrawing(mortal: Stack, when: str) -> None:
    """Asked again, it is still withdrawn, and the person holds the case."""
    with Room(mortal, undo_seconds=600) as room:
        claim = room.claim(0)
        review = room.say(0, claim).json()["id"]
        undo = Asked(mortal, when, room.tokens[0])
        answer = undo("POST", f"reviews/{review}/withdraw")
        assert answer.status_code == 200, answer.text
        assert (answer.json()["id"], answer.json()["draft"]["value"]) == (claim["id"], "yes")
        assert [one["withdrawn"] for one in room.facts()["reviews"]] == [True]
        assert room.say(0, answer.json(), "no").status_code == 201
        assert mortal.inside("undo is over", claim["id"]) == 1
        mortal.inside("settle")
        assert [one["value"] for one in room.facts()["decisions"]] == ["no"]


@WHEN
@pytest.mark.parametrize("kind", ["not_for_me", "bad_input"])
def test_skipping(mortal: Stack, when: str, kind: str) -> None:
    with Room(mortal) as room:
        claim = room.claim(0)
        body = {"token": claim["token"], "kind": kind, "reason": "so it is"}
        skip = Asked(mortal, when, room.tokens[0])
        answer = skip("POST", f"referrals/{claim['id']}/skip", body)
        done = 204 if kind == "not_for_me" else 201
        assert answer.status_code == (done if when == "before" else 409), answer.text
        case = room.facts()
        if kind == "not_for_me":
            assert [one["free"] for one in case["referrals"]] == [1]
            assert room.claim(1)["id"] == claim["id"]
        else:
            assert [one["value"] for one in case["decisions"]] == [None]


@WHEN
def test_contesting(mortal: Stack, when: str) -> None:
    """Feedback has no key: repeated, it is said twice, but one person looks at the case."""
    with listening(mortal) as (room, hook):
        assert room.say(0, room.claim(0)).status_code == 201
        objection = {"kind": "contest", "statement": "No!"}
        client = Asked(mortal, when, room.world["key"])
        answer = client("POST", f"cases/{room.case}/feedback", objection)
        assert answer.status_code == 201, answer.text
        kinds = [one["kind"] for one in room.facts()["referrals"]]
        assert kinds == ["decide", "contest"]
        assert room.say(1, room.claim(1), "no").status_code == 201
        assert [one["value"] for one in room.facts()["decisions"]] == ["yes", "no"]
        assert heard(room, hook) == [1, 2]


# The worker


def dies(stack: Stack, task: str, mark: str) -> None:
    """The worker's process dies at that commit of the task, and another one takes its place."""
    before = deaths(stack)
    broker = stack.environment["REDIS_URL"]
    with celery.Celery("outside", broker=broker, set_as_current=False) as app:
        app.send_task(task, headers={MARK: mark})
    until(lambda: deaths(stack) > before, f"{task} dies {mark} {stack.logs()}")


def deaths(stack: Stack) -> int:
    """How many processes the worker has lost, by its log."""
    logs = [path.read_text() for path in stack.home.glob("worker-*.log")]
    return sum(log.count("signal 9 (SIGKILL)") for log in logs)


@WHEN
def test_settling(mortal: Stack, when: str) -> None:
    with listening(mortal, undo_seconds=600) as (room, hook):
        claim = room.claim(0)
        assert room.say(0, claim).status_code == 201
        assert mortal.inside("undo is over", claim["id"]) == 1
        dies(mortal, "reviews.settle", f"{when} 1")
        assert room.facts()["seq"] == (when == "after")
        mortal.inside("settle")
        assert [one["value"] for one in room.facts()["decisions"]] == ["yes"]
        assert heard(room, hook) == [1]


@WHEN
def test_a_rule_decides(mortal: Stack, when: str) -> None:
    with listening(mortal, on_lapse="default", safe_default="no") as (room, hook):
        assert mortal.inside("time is over", room.facts()["referrals"][0]["id"]) == 1
        dies(mortal, "hitl.act_due", f"{when} 1")
        assert room.facts()["seq"] == (when == "after")
        mortal.inside("act due")
        decision = {"n": 1, "source": "rule", "value": "no"}
        assert room.facts()["decisions"] == [decision]
        assert heard(room, hook) == [1]


@WHEN
def test_freeing_a_place(mortal: Stack, when: str) -> None:
    with Room(mortal) as room:
        claim = room.claim(0)
        assert mortal.inside("lease is over", claim["id"]) == 1
        dies(mortal, "reviews.expire_claims", f"{when} 1")
        assert [one["free"] for one in room.facts()["referrals"]] == [int(when == "after")]
        mortal.inside("expire")
        assert [one["free"] for one in room.facts()["referrals"]] == [1]
        assert room.say(1, room.claim(1)).status_code == 201
        assert room.facts()["seq"] == 1


@pytest.mark.parametrize(
    ("mark", "arrived", "again"),
    [
        pytest.param("before 1", 0, 1, id="before it is taken"),
        pytest.param("after 1", 0, 1, id="taken, not sent"),
        pytest.param("before 2", 1, 2, id="sent, not recorded"),
        pytest.param("after 2", 1, 1, id="recorded"),
    ],
)
def test_delivering(mortal: Stack, mark: str, arrived: int, again: int) -> None:
    """At least once; a repetition only where nobody can know that it arrived."""
    with listening(mortal) as (room, hook):
        assert room.say(0, room.claim(0)).status_code == 201
        dies(mortal, "hitl.deliver", mark)
        assert len(hook.heard) == arrived
        assert heard(room, hook) == [1]
        assert len(hook.heard) == again
