"""What people say to each other about cases, and whom a comment names.

A comment may tell that its author has judged the case, and so that several did: a known answer, an
audit, a second look. Therefore it is shown to others who judged the case only if its author did
not, or once they are told the decision.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from hitl.domain.roles import Verb, roles_with
from hitl.models import Membership, Sight, Workflow
from hitl.services.access import workflows_for
from models_registry.domain.errors import Conflict, Invalid, Missing
from reviews.domain.claims import ClaimState
from reviews.domain.mentions import meant, names
from reviews.models import Claim, Comment, Mention
from reviews.services import viewing

log = logging.getLogger(__name__)
LONGEST = 2000  # characters
MOST_SHOWN = 100  # comments of one case, the newest
MOST_UNSEEN = 10  # mentions on the start page
NOT_YET = "Your answer can still be undone. Write when it stands."


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment as others read it; '' if it was erased. named: whom it tells."""

    id: UUID
    author: str
    text: str
    at: datetime
    named: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Unseen:
    """Somebody names this person in a comment that they have not read. asks: opening the case
    means not to be asked to judge it."""

    id: UUID
    author: str
    workflow: str
    at: datetime
    asks: bool


def say(user: User, referral_id: UUID, text: str) -> Remark:
    """Stores a comment on a case that is open to this person, and tells whom it names: people of
    the workflow. Other words with an @ are words."""
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Invalid.at("/text", "Write something first.")
    if len(text) > LONGEST or "\x00" in text:
        raise Invalid.at("/text", f"Give at most {LONGEST:,} characters, without control signs.")
    found = viewing.opened(user, referral_id)
    if found.viewer.is_judging:
        raise Conflict(NOT_YET)
    people = [one for one in _named(text, found.case.workflow) if one.pk != user.pk]
    with transaction.atomic():
        row = Comment.objects.create(case=found.case, author=user, text=text)
        Mention.objects.bulk_create(Mention(comment=row, user=one) for one in people)
    log.info("comment case=%s by=%s named=%s", found.case.pk, user.pk, len(people))
    named = [one.get_username() for one in people]
    return Remark(row.pk, user.get_username(), text, row.at, named)


def _named(text: str, workflow: Workflow) -> list[User]:
    """The people of the workflow that the text names, in its order."""
    here = Membership.objects.filter(
        Q(workflow=workflow) | Q(workflow__isnull=True),
        user=OuterRef("pk"),
        role__in=roles_with(Verb.SEE),
    )
    known = User.objects.filter(
        Q(is_superuser=True) | Exists(here), username__in=names(text), is_active=True
    )
    people = {one.get_username(): one for one in known}
    return [people[name] for name in meant(text, frozenset(people))]


def readable(user: User) -> QuerySet[Comment]:
    """The comments that this person may read, or may read once they have opened the case."""
    judged = Claim.objects.filter(case=OuterRef("case"), state=ClaimState.DONE)
    mine, theirs = judged.filter(reviewer=user), judged.filter(reviewer=OuterRef("author"))
    named = Mention.objects.filter(comment=OuterRef("pk"), user=user)
    oversees = Q(case__workflow__in=workflows_for(user, Verb.SEE_CASES))
    unrelated = Q(~Exists(theirs))
    as_judge = Q(Exists(mine)) & (unrelated | Q(case__in=viewing.told(user)))
    as_named = Q(~Exists(mine)) & (Q(Exists(named)) | unrelated)
    free = Q(author=user) | oversees | as_judge | as_named
    return Comment.objects.filter(
        free,
        ~Exists(viewing.judging(user, "case")),
        case__workflow__in=workflows_for(user, Verb.SEE),
    )


def on(user: User, case_id: UUID) -> list[Remark]:
    """The comments on a case that is open to this person, the oldest first."""
    newest = readable(user).filter(case=case_id).select_related("author").order_by("-at", "-pk")
    rows = list(newest.prefetch_related("mentions__user")[:MOST_SHOWN])
    return [
        Remark(
            row.pk,
            row.author.get_username(),
            str(row.text or ""),
            row.at,
            [one.user.get_username() for one in row.mentions.all()],
        )
        for row in reversed(rows)
    ]


def mark_seen(user: User, shown: Collection[Remark]) -> None:
    """The person has read these comments."""
    mine = Mention.objects.filter(user=user, comment__in=[one.id for one in shown])
    mine.filter(seen_at__isnull=True).update(seen_at=Now())


def _unseen(user: User) -> QuerySet[Mention]:
    """Mentions that tell this person nothing they should not know."""
    return Mention.objects.filter(
        user=user, seen_at__isnull=True, comment__in=readable(user).values("pk")
    )


def unseen(user: User) -> list[Unseen]:
    """Who names this person in a comment they have not read, the newest first."""
    met = Claim.objects.filter(
        case=OuterRef("comment__case"),
        reviewer=user,
        state__in=(ClaimState.DONE, ClaimState.SKIPPED),
    )
    seen = Sight.objects.filter(case=OuterRef("comment__case"), user=user)
    judges = Q(comment__case__workflow__in=workflows_for(user, Verb.REVIEW))
    rows = _unseen(user).annotate(asks=judges & ~Exists(met) & ~Exists(seen))
    rows = rows.select_related("comment__author", "comment__case__workflow")
    return [
        Unseen(
            row.pk,
            row.comment.author.get_username(),
            row.comment.case.workflow.title,
            row.comment.at,
            row.asks,
        )
        for row in rows.order_by("-comment__at", "-pk")[:MOST_UNSEEN]
    ]


def leads_to(user: User, mention_id: UUID) -> UUID:
    """The referral by which the person a comment names finds its case: the one they know, if any.
    The mention's own id says nothing about a case that they may be asked to judge."""
    row = Mention.objects.filter(
        pk=mention_id, user=user, comment__in=readable(user).values("pk")
    ).first()
    if row is None:
        raise Missing(viewing.NOTHING)
    case = row.comment.case
    mine = Claim.objects.filter(case=case, reviewer=user).values_list("referral_id", flat=True)
    return mine.first() or case.referrals.values_list("pk", flat=True).order_by("opened")[0]
