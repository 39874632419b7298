"""Conditions about automation that was taken away: there while that is so."""

from datetime import UTC, datetime

import pytest

from hitl.models import Condition, Workflow
from hitl.services.evidence import telling
from hitl.services.evidence.telling import LAPSED, ROLLED_BACK
from tests import factories
from tests.hitl.services.evidence.test_certifying import TARGET
from tests.reviews.desks import dials, level

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def told(spam: Workflow) -> Workflow:
    dials(level(spam, "shadow"), threshold=TARGET)
    for name in (ROLLED_BACK, LAPSED):
        telling.tell(spam, name, {"audits": 7}, NOW)
    return spam


def names() -> list[str]:
    return list(Condition.objects.order_by("name").values_list("name", flat=True))


def test_they_stand_while_nothing_changes(told: Workflow) -> None:
    telling.look(told.pk)
    assert names() == [LAPSED, ROLLED_BACK]


def test_what_is_told_again_stands_once_with_the_newest_numbers(told: Workflow) -> None:
    telling.tell(told, LAPSED, {"days": 3}, NOW)
    assert Condition.objects.get(name=LAPSED).numbers == {"days": 3}


def test_who_chooses_another_level_has_seen_the_roll_back(told: Workflow) -> None:
    level(told, "ai_assistance")
    telling.look(told.pk)
    assert names() == [LAPSED]


def test_without_a_target_no_certificate_is_missed(told: Workflow) -> None:
    dials(told, threshold={"rule": "fixed", "threshold": 0.9})
    telling.look(told.pk)
    assert names() == [ROLLED_BACK]


def test_a_new_certificate_ends_both(told: Workflow) -> None:
    other = factories.workflow("other")
    telling.tell(other, LAPSED, {"days": 3}, NOW)
    telling.earned(told)
    assert list(Condition.objects.values_list("workflow", "name")) == [(other.pk, LAPSED)]
