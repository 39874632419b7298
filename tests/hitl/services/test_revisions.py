"""The revision in force, parsed once."""

import pytest
from pytest_django import DjangoAssertNumQueries

from hitl.models import Workflow
from hitl.services import revisions, workflows
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_revision_is_read_once_per_process(
    spam: Workflow, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = revisions.revision(spam.pk, 1)
    with django_assert_num_queries(0):
        assert revisions.revision(spam.pk, 1) is first
    assert (first.rules.level, first.asks) == ("shadow", True)
    assert first.rules.key == bytes(spam.sampling_key)


def test_a_new_revision_is_another_value(spam: Workflow) -> None:
    workflows.set_stop(spam, stopped=True, by=None, reason="test")
    assert revisions.revision(spam.pk, 2).rules.stopped
    assert not revisions.revision(spam.pk, 1).rules.stopped


def test_a_clients_own_model_is_not_asked(db: None) -> None:
    factories.version("own", runtime="client")
    ham = factories.workflow("ham", model="own", level="shadow")
    assert not revisions.revision(ham.pk, 1).asks
    assert not revisions.revision(factories.workflow("people").pk, 1).asks
