"""What the guard sees becomes more audits, or the way back to people."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from hitl.domain.evidence.guard import Guard, Temperature
from hitl.models import Condition, Epoch, Workflow
from hitl.services import workflows
from hitl.services.evidence import certifying, comparing, guarding
from hitl.services.evidence.telling import ROLLED_BACK
from tests.hitl.services.evidence.test_certifying import TARGET, live, proven
from tests.reviews.desks import decisions, dials, first_in, level, send

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


@pytest.fixture
def target(spam: Workflow) -> Workflow:
    """Certified, with 5 % audits."""
    level(spam, "partial_automation")
    dials(spam, threshold=TARGET, audit_share=0.05)
    assert certifying.certify(proven(spam, 20).pk, NOW) is not None
    return spam


def feel(temperature: Temperature, *, automated: int = 0, **more: Any) -> Epoch:
    """The guard of the open epoch, after so many automated cases."""
    epoch = Epoch.objects.get(closed=None)
    guard = Guard((4e5,) * 6, (0.0,) * 6, 700, temperature)
    until = (NOW + timedelta(days=1)).isoformat()
    epoch.guard = {
        **msgspec.to_builtins(guard),
        "target": [0.02, "wrong"],
        "automated": {"cases": automated, "until": until},
        **more,
    }
    epoch.save()
    return epoch


def act(temperature: Temperature, **given: Any) -> Temperature:
    return guarding.act(feel(temperature, **given).pk, NOW)


def audits(workflow: Workflow) -> float:
    return float(workflows.in_force(workflow).more_audits)


def test_a_new_certificate_begins_with_many_audits(target: Workflow) -> None:
    assert audits(target) == 0.5
    act(Temperature.COLD)
    assert audits(target) == 0.5


@pytest.mark.parametrize(
    ("automated", "share"),
    [
        pytest.param(1000, 0.5, id="still half"),
        pytest.param(1001, 0.25, id="a quarter"),
        pytest.param(5000, 0.1, id="a tenth"),
        pytest.param(10_000, 0.0, id="the policy's"),
        pytest.param(90_000, 0.0, id="never less"),
    ],
)
def test_they_decay_with_what_was_automated(target: Workflow, automated: int, share: float) -> None:
    act(Temperature.COLD, automated=automated)
    assert audits(target) == share


def test_warm_audits_ten_times_as_many(target: Workflow) -> None:
    dials(target, audit_share=0.01)
    act(Temperature.WARM, automated=90_000)
    assert audits(target) == 0.1
    revision = workflows.in_force(target)
    assert (revision.cause, revision.reason) == ("guard", guarding.WARM)
    act(Temperature.COLD, automated=90_000)
    assert audits(target) == 0.0
    assert workflows.in_force(target).reason == guarding.CALM


def test_without_a_share_in_the_policy_the_least_one_counts(target: Workflow) -> None:
    dials(target, audit_share=0.0)
    act(Temperature.WARM, automated=90_000)
    assert audits(target) == 0.1
    act(Temperature.COLD, automated=90_000)
    assert audits(target) == 0.0
    send(target)
    assert decisions() == [(1, "model", "yes")]
    assert target.cases.get().pi == 0.01


def test_a_policy_that_audits_all_needs_no_more(target: Workflow) -> None:
    dials(target, audit_share=1.0)
    act(Temperature.WARM)
    assert audits(target) == 0.0


def test_the_same_share_is_no_news(target: Workflow) -> None:
    act(Temperature.COLD)
    before = target.revisions.count()
    act(Temperature.COLD)
    assert target.revisions.count() == before


def test_without_a_certificate_there_is_nothing_to_audit_more(spam: Workflow) -> None:
    dials(level(spam, "shadow"), threshold=TARGET)
    before = spam.revisions.count()
    guarding.act(proven(spam, -1).pk, NOW)
    assert spam.revisions.count() == before


def test_hot_is_the_way_back(target: Workflow) -> None:
    assert act(Temperature.HOT) == Temperature.HOT
    revision = workflows.in_force(target)
    assert (revision.level, revision.more_audits, revision.cause) == ("shadow", 0.0, "guard")
    assert live(target) is None
    assert "evidence 400,000, limit 100,000, after 700 audits" in revision.reason
    assert Epoch.objects.get().closed == NOW
    told = Condition.objects.get(name=ROLLED_BACK)
    assert (told.workflow, told.numbers, told.since) == (target, {"audits": 700}, NOW)
    send(target)
    assert decisions() == []


def test_the_next_epoch_begins_cold_and_with_nothing_proven(target: Workflow) -> None:
    act(Temperature.HOT)
    old = Epoch.objects.get()
    new = comparing.epoch_of(target.pk, old.version_id)
    assert (new.no, new.counters, new.cursor) == (2, [], old.cursor)
    assert comparing.guard_of(new) == Guard()
    assert guarding.act(old.pk, NOW) == Temperature.HOT  # and nothing happens twice
    assert target.revisions.filter(cause="guard").count() == 1


def test_hot_ends_an_override(spam: Workflow) -> None:
    dials(spam, threshold=TARGET)
    workflows.set_level(spam, "full_automation", by=None, reason="test", override=True)
    proven(spam, -1)
    act(Temperature.HOT)
    revision = workflows.in_force(spam)
    assert (revision.level, revision.override) == ("shadow", False)


@pytest.mark.parametrize("name", ["human_only", "ai_assistance"])
def test_a_level_at_which_people_decide_stays(target: Workflow, name: str) -> None:
    level(target, name)
    act(Temperature.HOT)
    assert workflows.in_force(target).level == name
    assert live(target) is None
    assert not Condition.objects.exists()


def test_a_stop_stays(target: Workflow) -> None:
    workflows.set_stop(target, stopped=True, by=None, reason="test")
    act(Temperature.HOT)
    revision = workflows.in_force(target)
    assert (revision.level, revision.stopped) == ("shadow", True)


def test_what_an_operator_changes_meanwhile_stands(
    target: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    epoch = feel(Temperature.HOT)
    first_in(monkeypatch, workflows, lambda: dials(target, due_hours=5))
    guarding.act(epoch.pk, NOW)
    revision = workflows.in_force(target)
    assert (revision.level, revision.policy["due_hours"]) == ("shadow", 5)
    assert live(target) is None


def test_audits_go_by_the_policy_that_an_operator_sets_meanwhile(
    target: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    act(Temperature.COLD, automated=90_000)
    epoch = feel(Temperature.WARM, automated=90_000)
    first_in(monkeypatch, workflows, lambda: dials(target, audit_share=0.01))
    guarding.act(epoch.pk, NOW)
    assert audits(target) == 0.1


def test_nothing_is_taken_back_where_nobody_stated_a_target(target: Workflow) -> None:
    dials(target, threshold={"rule": "fixed", "threshold": 0.9})
    assert act(Temperature.HOT) == Temperature.HOT
    revision = workflows.in_force(target)
    assert (revision.level, revision.more_audits) == ("partial_automation", 0.0)
    assert Epoch.objects.get().closed is None


def test_errors_against_another_target_take_nothing_back(target: Workflow) -> None:
    """The guard begins anew as soon as more evidence is looked at."""
    act(Temperature.HOT, target=[0.01, "wrong"])
    assert workflows.in_force(target).level == "partial_automation"


def test_the_reason_of_a_roll_back_is_what_the_policy_lets_decide(target: Workflow) -> None:
    dials(target, guard="proof")
    act(Temperature.HOT)
    revision = workflows.in_force(target)
    assert revision.level == "shadow"
    assert "(proof 0, limit 20, after 700 audits)" in revision.reason
