"""The table of counters: a row per threshold and probability."""

import pytest
from django.contrib.auth.models import User

from hitl.models import Workflow
from hitl.services.evidence import curve
from hitl.services.evidence.reading import evidence
from tests.hitl.services.evidence.compared import compared

pytestmark = pytest.mark.django_db


def test_before_there_is_a_grid_only_the_head_is_there(spam: Workflow) -> None:
    assert list(curve.table(spam)) == [list(curve.HEAD)]


def test_the_counters_are_those_of_the_evidence(spam: Workflow, bob: User) -> None:
    compared(spam, bob, "yes", "yes", "no")
    head, *rows = curve.table(spam)
    loosest = dict(zip(head, rows[-1], strict=True))
    shown = evidence(spam).thresholds[-1]
    assert (loosest["cases"], loosest["errors"]) == (shown.cases, shown.errors) == (3, 1)
    assert (loosest["threshold"], loosest["pi"], loosest["least"]) == ("any", 1.0, 1.0)
    assert loosest["largest_log_wealth"] == shown.best
