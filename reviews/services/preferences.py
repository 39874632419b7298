"""How a person likes to work: their own choice, else what the workflow says."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import User

from hitl.domain.policy import Policy
from models_registry.domain.errors import Invalid
from reviews.domain.keys import check, resolved
from reviews.models import Preference

LONGEST_WORK = 480  # minutes between two reminders of a break, as in a policy


@dataclass(frozen=True, slots=True)
class Shown:
    """How the review page is for one person: the key of each action, how pictures and sound come,
    and after how many minutes it reminds of a break, 0 for never."""

    keys: Mapping[str, str]
    blur: bool
    greyscale: bool
    mute: bool
    break_minutes: int


@dataclass(frozen=True, slots=True)
class Own:
    """What a person chose: keys where they differ from the usual ones; None leaves it to the
    workflow."""

    keys: Mapping[str, str] = field(default_factory=dict)
    blur: bool | None = None
    greyscale: bool | None = None
    mute: bool | None = None
    break_minutes: int | None = None


def own(user: User) -> Own:
    """What this person chose; nothing, if they never did."""
    row = Preference.objects.filter(user=user).first()
    if row is None:
        return Own()
    return Own(row.keys, row.blur, row.greyscale, row.mute, row.break_minutes)


def of(user: User, policy: Policy) -> Shown:
    """The person's choice over the workflow's dials; one read."""
    mine = own(user)
    return Shown(
        keys=resolved(mine.keys),
        blur=policy.blur if mine.blur is None else mine.blur,
        greyscale=policy.greyscale if mine.greyscale is None else mine.greyscale,
        mute=policy.mute if mine.mute is None else mine.mute,
        break_minutes=policy.break_minutes if mine.break_minutes is None else mine.break_minutes,
    )


def save(user: User, chosen: Own) -> Own:
    """Replaces all that this person chose; as it was stored."""
    minutes = chosen.break_minutes
    if minutes is not None and not 0 <= minutes <= LONGEST_WORK:
        said = f"Give minutes from 0 (never) to {LONGEST_WORK}, or nothing."
        raise Invalid.at("/break_minutes", said)
    stored = Own(
        check(chosen.keys), chosen.blur, chosen.greyscale, chosen.mute, chosen.break_minutes
    )
    Preference.objects.update_or_create(
        user=user,
        defaults={
            "keys": dict(stored.keys),
            "blur": stored.blur,
            "greyscale": stored.greyscale,
            "mute": stored.mute,
            "break_minutes": stored.break_minutes,
        },
    )
    return stored
