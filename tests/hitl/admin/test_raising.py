"""The level by hand, step by step and by two people; overrides; refusals stand on the page."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from hitl.domain.roles import Role
from hitl.models import Proposal, Revision, Workflow
from hitl.services import workflows
from hitl.services.evidence import certifying, proposing
from tests import factories
from tests.hitl.admin.conftest import Enter, at
from tests.hitl.services.evidence.test_certifying import GRID, TARGET, proven
from tests.reviews.desks import dials, level

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(spam: Workflow) -> Workflow:
    return dials(spam, threshold=TARGET, audit_share=0.1)


@pytest.fixture
def earned(target: Workflow) -> Workflow:
    """A workflow that has earned its next step."""
    certifying.certify(proven(target, 20).pk)
    return target


@pytest.fixture
def olga(spam: Workflow) -> User:
    """A second operator."""
    return factories.person("olga", Role.OPERATOR, workflow=spam)


def newest(workflow: Workflow) -> Revision:
    return workflows.in_force(workflow)


def asked(workflow: Workflow, **given: Any) -> dict[str, Any]:
    return {"seen": newest(workflow).no, "reason": "it has been right", **given}


def proposed(workflow: Workflow, by: User) -> Proposal:
    made = proposing.promote(workflow, by=by, reason="it is time")
    assert isinstance(made, Proposal)
    return made


def test_the_next_step_is_taken_once_it_is_earned(
    earned: Workflow, alice: User, enter: Enter
) -> None:
    browser = enter(alice)
    assert "Take the next step: raise to partial" in browser.get(at(earned)).content.decode()
    assert "Raise to partial automation?" in browser.get(at(earned, "promote")).content.decode()
    answer = browser.post(at(earned, "promote"), asked(earned), follow=True)
    row = newest(earned)
    assert (row.level, row.by) == ("partial_automation", alice)
    assert row.reason.startswith("it has been right Partial automation is earned.")
    assert f"Revision {row.no} is in force." in answer.content.decode()


def test_a_step_that_is_not_earned_says_what_is_missing(
    target: Workflow, alice: User, enter: Enter
) -> None:
    browser = enter(alice)
    before = newest(target).no
    for answer in (
        browser.get(at(target, "promote"), follow=True),
        browser.post(at(target, "promote"), asked(target), follow=True),
    ):
        assert "Partial automation is not earned yet." in answer.content.decode()
    assert newest(target).no == before


def test_two_people_raise_the_level_together(
    earned: Workflow, alice: User, olga: User, enter: Enter
) -> None:
    dials(earned, promote="two")
    first, second = enter(alice), enter(olga)
    page = first.get(at(earned, "promote")).content.decode()
    assert "Propose to raise to partial automation" in page
    assert "one of these confirms: olga." in page
    answer = first.post(at(earned, "promote"), asked(earned), follow=True)
    assert "Another person has to confirm" in answer.content.decode()
    assert newest(earned).level == "shadow"
    proposal = Proposal.objects.get()
    given = asked(earned, proposal=proposal.pk, answer="confirm")
    refused = first.post(at(earned, "proposal"), given, follow=True)
    assert "Another person has to confirm what you have proposed." in refused.content.decode()
    assert newest(earned).level == "shadow"
    page = second.get(at(earned, "proposal")).content.decode()
    assert "Level: Shadow → Partial automation" in page
    assert "it has been right" in page
    answer = second.post(at(earned, "proposal"), given, follow=True)
    assert "Level: Partial automation." in answer.content.decode()
    assert (newest(earned).level, newest(earned).by) == ("partial_automation", olga)


@pytest.mark.parametrize(("who", "answer"), [("olga", "refuse"), ("alice", "withdraw")])
def test_a_proposal_is_refused_by_another_and_withdrawn_by_its_own(
    earned: Workflow, alice: User, olga: User, enter: Enter, who: str, answer: str
) -> None:
    dials(earned, promote="two")
    proposal = proposed(earned, alice)
    person = {"olga": olga, "alice": alice}[who]
    given = {"proposal": proposal.pk, "answer": answer}
    page = enter(person).post(at(earned, "proposal"), given, follow=True).content.decode()
    proposal.refresh_from_db()
    assert (proposal.state, proposal.closed_by) == (
        {"refuse": "refused", "withdraw": "withdrawn"}[answer],
        person,
    )
    assert "The level stays as it is." in page
    assert newest(earned).level == "shadow"


def test_a_confirmation_on_an_outdated_page_is_asked_again(
    earned: Workflow, alice: User, olga: User, enter: Enter
) -> None:
    dials(earned, promote="two")
    proposal = proposed(earned, alice)
    given = asked(earned, proposal=proposal.pk, answer="confirm")
    dials(earned, undo_seconds=33)
    browser = enter(olga)
    page = browser.post(at(earned, "proposal"), given).content.decode()
    assert "1 revision came in after this page was opened" in page
    assert newest(earned).level == "shadow"
    browser.post(at(earned, "proposal"), {**given, "seen": newest(earned).no})
    assert newest(earned).level == "partial_automation"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"answer": "confirm"},
        {"answer": "confirm", "proposal": "x" * 500},
        {"answer": "adore", "proposal": str(uuid4())},
        {"answer": "refuse", "proposal": str(uuid4())},
    ],
    ids=["nothing", "no proposal", "no id", "no answer", "not here"],
)
def test_a_forged_answer_to_a_proposal_is_refused_in_words(
    earned: Workflow, alice: User, enter: Enter, given: dict[str, str]
) -> None:
    answer = enter(alice).post(at(earned, "proposal"), given, follow=True)
    assert answer.redirect_chain[0][0] == at(earned)
    page = answer.content.decode()
    assert "proposal that waits here." in page or "There is no such proposal here." in page


def test_without_a_proposal_its_page_leads_back(
    earned: Workflow, alice: User, enter: Enter
) -> None:
    page = enter(alice).get(at(earned, "proposal"), follow=True).content.decode()
    assert "No proposal waits here." in page


def test_by_hand_two_people_are_needed_to_raise_and_one_to_lower(
    earned: Workflow, alice: User, enter: Enter
) -> None:
    level(dials(earned, promote="two"), "ai_assistance")
    browser = enter(alice)
    page = browser.get(at(earned, "level"), {"level": "partial_automation"}).content.decode()
    assert "nobody else may confirm it" in page
    answer = browser.post(
        at(earned, "level"), asked(earned, level="partial_automation"), follow=True
    )
    assert "Proposed: partial automation." in answer.content.decode()
    assert newest(earned).level == "ai_assistance"
    again = browser.post(at(earned, "level"), asked(earned, level="partial_automation"))
    assert "A proposal waits already" in again.content.decode()
    browser.post(at(earned, "level"), asked(earned, level="shadow"))
    assert newest(earned).level == "shadow"


@pytest.mark.parametrize("promote", ["person", "two"])
def test_the_cap_of_the_risk_class_is_said_on_the_page(
    earned: Workflow, alice: User, enter: Enter, promote: str
) -> None:
    dials(earned, risk="high", promote=promote)
    answer = enter(alice).post(at(earned, "level"), asked(earned, level="full_automation"))
    assert answer.status_code == 200
    assert "allows at most AI assistance" in answer.content.decode()
    assert newest(earned).level == "shadow"


def test_what_is_unearned_is_not_even_proposed(target: Workflow, alice: User, enter: Enter) -> None:
    dials(target, promote="two")
    answer = enter(alice).post(at(target, "level"), asked(target, level="partial_automation"))
    assert "Partial automation is not earned yet." in answer.content.decode()
    assert not Proposal.objects.exists()


def test_an_override_is_ticked_shown_in_red_and_ended(
    target: Workflow, alice: User, enter: Enter
) -> None:
    browser = enter(alice)
    page = browser.get(at(target, "level"), {"level": "full_automation"}).content.decode()
    assert "Override: decide every case, proven or not" in page
    assert "Not every case is certified." in page
    given = asked(target, level="full_automation", override="on")
    browser.post(at(target, "level"), given)
    assert (newest(target).level, newest(target).override) == ("full_automation", True)
    room = browser.get(at(target)).content.decode()
    assert "Override: every case is decided, proven or not" in room
    assert "End the override" in room
    page = browser.get(at(target, "level"), {"level": "full_automation"}).content.decode()
    assert "End the override?" in page
    browser.post(at(target, "level"), asked(target, level="full_automation"))
    assert (newest(target).level, newest(target).override) == ("full_automation", False)
    assert "Override: every case is decided" not in browser.get(at(target)).content.decode()


def test_without_the_tick_full_automation_decides_only_what_is_certified(
    target: Workflow, alice: User, enter: Enter
) -> None:
    browser = enter(alice)
    browser.post(at(target, "level"), asked(target, level="full_automation"))
    assert (newest(target).level, newest(target).override) == ("full_automation", False)
    room = browser.get(at(target)).content.decode()
    assert "so the model decides only what is certified" in room
    assert "Override the proof" in room
    answer = browser.post(at(target, "level"), asked(target, level="full_automation"))
    assert list(answer.context["form"].errors) == ["override"]
    given = asked(target, level="full_automation", override="on")
    browser.post(at(target, "level"), given)
    assert newest(target).override


@pytest.mark.parametrize("name", ["partial_automation", "ai_assistance"])
def test_a_forged_override_is_refused_on_the_page(
    target: Workflow, alice: User, enter: Enter, name: str
) -> None:
    answer = enter(alice).post(at(target, "level"), asked(target, level=name, override="on"))
    assert answer.status_code == 200
    assert "An override needs the level full_automation" in answer.content.decode()
    assert newest(target).level == "shadow"


def test_where_all_is_certified_no_override_is_offered(
    target: Workflow, alice: User, enter: Enter
) -> None:
    certifying.certify(proven(target, GRID.size - 1).pk)
    page = enter(alice).get(at(target, "level"), {"level": "full_automation"}).content.decode()
    assert "Raise to full automation" in page
    assert "proven or not" not in page


def test_under_a_fixed_threshold_there_is_nothing_to_override(
    spam: Workflow, alice: User, enter: Enter
) -> None:
    page = enter(alice).get(at(spam, "level"), {"level": "full_automation"}).content.decode()
    assert "proven or not" not in page


@pytest.mark.parametrize("door", ["promote", "proposal"])
def test_who_does_not_operate_here_is_kept_out(
    earned: Workflow, alice: User, audrey: User, other: Workflow, enter: Enter, door: str
) -> None:
    dials(earned, promote="two")
    proposal = proposed(earned, alice)
    stranger = factories.person("stranger", Role.OPERATOR, workflow=other)
    given = asked(earned, proposal=proposal.pk, answer="confirm")
    assert enter(audrey).get(at(earned, door)).status_code == 403
    assert enter(audrey).post(at(earned, door), given).status_code == 403
    kept = enter(stranger).post(at(earned, door), given)
    assert kept.status_code in {302, 404}
    assert enter(stranger).post(at(other, "proposal"), given, follow=True).status_code == 200
    proposal.refresh_from_db()
    assert proposal.state == "open"
    assert newest(earned).level == "shadow"
