"""The front door."""

from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from hitl.domain.roles import Role
from hitl.models import Referral, Workflow
from hitl.services import access, workflows
from reviews.services import comments
from tests import factories
from tests.conftest import Api
from tests.reviews import desks

PER_WORKFLOW = 2


def test_a_reviewer_sees_what_waits_and_the_level_and_may_review(
    client: Client, bob: User, shop: Api
) -> None:
    shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}})
    client.force_login(bob)
    page = client.get("/").content.decode()
    assert "<b>1</b> case waits" in page
    assert "<b>1</b> Shadow" in page
    assert 'href="/review/spam/"' in page
    assert "Control room" not in page


def test_an_operator_finds_the_control_room(client: Client, alice: User, spam: Workflow) -> None:
    client.force_login(alice)
    page = client.get("/").content.decode()
    assert f"/admin/hitl/workflow/{spam.pk}/change/" in page


def test_a_stop_is_said_in_words(client: Client, bob: User, spam: Workflow) -> None:
    workflows.set_stop(spam, stopped=True, by=None, reason="test")
    client.force_login(bob)
    assert "stopped: people decide every new case" in client.get("/").content.decode()


def test_an_auditor_sees_the_workflow_but_no_way_to_review(client: Client, spam: Workflow) -> None:
    client.force_login(factories.person("dora", Role.AUDITOR, workflow=spam))
    page = client.get("/").content.decode()
    assert "Spam" in page
    assert "/review/spam/" not in page


def test_charlie_is_told_whom_to_ask(client: Client, charlie: User, spam: Workflow) -> None:
    client.force_login(charlie)
    page = client.get("/").content.decode()
    assert "You belong to no workflow yet" in page
    assert "Ask a person with the role <b>admin</b>" in page
    assert "Spam" not in page


def test_nobody_is_sent_to_sign_in(client: Client, db: None) -> None:
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer["Location"] == "/sign-in?next=/"


def test_each_workflow_costs_at_most_two_queries(
    client: Client, bob: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        more = factories.workflow(f"more-{number}")
        access.join(bob, [Role.REVIEWER], more)
    client.force_login(bob)
    with django_assert_max_num_queries(8 + 6 * PER_WORKFLOW):
        client.get("/")


def test_the_count_ends_with_a_plus(client: Client, bob: User, shop: Api) -> None:
    cases = [{"input": {"text": str(number)}} for number in range(1000)]
    shop.send("POST", "workflows/spam/cases", cases)
    client.force_login(bob)
    assert "<b>1,000+</b> cases wait" in client.get("/").content.decode()


def test_who_is_named_in_a_comment_finds_it_here_without_the_case_or_the_words(
    client: Client, spam: Workflow, bob: User, alice: User
) -> None:
    referral = Referral.objects.get(case=desks.send(spam))
    desks.judge(bob)
    comments.say(bob, referral.pk, "@alice secret")
    client.force_login(alice)
    page = client.get("/").content.decode()
    assert "<b>bob</b> names you in a comment on a case of Spam" in page
    assert "Opening it means you will not be asked to judge it." in page
    assert "secret" not in page
    assert str(referral.pk) not in page
    client.force_login(bob)
    assert "names you" not in client.get("/").content.decode()


def test_my_last_answers_are_a_link_for_who_reviews(
    client: Client, bob: User, spam: Workflow
) -> None:
    client.force_login(factories.person("dora", Role.AUDITOR, workflow=spam))
    assert "/answers" not in client.get("/").content.decode()
    client.force_login(bob)
    assert 'href="/answers">My last answers' in client.get("/").content.decode()
