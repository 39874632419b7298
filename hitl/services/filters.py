"""Saved filters: what a person often looks for in a workflow's list of waiting cases."""

from collections.abc import Mapping
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from hitl.models import SavedFilter, Workflow
from models_registry.domain.errors import Conflict, Invalid, Missing

MOST = 20  # of one person in one workflow
LONGEST = 60  # characters of a name


def listed(user: User, workflow: Workflow) -> QuerySet[SavedFilter]:
    """This person's filters here, by name."""
    return SavedFilter.objects.filter(user=user, workflow=workflow).order_by("name")


def save(user: User, workflow: Workflow, name: str, filters: Mapping[str, str]) -> SavedFilter:
    """Keeps the filters under a name of their own."""
    name = " ".join(name.replace("\0", "").split())
    if not name or len(name) > LONGEST:
        raise Invalid.at("/name", f"Give the filters a name of 1 to {LONGEST} characters.")
    if not filters:
        raise Invalid.at("/filters", "No filter is set. Choose which cases first.")
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)  # their saves, one by one
        names = set(listed(user, workflow).values_list("name", flat=True))
        if name in names:
            raise Conflict(f"You have filters called {name!r} already. Choose another name.")
        if len(names) >= MOST:
            raise Conflict(f"{MOST} filters are kept at most. Delete one of them first.")
        return SavedFilter.objects.create(
            user=user, workflow=workflow, name=name, filters=dict(filters)
        )


def delete(user: User, workflow: Workflow, filter_id: UUID) -> str:
    """Forgets the filters; answers with their name."""
    row = listed(user, workflow).filter(pk=filter_id).first()
    if row is None:
        raise Missing("There are no such filters of yours.")
    row.delete()
    return row.name
