"""The control room in a real browser: an operator sees, confirms, and the routing changes."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT, Site, Visit

pytestmark = pytest.mark.browser

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"image": {"type": "array"}}}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
POLL = 12_000  # the counts are asked for every 5 seconds
LIST = "/admin/hitl/workflow/"

Window = Callable[..., Visit]
World = Callable[..., dict[str, Any]]


def made(site: Site, slug: str, title: str, level: str) -> dict[str, Any]:
    """A workflow of digits with somebody who operates it."""
    answer = {"classes": [str(digit) for digit in range(10)]}
    key = site.make("workflow", slug, title=title, level=level, schema=SCHEMA, answer=answer)["key"]
    who = site.make("person", f"operator-{slug}", roles={slug: ["operator"]})
    return {"slug": slug, "title": title, "key": key, "olivia": who}


@pytest.fixture
def world(site: Site, request: pytest.FixtureRequest) -> World:
    """A workflow named after the test."""

    def make(level: str = "shadow") -> dict[str, Any]:
        slug = request.node.originalname.replace("_", "-")[5:45].strip("-")
        slug += "".join(c for c in request.node.name.partition("[")[2] if c.isalnum())
        return made(site, slug, "Handwritten digits", level)

    return make


@pytest.fixture(scope="module")
def past(site: Site) -> dict[str, Any]:
    """A workflow with two days behind it."""
    found = made(site, "digits", "Handwritten digits", "shadow")
    command = [sys.executable, "-m", "tests.browser.history", "digits"]
    done = subprocess.run(
        command, env=site.environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return found


def sent(site: Site, world: dict[str, Any], confidence: float) -> dict[str, Any]:
    """What the client is told about one more case."""
    answer = httpx.post(
        f"{site.url}/api/v1/workflows/{world['slug']}/cases",
        json={"input": {"image": []}, "prediction": {"value": "7", "confidence": confidence}},
        headers={"Authorization": f"Bearer {world['key']}"},
        trust_env=False,
    )
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def enter(visit: Window, world: dict[str, Any], **options: Any) -> Visit:
    """Signs in and opens the workflow's page from the list."""
    olivia = visit(**options)
    olivia.sign_in(world["olivia"], LIST)
    olivia.page.get_by_role("link", name=world["title"]).click()
    expect(olivia.page.locator("#control-room")).to_be_visible()
    return olivia


def count(page: Page, label: str) -> Any:
    return page.locator(".cr-figures > div", has_text=label).locator(".cr-value")


def test_an_operator_raises_the_level_and_the_routing_changes(
    site: Site, visit: Window, world: World
) -> None:
    digits = world("shadow")
    assert sent(site, digits, 0.99)["status"] == "referred"
    page = enter(visit, digits).page
    expect(page.locator("[aria-current=step]")).to_contain_text("Shadow")
    page.get_by_role("link", name="Raise to partial automation").click()
    raise_it = page.get_by_role("button", name="Raise to partial automation")
    raise_it.click()
    expect(page.get_by_text("Say why, for those who read the revisions.")).to_be_visible()
    page.get_by_label("Reason").fill("it was right for a week")
    raise_it.click()
    expect(page.get_by_text("Revision 2 is in force.")).to_be_visible()
    expect(page.locator("[aria-current=step]")).to_contain_text("Partial automation")
    expect(page.locator(".cr-revisions")).to_contain_text("it was right for a week")

    confident, unsure = sent(site, digits, 0.99), sent(site, digits, 0.5)
    assert (confident["status"], confident["decision"]["source"]) == ("decided", "model")
    assert (unsure["status"], unsure["route"]["reason"]) == ("referred", "below_threshold")
    expect(count(page, "Arrived")).to_have_text("3", timeout=POLL)  # without a reload
    expect(count(page, "Automated")).to_have_text("1")


def test_a_stop_takes_two_presses_and_a_reason_and_is_loud(
    site: Site, visit: Window, world: World
) -> None:
    digits = world("full_automation")
    assert sent(site, digits, 0.2)["status"] == "decided"
    page = enter(visit, digits).page
    page.get_by_role("link", name="Stop automation").click()
    expect(page.get_by_label("Reason")).to_be_focused()
    page.keyboard.type("answers look wrong")
    page.get_by_role("button", name="Stop automation").click()
    expect(page.locator(".cr-loud")).to_have_text("■ Automation is stopped")
    expect(page.get_by_role("link", name="End the stop")).to_be_visible()
    told = sent(site, digits, 0.99)
    assert (told["status"], told["route"]["reason"]) == ("referred", "stopped")


def test_an_open_page_is_told_what_another_operator_did(
    site: Site, visit: Window, world: World
) -> None:
    digits = world("shadow")
    first, second = enter(visit, digits).page, enter(visit, digits).page
    first.get_by_role("link", name="Raise to full automation").click()
    second.get_by_role("link", name="Raise to AI assistance").click()
    second.get_by_label("Reason").fill("one step at a time")
    second.keyboard.press("Enter")
    expect(second.get_by_text("Revision 2 is in force.")).to_be_visible()
    first.get_by_label("Reason").fill("all at once")
    first.keyboard.press("Enter")
    expect(first.get_by_role("alert")).to_contain_text("one step at a time")
    expect(first.get_by_label("Reason")).to_have_value("all at once")
    first.get_by_role("link", name="Leave it as it is").click()
    expect(first.locator("[aria-current=step]")).to_contain_text("AI assistance")


