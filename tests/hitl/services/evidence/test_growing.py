"""Growing: comparisons of each day, and all up to it, give the wealth that counters give."""

from datetime import date

import pytest
from django.contrib.auth.models import User

from hitl.domain.evidence.certifier import log_wealth
from hitl.domain.evidence.grid import EVERYTHING
from hitl.models import Comparison, Epoch, Workflow
from hitl.services.evidence.comparing import counters_of
from hitl.services.evidence.growing import growth
from tests.hitl.services.evidence.compared import compared, on_day

pytestmark = pytest.mark.django_db


def test_days_add_up_to_the_counters(spam: Workflow, bob: User) -> None:
    epoch = compared(spam, bob, "yes", "yes", "no")
    on_day("2026-03-01", 2)
    on_day("2026-03-04", 1, rest=True)
    days = growth(epoch.pk, EVERYTHING, 0.02)
    assert [(d.day, d.new_cases, d.new_errors, d.cases, d.errors) for d in days] == [
        (date(2026, 3, 1), 2, 0, 2, 0),
        (date(2026, 3, 4), 1, 1, 3, 1),
    ]
    epoch = Epoch.objects.get()
    wealth = log_wealth(counters_of(epoch), 0.02)
    assert days[-1].log_wealth == pytest.approx(float(wealth[-1]))  # type: ignore[index]


def test_repeats_and_what_lies_below_the_threshold_are_left_out(spam: Workflow, bob: User) -> None:
    epoch = compared(spam, bob, "yes", "yes")
    Comparison._base_manager.filter(pk=Comparison.objects.all()[0].pk).update(counted="repeat")
    assert growth(epoch.pk, 0.9, 0.02)[0].cases == 1
    assert growth(epoch.pk, 0.96, 0.02) == []
