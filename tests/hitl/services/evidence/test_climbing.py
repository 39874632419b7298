"""Climbing: the next step as it stands, and taking it once it is earned."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from hitl.domain.evidence.ladder import Step
from hitl.models import Condition, Epoch, Prediction, Revision, Workflow
from hitl.services import workflows
from hitl.services.deadlines import AUDITS_OVERDUE
from hitl.services.evidence import climbing, working
from hitl.services.evidence.certifying import certify
from hitl.services.evidence.guarding import act
from models_registry.domain.errors import Conflict
from tests.hitl.services.evidence.test_certifying import GRID, TARGET, proven
from tests.reviews.desks import dials, level, send

pytestmark = pytest.mark.django_db
PARTIAL, FULL = "partial_automation", "full_automation"
ALL = GRID.size - 1


@pytest.fixture
def target(spam: Workflow) -> Workflow:
    """At shadow, with a target, climbing by itself."""
    return dials(spam, threshold=TARGET, promote="itself")


def counted(workflow: Workflow, up_to: int) -> Epoch:
    """An epoch whose counters prove the thresholds up to this one, and no other."""
    epoch = proven(workflow, up_to)
    epoch.counters[0][3] = [0 if i <= up_to else 30 for i in range(GRID.size)]
    epoch.save()
    return epoch


def certified(workflow: Workflow, up_to: int) -> Epoch:
    epoch = counted(workflow, up_to)
    certify(epoch.pk)
    return epoch


def at(workflow: Workflow) -> str:
    return workflows.in_force(workflow).level


def step_of(workflow: Workflow) -> Step:
    step = climbing.standing(workflow).step
    assert step is not None
    return step


def missing(workflow: Workflow) -> list[str]:
    return [need.name for need in step_of(workflow).missing]


# Where it stands


def test_before_the_thresholds_are_chosen_the_answers_so_far_are_counted(target: Workflow) -> None:
    working.earn()
    send(target)
    here = climbing.standing(target)
    assert here.ground.scores == Prediction.objects.count() == 1
    assert missing(target) == ["thresholds", "certified"]


def test_what_is_missing_is_told_in_clean_cases(target: Workflow) -> None:
    counted(target, -1)
    (need,) = step_of(target).missing
    assert need.name == "certified"
    assert "more clean cases are needed" in need.text
    assert climbing.standing(target).ground.to_least is not None


def test_what_is_certified_is_told_with_its_coverage(target: Workflow) -> None:
    certified(target, 20)
    here = climbing.standing(target)
    assert step_of(target).is_earned
    assert here.ground.coverage == GRID.coverages[20]
    assert here.ground.threshold == GRID.threshold(20)
    assert here.ground.lapses_in == pytest.approx(180, abs=0.1)


def test_a_target_that_was_not_bet_against_yet_is_reckoned_from_the_counters(
    target: Workflow,
) -> None:
    certified(target, ALL)
    dials(target, threshold=TARGET | {"max_error": 0.01})
    ground = climbing.standing(target).ground
    assert ground.threshold is None
    assert ground.to_least is not None
    assert 0 < ground.to_least.cases < 400


def test_a_mean_distance_without_evidence_needs_some(target: Workflow) -> None:
    dials(target, threshold=TARGET | {"loss": "distance"})
    counted(target, ALL)
    ground = climbing.standing(target).ground
    assert ground.to_least is not None
    assert ground.to_least.cases > 200


def test_where_nothing_can_be_proven_it_says_why(target: Workflow) -> None:
    dials(target, reviewer_errors=True)
    counted(target, ALL)
    here = climbing.standing(target)
    assert here.ground.to_least is None
    assert "reviewers" in missing(target)
    assert "known answers" in here.ground.obstacle


def test_a_fixed_threshold_is_no_step_to_automation(spam: Workflow) -> None:
    counted(spam, ALL)
    assert "target" in missing(spam)


def test_who_may_judge_and_operate_is_counted(target: Workflow, alice: User, bob: User) -> None:
    ground = climbing.standing(target).ground
    assert (ground.reviewers, ground.operators) == (2, 1)  # operators judge as well


# Taking it


def test_from_shadow_to_partial_automation_when_it_is_earned(target: Workflow) -> None:
    counted(target, 20)
    working.earn()
    made = workflows.in_force(target)
    assert (made.level, made.cause, made.by) == (PARTIAL, "certificate", None)
    assert made.reason.startswith("Partial automation is earned. The target: at most 2 %")
    assert "52.6 % of cases" in made.reason


def test_on_to_full_automation_when_the_whole_population_is_certified(target: Workflow) -> None:
    counted(target, 20)
    working.earn()
    working.earn()
    assert at(target) == PARTIAL
    counted(target, ALL)
    working.earn()
    made = workflows.in_force(target)
    assert (made.level, made.override) == (FULL, False)


def test_it_is_taken_once(target: Workflow) -> None:
    counted(target, 20)
    working.earn()
    no = workflows.in_force(target).no
    working.earn()
    assert climbing.climb(target.pk) is None
    assert workflows.in_force(target).no == no


@pytest.mark.parametrize(
    ("dial", "value"),
    [("promote", "person"), ("promote", "two"), ("risk", "high"), ("least_coverage", 0.6)],
)
def test_it_is_not_taken_against_the_policy(target: Workflow, dial: str, value: Any) -> None:
    dials(target, **{dial: value})
    counted(target, 20)
    working.earn()
    assert at(target) == "shadow"


def test_it_never_goes_above_the_cap(target: Workflow) -> None:
    dials(target, risk="medium")
    counted(target, ALL)
    for _ in range(3):
        working.earn()
    assert at(target) == PARTIAL


def test_it_is_not_taken_while_stopped(target: Workflow) -> None:
    workflows.set_stop(target, stopped=True, by=None, reason="look")
    counted(target, 20)
    working.earn()
    assert at(target) == "shadow"
    workflows.set_stop(target, stopped=False, by=None, reason="fine")
    working.earn()
    assert at(target) == PARTIAL


def test_it_is_not_taken_while_audits_wait(target: Workflow) -> None:
    now = datetime.now(UTC)
    Condition.objects.create(workflow=target, name=AUDITS_OVERDUE, numbers={}, since=now)
    counted(target, 20)
    working.earn()
    assert at(target) == "shadow"
    assert missing(target) == ["audits_done"]


def test_it_is_not_taken_from_where_the_model_is_not_asked(target: Workflow) -> None:
    certified(level(target, "human_only"), 20)
    assert climbing.climb(target.pk) is None


# People come first


def test_whoever_lowers_it_is_not_overruled(target: Workflow, alice: User) -> None:
    counted(target, 20)
    working.earn()
    workflows.set_level(target, "shadow", by=alice, reason="a complaint")
    counted(target, 30)  # even by more proof
    working.earn()
    assert at(target) == "shadow"


def test_it_goes_no_higher_than_a_person_has_lowered_it_to(target: Workflow, alice: User) -> None:
    counted(target, ALL)
    working.earn()
    working.earn()
    assert at(target) == FULL
    workflows.set_level(target, PARTIAL, by=alice, reason="some by hand")
    workflows.append(target, _to_shadow, by=None, reason="alarm", cause="guard")
    working.earn()
    assert at(target) == PARTIAL
    working.earn()
    assert at(target) == PARTIAL


def test_whoever_raises_it_lets_it_go_on(target: Workflow, alice: User) -> None:
    certified(target, ALL)
    workflows.set_level(target, PARTIAL, by=alice, reason="go")
    workflows.set_level(target, "shadow", by=alice, reason="wait")
    assert climbing.climb(target.pk) is None
    workflows.set_level(target, PARTIAL, by=alice, reason="go on")
    made = climbing.climb(target.pk)
    assert made is not None
    assert made.level == FULL


def test_whoever_sets_promote_anew_lets_it_go_on(target: Workflow) -> None:
    certified(level(level(target, PARTIAL), "shadow"), 20)
    assert climbing.climb(target.pk) is None
    dials(target, promote="person")
    dials(target, promote="itself")
    made = climbing.climb(target.pk)
    assert made is not None
    assert made.level == PARTIAL


def test_an_operator_who_was_first_wins(
    target: Workflow, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    certified(target, 20)
    standing = climbing.standing

    def slowly(workflow: Workflow, now: datetime | None = None) -> climbing.Standing:
        found = standing(workflow, now)
        workflows.set_stop(target, stopped=True, by=alice, reason="look")
        return found

    monkeypatch.setattr(climbing, "standing", slowly)
    assert climbing.climb(target.pk) is None
    last = workflows.in_force(target)
    assert (last.level, last.stopped, last.by) == ("shadow", True, alice)


def test_after_a_roll_back_it_has_to_be_earned_anew(target: Workflow) -> None:
    epoch = counted(target, 20)
    working.earn()
    epoch.refresh_from_db()
    hot = epoch.guard | {"temperature": "hot"}
    Epoch.objects.filter(pk=epoch.pk).update(guard=hot)
    act(epoch.pk)
    assert at(target) == "shadow"
    working.earn()
    assert at(target) == "shadow"
    assert "certified" in missing(target)


def test_a_certificate_that_has_lapsed_is_no_step(target: Workflow) -> None:
    dials(target, promote="person")
    certified(target, 20)
    late = datetime.now(UTC) + timedelta(days=181)
    assert [n.name for n in climbing.needs(target, PARTIAL, late).missing] == ["lapse"]


def test_what_is_not_earned_is_refused_with_what_is_missing(target: Workflow) -> None:
    counted(target, -1)
    with pytest.raises(Conflict, match=r"is not earned yet\. Nothing certified"):
        climbing.earned(climbing.standing(target))
    with pytest.raises(Conflict, match="no step above Full automation"):
        climbing.earned(climbing.standing(level(target, FULL)))


def _to_shadow(terms: workflows.Terms) -> workflows.Terms:
    return replace(terms, level="shadow")


def test_the_history_of_levels_is_read_as_far_as_needed(target: Workflow) -> None:
    certified(target, 20)
    Revision.objects.filter(no=1).update(policy={})  # from before there was the dial
    made = climbing.climb(target.pk)
    assert made is not None
    assert made.level == PARTIAL
