"""The page of rollouts in a real browser: read, stepped and aborted by an operator."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ROOT, Site, Visit
from tests.browser.test_control_room import LIST, made, violations

pytestmark = pytest.mark.browser
Window = Callable[..., Visit]


@pytest.fixture(scope="module")
def rolling(site: Site) -> dict[str, Any]:
    """A workflow with a canary under way."""
    found = made(site, "rolling", "Rolling digits", "shadow")
    command = [sys.executable, "-m", "tests.browser.rolling", "rolling"]
    done = subprocess.run(
        command, env=site.environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return found


def enter(visit: Window, world: dict[str, Any], **options: Any) -> Visit:
    """Signs in and goes to the page by way of the control room."""
    olivia = visit(**options)
    olivia.sign_in(world["olivia"], LIST)
    olivia.page.get_by_role("link", name=world["title"]).click()
    olivia.page.get_by_role("link", name="Rollouts", exact=True).click()
    expect(olivia.page.locator("#rollouts")).to_be_visible()
    return olivia


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_passes_an_automated_wcag_check(
    visit: Window,
    rolling: dict[str, Any],
    picture: Callable[[str], Path],
    scheme: str,
    width: int,
) -> None:
    page = enter(visit, rolling, color_scheme=scheme, bypass_csp=True, width=width).page
    page.screenshot(path=picture(f"rollouts-{scheme}-{width}"), full_page=True)
    assert violations(page) == []
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, "it scrolls sideways"


def test_an_operator_steps_pauses_and_aborts(visit: Window, rolling: dict[str, Any]) -> None:
    page = enter(visit, rolling).page
    expect(page.locator(".ev-lead")).to_contain_text("5 % of cases")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".ev-lead")).to_contain_text("is paused")
    page.get_by_role("link", name="Take the next step").click()
    expect(page.get_by_text("Challenger's share: 5 % → 20 %")).to_be_visible()
    page.get_by_label("Reason").fill("it looks well")
    page.get_by_role("button", name="Take the next step").click()
    expect(page.get_by_text("is in force.")).to_be_visible()
    page.get_by_role("link", name="Rollouts", exact=True).click()
    page.get_by_role("link", name="Abort the rollout").click()
    page.get_by_label("Reason").fill("complaints")
    page.get_by_role("button", name="Abort the rollout").click()
    expect(page.get_by_text("is in force.")).to_be_visible()
    page.get_by_role("link", name="Rollouts", exact=True).click()
    expect(page.locator(".ev-lead")).to_contain_text("was aborted")
