"""Pages about one's own work in a real browser: by keyboard, on a phone, in the dark."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Site, Visit
from tests.browser.digits import answer

pytestmark = pytest.mark.browser

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
Window = Callable[..., Visit]
World = Callable[..., dict[str, Any]]


def violations(visit: Visit) -> list[str]:
    """What the page does against WCAG 2.2 AA, and whether it is wider than its window."""
    found = Axe().run(visit.page, options={"runOnly": {"type": "tag", "values": WCAG}})
    wrong = [f"{one['id']}: {one['nodes'][0]['html']}" for one in found.response["violations"]]
    wide = visit.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return [*wrong, *(["wider than the window"] if wide else [])]


def test_a_key_of_ones_own_is_chosen_by_keyboard(visit: Window, world: World) -> None:
    bob = visit(bypass_csp=True)  # the check itself is an injected script
    bob.sign_in(world(cases=0)["bob"])
    bob.page.get_by_role("link", name="preferences").focus()
    bob.page.keyboard.press("Enter")
    bob.page.get_by_label("Key: Skip the case").focus()
    bob.page.keyboard.press("Control+a")
    bob.page.keyboard.type("x")
    bob.page.keyboard.press("Enter")
    expect(bob.page.get_by_text("Saved.")).to_be_visible()
    expect(bob.page.get_by_label("Key: Skip the case")).to_have_value("X")
    bob.page.get_by_label("Key: Skip the case").fill("1")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#wrong-skip")).to_contain_text("Digits choose answers")
    assert violations(bob) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_how_the_pages_look_to_who_judged_and_to_who_is_named(
    site: Site,
    visit: Window,
    world: World,
    picture: Callable[[str], Path],
    width: int,
    scheme: str,
) -> None:
    made = world(cases=3, policy={"undo_seconds": 0})
    carol = site.make("person", f"carol-{width}-{scheme}", roles={made["slug"]: ["reviewer"]})
    bob = visit(width=width, height=844, color_scheme=scheme, bypass_csp=True)
    bob.sign_in(made["bob"], made["path"])
    answer(bob.page, "7")
    answer(bob.page, "4")
    seen = {}

    def look(who: Visit, name: str) -> None:
        who.page.screenshot(path=picture(f"{name}-{width}-{scheme}"), full_page=True)
        seen[name] = violations(who)

    bob.open("/answers")
    look(bob, "my-answers")
    bob.page.locator(".lines a").first.click()
    expect(bob.page.get_by_role("heading", name="Your answer of")).to_be_visible()
    bob.page.get_by_role("textbox", name="Comment").fill(f"@{carol['name']} is this a 4 or a 9?")
    bob.page.get_by_role("button", name="Comment").click()
    expect(bob.page.locator(".remarks")).to_contain_text("4 or a 9?")
    look(bob, "case")
    bob.open("/preferences")
    look(bob, "preferences")
    other = visit(width=width, height=844, color_scheme=scheme, bypass_csp=True)
    other.sign_in(carol)
    expect(other.page.get_by_text("names you in a comment")).to_be_visible()
    look(other, "start-with-a-mention")
    other.page.get_by_text("names you in a comment").click()
    look(other, "case-closed")
    other.page.get_by_role("button", name="Open the case").click()
    expect(other.page.locator(".remarks")).to_contain_text("4 or a 9?")
    look(other, "case-opened")
    other.open("/")
    expect(other.page.get_by_text("names you in a comment")).to_have_count(0)
    assert seen == {name: [] for name in seen}
