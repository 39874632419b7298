"""Moving on: what is shown is done by a revision; a pause holds steps but nothing that is worse."""

from dataclasses import replace

import pytest
from django.contrib.auth.models import User

from hitl.models import Epoch, Rollout, Workflow
from hitl.services import workflows
from hitl.services.evidence import guarding
from hitl.services.evidence.comparing import epoch_of
from hitl.services.rollouts import counting, moving
from models_registry.domain.errors import Conflict
from tests.hitl.services.rollouts.rolling import act, begin, live, second, show, soon
from tests.reviews.desks import judge, send

pytestmark = pytest.mark.django_db

PROVEN = {"sound": (4.0,) * 3, "quick": (4.0,) * 3, "cleared": (4.0,) * 6}


@pytest.fixture
def canary(spam: Workflow) -> Rollout:
    second(spam, value="no")
    return begin(spam)


def test_a_step_raises_the_share(spam: Workflow, canary: Rollout) -> None:
    assert act(canary) == "step"
    assert live(spam) == (1, 2, 1.0)
    assert (canary.step, workflows.in_force(spam).cause) == (1, "rollout")


def test_from_the_last_step_all_traffic_moves_once_it_is_proven(
    spam: Workflow, canary: Rollout
) -> None:
    act(canary)
    canary.stepped = soon(hours=-9)
    show(canary, of_step=500)
    Rollout.objects.update(stepped=soon(hours=-9))
    assert act(canary) == "hold"
    show(canary, **PROVEN)
    assert act(canary) == "promote"
    assert live(spam) == (2, None, 0.0)
    assert canary.state == "promoted"


def test_what_is_worse_is_taken_back_by_itself(spam: Workflow, canary: Rollout) -> None:
    show(canary, worse=(9.0,) * 6)
    moving.pause(canary.pk)
    assert act(canary) == "abort"
    assert live(spam) == (1, None, 0.0)
    assert "people find it wrong more often than the champion" in workflows.in_force(spam).reason


@pytest.mark.parametrize(
    ("evidence", "why"),
    [("failing", "it fails more often"), ("slow", "it answers slowly more often")],
)
def test_so_is_what_fails_or_is_slow(canary: Rollout, evidence: str, why: str) -> None:
    show(canary, **{evidence: (9.0,) * 6})
    assert act(canary) == "abort"
    assert why in canary.said


def test_a_pause_holds_the_steps(spam: Workflow, canary: Rollout) -> None:
    moving.pause(canary.pk)
    assert act(canary) == "hold"
    assert live(spam) == (1, 2, 0.5)
    moving.resume(canary.pk)
    assert act(canary) == "step"


def test_a_person_may_step_and_the_last_step_promotes(spam: Workflow, canary: Rollout) -> None:
    moving.step(canary.pk, by=None, reason="looks well")
    assert live(spam) == (1, 2, 1.0)
    moving.step(canary.pk, by=None, reason="still")
    assert live(spam) == (2, None, 0.0)
    with pytest.raises(Conflict):
        moving.step(canary.pk, by=None, reason="more")


def test_who_has_read_an_older_revision_changes_nothing(spam: Workflow, canary: Rollout) -> None:
    with pytest.raises(Conflict):
        moving.step(canary.pk, by=None, reason="late", seen=1)
    canary.refresh_from_db()
    assert (canary.step, live(spam)) == (0, (1, 2, 0.5))


def test_all_of_it_by_the_worker(spam: Workflow, bob: User, canary: Rollout) -> None:
    send(spam)
    judge(bob, "yes")
    assert moving.roll(soon()) == 1
    canary.refresh_from_db()
    assert counting.evidence_of(canary).champion_judged + canary.step >= 1


def test_the_guard_of_a_challenger_takes_back_the_challenger_alone(
    spam: Workflow, canary: Rollout
) -> None:
    policy = {"threshold": {"rule": "target", "max_error": 0.02, "confidence": 0.95}}
    version = str(canary.challenger_id)
    workflows.change(spam, by=None, reason="target", policy=policy)
    workflows.set_level(spam, "partial_automation", by=None, reason="up")
    workflows.append(
        spam, lambda t: replace(t, thresholds={version: 0.5}), by=None, reason="proven"
    )
    epoch = epoch_of(spam.pk, canary.challenger_id)
    epoch.guard = {"temperature": "hot", "seen": 9, "target": [0.02, "wrong"]}
    epoch.save()
    guarding.act(epoch.pk)
    now = workflows.in_force(spam)
    assert (live(spam), now.level, now.thresholds) == ((1, None, 0.0), "partial_automation", {})
    assert Epoch.objects.get(pk=epoch.pk).closed is not None
    canary.refresh_from_db()
    assert "Audits show more errors" in canary.said
