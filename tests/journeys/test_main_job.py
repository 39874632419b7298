"""The main job from outside: cases in, decisions out, people for the rest, numbers about it."""

from typing import Any

import celery
import pytest

from tests.journeys.test_races import slug
from tests.processes import Caller, Stack, until

pytestmark = pytest.mark.processes


def test_cases_are_decided_judged_redone_and_measured(stack: Stack) -> None:
    name = slug()
    world = stack.world(
        slug=name,
        level="partial_automation",
        script={},
        policy={"audit_share": 0.0, "blind_share": 1.0, "undo_seconds": 1},
        reviewers=1,
    )
    worker = stack.start_celery("worker", "-c", "1")
    beat = stack.start_celery("beat", "-s", str(stack.home / name))
    try:
        with (
            Caller(stack.url, world["key"]) as client,
            Caller(stack.url, world["reviewers"][0]) as reviewer,
        ):
            _run(stack, name, client, reviewer)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{stack.logs()}") from error
    finally:
        stack.stop(beat, worker)


def _run(stack: Stack, name: str, client: Caller, reviewer: Caller) -> None:
    def send(confidence: float) -> dict[str, Any]:
        case = {"input": {"text": "hi", "confidence": confidence}}
        answer = client.send("POST", f"workflows/{name}/cases", case)
        assert answer.status_code == 201, answer.text
        told: dict[str, Any] = answer.json()
        return told

    sure, unsure = [send(0.97) for _ in range(2)], [send(0.3) for _ in range(3)]
    assert {one["decision"]["value"] for one in sure} == {"yes"}
    assert {one["route"]["reason"] for one in unsure} == {"below_threshold"}

    for value in ("yes", "no", "yes"):
        case = reviewer.send("POST", "referrals/claim", {"workflow": name}).json()
        assert case["suggestion"] is None
        review = {"token": case["token"], "value": value}
        answer = reviewer.send("POST", f"referrals/{case['id']}/review", review)
        assert (answer.status_code, answer.json()["undo_seconds"]) == (201, 1), answer.text

    def decided() -> list[Any] | None:
        """Beat wakes the worker, which decides what can no longer be undone."""
        found = [client.get(f"cases/{one['id']}") for one in unsure]
        return found if all(one["status"] == "decided" for one in found) else None

    by_people = until(decided, "the worker settles what people said")
    assert [one["decision"]["value"] for one in by_people] == ["yes", "no", "yes"]
    assert {one["decision"]["source"] for one in by_people} == {"human"}

    redo = {"kind": "redo", "value": "no"}
    assert client.send("POST", f"cases/{sure[0]['id']}/feedback", redo).status_code == 201

    with celery.Celery(
        "outside", broker=stack.environment["REDIS_URL"], set_as_current=False
    ) as app:
        app.send_task("hitl.measure")

    def measured(metric: str) -> Any:
        """n and hits over all windows, merged over versions and levels."""
        lines = client.get(f"workflows/{name}/metrics?metric={metric}&window=minute")["lines"]
        points = lines[0]["points"] if lines else []
        n = sum(point["n"] for point in points)
        return (n, sum(point["n"] * point["value"] for point in points)) if n else None

    until(lambda: measured("redo_rate"), "the worker measures")
    assert measured("agreement_blind") == (3, pytest.approx(2))
    assert measured("agreement") == (3, pytest.approx(2))
    assert measured("redo_rate") == (5, pytest.approx(1))
    assert measured("automation_rate") == (5, pytest.approx(2))
