"""Known answers among the other cases: served, given back, shown, and who may not judge."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hitl.domain.roles import Role
from hitl.models import Referral, Workflow
from hitl.services import access, workflows
from reviews.models import Claim, Gold, Review, Standing
from reviews.services import claims, desk, golds, taking
from tests import factories
from tests.reviews.answers import examined
from tests.reviews.desks import (
    claim,
    dials,
    judge,
    level,
    reviewers,
    run_out,
    send,
    submit,
    taken,
    text,
)

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def dora(spam: Workflow) -> User:
    return reviewers(spam, "dora")[0]


@pytest.fixture
def lot(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Has every lot from now on draw this number."""

    def draws(number: float) -> None:
        monkeypatch.setattr(taking, "LOT", SimpleNamespace(random=lambda: number))

    return draws


def gold(workflow: Workflow, name: str = "gold") -> None:
    golds.create(workflow, input={"text": name}, answer="no")


def pause(workflow: Workflow, user: User) -> None:
    """As an operator's page tells it later: too many known answers were wrong."""
    why = "0 of 4 known answers right; 80 % are needed"
    Standing.objects.create(workflow=workflow, reviewer=user, state="paused", since=NOW, reason=why)


@pytest.mark.parametrize("how", ["released", "expired"])
def test_a_known_answer_given_back_comes_again_as_any_case_does(
    spam: Workflow, bob: User, lot: Callable[[float], None], how: str
) -> None:
    dials(spam, gold_share=0.5)
    gold(spam, "gold a")
    gold(spam, "gold b")
    send(spam, "case")
    for drawn, name in ((0.1, "gold a"), (0.9, "gold a"), (0.1, "gold a")):
        lot(drawn)
        case = taken(bob)
        assert text(case) == name, "whatever the lot says"
        if how == "released":
            claims.release(bob, case.referral_id, case.token)
        else:
            run_out(bob)
            claims.expire_due()
    judge(bob)
    lot(0.9)
    assert text(taken(bob)) == "case"


def test_a_known_answer_given_back_comes_again_where_nothing_else_waits(
    spam: Workflow, bob: User, lot: Callable[[float], None]
) -> None:
    dials(spam, gold_share=0.5)
    gold(spam)
    case = send(spam)
    lot(0.1)
    mine = taken(bob)
    claims.release(bob, mine.referral_id, mine.token)
    Referral.objects.filter(case=case).update(state="closed")
    assert text(claim(bob)) == "gold"


def test_a_known_answer_that_was_retired_meanwhile_comes_no_more(
    spam: Workflow, bob: User, dora: User, lot: Callable[[float], None]
) -> None:
    dials(spam, gold_share=0.5)
    gold(spam)
    send(spam, "a")
    send(spam, "b")
    lot(0.1)
    mine = taken(bob)
    claims.release(bob, mine.referral_id, mine.token)
    lot(0.9)
    assert text(taken(dora)) == "a", "what bob gave back is nothing to dora"
    golds.retire(Gold.objects.get())
    assert text(claim(bob)) == "b"


@pytest.mark.parametrize(
    ("policy", "queries"),
    [pytest.param({}, 0, id="no known answers"), pytest.param({"gold_share": 0.1}, 1, id="some")],
)
def test_looking_for_what_was_given_back_is_one_query(
    spam: Workflow, bob: User, policy: dict[str, Any], queries: int
) -> None:
    dials(spam, **policy)
    send(spam)
    with CaptureQueriesContext(connection) as asked:
        claim(bob)
    looked = [one for one in asked if "'gold" in one["sql"] or "'released'" in one["sql"]]
    looked = [one for one in looked if one["sql"].startswith("SELECT") and "EXISTS(" in one["sql"]]
    assert len(looked) == queries


# Paused


def test_nothing_is_shown_to_who_is_paused(spam: Workflow, bob: User) -> None:
    dials(spam, gold_share=0.1)
    for name in "ab":
        send(spam, name)
    mine = taken(bob)
    desk.look_ahead(bob, desk.seats_of(bob))
    pause(spam, bob)
    seats = desk.seats_of(bob)
    for ask in (desk.desk_for, desk.on_desk, desk.look_ahead):
        with pytest.raises(desk.Paused, match="0 of 4"):
            ask(bob, seats)
    with pytest.raises(desk.Paused):
        desk.claim_again(bob, mine.referral_id)
    dials(spam, gold_share=0.0)
    seats = desk.seats_of(bob)
    assert desk.desk_for(bob, seats) is not None, "no known answers, no pause"
    assert desk.claim_again(bob, mine.referral_id) is not None


def test_who_is_paused_in_one_workflow_goes_on_in_another(spam: Workflow, bob: User) -> None:
    ham = factories.workflow("ham")
    access.join(bob, [Role.REVIEWER], ham)
    dials(spam, gold_share=0.1)
    send(spam, "spam")
    send(ham, "ham")
    taken(bob, "spam")
    pause(spam, bob)
    shown = desk.desk_for(bob, desk.seats_of(bob))
    assert text(shown) == "ham"


def test_an_answer_of_who_is_paused_is_kept_but_not_taken(spam: Workflow, bob: User) -> None:
    dials(spam, gold_share=0.1)
    send(spam)
    mine = taken(bob)
    pause(spam, bob)
    with pytest.raises(desk.Paused, match="0 of 4"):
        submit(bob, mine, "yes", comment="sure")
    row = Claim.objects.get()
    assert (row.state, row.draft) == (
        "held",
        {"verdict": "answer", "value": "yes", "comment": "sure"},
    )
    assert not Review.objects.exists()
    with pytest.raises(desk.Paused):
        claims.renew(bob, mine.referral_id, mine.token)
    assert Claim.objects.get().expires == row.expires
    claims.release(bob, mine.referral_id, mine.token)


def test_a_pause_that_the_desk_finds_is_written_down(spam: Workflow, bob: User) -> None:
    dials(spam, gold_share=0.1, gold_least=4)
    examined(bob, spam, right=0, wrong=4)
    with pytest.raises(desk.Paused):
        desk.desk_for(bob, desk.seats_of(bob))
    assert Standing.objects.get().state == "paused"


# As much as any other case shows


@pytest.mark.parametrize(
    ("name", "confidence", "stopped", "suggested"),
    [
        pytest.param("ai_assistance", 0.95, False, True, id="assistance shows all"),
        pytest.param("partial_automation", 0.95, False, False, id="the model would decide it"),
        pytest.param("partial_automation", 0.5, False, True, id="people would decide it"),
        pytest.param("full_automation", 0.95, False, False, id="full automation"),
        pytest.param("full_automation", None, False, True, id="what it cannot use"),
        pytest.param("partial_automation", 0.5, True, False, id="stopped"),
    ],
)
def test_a_known_answer_shows_what_another_case_would(
    bob: User, name: str, confidence: float | None, stopped: bool, suggested: bool
) -> None:
    factories.version("m", confidence=confidence)
    ham = factories.workflow(
        "ham", model="m", level="shadow", policy={"gold_share": 1.0, "gold_least": 1000}
    )
    access.join(bob, [Role.REVIEWER], ham)
    gold(ham)
    send(ham)
    level(ham, name)
    if stopped:
        workflows.set_stop(ham, stopped=True, by=None, reason="test")
    case = taken(bob)
    assert text(case) == "gold"
    assert (case.suggestion is not None) is suggested
    assert (case.confidence is not None) is (suggested and confidence is not None)