def test_the_counts_say_when_the_service_does_not_answer(visit: Window, world: World) -> None:
    page = enter(visit, world()).page
    expect(page.locator("#counts-state")).to_contain_text("live", timeout=POLL)
    page.context.set_offline(True)
    expect(page.locator("#counts-state")).to_contain_text("No answer since", timeout=POLL)
    expect(count(page, "Arrived")).to_have_text("0")
    page.context.set_offline(False)
    expect(page.locator("#counts-state")).to_contain_text("live", timeout=POLL)


def test_a_chart_without_data_says_so_and_keeps_its_size(
    visit: Window, world: World, past: dict[str, Any]
) -> None:
    heights = []
    for workflow in (world(), past):
        page = enter(visit, workflow).page
        plot = page.locator(".cr-plot").first
        empty = workflow is not past
        expect(plot.locator(".cr-empty")).to_be_visible(visible=empty)
        expect(plot.locator("canvas")).to_be_visible(visible=not empty)
        heights.append(plot.evaluate("plot => plot.getBoundingClientRect().height"))
    assert heights[0] == heights[1]


def test_the_chart_is_a_table_too_and_changes_its_span_by_keyboard(
    visit: Window, past: dict[str, Any]
) -> None:
    page = enter(visit, past).page
    expect(page.get_by_role("button", name="48 hours")).to_have_attribute("aria-pressed", "true")
    page.get_by_text("The chart as a table").click()
    hours = page.locator("#chart-rows tr")
    expect(hours.first).to_contain_text("n ")
    assert hours.count() > 30
    page.get_by_role("button", name="60 days").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="60 days")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="48 hours")).to_have_attribute("aria-pressed", "false")
    expect(hours).not_to_have_count(0)
    page.wait_for_function("document.querySelectorAll('#chart-rows tr').length < 5")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    assert download.value.suggested_filename == "digits-day.csv"


def violations(page: Page, context: str = ".cr") -> list[str]:
    """In our own markup; what remains in the admin library around it is its own."""
    options = {"runOnly": {"type": "tag", "values": WCAG}}
    found = Axe().run(page, context=context, options=options)
    return [
        f"{v['id']}: {v['help']} at {[n['html'][:120] for n in v['nodes']]}"
        for v in found.response["violations"]
    ]


def test_pools_are_named_and_chosen_on_one_page(visit: Window, world: World) -> None:
    page = enter(visit, world()).page
    page.get_by_role("link", name="Change the policy").click()
    page.get_by_label("Name, pool 1").fill("senior")
    page.get_by_label("Skills, separated by commas, pool 1").fill("Law")
    page.get_by_label("Who settles conflicts").focus()  # what was typed can be chosen at once
    page.get_by_label("Who settles conflicts").select_option("senior")
    page.get_by_label("People per case").fill("3")
    page.get_by_role("button", name="See what would happen").click()
    expect(page.get_by_text("'Law' is no name")).to_be_visible()
    expect(page.get_by_label("Who settles conflicts")).to_have_value("senior")
    page.get_by_label("Skills, separated by commas, pool 1").fill("law")
    page.get_by_role("button", name="See what would happen").click()
    expect(page.get_by_text("New pool senior: for people with law")).to_be_visible()
    expect(page.get_by_text("People per case: 1 → 3")).to_be_visible()
    page.get_by_label("Reason").fill("specialists settle")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Revision 2 is in force.")).to_be_visible()
    expect(page.locator(".cr-terms")).to_contain_text("3 people, unanimous")


