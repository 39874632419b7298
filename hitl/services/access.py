"""Who may: the one question every door asks."""

from collections.abc import Iterable
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db.models import Exists, OuterRef, Q, QuerySet

from hitl.domain.roles import Role, Verb, roles_with
from hitl.models import Membership, Workflow

Person = User | AnonymousUser | AbstractBaseUser


def workflows_for(user: Person, verb: Verb) -> QuerySet[Workflow]:
    """The workflows on which this person may do `verb`."""
    if not user.is_active or not user.is_authenticated:
        return Workflow.objects.none()
    if getattr(user, "is_superuser", False):
        return Workflow.objects.all()
    mine = Membership.objects.filter(
        Q(workflow=OuterRef("pk")) | Q(workflow__isnull=True),
        user_id=user.pk,
        role__in=roles_with(verb),
    )
    return Workflow.objects.filter(Exists(mine))


def may(user: Person, verb: Verb, workflow: UUID | None = None) -> bool:
    """Whether this person may do `verb` on the workflow; without one, on all of them."""
    if not user.is_active or not user.is_authenticated:
        return False
    if getattr(user, "is_superuser", False):
        return True
    here = Q(workflow__isnull=True)
    if workflow is not None:
        here |= Q(workflow_id=workflow)
    return Membership.objects.filter(here, user_id=user.pk, role__in=roles_with(verb)).exists()


def may_anywhere(user: Person, verb: Verb) -> bool:
    """Whether there is any workflow on which this person may do `verb`."""
    if not user.is_active or not user.is_authenticated:
        return False
    if getattr(user, "is_superuser", False):
        return True
    return Membership.objects.filter(user_id=user.pk, role__in=roles_with(verb)).exists()


def join(user: User, roles: Iterable[Role], workflow: Workflow | None = None) -> None:
    """Gives a person roles on a workflow, or on all."""
    for role in roles:
        Membership.objects.get_or_create(user=user, workflow=workflow, role=role)


def reviewing(user: User, slug: str = "") -> list[tuple[UUID, int, frozenset[str] | None]]:
    """Where this person may judge: workflow, its revision in force, and their skills there (None
    for every skill); in one read, as each claim asks it. With a slug only that workflow."""
    rows = workflows_for(user, Verb.REVIEW)
    if slug:
        rows = rows.filter(slug=slug)
    if user.is_superuser:
        return [(pk, no, None) for pk, no in rows.values_list("pk", "revision_no")]
    mine = Membership.objects.filter(user=user, role__in=roles_with(Verb.REVIEW))
    skills: dict[UUID | None, frozenset[str]] = {}
    found = list(rows.values_list("pk", "revision_no"))
    if found:
        for workflow_id, some in mine.values_list("workflow_id", "skills"):
            skills[workflow_id] = skills.get(workflow_id, frozenset()) | frozenset(some)
    everywhere = skills.get(None, frozenset())
    return [(pk, no, everywhere | skills.get(pk, frozenset())) for pk, no in found]
