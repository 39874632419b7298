"""A person's last answers: their own, that stand, the newest first."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from hitl.models import Workflow
from reviews.domain.consensus import Said, Verdict
from reviews.models import Claim
from reviews.services import claims, history, judging
from tests import factories
from tests.reviews import answers, desks
from tests.reviews.desks import BAD, UNSURE


def briefs(user: User, workflow: Workflow, limit: int = 12) -> list[str]:
    return [past.brief for past in history.last(user, workflow.pk, limit)]


def test_the_newest_comes_first_and_skips_are_said_in_words(bob: User, spam: Workflow) -> None:
    for said in ("no", "yes", UNSURE, BAD):
        desks.send(spam)
        desks.judge(bob, said)
    assert briefs(bob, spam) == ["bad input", "cannot decide", "yes", "no"]
    assert briefs(bob, spam, limit=2) == ["bad input", "cannot decide"]


def test_what_was_passed_on_given_back_or_undone_is_not_there(bob: User, spam: Workflow) -> None:
    desks.dials(spam, undo_seconds=60)
    desks.send(spam)
    case = desks.taken(bob)
    claims.skip(bob, case.referral_id, case.token, "not for me")
    desks.send(spam)
    judging.withdraw(bob, desks.judge(bob, "yes").review_id)
    assert history.last(bob, spam.pk) == []
    assert Claim.objects.filter(state="held").count() == 1


def test_an_answer_given_again_after_undo_stands_once(bob: User, spam: Workflow) -> None:
    desks.dials(spam, undo_seconds=60)
    first, second = desks.send(spam, "a"), desks.send(spam, "b")
    done = desks.judge(bob, "yes")
    desks.taken(bob)  # the second is on the desk when the first is taken back
    judging.withdraw(bob, done.review_id)
    for case in (first, second):
        mine = Claim.objects.get(case=case)
        said = Said(Verdict.ANSWER, "no" if case == first else "yes")
        judging.submit(bob, mine.referral_id, mine.token, said)
    assert briefs(bob, spam) == ["yes", "no"]


def test_only_ones_own_and_only_of_this_workflow(bob: User, spam: Workflow) -> None:
    other = factories.workflow("other")
    (carol,) = desks.reviewers(spam, "carol")
    for workflow in (spam, other):
        answers.review(bob, answers.case(workflow), "yes")
    answers.review(carol, answers.case(spam), "no")
    assert briefs(bob, spam) == ["yes"]
    assert briefs(carol, spam) == ["no"]


def test_the_seconds_to_undo_run_by_the_databases_clock(bob: User, spam: Workflow) -> None:
    desks.dials(spam, undo_seconds=60)
    desks.send(spam)
    done = desks.judge(bob)
    (past,) = history.last(bob, spam.pk)
    assert past.review_id == done.review_id
    assert 50 <= past.undo_seconds <= 60
    desks.later()
    assert history.last(bob, spam.pk)[0].undo_seconds == 0


def test_what_is_closed_cannot_be_undone(bob: User, spam: Workflow) -> None:
    referral = answers.case(spam, state="closed")
    answers.review(bob, referral, "yes", undo_until=answers.NOW + timedelta(hours=1))
    (past,) = history.last(bob, spam.pk)
    assert (past.referral_id, past.undo_seconds) == (referral.pk, 0)


def test_without_time_to_undo_there_are_no_seconds(bob: User, spam: Workflow) -> None:
    answers.review(bob, answers.case(spam), "yes", undo_until=None)
    assert history.last(bob, spam.pk)[0].undo_seconds == 0


def test_an_erased_answer_is_said_to_be(bob: User, spam: Workflow) -> None:
    answers.review(bob, answers.case(spam), None)
    assert briefs(bob, spam) == ["erased"]


def test_a_known_answer_stands_among_the_others_and_reads_like_them(
    bob: User, spam: Workflow
) -> None:
    """Told apart by nothing: not by its place, its seconds, or a word."""
    desks.dials(spam, undo_seconds=60)
    until = answers.NOW + timedelta(minutes=1)
    answers.answer(bob, answers.known(spam), "yes", undo_until=until)
    answers.review(bob, answers.case(spam), "yes", undo_until=until)
    one, other = history.last(bob, spam.pk)
    assert one.brief == other.brief
    assert abs(one.undo_seconds - other.undo_seconds) <= 1


def test_one_read_by_the_index_without_payloads(
    bob: User, spam: Workflow, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    answers.review(bob, answers.case(spam), "yes")
    history.last(bob, spam.pk)
    with django_assert_num_queries(1) as asked:
        history.last(bob, spam.pk)
    sql = asked.captured_queries[0]["sql"]
    assert "payload" not in sql
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + sql)
            assert any("claim_done_by" in str(row) for row in cursor.fetchall())
