"""The review page in a real browser, by keyboard."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, Visit

pytestmark = pytest.mark.browser

DIGITS: dict[str, Any] = {
    "type": "object",
    "title": "A handwritten digit",
    "required": ["image"],
    "additionalProperties": False,
    "properties": {
        "image": {
            "title": "Image",
            "type": "array",
            "x-render": "image",
            "items": {"type": "array", "items": {"type": "number", "minimum": 0, "maximum": 16}},
        }
    },
}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
FIRST = 32  # from this image on; any would do, the second is a picture for the README


def digit_cases(count: int) -> list[dict[str, Any]]:
    """Digits with the prediction of the client's own model."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    return [
        {
            "input": {"image": digits.images[i].tolist()},
            "prediction": {"value": str(digits.target[i]), "confidence": 0.831},
        }
        for i in range(FIRST, FIRST + count)
    ]


@pytest.fixture
def world(site: Site, request: pytest.FixtureRequest) -> Callable[..., dict[str, Any]]:
    """A workflow of digits with waiting cases and a reviewer; both named after the test."""

    def make(level: str = "ai_assistance", cases: int = 3, name: str = "") -> dict[str, Any]:
        slug = request.node.originalname.replace("_", "-")[5:50].strip("-")
        slug += "".join(c for c in request.node.name.partition("[")[2] if c.isalnum())
        made = site.make(
            "workflow",
            slug,
            title="Handwritten digits",
            level=level,
            schema=DIGITS,
            answer={"classes": [str(digit) for digit in range(10)]},
        )
        who = site.make("person", name or f"bob-{slug}", roles={slug: ["reviewer"]})
        if cases:
            site.send(slug, made["key"], digit_cases(cases))
        return {"slug": slug, "key": made["key"], "bob": who, "path": f"/review/{slug}/"}

    return make


NAMES = {
    (False, "light"): "maria",
    (False, "dark"): "jonas",
    (True, "light"): "amina",
    (True, "dark"): "oskar",
}


def referral(page: Page) -> str:
    return page.locator("#desk").get_attribute("data-referral") or ""


def answer(page: Page, digit: str) -> None:
    """Judges with two keys and waits for what follows."""
    before = referral(page)
    page.keyboard.press(digit)
    page.keyboard.press("Enter")
    expect(page.locator("#desk")).not_to_have_attribute("data-referral", before)


Window = Callable[..., Visit]
World = Callable[..., dict[str, Any]]


def test_cases_are_judged_by_keyboard_alone(site: Site, visit: Window, world: World) -> None:
    made = world(cases=3)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    expect(bob.page.locator("#waiting")).to_have_text("3 waiting")
    expect(bob.page.locator("input[name=value]:checked")).to_have_count(0)
    for digit in "741":
        answer(bob.page, digit)
        expect(bob.page.locator("#stored")).to_contain_text("saved")
    expect(bob.page.get_by_role("heading", name="No case waits for you.")).to_be_visible()
    said = site.make("judged", made["bob"]["name"])["reviews"]
    assert [review["value"] for review in said] == ["7", "4", "1"]


def test_the_next_case_appears_by_itself_when_it_arrives(
    site: Site, visit: Window, world: World
) -> None:
    made = world(cases=0)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    expect(bob.page.get_by_role("heading", name="No case waits for you.")).to_be_visible()
    site.send(made["slug"], made["key"], digit_cases(1))
    expect(bob.page.locator("#choices")).to_be_visible()
    expect(bob.page.locator("#choices")).to_be_focused()


def test_a_case_is_skipped_with_a_reason_by_keyboard(
    site: Site, visit: Window, world: World
) -> None:
    made = world(cases=2)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    first = referral(bob.page)
    bob.page.keyboard.press("s")
    expect(bob.page.locator("#skip")).to_be_visible()
    bob.page.keyboard.press("Escape")
    expect(bob.page.locator("#skip")).to_be_hidden()
    bob.page.keyboard.press("s")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#notice")).to_contain_text("Say why you skip this case.")
    bob.page.keyboard.press("1")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#stored")).to_contain_text("skipped")
    assert referral(bob.page) not in ("", first)
    assert site.make("judged", made["bob"]["name"])["skipped"] == ["I cannot tell"]


def test_a_comment_goes_along_and_enter_in_it_submits(
    site: Site, visit: Window, world: World
) -> None:
    made = world(cases=1)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    bob.page.keyboard.press("7")
    bob.page.keyboard.press("c")
    bob.page.keyboard.type("scrawled 3s, good C and G")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#stored")).to_contain_text("saved")
    said = site.make("judged", made["bob"]["name"])["reviews"]
    assert said == [{"value": "7", "comment": "scrawled 3s, good C and G"}]


def test_enter_without_an_answer_says_what_is_missing(visit: Window, world: World) -> None:
    made = world(cases=1)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#hint")).to_have_text("Choose an answer first: press its key.")
    assert referral(bob.page)


