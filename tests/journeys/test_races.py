"""What must hold when many come at once: OS processes, over HTTP, on both databases."""

import json
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import redis

from tests.processes import Caller, Child, Children, Stack, until

pytestmark = pytest.mark.processes

PATIENT = {"audit_share": 0.0, "blind_share": 0.0}


def slug() -> str:
    """A workflow of its own for each test."""
    return f"w{uuid4().hex[:12]}"


def test_eight_reviewers_judge_400_referrals_each_exactly_once(stack: Stack) -> None:
    name = slug()
    world = stack.world(slug=name, level="shadow", script={}, reviewers=8)
    with Caller(stack.url, world["key"]) as client:
        texts = ["no", "yes"] * 200
        sent = client.send(
            "POST", f"workflows/{name}/cases", [{"input": {"text": text}} for text in texts]
        ).json()
        wanted = {one["id"]: text for one, text in zip(sent, texts, strict=True)}
        arguments = [(stack.url, token, str(i)) for i, token in enumerate(world["reviewers"])]
        with Children("reviewer", arguments) as reviewers:
            for reviewer in reviewers:
                reviewer.write("go")
            told = [reviewer.read() for reviewer in reviewers]
        for one in told:
            assert len(set(one["claimed"])) == len(one["claimed"]), "a person meets a case once"
            assert len(one["claimed"]) == len(one["skipped"]) + len(one["answered"])
        answered = Counter(case for one in told for case in one["answered"])
        assert set(answered.values()) == {1}, "nobody answers what another has answered"
        assert len(answered) == 400, "none is lost"
        assert sum(bool(one["answered"]) for one in told) > 1, "they work side by side"
        assert any(one["skipped"] for one in told)
        cases = client.cases()
        assert len(cases) == 400
        for case in cases:
            assert (case["status"], case["decision"]["number"]) == ("decided", 1)
            assert case["decision"]["value"] == wanted[case["id"]]


def test_of_eight_submits_of_one_claim_one_counts(stack: Stack) -> None:
    name = slug()
    world = stack.world(slug=name, level="shadow", script={}, reviewers=1)
    me = world["reviewers"][0]
    with (
        Caller(stack.url, world["key"]) as client,
        Caller(stack.url, me) as reviewer,
        Children("caller", [(stack.url, me)] * 8) as callers,
    ):
        for number in range(10):
            case = {"input": {"text": str(number)}}
            sent = client.send("POST", f"workflows/{name}/cases", case).json()
            claim = reviewer.send("POST", "referrals/claim", {}).json()
            for i, caller in enumerate(callers):
                review = {"token": claim["token"], "value": ["no", "yes"][i % 2]}
                caller.send("POST", f"referrals/{claim['id']}/review", review)
            told = [caller.read()["status"] for caller in callers]
            assert sorted(told) == [201, *[409] * 7]
            decision = client.get(f"cases/{sent['id']}")["decision"]
            assert decision["number"] == 1
            assert decision["value"] == ["no", "yes"][told.index(201) % 2]


@pytest.mark.parametrize("mark", ["kept", "lost"])
@pytest.mark.parametrize("size", [1, 20])
def test_eight_clients_with_one_key_make_one_case(
    stack: Stack, tmp_path: Path, mark: str, size: int
) -> None:
    """With the quick mark in Redis, and without it, so that three predict at the same time: the
    table's primary key is what counts."""
    name = slug()
    world = stack.world(
        slug=name, level="full_automation", script={"marks": str(tmp_path)}, policy=PATIENT
    )
    together = 1 if mark == "kept" else 3
    with (
        redis.Redis.from_url(stack.environment["REDIS_URL"]) as broker,
        Caller(stack.url, world["key"]) as client,
        Children("caller", [(stack.url, world["key"])] * 8) as callers,
    ):
        for number in range(3):
            case = {"input": {"text": "hi"}, "reference": f"round {number}"}
            body = case if size == 1 else [case] * size
            key = uuid4().hex
            for i, caller in enumerate(callers, start=1):
                caller.send("POST", f"workflows/{name}/cases", body, **{"Idempotency-Key": key})
                if i <= together:
                    until(lambda n=i: thinking(tmp_path) == n, f"{i} think")  # type: ignore[misc]
                if mark == "lost":
                    broker.flushdb()
            (tmp_path / "enough").touch()
            told = [caller.read() for caller in callers]
            good = {one["text"] for one in told if one["status"] == 201}
            assert {one["status"] for one in told} <= {201, 409}, told
            assert len(good) == 1, "every answer is the same, byte for byte"
            assert len(client.cases(f"reference=round {number}")) == size
            again = client.send("POST", f"workflows/{name}/cases", body, {"Idempotency-Key": key})
            assert again.text in good
            for file in tmp_path.iterdir():
                file.unlink()


def thinking(marks: Path) -> int:
    """How many calls of the model have begun."""
    return len(list(marks.iterdir()))


