"""The review page in a real browser when something gets in the way: nothing is lost."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Site, Visit
from tests.browser.digits import answer, chosen, drafts, referral, write

pytestmark = pytest.mark.browser

Window = Callable[..., Visit]
World = Callable[..., dict[str, Any]]


def at_server(page: Page) -> None:
    """Waits until the page says that the server has the draft."""
    expect(page.locator("#drafted")).to_contain_text("draft saved")


def until(holds: Callable[[], bool]) -> None:
    """Waits for what the page cannot tell any more."""
    end = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < end


def looked_ahead(page: Page) -> None:
    """Waits until the case after this one is loaded."""
    expect(page.locator("#ahead img").first).to_be_attached()


def test_complaint_1_a_network_cut_loses_nothing(site: Site, visit: Window, world: World) -> None:
    made = world(cases=2)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    held = referral(bob.page)
    bob.page.context.set_offline(True)
    write(bob.page, "4", "a bar through it")
    expect(bob.page.locator("#stored")).to_have_text("draft kept in this browser only")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#notice")).to_contain_text("No connection.")
    assert referral(bob.page) == held
    chosen(bob.page, "4", "a bar through it")
    bob.page.context.set_offline(False)
    at_server(bob.page)  # by itself; to submit is up to the person
    expect(bob.page.locator("#notice")).to_be_empty()
    expect(bob.page.locator("#hint")).to_contain_text("The service is back and has your draft.")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#desk")).not_to_have_attribute("data-referral", held)
    said = site.make("judged", made["bob"]["name"])["reviews"]
    assert said == [{"value": "4", "comment": "a bar through it"}]
    assert drafts(bob.page) == []


def test_complaint_1_a_draft_reaches_the_server_when_the_network_is_back(
    site: Site, visit: Window, world: World
) -> None:
    made = world(cases=1)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    bob.page.context.set_offline(True)
    bob.page.keyboard.press("4")
    expect(bob.page.locator("#stored")).to_have_text("draft kept in this browser only")
    bob.page.context.set_offline(False)
    at_server(bob.page)
    expect(bob.page.locator("#stored")).to_be_empty()
    assert site.make("places", made["bob"]["name"])["drafts"] == [{"value": "4", "comment": ""}]


def test_complaint_1_a_reload_keeps_what_was_not_submitted(visit: Window, world: World) -> None:
    made = world(cases=1)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    write(bob.page, "4", "reloaded at once")
    bob.page.reload()
    chosen(bob.page, "4", "reloaded at once")
    expect(bob.page.locator("#hint")).to_contain_text("Your draft is back")
    at_server(bob.page)


def test_complaint_1_another_browser_finds_the_draft(visit: Window, world: World) -> None:
    made = world(cases=1)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    write(bob.page, "4", "at the office")
    at_server(bob.page)
    home = visit()
    home.sign_in(made["bob"], made["path"])
    chosen(home.page, "4", "at the office")
    home.page.keyboard.press("5")
    at_server(home.page)
    bob.page.reload()  # the newer one is the other browser's
    chosen(bob.page, "5", "at the office")


def test_complaint_1_a_reason_to_skip_is_kept_too(visit: Window, world: World) -> None:
    made = world(cases=1)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    bob.page.keyboard.press("s")
    bob.page.keyboard.press("2")
    bob.page.keyboard.type("half of it is cut off")
    at_server(bob.page)
    bob.page.evaluate("() => localStorage.clear()")
    bob.page.reload()
    expect(bob.page.locator("#skip")).to_be_visible()
    expect(bob.page.locator("#skip input[value='cannot_decide']")).to_be_checked()
    expect(bob.page.locator("#reason")).to_have_value("half of it is cut off")


def test_complaint_1_an_expired_sign_in_loses_nothing(
    site: Site, visit: Window, world: World
) -> None:
    made = world(cases=1)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    write(bob.page, "4", "before lunch")
    at_server(bob.page)
    assert site.make("sign_out", made["bob"]["name"]) == {"ended": 1}
    bob.page.keyboard.type(" and after")
    expect(bob.page.locator("#notice")).to_contain_text("Signed out.")  # the draft's answer
    bob.page.locator("#notice a").click()
    bob.page.get_by_label("User name").fill(made["bob"]["name"])
    bob.page.get_by_label("Password").fill(made["bob"]["password"])
    bob.page.keyboard.press("Enter")
    chosen(bob.page, "4", "before lunch and after")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#nothing")).to_be_visible()
    said = site.make("judged", made["bob"]["name"])["reviews"]
    assert said == [{"value": "4", "comment": "before lunch and after"}]


def test_complaint_5_a_late_answer_is_kept_and_the_case_is_taken_again(
    site: Site, visit: Window, world: World
) -> None:
    made = world(cases=2)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    held = referral(bob.page)
    looked_ahead(bob.page)
    assert site.make("expire", made["bob"]["name"]) == {"expired": 2}
    write(bob.page, "7", "a bar through it")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#notice")).to_contain_text("Your time on this case ran out.")
    chosen(bob.page, "7", "a bar through it")
    bob.page.evaluate("() => localStorage.clear()")  # the server has it too
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#hint")).to_contain_text("Your draft is back")
    assert referral(bob.page) == held
    chosen(bob.page, "7", "a bar through it")
    answer(bob.page, "7")
    said = site.make("judged", made["bob"]["name"])["reviews"]
    assert said == [{"value": "7", "comment": "a bar through it"}]


def test_a_notice_that_comes_while_somebody_writes_takes_no_key(
    site: Site, visit: Window, world: World
) -> None:
    made = world(cases=3)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    answer(bob.page, "4")
    held = referral(bob.page)
    looked_ahead(bob.page)
    write(bob.page, "7", "a bar")
    at_server(bob.page)
    site.make("expire", made["bob"]["name"])
    bob.page.keyboard.type(" thr")
    expect(bob.page.locator("#notice")).to_contain_text("Your time on this case ran out.")
    expect(bob.page.locator("#lease")).to_contain_text("is over")
    expect(bob.page.locator("#comment")).to_be_focused()
    bob.page.keyboard.type("ough it, u l m s 5 ")
    chosen(bob.page, "7", "a bar through it, u l m s 5 ")
    bob.page.locator("#choices").focus()
    for key in "ulms5":  # not in a field either
        bob.page.keyboard.press(key)
    expect(bob.page.locator("#choices")).to_be_focused()
    expect(bob.page.locator("#skip")).to_be_hidden()
    chosen(bob.page, "7", "a bar through it, u l m s 5 ")
    assert referral(bob.page) == held
    assert site.make("judged", made["bob"]["name"])["reviews"] == [{"value": "4", "comment": ""}]
    bob.page.keyboard.press("Enter")
    expect(bob.page.get_by_role("button", name="Take this case again")).to_be_focused()
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#notice")).to_be_empty()
    assert referral(bob.page) == held
    chosen(bob.page, "7", "a bar through it, u l m s 5 ")


def test_a_sign_in_that_ends_while_somebody_writes_takes_no_key(
    site: Site, visit: Window, world: World
) -> None:
    made = world(cases=1)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    write(bob.page, "7", "a")
    at_server(bob.page)
    site.make("sign_out", made["bob"]["name"])
    bob.page.keyboard.type(" b")
    expect(bob.page.locator("#notice")).to_contain_text("Signed out.")
    bob.page.keyboard.type(" l u")
    expect(bob.page.locator("#comment")).to_be_focused()
    chosen(bob.page, "7", "a b l u")


def test_what_is_written_while_a_judgement_is_refused_stays_in_its_field(
    site: Site, visit: Window, world: World
) -> None:
    made = world(cases=1)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    site.make("expire", made["bob"]["name"])

    def slowly(route: Route) -> None:
        bob.page.keyboard.type(" and more")
        route.continue_()

    bob.page.route("**/submit", slowly)
    write(bob.page, "7", "a bar")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#notice")).to_contain_text("Your time on this case ran out.")
    expect(bob.page.locator("#comment")).to_be_focused()
    chosen(bob.page, "7", "a bar and more")


def test_a_judgement_whose_answer_was_lost_is_calmly_said_to_be_saved(
    site: Site, visit: Window, world: World
) -> None:
    made = world(cases=2)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    bob.page.route("**/submit", lose_the_answer, times=1)
    bob.page.keyboard.press("7")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#notice")).to_contain_text("No connection.")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#said.info")).to_contain_text("Already saved: your answer of before")
    expect(bob.page.get_by_role("button", name="Go to the next case")).to_be_focused()
    assert len(site.make("judged", made["bob"]["name"])["reviews"]) == 1


def test_after_not_for_me_undo_says_that_it_takes_back_the_answer_before(
    visit: Window, world: World
) -> None:
    made = world(cases=3)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    first = referral(bob.page)
    answer(bob.page, "4")
    expect(bob.page.locator("#undo-button")).to_be_enabled()
    second = referral(bob.page)
    bob.page.keyboard.press("s")
    bob.page.keyboard.press("1")
    bob.page.keyboard.type("my aunt")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#desk")).not_to_have_attribute("data-referral", second)
    expect(bob.page.locator("#stored")).to_contain_text("to undo the answer before that")
    bob.page.reload()
    expect(bob.page.locator("#undo-button")).to_contain_text("Undo earlier answer")
    expect(bob.page.locator("#submit")).to_be_in_viewport(ratio=1)
    bob.page.keyboard.press("u")
    expect(bob.page.locator("#desk")).to_have_attribute("data-referral", first)


def test_complaint_11_undo_brings_the_case_back_with_its_answer(
    site: Site, visit: Window, world: World
) -> None:
    made = world(cases=3)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    expect(bob.page.locator("#undo-button")).to_be_disabled()
    first = referral(bob.page)
    write(bob.page, "4", "too quick")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#undo-left")).to_contain_text(" s")
    second = referral(bob.page)
    bob.page.keyboard.press("9")  # begun; stays in this person's hands
    bob.page.keyboard.press("u")
    expect(bob.page.locator("#stored")).to_contain_text("taken back")
    assert referral(bob.page) == first
    chosen(bob.page, "4", "too quick")
    assert site.make("judged", made["bob"]["name"])["reviews"] == []
    answer(bob.page, "5")
    assert referral(bob.page) == second
    chosen(bob.page, "9")
    said = site.make("judged", made["bob"]["name"])["reviews"]
    assert said == [{"value": "5", "comment": "too quick"}]


def test_complaint_11_undo_outlives_a_reload_and_the_end_of_the_queue(
    visit: Window, world: World
) -> None:
    made = world(cases=1, policy={"undo_seconds": 120})
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    only = referral(bob.page)
    bob.page.keyboard.press("4")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#nothing")).to_be_visible()
    bob.page.reload()
    expect(bob.page.locator("#undo-left")).to_contain_text("1")
    bob.page.keyboard.press("u")
    expect(bob.page.locator("#desk")).to_have_attribute("data-referral", only)
    chosen(bob.page, "4")


def test_complaint_11_a_skip_is_undone_like_an_answer(visit: Window, world: World) -> None:
    made = world(cases=2)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    first = referral(bob.page)
    bob.page.keyboard.press("s")
    bob.page.keyboard.press("3")
    bob.page.keyboard.type("looked empty")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#stored")).to_contain_text("skipped")
    bob.page.keyboard.press("u")
    expect(bob.page.locator("#desk")).to_have_attribute("data-referral", first)
    expect(bob.page.locator("#skip")).to_be_visible()
    expect(bob.page.locator("#reason")).to_have_value("looked empty")


def test_complaint_11_undo_that_comes_too_late_says_so_and_ends_with_its_time(
    site: Site, visit: Window, world: World
) -> None:
    made = world(cases=2, policy={"undo_seconds": 120})
    bob = visit()
    bob.page.clock.install()
    bob.sign_in(made["bob"], made["path"])
    answer(bob.page, "4")
    second = referral(bob.page)
    bob.page.keyboard.press("9")
    assert site.make("settle", made["bob"]["name"])["settled"] >= 1
    bob.page.keyboard.press("u")
    expect(bob.page.locator("#notice")).to_contain_text("too late to undo")
    assert referral(bob.page) == second
    chosen(bob.page, "9")
    bob.page.clock.run_for(125_000)
    expect(bob.page.locator("#undo-button")).to_be_disabled()
    expect(bob.page.locator("#undo-left")).to_be_empty()


def test_without_time_to_undo_none_is_offered(visit: Window, world: World) -> None:
    made = world(cases=2, policy={"undo_seconds": 0})
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    answer(bob.page, "4")
    expect(bob.page.locator("#undo-button")).to_have_count(0)


def test_complaint_2_two_tabs_show_one_case_and_the_second_answer_is_refused(
    site: Site, visit: Window, world: World
) -> None:
    made = world(cases=2)
    bob = visit()
    bob.sign_in(made["bob"], made["path"])
    other = bob.page.context.new_page()
    other.goto(f"{site.url}{made['path']}")
    assert referral(other) == referral(bob.page)
    other.keyboard.press("5")
    at_server(other)
    bob.page.keyboard.press("4")
    at_server(bob.page)
    expect(bob.page.locator("#notice")).to_be_empty()
    answer(bob.page, "4")
    other.keyboard.press("6")
    other.keyboard.press("Enter")
    expect(other.locator("#notice")).to_contain_text("Already saved")
    other.keyboard.press("Enter")
    expect(other.locator("#desk")).to_have_attribute("data-referral", referral(bob.page))
    said = site.make("judged", made["bob"]["name"])["reviews"]
    assert [review["value"] for review in said] == ["4"]


def test_complaint_12_the_next_case_is_reserved_loaded_and_given_back_on_leaving(
    site: Site, visit: Window, world: World
) -> None:
    made = world(cases=3)
    bob = visit()
    asked: list[str] = []
    bob.page.on("request", lambda r: asked.append(r.url) if r.url.endswith("/ahead") else None)
    bob.sign_in(made["bob"], made["path"])
    looked_ahead(bob.page)
    places = site.make("places", made["bob"]["name"])
    assert places["seen"] == [referral(bob.page)]
    (ahead,) = places["ahead"]
    answer(bob.page, "4")
    assert referral(bob.page) == ahead
    looked_ahead(bob.page)
    assert len(asked) == 2
    assert len(site.make("places", made["bob"]["name"])["ahead"]) == 1
    bob.open("/")
    until(lambda: site.make("places", made["bob"]["name"])["ahead"] == [])
    assert site.make("places", made["bob"]["name"])["seen"] == [ahead]


def test_drafts_are_sent_no_more_often_than_every_two_seconds(visit: Window, world: World) -> None:
    made = world(cases=1)
    bob = visit()
    bob.page.clock.install()
    sent: list[int] = []
    bob.sign_in(made["bob"], made["path"])
    bob.page.on("request", lambda r: sent.append(1) if r.url.endswith("/draft") else None)
    for key in "1234567890" * 2:
        bob.page.keyboard.press(key)
        bob.page.clock.run_for(200)
    at_server(bob.page)
    assert len(sent) <= 3  # in four seconds


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
