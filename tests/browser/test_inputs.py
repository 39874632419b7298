"""Every look of an input in a real browser: by keyboard alone, readable, and without harm."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, Visit
from tests.contents import document, picture, sound

pytestmark = pytest.mark.browser

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LETTER = "Dear all,\n\nthe invoice of the third of May is wrong. " + "We wrote to you twice. " * 60
NOTES = "# Visit\n\n* the **roof** leaks\n* see [the map](https://maps.example/)\n\n"
LINES = [{"what": f"Part {n}", "pieces": n, "price": f"{n}.50"} for n in range(1, 41)]
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "scan": {"title": "Photograph", "description": "As sent", "x-render": "image"},
        "call": {"title": "Telephone call", "x-render": "audio"},
        "paper": {"title": "Contract", "x-render": "pdf"},
        "letter": {"title": "Letter", "type": "string"},
        "notes": {"title": "Notes", "x-render": "markdown"},
        "lines": {
            "title": "Order",
            "x-render": "table",
            "items": {"properties": {"what": {"title": "Article"}, "pieces": {"title": "Pieces"}}},
        },
        "site": {"title": "Address", "x-render": "link"},
        "amount": {"title": "Amount", "type": "number", "description": "with tax"},
    },
}
WORDS = {"letter": LETTER, "notes": NOTES, "lines": LINES, "site": "https://shop.example/o/7"}
Window = Callable[..., Visit]
Desk = Callable[..., Visit]


@pytest.fixture
def desk(site: Site, visit: Window, request: pytest.FixtureRequest) -> Desk:
    """A reviewer in front of a case with this input and these files."""

    def make(
        given: dict[str, Any] | None = None,
        files: dict[str, bytes] | None = None,
        policy: dict[str, Any] | None = None,
        **options: Any,
    ) -> Visit:
        slug = (
            "".join(c if c.isalnum() else "-" for c in request.node.name[-40:]).strip("-").lower()
        )
        answer = {"classes": ["fine", "not fine"]}
        made = site.make(
            "workflow",
            slug,
            title="Claims",
            level="human_only",
            schema=SCHEMA,
            answer=answer,
            policy=policy,
        )
        who = site.make("person", f"rita-{slug}", roles={slug: ["reviewer"]})
        sent = httpx.post(
            f"{site.url}/api/v1/workflows/{slug}/cases",
            data={"case": json.dumps({"input": given or {}})},
            files={
                name: (name, content) for name, content in (files or {"scan": picture()}).items()
            },
            headers={"Authorization": f"Bearer {made['key']}"},
            trust_env=False,
        )
        assert sent.status_code == 201, sent.text
        window = visit(**options)
        window.sign_in(who, f"/review/{slug}/")
        return window

    return make


def tab_to(page: Page, selector: str) -> None:
    """The keys go there by Tab alone, backwards: the case stands before the answer."""
    place = page.locator(selector).first
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        if place.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{selector} cannot be reached by Tab")


def until(page: Page, holds: str) -> None:
    """Waits for what the page's policy lets no script of the browser's tools wait for."""
    for _ in range(80):
        if page.evaluate(holds):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never: {holds}")


def wait_for_image(page: Page) -> None:
    until(page, "document.querySelector('.stage img').naturalWidth > 0")


def transform(page: Page) -> str:
    return str(page.locator(".stage img").first.evaluate("image => image.style.transform"))


def test_an_image_is_zoomed_moved_turned_and_fitted_by_keys(desk: Desk) -> None:
    page = desk(files={"scan": picture(size=(1200, 800))}).page
    wait_for_image(page)
    first = transform(page)
    for _ in range(4):
        page.keyboard.press("+")
    expect(page.locator("[data-zoom]")).to_have_text("244 %")
    tab_to(page, ".stage")
    page.keyboard.press("ArrowLeft")
    assert "translate(60px, 0px)" in transform(page)
    page.keyboard.press("r")
    assert "rotate(90deg)" in transform(page)
    page.keyboard.press("-")
    expect(page.locator("[data-zoom]")).to_have_text("195 %")
    page.keyboard.press("Home")
    assert transform(page) == first
    page.keyboard.press("1")  # the digits are answers there too
    expect(page.locator("input[name=value]:checked")).to_have_value("fine")


def test_a_document_is_paged_and_drawn_finer_when_zoomed(desk: Desk) -> None:
    page = desk(files={"paper": document(3)}).page
    expect(page.locator("[data-page]")).to_have_text("Page 1 of 3")
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    expect(page.locator("[data-page]")).to_have_text("Page 3 of 3")
    page.keyboard.press("PageUp")
    expect(page.locator("[data-page]")).to_have_text("Page 2 of 3")
    for _ in range(4):
        page.keyboard.press("+")
    expect(page.locator(".stage img")).to_have_attribute("src", re.compile(r"pages/2\?width=2400"))
    until(page, "document.querySelector('.stage img').naturalWidth >= 2400")


def test_a_sound_is_played_sought_and_repeated_by_keys(desk: Desk) -> None:
    page = desk(files={"call": sound(seconds=30)}).page
    until(page, "document.querySelector('audio-view').peaks.length === 800")
    tab_to(page, ".player")
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    at = "document.querySelector('audio').currentTime"
    assert page.evaluate(at) == 10
    page.keyboard.press("i")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("o")
    expect(page.locator("[data-span]")).to_have_text("repeats 0:10.0 to 0:15.0")
    page.keyboard.press(".")
    expect(page.locator("[data-speed]")).to_have_text("1.25 ×")
    page.keyboard.press("Space")
    until(page, "!document.querySelector('audio').paused")
    until(page, f"{at} < 15 && {at} >= 10")
    page.keyboard.press("Space")
    until(page, "document.querySelector('audio').paused")
    page.keyboard.press("p")
    expect(page.locator("[data-span]")).to_have_text("")
    assert not page.evaluate("document.querySelector('audio').muted")


def test_words_are_found_and_marked_by_keys(desk: Desk) -> None:
    page = desk(WORDS).page
    page.keyboard.press("f")
    expect(page.locator("text-search input")).to_be_focused()
    page.keyboard.type("TWICE")
    expect(page.locator("text-search output")).to_have_text("1 of 60")
    page.keyboard.press("Enter")
    expect(page.locator("text-search output")).to_have_text("2 of 60")
    assert page.evaluate("CSS.highlights.get('found').size") == 60
    page.keyboard.press("Control+a")
    page.keyboard.type("a.*(b\\")
    expect(page.locator("text-search output")).to_have_text("not found")
    page.keyboard.press("Escape")
    assert page.evaluate("CSS.highlights.get('found').size") == 0
    page.keyboard.press("2")
    expect(page.locator("input[name=value]:checked")).to_have_value("not fine")


def test_images_are_veiled_where_the_workflow_says_so(desk: Desk) -> None:
    page = desk(
        policy={"blur": True, "greyscale": True, "mute": True},
        files={"scan": picture(), "call": sound()},
    ).page
    wait_for_image(page)
    look = "getComputedStyle(document.querySelector('.stage img')).filter"
    assert page.evaluate(look) == "blur(28px) grayscale(1)"
    assert page.evaluate("document.querySelector('audio').muted")
    page.keyboard.down("b")
    assert page.evaluate(look) == "blur(0px) grayscale(1)"
    page.keyboard.up("b")
    assert page.evaluate(look) == "blur(28px) grayscale(1)"
    page.get_by_role("button", name="Hold to see").first.hover()
    page.mouse.down()
    assert page.evaluate(look) == "blur(0px) grayscale(1)"
    page.mouse.up()
    assert page.evaluate(look) == "blur(28px) grayscale(1)"


def test_nothing_moves_when_a_file_arrives(desk: Desk) -> None:
    page = desk(files={"scan": picture(size=(900, 1600))}).page
    wait_for_image(page)
    moved = """new Promise(done => new PerformanceObserver(
        list => done(list.getEntries().reduce((sum, e) => sum + e.value, 0))
    ).observe({type: 'layout-shift', buffered: true}) || setTimeout(() => done(0), 300))"""
    assert page.evaluate(moved) < 0.05


LOOKS: dict[str, tuple[dict[str, Any], dict[str, bytes]]] = {
    "image": ({"amount": 12.5}, {"scan": picture(size=(1200, 800))}),
    "audio": ({}, {"call": sound(seconds=30)}),
    "pdf": ({}, {"paper": document(3)}),
    "words": (WORDS | {"amount": 12.5}, {"scan": picture(size=(300, 200))}),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("look", LOOKS)
def test_each_look_passes_the_accessibility_check(
    desk: Desk, picture_at: Callable[[str], Path], look: str, width: int, scheme: str
) -> None:
    given, files = LOOKS[look]
    if look == "words":
        files = {"scan": files["scan"]}
    page = desk(given, files, width=width, color_scheme=scheme).page
    page.wait_for_load_state("networkidle")
    found = Axe().run(page, options={"runOnly": WCAG})
    page.screenshot(path=picture_at(f"input-{look}-{width}-{scheme}"), full_page=width < 700)
    assert found.violations_count == 0, found.generate_report()
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0


@pytest.fixture
def picture_at(tmp_path: Path) -> Callable[[str], Path]:
    """Where a screenshot goes."""
    return lambda name: tmp_path / f"{name}.png"
