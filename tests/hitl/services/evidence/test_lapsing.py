"""A certificate lapses after so many cases or days, unless what came since proves it anew."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hitl.models import Case, Certificate, Condition, Epoch, Workflow
from hitl.services import workflows
from hitl.services.evidence import certifying, comparing, lapsing
from hitl.services.evidence.telling import LAPSED
from tests.hitl.services.evidence.test_certifying import TARGET, live, proven
from tests.reviews.desks import dials, level, send

pytestmark = pytest.mark.django_db
START = datetime.now(UTC)
INDEX = 20


@pytest.fixture
def target(spam: Workflow) -> Workflow:
    """Certified at the start, for ten days."""
    level(spam, "partial_automation")
    dials(spam, threshold=TARGET, lapse_days=10, lapse_cases=0)
    assert certifying.certify(proven(spam, INDEX).pk, START) is not None
    return spam


def keep(workflow: Workflow, days: float) -> Certificate | None:
    version = workflows.in_force(workflow).champion_id
    assert version is not None
    return lapsing.keep(workflow.pk, version, START + timedelta(days=days))


def judged(cases: int, errors: int = 0) -> None:
    """So many more blind answers reach the certified threshold."""
    epoch = Epoch.objects.get(closed=None)
    (group,) = epoch.counters
    group[2] = [n + cases for n in group[2]]
    group[3] = [x + errors for x in group[3]]
    epoch.save()


def test_it_holds_for_its_days(target: Workflow) -> None:
    assert keep(target, 9.9) is None
    assert live(target) is not None
    assert not Condition.objects.exists()


def test_it_lapses_when_they_are_over(target: Workflow) -> None:
    assert keep(target, 10.0) is None
    assert live(target) is None
    revision = workflows.in_force(target)
    assert (revision.level, revision.cause, revision.by) == (
        "partial_automation",
        "certificate",
        None,
    )
    assert "has lapsed" in revision.reason
    told = Condition.objects.get(name=LAPSED)
    assert told.numbers["days"] == 10
    send(target)
    assert Case.objects.get().reason == "nothing_certified"


def test_what_was_proven_before_counts_no_more(target: Workflow) -> None:
    keep(target, 10.0)
    old = Epoch.objects.get()
    assert old.closed is not None
    assert certifying.certify(old.pk) is None
    new = comparing.epoch_of(target.pk, old.version_id)
    assert (new.no, new.counters, new.cursor) == (2, [], old.cursor)


def test_a_new_certificate_ends_the_condition(target: Workflow) -> None:
    keep(target, 10.0)
    assert certifying.certify(proven(target, INDEX).pk) is not None
    assert live(target) is not None
    assert not Condition.objects.exists()


def automate(n: int) -> None:
    """So many cases came in and were automated since the start."""
    epoch = Epoch.objects.get(closed=None)
    known = {"cases": n, "until": (START + timedelta(days=9)).isoformat()}
    epoch.guard = {**epoch.guard, "automated": known}
    epoch.save()


def test_it_lapses_after_so_many_automated_cases(target: Workflow) -> None:
    Certificate._base_manager.update(lapses_at=None)
    row = Certificate.objects.get()
    Certificate._base_manager.update(numbers={**row.numbers, "lapse_cases": 1000, "automated": 50})
    automate(1049)
    assert keep(target, 1.0) is None
    assert live(target) is not None
    automate(1050)
    keep(target, 1.0)
    assert live(target) is None
    assert Condition.objects.get(name=LAPSED).numbers["cases"] == 1000


def test_one_without_a_term_holds_for_ever(spam: Workflow) -> None:
    dials(level(spam, "partial_automation"), threshold=TARGET, lapse_days=0, lapse_cases=0)
    certifying.certify(proven(spam, INDEX).pk, START)
    assert keep(spam, 10_000) is None
    assert live(spam) is not None


def test_what_came_since_renews_it(target: Workflow) -> None:
    before = Certificate.objects.get()
    judged(300)
    made = keep(target, 6.0)
    assert made is not None
    assert made.numbers["renews"] == str(before.pk)
    assert made.numbers["log_wealth"] >= made.numbers["needed"]
    assert made.threshold == live(target) == before.threshold
    assert made.lapses_at == START + timedelta(days=16)
    assert keep(target, 10.0) is None
    assert live(target) is not None


def test_it_is_not_renewed_early(target: Workflow) -> None:
    judged(300)
    assert keep(target, 4.9) is None
    assert Certificate.objects.count() == 1


def test_old_proof_renews_nothing(target: Workflow) -> None:
    """The 300 clean cases of the certificate itself would be enough."""
    judged(20)
    assert keep(target, 6.0) is None
    keep(target, 10.0)
    assert live(target) is None


def test_errors_since_keep_it_from_being_renewed(target: Workflow) -> None:
    judged(300, errors=9)
    assert keep(target, 6.0) is None


def test_a_renewal_counts_for_itself(target: Workflow) -> None:
    """What renewed it once does not renew it twice."""
    judged(300)
    assert keep(target, 6.0) is not None
    assert keep(target, 12.0) is None
    keep(target, 16.0)
    assert live(target) is None


def test_a_mean_distance_is_renewed_by_what_came_since(target: Workflow) -> None:
    dials(target, threshold=TARGET | {"loss": "distance"})
    epoch = Epoch.objects.get()
    epoch.goal = {"max_error": 0.02, "loss": "distance"}
    epoch.losses = [[9.0] * 16 for _ in epoch.best]
    epoch.save()
    row = Certificate.objects.get()
    numbers = {**row.numbers, "loss": "distance", "losses": [8.0] * 16}
    Certificate._base_manager.update(numbers=numbers)
    workflow_live(target, row.threshold)
    assert keep(target, 6.0) is None  # one nat since, of three that are needed
    Certificate._base_manager.update(numbers=numbers | {"losses": [5.0] * 16})
    made = keep(target, 6.0)
    assert made is not None
    assert made.numbers["log_wealth"] == pytest.approx(4.0)


def workflow_live(workflow: Workflow, threshold: float) -> None:
    """This threshold is live, whatever another target made of it."""
    version = str(workflows.in_force(workflow).champion_id)
    workflows.append(
        workflow,
        lambda t: replace(t, thresholds={version: threshold}),
        by=None,
        reason="test",
    )


def test_without_a_target_none_lapses(target: Workflow) -> None:
    dials(target, threshold={"rule": "fixed", "threshold": 0.9})
    assert keep(target, 10.0) is None
    assert Epoch.objects.get().closed is None
