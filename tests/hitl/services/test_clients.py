"""Client systems and keys."""

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from hitl.models import ApiKey, Workflow
from hitl.services import clients, workflows
from hitl.services.revisions import Head
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_key_is_recognised_in_one_read_with_the_revision_in_force(
    spam: Workflow, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    row, key = factories.key(spam)
    workflows.set_stop(spam, stopped=True, by=None, reason="test")
    with django_assert_num_queries(1):
        caller = clients.recognise(key, "spam")
    assert caller is not None
    assert (caller.key_id, caller.client_id, caller.user_id) == (row.pk, row.client_id, None)
    assert caller.head == Head(spam.pk, "spam", 2)


def test_a_key_is_known_where_no_workflow_is_named(spam: Workflow) -> None:
    caller = clients.recognise(factories.key(spam)[1], None)
    assert caller is not None
    assert caller.head is None


@pytest.mark.parametrize("slug", ["ham", "nowhere"])
def test_a_key_gets_no_head_of_a_workflow_that_it_may_not_use(spam: Workflow, slug: str) -> None:
    factories.workflow("ham")
    caller = clients.recognise(factories.key(spam)[1], slug)
    assert caller is not None
    assert caller.head is None


def test_a_persons_token_gets_the_head_of_any_workflow(spam: Workflow, charlie: User) -> None:
    """What the person may do there is asked by verb."""
    caller = clients.recognise(clients.issue_key(name="t", user=charlie)[1], "spam")
    assert caller is not None
    assert (caller.client_id, caller.user_id) == (None, charlie.pk)
    assert caller.head is not None


@pytest.mark.parametrize("wrong", ["", "nonsense", "hitl_" + "A" * 43, "é\x00"])
def test_an_unknown_key_is_nobodys(spam: Workflow, wrong: str) -> None:
    factories.key(spam)
    assert clients.recognise(wrong, "spam") is None


def test_a_revoked_key_is_nobodys_any_more(spam: Workflow) -> None:
    row, key = factories.key(spam)
    clients.revoke(row)
    assert clients.recognise(key, "spam") is None
    row.refresh_from_db()
    first = row.revoked
    clients.revoke(row)
    row.refresh_from_db()
    assert row.revoked == first


def test_only_the_hash_of_a_key_is_kept(spam: Workflow) -> None:
    row, key = factories.key(spam)
    kept = ApiKey.objects.filter(pk=row.pk).values().get()
    assert key not in str(kept)
    assert len(kept["digest"]) == 64
    assert key.startswith(row.prefix)


def test_a_clients_workflows_are_those_of_its_key(spam: Workflow) -> None:
    factories.workflow("ham")
    assert clients.workflow_ids(factories.key(spam)[0].pk) == [spam.pk]
    assert clients.workflow_ids(factories.key()[0].pk) == []


def test_a_key_belongs_to_a_client_or_to_a_person(charlie: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        clients.issue_key(name="nobody's")
