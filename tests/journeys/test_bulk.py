"""Bulk decisions against reviewers and against one another: OS processes, over HTTP, on both
databases."""

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.processes import Caller, Children, Stack

pytestmark = pytest.mark.processes

AT_ONCE = {"undo_seconds": 0}


def asked(cases: list[str], value: str) -> dict[str, Any]:
    return {"filter": {"cases": cases}, "value": value, "reason": "a campaign"}


def test_of_a_submit_and_a_bulk_decision_one_decides(stack: Stack) -> None:
    name = f"w{uuid4().hex[:12]}"
    world = stack.world(slug=name, level="shadow", script={}, policy=AT_ONCE, reviewers=1)
    callers = [(stack.url, world["reviewers"][0]), (stack.url, world["operator"])]
    firsts = set()
    with (
        Caller(stack.url, world["key"]) as client,
        Caller(stack.url, world["reviewers"][0]) as bob,
        Children("caller", callers) as (reviewer, operator),
    ):
        for i in range(15):
            case = client.send("POST", f"workflows/{name}/cases", {"input": {"text": "hi"}}).json()
            claim = bob.send("POST", "referrals/claim", {}).json()
            review = {"token": claim["token"], "value": "yes"}
            acts = [
                (reviewer, f"referrals/{claim['id']}/review", review),
                (operator, f"workflows/{name}/decide", asked([case["id"]], "no")),
            ]
            for caller, path, body in acts if i % 2 else acts[::-1]:
                caller.send("POST", path, body)
            submitted, decided = reviewer.read(), operator.read()
            assert {submitted["status"], decided["status"]} in ({201, 409}, {200, 409})
            won = "yes" if submitted["status"] == 201 else "no"
            decision = client.get(f"cases/{case['id']}")["decision"]
            assert (decision["number"], decision["value"]) == (1, won)
            firsts.add(won)
            if won == "no":
                said = json.loads(submitted["text"])
                assert "went on without you" in said["detail"]
                assert said["type"] == "urn:hitl:stale-claim"
    assert firsts, "somebody decided"


def test_two_who_decide_the_same_cases_decide_each_once(stack: Stack) -> None:
    name = f"w{uuid4().hex[:12]}"
    world = stack.world(slug=name, level="shadow", script={}, policy=AT_ONCE)
    with (
        Caller(stack.url, world["key"]) as client,
        Children("caller", [(stack.url, world["operator"])] * 4) as operators,
    ):
        for _ in range(4):
            sent = client.send(
                "POST", f"workflows/{name}/cases", [{"input": {"text": "hi"}}] * 60
            ).json()
            ids = [one["id"] for one in sent]
            for i, operator in enumerate(operators):
                order = ids[::-1] if i % 2 else ids
                operator.send(
                    "POST", f"workflows/{name}/decide", asked(order, ["no", "yes"][i % 2])
                )
            told = [operator.read() for operator in operators]
            assert {one["status"] for one in told} <= {200, 409}
            decided = [json.loads(one["text"])["decided"] for one in told if one["status"] == 200]
            assert sum(decided) == 60
            numbers = {client.get(f"cases/{case}")["decision"]["number"] for case in ids}
            assert numbers == {1}
