"""Saved filters: each person's own, few, each with a name of its own."""

import pytest
from django.contrib.auth.models import User

from hitl.models import SavedFilter, Workflow
from hitl.services import filters
from models_registry.domain.errors import Conflict, DomainError, Invalid, Missing
from tests import factories

pytestmark = pytest.mark.django_db
SET = {"pool": "legal", "due": "overdue"}


def test_filters_are_kept_by_name_for_one_person_and_workflow(
    spam: Workflow, alice: User, bob: User
) -> None:
    filters.save(alice, spam, "  late \n ones ", SET)
    filters.save(alice, spam, "a", SET)
    filters.save(bob, spam, "a", SET)
    assert [(row.name, row.filters) for row in filters.listed(alice, spam)] == [
        ("a", SET),
        ("late ones", SET),
    ]
    assert not filters.listed(alice, factories.workflow("other")).exists()


def test_a_name_is_given_once(spam: Workflow, alice: User) -> None:
    filters.save(alice, spam, "late", SET)
    with pytest.raises(Conflict, match="already"):
        filters.save(alice, spam, " late", {"pool": ""})
    assert SavedFilter.objects.get().filters == SET


def test_at_most_twenty_are_kept(spam: Workflow, alice: User) -> None:
    for n in range(filters.MOST):
        filters.save(alice, spam, f"{n}", SET)
    with pytest.raises(Conflict, match="Delete one"):
        filters.save(alice, spam, "one more", SET)
    assert filters.listed(alice, spam).count() == filters.MOST


@pytest.mark.parametrize(
    ("name", "given", "pointer"),
    [
        pytest.param(" ", SET, "/name", id="no name"),
        pytest.param("x" * 61, SET, "/name", id="a long name"),
        pytest.param("all", {}, "/filters", id="nothing set"),
    ],
)
def test_what_cannot_be_kept_is_refused(
    spam: Workflow, alice: User, name: str, given: dict[str, str], pointer: str
) -> None:
    with pytest.raises(Invalid) as refused:
        filters.save(alice, spam, name, given)
    assert refused.value.problems[0].pointer == pointer
    assert not SavedFilter.objects.exists()


def test_only_its_owner_deletes_a_filter(spam: Workflow, alice: User, bob: User) -> None:
    kept = filters.save(alice, spam, "late", SET)
    with pytest.raises(Missing):
        filters.delete(bob, spam, kept.pk)
    with pytest.raises(DomainError):
        filters.delete(alice, factories.workflow("other"), kept.pk)
    assert filters.delete(alice, spam, kept.pk) == "late"
    assert not SavedFilter.objects.exists()
