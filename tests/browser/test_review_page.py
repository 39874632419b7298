"""The review page in a real browser: judging, skipping, settling, and how it looks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, Visit
from tests.browser.digits import answer, digit_cases, referral

pytestmark = pytest.mark.browser

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
NAMES = {
    (False, "light"): "reviewer-1",
    (False, "dark"): "reviewer-2",
    (True, "light"): "reviewer-3",
    (True, "dark"): "reviewer-4",
}
Window = Callable[..., Visit]
World = Callable[..., dict[str, Any]]


def test_complaint_14_and_15_cases_are_judged_by_keyboard_alone(
    site: Site, visit: Window, world: World
) -> None:
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


def skipping(page: Page, kind: str, reason: str) -> None:
    """Skips by keys: the panel, the kind, the reason; and waits for what follows."""
    before = referral(page)
    page.keyboard.press("s")
    page.keyboard.press(kind)
    expect(page.locator("#reason")).to_be_focused()
    page.keyboard.type(reason)
    page.keyboard.press("Enter")
    expect(page.locator("#desk")).not_to_have_attribute("data-referral", before)


def test_complaint_10_each_skip_says_what_happens_and_needs_a_reason(
    site: Site, visit: Window, world: World
) -> None:
    made = world(cases=4)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    bob.page.keyboard.press("s")
    for effect in ("Another person gets it", "an adjudicator looks", "decided as unusable"):
        expect(bob.page.locator("#skip")).to_contain_text(effect)
    bob.page.keyboard.press("Escape")
    expect(bob.page.locator("#skip")).to_be_hidden()
    bob.page.keyboard.press("s")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#skip-hint")).to_contain_text("Choose why first")
    bob.page.keyboard.press("1")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#skip-hint")).to_have_text("Say why in a few words.")
    bob.page.keyboard.press("Escape")
    for kind, reason in (("1", "not mine"), ("2", "smudged"), ("3", "empty")):
        skipping(bob.page, kind, reason)
        expect(bob.page.locator("#stored")).to_contain_text("skipped")
    said = site.make("judged", made["bob"]["name"])
    assert said["skipped"] == ["not mine"]
    assert said["verdicts"] == ["cannot_decide", "bad_input"]
    assert [r["comment"] for r in said["reviews"]] == ["smudged", "empty"]


def test_a_comment_goes_along_and_enter_in_it_submits(
    site: Site, visit: Window, world: World
) -> None:
    made = world(cases=1)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    bob.page.keyboard.press("7")
    bob.page.keyboard.press("m")
    bob.page.keyboard.type("scrawled 3s, good M and L")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#stored")).to_contain_text("saved")
    said = site.make("judged", made["bob"]["name"])["reviews"]
    assert said == [{"value": "7", "comment": "scrawled 3s, good M and L"}]


def test_enter_without_an_answer_says_what_is_missing(visit: Window, world: World) -> None:
    made = world(cases=1)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#hint")).to_have_text("Choose an answer first: press its key.")
    assert referral(bob.page)


def test_a_case_given_back_leads_to_the_start_page(visit: Window, world: World) -> None:
    made = world(cases=1)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    bob.page.keyboard.press("l")
    bob.page.wait_for_url(f"{bob.site.url}/")
    expect(bob.page.get_by_text("1 case waits")).to_be_visible()


def test_without_scripts_a_case_is_judged_skipped_and_undone(
    site: Site, visit: Window, world: World
) -> None:
    made = world(cases=3)
    bob = visit(java_script_enabled=False)
    bob.sign_in(made["bob"], made["path"])
    held = referral(bob.page)
    bob.page.locator("#choices label.choice", has_text="7").click()
    bob.page.get_by_role("button", name="Submit").click()
    assert referral(bob.page) not in ("", held)
    bob.page.get_by_role("button", name="Undo").click()
    assert referral(bob.page) == held
    expect(bob.page.locator("input[name=value][value='7']")).to_be_checked()
    bob.page.get_by_role("button", name="Submit").click()
    assert [r["value"] for r in site.make("judged", made["bob"]["name"])["reviews"]] == ["7"]
    bob.page.locator("#skip label.choice", has_text="Not for me").click()
    bob.page.get_by_label("Reason").fill("not my field")
    bob.page.get_by_role("button", name="Skip this case").click()
    assert site.make("judged", made["bob"]["name"])["skipped"] == ["not my field"]


def in_conflict(site: Site, made: dict[str, Any], *verdicts: str) -> None:
    """People who judge the workflow's case, each in another way."""
    for number, verdict in enumerate(verdicts, 3):
        name = f"judge-{number}-{made['slug']}"
        site.make("person", name, roles={made["slug"]: ["reviewer"]})
        site.make("judge", name, made["slug"], str(number), verdict)