def test_nothing_is_automated_after_a_stop_is_acknowledged(stack: Stack, tmp_path: Path) -> None:
    """The stop lands while a slow model thinks, in several requests: two cases and an array."""
    name = slug()
    script = {"confidence": 0.99, "marks": str(tmp_path)}
    world = stack.world(slug=name, level="full_automation", script=script, policy=PATIENT)
    case = {"input": {"text": "hi"}}
    with (
        Caller(stack.url, world["operator"]) as operator,
        Children("caller", [(stack.url, world["key"])] * 3) as callers,
    ):

        def send_all() -> None:
            for caller, body in zip(callers, [case, case, [case] * 20], strict=True):
                caller.send("POST", f"workflows/{name}/cases", body)

        def answers() -> list[dict[str, Any]]:
            one, other, array = (json.loads(_answered(caller, 201)["text"]) for caller in callers)
            return [one, other, *array]

        send_all()
        until(lambda: thinking(tmp_path) == 3, "all requests are thought about")
        stop = {"stopped": True, "reason": "wrong answers"}
        assert operator.put(f"workflows/{name}/stop", stop)["revision"]["stopped"]
        (tmp_path / "enough").touch()
        assert {(one["status"], one["route"]["reason"]) for one in answers()} == {
            ("referred", "stopped")
        }
        assert operator.cases("status=decided") == []
        assert len(operator.cases("status=referred")) == 22, "none is lost"

        operator.put(f"workflows/{name}/stop", {"stopped": False, "reason": "mended"})
        send_all()
        assert {one["status"] for one in answers()} == {"decided"}


def test_eight_operators_change_eight_dials_and_all_changes_survive(stack: Stack) -> None:
    name = slug()
    world = stack.world(slug=name, level="shadow", script={})
    dials = {
        "audit_share": 0.5,
        "blind_share": 0.25,
        "undo_seconds": 7,
        "lease_minutes": 3,
        "due_hours": 2,
        "audit_due_hours": 5,
    }
    with (
        Caller(stack.url, world["operator"]) as operator,
        Children("caller", [(stack.url, world["operator"])] * 8) as callers,
    ):
        asked: list[tuple[str, str, dict[str, Any]]] = [
            ("PATCH", f"workflows/{name}", {"reason": dial, "policy": {dial: value}})
            for dial, value in dials.items()
        ]
        asked += [
            ("PUT", f"workflows/{name}/level", {"reason": "level", "level": "full_automation"}),
            ("PUT", f"workflows/{name}/stop", {"reason": "stop", "stopped": True}),
        ]
        left = list(zip(callers, asked, strict=True))
        while left:  # who loses too many races in a row is told to try again
            for caller, (method, path, body) in left:
                caller.send(method, path, body)
            told = [caller.read()["status"] for caller, _ in left]
            assert set(told) <= {200, 503}
            assert 200 in told
            left = [one for one, status in zip(left, told, strict=True) if status == 503]
        now = operator.get(f"workflows/{name}")["revision"]
        assert {dial: now["policy"][dial] for dial in dials} == dials
        assert (now["level"], now["stopped"], now["number"]) == ("full_automation", True, 9)
        history = operator.get(f"workflows/{name}/revisions")
        assert [one["number"] for one in history] == list(range(9, 0, -1))
        assert {one["reason"] for one in history} == {*dials, "level", "stop", "created"}


@pytest.mark.parametrize("stack", ["postgresql"], indirect=True)
@pytest.mark.parametrize("size", [1, 20], ids=["one statement", "COPY"])
def test_a_stop_waits_for_a_write_that_is_under_way(stack: Stack, size: int) -> None:
    """A case that was routed before the stop is written before the stop is acknowledged, however
    long its write takes. (On SQLite there is one writer at a time anyway.)"""
    name = slug()
    world = stack.world(slug=name, level="full_automation", script={}, policy=PATIENT)
    body: Any = {"input": {"text": "hi"}}
    with (
        psycopg.connect(stack.environment["DATABASE_URL"]) as other,
        psycopg.connect(stack.environment["DATABASE_URL"], autocommit=True) as watch,
        Children("caller", [(stack.url, world["key"]), (stack.url, world["operator"])]) as (
            client,
            operator,
        ),
    ):
        other.execute(
            "INSERT INTO hitl_idempotency (client_id, key, body_hash, status, answer, at)"
            " VALUES (%s, 'k', '', 201, '{}', now())",
            [world["client"]],
        )
        sent = body if size == 1 else [body] * size
        client.send("POST", f"workflows/{name}/cases", sent, **{"Idempotency-Key": "k"})
        until(lambda: waiting(watch) >= 1, "the case's write waits for the other holder of the key")
        operator.send("PUT", f"workflows/{name}/stop", {"stopped": True, "reason": "stop"})
        until(lambda: waiting(watch) >= 2, "the stop waits for the case's write")
        other.rollback()
        told = json.loads(_answered(client, 201)["text"])
        assert {one["status"] for one in (told if size > 1 else [told])} == {"decided"}
        assert json.loads(_answered(operator, 200)["text"])["revision"]["stopped"]


@pytest.mark.parametrize("stack", ["postgresql"], indirect=True)
def test_a_claim_does_not_wait_for_what_another_is_just_taking(stack: Stack) -> None:
    name = slug()
    world = stack.world(slug=name, level="shadow", script={}, reviewers=1)
    with (
        Caller(stack.url, world["key"]) as client,
        Caller(stack.url, world["reviewers"][0]) as reviewer,
        psycopg.connect(stack.environment["DATABASE_URL"]) as other,
    ):
        cases = [{"input": {"text": text}} for text in ("first", "second")]
        first = client.send("POST", f"workflows/{name}/cases", cases).json()[0]["id"]
        other.execute("SELECT 1 FROM hitl_referral WHERE case_id = %s FOR UPDATE", [first])
        claimed = reviewer.send("POST", "referrals/claim", {})
        assert claimed.json()["input"] == {"text": "second"}
        other.rollback()
        assert reviewer.send("POST", "referrals/claim", {}).json()["input"] == {"text": "first"}


def _answered(caller: Child, status: int) -> dict[str, Any]:
    told: dict[str, Any] = caller.read()
    assert told["status"] == status, told
    return told


def waiting(watch: "psycopg.Connection[Any]") -> int:
    """How many statements wait for a lock in this database."""
    row = watch.execute(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    ).fetchone()
    assert row
    return int(row[0])
