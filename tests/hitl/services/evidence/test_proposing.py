"""Raising the level by people: by one, or by two where the policy wants four eyes."""

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User

from hitl.domain.roles import Role
from hitl.models import Proposal, Revision, Workflow
from hitl.services import workflows
from hitl.services.evidence import proposing
from hitl.services.evidence.certifying import certify
from models_registry.domain.errors import Conflict, Forbidden, Invalid, Missing
from tests import factories
from tests.hitl.services.evidence.test_certifying import GRID, TARGET, proven
from tests.reviews.desks import dials, level

pytestmark = pytest.mark.django_db
PARTIAL, FULL = "partial_automation", "full_automation"
State = Proposal.State


@pytest.fixture
def target(spam: Workflow) -> Workflow:
    """At shadow, with partial automation earned."""
    dials(spam, threshold=TARGET)
    certify(proven(spam, 20).pk)
    return spam


@pytest.fixture
def two(target: Workflow) -> Workflow:
    return dials(target, promote="two")


@pytest.fixture
def olga(spam: Workflow) -> User:
    return factories.person("olga", Role.OPERATOR, workflow=spam)


def at(workflow: Workflow) -> str:
    return workflows.in_force(workflow).level


def proposed(workflow: Workflow, by: User, name: str = PARTIAL, **given: Any) -> Proposal:
    made = proposing.set_level(workflow, name, by=by, reason="proven", **given)
    assert isinstance(made, Proposal)
    return made


# One person


def test_one_person_takes_the_step_that_is_earned(target: Workflow, alice: User) -> None:
    made = proposing.promote(target, by=alice, reason=" good enough ")
    assert isinstance(made, Revision)
    assert (made.level, made.by, made.cause) == (PARTIAL, alice, "person")
    assert made.reason.startswith("good enough Partial automation is earned.")


def test_what_is_not_earned_is_not_taken(target: Workflow, alice: User) -> None:
    level(target, PARTIAL)
    with pytest.raises(Conflict, match=r"Full automation is not earned yet\. 52.6 % certified"):
        proposing.promote(target, by=alice, reason="go")
    with pytest.raises(Invalid, match="Say why"):
        proposing.promote(level(target, "shadow"), by=alice, reason=" ")


def test_by_hand_one_person_sets_any_level(target: Workflow, alice: User) -> None:
    made = proposing.set_level(target, FULL, by=alice, reason="go", override=True)
    assert isinstance(made, Revision)
    assert made.override
    with pytest.raises(Invalid, match="Unknown automation level"):
        proposing.set_level(target, "autopilot", by=alice, reason="go")


# Two people


def test_a_raise_waits_for_another_person(two: Workflow, alice: User, olga: User) -> None:
    proposal = proposing.promote(two, by=alice, reason="good")
    assert isinstance(proposal, Proposal)
    assert at(two) == "shadow"
    made = proposing.confirm(two, proposal.pk, by=olga)
    assert (made.level, made.by) == (PARTIAL, olga)
    assert made.reason == "Proposed by alice: good"
    proposal.refresh_from_db()
    assert (proposal.state, proposal.closed_by) == (State.CONFIRMED, olga)
    assert proposal.closed is not None


def test_nobody_confirms_or_refuses_their_own(two: Workflow, alice: User) -> None:
    proposal = proposed(two, alice)
    with pytest.raises(Forbidden, match="Another person"):
        proposing.confirm(two, proposal.pk, by=alice)
    with pytest.raises(Forbidden, match="withdraw it"):
        proposing.refuse(two, proposal.pk, by=alice)
    assert at(two) == "shadow"


def test_another_person_refuses(two: Workflow, alice: User, olga: User) -> None:
    proposal = proposing.refuse(two, proposed(two, alice).pk, by=olga)
    assert (proposal.state, proposal.closed_by, at(two)) == (State.REFUSED, olga, "shadow")


def test_only_who_proposed_it_withdraws_it(two: Workflow, alice: User, olga: User) -> None:
    proposal = proposed(two, alice)
    with pytest.raises(Forbidden, match="refuse it"):
        proposing.withdraw(two, proposal.pk, by=olga)
    assert proposing.withdraw(two, proposal.pk, by=alice).state == State.WITHDRAWN


