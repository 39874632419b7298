"""Who may: the one question every door asks."""

from collections.abc import Iterable
from uuid import UUID

import msgspec
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db import connection
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


def who_may(verb: Verb, workflow: UUID) -> QuerySet[User]:
    """The active people who may do `verb` on the workflow."""
    here = Membership.objects.filter(
        Q(workflow_id=workflow) | Q(workflow__isnull=True), role__in=roles_with(verb)
    ).values("user")
    return User.objects.filter(Q(is_superuser=True) | Q(pk__in=here), is_active=True)


def number_who_may(verb: Verb, workflow: UUID) -> int:
    return who_may(verb, workflow).count()


def join(user: User, roles: Iterable[Role], workflow: Workflow | None = None) -> None:
    """Gives a person roles on a workflow, or on all."""
    for role in roles:
        Membership.objects.get_or_create(user=user, workflow=workflow, role=role)


def reviewing(user: User, slug: str = "") -> list[tuple[UUID, int, frozenset[str] | None]]:
    """Where this person may judge: workflow, its revision in force, and their skills there (None
    for every skill). With a slug only that workflow. One read, as each claim asks it."""
    if not user.is_active:
        return []
    if user.is_superuser:
        rows = Workflow.objects.filter(**({"slug": slug} if slug else {}))
        return [(pk, no, None) for pk, no in rows.values_list("pk", "revision_no")]
    with connection.cursor() as cursor:
        roles = [role.value for role in roles_with(Verb.REVIEW)]
        places = ", ".join("%s" for _ in roles)
        cursor.execute(_REVIEWING.format(roles=places), [user.pk, *roles, slug, slug])
        found = cursor.fetchall()
    here: dict[tuple[UUID, int], frozenset[str]] = {}
    for pk, no, skills in found:
        workflow = (pk if isinstance(pk, UUID) else UUID(pk), no)
        some = msgspec.json.decode(bytes(skills), type=list[str])
        here[workflow] = here.get(workflow, frozenset()) | frozenset(some)
    return [(pk, no, skills) for (pk, no), skills in here.items()]


_REVIEWING = f"""
SELECT w.id, w.revision_no, m.skills FROM {Workflow._meta.db_table} w
JOIN {Membership._meta.db_table} m ON m.workflow_id = w.id OR m.workflow_id IS NULL
WHERE m.user_id = %s AND m.role IN ({{roles}}) AND (w.slug = %s OR CAST(%s AS text) = '')
ORDER BY w.slug
"""  # noqa: S608  (table names only)
