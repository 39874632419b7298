"""The story's own logic; the journey plays it over HTTP."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from hitl.management.autopilot import BATCH, STRETCH, Act, Narrator, Scanner, Story
from hitl.management.exhibits import EXHIBITS
from hitl.management.traffic import Show, Truth
from models_registry.runtimes import digits


def revision(number: int, level: str, cause: str = "person") -> dict[str, Any]:
    return {"number": number, "level": level, "cause": cause, "reason": "said so"}


def test_each_revision_is_told_once_in_order() -> None:
    story = Story()
    first, second = revision(1, "shadow"), revision(2, "shadow", "certificate")
    assert list(story.turn([second, first])) == [
        "  revision 1 (person) shadow: said so",
        "  revision 2 (certificate) shadow: said so",
    ]
    assert list(story.turn([second, first])) == []
    assert story.act is Act.EARNING


def test_the_scanner_fails_after_a_stretch_and_is_repaired_when_people_decide_again() -> None:
    story = Story(widened=2)
    list(story.turn([revision(1, "partial_automation")]))
    assert story.act is Act.AUTOMATED
    story.automated = STRETCH
    list(story.turn([revision(1, "partial_automation")]))
    assert story.act is Act.DEGRADED
    list(story.turn([revision(2, "shadow", "guard")]))
    assert story.act is Act.OVER


@pytest.mark.parametrize("degraded", [False, True])
def test_a_batch_goes_out_when_nothing_waits(tmp_path: Path, *, degraded: bool) -> None:
    asked: list[Any] = []

    def server(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content))
        route = {"action": "automate"}
        return httpx.Response(201, json=[{"route": route}] * BATCH)

    story = Story(act=Act.DEGRADED if degraded else Act.EARNING)
    show = Show(EXHIBITS[0], Truth(tmp_path / "truth.txt"))
    scanner = Scanner("http://test", "key", show, story)
    scanner._http = httpx.Client(base_url="http://test", transport=httpx.MockTransport(server))
    scanner()
    assert asked == []
    story.idle.set()
    scanner()
    scanner()
    assert [len(body) for body in asked] == [BATCH]
    value, truth = digits.Unseen().varied(0, degraded=degraded)
    assert asked[0][0] == {"input": value, "reference": "scan-0"}
    assert show.truth.known[digits.fingerprint(value)] == truth
    assert story.automated == BATCH


def test_the_operator_states_the_target_and_tells_what_follows() -> None:
    said: list[str] = []

    def server(request: httpx.Request) -> httpx.Response:
        if request.method == "PATCH":
            policy = json.loads(request.content)["policy"]
            assert (policy["threshold"]["max_error"], policy["promote"]) == (0.02, "itself")
        return httpx.Response(200, json=[revision(1, "shadow")])

    narrator = Narrator("http://test", "token", "digits", Story(), said.append)
    narrator._http = httpx.Client(base_url="http://test", transport=httpx.MockTransport(server))
    narrator.open()
    narrator()
    assert said == ["  revision 1 (person) shadow: said so"]
