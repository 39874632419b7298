"""What operators write and look for, in a real browser: workflows of every task type, guidelines,
the list of waiting cases."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.test_control_room import LIST, Window, made, sent, violations

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def digits(site: Site) -> dict[str, Any]:
    """A workflow with three cases that wait."""
    found = made(site, "operating", "Handwritten digits", "shadow")
    for _ in range(3):
        sent(site, found, 0.9)
    return found


@pytest.fixture
def page(visit: Window, digits: dict[str, Any]) -> Page:
    olivia = visit()
    olivia.sign_in(digits["olivia"], LIST)
    olivia.page.get_by_role("link", name=digits["title"]).click()
    return olivia.page


def test_a_text_is_previewed_saved_and_told_apart_from_the_one_before(page: Page) -> None:
    page.get_by_role("link", name="Guidelines").click()
    page.get_by_label("Guidelines").fill("# Sevens\n\nA bar makes no difference.")
    page.get_by_role("button", name="Show the preview").click()
    expect(page.get_by_role("heading", name="Preview, not saved")).to_be_visible()
    expect(page.get_by_role("heading", name="Sevens")).to_be_visible()
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_role("heading", name="As reviewers read it")).to_be_visible()
    page.get_by_role("link", name="Version 1").click()
    expect(page.locator(".cr-added").first).to_contain_text("# Sevens")


def test_filters_are_saved_and_come_back_with_one_click(page: Page) -> None:
    page.get_by_role("link", name="Waiting cases").click()
    expect(page.get_by_role("heading", name="3 cases match")).to_be_visible()
    expect(page.get_by_text("in 23 hours").first).to_be_visible()
    page.get_by_role("link", name="Overdue · 0").click()
    expect(page.get_by_text("No open case matches.")).to_be_visible()
    page.get_by_text("Your saved filters").click()
    page.get_by_label("Save the filters that are set now as").fill("too late")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The filters are saved as 'too late'.")).to_be_visible()
    page.get_by_role("link", name="All that wait").click()
    page.get_by_label("Often looked for").get_by_role("link", name="too late").click()
    expect(page).to_have_url(page.url.partition("?")[0] + "?due=overdue")


def test_a_new_workflow_asks_for_what_its_task_type_needs(page: Page) -> None:
    page.goto(page.url.partition(LIST)[0] + f"{LIST}add/")
    expect(page.get_by_label("Classes")).to_be_visible()
    expect(page.get_by_label("Answer definition")).to_be_hidden()
    page.get_by_label("Task type").select_option("number")
    expect(page.get_by_label("Classes")).to_be_hidden()
    box = page.get_by_label("Answer definition")
    expect(box).to_have_attribute("placeholder", re.compile('"unit": "kg"'))
    page.get_by_label("Title").fill("Weights")
    page.get_by_label("Name in addresses").fill("weights")
    box.fill('{"unit": "kg", "minimum": "low"}')
    page.get_by_role("button", name="Add the workflow").click()
    expect(page.get_by_text("minimum: Not a number.")).to_be_visible()
    box.fill('{"unit": "kg", "minimum": 0}')
    page.get_by_role("button", name="Add the workflow").click()
    expect(page.get_by_text("Weights is there, with revision 1.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_of_operators_pass_an_automated_wcag_check(
    visit: Window, digits: dict[str, Any], scheme: str, width: int
) -> None:
    olivia = visit(color_scheme=scheme, bypass_csp=True, width=width)
    olivia.sign_in(digits["olivia"], LIST)
    page = olivia.page
    page.get_by_role("link", name=digits["title"]).click()
    expect(page.get_by_role("link", name="Guidelines")).to_be_visible()
    room = page.url
    page.goto(room.replace("change/", "guidelines/"))
    page.get_by_label("Guidelines").fill(
        f"# {scheme} {width}\n\n- a\n\n> b\n\n`c`\n\n|d|\n|-|\n|e|"
    )
    page.get_by_role("button", name="Save as a new version").click()
    for way in ("guidelines/", "guideline/?no=1", "answer/", "policy/", "bulk/?due=soon", "bulk/"):
        page.goto(room.replace("change/", way))
        expect(page.locator(".cr")).to_be_visible()
        looked_at(page, width, way)
    page.goto(room.partition(LIST)[0] + f"{LIST}add/")
    for task_type in ("multilabel", "fields"):
        page.get_by_label("Task type").select_option(task_type)
        looked_at(page, width, task_type)


def looked_at(page: Page, width: int, what: str) -> None:
    assert violations(page) == [], what
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, f"{what} scrolls sideways"
