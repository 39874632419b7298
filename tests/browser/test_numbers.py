"""The pages of people's numbers in a real browser, after two days of work."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import ROOT, Site, Visit

pytestmark = pytest.mark.browser

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"image": {"type": "array"}}}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
Window = Callable[..., Visit]


@pytest.fixture(scope="module")
def past(site: Site) -> dict[str, Any]:
    """A workflow with two days behind it, and somebody who operates it and judged too."""
    answer = {"classes": [str(digit) for digit in range(10)]}
    given = {"title": "Digits of two days", "level": "shadow", "schema": SCHEMA, "answer": answer}
    site.make("workflow", "numbers", **given)
    who = site.make("person", "operator", roles={"numbers": ["operator"]})
    command = [sys.executable, "-m", "tests.browser.history", "numbers"]
    done = subprocess.run(
        command, env=site.environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return who


def violations(visit: Visit, *, within: str = "") -> list[str]:
    """What the page does against WCAG 2.2 AA, and whether it is wider than its window."""
    context = {"include": [within]} if within else None
    rules = {"runOnly": {"type": "tag", "values": WCAG}}
    found = Axe().run(visit.page, context=context, options=rules)
    wrong = [f"{one['id']}: {one['nodes'][0]['html']}" for one in found.response["violations"]]
    wide = visit.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return [*wrong, *(["wider than the window"] if wide else [])]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_numbers_on_any_screen(
    past: dict[str, Any],
    visit: Window,
    picture: Callable[[str], Path],
    width: int,
    scheme: str,
) -> None:
    one = visit(width=width, height=844, color_scheme=scheme, bypass_csp=True)
    one.sign_in(past)
    one.page.get_by_role("link", name="Your numbers in Digits of two days").click()
    expect(one.page.get_by_role("heading", name="How you judge")).to_be_visible()
    one.page.get_by_text("Each day in numbers").click()
    expect(one.page.locator("table.numbers").first).to_be_visible()
    one.page.screenshot(path=picture(f"numbers-{width}-{scheme}"), full_page=True)
    assert violations(one) == []
    one.open("/admin/reviews/standing/?workflow=numbers")
    expect(one.page.get_by_role("heading", name="Automation bias")).to_be_visible()
    one.page.screenshot(path=picture(f"people-{width}-{scheme}"), full_page=True)
    assert violations(one, within=".cr") == []
