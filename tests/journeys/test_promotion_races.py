"""Who raises the level when many would at once: OS processes, over HTTP, on both databases."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest

from tests.processes import Caller, Child, Children, Stack

pytestmark = pytest.mark.processes

ROUNDS = 5
UP = {"level": "ai_assistance", "reason": "it has been right"}
DOWN = {"level": "shadow", "reason": "back again"}


@contextmanager
def many(stack: Stack, operators: int, **policy: Any) -> Iterator[tuple[Caller, list[Child], str]]:
    """An operator to look, a process for each of them, and the workflow's path."""
    slug = f"w{uuid4().hex[:12]}"
    world = stack.world(slug=slug, level="shadow", script={}, operators=operators, policy=policy)
    arguments = [(stack.url, token) for token in world["operators"]]
    with (
        Caller(stack.url, world["operator"]) as operator,
        Children("caller", arguments) as callers,
    ):
        yield operator, callers, f"workflows/{slug}"


def proposed(operator: Caller, path: str, change: dict[str, str]) -> str:
    answer = operator.send("PUT", f"{path}/level", change)
    assert answer.status_code == 202, answer.text
    made: str = operator.get(f"{path}/ladder")["proposal"]["id"]
    return made


def answers(callers: list[Child]) -> Counter[int]:
    return Counter(caller.read()["status"] for caller in callers)


def test_of_four_who_propose_one_proposes(stack: Stack) -> None:
    with many(stack, 4, promote="two") as (operator, callers, path):
        for caller in callers:
            caller.send("PUT", f"{path}/level", UP)
        assert answers(callers) == {202: 1, 409: 3}
        assert operator.get(f"{path}/ladder")["proposal"]["level"] == "ai_assistance"
        assert operator.get(path)["revision"]["level"] == "shadow"


def test_a_proposal_ends_once_however_many_answer_it(stack: Stack) -> None:
    """Its author withdraws it, one refuses and two confirm, all at once. The level is raised once
    if a confirmation came first, and not at all otherwise."""
    ends: Counter[str] = Counter()
    with many(stack, 4, promote="two") as (operator, callers, path):
        for _ in range(ROUNDS):
            before = operator.get(path)["revision"]["number"]
            made = proposed(operator, path, UP)
            verbs = ("withdraw", "refuse", "confirm", "confirm")
            for caller, verb in zip(callers, verbs, strict=True):
                caller.send("POST", f"{path}/proposals/{made}/{verb}")
            told = [caller.read()["status"] for caller in callers]
            assert Counter(told) == {200: 1, 409: 3}
            ended = verbs[told.index(200)]
            ends[ended] += 1
            now = operator.get(path)["revision"]
            raised = ended == "confirm"
            assert now["level"] == ("ai_assistance" if raised else "shadow")
            assert now["number"] == before + raised
            assert operator.get(f"{path}/ladder")["proposal"] is None
            operator.put(f"{path}/level", DOWN)
    assert ends.total() == ROUNDS


def test_a_confirmation_does_not_undo_who_lowers_the_level(stack: Stack) -> None:
    """Two confirm what was proposed while two others lower the level further: whatever comes first,
    nobody who has not seen the lower level raises it."""
    with many(stack, 4, promote="two") as (operator, callers, path):
        for _ in range(ROUNDS):
            made = proposed(operator, path, UP)
            lower = {"level": "human_only", "reason": "something is wrong"}
            callers[2].send("PUT", f"{path}/level", lower)
            for caller in (callers[1], callers[3]):
                caller.send("POST", f"{path}/proposals/{made}/confirm")
            told = [callers[i].read()["status"] for i in (1, 2, 3)]
            assert told[1] == 200
            assert set(told) <= {200, 409}
            assert operator.get(path)["revision"]["level"] == "human_only"
            if 200 not in (told[0], told[2]):
                assert callers_refuse(callers[1], path, made) == 200
            assert back(operator, callers[1], path) == "shadow"


def callers_refuse(caller: Child, path: str, made: str) -> int:
    caller.send("POST", f"{path}/proposals/{made}/refuse")
    status: int = caller.read()["status"]
    return status


def back(operator: Caller, second: Child, path: str) -> str:
    """To shadow again, by two."""
    made = proposed(operator, path, DOWN)
    second.send("POST", f"{path}/proposals/{made}/confirm")
    assert second.read()["status"] == 200
    level: str = operator.get(path)["revision"]["level"]
    return level
