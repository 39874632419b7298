"""Waiting cases: listed, confirmed with numbers, decided, told."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser

from hitl.admin.bulk_list import short
from hitl.models import BulkDecision, Decision, Payload, Referral, Workflow
from hitl.services import bulk, workflows
from reviews.services import desk
from tests.conftest import Api
from tests.hitl.admin.conftest import Enter, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(spam: Workflow, shop: Api) -> Workflow:
    """Three cases that wait; the model says yes to all with 0.95."""
    sent = [{"input": {"text": f"text {i}"}, "reference": f"r-{i}"} for i in range(3)]
    shop.send("POST", "workflows/spam/cases", sent)
    return spam


@pytest.fixture
def browser(waiting: Workflow, alice: User, enter: Enter) -> Browser:
    return enter(alice)


def post(browser: Browser, workflow: Workflow, **given: Any) -> Any:
    return browser.post(at(workflow, "bulk"), {"scope": "all", "value": "no"} | given)


def confirmed(page: Any, **given: Any) -> dict[str, Any]:
    """What the confirmation sends."""
    context = page.context
    case = [str(one) for one in context["asked"]["case"].value() or ()]
    return {**context["hidden"], "case": case, "value": "no", "reason": "a campaign", **given}


def due(workflow: Workflow) -> None:
    """The first is overdue, the second is due soon, the third tomorrow."""
    for case, hours in zip(ids_of(workflow), (-1, 1, 24), strict=True):
        at_time = datetime.now(UTC) + timedelta(hours=hours)
        Referral.objects.filter(case_id=UUID(case)).update(due=at_time, priority=hours)


def test_the_list_says_how_each_case_stands(waiting: Workflow, browser: Browser) -> None:
    due(waiting)
    answer = browser.get(at(waiting, "bulk"))
    rows = answer.context["rows"]
    assert [(row.late, row.priority, row.answered) for row in rows] == [
        (True, -1, "0 of 1"),
        (False, 1, "0 of 1"),
        (False, 24, "0 of 1"),
    ]
    assert answer.content.decode().count("<strong>overdue</strong>") == 1


def test_what_is_decided_is_what_was_due_when_it_was_confirmed(
    waiting: Workflow, browser: Browser
) -> None:
    due(waiting)
    page = post(browser, waiting, due="overdue")
    assert page.context["now"] == 1
    others = Referral.objects.filter(due__gt=datetime.now(UTC))
    others.update(due=datetime.now(UTC))  # meanwhile they fall due, too
    browser.post(at(waiting, "bulk"), confirmed(page))
    assert Decision.objects.count() == 1


def test_the_list_shows_what_waits_and_nothing_that_the_model_said(
    waiting: Workflow, browser: Browser
) -> None:
    answer = browser.get(at(waiting, "bulk"))
    page = answer.content.decode()
    assert "3 cases match" in page
    assert "text: text 1" in page
    assert [row.reference for row in answer.context["rows"]] == ["r-0", "r-1", "r-2"]
    assert "0.95" not in page
    assert "could no longer judge blind" in page


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ({"reference": "r-1"}, 1),
        ({"suggestion": "no"}, 0),
        ({"suggestion": "yes", "confidence_from": "0.95"}, 3),
        ({"confidence_from": "0.96"}, 0),
        ({"pool": "*"}, 3),
        ({"due": "overdue"}, 1),
        ({"due": "soon"}, 2),
        ({"opened_before": "2020-01-01T00:00"}, 0),
    ],
)
def test_the_list_is_filtered(
    waiting: Workflow, browser: Browser, given: dict[str, str], count: int
) -> None:
    due(waiting)
    answer = browser.get(at(waiting, "bulk"), given)
    assert (answer.context["count"], len(answer.context["rows"])) == (count, count)


@pytest.mark.parametrize(
    "given",
    [{"pool": "french"}, {"confidence_from": "x"}, {"opened_before": "soon"}, {"suggestion": "?"}],
)
def test_a_filter_that_cannot_be_read_shows_nothing(
    waiting: Workflow, browser: Browser, given: dict[str, str]
) -> None:
    answer = browser.get(at(waiting, "bulk"), given)
    assert list(answer.context["filters"].errors) == list(given)
    assert answer.context["rows"] == []
    assert "cannot be read" in answer.content.decode()


def test_pages_go_on_after_the_last_one_shown(
    waiting: Workflow, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hitl.admin.bulk.PAGE", 2)
    first = browser.get(at(waiting, "bulk"), {"pool": "*"})
    assert len(first.context["rows"]) == 2
    second = browser.post(at(waiting, "bulk"), {"pool": "*", "more": first.context["next"]})
    assert [row.reference for row in second.context["rows"]] == ["r-2"]
    assert second.context["next"] == ""
    assert browser.get(at(waiting, "bulk"), {"after": "nonsense"}).status_code == 200


def test_an_erased_input_is_said_to_be(waiting: Workflow, browser: Browser) -> None:
    Payload.objects.all()._raw_delete("default")
    page = browser.get(at(waiting, "bulk")).content.decode()
    assert page.count("erased") == 3


def test_the_confirmation_says_the_number_and_what_happens(
    waiting: Workflow, browser: Browser, bob: User
) -> None:
    desk.claim(bob, desk.seats_of(bob))
    page = post(browser, waiting).content.decode()
    assert "All 3 cases that match are decided as “no”." in page
    assert "Never evidence about the model" in page
    assert "1 of them is on a reviewer's desk right now" in page
    assert not Decision.objects.exists()


def test_confirmed_they_are_decided_and_the_result_is_told(
    waiting: Workflow, browser: Browser, alice: User
) -> None:
    asked = confirmed(post(browser, waiting))
    answer = browser.post(at(waiting, "bulk"), asked, follow=True)
    row = BulkDecision.objects.get()
    assert (row.by, row.reason, row.decisions.count()) == (alice, "a campaign", 3)
    assert answer.redirect_chain == [(f"{at(waiting, 'decided')}?bulk={row.pk}", 302)]
    page = answer.content.decode()
    assert "3 cases decided as “no”" in page
    assert "No open case is left that matches the same filter." in page
    page = browser.get(at(waiting, "bulk")).content.decode()
    assert "No open case matches." in page
    assert "Decided together before" in page


def test_only_ticked_cases_are_decided(waiting: Workflow, browser: Browser) -> None:
    ids = [str(one) for one in Referral.objects.order_by("case_id").values_list("case", flat=True)]
    page = post(browser, waiting, scope="chosen", case=ids[:2])
    assert page.context["now"] == 2
    browser.post(at(waiting, "bulk"), confirmed(page), follow=True)
    found = Decision.objects.values_list("case_id", flat=True)
    assert sorted(map(str, found)) == ids[:2]


def test_a_case_that_comes_in_meanwhile_is_not_decided(
    waiting: Workflow, browser: Browser, shop: Api
) -> None:
    asked = confirmed(post(browser, waiting))
    shop.send("POST", "workflows/spam/cases", {"input": {"text": "late"}})
    browser.post(at(waiting, "bulk"), asked)
    assert Decision.objects.count() == 3
    assert Referral.objects.filter(state="open").count() == 1


def test_what_does_not_fit_in_one_go_is_said_before_and_after(
    waiting: Workflow, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST", 2)
    monkeypatch.setattr("hitl.admin.bulk.MOST", 2)
    page = post(browser, waiting)
    assert "3 match. The 2 that came first are decided now" in page.content.decode()
    answer = browser.post(at(waiting, "bulk"), confirmed(page), follow=True)
    assert "1 case that matches the same filter is left" in answer.content.decode()


def test_cases_that_were_asked_with_other_answers_are_left_to_people(
    waiting: Workflow, browser: Browser, shop: Api
) -> None:
    answer = {"classes": ["no", "yes", "maybe"]}
    workflows.change(waiting, by=None, reason="test", answer=answer)
    shop.send("POST", "workflows/spam/cases", {"input": {"text": "new"}})
    page = post(browser, waiting, value="maybe").content.decode()
    assert "The one case that matches is decided as “maybe”." in page
    assert "3 more match, but came in when “maybe” was no answer" in page
    page = post(browser, waiting, value="maybe", reference="r-1")
    assert list(page.context["form"].errors) == ["value"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        pytest.param({"value": ""}, "value", id="no answer"),
        pytest.param({"value": "perhaps"}, "value", id="no such answer"),
        pytest.param({"scope": "chosen"}, "scope", id="nothing ticked"),
        pytest.param({"scope": "chosen", "case": "x"}, "case", id="no id"),
        pytest.param({"case": str(UUID(int=1))}, "scope", id="all and ticks"),
        pytest.param({"confidence_from": "7"}, "confidence_from", id="no confidence"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_decided(
    waiting: Workflow, browser: Browser, given: dict[str, str], field: str
) -> None:
    answer = post(browser, waiting, **given, confirmed="1", reason="r")
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert not Decision.objects.exists()


def test_without_a_reason_nothing_is_decided(waiting: Workflow, browser: Browser) -> None:
    asked = confirmed(post(browser, waiting), reason=" ")
    answer = browser.post(at(waiting, "bulk"), asked)
    assert "Say why, for those who read the decisions." in answer.content.decode()
    assert not Decision.objects.exists()


def test_who_is_too_late_is_told(waiting: Workflow, browser: Browser, bob: User) -> None:
    asked = confirmed(post(browser, waiting))
    bulk.decide(waiting, bulk.Filter(), value="yes", reason="first", by=bob)
    answer = browser.post(at(waiting, "bulk"), asked)
    assert "No open case matches any more; nothing was decided." in answer.content.decode()
    assert Decision.objects.count() == 3


def test_an_outsider_finds_no_result(
    waiting: Workflow, other: Workflow, browser: Browser, bob: User
) -> None:
    done = bulk.decide(waiting, bulk.Filter(), value="yes", reason="first", by=bob)
    assert browser.get(at(other, "decided"), {"bulk": str(done.id)}).status_code == 404
    assert browser.get(at(waiting, "decided"), {"bulk": "x"}).status_code == 404
    assert browser.get(at(waiting, "decided"), {"bulk": str(other.pk)}).status_code == 404
    assert browser.get(at(waiting, "decided"), {"bulk": str(done.id)}).status_code == 200


def test_the_way_leads_from_the_control_room(waiting: Workflow, browser: Browser) -> None:
    assert at(waiting, "bulk") in browser.get(at(waiting)).content.decode()


def test_an_auditor_is_not_offered_it(waiting: Workflow, audrey: User, enter: Enter) -> None:
    assert at(waiting, "bulk") not in enter(audrey).get(at(waiting)).content.decode()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"text": "hello", "n": 3}, "text: hello, n: 3"),
        ({"image": [[0] * 8] * 8}, "image: 8 × 8 values"),
        ({"tags": ["a", "b"], "list": list(range(9))}, "tags: a, b, list: 9 values"),
        ({"deep": {"a": None}}, "deep: a: nothing"),
        ({}, "empty"),
        ("x" * 500, "x" * 119 + "…"),
        (True, "True"),
    ],
    ids=str,
)
def test_an_input_is_shown_in_one_line(value: object, said: str) -> None:
    assert short(value) == said


def test_a_time_is_kept_as_it_was_given(waiting: Workflow, browser: Browser) -> None:
    later = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    page = post(browser, waiting, opened_before=later)
    assert page.context["hidden"]["opened_before"] == later


def ids_of(workflow: Workflow) -> list[str]:
    found = Referral.objects.filter(case__workflow=workflow).order_by("case_id")
    return [str(one) for one in found.values_list("case", flat=True)]


def test_all_together_with_ticks_is_asked_about(waiting: Workflow, browser: Browser) -> None:
    ticked = ids_of(waiting)[:2]
    answer = post(browser, waiting, case=ticked)
    assert "You chose all that match, and ticked 2 cases." in answer.content.decode()
    assert answer.context["chosen"] == set(ticked)
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("ticked", "said"),
    [(1, "The case that you ticked is decided"), (2, "The 2 cases that you ticked are decided")],
)
def test_the_confirmation_names_what_was_ticked(
    waiting: Workflow, browser: Browser, ticked: int, said: str
) -> None:
    page = post(browser, waiting, scope="chosen", case=ids_of(waiting)[:ticked])
    assert said in page.content.decode()


def test_the_confirmation_says_which_of_the_ticked_are_left(
    waiting: Workflow, browser: Browser, bob: User
) -> None:
    ticked = ids_of(waiting)
    bulk.decide(waiting, bulk.Filter(reference="r-0"), value="yes", reason="first", by=bob)
    page = post(browser, waiting, scope="chosen", case=ticked).content.decode()
    assert "2 of the 3 cases that you ticked are decided" in page


def test_ticks_are_carried_from_page_to_page(
    waiting: Workflow, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hitl.admin.bulk.PAGE", 1)
    ids = ids_of(waiting)
    second = post(browser, waiting, case=[ids[0]], more=ids[0])
    assert second.context["kept"] == [(UUID(ids[0]), "r-0")]
    assert "1 ticked on other pages, kept" in second.content.decode()
    third = post(browser, waiting, case=ids[:2], more=ids[1])
    assert [name for _, name in third.context["kept"]] == ["r-0", "r-1"]
    refused = post(browser, waiting, case=ids[:2], after=ids[1])  # all, with ticks: the same page
    assert [row.reference for row in refused.context["rows"]] == ["r-2"]
    assert [name for _, name in refused.context["kept"]] == ["r-0", "r-1"]


def test_a_tick_that_waits_no_more_is_told(waiting: Workflow, browser: Browser, bob: User) -> None:
    ids = ids_of(waiting)
    bulk.decide(waiting, bulk.Filter(reference="r-0"), value="yes", reason="first", by=bob)
    page = post(browser, waiting, case=[ids[0]], more=ids[1])
    assert page.context["kept"] == []
    assert "1 that you ticked does not wait any more." in page.content.decode()


def test_what_people_have_begun_with_is_marked_and_counted(
    waiting: Workflow, browser: Browser
) -> None:
    first, second, _ = ids_of(waiting)
    Referral.objects.filter(case_id=UUID(first)).update(needed=3, free=2, done=1)
    Referral.objects.filter(case_id=UUID(second)).update(kind="adjudicate")
    answer = browser.get(at(waiting, "bulk"))
    begun = ["1 of 3", "in adjudication", "0 of 1"]
    assert [row.answered for row in answer.context["rows"]] == begun
    assert "in adjudication" in answer.content.decode()
    page = post(browser, waiting).content.decode()
    assert "2 of them were half judged already or are in adjudication" in page
    page = post(browser, waiting, scope="chosen", case=[first]).content.decode()
    assert "1 of them was half judged already or is in adjudication" in page
    assert "half judged" not in post(browser, waiting, reference="r-2").content.decode()


def test_what_is_left_to_people_is_not_counted_as_overridden(
    waiting: Workflow, browser: Browser, shop: Api
) -> None:
    workflows.change(waiting, by=None, reason="t", answer={"classes": ["no", "yes", "maybe"]})
    Referral.objects.filter(case__workflow=waiting).update(needed=3, free=2, done=1)
    shop.send("POST", "workflows/spam/cases", {"input": {"text": "new"}})
    assert "half judged" not in post(browser, waiting, value="maybe").content.decode()


def test_which_cases_are_decided_is_never_chosen_beforehand(
    browser: Browser, waiting: Workflow
) -> None:
    page = browser.get(at(waiting, "bulk")).content.decode()
    scope = page[page.index("cr-scope") : page.index("</fieldset>", page.index("cr-scope"))]
    assert "checked" not in scope
    answer = browser.post(at(waiting, "bulk"), {"value": "no"})
    assert "Choose all that match, or only those ticked." in answer.content.decode()
    assert not BulkDecision.objects.exists()
