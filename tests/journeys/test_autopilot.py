"""Automation that is earned and lost, on the running demo: nobody touches the level."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.demo import demo
from tests.processes import until

pytestmark = [pytest.mark.processes, pytest.mark.endurance]


def test_it_goes_up_by_itself_and_comes_back_when_images_are_degraded(tmp_path: Path) -> None:
    with demo(tmp_path / "demo", "--autopilot", HITL_RATE_LIMIT="100000/second") as running:
        running.wait_ready()
        headers = {"Authorization": f"Bearer {running.ready['operator_token']}"}
        address = f"{running.ready['api']}workflows/digits"

        def revisions() -> list[dict[str, Any]]:
            found = httpx.get(f"{address}/revisions", headers=headers).raise_for_status()
            return list(reversed(found.json()))

        def levels() -> list[str]:
            return [one["level"] for one in revisions()]

        until(lambda: "partial_automation" in levels(), "automation is earned", 240, 1)

        def is_back() -> bool:
            found = levels()
            return found[-1] == "shadow" and "partial_automation" in found

        until(is_back, "automation is lost", 300, 1)
        story = revisions()
        conditions = httpx.get(f"{address}/conditions", headers=headers).json()

    up = next(i for i, one in enumerate(story) if one["level"] == "partial_automation")
    assert story[0]["level"] == "shadow"
    assert story[up]["by"] is None
    assert {one["cause"] for one in story if one["by"] is not None} == {"person"}
    widened = [one for one in story if one["cause"] == "certificate"]
    assert len(widened) >= 2
    down = story[-1]
    assert (down["cause"], down["level"]) == ("guard", "shadow")
    assert "more errors than the target allows" in down["reason"]
    warm = [one for one in story[up:-1] if "Audits find more errors" in one["reason"]]
    assert warm
    assert warm[0]["cause"] == "guard"
    assert "rolled_back" in str(conditions)