def test_a_proposal_is_answered_once(two: Workflow, alice: User, olga: User) -> None:
    proposal = proposed(two, alice)
    proposing.refuse(two, proposal.pk, by=olga)
    for answer in (proposing.confirm, proposing.refuse):
        with pytest.raises(Conflict, match="refused already"):
            answer(two, proposal.pk, by=olga)
    assert at(two) == "shadow"


def test_one_of_two_who_confirm_at_once_does(
    two: Workflow, alice: User, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal, root = proposed(two, alice), factories.person("root", Role.ADMIN)
    stale = Proposal.objects.select_related("by").get(pk=proposal.pk)
    proposing.confirm(two, proposal.pk, by=olga)
    monkeypatch.setattr(proposing, "_open", lambda *_: stale)
    with pytest.raises(Conflict, match="confirmed already"):
        proposing.confirm(two, proposal.pk, by=root)
    assert workflows.in_force(two).by == olga


def test_one_proposal_waits_at_a_time(two: Workflow, alice: User, olga: User) -> None:
    proposal = proposed(two, alice)
    with pytest.raises(Conflict, match="waits already"):
        proposed(two, olga)
    proposing.withdraw(two, proposal.pk, by=alice)
    assert proposed(two, olga).state == State.OPEN


def test_to_lower_it_nobody_is_asked(two: Workflow, alice: User) -> None:
    level(two, PARTIAL)
    made = proposing.set_level(two, "shadow", by=alice, reason="a complaint")
    assert isinstance(made, Revision)
    assert made.level == "shadow"


def test_what_could_not_come_into_force_is_not_proposed(two: Workflow, alice: User) -> None:
    with pytest.raises(Conflict, match="Full automation is not earned yet"):
        proposed(two, alice, FULL)
    with pytest.raises(Invalid, match="Say why"):
        proposing.set_level(two, PARTIAL, by=alice, reason=" ")
    with pytest.raises(Conflict, match="came in after the 1"):
        proposed(two, alice, seen=1)
    dials(two, risk="high")
    with pytest.raises(Conflict, match="allows at most"):
        proposed(two, alice)
    assert not Proposal.objects.exists()


def test_two_people_override_together(two: Workflow, alice: User, olga: User) -> None:
    with pytest.raises(Invalid, match="leave it out"):
        proposed(two, alice, PARTIAL, override=True)
    proposal = proposed(two, alice, FULL, override=True)
    assert not workflows.in_force(two).override
    made = proposing.confirm(two, proposal.pk, by=olga)
    assert (made.level, made.override) == (FULL, True)


def test_under_a_fixed_threshold_two_people_need_no_proof(
    spam: Workflow, alice: User, olga: User
) -> None:
    dials(spam, promote="two")
    proposal = proposed(spam, alice, FULL)
    assert proposing.confirm(spam, proposal.pk, by=olga).level == FULL


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"level": "ai_assistance"}, "at AI assistance by now", id="another level"),
        pytest.param({"level": PARTIAL}, "at Partial automation by now", id="already there"),
        pytest.param({"thresholds": {}}, "is not earned yet", id="no longer certified"),
        pytest.param({"stopped": True}, "End the stop", id="stopped"),
    ],
)
def test_what_changed_since_is_looked_at_again(
    two: Workflow, alice: User, olga: User, change: Any, said: str
) -> None:
    proposal = proposed(two, alice)
    workflows.append(two, lambda t: replace(t, **change), by=None, reason="since", cause="alarm")
    before = at(two)
    with pytest.raises(Conflict, match=said):
        proposing.confirm(two, proposal.pk, by=olga)
    proposal.refresh_from_db()
    assert (proposal.state, at(two)) == (State.OPEN, before)
    assert proposing.refuse(two, proposal.pk, by=olga).state == State.REFUSED


def test_a_lower_cap_is_looked_at_again(two: Workflow, alice: User, olga: User) -> None:
    proposal = proposed(two, alice)
    dials(two, risk="high")
    with pytest.raises(Conflict, match="allows at most"):
        proposing.confirm(two, proposal.pk, by=olga)


def test_the_proposal_of_another_workflow_is_none_here(two: Workflow, alice: User) -> None:
    proposal, other = proposed(two, alice), factories.workflow("ham")
    for answer in (proposing.confirm, proposing.refuse, proposing.withdraw):
        with pytest.raises(Missing, match="no such proposal"):
            answer(other, proposal.pk, by=alice)


def test_the_grid_of_these_tests_covers_what_the_messages_say() -> None:
    assert round(GRID.coverages[20], 3) == 0.526
