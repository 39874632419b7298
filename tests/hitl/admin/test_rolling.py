"""Rollouts in the panel: read by who sees cases, moved by who operates."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from hitl.models import Rollout, Workflow
from hitl.services import workflows
from hitl.services.rollouts import ending
from tests.hitl.admin.conftest import Enter, at
from tests.hitl.services.rollouts.rolling import begin, live, second

pytestmark = pytest.mark.django_db
FORM = {
    "version": "2",
    "strategy": "canary",
    "steps": "5, 50",
    "soak_minutes": "0",
    "judged": "10",
    "advance": "itself",
    "goal": "not_worse",
}


@pytest.fixture
def newer(spam: Workflow) -> Workflow:
    second(spam, value="no")
    return spam


def asked(workflow: Workflow, **given: Any) -> dict[str, Any]:
    return {"seen": workflows.in_force(workflow).no, "reason": "because", **given}


def test_without_another_version_the_page_says_what_to_do(
    spam: Workflow, alice: User, enter: Enter
) -> None:
    text = enter(alice).get(at(spam, "rollouts")).content.decode()
    assert "No version has been rolled out here yet." in text
    assert "register_model" in text


def test_one_is_started_after_a_confirmation(newer: Workflow, alice: User, enter: Enter) -> None:
    browser = enter(alice)
    text = browser.post(at(newer, "rollout"), FORM | {"seen": 1}).content.decode()
    assert "Start a canary rollout?" in text
    assert "Challenger: none → spam-model v2" in text
    assert not Rollout.objects.exists()
    answer = browser.post(
        at(newer, "rollout"), FORM | asked(newer, confirmed=1), follow=True
    ).content.decode()
    assert "Challenger&#x27;s share: 0 % → 5 %" in answer
    row = Rollout.objects.get()
    assert (row.strategy, row.by, live(newer)) == ("canary", alice, (1, 2, 0.05))
    text = browser.get(at(newer, "rollouts")).content.decode()
    assert "Canary of spam-model v2 is under way, 5 % of cases: not enough data yet." in text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"steps": "five"}, "Write numbers with commas between"),
        ({"steps": "50, 5"}, "each step needs a larger share"),
        ({"version": "7"}, "Select a valid choice"),
        ({"strategy": "magic"}, "Select a valid choice"),
        ({"judged": "-1"}, "greater than or equal to 0"),
    ],
)
def test_what_is_wrong_stands_on_the_form(
    newer: Workflow, alice: User, enter: Enter, given: dict[str, str], said: str
) -> None:
    text = enter(alice).post(at(newer, "rollout"), FORM | given).content.decode()
    assert said in text
    assert not Rollout.objects.exists()


@pytest.mark.parametrize(
    ("verb", "after"),
    [("step", (1, 2, 1.0)), ("promote", (2, None, 0.0)), ("abort", (1, None, 0.0))],
)
def test_each_way_is_confirmed_first(
    newer: Workflow,
    alice: User,
    enter: Enter,
    verb: str,
    after: tuple[int, int | None, float],
) -> None:
    begin(newer)
    browser = enter(alice)
    shown = browser.get(at(newer, "roll"), {"verb": verb}).content.decode()
    assert "What changes" in shown
    assert live(newer) == (1, 2, 0.5)
    browser.post(at(newer, "roll"), asked(newer, verb=verb))
    assert live(newer) == after


def test_it_is_paused_and_goes_on(newer: Workflow, alice: User, enter: Enter) -> None:
    row, browser = begin(newer), enter(alice)
    for state in ("paused", "running"):
        text = browser.post(at(newer, "hold"), follow=True).content.decode()
        assert f"The rollout is {state}." in text
        row.refresh_from_db()
        assert row.state == state


def test_the_version_before_is_one_press_away(newer: Workflow, alice: User, enter: Enter) -> None:
    browser = enter(alice)
    assert "Return to" not in browser.get(at(newer, "rollouts")).content.decode()
    ending.promote(begin(newer).pk, by=None, reason="better")
    assert "Return to spam-model v1" in browser.get(at(newer, "rollouts")).content.decode()
    browser.post(at(newer, "roll"), asked(newer, verb="return"))
    assert live(newer) == (1, None, 0.0)


def test_without_anything_to_do_it_says_so(newer: Workflow, alice: User, enter: Enter) -> None:
    browser = enter(alice)
    for verb, said in (("abort", "No rollout is under way."), ("return", "No other version")):
        text = browser.get(at(newer, "roll"), {"verb": verb}, follow=True).content.decode()
        assert said in text


def test_an_auditor_reads_and_moves_nothing(newer: Workflow, audrey: User, enter: Enter) -> None:
    begin(newer)
    browser = enter(audrey)
    text = browser.get(at(newer, "rollouts")).content.decode()
    assert "Canary of spam-model v2" in text
    assert "Abort the rollout" not in text
    for page in ("rollout", "roll", "hold"):
        assert browser.post(at(newer, page), asked(newer, verb="abort")).status_code == 403
    assert live(newer) == (1, 2, 0.5)


def test_an_outsider_finds_nothing(newer: Workflow, charlie: User, enter: Enter) -> None:
    begin(newer)
    for page in ("rollouts", "rollout", "roll", "hold"):
        assert enter(charlie).get(at(newer, page)).status_code in {302, 403, 404}
