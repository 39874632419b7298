"""Automation that is earned and lost, on the running demo: nobody touches the level."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from hitl.domain.evidence.audits import MOST
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

        def earned() -> bool:
            return any(one["level"] == "partial_automation" for one in revisions())

        until(earned, "automation is earned", 400, 1)

        def conditions() -> list[str]:
            found = httpx.get(f"{address}/conditions", headers=headers).raise_for_status()
            return [one["name"] for one in found.json()]

        until(lambda: "rolled_back" in conditions(), "automation is lost", 600, 1)
        story = revisions()

    assert (story[0]["level"], story[0]["by"]) == ("shadow", "operator")
    assert {one["cause"] for one in story if one["by"] is not None} == {"person"}
    up = next(i for i, one in enumerate(story) if one["level"] == "partial_automation")
    down = next(i for i, one in enumerate(story) if i > up and one["level"] == "shadow")
    assert all(one["by"] is None for one in story[up : down + 1])
    assert (story[up]["cause"], story[down]["cause"]) == ("certificate", "guard")

    automated = story[up:down]
    assert {one["level"] for one in automated} == {"partial_automation"}
    live = [threshold for one in automated for threshold in one["thresholds"].values()]
    assert len(live) == len(automated)
    assert live == sorted(live, reverse=True)
    assert live[-1] < live[0]
    assert story[down]["thresholds"] == {}
    assert "more errors than the target allows" in story[down]["reason"]

    audits = [one["more_audits"] for one in automated]
    fewest = audits.index(min(audits))
    assert audits[0] == MOST > audits[fewest]
    warm = next(one for one in automated[fewest:] if one["more_audits"] > audits[fewest])
    assert warm["cause"] == "guard"
    assert "Audits find more errors" in warm["reason"]
