"""Certificates as they are read: what they say, and whether they hold."""

from datetime import UTC, datetime, timedelta

import pytest

from hitl.models import Certificate, Epoch, Workflow
from hitl.services.evidence import certificates, certifying
from hitl.services.evidence.certificates import Certified, Standing
from models_registry.domain.errors import Missing
from models_registry.models import new_id
from tests.hitl.services.evidence.test_certifying import TARGET, proven
from tests.reviews.desks import dials, level

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(spam: Workflow) -> Workflow:
    return dials(level(spam, "partial_automation"), threshold=TARGET)


def standings(workflow: Workflow) -> list[Standing]:
    return [one.standing for one in certificates.listing(workflow, limit=10)]


def two(workflow: Workflow) -> list[Certified]:
    for up_to in (20, 30):
        assert certifying.certify(proven(workflow, up_to).pk) is not None
    return certificates.listing(workflow, limit=10)


def test_the_newest_is_valid_and_supersedes_the_one_before(target: Workflow) -> None:
    new, old = two(target)
    assert (new.standing, old.standing) == (Standing.VALID, Standing.SUPERSEDED)
    assert new.threshold < old.threshold
    assert "P(wrong | confidence ≥" in new.statement
    assert "< 0.02, at confidence 0.95" in new.statement
    assert new.numbers["cases"] == 300


def test_a_page_follows_the_last_one(target: Workflow) -> None:
    new, old = two(target)
    assert certificates.listing(target, limit=1) == [new]
    assert certificates.listing(target, after=new.id, limit=10) == [old]
    assert certificates.listing(target, after=old.id, limit=10) == []
    with pytest.raises(Missing):
        certificates.listing(target, after=new_id(), limit=10)


def test_one_that_lapsed_or_is_not_in_force_holds_no_more(target: Workflow) -> None:
    two(target)
    rows = Certificate._base_manager
    now = datetime.now(UTC)
    rows.update(lapses_at=now - timedelta(seconds=1))
    assert standings(target)[0] is Standing.LAPSED
    rows.update(lapses_at=now + timedelta(days=1))
    assert standings(target)[0] is Standing.VALID
    target.revisions.update(thresholds={})
    assert standings(target)[0] is Standing.LAPSED


def test_the_end_of_its_epoch_ends_it(target: Workflow) -> None:
    two(target)
    Epoch.objects.update(closed=datetime.now(UTC))
    assert standings(target) == [Standing.ENDED, Standing.ENDED]
