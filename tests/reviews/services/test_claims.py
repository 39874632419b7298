"""Taking a case, giving it back, and what a person is told meanwhile."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from hitl.domain.roles import Role
from hitl.models import Case, Membership, Referral, Workflow
from hitl.services import access, receiving, workflows
from hitl.services.receiving import Submission
from hitl.services.revisions import Head, revision
from models_registry.domain.errors import Forbidden, Missing, Stale
from models_registry.models import new_id
from reviews.models import Claim
from reviews.services import claims, judging
from reviews.services.claims import OnDesk
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC).replace(microsecond=0)
LATER = NOW + timedelta(hours=5)


@pytest.fixture
def dora(spam: Workflow) -> User:
    return factories.person("dora", Role.REVIEWER, workflow=spam)


def send(workflow: Workflow, text: str = "hi", **given: Any) -> Case:
    row, _ = factories.key(workflow)
    assert row.client_id is not None
    receiving.receive(
        [Submission({"text": text, **given.pop("more", {})}, **given)],
        head=Head(workflow.pk, workflow.slug, workflows.in_force(workflow).no),
        client_id=row.client_id,
    )
    return Case.objects.order_by("-pk")[0]


def claim(user: User, slug: str = "") -> OnDesk | None:
    return claims.claim(user, claims.pools_of(user, slug))


def taken(user: User, slug: str = "") -> OnDesk:
    desk = claim(user, slug)
    assert desk is not None
    return desk


def text(desk: OnDesk | None) -> str:
    assert desk is not None
    assert isinstance(desk.input, dict)
    return str(desk.input["text"])


def run_out(user: User) -> None:
    """Ends this person's leases, as time would."""
    Claim.objects.filter(reviewer=user).update(expires=datetime.now(UTC) - timedelta(seconds=1))


# Taking


def test_a_case_is_taken_with_all_that_is_shown(spam: Workflow, bob: User) -> None:
    case = send(spam)
    desk, row = taken(bob), Claim.objects.get()
    referral = Referral.objects.get()
    assert (desk.referral_id, desk.claim_id, desk.token) == (referral.pk, row.pk, 1)
    assert (row.case, row.reviewer, row.state, row.token) == (case, bob, "held", 1)
    assert (referral.free, referral.state) == (0, "open")
    assert (desk.workflow_id, desk.input) == (spam.pk, {"text": "hi"})
    assert desk.expires == row.expires
    assert abs(row.expires - row.shown_at - timedelta(minutes=10)) < timedelta(milliseconds=5)
    assert [choice["value"] for choice in desk.form["choices"]] == ["no", "yes"]


