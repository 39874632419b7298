"""How a rollout is said: sentences, gauges and the ramp, each from its numbers."""

from datetime import UTC, datetime, timedelta

import pytest

from hitl.admin import rolled
from hitl.models import Rollout, Workflow
from hitl.services.rollouts import ending, reading
from tests.hitl.services.rollouts.rolling import begin, second, show

NOON = datetime(2026, 2, 3, 12, tzinfo=UTC)


@pytest.fixture
def row(spam: Workflow) -> Rollout:
    second(spam)
    return begin(spam)


@pytest.mark.django_db
def test_the_lead_says_what_is_shown(row: Rollout) -> None:
    assert rolled.lead(reading.told(row)).endswith("50 % of cases: not enough data yet.")
    show(row, worse=(9.0,) * 6)
    assert rolled.lead(reading.told(row)).endswith(": worse.")
    assert rolled.DUE["abort"] in rolled.notes(reading.told(row))


@pytest.mark.django_db
def test_an_ended_one_says_why(row: Rollout) -> None:
    done = ending.abort(row.pk, by=None, reason="it was slow.")
    assert rolled.lead(reading.told(done)) == "Canary of spam-model v2 was aborted."
    assert rolled.notes(reading.told(done))[-1] == "Ended because: it was slow."


@pytest.mark.django_db
def test_gauges_fill_as_evidence_grows(row: Rollout) -> None:
    empty = rolled.gauges(reading.told(row))
    assert {gauge.at for gauge in empty} == {0.0}
    show(row, worse=(9.0,) * 6, sound=(1.5,) * 3)
    full = {gauge.name: gauge.at for gauge in rolled.gauges(reading.told(row))}
    assert full["It is wrong more often"] == 100.0
    assert 49 < full["It fails rarely enough"] < 51


@pytest.mark.django_db
def test_arms_without_data_say_so(row: Rollout) -> None:
    show(row, champion_judged=200, champion_errors=4)
    champion, challenger = rolled.arms(reading.told(row))
    assert (champion.judged, champion.errors, champion.error) == ("200", "4", "2.0 %")
    assert champion.interval
    assert (challenger.error, challenger.interval) == ("no data", "")


def test_the_ramp_stands_until_it_changes() -> None:
    hours = [NOON + timedelta(hours=i) for i in range(3)]
    drawn = rolled.line([(hours[0], 0.0), (hours[1], 0.5)], hours[2])
    assert drawn == "0.00,38.00 0.00,38.00 50.00,38.00 50.00,20.00 100.00,20.00"
    assert rolled.line([], None) == ""
