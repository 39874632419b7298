"""Files of a case as people see them: only who may see the case, named by its referral; and what
is made of them to look at, kept for an hour so that turning back costs nothing."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar
from uuid import UUID

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models import Q
from redis.exceptions import RedisError

from hitl.domain.files import PDF, SOUNDS, papers, sounds
from hitl.domain.roles import Verb
from hitl.models import File, Referral
from hitl.services import access, files
from models_registry.domain.errors import Missing
from reviews.domain.claims import ClaimState

SEEN = (ClaimState.HELD, ClaimState.DONE)
KEPT_SECONDS = 3600
LARGEST_KEPT = 4_000_000  # bytes: a page of photographs is drawn anew rather than fill the cache
Made = TypeVar("Made")


def one(user: User, referral_id: UUID, sha256: str) -> File:
    """A file of the referral's case, for who has it on the desk (or has judged it there, or opened
    the case's details), and for who may see the workflow's cases; Missing for all others, and for a
    file of another case."""
    held = Q(claims__reviewer=user.pk, claims__state__in=SEEN)
    opened = Q(case__sights__user=user.pk)
    mine = (held | opened) & Q(case__workflow__in=access.workflows_for(user, Verb.REVIEW))
    theirs = Q(case__workflow__in=access.workflows_for(user, Verb.SEE_CASES))
    seen = Referral.objects.filter(mine | theirs, pk=referral_id)
    case_id = seen.values_list("case_id", flat=True).first()
    if case_id is None:
        raise Missing("There is no such file.")
    return files.of_case(case_id, sha256)


def page_count(file: File) -> int:
    _expect(file, (PDF,))
    return _kept(f"pages:{file.pk}", lambda: papers.page_count(files.content(file)))


def page(file: File, number: int, width: int) -> bytes:
    """A page of a document as a PNG, about as wide as asked for."""
    _expect(file, (PDF,))
    width = papers.bounded(width)
    return _kept(
        f"page:{file.pk}:{number}:{width}",
        lambda: papers.page(files.content(file), number, width),
    )


def peaks(file: File) -> dict[str, Any]:
    """The course of a sound: its seconds, and the lowest and highest sample of each stretch."""
    _expect(file, SOUNDS)
    seconds, pairs = _kept(f"peaks:{file.pk}", lambda: sounds.peaks(files.content(file)))
    return {"seconds": round(seconds, 3), "peaks": pairs}


def _expect(file: File, types: tuple[str, ...]) -> None:
    if file.content_type not in types:
        raise Missing(f"This file is {file.content_type}; there is nothing of this kind to it.")


def _kept(name: str, make: Callable[[], Made]) -> Made:
    """What was made before, else made now; without the cache it is slower, and the same."""
    with suppress(RedisError):
        known: Made | None = cache.get(name)
        if known is not None:
            return known
    made = make()
    if not isinstance(made, bytes) or len(made) <= LARGEST_KEPT:
        with suppress(RedisError):
            cache.set(name, made, KEPT_SECONDS)
    return made