def test_an_expired_claim_keeps_the_judgement_and_is_taken_again(
    site: Site, visit: Window, world: World
) -> None:
    made = world(cases=2)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    held = referral(bob.page)
    assert site.make("expire", made["bob"]["name"]) == {"expired": 1}
    bob.page.keyboard.press("7")
    bob.page.keyboard.press("c")
    bob.page.keyboard.type("a bar through it")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#notice")).to_contain_text("Your time on this case ran out.")
    assert_judgement(bob.page, "7", "a bar through it")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#hint")).to_contain_text("Your unsent judgement is back")
    assert referral(bob.page) == held
    assert_judgement(bob.page, "7", "a bar through it")
    answer(bob.page, "7")
    said = site.make("judged", made["bob"]["name"])["reviews"]
    assert said == [{"value": "7", "comment": "a bar through it"}]
    assert drafts(bob.page) == []


def assert_judgement(page: Page, value: str, comment: str) -> None:
    expect(page.locator(f"input[name=value][value='{value}']")).to_be_checked()
    expect(page.locator("#comment")).to_have_value(comment)


def drafts(page: Page) -> list[str]:
    names: list[str] = page.evaluate("() => Object.keys(localStorage)")
    return names


def test_a_judgement_survives_a_lost_network(visit: Window, world: World) -> None:
    made = world(cases=2)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    held = referral(bob.page)
    bob.page.context.set_offline(True)
    bob.page.keyboard.press("4")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#notice")).to_contain_text("No connection.")
    assert referral(bob.page) == held
    bob.page.context.set_offline(False)
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#stored")).to_contain_text("saved")
    assert referral(bob.page) not in ("", held)


def test_a_judgement_survives_an_expired_sign_in_and_a_reload(
    site: Site, visit: Window, world: World
) -> None:
    made = world(cases=1)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    bob.page.keyboard.press("4")
    bob.page.context.clear_cookies(name="sessionid")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#notice")).to_contain_text("Signed out.")
    bob.page.keyboard.press("Enter")
    bob.page.get_by_label("User name").fill(made["bob"]["name"])
    bob.page.get_by_label("Password").fill(made["bob"]["password"])
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#hint")).to_contain_text("Your unsent judgement is back")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#stored")).to_contain_text("saved")
    assert [r["value"] for r in site.make("judged", made["bob"]["name"])["reviews"]] == ["4"]


def test_the_lease_is_renewed_while_somebody_looks(visit: Window, world: World) -> None:
    made = world(cases=1)
    bob = visit()
    bob.page.clock.install()
    bob.sign_in(made["bob"], made["path"])
    expect(bob.page.locator("#lease")).to_contain_text("lease 9:5")
    bob.page.clock.fast_forward("03:10")
    expect(bob.page.locator("#lease")).to_contain_text("lease 6:4")
    with bob.page.expect_response("**/renew") as renewed:
        bob.page.clock.run_for(15000)
    assert renewed.value.ok
    expect(bob.page.locator("#lease")).to_contain_text("lease 9:5")


def test_a_case_given_back_leads_to_the_start_page(visit: Window, world: World) -> None:
    made = world(cases=1)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    bob.page.keyboard.press("g")
    bob.page.wait_for_url(f"{bob.site.url}/")
    expect(bob.page.get_by_text("1 case waits")).to_be_visible()


def test_a_judgement_reaches_the_service_without_scripts(
    site: Site, visit: Window, world: World
) -> None:
    made = world(cases=2)
    bob = visit(java_script_enabled=False)
    bob.sign_in(made["bob"], made["path"])
    held = referral(bob.page)
    bob.page.locator("label.choice", has_text="7").click()
    bob.page.get_by_role("button", name="Submit").click()
    assert referral(bob.page) not in ("", held)
    assert [r["value"] for r in site.make("judged", made["bob"]["name"])["reviews"]] == ["7"]


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
    return [
        f"{v['id']}: {v['help']} at {[n['html'][:120] for n in v['nodes']]}"
        for v in found.response["violations"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_pass_an_automated_wcag_check(visit: Window, world: World, scheme: str) -> None:
    made = world(cases=1)
    bob = visit(color_scheme=scheme, bypass_csp=True)  # the check itself is an injected script
    bob.open("/sign-in")
    assert violations(bob.page) == []
    bob.sign_in(made["bob"])
    assert violations(bob.page) == []
    bob.open(made["path"])
    assert violations(bob.page) == []
    bob.page.keyboard.press("s")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#said")).to_be_visible()
    assert violations(bob.page) == []
    bob.page.keyboard.press("Escape")
    answer(bob.page, "3")
    assert violations(bob.page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)], ids=["wide", "phone"])
def test_the_pages_fit_their_window(
    visit: Window,
    world: World,
    picture: Callable[[str], Path],
    scheme: str,
    width: int,
    height: int,
) -> None:
    phone = width < 720
    made = world(cases=12, name=NAMES[phone, scheme])
    bob = visit(width=width, height=height, color_scheme=scheme, has_touch=phone)
    bob.sign_in(made["bob"])
    end = ("-phone" if phone else "") + ("-dark" if scheme == "dark" else "")
    bob.page.screenshot(path=picture(f"start{end}"))
    bob.open(made["path"])
    answer(bob.page, "5")
    bob.page.keyboard.press("5")
    wide = bob.page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= width, "the page scrolls sideways"
    expect(bob.page.get_by_role("button", name="Submit")).to_be_in_viewport(ratio=1)
    bob.page.screenshot(path=picture(f"review-page{end}"))
