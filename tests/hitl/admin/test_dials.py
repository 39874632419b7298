"""Policies and revisions in words."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from hitl.admin import dials
from hitl.domain.policy import Fixed, Policy, PoolRule, Target
from hitl.services.workflows import Terms
from models_registry.models import new_id

TERMS = Terms(
    level="shadow",
    stopped=False,
    policy={},
    schema={},
    answer={},
    champion=None,
    challenger=None,
    share=0.0,
    thresholds={},
)


def test_thresholds_and_shares_in_words() -> None:
    assert dials.threshold(Policy(threshold=Fixed(0.85))) == "fixed at 0.85"
    said = dials.threshold(Policy(threshold=Target(0.02, 0.95)))
    assert said == "target: at most 2 % wrong, at 95 % confidence"
    exact = Policy(threshold=Target(0.05, 0.99, "distance", by_class=True))
    assert dials.threshold(exact) == (
        "target: at most a mean distance of 5 %, at 99 % confidence, "
        "also for every answer by itself"
    )
    assert dials.second_look(exact) == "yes (always under a target)"
    assert dials.blind(Policy()) == "10 % (automatic)"
    assert dials.blind(Policy(blind_share=0.25)) == "25 %"


def test_every_part_of_a_revision_has_a_word_when_it_changes() -> None:
    version = new_id()
    after = Terms(
        level="full_automation",
        stopped=True,
        policy={"audit_share": 0.1, "reviews_required": 3, "pools": [{"name": "legal"}]},
        schema={"type": "object"},
        answer={"classes": []},
        champion=version,
        challenger=version,
        share=0.1,
        thresholds={"x": 0.5},
        more_audits=0.5,
        override=True,
    )
    assert dials.changes(TERMS, after, {version: "m v2"}) == [
        "Automation stopped",
        "Level: Shadow → Full automation",
        "Override: every case decided without proof, from now on",
        "Audit share: 5 % → 10 %",
        "People per case: 1 → 3",
        "New pool legal: for everybody",
        "Champion: none → m v2",
        "Challenger: none → m v2",
        "Challenger's share: 0 % → 10 %",
        "More audits: none → at least 50 %",
        "Input schema changed",
        "Answer changed",
        "Live thresholds changed",
    ]
    assert dials.changes(after, replace(after, stopped=False), {}) == ["Stop ended"]
    assert dials.changes(after, replace(after, override=False), {}) == [
        "Override: every case decided without proof, no longer"
    ]
    assert dials.changes(TERMS, TERMS, {}) == ["Nothing"]
    assert dials.changes(None, TERMS, {}) == ["Created at shadow"]


MOVED: list[tuple[dict[str, Any], str]] = [
    ({"threshold": Target()}, "Threshold rule: fixed at 0.9 → target: at most 2 % wrong"),
    ({"audit_share": 0.5}, "Audit share: 5 % → 50 %"),
    ({"blind_share": 1.0}, "Blind share: 10 % (automatic) → 100 %"),
    ({"audit_supersedes": False}, "An audit that differs replaces the decision: yes → no"),
    ({"second_look": True}, "Second look: no → yes"),
    ({"agreement_share": 0.1}, "Share of agreements judged twice: 0 % → 10 %"),
    ({"reviewer_errors": True}, "Allow for what reviewers miss: no → yes"),
    ({"promote": "two"}, "Who takes the next step: a person → two people"),
    ({"guard": "proof"}, "What takes the model back: the detector → the proof"),
    ({"risk": "high"}, "Risk class: low → high"),
    ({"least_coverage": 0.5}, "Share certified before partial automation: 20 % → 50 %"),
    ({"lapse_cases": 0}, "Certificates lapse by cases: 100,000 cases → never"),
    ({"lapse_days": 30}, "Certificates lapse by time: 180 days → 30 days"),
    ({"reviews_required": 2}, "People per case: 1 → 2"),
    ({"consensus": "majority"}, "Consensus: unanimous → majority"),
    ({"undo_seconds": 0}, "Time to undo: 10 s → 0 s"),
    ({"lease_minutes": 5}, "Lease: 10 min → 5 min"),
    ({"due_hours": 48}, "Due after: 24 h → 48 h"),
    ({"audit_due_hours": 24}, "Audits due after: 72 h → 24 h"),
    ({"on_lapse": "raise"}, "When a case is overdue: stays in the queue → goes before all"),
    ({"safe_default": "no"}, "Safe default: none → no"),
    ({"two_stage": True}, "Two answers where the suggestion is hidden: no → yes"),
    ({"blur": True}, "Blur pictures: no → yes"),
    ({"greyscale": True}, "Pictures without colour: no → yes"),
    ({"mute": True}, "Mute sound: no → yes"),
    ({"break_minutes": 45}, "Remind of a break after: never → 45 min"),
    ({"gold_share": 0.05}, "Share of known answers: 0 % → 5 %"),
    ({"gold_bar": 0.9}, "Least share right: 80 % → 90 %"),
    ({"gold_least": 20}, "Judged after: 10 → 20"),
    ({"onboarding": 5}, "Onboarding: 0 → 5"),
    ({"redo_opens": True}, "A redo opens the case again: no → yes"),
    ({"pools": (PoolRule("legal", ("law",), "", 30),)}, "New pool legal: for people with law,"),
]


@pytest.mark.parametrize(("moved", "said"), MOVED, ids=lambda one: str(one)[:20])
def test_each_dial_that_moves_is_spelled_out(moved: dict[str, Any], said: str) -> None:
    told = [*dials.policy_changes(Policy(), Policy(**moved))]
    assert told[0].startswith(said)
    # The automatic blind share and the second look follow the rule.
    assert len(told) == 1 + 2 * ("threshold" in moved)


def test_every_dial_has_its_words() -> None:
    spelled = {name for moved, _ in MOVED for name in moved} | {"adjudication_pool"}
    assert spelled == set(Policy.__struct_fields__)


def test_pools_are_told_one_by_one() -> None:
    a, b = PoolRule("a", ("x", "y"), "b", 30), PoolRule("b")
    before = Policy(pools=(a, b), adjudication_pool="b")
    after = Policy(pools=(b, msgspec.structs.replace(a, escalates_to="", after_minutes=5)))
    assert list(dials.policy_changes(before, after)) == [
        "Who settles conflicts: b → everybody",
        "Pool a: for people with x and y, after 30 min on to b → "
        "for people with x and y, after 5 min on to everybody",
        "Order of pools: b, a",
    ]
    assert list(dials.policy_changes(Policy(pools=(b,)), Policy())) == [
        "Pool b is gone; what waits there goes to everybody"
    ]
    assert dials.pool(PoolRule("a", (), "b")) == "for everybody, leads to b (no time is set)"


OWN = {"Pools", "Known answers", "Blind answers", "Shown with", "Risk class", "What reviewers miss"}


def test_the_control_room_names_what_differs_from_how_policies_come() -> None:
    usual = dict(dials.terms(Policy()))
    assert usual["Judged by"] == "1 person"
    assert usual["Overdue"] == "stays in the queue"
    assert not OWN & set(usual)
    busy = Policy(
        reviews_required=3,
        consensus="majority",
        pools=(PoolRule("a"), PoolRule("b")),
        gold_share=0.05,
        on_lapse="default",
        safe_default="no",
        two_stage=True,
        risk="medium",
        promote="two",
        reviewer_errors=True,
        blur=True,
        break_minutes=45,
    )
    told = dict(dials.terms(busy))
    assert told["Judged by"] == "3 people, majority"
    assert told["Overdue"] == "gets the safe default “no”"
    assert told["Next step"] == "taken by two people"
    assert (told["Risk class"], told["What reviewers miss"]) == ("medium", "tightens the target")
    assert told["Blind answers"] == "given twice: before the suggestion and with it"
    assert told["Shown with"] == "pictures blurred, a break every 45 min"
    assert (told["Pools"], told["Known answers"]) == ("a, b", "5 %")
