"""The people of a workflow in the panel."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.urls import reverse

from hitl.domain.roles import Role
from hitl.models import Workflow
from hitl.services import workflows
from hitl.services.revisions import policy_in_force
from reviews.models import Standing
from reviews.services import golds, standing
from tests import factories
from tests.hitl.admin.conftest import Enter
from tests.reviews.answers import NOW, case, examined, hold, review

pytestmark = pytest.mark.django_db

PAGE = reverse("admin:reviews_standing_changelist") + "?workflow=spam"


@pytest.fixture
def paused(spam: Workflow, bob: User) -> User:
    """Bob, below the bar."""
    dials = {"gold_share": 0.1, "gold_least": 4}
    workflows.change(spam, by=None, reason="t", policy=dials)
    examined(bob, spam, right=1, wrong=3)
    standing.state_of(bob, spam.pk, policy_in_force(spam.pk), NOW)
    return bob


def lift(workflow: Workflow, person: User) -> str:
    return reverse("admin:reviews_standing_lift", args=[workflow.pk, person.pk])


# Work and standing


def test_without_reviewers_the_page_says_what_would_stand_there(alice: User, enter: Enter) -> None:
    page = enter(alice).get(PAGE).content.decode()
    assert "Nobody reviews this workflow yet" in page
    assert "No case was judged by two people" in page
    assert "The policy asks one person for each case" in page


def test_everybody_with_their_work_and_standing(
    spam: Workflow, alice: User, paused: User, dora: User, enter: Enter
) -> None:
    now = datetime.now(UTC)  # the module's own is that of its import, minutes ago
    hold(dora, case(spam), expires=now + timedelta(hours=1), shown_at=now - timedelta(minutes=9))
    hold(dora, case(spam), state="skipped", shown_at=now)
    review(dora, case(spam), "yes", at=now)
    found = enter(alice).get(PAGE)
    bobs, doras = found.context["people"]
    assert (bobs["name"], bobs["state"]) == ("bob", "paused")
    assert bobs["note"] == "1 of 4 known answers right; 80 % are needed"
    assert (bobs["known"].value, bobs["known"].note) == ("25.0 %", "1 of 4 right, 4.6–69.9 %")
    assert bobs["lift"] == lift(spam, paused)
    assert (doras["held"].value, doras["answered"], doras["skipped"]) == ("1", 1, 1)
    assert doras["held"].note in {"the oldest for 9 min", "the oldest for 10 min"}
    assert (doras["known"].value, doras["known"].known) == ("none given yet", False)
    assert (doras["state"], doras["lift"]) == ("judges", "")
    page = found.content.decode()
    assert page.count("Let bob judge") == 1
    assert "Let dora judge" not in page


def test_a_test_that_is_shorter_than_the_policy_says_is_pointed_out(
    spam: Workflow, alice: User, bob: User, enter: Enter
) -> None:
    workflows.change(spam, by=alice, reason="t", policy={"onboarding": 3})
    found = enter(alice).get(PAGE)
    assert "3 known answers, but none is served: there is no test." in found.content.decode()
    (bobs,) = found.context["people"]
    assert (bobs["state"], bobs["note"]) == ("judges", "")
    golds.create(spam, input={"text": "a"}, answer="no")
    golds.create(spam, input={"text": "b"}, answer="no")
    found = enter(alice).get(PAGE)
    assert "but only 2 are served: that is how long it is." in found.content.decode()
    (bobs,) = found.context["people"]
    assert (bobs["state"], bobs["note"]) == ("onboarding test", "0 of 2 known answers given")


# Lifting


def test_a_pause_is_lifted_with_a_reason(
    spam: Workflow, alice: User, paused: User, enter: Enter
) -> None:
    browser = enter(alice)
    page = browser.get(lift(spam, paused)).content.decode()
    assert "Let bob judge?" in page
    assert "1 of 4 known answers right; 80 % are needed." in page
    done = browser.post(lift(spam, paused), {"reason": "trained again"}, follow=True)
    assert done.redirect_chain == [(PAGE, 302)]
    assert "bob judges Spam again" in done.content.decode()
    row = Standing.objects.get()
    assert (row.state, row.lifted_by, row.reason) == ("active", alice, "trained again")
    (bobs,) = done.context["people"]
    assert bobs["note"] == "lifted by alice: trained again"
    entry = LogEntry.objects.get()
    assert (entry.user, entry.action_flag) == (alice, CHANGE)
    assert entry.change_message == "Lifted: trained again"


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_lift_without_a_reason_is_refused_beside_the_field(
    spam: Workflow, alice: User, paused: User, enter: Enter, reason: str
) -> None:
    shown = enter(alice).post(lift(spam, paused), {"reason": reason})
    assert list(shown.context["form"].errors) == ["reason"]
    assert Standing.objects.get().state == "paused"


def test_who_was_faster_is_said(spam: Workflow, alice: User, paused: User, enter: Enter) -> None:
    standing.lift(spam, paused, by=alice, reason="first")
    shown = enter(alice).post(lift(spam, paused), {"reason": "second"})
    assert shown.context["form"].non_field_errors() == ["bob is not held back here."]
    assert Standing.objects.get().reason == "first"
    assert not LogEntry.objects.exists()


def test_only_who_operates_the_workflow_lifts(
    spam: Workflow, alice: User, paused: User, audrey: User, enter: Enter
) -> None:
    for person in (paused, audrey):
        assert enter(person).post(lift(spam, paused), {"reason": "r"}).status_code == 403
    eve = factories.person("eve", Role.OPERATOR, workflow=factories.workflow("bread"))
    assert enter(eve).post(lift(spam, paused), {"reason": "r"}).status_code == 404
    nobody = reverse("admin:reviews_standing_lift", args=[spam.pk, 999999])
    assert enter(alice).post(nobody, {"reason": "r"}).status_code == 404
    assert Standing.objects.get().state == "paused"


# Agreement


def test_agreement_with_intervals(
    spam: Workflow, alice: User, bob: User, dora: User, enter: Enter
) -> None:
    for i in range(20):
        referral = case(spam)
        review(bob, referral, "yes" if i % 2 else "no")
        review(dora, referral, "yes" if i % 2 or i < 4 else "no")
    found = enter(alice).get(PAGE)
    shown = found.context["agreement"]
    assert (shown["percent"].value, shown["percent"].note) == ("90.0 %", "69.9–97.2 %, n 20")
    assert shown["alpha"].value == "0.80"
    assert [label for label, _ in shown["labels"]] == ["yes", "no"]
    assert [name for name, _ in shown["people"]] == ["bob", "dora"]
    ((names, share, kappa),) = shown["pairs"]
    assert (names, share.value, kappa.value) == ("bob and dora", "90.0 %", "0.80")
    assert "20 cases with 40 judgements" in found.content.decode()


def test_too_little_agreement_data_is_said_and_is_not_zero(
    spam: Workflow, alice: User, bob: User, dora: User, enter: Enter
) -> None:
    referral = case(spam)
    review(bob, referral, "yes")
    review(dora, referral, None, verdict="bad_input")
    found = enter(alice).get(PAGE)
    shown = found.context["agreement"]
    everything = [
        shown["percent"],
        shown["alpha"],
        *(figure for _, figure in shown["labels"]),
        *(figure for _, figure in shown["people"]),
    ]
    assert {(figure.value, figure.known) for figure in everything} == {("not enough data", False)}
    assert sorted(label for label, _ in shown["labels"]) == ["bad input", "yes"]
    assert "1 case with 2 judgements" in found.content.decode()


def test_agreement_beyond_chance_that_cannot_be_told_says_why(
    spam: Workflow, alice: User, bob: User, dora: User, enter: Enter
) -> None:
    for _ in range(12):
        referral = case(spam)
        for person in (bob, dora):
            review(person, referral, "yes")
    shown = enter(alice).get(PAGE).context["agreement"]
    assert (shown["alpha"].value, shown["alpha"].known) == ("undefined", False)
    assert "one and the same label" in shown["alpha"].note
    assert shown["percent"].value == "100.0 %"
    for _ in range(12):
        referral = case(spam)
        for person in (bob, dora):
            review(person, referral, "no")
    shown = enter(alice).get(PAGE).context["agreement"]
    assert shown["alpha"].value == "1.00"
    assert "no interval" in shown["alpha"].note


def test_a_policy_of_several_people_says_that_cases_are_awaited(
    spam: Workflow, alice: User, enter: Enter
) -> None:
    workflows.change(spam, by=alice, reason="t", policy={"reviews_required": 3})
    page = enter(alice).get(PAGE).content.decode()
    assert "The policy asks 3 people for each case" in page
