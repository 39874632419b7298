"""The page of a reviewer's own numbers."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from hitl.domain.roles import Role
from hitl.models import Workflow
from reviews.models import Review
from tests import factories
from tests.reviews.answers import NOW, case, examined, known, review

pytestmark = pytest.mark.django_db

PAGE = reverse("numbers", args=["spam"])


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def figures(user: User, address: str = PAGE) -> dict[str, tuple[str, str]]:
    shown = browser(user).get(address).context["figures"]
    return {one["title"]: (one["value"], one["note"]) for one in shown}


# Who may


def test_only_who_reviews_here_has_numbers_here(spam: Workflow, charlie: User) -> None:
    review(charlie, case(spam), "yes")
    elsewhere = factories.person("eve", Role.REVIEWER, workflow=factories.workflow("ham"))
    auditor = factories.person("audrey", Role.AUDITOR, workflow=spam)
    for outsider in (charlie, elsewhere, auditor):
        answer = browser(outsider).get(PAGE)
        assert answer.status_code == 403
        assert b"judgement" not in answer.content
    assert browser(charlie).get(reverse("numbers", args=["nowhere"])).status_code == 403
    assert Client().get(PAGE).status_code == 302


def test_it_is_only_read(spam: Workflow, bob: User) -> None:
    assert browser(bob).post(PAGE).status_code == 405


@pytest.mark.parametrize("days", ["", "0", "31", "-7", "x", "7 "])
def test_an_odd_span_is_not_there(spam: Workflow, bob: User, days: str) -> None:
    assert browser(bob).get(f"{PAGE}?days={days}").status_code == 404


# What it says


def test_without_judgements_it_says_what_would_stand_there(spam: Workflow, bob: User) -> None:
    page = browser(bob).get(PAGE).content.decode()
    assert "You have judged nothing here in these 30 days" in page
    assert reverse("review", args=["spam"]) in page


def test_ones_own_numbers_and_nobody_elses(spam: Workflow, bob: User) -> None:
    dora = factories.person("dora", Role.REVIEWER, workflow=spam)
    yesterday = NOW - timedelta(days=1)
    for i in range(12):
        referral = case(spam, state="closed", answer="yes")
        review(bob, referral, "yes" if i else "no", at=yesterday)
        review(dora, referral, "yes", at=yesterday)
    for _ in range(10):
        review(dora, case(spam), "no")
    found = figures(bob)
    assert found["Same as the consensus"] == ("92 %", "11 of 12; 95 % interval 65 to 99 %")
    assert found["Seconds per case"] == ("1.0 s", "nine of ten within 1.0 s; 12 judgements")
    assert found["Very fast judgements"] == ("0 of 12", "under 0.2 s")
    assert found["Known answers right"][0] == "not enough data"
    assert found["Same as the suggestion in sight"] == ("not enough data", "0 of at least 10")
    page = browser(bob).get(PAGE).content.decode()
    assert "12 judgements" in page
    assert "dora" not in page


def test_no_case_and_no_single_known_answer_is_named(spam: Workflow, bob: User) -> None:
    examined(bob, spam, right=8, wrong=3, at=NOW - timedelta(days=2))
    page = browser(bob).get(PAGE).content.decode()
    assert figures(bob)["Known answers right"][1].startswith("8 of 10;")
    for one in Review.objects.select_related("claim"):
        assert str(one.claim.case_id) not in page
        assert str(one.claim.referral_id) not in page
    known(spam, "retired")
    assert "retired" not in page


def test_who_is_suspiciously_fast_reads_so_in_words(spam: Workflow, bob: User) -> None:
    for i in range(40):
        said = review(bob, case(spam), "yes")
        Review.objects.filter(pk=said.pk).update(seconds=0.5 if i < 12 else 10.0)
    value, note = figures(bob)["Very fast judgements"]
    assert (value, note) == ("12 of 40", "under 2.0 s; ▲ suspiciously fast")


def test_the_days_stand_in_a_table_beside_the_drawing(spam: Workflow, bob: User) -> None:
    review(bob, case(spam), "yes")
    answer = browser(bob).get(f"{PAGE}?days=7")
    page = answer.content.decode()
    assert page.count("<rect ") == 7
    assert f'<th scope="row">{NOW:%Y-%m-%d}</th><td>1</td>' in page
    assert "Judgements per day: 1 in 7 days" in page


def test_the_start_page_leads_there(spam: Workflow, bob: User, charlie: User) -> None:
    assert PAGE in browser(bob).get("/").content.decode()
    assert PAGE not in browser(charlie).get("/").content.decode()
