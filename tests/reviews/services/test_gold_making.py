"""Making known answers: stored together or not at all."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError

from hitl.models import Case, Prediction, Referral, Workflow
from hitl.services.arriving import Brought
from models_registry.domain.errors import Invalid
from models_registry.domain.scoring import Outcome
from reviews.domain.standing import KNOWS
from reviews.models import Claim, Gold
from reviews.services import gold_making, golds
from reviews.services.gold_making import making, store, wanted
from tests import factories, runtimes
from tests.conftest import Api
from tests.reviews.answers import bringing

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


def test_a_suggestion_has_the_confidence_that_other_cases_have(db: None) -> None:
    factories.version("reader")
    made = factories.workflow(
        "papers", task_type="text", answer={"compare": "cer"}, model="reader", level="shadow"
    )
    runtimes.NONSENSE.append(Outcome("a word ", 0.99, confidences={"a": 0.9, "word": 0.6}))
    make = making(made, None, NOW)
    store(make, [wanted(make, {"text": "scan"}, "a word")])
    prediction = Prediction.objects.get()
    assert prediction.value == "a word"
    assert (prediction.confidence, prediction.confidences) == (0.99, None)


@pytest.fixture
def own(db: None) -> Workflow:
    return bringing()


def test_a_prediction_of_a_clients_model_comes_along(own: Workflow) -> None:
    golds.create(own, input={}, answer="yes")
    assert gold_making.told_apart(own) == 1
    gold = golds.create(own, input={}, answer="yes", prediction=Brought("no", 0.5))
    assert gold_making.told_apart(own) == 1
    said = Prediction.objects.get(case=gold.pk)
    assert (said.role, said.value, said.confidence) == ("live", "no", 0.5)


def test_a_prediction_is_checked(own: Workflow, spam: Workflow) -> None:
    with pytest.raises(Invalid) as error:
        golds.create(own, input={}, answer="yes", prediction=Brought("maybe"))
    assert error.value.problems[0].pointer == "/prediction/value"
    with pytest.raises(Invalid, match="not a client's own"):
        golds.create(spam, input={"text": "a"}, answer="yes", prediction=Brought("no"))
    with pytest.raises(Invalid, match="Write it as"):
        gold_making.brought({"sure": 1})
    assert Gold.objects.count() == 0


def test_a_copy_of_a_case_keeps_what_the_clients_model_said(own: Workflow) -> None:
    client = factories.key(own)[1]
    sent = Api(client).send(
        "POST",
        "workflows/own/cases",
        {"input": {}, "prediction": {"value": "no", "confidence": 0.5}},
    )
    case = Case.objects.get(pk=sent.json()["id"])
    row = gold_making.copied(making(own, None, NOW), case)
    assert row is not None
    assert (row.value, row.confidence, row.role) == ("no", 0.5, "live")
