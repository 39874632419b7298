"""Reviewers who accept whatever they are shown: what they say about a suggestion proves nothing."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.contrib.auth.models import User
from django.db.models import Q

from hitl.models import Case, Certificate, Comparison, Referral, Workflow
from hitl.services import receiving, workflows
from hitl.services.arriving import Brought, Submission
from hitl.services.evidence import comparing
from hitl.services.evidence.certifying import certify
from hitl.services.evidence.comparing import consume, epoch_of
from hitl.services.revisions import Head
from models_registry import services as registry
from tests import factories
from tests.reviews.desks import claim, dials, reviewers, submit

pytestmark = pytest.mark.django_db

CASES, WRONG = 1200, 0.15
FEW = 80  # judged one by one
TARGET = {"rule": "target", "max_error": 0.02, "confidence": 0.95}
NOW = datetime.now(UTC)


@pytest.fixture
def assisted(db: None) -> Workflow:
    """People are shown what the client's bad model says, except on a tenth of the cases."""
    registry.register_model(name="bad", runtime="client")
    registry.register_version(
        model="bad",
        schema=factories.SCHEMA,
        classes=["no", "yes"],
        profile={"scores": [i / 1000 for i in range(500, 1000)]},
    )
    policy = {"threshold": TARGET, "blind_share": 0.1}
    return factories.workflow("assisted", model="bad", level="ai_assistance", policy=policy)


def sent(workflow: Workflow, cases: int) -> None:
    """Cases whose truth is yes, of which the model gets some wrong at every confidence."""
    row, _ = factories.key(workflow)
    assert row.client_id is not None
    chance = Random(5)
    said = ["no" if chance.random() < WRONG else "yes" for _ in range(cases)]
    submissions = [
        Submission({"text": f"text {i}"}, prediction=Brought(value, 0.5 + 0.499 * chance.random()))
        for i, value in enumerate(said)
    ]
    head = Head(workflow.pk, workflow.slug, workflows.in_force(workflow).no)
    batch = row.client_id
    receiving.receive(submissions, head=head, client_id=row.client_id, batch=batch, now=NOW)


def judged(workflow: Workflow, *, blind_rule: bool = True) -> None:
    """All that was sent: people say what they are shown, and the truth where they are shown
    nothing. Without the blind rule they are shown everything, and what they say counts all the
    same. Written at once, as so many cases take long to judge one by one."""
    for referral in Referral.objects.select_related("case"):
        live = referral.case.predictions.get()
        shown = not (blind_rule and referral.case.blind)
        referral.state, referral.free = "closed", 0
        referral.answer = live.value if shown else "yes"
        referral.blind_answer = None if shown and blind_rule else referral.answer
        referral.save()


@pytest.fixture
def no_blind_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers given with the suggestion are evidence, too."""
    monkeypatch.setattr(comparing, "SAMPLED", Q(case__action="refer"))


def earned(workflow: Workflow) -> Certificate | None:
    version = workflows.in_force(workflow).champion_id
    assert version is not None
    epoch = epoch_of(workflow.pk, version)
    later = NOW + timedelta(minutes=5)
    while consume(epoch.pk, later):
        certify(epoch.pk, later)
    return Certificate.objects.order_by("-at").first()


def test_what_people_accept_certifies_no_bad_model(assisted: Workflow) -> None:
    sent(assisted, CASES)
    judged(assisted)
    assert earned(assisted) is None
    compared = Comparison.objects.count()
    assert compared == Case.objects.filter(blind=True).count()
    assert 60 < compared < 180
    assert Comparison.objects.filter(counted="error").count() > 5


@pytest.mark.usefixtures("no_blind_rule")
def test_without_the_blind_rule_it_would(assisted: Workflow) -> None:
    sent(assisted, CASES)
    judged(assisted, blind_rule=False)
    made = earned(assisted)
    assert made is not None
    assert Comparison.objects.count() == CASES
    assert made.numbers["errors"] < 0.02 * made.numbers["cases"]


def accepting(person: User) -> int:
    """Judges all there is for this person on their desk; how often a suggestion was shown."""
    shown = 0
    while (case := claim(person)) is not None:
        shown += case.suggestion is not None
        submit(person, case, "yes" if case.suggestion is None else case.suggestion)
    return shown


def test_on_the_desk_only_those_who_were_shown_nothing_give_evidence(assisted: Workflow) -> None:
    dials(assisted, blind_share=0.5)
    sent(assisted, FEW)
    people = reviewers(assisted, "dora", "eric")
    shown = sum([accepting(person) for person in people])
    assert not Referral.objects.exclude(state="closed").exists()
    blind = Case.objects.filter(blind=True)
    assert shown == FEW - blind.count()
    assert 15 < shown < 65

    assert earned(assisted) is None
    accepted = Referral.objects.filter(case__blind=False)
    assert {one.answer for one in accepted} == {"no", "yes"}
    assert {one.blind_answer for one in accepted} == {None}
    assert set(Comparison.objects.values_list("case", flat=True)) == set(
        blind.values_list("pk", flat=True)
    )
    wrong = Comparison.objects.filter(counted="error")
    assert {one.case.predictions.get().value for one in wrong} == {"no"}
    assert wrong.count() == Referral.objects.filter(kind="second_look").count() > 0
    assert not Comparison.objects.filter(counted="missing").exists()