def test_complaint_9_an_adjudicator_sees_answers_side_by_side_and_takes_one_over(
    site: Site, visit: Window, world: World
) -> None:
    policy = {"reviews_required": 3, "undo_seconds": 0}
    made = world("shadow", cases=1, policy=policy)
    in_conflict(site, made, "answer", "answer", "cannot_decide")
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    panel = bob.page.locator(".opinions")
    expect(panel).to_contain_text("Your answer is the last word.")
    expect(panel.locator("h3")).to_have_text(["Answer A", "Answer B", "Answer C"])
    said = panel.locator(".said").all_inner_texts()
    assert sorted(said) == ["3", "4", "cannot decide"]
    keys = dict(zip(said, "abc", strict=True))  # in no order that tells who
    expect(bob.page.locator("input:checked")).to_have_count(0)
    bob.page.keyboard.press(keys["4"])
    expect(bob.page.locator("#choices input[value='4']")).to_be_checked()
    bob.page.keyboard.press(keys["cannot decide"])
    expect(bob.page.locator("#skip input[value='cannot_decide']")).to_be_checked()
    bob.page.keyboard.press("Escape")
    bob.page.keyboard.press("Escape")
    bob.page.keyboard.press(keys["3"])
    expect(bob.page.locator("#choices input[value='3']")).to_be_checked()
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#stored")).to_contain_text("saved")
    reviews = site.make("judged", made["bob"]["name"])["reviews"]
    assert reviews == [{"value": "3", "comment": ""}]


def test_a_conflict_leaves_the_ways_out_and_the_image_in_sight(
    site: Site, visit: Window, world: World
) -> None:
    policy = {"reviews_required": 3, "undo_seconds": 0}
    made = world("shadow", cases=1, policy=policy)
    in_conflict(site, made, "answer", "answer", "cannot_decide")
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    for name in ("#submit", "#release", "#lease"):
        expect(bob.page.locator(name)).to_be_in_viewport(ratio=1)
    bob.page.set_viewport_size({"width": 390, "height": 844})
    expect(bob.page.locator("#submit")).to_be_in_viewport(ratio=1)
    image = bob.page.locator(".image > img").bounding_box()
    sheet = bob.page.locator(".panel").bounding_box()
    assert image
    assert sheet
    assert image["y"] + image["height"] <= sheet["y"], "the sheet covers the image"


def contested(site: Site, made: dict[str, Any], statement: str) -> None:
    """The workflow's case is decided, and somebody objects."""
    judge = f"judge-of-{made['slug']}"
    site.make("person", judge, roles={made["slug"]: ["reviewer"]})
    held = site.make("judge", judge, made["slug"], "3")["referral"]
    case = site.make("case_of", held)["case"]
    told = httpx.post(
        f"{site.url}/api/v1/cases/{case}/feedback",
        json={"kind": "contest", "statement": statement},
        headers={"Authorization": f"Bearer {made['key']}"},
        trust_env=False,
    )
    told.raise_for_status()


def test_who_objects_is_heard_above_the_form(site: Site, visit: Window, world: World) -> None:
    made = world("shadow", cases=1, policy={"undo_seconds": 0})
    contested(site, made, "It is an <b>eight</b>, look again.")
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    expect(bob.page.locator(".statement")).to_contain_text("Somebody objects")
    expect(bob.page.locator("blockquote")).to_have_text("It is an <b>eight</b>, look again.")
    answer(bob.page, "8")


def test_a_person_who_fails_the_known_answers_is_told_what_to_do(
    site: Site, visit: Window, world: World
) -> None:
    made = world("shadow", cases=3, policy={"onboarding": 2, "undo_seconds": 0})
    site.make("known", made["slug"], [case["input"] for case in digit_cases(2)], "9")
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    expect(bob.page.locator(".test")).to_contain_text("known cases, 0 of 2 done")
    answer(bob.page, "1")
    expect(bob.page.locator(".test")).to_contain_text("known cases, 1 of 2 done")
    answer(bob.page, "1")
    expect(bob.page.get_by_role("heading", name="You are paused here")).to_be_focused()
    expect(bob.page.locator(".paused")).to_contain_text("0 of 2 known answers right")
    expect(bob.page.locator("#stored")).to_contain_text("saved")
    bob.page.get_by_role("link", name="Look again").click()
    expect(bob.page.get_by_role("heading", name="You are paused here")).to_be_visible()


def test_complaint_3_a_queue_that_others_hold_is_not_called_empty(
    site: Site, visit: Window, world: World
) -> None:
    made = world(cases=1)
    site.make("person", f"carol-{made['slug']}", roles={made["slug"]: ["reviewer"]})
    site.make("hold", f"carol-{made['slug']}", made["slug"])
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    expect(bob.page.locator("#nothing")).to_contain_text("1 case is held by others; the next may")


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
    return [
        f"{v['id']}: {v['help']} at {[n['html'][:120] for n in v['nodes']]}"
        for v in found.response["violations"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_pass_an_automated_wcag_check(
    site: Site, visit: Window, world: World, scheme: str
) -> None:
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
    assert violations(bob.page) == []
    bob.page.keyboard.press("Escape")
    assert site.make("expire", made["bob"]["name"]) == {"expired": 1}
    bob.page.keyboard.press("3")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#said")).to_be_visible()
    assert violations(bob.page) == []
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#said")).to_have_count(0)
    answer(bob.page, "3")
    expect(bob.page.locator("#undo-button")).to_be_enabled()
    assert violations(bob.page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("about", "needed"), [("opinions", 2), ("statement", 1)])
def test_a_conflict_and_an_objection_pass_an_automated_wcag_check(
    site: Site, visit: Window, world: World, scheme: str, about: str, needed: int
) -> None:
    policy = {"reviews_required": needed, "undo_seconds": 0}
    made = world("shadow", cases=1, policy=policy)
    if about == "opinions":
        in_conflict(site, made, "answer", "bad_input")
    else:
        contested(site, made, "It is an eight, look again.")
    bob = visit(color_scheme=scheme, bypass_csp=True)
    bob.sign_in(made["bob"], made["path"])
    expect(bob.page.locator(f".{about}")).to_be_visible()
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
