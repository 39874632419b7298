"""The story's own logic; the journey plays it over HTTP."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from hitl.management.autopilot import BATCH, STRETCH, Act, Narrator, Scanner, Story
from hitl.management.exhibits import EXHIBITS
from hitl.management.traffic import Show, Truth
from models_registry.runtimes import digits


def revision(
    number: int, level: str, cause: str = "person", live: float | None = None
) -> dict[str, Any]:
    thresholds = {} if live is None else {"version": live}
    said = {"reason": "said so", "thresholds": thresholds}
    return {"number": number, "level": level, "cause": cause, **said}


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
    story, told = Story(), [revision(1, "shadow", "certificate", 0.95)]

    def turn(*more: dict[str, Any]) -> Act:
        told[:0] = more
        list(story.turn(told))
        return story.act

    assert turn() is Act.EARNING
    assert turn(revision(2, "partial_automation", "certificate", 0.95)) is Act.AUTOMATED
    story.automated = STRETCH
    assert turn() is Act.AUTOMATED  # it has not widened yet
    assert turn(revision(3, "partial_automation", "certificate", 0.9)) is Act.DEGRADED
    assert turn(revision(4, "partial_automation", "guard", 0.9)) is Act.DEGRADED
    assert turn(revision(5, "shadow", "guard")) is Act.OVER


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


class Service:
    """Answers as the service does to the operator, and remembers what it was told."""

    def __init__(self, *revisions: dict[str, Any]) -> None:
        self.revisions = list(revisions)
        self.told: list[tuple[str, str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method != "GET":
            path = request.url.path.removeprefix("/api/v1/workflows/")
            self.told.append((request.method, path, json.loads(request.content)))
        return httpx.Response(200, json=self.revisions)

    def narrator(self, story: Story, say: Callable[[str], object]) -> Narrator:
        narrator = Narrator("http://test", "token", "digits", story, say)
        transport = httpx.MockTransport(self)
        narrator._http = httpx.Client(base_url="http://test", transport=transport)
        return narrator


def test_the_operator_states_the_target_and_tells_what_follows() -> None:
    said: list[str] = []
    service = Service(revision(1, "shadow"))
    narrator = service.narrator(Story(), said.append)
    narrator.open()
    narrator()
    ((method, path, body),) = service.told
    assert (method, path) == ("PATCH", "digits")
    assert (body["policy"]["threshold"]["max_error"], body["policy"]["promote"]) == (0.02, "itself")
    assert said == ["  revision 1 (person) shadow: said so"]


def test_with_kept_data_it_says_where_it_goes_on_and_tells_nothing_twice() -> None:
    said: list[str] = []
    kept = [
        revision(3, "partial_automation", "certificate", 0.9),
        revision(2, "partial_automation", "certificate", 0.95),
        revision(1, "shadow"),
    ]
    story, service = Story(), Service(*kept)
    narrator = service.narrator(story, said.append)
    narrator.open()
    narrator()
    assert [method for method, *_ in service.told] == ["PATCH"]
    assert said == [
        "  Kept data: goes on after revision 3, partial_automation.",
        "  the model decides what is proven",
    ]
    story.automated = STRETCH
    narrator()
    assert story.act is Act.DEGRADED


def test_from_a_level_where_no_answer_is_evidence_it_begins_at_shadow() -> None:
    service = Service(revision(2, "ai_assistance"), revision(1, "shadow"))
    service.narrator(Story(), lambda line: None).open()
    assert [(method, path) for method, path, _ in service.told] == [
        ("PATCH", "digits"),
        ("PUT", "digits/level"),
    ]
    assert service.told[1][2]["level"] == "shadow"


def test_a_batch_that_is_sent_again_degraded_is_another_one(tmp_path: Path) -> None:
    keys: list[str] = []

    def server(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        return httpx.Response(503)

    story = Story()
    scanner = Scanner("http://test", "key", Show(EXHIBITS[0], Truth(tmp_path / "truth")), story)
    scanner._http = httpx.Client(base_url="http://test", transport=httpx.MockTransport(server))
    for act in (Act.AUTOMATED, Act.AUTOMATED, Act.DEGRADED):
        story.act = act
        story.idle.set()
        with pytest.raises(httpx.HTTPStatusError):
            scanner()
    assert keys == ["scan-0", "scan-0", "scan-0-degraded"]
