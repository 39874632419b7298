"""Each predicted class by itself, where the target asks for it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User

from hitl.models import Certificate, Comparison, Epoch, Prediction, Workflow
from hitl.services import workflows
from hitl.services.evidence import certifying, comparing, slices
from models_registry.models import ModelVersion
from tests.hitl.services.evidence.compared import compared
from tests.hitl.services.evidence.test_certifying import TARGET, live
from tests.reviews.desks import dials, judge, send

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


@pytest.fixture
def spam(spam: Workflow) -> Workflow:
    rows: Any = ModelVersion._base_manager
    rows.filter(model=spam.model).update(classes=["yes", "no"])
    return dials(spam, threshold=TARGET | {"by_class": True}, second_look=False)


def model_says(*values: str) -> None:
    """What the model said of the cases, in order of time."""
    rows = Prediction.objects.order_by("case_id").values_list("pk", flat=True)
    for pk, value in zip(list(rows), values, strict=True):
        Prediction._base_manager.filter(pk=pk).update(value=value)


def cases_of(name: str) -> int:
    (group,) = Epoch.objects.get(slice=f"class:{name}").counters
    return int(group[2][-1])


def names() -> list[str]:
    rows = Epoch.objects.exclude(slice="").order_by("slice")
    return list(rows.values_list("slice", flat=True))


def test_each_class_counts_its_own(spam: Workflow, bob: User) -> None:
    epoch = compared(spam, bob, "yes", "yes", "yes")
    model_says("yes", "no", "yes")
    assert len(slices.count(epoch.pk)) == 2
    assert names() == ["class:no", "class:yes"]
    assert (cases_of("yes"), cases_of("no")) == (2, 1)


def test_nothing_counts_twice_and_what_comes_is_added(spam: Workflow, bob: User) -> None:
    epoch = compared(spam, bob, "yes", "yes")
    slices.count(epoch.pk)
    slices.count(epoch.pk)
    assert cases_of("yes") == 2
    send(spam, "one more")
    judge(bob, "yes")
    comparing.consume(epoch.pk, NOW + timedelta(minutes=5))
    slices.count(epoch.pk)
    assert cases_of("yes") == 3


def test_an_answer_that_is_no_class_is_in_no_slice(spam: Workflow, bob: User) -> None:
    epoch = compared(spam, bob, "yes")
    model_says("maybe")
    assert slices.count(epoch.pk) == []


def test_nobody_asks_for_them_by_default(spam: Workflow, bob: User) -> None:
    dials(spam, threshold=TARGET)
    assert slices.count(compared(spam, bob, "yes").pk) == []
    assert names() == []


def test_another_target_bets_anew_from_all_of_it(spam: Workflow, bob: User) -> None:
    epoch = compared(spam, bob, "yes", "yes")
    slices.count(epoch.pk)
    before = Epoch.objects.get(slice="class:yes")
    dials(spam, threshold=TARGET | {"by_class": True, "max_error": 0.1})
    slices.count(epoch.pk)
    after = Epoch.objects.get(slice="class:yes")
    assert after.goal == {"max_error": 0.1}
    assert max(after.best) > max(before.best)
    assert cases_of("yes") == 2


def test_a_mean_distance_is_bet_on_as_well(spam: Workflow, bob: User) -> None:
    dials(spam, threshold=TARGET | {"by_class": True, "loss": "distance"})
    epoch = compared(spam, bob, "yes")
    slices.count(epoch.pk)
    send(spam, "one more")
    judge(bob, "yes")
    comparing.consume(epoch.pk, NOW + timedelta(minutes=5))
    slices.count(epoch.pk)
    whole, one = Epoch.objects.get(slice=""), Epoch.objects.get(slice="class:yes")
    assert one.best == pytest.approx(whole.best)
    assert max(one.best) > 0.0


def test_they_end_with_the_epoch(spam: Workflow, bob: User) -> None:
    epoch = compared(spam, bob, "yes")
    slices.count(epoch.pk)
    comparing.close(epoch, NOW)
    assert not Epoch.objects.filter(closed=None).exists()
    assert slices.count(epoch.pk) == []


def proven(part: UUID) -> None:
    one = Epoch.objects.get(pk=part)
    one.best = [9.0] * len(one.best)
    one.save()


def test_a_proven_class_is_written_down_once_and_moves_nothing(spam: Workflow, bob: User) -> None:
    epoch = compared(spam, bob, "yes")
    before = workflows.in_force(spam).no
    (part,) = slices.count(epoch.pk)
    proven(part)
    made = certifying.certify(part, NOW)
    assert made is not None
    assert made.numbers["slice"] == "class:yes"
    assert certifying.certify(part, NOW) is None
    assert (workflows.in_force(spam).no, live(spam)) == (before, None)
    assert Certificate.objects.count() == 1
    assert Comparison.objects.filter(epoch=epoch).count() == 1
