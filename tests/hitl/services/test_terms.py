"""What may come into force of a change."""

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User

from hitl.domain.roles import Role
from hitl.models import Workflow
from hitl.services import workflows
from hitl.services.evidence import certifying, working
from hitl.services.evidence.certifying import certify
from models_registry.domain.errors import Conflict, Forbidden, Invalid
from tests import factories
from tests.hitl.services.evidence.test_certifying import GRID, TARGET, live, proven
from tests.reviews.desks import decisions, dials, level, send

pytestmark = pytest.mark.django_db
FULL = "full_automation"


@pytest.fixture
def target(spam: Workflow) -> Workflow:
    return dials(level(spam, FULL), threshold=TARGET)


def overridden(workflow: Workflow) -> Workflow:
    workflows.set_level(workflow, FULL, by=None, reason="a flood", override=True)
    return workflow


def test_terms_are_what_the_revision_says(target: Workflow) -> None:
    row = workflows.in_force(overridden(target))
    said = workflows.terms(row)
    assert (said.level, said.champion, said.override) == (FULL, row.champion_id, True)
    assert said.policy == row.policy


# The cap


def test_no_level_above_the_cap_comes_into_force(spam: Workflow, alice: User) -> None:
    dials(spam, risk="high")
    with pytest.raises(Conflict, match="allows at most AI assistance"):
        workflows.set_level(spam, "partial_automation", by=alice, reason="sure")
    assert workflows.set_level(spam, "ai_assistance", by=alice, reason="help").level


def test_no_risk_class_comes_in_below_the_level(target: Workflow) -> None:
    with pytest.raises(Invalid, match="lower the level first"):
        dials(target, risk="medium")
    assert dials(level(target, "partial_automation"), risk="medium")


def test_a_workflow_begins_below_its_cap(db: None) -> None:
    with pytest.raises(Invalid, match="Begin there"):
        factories.workflow("ham", level=FULL, policy={"risk": "medium"})


# Overrides


def test_an_override_decides_what_is_not_certified(target: Workflow) -> None:
    send(target)
    assert decisions() == []
    send(overridden(target), text="two")
    assert decisions() == [(1, "model", "yes")]


@pytest.mark.parametrize("name", ["partial_automation", FULL, "shadow"])
def test_setting_any_level_without_it_ends_an_override(target: Workflow, name: str) -> None:
    overridden(target)
    assert not workflows.set_level(target, name, by=None, reason="over").override


def test_an_override_ends_with_the_target_and_does_not_come_back(target: Workflow) -> None:
    dials(overridden(target), threshold={"rule": "fixed", "threshold": 0.9})
    assert not workflows.in_force(target).override
    dials(target, threshold=TARGET)
    assert not workflows.in_force(target).override


def test_an_override_ends_when_something_else_lowers_the_level(target: Workflow) -> None:
    overridden(target)
    lowered = workflows.append(
        target, lambda t: replace(t, level="shadow"), by=None, reason="alarm", cause="alarm"
    )
    assert not lowered.override


def test_an_override_where_it_says_nothing_is_refused(spam: Workflow) -> None:
    for name in ("partial_automation", FULL):
        with pytest.raises(Invalid, match="leave it out"):
            workflows.set_level(spam, name, by=None, reason="all", override=True)


def test_an_override_needs_a_reason(target: Workflow) -> None:
    with pytest.raises(Invalid, match="Say why"):
        workflows.set_level(target, FULL, by=None, reason=" ", override=True)


# Thresholds are proven for one target


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param({"threshold": TARGET | {"max_error": 0.01}}, id="less error"),
        pytest.param({"threshold": TARGET | {"confidence": 0.999}}, id="surer"),
        pytest.param({"threshold": TARGET | {"loss": "distance"}}, id="another loss"),
        pytest.param({"threshold": {"rule": "fixed", "threshold": 0.99}}, id="fixed"),
        pytest.param({"reviewer_errors": True}, id="what reviewers miss"),
    ],
)
def test_another_target_takes_the_thresholds_with_it(target: Workflow, policy: Any) -> None:
    certify(proven(target, 20).pk)
    no = workflows.in_force(target).no
    dials(target, **policy)
    row = workflows.in_force(target)
    assert (row.no, row.thresholds) == (no + 1, {})


def test_other_dials_leave_the_thresholds(target: Workflow) -> None:
    certify(proven(target, 20).pk)
    dials(target, audit_share=0.25, promote="itself", threshold=TARGET | {"by_class": True})
    assert live(target) == GRID.threshold(20)


def test_what_is_proven_for_the_new_target_as_well_is_certified_anew(target: Workflow) -> None:
    certify(proven(target, GRID.size - 1).pk)  # 300 clean cases: less than 5 % wrong, too
    dials(target, threshold=TARGET | {"max_error": 0.05})
    assert live(target) is None
    working.earn()
    assert live(target) == 0.0


def test_what_is_not_proven_for_a_stricter_target_stays_with_people(target: Workflow) -> None:
    certify(proven(target, GRID.size - 1).pk)
    dials(target, threshold=TARGET | {"max_error": 0.002})
    working.earn()
    assert live(target) is None
    send(target)
    assert decisions() == []


def test_a_target_that_moves_while_it_is_certified_keeps_its_thresholds_out(
    target: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_down = certifying.write_down

    def slowly(*args: Any, **numbers: Any) -> Any:
        dials(target, threshold=TARGET | {"max_error": 0.001})
        return write_down(*args, **numbers)

    monkeypatch.setattr(certifying, "write_down", slowly)
    certify(proven(target, 20).pk)
    assert live(target) is None


# Four eyes


def test_only_an_administrator_ends_four_eyes(spam: Workflow, alice: User) -> None:
    dials(spam, promote="two")
    for one in ("person", "itself"):
        with pytest.raises(Forbidden, match="only an administrator"):
            workflows.change(spam, by=alice, reason="quick", policy={"promote": one})
    workflows.change(spam, by=alice, reason="more", policy={"promote": "two", "audit_share": 0.1})
    root = factories.person("root", Role.ADMIN)
    made = workflows.change(spam, by=root, reason="one shift", policy={"promote": "person"})
    assert made.policy["promote"] == "person"


def test_an_operator_may_begin_four_eyes(spam: Workflow, alice: User) -> None:
    made = workflows.change(spam, by=alice, reason="care", policy={"promote": "two"})
    assert made.policy["promote"] == "two"
