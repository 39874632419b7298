"""The numbers of people in the panel: what is said, in words and shapes."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from hitl.models import Case, Workflow
from reviews.admin.numbers import points, queue, share
from reviews.domain.bias import Count, Difference
from reviews.domain.pace import Forecast
from reviews.models import Review
from reviews.services.queue import Queue
from tests.hitl.admin.conftest import Enter
from tests.reviews.answers import NOW, case, review
from tests.reviews.desks import dials, judge, level, send

pytestmark = pytest.mark.django_db

PAGE = reverse("admin:reviews_standing_changelist") + "?workflow=spam"


def test_without_judgements_each_part_says_what_would_stand_there(
    alice: User, enter: Enter
) -> None:
    page = enter(alice).get(PAGE).content.decode()
    assert "Nobody judged a case in the last 30 days." in page
    assert "No case was judged beside a model in the last 30 days." in page
    assert "nothing waits" in page


def test_who_may_not_operate_sees_no_numbers(
    spam: Workflow, bob: User, audrey: User, enter: Enter
) -> None:
    for person in (bob, audrey):
        assert enter(person).get(PAGE).status_code in {302, 403, 404}


def test_a_team_its_bias_and_its_stamps(
    spam: Workflow, alice: User, bob: User, enter: Enter
) -> None:
    dials(level(spam, "ai_assistance"), blind_share=0.5)
    for _ in range(50):
        send(spam)
        judge(bob, "yes")
    Review.objects.update(seconds=5.0)
    found = enter(alice).get(f"{PAGE}&days=7")
    bias, numbers = found.context["bias"], found.context["numbers"]
    blind = Case.objects.filter(blind=True).count()
    assert bias["share"] == "50 %"
    assert bias["difference"].value == "0.0 points"
    assert bias["blind_error"].note.startswith(f"0 of {blind}, 0.0–")
    (one,) = bias["people"]
    assert (one["name"], one["mark"], one["state"]) == ("bob", "◌", "not enough data")
    assert [line["name"] for line in numbers["lines"]] == ["bob", "Everybody"]
    assert numbers["lines"][0]["seconds"].value == "5.0 s"
    page = found.content.decode()
    assert "Error that assisted answers would claim" in page
    assert "cases of the last 7 days" in page


def test_who_may_be_stamping_stands_out_in_word_and_shape(
    spam: Workflow, alice: User, bob: User, dora: User, enter: Enter
) -> None:
    dials(level(spam, "ai_assistance"), blind_share=0.5)
    for person in (bob, dora):
        for _ in range(120):
            send(spam)
            judge(person, "yes")
    Review.objects.filter(claim__reviewer=bob).update(seconds=0.1)
    Review.objects.filter(claim__reviewer=dora).update(seconds=30.0)
    found = enter(alice).get(PAGE)
    first, _ = found.context["bias"]["people"]
    assert found.context["numbers"]["lines"][0]["suspicious"]
    states = {one["name"]: one["state"] for one in found.context["bias"]["people"]}
    shown = Case.objects.filter(blind=False, claims__reviewer=bob).count()
    assert (states["bob"] == "may be stamping") == (shown >= 50)
    page = found.content.decode()
    assert "suspiciously fast" in page
    if first["warning"]:
        assert '<span aria-hidden="true">▲</span> may be stamping' in page


@pytest.mark.parametrize("days", ["", "31", "x", "-1"])
def test_an_odd_span_is_the_usual_one(alice: User, enter: Enter, days: str) -> None:
    found = enter(alice).get(f"{PAGE}&days={days}")
    assert (found.status_code, found.context["days"]) == (200, 30)


def test_agreement_has_its_scales_and_weeks(
    spam: Workflow, alice: User, bob: User, dora: User, enter: Enter
) -> None:
    for i in range(24):
        referral = case(spam, created=NOW - timedelta(days=i % 2 * 7))
        review(bob, referral, "yes" if i % 3 else "no")
        review(dora, referral, "yes" if i % 4 else "no")
    agreement = enter(alice).get(PAGE).context["agreement"]
    assert [title for title, _ in agreement["scales"]] == ["Nominal: the same or not"]
    assert agreement["fleiss"].known
    assert len(agreement["weeks"]) == 2
    assert not agreement["parts"]


def test_figures_say_what_they_do_not_know() -> None:
    assert not share(Count(5, 9)).known
    assert share(Count(5, 10)).value == "50.0 %"
    assert points(Difference(), 3).value == "not enough data"
    assert points(Difference(-0.031, -0.1, 0.04), 50).value == "−3.1 points"
    assert points(Difference(-0.031, -0.1, 0.04), 50).note == "−10.0 to 4.0, n 50"


@pytest.mark.parametrize(
    ("forecast", "value", "note"),
    [
        (Forecast("falls", 5, 3, 9), "in about 5 h", "3 h to 9 h"),
        (Forecast("falls", 5, 3, None), "in about 5 h", "3 h to never"),
        (Forecast("grows"), "cannot say: more comes in than is answered", ""),
        (Forecast("empty", 0, 0, 0), "nothing waits", ""),
    ],
)
def test_the_forecast_is_honest(forecast: Forecast, value: str, note: str) -> None:
    found = queue(Queue(3, False, [1, 1, 1, 0], forecast))
    assert (found["forecast"].value, found["forecast"].note) == (value, note)
    assert found["waiting"] == "3 or more"
