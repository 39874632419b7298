"""A held case: kept, drafted on, passed on, given back, and lost when its lease is over."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from hitl.domain.cases import Kind
from hitl.models import Membership, Referral, Workflow
from hitl.services import deciding
from models_registry.domain.errors import Forbidden, Missing, Stale
from reviews.domain.claims import SkipKind
from reviews.domain.consensus import Said, Verdict
from reviews.models import Claim, Review
from reviews.services import claims, desk, judging
from reviews.services.desk import OnDesk
from tests.reviews.desks import (
    claim,
    dials,
    first_in,
    judge,
    referral,
    reviewers,
    run_out,
    send,
    submit,
    taken,
)

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC).replace(microsecond=0)
DRAFT = {"verdict": "answer", "value": "yes", "comment": "half a sen"}


@pytest.fixture
def dora(spam: Workflow) -> User:
    return reviewers(spam, "dora")[0]


# A person meets a case once


def end(how: str) -> Callable[[User, OnDesk], None]:
    def act(user: User, case: OnDesk) -> None:
        if how == "skipped":
            claims.skip(user, case.referral_id, case.token, "no idea")
        elif how == "released":
            claims.release(user, case.referral_id, case.token)
        elif how == "expired":
            run_out(user)
            claims.expire_due()
        elif how == "done":
            submit(user, case)

    return act


@pytest.mark.parametrize(
    ("how", "again", "others"),
    [
        ("held", False, False),
        ("done", False, False),
        ("skipped", False, True),
        ("released", True, True),
        ("expired", True, True),
    ],
)
def test_complaint_10_who_may_take_a_case_again(
    spam: Workflow, bob: User, dora: User, how: str, again: bool, others: bool
) -> None:
    send(spam)
    case = taken(bob)
    end(how)(bob, case)
    assert Claim.objects.get().state == how
    assert referral().free == int(others)
    mine = claim(bob)
    assert (mine is not None) is again
    if mine:
        assert (mine.claim_id, mine.token) == (case.claim_id, case.token + 1)
        claims.release(bob, mine.referral_id, mine.token)
    assert (claim(dora) is not None) is others


def test_a_case_that_was_met_is_not_met_again_as_an_audit(
    spam: Workflow, bob: User, dora: User
) -> None:
    case = send(spam)
    judge(bob)
    Referral.objects.create(
        case=case, kind="audit", pool=spam.pk, due=NOW, opened=NOW, needed=1, free=1
    )
    assert claim(bob) is None
    assert claim(dora) is not None


# Giving back


def test_a_skip_keeps_its_reason(spam: Workflow, bob: User) -> None:
    send(spam)
    case = taken(bob)
    claims.skip(bob, case.referral_id, case.token, "cannot read it")
    row = Claim.objects.get()
    assert (row.state, row.skip_reason) == ("skipped", "cannot read it")


def test_a_renewed_lease_starts_anew(spam: Workflow, bob: User) -> None:
    send(spam)
    case = taken(bob)
    run_out(bob)
    until = claims.renew(bob, case.referral_id, case.token)
    assert until == Claim.objects.get().expires > datetime.now(UTC) + timedelta(minutes=9)
    assert claims.expire_due() == 0


def test_a_lease_is_renewed_by_the_policy_in_force(spam: Workflow, bob: User) -> None:
    send(spam)
    dials(spam, lease_minutes=60)
    case = taken(bob)
    until = claims.renew(bob, case.referral_id, case.token)
    assert until - datetime.now(UTC) > timedelta(minutes=55)


def test_only_what_ran_out_is_freed(spam: Workflow, bob: User, dora: User) -> None:
    send(spam, "a")
    send(spam, "b")
    taken(bob)
    taken(dora)
    run_out(bob)
    assert claims.expire_due() == 1
    assert claims.expire_due() == 0
    assert dict(Claim.objects.values_list("reviewer__username", "state")) == {
        "bob": "expired",
        "dora": "held",
    }
    assert sum(Referral.objects.values_list("free", flat=True)) == 1


def test_the_lease_of_a_case_that_went_on_ends_and_frees_nothing(spam: Workflow, bob: User) -> None:
    send(spam)
    taken(bob)
    deciding.close_unanswered(referral(), now=NOW)
    run_out(bob)
    assert claims.expire_due() == 1
    assert (Claim.objects.get().state, referral().free) == ("expired", 0)


# Drafts


def draft() -> tuple[Any, datetime | None]:
    row = Claim.objects.get(reviewer__username="bob")
    return row.draft, row.draft_at


def test_complaint_1_a_draft_is_there_after_a_crash(spam: Workflow, bob: User) -> None:
    send(spam)
    case = taken(bob)
    assert claims.save_draft(bob, case.referral_id, case.token, DRAFT, NOW) == NOW
    again = desk.on_desk(bob, desk.seats_of(bob))
    assert again is not None
    assert (again.draft, again.draft_at) == (DRAFT, NOW)


def test_the_newest_draft_stands(spam: Workflow, bob: User) -> None:
    send(spam)
    case = taken(bob)
    for i in range(3):
        claims.save_draft(bob, case.referral_id, case.token, {"i": i}, NOW)
    assert draft() == ({"i": 2}, NOW)


@pytest.mark.parametrize("how", ["released", "expired"])
def test_a_draft_waits_for_who_takes_the_case_again(spam: Workflow, bob: User, how: str) -> None:
    send(spam)
    case = taken(bob)
    claims.save_draft(bob, case.referral_id, case.token, DRAFT, NOW)
    end(how)(bob, case)
    again = taken(bob)
    assert (again.token, again.draft, again.draft_at) == (2, DRAFT, NOW)


def test_nobody_else_finds_a_draft(spam: Workflow, bob: User, dora: User) -> None:
    send(spam)
    case = taken(bob)
    claims.save_draft(bob, case.referral_id, case.token, DRAFT)
    claims.release(bob, case.referral_id, case.token)
    theirs = taken(dora)
    assert (theirs.draft, theirs.draft_at) == (None, None)
    with pytest.raises(Missing):
        claims.save_draft(reviewers(spam, "eric")[0], case.referral_id, case.token, DRAFT)


def test_a_draft_of_one_judgement_is_none_of_the_next(spam: Workflow, bob: User) -> None:
    """Another referral of the same case asks something else."""
    send(spam)
    case = taken(bob)
    claims.save_draft(bob, case.referral_id, case.token, DRAFT)
    claims.release(bob, case.referral_id, case.token)
    deciding.close_unanswered(referral(), now=NOW)
    row = Claim.objects.select_related("case").get()
    deciding.refer(row.case, Kind.CONTEST, pool=spam.pk, due=NOW, now=NOW)
    assert taken(bob).draft is None


def test_complaint_1_a_draft_that_comes_too_late_is_told_and_kept(
    spam: Workflow, bob: User, dora: User
) -> None:
    send(spam)
    case = taken(bob)
    run_out(bob)
    claims.expire_due()
    theirs = taken(dora)
    with pytest.raises(Stale, match="ran out"):
        claims.save_draft(bob, case.referral_id, case.token, DRAFT, NOW)
    assert draft() == (DRAFT, NOW)
    claims.release(dora, theirs.referral_id, theirs.token)
    assert taken(bob).draft == DRAFT


def test_an_old_window_leaves_the_draft_of_the_new_one_alone(spam: Workflow, bob: User) -> None:
    send(spam)
    case = taken(bob)
    claims.release(bob, case.referral_id, case.token)
    anew = taken(bob)
    claims.save_draft(bob, anew.referral_id, anew.token, {"new": 1}, NOW)
    with pytest.raises(Stale, match="not your newest"):
        claims.save_draft(bob, case.referral_id, case.token, DRAFT)
    assert draft() == ({"new": 1}, NOW)


def test_a_draft_after_the_answer_changes_nothing(spam: Workflow, bob: User) -> None:
    send(spam)
    case = taken(bob)
    claims.save_draft(bob, case.referral_id, case.token, DRAFT)
    submit(bob, case)
    assert draft() == (None, None)
    with pytest.raises(Stale, match="already answered"):
        claims.save_draft(bob, case.referral_id, case.token, DRAFT)
    assert draft() == (None, None)


def test_who_left_keeps_no_draft(spam: Workflow, bob: User) -> None:
    send(spam)
    case = taken(bob)
    Membership.objects.all().delete()
    with pytest.raises(Forbidden):
        claims.save_draft(bob, case.referral_id, case.token, DRAFT)


@pytest.mark.parametrize(
    "said", [Said(Verdict.ANSWER, "yes"), Said(Verdict.CANNOT_DECIDE), Said(Verdict.BAD_INPUT)]
)
@pytest.mark.parametrize("how", ["released", "expired"])
def test_complaint_5_a_late_answer_is_told_and_kept(
    spam: Workflow, bob: User, how: str, said: Said
) -> None:
    send(spam)
    case = taken(bob)
    end(how)(bob, case)
    with pytest.raises(Stale):
        submit(bob, case, said, comment="sure", now=NOW)
    assert draft() == ({"verdict": said.verdict, "value": said.value, "comment": "sure"}, NOW)
    assert not Review.objects.exists()
    again = desk.claim_again(bob, case.referral_id)
    assert again is not None
    submit(bob, again, Said(Verdict(again.draft["verdict"]), again.draft["value"]))
    assert Review.objects.get().verdict == said.verdict
    assert draft() == (None, None)


def test_an_answer_to_a_case_that_went_on_is_told_and_kept(spam: Workflow, bob: User) -> None:
    send(spam)
    case = taken(bob)
    deciding.close_unanswered(referral(), now=NOW)
    with pytest.raises(Stale, match="went on without you") as error:
        submit(bob, case, "yes")
    assert error.value.facts["state"] == "closed"
    assert draft()[0]["value"] == "yes"


# Stale


ACTS: list[Callable[[User, OnDesk], object]] = [
    submit,
    lambda user, case: judging.skip(
        user, case.referral_id, case.token, SkipKind.NOT_FOR_ME, "late"
    ),
    lambda user, case: judging.skip(
        user, case.referral_id, case.token, SkipKind.CANNOT_DECIDE, "late"
    ),
    lambda user, case: claims.release(user, case.referral_id, case.token),
    lambda user, case: claims.renew(user, case.referral_id, case.token),
    lambda user, case: claims.save_draft(user, case.referral_id, case.token, DRAFT),
    lambda user, case: desk.show(user, case.referral_id, case.token),
]


@pytest.mark.parametrize("how", ["done", "skipped", "released", "expired"])
def test_complaint_5_a_place_that_is_over_is_stale(spam: Workflow, bob: User, how: str) -> None:
    send(spam)
    case = taken(bob)
    end(how)(bob, case)
    for act in ACTS:
        with pytest.raises(Stale) as error:
            act(bob, case)
        assert error.value.facts == {"state": how, "held_by": None, "held_until": None}
    assert Claim.objects.get().state == how


def test_who_holds_it_now_and_until_when(spam: Workflow, bob: User, dora: User) -> None:
    send(spam)
    case = taken(bob)
    run_out(bob)
    claims.expire_due()
    theirs = taken(dora)
    with pytest.raises(Stale, match=r"ran out\. It is held by dora until") as error:
        submit(bob, case)
    assert error.value.facts == {
        "state": "expired",
        "held_by": "dora",
        "held_until": theirs.expires,
    }


def test_where_a_place_is_free_nobody_holds_it(spam: Workflow, bob: User, dora: User) -> None:
    dials(spam, reviews_required=2)
    send(spam)
    case = taken(bob)
    taken(dora)
    run_out(bob)
    claims.expire_due()
    with pytest.raises(Stale) as error:
        submit(bob, case)
    assert error.value.facts["held_by"] is None
    assert desk.claim_again(bob, case.referral_id) is not None


def test_complaint_2_an_old_token_of_ones_own_is_stale_too(
    spam: Workflow, bob: User, dora: User
) -> None:
    dials(spam, reviews_required=2)
    send(spam)
    taken(dora)
    case = taken(bob)
    claims.release(bob, case.referral_id, case.token)
    anew = taken(bob)
    with pytest.raises(Stale, match="not your newest") as error:
        submit(bob, case)
    assert (error.value.facts["held_by"], error.value.facts["held_until"]) == (
        "you",
        anew.expires,
    )
    submit(bob, anew)


def test_a_case_that_ran_out_and_came_again_by_looking_ahead_ran_out(
    spam: Workflow, bob: User
) -> None:
    send(spam)
    case = taken(bob)
    run_out(bob)
    claims.expire_due()
    ahead = desk.look_ahead(bob, desk.seats_of(bob))
    assert ahead is not None
    assert ahead.referral_id == case.referral_id
    with pytest.raises(Stale, match="ran out") as error:
        submit(bob, case)
    assert (error.value.facts["state"], error.value.facts["held_by"]) == ("expired", None)
    anew = desk.claim_again(bob, case.referral_id)
    assert anew is not None
    assert Claim.objects.get().shown_at is not None
    submit(bob, anew)


def test_a_lease_that_is_over_but_not_freed_may_still_submit(spam: Workflow, bob: User) -> None:
    """Submit looks at token and state, not at the clock: nobody else has the case yet."""
    send(spam)
    case = taken(bob)
    run_out(bob)
    submit(bob, case)
    assert Claim.objects.get().state == "done"


def test_who_holds_no_place_finds_none(spam: Workflow, bob: User, dora: User) -> None:
    send(spam)
    case = taken(bob)
    for act in ACTS:
        with pytest.raises(Missing):
            act(dora, case)


def test_who_left_may_do_nothing(spam: Workflow, bob: User) -> None:
    send(spam)
    case = taken(bob)
    Membership.objects.all().delete()
    for act in ACTS:
        with pytest.raises(Forbidden):
            act(bob, case)
    assert Claim.objects.get().state == "held"


def test_a_lease_that_is_renewed_just_now_does_not_end(
    spam: Workflow, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(spam)
    case = taken(bob)
    run_out(bob)
    first_in(monkeypatch, claims, lambda: claims.renew(bob, case.referral_id, case.token))
    assert claims.expire_due() == 0
    assert Claim.objects.get().state == "held"
