"""Each task type judged in a real browser, by keyboard alone, and how the page helps with it."""

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, Visit
from tests.browser.digits import referral
from tests.browser.kinds import KINDS, SCHEMA
from tests.browser.test_review_page import violations

pytestmark = pytest.mark.browser

NUMBERS = itertools.count(1)  # of workflows: their names differ

Window = Callable[..., Visit]
Work = Callable[..., dict[str, Any]]


@pytest.fixture
def work(site: Site, request: pytest.FixtureRequest) -> Work:
    """A workflow of a task type with waiting cases and a reviewer."""

    def make(kind: str, cases: int = 2, level: str = "ai_assistance", **policy: Any) -> Any:
        slug = request.node.originalname.replace("_", "-")[5:42].strip("-") + f"-{next(NUMBERS)}"
        made = site.make(
            "workflow",
            slug,
            title="Notes",
            level=level,
            schema=SCHEMA,
            answer=KINDS[kind].answer,
            policy=policy,
            task_type=kind,
        )
        who = site.make("person", f"bob-{slug}", roles={slug: ["reviewer"]})
        site.send(slug, made["key"], KINDS[kind].cases(cases))
        return {"slug": slug, "bob": who, "path": f"/review/{slug}/", "key": made["key"]}

    return make


def press(page: Page, *keys: str) -> None:
    """Keys one after the other; what is longer than a key and names none is written."""
    for key in keys:
        if (
            len(key) == 1
            or key in ("Enter", "Escape", "ArrowUp", "ArrowDown", "Delete")
            or "+" in key[:-1]
        ):
            page.keyboard.press(key)
        else:
            page.keyboard.type(key)


def submitted(page: Page, *keys: str) -> None:
    """Presses these and waits for the case after this one."""
    before = referral(page)
    press(page, *keys)
    expect(page.locator("#desk")).not_to_have_attribute("data-referral", before)


def said(site: Site, made: dict[str, Any]) -> list[Any]:
    reviews = site.make("judged", made["bob"]["name"])["reviews"]
    return [review["value"] for review in reviews]


TAKING = {
    "classification": ["a"],
    "multilabel": ["a"],
    "number": ["Enter"],
    "text": ["Enter"],
    "fields": ["Enter"] * 5,
}
SUGGESTED = {kind: KINDS[kind].value for kind in KINDS}
OWN_FIELDS = {
    "vendor": "Kestrel",
    "total": "12.50",
    "date": "2026-02-03",
    "kind": "receipt",
    "paid": None,
}


@pytest.mark.parametrize(
    ("kind", "accepting", "own", "answer"),
    [
        ("classification", ["a", "Enter"], ["3", "Enter"], "stormy"),
        ("multilabel", ["a", "Enter"], ["3", "4", "4", "5", "Enter"], ["snow", "flood"]),
        ("number", ["Enter", "Enter"], ["17.5 eur", "Enter"], "17.50"),
        (
            "text",
            ["Enter", "Control+Enter"],
            ["one line", "Enter", "and two", "Control+Enter"],
            "one line\nand two",
        ),
        (
            "fields",
            ["Enter", "Enter", "Enter", "Enter", "Enter", "Enter"],
            # The least sure first: date, paid, total, vendor, kind.
            [
                *("2026-02-03", "Enter"),
                "0",
                *("12.5", "Enter"),
                *("Kestrel", "Enter"),
                *("2", "Enter"),
            ],
            OWN_FIELDS,
        ),
    ],
)
def test_complaint_16_taking_a_suggestion_and_refusing_it_cost_a_key_each(
    site: Site,
    visit: Window,
    work: Work,
    kind: str,
    accepting: list[str],
    own: list[str],
    answer: Any,
) -> None:
    made = work(kind)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    expect(bob.page.locator("#judgement :checked")).to_have_count(0)
    submitted(bob.page, *accepting)
    submitted(bob.page, *own)
    assert said(site, made) == [SUGGESTED[kind], answer]


