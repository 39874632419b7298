"""The page of evidence in a real browser: read by anybody, its target changed by an operator."""

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
def earned(site: Site) -> dict[str, Any]:
    """A workflow that has earned to decide the confident cases."""
    found = made(site, "earned", "Earned digits", "partial_automation")
    command = [sys.executable, "-m", "tests.browser.earning", "earned"]
    done = subprocess.run(
        command, env=site.environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return found


@pytest.fixture(scope="module")
def young(site: Site) -> dict[str, Any]:
    """A workflow about which nothing is known yet."""
    return made(site, "young", "Young digits", "shadow")


def enter(visit: Window, world: dict[str, Any], **options: Any) -> Visit:
    """Signs in and goes to the page by way of the control room."""
    olivia = visit(**options)
    olivia.sign_in(world["olivia"], LIST)
    olivia.page.get_by_role("link", name=world["title"]).click()
    olivia.page.get_by_role("link", name="Evidence", exact=True).click()
    expect(olivia.page.locator("#evidence")).to_be_visible()
    return olivia


def test_one_sentence_says_where_it_stands_and_the_table_says_it_exactly(
    visit: Window, earned: dict[str, Any]
) -> None:
    page = enter(visit, earned).page
    expect(page.locator(".ev-lead")).to_contain_text("The model may decide")
    expect(page.locator("[data-chart=curve] canvas")).to_be_visible()
    expect(page.locator("[data-chart=growth] canvas")).to_be_visible()
    page.get_by_text("The curve as a table").click()
    expect(page.locator(".ev-live")).to_have_count(1)
    expect(page.locator(".ev-live")).to_contain_text("certified")
    page.get_by_text("Exact statement, assumptions and raw counters").click()
    expect(page.get_by_text("P(decision wrong | confidence")).to_be_visible()


def test_an_operator_sets_a_target_with_a_reason(visit: Window, young: dict[str, Any]) -> None:
    page = enter(visit, young).page
    expect(page.locator(".ev-lead")).to_contain_text("Nothing has come in yet")
    page.get_by_label("At most so many").fill("150")
    page.get_by_role("button", name="See what this target would do").click()
    expect(page.get_by_text("less than or equal to 99.99")).to_be_visible()
    page.get_by_label("At most so many").fill("3")
    page.get_by_role("button", name="See what this target would do").click()
    page.get_by_label("Reason").fill("three in a hundred may be wrong")
    page.get_by_role("button", name="Change the target").click()
    expect(page.get_by_text("Revision 2 is in force.")).to_be_visible()
    expect(page.locator(".cr-terms")).to_contain_text("target: at most 3 % wrong")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_passes_an_automated_wcag_check(
    visit: Window,
    earned: dict[str, Any],
    young: dict[str, Any],
    picture: Callable[[str], Path],
    scheme: str,
    width: int,
) -> None:
    for world in (young, earned):
        page = enter(visit, world, color_scheme=scheme, bypass_csp=True, width=width).page
        assert violations(page) == []
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{world['slug']} scrolls sideways"
    page.screenshot(path=picture(f"evidence-{scheme}-{width}"), full_page=True)
    page.evaluate("document.querySelectorAll('#evidence details').forEach(one => one.open = true)")
    assert violations(page) == []
