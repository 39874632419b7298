"""Making known answers: stored together or not at all."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError

from hitl.models import Case, Prediction, Referral, Workflow
from models_registry.domain.errors import Invalid
from models_registry.domain.scoring import Outcome
from reviews.domain.standing import KNOWS
from reviews.models import Claim, Gold
from reviews.services import gold_making
from reviews.services.gold_making import making, store, wanted
from tests import factories, runtimes

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nobody_asked() -> Iterator[None]:
    runtimes.ASKED.clear()
    yield
    runtimes.NONSENSE.clear()


def test_many_are_made_as_one_is(spam: Workflow, alice: User, bob: User) -> None:
    make = making(spam, alice, NOW)
    some = [
        wanted(make, {"text": "a"}, "yes", note="n", met=[bob.pk]),
        wanted(make, {"text": "b"}, "no"),
    ]
    first, second = store(make, some)
    assert (first.answer, first.note, first.by, first.created) == ("yes", "n", alice, NOW)
    assert (second.answer, second.note) == ("no", "")
    assert Referral.objects.filter(kind="gold", free=gold_making.PLACES).count() == 2
    knowing = Claim.objects.filter(skip_reason=KNOWS)
    assert set(knowing.filter(case=first.pk).values_list("reviewer", flat=True)) == {
        alice.pk,
        bob.pk,
    }
    assert set(knowing.filter(case=second.pk).values_list("reviewer", flat=True)) == {alice.pk}
    assert set(Prediction.objects.values_list("case", "value")) == {
        (first.pk, "yes"),
        (second.pk, "yes"),
    }


def test_what_cannot_be_stored_leaves_nothing(
    spam: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise DatabaseError("full")

    make = making(spam, None, NOW)
    one = wanted(make, {"text": "a"}, "yes")
    monkeypatch.setattr(gold_making, "_referral", broken)
    with pytest.raises(DatabaseError):
        store(make, [one])
    assert not Case.objects.exists()
    assert not Gold.objects.exists()


def test_inputs_and_answers_are_checked_by_the_revision_in_force(spam: Workflow) -> None:
    make = making(spam, None, NOW)
    with pytest.raises(Invalid) as refused:
        wanted(make, {"text": 1}, "yes")
    assert refused.value.problems[0].pointer == "/input/text"
    with pytest.raises(Invalid) as refused:
        wanted(make, {"text": "a"}, "maybe")
    assert refused.value.problems[0].pointer == "/answer"


def test_a_suggestion_has_the_confidences_that_other_cases_have(db: None) -> None:
    factories.version("reader")
    made = factories.workflow(
        "papers", task_type="text", answer={"compare": "cer"}, model="reader", level="shadow"
    )
    runtimes.NONSENSE.append(Outcome("a word ", 0.99, confidences={"a": 0.9, "word": 0.6}))
    make = making(made, None, NOW)
    store(make, [wanted(make, {"text": "scan"}, "a word")])
    prediction = Prediction.objects.get()
    assert prediction.value == "a word"
    assert (prediction.confidence, prediction.confidences) == (0.6, {"a": 0.9, "word": 0.6})