@pytest.mark.parametrize(
    ("kind", "keys", "answer"),
    [
        ("classification", ["1", "Enter"], "calm"),
        ("multilabel", ["1", "0", "Enter"], []),
        ("number", ["330.5", "Enter"], "330.50"),
        ("text", ["the fox", "Control+Enter"], "the fox"),
        (
            "fields",
            [
                *("Kestrel", "Enter"),
                *("12.5", "Enter"),
                *("2026-02-03", "Enter"),
                "2",
                *("0", "Enter"),
            ],
            OWN_FIELDS,
        ),
    ],
)
def test_a_blind_case_is_judged_from_the_first_key_on(
    site: Site, visit: Window, work: Work, kind: str, keys: list[str], answer: Any
) -> None:
    made = work(kind, cases=1, level="shadow")
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    expect(bob.page.locator(".suggestion")).to_contain_text("No suggestion with this case")
    submitted(bob.page, *keys)
    assert said(site, made) == [answer]


@pytest.mark.parametrize("kind", KINDS)
def test_undo_and_a_reload_bring_every_type_of_answer_back(
    site: Site, visit: Window, work: Work, kind: str
) -> None:
    made = work(kind, undo_seconds=300)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    first = referral(bob.page)
    press(bob.page, *TAKING[kind], "Escape", "m", "as it says")
    bob.page.reload()
    expect(bob.page.locator("#hint")).to_contain_text("Your draft is back")
    expect(bob.page.locator("#comment")).to_have_value("as it says")
    submitted(bob.page, "Control+Enter")
    bob.page.keyboard.press("Escape")
    submitted(bob.page, "u")
    expect(bob.page.locator("#desk")).to_have_attribute("data-referral", first)
    expect(bob.page.locator("#comment")).to_have_value("as it says")
    submitted(bob.page, "Control+Enter")
    assert said(site, made) == [SUGGESTED[kind]]


def test_fields_come_least_sure_first_and_fold_when_they_are_confirmed(
    visit: Window, work: Work
) -> None:
    made = work("fields")
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    rows = bob.page.locator("#judgement .row")
    names = [row.get_attribute("data-row") for row in rows.all()]
    assert names == ["date", "paid", "total", "vendor", "kind"]
    expect(rows.first.locator(".doubt")).to_contain_text("▲ least sure")
    expect(rows.first.locator("input[name]:visible")).to_be_focused()
    press(bob.page, "Enter")
    expect(rows.first.locator(".open")).to_be_hidden()
    expect(rows.first.locator("[data-reopen]")).to_contain_text("2026-02-08")
    expect(rows.nth(1)).to_be_focused()
    press(bob.page, "ArrowUp", "Enter")
    expect(rows.first.locator(".open")).to_be_visible()
    press(bob.page, "2026-02-03", "Enter")
    expect(rows.first.locator("[data-reopen]")).to_contain_text("2026-02-03")
    expect(rows.nth(1)).to_be_focused()


def test_what_is_wrong_with_a_field_is_said_at_the_field_and_the_answer_stays(
    site: Site, visit: Window, work: Work
) -> None:
    made = work("fields")
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    date = bob.page.locator(".row[data-row=date]")
    press(bob.page, "3 Feb", "Enter", "Enter", "Enter", "Enter", "Enter", "Enter")
    expect(date.locator(".error")).to_contain_text("Not a date.")
    expect(date.locator("[name='value.date']")).to_have_value("3 Feb")
    expect(date.locator("[name='value.date']")).to_be_focused()
    submitted(bob.page, "2026-02-03", "Enter")
    assert said(site, made) == [SUGGESTED["fields"] | {"date": "2026-02-03"}]


def test_typing_in_a_field_never_takes_a_suggestion_nor_leaves_the_case(
    site: Site, visit: Window, work: Work
) -> None:
    made = work("fields", cases=1)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    row = bob.page.locator(".row[data-row=vendor]")
    press(bob.page, "2026-02-03", "Enter", "2", "Delete")
    expect(bob.page.locator(".row[data-row=total] [data-reopen]")).to_contain_text("not there")
    take = row.locator("[data-row-action=accept]")
    expect(take).to_have_text(re.compile(r"^\s*⏎\s+Take"), use_inner_text=True)
    expect(row.locator("[data-row-action=confirm]")).to_be_hidden()
    press(bob.page, "l", "e", "a", "u")
    expect(row.locator("[name='value.vendor']")).to_have_value("leau")
    expect(take).to_have_text(re.compile(r"^\s*Alt\s+⏎\s+Take"), use_inner_text=True)
    submitted(bob.page, "Enter", "1", "Enter")
    own = {"vendor": "leau", "total": None, "date": "2026-02-03", "paid": False}
    assert said(site, made) == [SUGGESTED["fields"] | own]


