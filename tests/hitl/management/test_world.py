"""What the demo begins with."""

import stat
from pathlib import Path

import pytest

from hitl.domain.roles import Verb
from hitl.management.world import World, build
from hitl.models import Workflow
from hitl.services import clients
from hitl.services.access import may
from models_registry.runtimes import digits


@pytest.mark.django_db
def test_people_model_and_workflow_are_made_and_remembered(tmp_path: Path) -> None:
    from django.contrib.auth.models import User

    world = build(digits.train())
    workflow = Workflow.objects.get(slug=world.workflow)
    assert workflow.revisions.get().level == "shadow"
    assert may(User.objects.get(username="operator"), Verb.OPERATE, workflow.pk)
    for name in world.reviewers:
        reviewer = User.objects.get(username=name)
        assert may(reviewer, Verb.REVIEW, workflow.pk)
        assert not may(reviewer, Verb.SEE_CASES, workflow.pk)
        assert reviewer.check_password(world.reviewers[name])
    assert clients.recognise(world.api_key, "digits") is not None

    path = tmp_path / "world.json"
    world.save(path)
    assert World.load(path) == world
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
