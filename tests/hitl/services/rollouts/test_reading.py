"""Reading rollouts: every number on the page is one of the evidence."""

import pytest

from hitl.models import Workflow
from hitl.services.rollouts import ending, moving, reading
from tests.hitl.services.rollouts.rolling import begin, second, show

pytestmark = pytest.mark.django_db


def test_both_arms_have_intervals(spam: Workflow) -> None:
    second(spam)
    row = begin(spam)
    show(row, champion_judged=100, champion_errors=2, won=3, lost=1, answers=9, failed=1, late=2)
    told = reading.told(row)
    champion = told.champion
    assert (champion.error, champion.judged) == (0.02, 100)
    assert champion.low is not None
    assert champion.high is not None
    assert champion.low < 0.02 < champion.high
    assert (told.challenger.error, told.challenger.low) == (None, None)
    assert (told.won, told.lost, told.answers, told.failed, told.slow) == (3, 1, 9, 1, 2)


def test_the_ramp_is_what_the_revisions_say(spam: Workflow) -> None:
    second(spam)
    row = begin(spam)
    moving.step(row.pk, by=None, reason="well")
    ending.promote(row.pk, by=None, reason="better")
    row.refresh_from_db()
    assert [share for _, share in reading.ramp(row)] == [0.5, 1.0, 0.0]


def test_the_live_one_is_found(spam: Workflow) -> None:
    second(spam)
    assert reading.live(spam) is None
    row = begin(spam)
    assert reading.live(spam) == row
    ending.abort(row.pk, by=None, reason="enough")
    assert reading.live(spam) is None
    told = reading.told(reading.listing(spam)[0])
    assert (told.due, told.share, told.state, told.said) == ("", 0.0, "aborted", "enough")
