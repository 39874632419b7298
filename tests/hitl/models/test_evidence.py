"""What the tables of evidence hold by themselves."""

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from hitl.models import Epoch, Proposal, Workflow
from hitl.services import workflows
from hitl.services.evidence.comparing import FIRST, epoch_of

pytestmark = pytest.mark.django_db


def test_one_proposal_is_open_at_a_time(spam: Workflow, alice: User) -> None:
    given = {"workflow": spam, "level": "partial_automation", "reason": "good", "by": alice}
    first = Proposal.objects.create(**given)
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.create(**given)
    Proposal.objects.filter(pk=first.pk).update(state=Proposal.State.REFUSED)
    assert Proposal.objects.create(**given).state == Proposal.State.OPEN


def test_one_epoch_of_a_version_is_open_at_a_time(spam: Workflow) -> None:
    version = workflows.in_force(spam).champion_id
    assert version is not None
    epoch = epoch_of(spam.pk, version)
    with pytest.raises(IntegrityError), transaction.atomic():
        Epoch.objects.create(workflow=spam, version_id=version, no=2, cursor=FIRST)
    Epoch.objects.filter(pk=epoch.pk).update(closed=epoch.opened)
    assert epoch_of(spam.pk, version).no == 2