def test_letters_in_a_number_are_text_and_taking_it_does_not_submit(
    visit: Window, work: Work
) -> None:
    made = work("number", cases=1)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    value = bob.page.locator("#value")
    before = referral(bob.page)
    press(bob.page, "1", "e", "u", "l", "3", "Enter")
    expect(bob.page.locator("#notice")).to_contain_text("is not understood here")
    expect(value).to_have_value("1eul3")
    press(bob.page, "Control+a", "Delete", "Enter")
    expect(value).to_have_value("330.50")
    press(bob.page, "Control+z", "5", "Escape", "a")
    expect(value).to_have_value("330.50")
    assert referral(bob.page) == before


def test_own_words_come_back_after_a_suggestion_took_their_place(visit: Window, work: Work) -> None:
    made = work("text", cases=1)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    value, back = bob.page.locator("#value"), bob.page.locator("#own-words")
    press(bob.page, "my words", "Escape", "e")
    expect(value).to_have_value("my words")
    expect(back).to_be_hidden()
    press(bob.page, "Escape", "a")
    expect(value).to_have_value(SUGGESTED["text"])
    press(bob.page, "Control+z")
    expect(value).to_have_value("my words")
    press(bob.page, "Alt+Enter")
    expect(bob.page.locator("#drafted")).to_contain_text("draft saved")
    bob.page.reload()
    expect(value).to_have_value(SUGGESTED["text"])
    back.click()
    expect(value).to_have_value("my words")


def test_clearing_labels_has_a_button_with_its_key(visit: Window, work: Work) -> None:
    made = work("multilabel", cases=1)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    expect(bob.page.locator("[data-action=edit]")).to_have_text(re.compile(r"^E\s+Clear$"))
    press(bob.page, "a")
    expect(bob.page.locator("#choices :checked")).to_have_count(2)
    press(bob.page, "e")
    expect(bob.page.locator("#choices :checked")).to_have_count(0)


TWO = {"two_stage": True, "blind_share": 1.0}


@pytest.mark.parametrize(
    ("kind", "first", "final", "answers"),
    [
        ("classification", ["3", "Enter"], ["a", "Enter"], ("stormy", "windy")),
        ("classification", ["3", "Enter"], ["e", "Enter"], ("stormy", "stormy")),
        ("number", ["12", "Enter"], ["Alt+Enter", "Enter"], ("12.00", "330.50")),
        ("number", ["12", "Enter"], ["Enter"], ("12.00", "12.00")),
    ],
)
def test_a_first_answer_is_kept_and_the_final_one_is_asked_for_beside_the_suggestion(
    site: Site,
    visit: Window,
    work: Work,
    kind: str,
    first: list[str],
    final: list[str],
    answers: tuple[str, str],
) -> None:
    made = work(kind, cases=2, **TWO)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    expect(bob.page.locator(".suggestion")).to_contain_text("No suggestion with this case")
    press(bob.page, *first)
    expect(bob.page.locator("#first")).to_contain_text(f"You answered {answers[0]}")
    expect(bob.page.locator("#stored")).to_contain_text("first answer kept")
    expect(bob.page.locator("#suggestion")).to_contain_text("The model suggests")
    expect(bob.page.locator("#choices :checked")).to_have_count(0)
    bob.page.reload()
    expect(bob.page.locator("#first")).to_contain_text(f"You answered {answers[0]}")
    submitted(bob.page, *final)
    expect(bob.page.locator("#first")).to_have_count(0)
    kept = site.make("judged", made["bob"]["name"])
    assert kept["firsts"] == [answers[0]]
    assert said(site, made) == [answers[1]]


def test_fields_answered_twice_show_first_what_differs(
    site: Site, visit: Window, work: Work
) -> None:
    made = work("fields", cases=2, **TWO)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    press(bob.page, "Kestrel Paper Ltd", "Enter", "330.50", "Enter", "2026-02-03", "Enter")
    press(bob.page, "1", "1", "Enter")
    expect(bob.page.locator("#first")).to_be_visible()
    rows = bob.page.locator("#judgement .row")
    expect(rows.first).to_have_attribute("data-row", "date")
    expect(rows.first.locator(".doubt")).to_contain_text("differs from yours")
    expect(rows.first.locator("[name='value.date']")).to_have_value("2026-02-03")
    expect(bob.page.locator("#judgement .row .open:visible")).to_have_count(1)
    submitted(bob.page, "Enter")
    assert said(site, made) == [SUGGESTED["fields"] | {"date": "2026-02-03"}]


