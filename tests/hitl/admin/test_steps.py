"""The next step in the control room: each thing it needs, what to do, and who may do it."""

import pytest
from django.contrib.auth.models import User

from hitl.admin import steps
from hitl.domain.evidence.needs import Need
from hitl.domain.roles import Role
from hitl.models import Workflow
from hitl.services import workflows
from hitl.services.evidence import certifying, climbing, proposing
from tests import factories
from tests.hitl.admin.conftest import Enter, at
from tests.hitl.services.evidence.test_certifying import GRID, TARGET, proven
from tests.reviews.desks import dials, level

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(spam: Workflow) -> Workflow:
    return dials(spam, threshold=TARGET, audit_share=0.1)


def test_what_is_missing_is_counted_and_stands_first(
    target: Workflow, alice: User, enter: Enter
) -> None:
    card = steps.card(target, alice)
    missing, met = card["missing"], card["met"]
    assert {one.name for one in missing} >= {"Thresholds", "Certified"}
    assert (
        f"{len(missing)} of the {len(missing) + len(met)} things that it needs are missing"
        in card["climb_lead"]
    )
    page = enter(alice).get(at(target)).content.decode()
    assert "0 of 400 confidences" in page
    assert "See the evidence" in page
    assert "Take the next step:" not in page


def test_an_earned_step_names_its_button_by_who_takes_it(target: Workflow, alice: User) -> None:
    certifying.certify(proven(target, 20).pk)
    assert steps.card(target, alice)["climb_verb"] == (
        "Take the next step: raise to partial automation"
    )
    assert "is earned" in steps.card(target, alice)["climb_lead"]
    dials(target, promote="two")
    assert steps.card(target, alice)["climb_verb"] == (
        "Propose the next step: raise to partial automation"
    )
    dials(target, promote="itself")
    assert any("by itself" in note for note in steps.card(target, alice)["climb_notes"])


def test_a_proposal_shows_each_person_what_they_can_do(
    target: Workflow, alice: User, audrey: User, enter: Enter
) -> None:
    certifying.certify(proven(target, 20).pk)
    dials(target, promote="two")
    olga = factories.person("olga", Role.OPERATOR, workflow=target)
    proposing.promote(target, by=alice, reason="a good month")
    pages = {
        user.get_username(): enter(user).get(at(target)).content.decode()
        for user in (alice, olga, audrey)
    }
    assert all("a good month" in page for page in pages.values())
    assert "Withdraw the proposal" in pages["alice"]
    assert "See its effect and confirm" not in pages["alice"]
    assert "See its effect and confirm" in pages["olga"]
    assert "Refuse the proposal" in pages["olga"]
    assert "proposal</button>" not in pages["audrey"]
    assert "Propose the next step" not in "".join(pages.values())


def test_a_fixed_threshold_says_how_to_switch_to_a_target(
    spam: Workflow, alice: User, enter: Enter
) -> None:
    page = enter(alice).get(at(spam)).content.decode()
    assert "The model&#x27;s threshold is 0.9, chosen by hand." in page
    assert "Set a target" in page


def test_without_a_model_the_page_says_where_one_comes_from(enter: Enter) -> None:
    bread = factories.workflow("bread")
    olive = factories.person("olive", Role.OPERATOR)
    page = enter(olive).get(at(bread)).content.decode()
    assert "No model answers" in page
    assert "register a model" in page


def test_at_the_top_there_is_no_next_step(target: Workflow, alice: User) -> None:
    level(target, "full_automation")
    card = steps.card(target, alice)
    assert card["climb"] is None
    assert card["climb_lead"] == "There is no step above full automation."
    assert card["may_override"]
    assert "only what is certified" in card["climb_notes"][0]
    certifying.certify(proven(target, GRID.size - 1).pk)
    card = steps.card(target, alice)
    assert (card["may_override"], card["climb_notes"]) == (False, [])


def test_a_small_team_is_told_what_it_cannot_have(
    target: Workflow, alice: User, enter: Enter
) -> None:
    dials(target, promote="two")
    page = enter(alice).get(at(target)).content.decode()
    assert "What this team cannot have" in page
    assert "Two people have to raise the level, and fewer may" in page


def test_an_override_names_who_and_why_from_its_first_revision(
    target: Workflow, alice: User
) -> None:
    workflows.set_level(target, "full_automation", by=alice, reason="a fair", override=True)
    dials(target, undo_seconds=33)
    card = steps.card(target, alice)
    assert (card["override_by"], card["override_from"].reason) == ("alice", "a fair")
    assert not card["may_override"]


@pytest.mark.parametrize(
    ("need", "figure", "part"),
    [
        (Need("thresholds", met=False, have=100, need=400, text=""), "100 of 400 confidences", 25),
        (Need("certified", met=False, have=0.1, need=0.2, text=""), "10.0 %, needed 20 %", 50),
        (Need("certified", met=True, have=0.3, need=0.0, text=""), "30.0 %, needed 0 %", 100),
        (Need("audits", met=True, have=0.05, need=0.0, text=""), "5 %", None),
        (Need("lapse", met=True, have=12.2, need=0.0, text=""), "12 days left", None),
        (Need("stop", met=False, have=0.0, need=1.0, text=""), "", None),
    ],
    ids=lambda one: getattr(one, "name", ""),
)
def test_what_can_be_counted_has_a_figure(
    spam: Workflow, need: Need, figure: str, part: float | None
) -> None:
    shown = steps.condition(spam, need)
    assert (shown.figure, shown.part) == (figure, part)


def test_every_need_of_the_ladder_has_a_name_for_people(target: Workflow) -> None:
    dials(target, reviewer_errors=True)
    names = {
        need.name
        for wanted in ("shadow", "partial_automation", "full_automation")
        for need in climbing.needs(target, wanted).needs
    }
    assert names <= set(steps.NAMES)
    assert set(steps.WAYS) <= set(steps.NAMES)
