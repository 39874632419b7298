"""What has counted before: the same input, or a case of the same subject a short time ago."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from hitl.models import Case, Comparison, Epoch, Prediction, Workflow
from hitl.services.evidence import comparing
from hitl.services.evidence.repeats import BURST, Known
from tests.hitl.services.evidence.compared import compared, known_scores, open_epoch
from tests.reviews.desks import judge, send

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def said(workflow: Workflow, text: str, subject: str = "", at: datetime = NOW) -> Prediction:
    """What the model said about a case that came in at that time."""
    case = send(workflow, text, subject=subject)
    Case.objects.filter(pk=case.pk).update(created=at)
    return Prediction.objects.select_related("case").get(case=case)


def repeats(workflow: Workflow, *predictions: Prediction) -> list[bool]:
    known = Known(open_epoch(workflow), predictions)
    return [known.repeats(one) for one in predictions]


def test_the_same_input_again_is_a_repeat(spam: Workflow) -> None:
    same = [said(spam, "same") for _ in range(2)]
    assert repeats(spam, same[0], said(spam, "other"), same[1]) == [False, False, True]


def test_a_subject_counts_once_in_a_burst(spam: Workflow) -> None:
    cases = [
        said(spam, "a", "customer 7"),
        said(spam, "b", "customer 8"),
        said(spam, "c", "customer 7", NOW + BURST - timedelta(seconds=1)),
        said(spam, "d", "customer 7", NOW + BURST),
    ]
    assert repeats(spam, *cases) == [False, False, True, False]


def test_a_trickle_of_one_subject_counts_once_a_day(spam: Workflow) -> None:
    """The burst is measured from what counted, not from the case before: 0, 10, 20, 30 hours."""
    cases = [said(spam, f"{i}", "customer 7", NOW + timedelta(hours=10 * i)) for i in range(4)]
    assert repeats(spam, *cases) == [False, True, True, False]


def test_cases_without_a_subject_are_no_burst(spam: Workflow) -> None:
    assert repeats(spam, *[said(spam, f"{i}") for i in range(3)]) == [False] * 3


def test_what_an_earlier_run_counted_is_known(spam: Workflow, bob: User) -> None:
    known_scores(spam)
    send(spam, "first", subject="customer 7")
    judge(bob, "yes")
    comparing.consume(open_epoch(spam).pk, datetime.now(UTC) + timedelta(minutes=5))
    at = Case.objects.get().created + timedelta(hours=1)
    again, burst = said(spam, "first", at=at), said(spam, "second", "customer 7", at)
    assert repeats(spam, again, burst, said(spam, "third", at=at)) == [True, True, False]


def test_what_did_not_count_makes_no_repeat(spam: Workflow, bob: User) -> None:
    compared(spam, bob, "yes")
    Comparison._base_manager.update(counted="repeat")
    assert repeats(spam, said(spam, "text 0")) == [False]


def test_a_new_epoch_counts_anew(spam: Workflow, bob: User) -> None:
    comparing.close(compared(spam, bob, "yes"), NOW)
    assert repeats(spam, said(spam, "text 0")) == [False]
    assert Epoch.objects.count() == 2
