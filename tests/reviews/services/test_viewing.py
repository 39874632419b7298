"""What is open to whom, and that opening is written down."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from hitl.domain.roles import Role
from hitl.models import Case, Decision, Prediction, Referral, Sight, Workflow
from models_registry.domain.errors import Conflict, Missing
from reviews.domain.viewing import Door
from reviews.models import Claim
from reviews.services import claims, desk, golds, viewing
from tests import factories
from tests.reviews import answers, desks


@pytest.fixture
def waiting(spam: Workflow, bob: User) -> Referral:
    """A case that bob and one more are to judge."""
    desks.dials(spam, reviews_required=2)
    return Referral.objects.get(case=desks.send(spam))


def test_outsiders_and_reviewers_who_have_not_judged_find_nothing(
    waiting: Referral, bob: User, charlie: User
) -> None:
    for person in (bob, charlie):
        with pytest.raises(Missing, match=viewing.NOTHING):
            viewing.find(person, waiting.pk)
    assert not Sight.objects.exists()


def test_who_lost_the_role_finds_nothing(waiting: Referral, bob: User) -> None:
    desks.judge(bob)
    bob.hitl_memberships.all().delete()
    with pytest.raises(Missing):
        viewing.find(bob, waiting.pk)


def test_who_judged_finds_the_case_and_leaves_no_trace(waiting: Referral, bob: User) -> None:
    desks.judge(bob)
    assert viewing.opened(bob, waiting.pk).door == Door.OPEN
    assert not Sight.objects.exists()


def test_an_operator_opens_a_case_and_is_not_served_it(waiting: Referral, alice: User) -> None:
    with pytest.raises(Conflict, match="Open it first"):
        viewing.opened(alice, waiting.pk)
    assert not Sight.objects.exists()
    viewing.open_case(alice, waiting.pk)
    viewing.open_case(alice, waiting.pk)
    assert viewing.opened(alice, waiting.pk).door == Door.OPEN
    assert Sight.objects.filter(user=alice, case=waiting.case).count() == 1
    assert desks.claim(alice) is None


def test_an_auditor_needs_not_be_asked_and_is_remembered_all_the_same(
    waiting: Referral, spam: Workflow
) -> None:
    dora = factories.person("dora", Role.AUDITOR, workflow=spam)
    viewing.opened(dora, waiting.pk)
    assert Sight.objects.get().user == dora


def test_who_holds_it_answers_or_gives_it_back_first(waiting: Referral, alice: User) -> None:
    case = desks.taken(alice)
    for look in (viewing.opened, viewing.open_case):
        with pytest.raises(Conflict, match="Answer it or give it back"):
            look(alice, waiting.pk)
    claims.release(alice, case.referral_id, case.token)
    viewing.open_case(alice, waiting.pk)
    assert desk.claim_again(alice, waiting.pk) is None
    assert desks.claim(alice) is None


def test_a_reserved_case_counts_as_held(waiting: Referral, alice: User, spam: Workflow) -> None:
    desk.look_ahead(alice, desk.seats_of(alice, spam.slug))
    with pytest.raises(Conflict):
        viewing.open_case(alice, waiting.pk)


def test_who_opened_a_case_is_not_served_the_known_answer_made_of_it(
    spam: Workflow, bob: User, alice: User
) -> None:
    case = desks.send(spam)
    desks.judge(bob)
    viewing.open_case(alice, Referral.objects.get(case=case).pk)
    case.refresh_from_db()
    gold = golds.from_case(case)
    met = Claim.objects.filter(case=gold.case_id).values_list("reviewer__username", flat=True)
    assert set(met) == {"alice", "bob"}


def assisted(spam: Workflow, person: User) -> Case:
    """A case that this person judged with the suggestion on the screen; decided."""
    if spam.revision_no == 1:
        desks.level(spam, "ai_assistance")
    case = desks.send(spam)
    desks.judge(person, "yes")
    case.refresh_from_db()
    return case


def is_told(person: User, case: Case) -> bool:
    return viewing.told(person).filter(pk=case.pk).exists()


def test_a_decision_is_told_to_who_judged_with_the_suggestion(
    spam: Workflow, bob: User, alice: User
) -> None:
    case = assisted(spam, bob)
    assert is_told(bob, case)
    assert not is_told(alice, case)


@pytest.mark.parametrize(
    "change",
    [{"blind": True}, {"audit": True}, {"status": "referred"}],
    ids=["blind", "audit", "undecided"],
)
def test_nothing_is_told_of_other_cases(
    spam: Workflow, bob: User, change: dict[str, object]
) -> None:
    case = assisted(spam, bob)
    Case.objects.filter(pk=case.pk).update(**change)
    assert not is_told(bob, case)


def test_nothing_is_told_where_no_suggestion_was_shown_so_that_audits_have_company(
    spam: Workflow, bob: User
) -> None:
    case = desks.send(desks.level(spam, "human_only"))
    desks.judge(bob)
    assert Decision.objects.filter(case=case).exists()
    assert not Prediction.objects.filter(case=case).exists()
    assert not is_told(bob, case)


@pytest.mark.parametrize("state", ["open", "settling"])
def test_nothing_is_told_while_anybody_is_asked(spam: Workflow, bob: User, state: str) -> None:
    case = assisted(spam, bob)
    more = answers.NOW + timedelta(days=1)
    Referral.objects.create(
        case=case, kind="contest", pool=spam.pk, due=more, opened=more, state=state
    )
    assert not is_told(bob, case)


def test_nothing_is_told_while_the_answer_can_be_undone(spam: Workflow, bob: User) -> None:
    desks.dials(spam, undo_seconds=60)
    case = desks.send(desks.level(spam, "ai_assistance"))
    desks.judge(bob)
    Referral.objects.update(state="closed")
    Case.objects.update(status="decided", seq=1)
    assert not is_told(bob, case)
    desks.later()
    assert is_told(bob, case)


def test_nothing_is_told_where_known_answers_are_served_or_they_were_the_ones_never_told(
    spam: Workflow, bob: User
) -> None:
    case = assisted(spam, bob)
    gold = answers.known(spam)
    assert not is_told(bob, case)
    answers.answer(bob, gold, "yes")
    golds.retire(gold)
    assert not is_told(bob, case)
    assert not is_told(bob, gold.case)


def test_nothing_is_told_of_what_was_judged_again_because_somebody_objects(
    spam: Workflow, bob: User
) -> None:
    case = assisted(spam, bob)
    Referral.objects.filter(case=case).update(contested=True)
    assert not is_told(bob, case)
