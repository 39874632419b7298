"""Certificates: what is proven becomes the live threshold, once, with all its numbers."""

from typing import Any

import msgspec
import pytest

from hitl.domain.evidence.grid import Grid, freeze
from hitl.models import Certificate, Epoch, Workflow
from hitl.services import workflows
from hitl.services.evidence import certifying, comparing
from models_registry.domain.errors import Busy
from tests.reviews.desks import decisions, dials, level, send

pytestmark = pytest.mark.django_db

TARGET = {"rule": "target", "max_error": 0.02, "confidence": 0.95}
GRID = freeze([i / 500 for i in range(500)])


@pytest.fixture
def target(spam: Workflow) -> Workflow:
    return dials(level(spam, "partial_automation"), threshold=TARGET)


def proven(workflow: Workflow, up_to: int, grid: Grid = GRID) -> Epoch:
    """An epoch in which all thresholds up to this one were proven."""
    version = workflows.in_force(workflow).champion_id
    assert version is not None
    epoch = comparing.epoch_of(workflow.pk, version)
    epoch.grid = msgspec.to_builtins(grid)
    epoch.goal = {"max_error": 0.02}
    epoch.best = [9.0 if i <= up_to else 0.0 for i in range(grid.size)]
    ones = [[300 if i <= up_to else 310 for i in range(grid.size)], [0] * grid.size]
    epoch.counters = [[1.0, 1.0, *ones]]
    epoch.save()
    return epoch


def live(workflow: Workflow) -> Any:
    revision = workflows.in_force(workflow)
    return revision.thresholds.get(str(revision.champion_id))


def test_nothing_proven_automates_nothing(target: Workflow) -> None:
    assert certifying.certify(proven(target, -1).pk) is None
    assert live(target) is None
    send(target)
    assert decisions() == []


def test_the_loosest_proven_threshold_becomes_live(target: Workflow) -> None:
    epoch = proven(target, 20)
    made = certifying.certify(epoch.pk)
    assert made is not None
    assert live(target) == made.threshold == GRID.threshold(20)
    assert not made.whole
    revision = workflows.in_force(target)
    assert (revision.cause, revision.by) == ("certificate", None)
    assert "at most 2 % of decisions are wrong" in revision.reason
    assert made.numbers["cases"] == 300
    assert made.numbers["log_wealth"] >= made.numbers["needed"]
    send(target)
    assert decisions() == [(1, "model", "yes")]


def test_the_same_proof_is_no_news(target: Workflow) -> None:
    epoch = proven(target, 20)
    certifying.certify(epoch.pk)
    assert certifying.certify(epoch.pk) is None
    assert Certificate.objects.count() == 1


def test_more_proof_widens_and_less_never_narrows(target: Workflow) -> None:
    certifying.certify(proven(target, 20).pk)
    wider = certifying.certify(proven(target, 30).pk)
    assert wider is not None
    assert live(target) == GRID.threshold(30)
    assert certifying.certify(proven(target, 20).pk) is None
    assert live(target) == GRID.threshold(30)


def test_the_whole_population_is_certified_as_such(target: Workflow) -> None:
    made = certifying.certify(proven(target, GRID.size - 1).pk)
    assert made is not None
    assert (made.whole, made.threshold, live(target)) == (True, 0.0, 0.0)


def test_a_fixed_threshold_needs_no_certificate(spam: Workflow) -> None:
    assert certifying.certify(proven(spam, 20).pk) is None


def test_a_proof_of_another_target_certifies_nothing(target: Workflow) -> None:
    epoch = proven(target, 20)
    dials(target, threshold=TARGET | {"max_error": 0.01})
    assert certifying.certify(epoch.pk) is None


def test_a_closed_epoch_certifies_nothing(target: Workflow) -> None:
    epoch = proven(target, 20)
    Epoch.objects.update(closed=epoch.opened)
    assert certifying.certify(epoch.pk) is None


def test_other_answers_take_back_what_was_proven_for_the_old_ones(target: Workflow) -> None:
    """With no or yes alone an answer was right that need not be right among three."""
    epoch = proven(target, 20)
    certifying.certify(epoch.pk)
    more = {"classes": ["no", "yes", "maybe"]}
    workflows.change(target, by=None, reason="a third answer", answer=more)
    assert live(target) is None
    epoch.refresh_from_db()
    assert epoch.closed is not None
    assert certifying.certify(epoch.pk) is None
    send(target)
    assert decisions() == []
    assert comparing.epoch_of(target.pk, epoch.version_id).no == 2


def test_other_words_for_the_same_answers_keep_it(target: Workflow) -> None:
    epoch = proven(target, 20)
    certifying.certify(epoch.pk)
    told = {"classes": [{"value": "yes", "title": "Spam"}, {"value": "no", "title": "Not spam"}]}
    workflows.change(target, by=None, reason="clearer", answer=told)
    assert live(target) == GRID.threshold(20)
    epoch.refresh_from_db()
    assert epoch.closed is None


def test_a_lost_race_closes_no_epoch(target: Workflow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who changes the answers is outrun by others each time: nothing of it is kept."""
    epoch, real = proven(target, 20), workflows.in_force
    monkeypatch.setattr(workflows, "in_force", lambda _: target.revisions.get(no=1))
    with pytest.raises(Busy):
        workflows.change(target, by=None, reason="late", answer={"classes": ["no", "yes", "x"]})
    epoch.refresh_from_db()
    assert epoch.closed is None
    assert real(target).answer["classes"][-1]["value"] == "yes"
