"""Reading: where a workflow stands, in numbers that come from its evidence."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hitl.domain.evidence.zones import Zone
from hitl.models import Workflow
from hitl.services import workflows
from hitl.services.evidence import certifying, comparing, reading
from hitl.services.evidence.reading import evidence
from tests import factories
from tests.hitl.services.evidence.compared import compared, open_epoch
from tests.hitl.services.evidence.test_certifying import GRID, TARGET, proven
from tests.reviews.desks import UNSURE, dials, judge, level, send, settled

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=5)


@pytest.fixture
def target(spam: Workflow) -> Workflow:
    return dials(level(spam, "partial_automation"), threshold=TARGET)


def test_without_a_model_there_is_nothing_to_read(db: None) -> None:
    found = evidence(factories.workflow("bread", level="shadow"))
    assert (found.state, found.version, found.guard) == ("no_model", "", None)


def test_where_the_model_is_not_asked_no_evidence_comes(spam: Workflow) -> None:
    assert evidence(level(spam, "human_only")).state == "not_asked"


def test_first_scores_are_counted_until_there_is_a_grid(spam: Workflow) -> None:
    assert evidence(spam).state == "no_evidence"
    open_epoch(spam)
    send(spam)
    found = evidence(spam)
    assert (found.state, found.scores, found.scores_needed) == ("no_grid", 1, 400)
    assert found.following is None


def test_what_was_judged_is_counted(spam: Workflow, bob: User) -> None:
    compared(spam, bob, "yes", "yes", "no")
    found = evidence(spam)
    assert (found.state, found.rule) == ("collecting", "fixed")
    counted = found.counted
    assert (counted.total, counted.correct, counted.errors, counted.missing) == (3, 2, 1, 0)
    loosest = found.thresholds[-1]
    assert (loosest.cases, loosest.errors, loosest.zone) == (3, 1, Zone.CANDIDATE)
    assert found.following is not None
    assert found.following.clean_cases > 180
    assert [day.cases for day in found.over_time] == [3]
    assert found.over_time_needed == found.following.needed
    assert found.sampled.value is None


def test_a_certificate_gives_the_live_threshold_and_its_coverage(target: Workflow) -> None:
    certifying.certify(proven(target, 20).pk)
    found = evidence(target)
    assert (found.state, found.rule) == ("certified", "target")
    assert found.live == GRID.threshold(20)
    assert found.coverage == pytest.approx(GRID.coverages[20])
    assert [one.threshold for one in found.certificates] == [found.live]
    assert found.following is not None
    assert found.following.index == 21


def test_a_proof_of_another_target_is_none(target: Workflow) -> None:
    proven(target, 20)
    dials(target, threshold=TARGET | {"max_error": 0.001})
    found = evidence(target)
    assert found.state == "collecting"
    assert found.goal.max_error == 0.001


def test_audits_tell_the_error_of_what_is_automated(target: Workflow, bob: User) -> None:
    dials(target, audit_share=1.0, undo_seconds=0)
    certifying.certify(proven(target, GRID.size - 1).pk)
    for i, said in enumerate(("yes", UNSURE)):
        send(target, f"audited {i}")
        judge(bob, said)
    settled()
    comparing.consume(open_epoch(target).pk, datetime.now(UTC) + LATER)
    found = evidence(target)
    sampled = found.sampled
    assert (sampled.cases, sampled.errors, sampled.missing, sampled.value) == (2, 0, 1, 0.0)
    assert found.guard is not None
    assert (found.guard.seen, found.guard.temperature) == (2, "cold")


def test_an_unreachable_target_says_why(target: Workflow, monkeypatch: pytest.MonkeyPatch) -> None:
    proven(target, 20)
    dials(target, reviewer_errors=True)
    found = evidence(target)
    assert "what reviewers miss" in found.obstacle
    assert (found.thresholds, found.following) == ([], None)


def test_reading_takes_few_queries(target: Workflow) -> None:
    certifying.certify(proven(target, 20).pk)
    workflow = workflows.find("spam")
    with CaptureQueriesContext(connection) as queries:
        reading.evidence(workflow)
    assert len(queries) <= 8


def test_the_audit_share_under_a_target_is_never_none(target: Workflow) -> None:
    assert evidence(dials(target, audit_share=0.0)).audit_share == 0.01
    assert evidence(dials(target, audit_share=0.25)).audit_share == 0.25