def test_complaint_14_a_key_lists_the_keys_and_each_person_has_their_own(
    site: Site, visit: Window, work: Work
) -> None:
    made = work("classification")
    site.make("keys", made["bob"]["name"], {"skip": "x", "help": "k"})
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    expect(bob.page.locator("#skip-open kbd")).to_have_text("X")
    press(bob.page, "s")
    expect(bob.page.locator("#skip")).to_be_hidden()
    press(bob.page, "k")
    help_ = bob.page.get_by_role("dialog", name="Keys")
    expect(help_).to_be_visible()
    expect(help_.locator("[data-helps=skip]")).to_contain_text("X")
    press(bob.page, "2")
    expect(bob.page.locator("#choices :checked")).to_have_count(0)
    press(bob.page, "Escape")
    expect(help_).to_be_hidden()
    expect(bob.page.locator("#choices")).to_be_focused()
    press(bob.page, "x")
    expect(bob.page.locator("#skip")).to_be_visible()


def test_my_last_answers_lead_back_within_the_time_to_undo(
    site: Site, visit: Window, work: Work
) -> None:
    made = work("classification", cases=3, undo_seconds=300)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    first = referral(bob.page)
    submitted(bob.page, "1", "Enter")
    submitted(bob.page, "2", "Enter")
    rail = bob.page.locator("#history button.past")
    expect(rail).to_have_count(2)
    expect(rail.first).to_contain_text("windy")
    press(bob.page, "h")
    expect(rail.first).to_be_focused()
    bob.page.keyboard.press("ArrowRight")
    submitted(bob.page, "Enter")
    expect(bob.page.locator("#desk")).to_have_attribute("data-referral", first)
    expect(bob.page.locator("#choices input[value=calm]")).to_be_checked()
    assert said(site, made) == ["windy"]


def test_guidelines_open_beside_the_case_and_the_number_is_kept(
    site: Site, visit: Window, work: Work
) -> None:
    made = work("classification")
    site.make("guide", made["slug"], "# Calm\n\nBelow **20 km/h**.")
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    panel = bob.page.locator("#guidelines")
    expect(panel).to_be_hidden()
    press(bob.page, "g")
    expect(panel).to_be_focused()
    expect(panel).to_contain_text("Below 20 km/h.")
    press(bob.page, "1")
    submitted(bob.page, "Enter")
    expect(panel).to_be_visible()
    press(bob.page, "g")
    expect(panel).to_be_hidden()
    assert site.make("judged", made["bob"]["name"])["guidelines"] == [1]


def test_after_long_work_a_break_is_suggested_and_put_away(visit: Window, work: Work) -> None:
    made = work("classification", break_minutes=50)
    bob = visit()
    bob.page.clock.install()
    bob.sign_in(made["bob"], made["path"])
    place = bob.page.locator("#break")
    for _ in range(17):
        press(bob.page, "1")
        bob.page.clock.run_for(3 * 60_000)
    expect(place).to_be_hidden()
    press(bob.page, "1")
    bob.page.clock.run_for(1000)
    expect(place).to_contain_text("You have worked 51 minutes: take a break.")
    place.get_by_role("button", name="Put away").click()
    expect(place).to_be_hidden()
    expect(bob.page.locator("#choices")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_type_passes_an_automated_wcag_check_and_fits_a_phone(
    visit: Window, work: Work, tmp_path: Path, kind: str, scheme: str
) -> None:
    made = work(kind, undo_seconds=300)
    bob = visit(color_scheme=scheme, bypass_csp=True)  # the check itself is an injected script
    bob.sign_in(made["bob"], made["path"])
    assert violations(bob.page) == []
    bob.page.screenshot(path=tmp_path / f"{kind}-1280-{scheme}.png")
    press(bob.page, *TAKING[kind], "Escape")
    assert violations(bob.page) == []
    submitted(bob.page, "Control+Enter")
    press(bob.page, "Escape", "?")
    expect(bob.page.locator("#help")).to_be_visible()
    assert violations(bob.page) == []
    phone = visit(width=390, height=844, has_touch=True, color_scheme=scheme, bypass_csp=True)
    phone.sign_in(made["bob"], made["path"])
    assert violations(phone.page) == []
    phone.page.screenshot(path=tmp_path / f"{kind}-390-{scheme}.png")
    wide = phone.page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= 390, "the page scrolls sideways"