def test_taking_is_one_statement_on_postgresql(
    spam: Workflow, bob: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    send(spam)
    pools = claims.pools_of(bob)
    revision(spam.pk, 1)
    most = 1 if connection.vendor == "postgresql" else 6  # a savepoint's two included
    with django_assert_max_num_queries(most):
        assert claims.claim(bob, pools)


def test_two_people_never_get_the_same_case(spam: Workflow, bob: User, dora: User) -> None:
    send(spam, "a")
    send(spam, "b")
    assert {text(claim(bob)), text(claim(dora))} == {"a", "b"}
    assert claim(bob) is claim(dora) is None


ORDERS = [
    pytest.param([{"due_at": LATER}, {"due_at": NOW}], [1, 0], id="what is due first"),
    pytest.param(
        [{"due_at": LATER, "priority": 1}, {"due_at": LATER, "priority": 2}],
        [1, 0],
        id="then what is more important",
    ),
    pytest.param(
        [
            {"due_at": LATER, "more": {"confidence": 0.9}},
            {"due_at": LATER, "more": {"confidence": 0.5}},
            {"due_at": LATER, "more": {"confidence": None}},
        ],
        [2, 1, 0],
        id="then what the model is least sure of",
    ),
    pytest.param([{"due_at": LATER}, {"due_at": LATER}], [0, 1], id="then what came first"),
    pytest.param(
        [{"due_at": LATER, "priority": 1000}, {"due_at": NOW, "priority": -1000}],
        [1, 0],
        id="due before importance",
    ),
]


@pytest.mark.parametrize(("cases", "order"), ORDERS)
@pytest.mark.parametrize("pools", [1, 2])
def test_cases_come_in_order(
    bob: User, pools: int, cases: list[dict[str, Any]], order: list[int]
) -> None:
    """However many pools they wait in."""
    schema = {"type": "object"}
    where = []
    for i in range(pools):
        factories.version(f"m{i}")
        made = factories.workflow(f"w{i}", model=f"m{i}", level="shadow", schema=schema)
        Membership.objects.create(user=bob, workflow=made, role=Role.REVIEWER)
        where.append(made)
    for i, given in enumerate(cases):
        send(where[i % pools], str(i), **{**given, "more": dict(given.get("more", {}))})
    assert [int(text(claim(bob))) for _ in cases] == order


def test_a_person_takes_only_from_their_own_workflows(spam: Workflow, bob: User) -> None:
    send(factories.workflow("ham"))
    assert claims.pools_of(bob, "ham") == []
    assert claim(bob) is None
    assert claims.claim(bob, []) is None


def test_a_person_may_take_from_one_workflow_of_many(spam: Workflow) -> None:
    root = factories.person("root", Role.REVIEWER)
    ham = factories.workflow("ham")
    send(spam, "spam")
    send(ham, "ham")
    assert text(claim(root, "ham")) == "ham"
    assert claim(root, "ham") is None


@pytest.mark.parametrize("role", [Role.AUDITOR])
def test_who_may_not_review_has_no_pool(spam: Workflow, charlie: User, role: Role) -> None:
    access.join(charlie, [role], spam)
    assert claims.pools_of(charlie) == []


def test_the_lease_is_the_one_in_force(spam: Workflow, bob: User) -> None:
    send(spam)
    workflows.change(spam, by=None, reason="test", policy={"lease_minutes": 30})
    taken(bob)
    row = Claim.objects.get()
    assert abs(row.expires - row.shown_at - timedelta(minutes=30)) < timedelta(milliseconds=5)


# What is shown


@pytest.mark.parametrize(
    ("level", "blind_share", "shown"),
    [
        ("human_only", 0.0, False),
        ("shadow", 0.0, False),
        ("ai_assistance", 0.0, True),
        ("ai_assistance", 1.0, False),
        ("partial_automation", 0.0, True),
        ("partial_automation", 1.0, False),
    ],
)
def test_the_suggestion_is_shown_only_where_the_level_says_so(
    bob: User, level: str, blind_share: float, shown: bool
) -> None:
    factories.version("unsure", confidence=0.25)
    ham = factories.workflow(
        "ham", model="unsure", level=level, policy={"blind_share": blind_share}
    )
    Membership.objects.create(user=bob, workflow=ham, role=Role.REVIEWER)
    send(ham)
    desk = taken(bob)
    assert (desk.suggestion, desk.confidence) == (("yes", 0.25) if shown else (None, None))
    again = claims.on_desk(bob, claims.pools_of(bob))
    assert again == desk


def test_an_audit_never_shows_the_models_answer(bob: User, spam: Workflow) -> None:
    workflows.change(spam, by=None, reason="t", policy={"audit_share": 1.0, "blind_share": 0.0})
    workflows.set_level(spam, "full_automation", by=None, reason="test")
    send(spam)
    desk = taken(bob)
    assert (desk.suggestion, desk.confidence) == (None, None)


@pytest.mark.parametrize("script", [{"fails": "no"}, {"value": "maybe"}])
def test_a_prediction_that_is_no_answer_is_no_suggestion(
    bob: User, spam: Workflow, script: dict[str, Any]
) -> None:
    factories.version("odd", **script)
    workflows.change(spam, by=None, reason="t", model="odd", policy={"blind_share": 0.0})
    workflows.set_level(spam, "ai_assistance", by=None, reason="test")
    send(spam)
    assert taken(bob).suggestion is None


# A person meets a case once


def end(how: str) -> Callable[[User, OnDesk], None]:
    def act(user: User, desk: OnDesk) -> None:
        if how == "skipped":
            claims.skip(user, desk.referral_id, desk.token, "no idea")
        elif how == "released":
            claims.release(user, desk.referral_id, desk.token)
        elif how == "expired":
            run_out(user)
            claims.expire_due()
        else:
            judging.submit(user, desk.referral_id, desk.token, "no")

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
def test_who_may_take_a_case_again(
    spam: Workflow, bob: User, dora: User, how: str, again: bool, others: bool
) -> None:
    send(spam)
    desk = taken(bob)
    if how != "held":
        end(how)(bob, desk)
    assert Claim.objects.get().state == how
    assert Referral.objects.get().free == int(others)
    mine = claim(bob)
    assert (mine is not None) is again
    if mine:
        assert (mine.claim_id, mine.token) == (desk.claim_id, desk.token + 1)
        claims.release(bob, mine.referral_id, mine.token)
    assert (claim(dora) is not None) is others


def test_a_case_that_was_met_is_not_met_again_as_an_audit(
    spam: Workflow, bob: User, dora: User
) -> None:
    case = send(spam)
    judging.submit(bob, (desk := taken(bob)).referral_id, desk.token, "no")
    Referral.objects.create(
        case=case, kind="audit", pool=spam.pk, due=NOW, opened=NOW, needed=1, free=1
    )
    assert claim(bob) is None
    assert claim(dora) is not None


def test_a_case_taken_anew_starts_clean(spam: Workflow, bob: User) -> None:
    send(spam)
    first = taken(bob)
    Claim.objects.update(draft="no")
    claims.release(bob, first.referral_id, first.token)
    taken(bob)
    row = Claim.objects.get()
    assert (row.token, row.state, row.draft, row.skip_reason) == (2, "held", None, "")


# Giving back


def test_a_skip_keeps_its_reason(spam: Workflow, bob: User) -> None:
    send(spam)
    desk = taken(bob)
    claims.skip(bob, desk.referral_id, desk.token, "cannot read it")
    assert (Claim.objects.get().state, Claim.objects.get().skip_reason) == (
        "skipped",
        "cannot read it",
    )


def test_a_renewed_lease_starts_anew(spam: Workflow, bob: User) -> None:
    send(spam)
    desk = taken(bob)
    run_out(bob)
    until = claims.renew(bob, desk.referral_id, desk.token)
    assert until == Claim.objects.get().expires > datetime.now(UTC) + timedelta(minutes=9)
    assert claims.expire_due() == 0


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


def test_the_very_case_may_be_had_again(spam: Workflow, bob: User) -> None:
    send(spam, "a")
    send(spam, "b")
    desk = taken(bob)
    assert claims.claim_again(bob, desk.referral_id) is not None
    run_out(bob)
    claims.expire_due()
    again = claims.claim_again(bob, desk.referral_id)
    assert again is not None
    assert (again.referral_id, again.token) == (desk.referral_id, 2)
    assert Referral.objects.get(pk=desk.referral_id).free == 0


def test_what_others_hold_is_not_had_again(spam: Workflow, bob: User, dora: User) -> None:
    send(spam)
    desk = taken(bob)
    run_out(bob)
    claims.expire_due()
    taken(dora)
    assert claims.claim_again(bob, desk.referral_id) is None
    with pytest.raises(Missing):
        claims.claim_again(bob, new_id())


# Stale


def submit(user: User, desk: OnDesk) -> object:
    return judging.submit(user, desk.referral_id, desk.token, "no")


@pytest.mark.parametrize("how", ["done", "skipped", "released", "expired"])
def test_a_place_that_is_over_is_stale(spam: Workflow, bob: User, how: str) -> None:
    send(spam)
    desk = taken(bob)
    end(how)(bob, desk)
    for act in (
        submit,
        lambda user, desk: claims.skip(user, desk.referral_id, desk.token, "late"),
        lambda user, desk: claims.release(user, desk.referral_id, desk.token),
        lambda user, desk: claims.renew(user, desk.referral_id, desk.token),
    ):
        with pytest.raises(Stale) as error:
            act(bob, desk)
        assert error.value.facts == {"state": how, "held_by": None, "held_until": None}
    assert Claim.objects.get().state == how


def test_who_holds_it_now_and_until_when(spam: Workflow, bob: User, dora: User) -> None:
    send(spam)
    desk = taken(bob)
    run_out(bob)
    claims.expire_due()
    theirs = taken(dora)
    with pytest.raises(Stale, match=r"ran out\. It is held by dora until") as error:
        submit(bob, desk)
    assert error.value.facts == {
        "state": "expired",
        "held_by": "dora",
        "held_until": theirs.expires,
    }


def test_an_old_token_of_ones_own_is_stale_too(spam: Workflow, bob: User) -> None:
    send(spam)
    desk = taken(bob)
    claims.release(bob, desk.referral_id, desk.token)
    anew = taken(bob)
    with pytest.raises(Stale, match="not your newest") as error:
        submit(bob, desk)
    assert (error.value.facts["held_by"], error.value.facts["held_until"]) == (
        "you",
        anew.expires,
    )
    submit(bob, anew)


def test_a_lease_that_is_over_but_not_freed_may_still_submit(spam: Workflow, bob: User) -> None:
    """Submit looks at token and state, not at the clock: nobody else has the case yet."""
    send(spam)
    desk = taken(bob)
    run_out(bob)
    submit(bob, desk)
    assert Claim.objects.get().state == "done"


def test_who_holds_no_place_finds_none(spam: Workflow, bob: User, dora: User) -> None:
    send(spam)
    desk = taken(bob)
    with pytest.raises(Missing):
        submit(dora, desk)


def test_who_left_the_pool_may_not_submit(spam: Workflow, bob: User) -> None:
    send(spam)
    desk = taken(bob)
    Membership.objects.all().delete()
    with pytest.raises(Forbidden):
        submit(bob, desk)


# Why there is nothing


def test_an_empty_queue_says_so(spam: Workflow, bob: User) -> None:
    state = claims.queue_state(bob, claims.pools_of(bob))
    assert (state.is_empty, state.held, state.next_free) == (True, 0, None)


def test_a_queue_that_others_hold_says_how_many_and_until_when(
    spam: Workflow, bob: User, dora: User
) -> None:
    ham = factories.workflow("ham")
    root = factories.person("root", Role.REVIEWER)
    for i in range(3):
        send(spam, str(i))
    send(ham)
    first = taken(dora)
    taken(dora)
    taken(root, "ham")
    taken(bob)
    state = claims.queue_state(bob, claims.pools_of(bob))
    assert (state.held, state.next_free) == (2, first.expires)
    everywhere = claims.queue_state(root, claims.pools_of(root))
    assert everywhere.held == 3


def test_the_desk_shows_what_is_held(spam: Workflow, bob: User) -> None:
    pools = claims.pools_of(bob)
    assert claims.on_desk(bob, pools) is None
    send(spam, "a")
    send(spam, "b")
    taken(bob)
    newest = taken(bob)
    assert claims.on_desk(bob, pools) == newest
    assert claims.on_desk(bob, []) is None
    run_out(bob)
    assert claims.on_desk(bob, pools) is None


def test_a_lease_is_renewed_by_the_policy_in_force(spam: Workflow, bob: User) -> None:
    send(spam)
    workflows.change(spam, by=None, reason="longer", policy={"lease_minutes": 60})
    desk = taken(bob)
    until = claims.renew(bob, desk.referral_id, desk.token)
    assert until - datetime.now(UTC) > timedelta(minutes=55)


def test_a_second_window_gets_the_case_of_the_first(spam: Workflow, bob: User) -> None:
    send(spam)
    send(spam)
    first = claims.desk_for(bob, claims.pools_of(bob))
    second = claims.desk_for(bob, claims.pools_of(bob))
    assert first is not None
    assert second is not None
    assert (first.referral_id, first.token) == (second.referral_id, second.token)
