"""Whatever people, clients, operators and time do, in whatever order: nothing is lost, nothing is
doubled, and the books of every referral balance."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import count
from random import Random

import pytest
from django.contrib.auth.models import User
from django.db.models import F

from hitl.models import Case, Decision, Referral, Workflow
from hitl.services import cases, deadlines
from models_registry.domain.errors import Conflict, Stale
from reviews.models import Claim, Review
from reviews.services import claims, desk, judging
from reviews.services.desk import OnDesk
from tests.reviews.desks import (
    BAD,
    UNSURE,
    claim,
    dials,
    judge,
    later,
    level,
    reviewers,
    run_out,
    send,
    settled,
    submit,
)

pytestmark = pytest.mark.django_db

STEPS = 60
SAID = ["yes", "yes", "no", "no", UNSURE, BAD]
POOLS = [{"name": "a", "skills": ["a"], "after_minutes": 10}]
DIALS: dict[str, list[object]] = {
    "reviews_required": [1, 2, 3],
    "consensus": ["unanimous", "majority", "first"],
    "undo_seconds": [0, 60],
    "on_lapse": ["leave", "raise", "adjudicate", "default"],
    "second_look": [True, False],
    "audit_supersedes": [True, False],
    "redo_opens": [True, False],
    "pools": [[], POOLS],
}


class Walk:
    """People at their desks, each with the places they were given and the answers they gave."""

    def __init__(self, workflow: Workflow, people: list[User], random: Random) -> None:
        self.workflow = workflow
        self.people = people
        self.random = random
        self.held: list[tuple[User, OnDesk]] = []
        self.given: list[tuple[User, judging.Submitted]] = []
        self.steps: list[Callable[[], object]] = [
            self.arrive, self.arrive, self.take, self.take, self.take, self.answer, self.answer,
            self.answer, self.give_up, self.withdraw, self.object_, self.change, self.move_on,
            self.pass_time, judging.settle, claims.expire_due, deadlines.act_due,
        ]  # fmt: skip

    def arrive(self) -> None:
        level(self.workflow, self.random.choice(["shadow", "ai_assistance", "full_automation"]))
        pools = [rule["name"] for rule in self.workflow.revisions.all()[0].policy["pools"]]
        send(self.workflow, pool=self.random.choice(["", *pools]))

    def take(self) -> None:
        person = self.random.choice(self.people)
        case = claim(person)
        if case:
            self.held.append((person, case))

    def answer(self) -> None:
        """With whatever place, the newest or one that was lost long ago."""
        if self.held:
            person, case = self.random.choice(self.held)
            self.given.append((person, submit(person, case, self.random.choice(SAID))))

    def give_up(self) -> None:
        if self.held:
            person, case = self.random.choice(self.held)
            if self.random.random() < 0.5:
                claims.release(person, case.referral_id, case.token)
            else:
                claims.skip(person, case.referral_id, case.token, "no")

    def withdraw(self) -> None:
        if self.given:
            person, told = self.random.choice(self.given)
            again = desk.claim_again(person, judging.withdraw(person, told.review_id))
            if again:
                self.held.append((person, again))

    def object_(self) -> None:
        case = self.random.choice([*Case.objects.all(), None])
        if case:
            kind = self.random.choice(["contest", "redo"])
            cases.say(case, kind=kind, value="no", statement="No!")

    def change(self) -> None:
        dial = self.random.choice(list(DIALS))
        dials(self.workflow, **{dial: self.random.choice(DIALS[dial])})

    def move_on(self) -> None:
        run_out(self.random.choice(self.people))

    def pass_time(self) -> None:
        by = timedelta(minutes=self.random.choice([1, 15, 60 * 25]))
        later(by)
        Referral.objects.filter(state="open").update(due=F("due") - by, opened=F("opened") - by)

    def step(self) -> None:
        with suppress(Stale, Conflict):
            self.random.choice(self.steps)()


def check() -> None:
    """The books balance, and nothing is lost."""
    for row in Referral.objects.all():
        mine = Claim.objects.filter(referral=row)
        if row.state != "closed":
            held = mine.filter(state="held").count()
            assert row.needed - row.free - row.done == held, (row.kind, row.state)
            assert (row.done >= row.needed) == (row.state == "settling")
            assert (row.settles_at is not None) == (row.state == "settling")
        else:
            assert (row.free, row.acts_at, row.settles_at) == (0, None, None)
        live = desk.live_reviews(claim__referral=row).count()
        assert live >= row.done if row.kind == "adjudicate" else live == row.done
    for case in Case.objects.all():
        numbers = Decision.objects.filter(case=case).order_by("n").values_list("n", flat=True)
        assert [*numbers] == [*range(1, case.seq + 1)]
        assert case.status == ("decided" if case.seq else "referred")
        assert case.seq or Referral.objects.filter(case=case).exclude(state="closed").count() == 1
    judged = [*desk.live_reviews().values_list("claim__case", "claim__reviewer")]
    assert len(judged) == len(set(judged)), "a person judges a case once"
    assert Claim.objects.filter(state="done").count() == len(judged)


def finish(workflow: Workflow) -> None:
    """New people come and answer all that is left, as they all agree."""
    dials(workflow, undo_seconds=0, second_look=False, reviews_required=1, on_lapse="leave")
    run_out(*User.objects.all())
    names = (f"fresh{i}" for i in count())
    for _ in range(200):
        later()
        claims.expire_due()
        judging.settle()
        if not Referral.objects.exclude(state="closed").exists():
            return
        (person,) = reviewers(workflow, next(names), skills=("a",))
        with suppress(AssertionError):  # nothing is left for this one
            while True:
                judge(person, "no")
    raise AssertionError([*Referral.objects.exclude(state="closed").values()])


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_lost_and_nothing_is_doubled(spam: Workflow, seed: int) -> None:
    random = Random(seed)
    dials(spam, audit_share=1.0, safe_default="no", **{d: random.choice(DIALS[d]) for d in DIALS})
    people = reviewers(spam, "a", "b", "c") + reviewers(spam, "d", "e", skills=("a",))
    walk = Walk(spam, people, random)
    for _ in range(STEPS):
        walk.step()
        check()
    finish(spam)
    check()
    assert Case.objects.filter(seq=0).count() == 0
    assert settled() == 0
    assert Review.objects.exists()
