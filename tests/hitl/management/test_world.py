"""What the demo begins with."""

import stat
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from hitl.domain.roles import Verb
from hitl.management.exhibits import EXHIBITS
from hitl.management.world import World, build
from hitl.models import Guideline, Workflow
from hitl.services import clients
from hitl.services.access import may
from models_registry.models import ModelVersion
from models_registry.runtimes import digits

pytestmark = pytest.mark.django_db


def test_people_models_and_workflows_are_made_and_remembered(tmp_path: Path) -> None:
    world = build({exhibit.slug: exhibit.learn() for exhibit in EXHIBITS})
    assert world.workflows == ["digits", "invoices", "delivery-notes"]
    for exhibit in EXHIBITS:
        workflow = Workflow.objects.get(slug=exhibit.slug)
        first = workflow.revisions.get()
        assert (first.level, first.reason) == (exhibit.level, exhibit.reason)
        assert first.policy["two_stage"] == (exhibit.slug == "invoices")
        assert may(User.objects.get(username="operator"), Verb.OPERATE, workflow.pk)
        for name in world.reviewers:
            reviewer = User.objects.get(username=name)
            assert may(reviewer, Verb.REVIEW, workflow.pk)
            assert not may(reviewer, Verb.SEE_CASES, workflow.pk)
            assert reviewer.check_password(world.reviewers[name])
        assert clients.recognise(world.api_key, exhibit.slug) is not None
        version = ModelVersion.objects.get(model__name=exhibit.slug)
        assert version.metrics["accuracy"] > 0.5
        assert version.card
    told = dict(Guideline.objects.values_list("workflow__slug", "text"))
    assert sorted(told) == ["delivery-notes", "invoices"]

    path = tmp_path / "world.json"
    world.save(path)
    assert World.load(path) == world
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_world_has_the_workflows_there_are_models_for() -> None:
    world = build({"digits": digits.train()})
    assert world.workflows == ["digits"]
    assert list(Workflow.objects.values_list("slug", flat=True)) == ["digits"]
