"""The policy: the dials inside a revision, one validated value."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec

from models_registry.domain.errors import Invalid

SHARES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0)
"""The values a share may take: few, so that evidence is counted per probability in few counters."""

Unit = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class WrongDial(ValueError):
    """A dial that cannot be as it is; `dial` is the policy's field, a path with slashes."""

    def __init__(self, dial: str, why: str) -> None:
        super().__init__(why)
        self.dial = dial


def _wrong_share(dial: str, value: float) -> WrongDial:
    valid = ", ".join(f"{share:g}" for share in SHARES)
    return WrongDial(dial, f"{dial} is {value:g}; valid: {valid}")


class Fixed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="rule", tag="fixed"):
    """Automate at or above one number that a person chose."""

    threshold: Unit = 0.9


class Target(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="rule", tag="target"
):
    """Automate where a certificate shows the error to be at most `max_error`. loss: what the error
    is, the share of wrong answers, or the mean distance from the right one (words, fields).
    by_class: certificates are sought for every answer by itself as well, and shown."""

    max_error: Annotated[float, msgspec.Meta(gt=0.0, lt=1.0)] = 0.02
    confidence: Annotated[float, msgspec.Meta(ge=0.5, lt=1.0)] = 0.95
    loss: Literal["wrong", "distance"] = "wrong"
    by_class: bool = False


Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$(?!\n)")]
NameOrNone = Annotated[str, msgspec.Meta(pattern=r"^([a-z0-9][a-z0-9_-]{0,39})?$(?!\n)")]


def _wrong_pool(dial: str, name: str, names: Sequence[str]) -> WrongDial:
    valid = ", ".join(names) or "none, the policy names no pools"
    return WrongDial(dial, f"there is no pool {name!r}; valid: {valid}")


class PoolRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The reviewers who have all of `skills`. After `after_minutes` in the queue a case moves on
    to the pool `escalates_to` ('' is the workflow's own pool, of everybody who reviews it)."""

    name: Name
    skills: tuple[Name, ...] = ()
    escalates_to: NameOrNone = ""
    after_minutes: Annotated[int, msgspec.Meta(ge=1, le=525600)] | None = None


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How cases are routed and judged.

    audit_share: share of automated cases that a person judges blind as well.
    blind_share: share of referred cases judged without the suggestion; None stands for 1 under a
        target (every referred case can be evidence) and 0.1 under a fixed threshold.
    reviews_required: people who judge one case, blind to each other.
    consensus: what makes their answers one: unanimous, majority (more than half), or first (the
        earliest stands when all have answered; the others show how far people agree).
    undo_seconds: how long a submitted judgement can be withdrawn before it decides.
    lease_minutes: how long a claimed case stays reserved.
    due_hours, audit_due_hours: when a referral is due if the client names no time.
    on_lapse: what happens to an undecided case past its due time: leave, raise (it goes before
        all that is not raised), adjudicate, or default (`safe_default` is decided, by rule).
    pools: who judges what, by skills; a case may name one. adjudication_pool: who settles
        conflicts ('' is everybody who reviews the workflow).
    audit_supersedes: whether an audit that differs replaces the decision.
    redo_opens: whether a redo that names a value has a person look at the case again.
    second_look: whether a blind answer that differs from the model's is judged a second time; under
        a target always.
    agreement_share: share of blind answers equal to the model's that are judged a second time: it
        shows what errors people miss. reviewer_errors: whether the target is tightened by that.
    guard: what takes the model back, the `detector` (soonest; where the error is exactly the target
        it comes sometimes) or the `proof` that the error is above the target (later; wrong at most
        as often as a certificate, ever).
    promote: who takes the next step of the ladder once it is earned: a person, two people, or the
        service by itself. risk: how bad a wrong decision is; it caps the level.
    least_coverage: share of the cases that must be certified before partial automation.
    lapse_cases, lapse_days: a certificate lapses after so many automated cases or days unless it
        is earned anew from what came since; 0 for never.
    two_stage: whether a person who judges without the suggestion is shown it after answering, and
        answers again: the first answer is evidence, the second decides.
    blur, greyscale, mute: how pictures and sound are shown unless a person wants it otherwise.
    break_minutes: a page reminds of a break after so long; 0 for never.
    gold_share: share of claims that serve a known answer instead. gold_bar, gold_least: who is
        right on less than this share, after at least so many, is paused. onboarding: known
        answers a new reviewer is given before any other case.
    """

    threshold: Fixed | Target = msgspec.field(default_factory=Fixed)
    audit_share: float = 0.05
    blind_share: float | None = None
    reviews_required: Annotated[int, msgspec.Meta(ge=1, le=9)] = 1
    consensus: Literal["unanimous", "majority", "first"] = "unanimous"
    undo_seconds: Annotated[int, msgspec.Meta(ge=0, le=600)] = 10
    lease_minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] = 10
    due_hours: Annotated[int, msgspec.Meta(ge=1, le=8760)] = 24
    audit_due_hours: Annotated[int, msgspec.Meta(ge=1, le=8760)] = 72
    on_lapse: Literal["leave", "raise", "adjudicate", "default"] = "leave"
    safe_default: Any = None
    pools: tuple[PoolRule, ...] = ()
    adjudication_pool: NameOrNone = ""
    audit_supersedes: bool = True
    redo_opens: bool = False
    second_look: bool = False
    agreement_share: float = 0.0
    reviewer_errors: bool = False
    guard: Literal["detector", "proof"] = "detector"
    promote: Literal["person", "two", "itself"] = "person"
    risk: Literal["low", "medium", "high"] = "low"
    least_coverage: Unit = 0.2
    lapse_cases: Annotated[int, msgspec.Meta(ge=0, le=100_000_000)] = 100_000
    lapse_days: Annotated[int, msgspec.Meta(ge=0, le=3650)] = 180
    gold_share: float = 0.0
    gold_bar: Unit = 0.8
    gold_least: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 10
    onboarding: Annotated[int, msgspec.Meta(ge=0, le=200)] = 0
    two_stage: bool = False
    blur: bool = False
    greyscale: bool = False
    mute: bool = False
    break_minutes: Annotated[int, msgspec.Meta(ge=0, le=480)] = 0

    def __post_init__(self) -> None:
        for dial in ("audit_share", "blind_share", "gold_share", "agreement_share"):
            share = getattr(self, dial)
            if share is not None and share not in SHARES:
                raise _wrong_share(dial, share)
        names = [rule.name for rule in self.pools]
        if len(set(names)) < len(names):
            raise WrongDial("pools", "two pools have the same name")
        for i, rule in enumerate(self.pools):
            if rule.escalates_to and rule.escalates_to not in names:
                raise _wrong_pool(f"pools/{i}/escalates_to", rule.escalates_to, names)
            if rule.escalates_to == rule.name:
                raise WrongDial(f"pools/{i}/escalates_to", "a pool cannot escalate to itself")
            if self._returns(rule):
                raise WrongDial(f"pools/{i}/escalates_to", "a case would go round in a circle")
        if self.adjudication_pool and self.adjudication_pool not in names:
            raise _wrong_pool("adjudication_pool", self.adjudication_pool, names)
        if self.on_lapse == "default" and self.safe_default is None:
            raise WrongDial("safe_default", "name the answer that stands when the time is over")

    def _returns(self, first: PoolRule) -> bool:
        """Whether a case that escalates from this pool comes back to it. A pool without a time is
        an end: nothing leaves it."""
        following = {rule.name: rule for rule in self.pools}
        rule: PoolRule | None = first
        for _ in self.pools:
            if rule is None or rule.after_minutes is None:
                return False
            rule = following.get(rule.escalates_to)
            if rule is first:
                return True
        return False

    @property
    def looks_twice(self) -> bool:
        """Whether a dispute between a person and the model is judged a second time: evidence must
        not count people's slips as the model's."""
        return self.second_look or isinstance(self.threshold, Target)

    @property
    def blind_share_in_force(self) -> float:
        if self.blind_share is not None:
            return self.blind_share
        return 1.0 if isinstance(self.threshold, Target) else 0.1


def parse_policy(value: object, pointer: str = "/policy") -> Policy:
    """A policy from decoded JSON; Invalid at the field that is wrong."""
    try:
        return msgspec.convert(value, Policy)
    except msgspec.ValidationError as error:
        detail, _, path = str(error).partition(" - at `$")
        if isinstance(error.__cause__, WrongDial):
            path = f".{error.__cause__.dial}"
        steps = path.rstrip("`").replace("[", ".").replace("]", "")
        raise Invalid.at(pointer + steps.replace(".", "/"), detail + ".") from error
