"""What the pages about judging share: one workflow at a time, and only for who runs it."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from hitl.domain.roles import Role
from hitl.models import Workflow
from hitl.services import access
from reviews.admin.pages import brief, right, short
from reviews.domain.standing import Tally
from reviews.models import Standing
from tests import factories
from tests.hitl.admin.conftest import Enter
from tests.reviews.answers import NOW, known

pytestmark = pytest.mark.django_db

PAGES = [reverse("admin:reviews_gold_changelist"), reverse("admin:reviews_standing_changelist")]
ADD = reverse("admin:reviews_gold_add")


@pytest.mark.parametrize("page", [*PAGES, ADD])
def test_only_who_operates_comes_in(
    spam: Workflow, alice: User, bob: User, audrey: User, enter: Enter, page: str
) -> None:
    assert enter(alice).get(page).status_code == 200
    for person in (bob, audrey):
        assert enter(person).get(page).status_code == 403


@pytest.mark.parametrize("page", [*PAGES, ADD])
def test_a_workflow_of_others_is_not_there(
    alice: User, other: Workflow, enter: Enter, page: str
) -> None:
    for slug in ("other", "nowhere"):
        assert enter(alice).get(page, {"workflow": slug}).status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_one_of_several_workflows_is_chosen(
    alice: User, spam: Workflow, other: Workflow, enter: Enter, page: str
) -> None:
    browser = enter(alice)
    assert 'aria-label="Workflows"' not in browser.get(page).content.decode()
    access.join(alice, [Role.OPERATOR], other)
    first = browser.get(page)
    assert first.context["workflow"] == other  # in order of their names
    assert 'aria-label="Workflows"' in first.content.decode()
    chosen = browser.get(page, {"workflow": "spam"})
    assert chosen.context["workflow"] == spam
    assert chosen.content.decode().count('aria-current="page"') >= 1


@pytest.mark.parametrize("page", PAGES)
def test_without_a_workflow_the_page_says_so(enter: Enter, page: str) -> None:
    root = factories.person("root", Role.ADMIN)
    assert "no workflow that you run" in enter(root).get(page).content.decode()


def test_rows_lead_to_their_workflows_page(
    spam: Workflow, other: Workflow, alice: User, bob: User, enter: Enter
) -> None:
    """As the panel's history links to them; Django's own forms are never shown."""
    gold, theirs = known(spam), known(other)
    row = Standing.objects.create(workflow=spam, reviewer=bob, since=NOW)
    for name, key in (("gold", gold.pk), ("standing", row.pk)):
        page = reverse(f"admin:reviews_{name}_change", args=[key])
        for answer in (enter(alice).get(page), enter(alice).post(page, {"answer": "x"})):
            assert answer.status_code == 302
            assert answer["Location"].endswith(f"/reviews/{name}/?workflow=spam")
        assert enter(bob).get(page).status_code == 403
    strange = reverse("admin:reviews_gold_change", args=[theirs.pk])
    assert enter(alice).get(strange).status_code == 404


@pytest.mark.parametrize("name", ["gold", "standing"])
def test_nothing_is_deleted(
    spam: Workflow, alice: User, bob: User, enter: Enter, name: str
) -> None:
    gold = known(spam)
    row = Standing.objects.create(workflow=spam, reviewer=bob, since=NOW)
    key = gold.pk if name == "gold" else row.pk
    page = reverse(f"admin:reviews_{name}_delete", args=[key])
    assert enter(alice).post(page, {"post": "yes"}).status_code == 403


def test_nobody_is_given_a_standing_by_hand(alice: User, enter: Enter) -> None:
    assert enter(alice).get(reverse("admin:reviews_standing_add")).status_code == 403


def test_how_often_people_were_right_is_shown_with_its_interval() -> None:
    figure = right(Tally(10, 9), "none")
    assert (figure.value, figure.note) == ("90.0 %", "9 of 10 right, 59.6–98.2 %")
    nothing = right(Tally(0, 0), "none given yet")
    assert (nothing.value, nothing.known) == ("none given yet", False)


def test_long_values_are_cut() -> None:
    assert short("yes") == "yes"
    assert short({"text": "é"}) == '{"text": "é"}'
    assert len(short("x" * 1000)) == 160


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({"n": 3, "text": "two\n lines"}, "two lines", id="the first text"),
        pytest.param({"text": "a digit", "pixels": [[0, 1]] * 8}, "image, 2 × 8", id="an image"),
        pytest.param([[0.5] * 8] * 8, "image, 8 × 8", id="nothing but an image"),
        pytest.param({"rows": [[1], [1, 2]]}, '{"rows": [[1], [1, 2]]}', id="no image"),
        pytest.param({"text": "", "n": 3}, '{"text": "", "n": 3}', id="no text"),
        pytest.param([], "[]", id="nothing"),
        pytest.param({"text": "x" * 99}, "x" * 79 + "…", id="a long text"),
    ],
)
def test_an_input_in_a_list_is_told_in_short(given: Any, said: str) -> None:
    assert brief(given) == said