def test_many_are_decided_after_a_confirmation_with_their_number(
    site: Site, visit: Window, world: World
) -> None:
    digits = world("shadow")
    told = [sent(site, digits, 0.9) for _ in range(3)]
    page = enter(visit, digits).page
    page.get_by_role("link", name="Waiting cases").click()
    expect(page.get_by_role("heading", name="3 cases match")).to_be_visible()
    page.get_by_role("checkbox").nth(0).check()
    page.get_by_role("checkbox").nth(1).check()
    expect(page.get_by_label("Only those ticked above")).to_be_checked()
    page.get_by_label("Decide them as").select_option("7")
    page.get_by_role("button", name="See what would happen").click()
    expect(page.get_by_text("The 2 cases that you ticked are decided as “7”.")).to_be_visible()
    expect(page.get_by_label("Reason")).to_be_focused()
    page.keyboard.type("a campaign")
    page.get_by_role("button", name="Decide 2 cases as “7”").click()
    expect(page.get_by_role("heading", name="2 cases decided as “7”")).to_be_visible()
    read = [
        httpx.get(
            f"{site.url}/api/v1/cases/{case['id']}",
            headers={"Authorization": f"Bearer {digits['key']}"},
            trust_env=False,
        ).json()["status"]
        for case in told
    ]
    assert read == ["decided", "decided", "referred"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_our_own_markup_passes_an_automated_wcag_check(
    visit: Window, world: World, past: dict[str, Any], scheme: str, width: int
) -> None:
    # The check itself is an injected script.
    options = {"color_scheme": scheme, "bypass_csp": True, "width": width}
    olivia = enter(visit, past, **options)
    page = olivia.page
    expect(page.locator(".cr-plot canvas").first).to_be_visible()
    room = page.url
    assert violations(page) == []
    for way in ("level/?level=full_automation&seen=1", "stop/", "policy/", "bulk/"):
        page.goto(room.replace("change/", way))
        assert violations(page) == [], way
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{way} scrolls sideways"
    page.get_by_label(re.compile("All .* that match")).check()
    page.get_by_label("Decide them as").select_option("7")
    page.get_by_role("button", name="See what would happen").click()
    expect(page.get_by_text("decided as “7”.")).to_be_visible()
    assert violations(page) == []
    olivia = enter(visit, world("human_only"), **options)
    assert violations(olivia.page) == []
    olivia.page.get_by_role("link", name="Stop automation").click()
    olivia.page.get_by_label("Reason").fill("to see it")
    olivia.page.keyboard.press("Enter")
    expect(olivia.page.locator(".cr-loud")).to_be_visible()
    assert violations(olivia.page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_of_webhooks_pass_it_too(
    site: Site, visit: Window, scheme: str, width: int
) -> None:
    made = site.make("webhooks", f"adam-{scheme}-{width}")
    adam = visit(color_scheme=scheme, bypass_csp=True, width=width)
    adam.sign_in(made["who"], "/admin/hitl/endpoint/")
    page = adam.page
    for way, part in (
        ("endpoint/", "#result_list"),
        ("endpoint/add/", ".cr"),
        (f"endpoint/{made['endpoint']}/change/", ".cr"),
        (f"endpoint/{made['endpoint']}/edit/", ".cr"),
        ("delivery/", "#result_list"),
        (f"delivery/{made['delivery']}/change/", ".cr"),
    ):
        adam.open(f"/admin/hitl/{way}")
        expect(page.locator(part).first).to_be_visible()
        assert violations(page, part) == [], way
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("1 is on its way again")).to_be_visible()


NAMED = """
window.said = [];
const fill = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...rest) {
  window.said.push({ text, x, y });
  return fill.call(this, text, x, y, ...rest);
};
"""


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_the_names_of_two_lines_are_never_printed_over_each_other(
    visit: Window, world: World, value: float
) -> None:
    olivia = visit(bypass_csp=True)
    olivia.page.add_init_script(NAMED)
    points = [{"start": 3_600_000 * i, "n": 9, "value": value} for i in (1, 2, 3)]
    points = [{**one, "low": value, "high": value} for one in points]
    names = ("agreement", "agreement_blind", "redo_rate")
    data: dict[str, Any] = {"window": "minute", "step": 3_600_000}
    data |= {"since": 0, "until": 18_000_000}
    data["metrics"] = [{"name": name, "title": name, "points": points} for name in names]
    data["revisions"] = []
    chart = re.compile(r"/chart/\?window=")
    olivia.page.route(chart, lambda route: route.fulfill(json=data))
    digits = world()
    olivia.sign_in(digits["olivia"], LIST)
    olivia.page.get_by_role("link", name=digits["title"]).click()
    olivia.page.wait_for_function("said.some(({ text }) => text === 'all answers')")
    said = {one["text"]: one["y"] for one in olivia.page.evaluate("said")}
    assert abs(said["blind"] - said["all answers"]) >= 16


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_control_room_has_its_picture_taken(
    visit: Window,
    past: dict[str, Any],
    picture: Callable[[str], Path],
    scheme: str,
    width: int,
) -> None:
    page = enter(visit, past, color_scheme=scheme, width=width, height=900).page
    expect(page.locator(".cr-plot canvas").first).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, "the page scrolls sideways"
    end = ("-phone" if width < 720 else "") + ("-dark" if scheme == "dark" else "")
    path = picture(f"control-room{end}")
    page.screenshot(path=path, full_page=True)
    assert path.stat().st_size > 10_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_behind_it_have_their_pictures_taken(
    visit: Window,
    past: dict[str, Any],
    tmp_path: Path,
    scheme: str,
    width: int,
) -> None:
    page = enter(visit, past, color_scheme=scheme, width=width, height=900).page
    room = page.url
    for way in ("policy", "bulk"):
        page.goto(room.replace("change/", f"{way}/"))
        path = tmp_path / f"{way}-{width}-{scheme}.png"
        page.screenshot(path=path, full_page=True)
        assert path.stat().st_size > 10_000
    page.get_by_label(re.compile("All .* that match")).check()
    page.get_by_label("Decide them as").select_option("7")
    page.get_by_role("button", name="See what would happen").click()
    expect(page.get_by_text("decided as “7”.")).to_be_visible()
    page.screenshot(path=tmp_path / f"confirm-{width}-{scheme}.png", full_page=True)
