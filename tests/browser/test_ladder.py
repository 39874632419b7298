"""The ladder in a real browser: the next step, two people who agree, and an override in red."""

import re
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


def earned(site: Site, slug: str, *changed: str) -> dict[str, Any]:
    """A workflow that has earned its next step, with two people who operate it."""
    found = made(site, slug, f"Digits of {slug}", "shadow")
    found["omar"] = site.make("person", f"second-{slug}", roles={slug: ["operator"]})
    command = [sys.executable, "-m", "tests.browser.climbing", slug, *changed]
    done = subprocess.run(
        command, env=site.environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return found


@pytest.fixture(scope="module")
def climber(site: Site) -> dict[str, Any]:
    return earned(site, "climber")


@pytest.fixture(scope="module")
def waiting(site: Site) -> dict[str, Any]:
    """A workflow in which a proposal waits for a second person."""
    return earned(site, "waiting", "propose")


@pytest.fixture(scope="module")
def overridden(site: Site) -> dict[str, Any]:
    return earned(site, "overridden", "override")


@pytest.fixture(scope="module")
def young(site: Site) -> dict[str, Any]:
    """A workflow with a threshold chosen by hand."""
    return made(site, "young-ladder", "Young digits", "shadow")


def enter(visit: Window, world: dict[str, Any], who: str = "olivia", **options: Any) -> Visit:
    somebody = visit(**options)
    somebody.sign_in(world[who], LIST)
    somebody.page.get_by_role("link", name=world["title"]).click()
    expect(somebody.page.locator("#ladder")).to_be_visible()
    return somebody


def test_one_proposes_the_next_step_and_another_confirms_it(
    visit: Window, climber: dict[str, Any]
) -> None:
    first = enter(visit, climber).page
    first.get_by_role("link", name="Propose the next step").click()
    expect(first.get_by_text(re.compile("one of these confirms: .*second-climber"))).to_be_visible()
    expect(first.get_by_label("Reason")).to_be_focused()
    first.keyboard.type("three good weeks")
    first.keyboard.press("Enter")
    expect(first.get_by_role("button", name="Withdraw the proposal")).to_be_visible()
    expect(first.locator("[aria-current=step]")).to_contain_text("Shadow")

    second = enter(visit, climber, "omar").page
    expect(second.locator(".cr-proposal")).to_contain_text("three good weeks")
    second.get_by_role("link", name="See its effect and confirm").click()
    second.get_by_role("button", name="Confirm the proposal").click()
    expect(second.get_by_text("Level: Partial automation.")).to_be_visible()
    expect(second.locator("[aria-current=step]")).to_contain_text("Partial automation")
    expect(second.locator(".cr-proposal")).to_have_count(0)


def test_an_override_is_loud_and_one_button_ends_it(site: Site, visit: Window) -> None:
    page = enter(visit, earned(site, "ends", "override")).page
    expect(page.locator(".cr-loud")).to_contain_text("Override")
    page.get_by_role("link", name="End the override").click()
    page.get_by_label("Reason").fill("the fair is over")
    page.get_by_role("button", name="End the override").click()
    expect(page.get_by_text("no longer").first).to_be_visible()
    expect(page.locator(".cr-loud")).to_have_count(0)
    page.get_by_role("link", name="Override the proof").click()
    page.get_by_label("Reason").fill("another one")
    page.get_by_role("button", name="Override the proof").click()
    expect(page.get_by_text("Tick it to override the proof")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_pass_an_automated_wcag_check(
    visit: Window,
    young: dict[str, Any],
    waiting: dict[str, Any],
    overridden: dict[str, Any],
    picture: Callable[[str], Path],
    scheme: str,
    width: int,
) -> None:
    options = {"color_scheme": scheme, "bypass_csp": True, "width": width}
    for world, ways in (
        (young, ()),
        (waiting, ("proposal/", "policy/", "level/?level=full_automation")),
        (overridden, ("level/?level=full_automation",)),
    ):
        page = enter(visit, world, "omar" if "omar" in world else "olivia", **options).page
        room = page.url
        for way in ("change/", *ways):
            page.goto(room.replace("change/", way))
            assert violations(page) == [], (world["slug"], way)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{world['slug']} {way} scrolls sideways"
            name = f"ladder-{world['slug']}-{way.partition('/')[0]}-{scheme}-{width}"
            page.screenshot(path=picture(name), full_page=True)
