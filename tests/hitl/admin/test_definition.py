"""Changing what an answer of a workflow is, on the control room."""

from typing import Any

import msgspec
import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser

from hitl.admin import definition
from hitl.models import Workflow
from hitl.services import workflows
from tests.hitl.admin.conftest import Enter, at

pytestmark = pytest.mark.django_db
MORE = {"classes": ["no", "yes", "maybe"], "none_of_these": True}


@pytest.fixture
def browser(spam: Workflow, alice: User, enter: Enter) -> Browser:
    return enter(alice)


def send(browser: Browser, workflow: Workflow, answer: object, **more: Any) -> Any:
    given = {"answer": msgspec.json.encode(answer).decode(), "seen": 1}
    return browser.post(at(workflow, "answer"), given | more, follow=True)


def test_the_definition_in_force_is_what_one_starts_from(spam: Workflow, browser: Browser) -> None:
    page = browser.get(at(spam, "answer"))
    shown = msgspec.json.decode(page.context["form"]["answer"].value())
    assert shown == workflows.in_force(spam).answer
    assert "Task type: Classification." in page.content.decode()


def test_a_change_is_confirmed_before_it_is_a_revision(
    spam: Workflow, browser: Browser, alice: User
) -> None:
    page = send(browser, spam, MORE)
    assert "Change the answers?" in page.content.decode()
    assert workflows.in_force(spam).no == 1
    hidden = page.context["asked"].hidden
    browser.post(at(spam, "answer"), {**hidden, "seen": 1, "reason": "asked for"})
    row = workflows.in_force(spam)
    assert (row.no, row.by, row.reason) == (2, alice, "asked for")
    assert row.answer["none_of_these"]
    assert [one["value"] for one in row.answer["classes"]] == ["no", "yes", "maybe"]


def test_what_becomes_of_proof_is_said_before(spam: Workflow, browser: Browser) -> None:
    assert definition.ANEW in send(browser, spam, MORE).content.decode()
    titled = {"classes": ["no", {"value": "yes", "title": "Spam"}]}
    page = send(browser, spam, titled).content.decode()
    assert definition.ANEW not in page
    assert definition.AS_IT_IS in page


def test_without_a_reason_nothing_changes(spam: Workflow, browser: Browser) -> None:
    page = send(browser, spam, MORE, confirmed=1)
    assert list(page.context["form"].errors) == ["reason"]
    assert workflows.in_force(spam).no == 1


def test_the_same_definition_changes_nothing(spam: Workflow, browser: Browser) -> None:
    page = send(browser, spam, {"classes": ["no", "yes"]})
    assert "The answer definition is the same." in page.content.decode()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param({"classes": ["no"]}, "classes: Expected", id="one class"),
        pytest.param({"labels": []}, "Object contains unknown field `labels`", id="no classes"),
        pytest.param(5, "Expected `object`", id="no object"),
        pytest.param({"classes": ["a", "b"]}, "model: spam-model v1 does not fit", id="the model"),
    ],
)
def test_what_cannot_be_used_is_said_beside_it(
    spam: Workflow, browser: Browser, answer: object, said: str
) -> None:
    page = send(browser, spam, answer)
    assert page.context["form"].errors["answer"][0].startswith(said)
    assert workflows.in_force(spam).no == 1


def test_a_default_that_would_be_no_answer_any_more_is_named(
    spam: Workflow, browser: Browser
) -> None:
    workflows.change(spam, by=None, reason="t", answer=MORE, policy={"safe_default": "maybe"})
    page = send(browser, spam, {"classes": ["no", "yes"]}, seen=2)
    assert page.context["form"].errors["answer"][0].startswith("policy, safe_default: 'maybe'")


def test_only_operators_change_answers(
    spam: Workflow, audrey: User, charlie: User, enter: Enter
) -> None:
    for person in (audrey, charlie):
        answer = enter(person).post(at(spam, "answer"), {"answer": "{}", "seen": 1})
        assert answer.status_code in {302, 403}
    assert workflows.in_force(spam).no == 1
