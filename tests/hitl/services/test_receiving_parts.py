"""Receiving predictions of answers that have parts: each part has a confidence of its own."""

from typing import Any

import pytest

from hitl.domain.receipts import CaseOut
from hitl.models import Case, Decision, Prediction, Referral, Workflow
from hitl.services import receiving, workflows
from hitl.services.arriving import Brought, Submission
from hitl.services.revisions import Head
from models_registry import services as registry
from models_registry.domain.errors import Invalid
from models_registry.domain.scoring import Outcome
from tests import factories, runtimes

pytestmark = pytest.mark.django_db

FIELDS = {
    "fields": [
        {"name": "vendor", "type": "text", "required": True},
        {"name": "total", "type": "number", "decimals": 2},
    ]
}
SAID = {"vendor": "ACME", "total": 12.5}


@pytest.fixture
def invoices(db: None) -> Workflow:
    """A workflow of fields whose client brings the predictions; sure from 0.9 on."""
    registry.register_model(name="reader", runtime="client")
    registry.register_version(model="reader", artifact=b"", schema=factories.SCHEMA, classes=())
    return factories.workflow(
        "invoices",
        task_type="fields",
        answer=FIELDS,
        model="reader",
        level="partial_automation",
    )


def brought(
    workflow: Workflow, confidence: float | None = None, value: object = SAID, **parts: float
) -> CaseOut:
    row, _ = factories.key(workflow)
    assert row.client_id is not None
    (told,) = receiving.receive(
        [Submission({"text": "scan"}, prediction=Brought(value, confidence, parts or None))],
        head=Head(workflow.pk, workflow.slug, workflows.in_force(workflow).no),
        client_id=row.client_id,
    )
    assert isinstance(told, CaseOut)
    return told


def test_an_answer_is_as_sure_as_its_least_sure_field(invoices: Workflow) -> None:
    told = brought(invoices, 0.99, vendor=0.99, total=0.95)
    assert told.status == "decided"
    prediction = Prediction.objects.get()
    assert prediction.value == {"vendor": "ACME", "total": "12.50"}
    assert prediction.confidence == 0.95
    assert prediction.confidences == {"vendor": 0.99, "total": 0.95}
    assert Decision.objects.get().value == {"vendor": "ACME", "total": "12.50"}


def test_one_unsure_field_refers_the_case(invoices: Workflow) -> None:
    told = brought(invoices, 1.0, vendor=0.99, total=0.5)
    assert (told.status, told.route.reason) == ("referred", "below_threshold")
    assert Prediction.objects.get().confidence == 0.5
    assert Referral.objects.get().uncertainty == pytest.approx(0.5)


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param({"vendor": 0.99}, id="a field without one"),
        pytest.param({"vendor": 0.99, "total": 1.5}, id="one out of range"),
    ],
)
def test_a_field_without_a_confidence_is_never_automated(
    invoices: Workflow, parts: dict[str, float]
) -> None:
    told = brought(invoices, 1.0, **parts)
    assert told.status == "referred"
    stored = Prediction.objects.get()
    assert stored.confidence is None
    assert stored.confidences == parts


def test_without_confidences_of_parts_that_of_the_whole_counts(invoices: Workflow) -> None:
    assert brought(invoices, 0.95).status == "decided"
    stored = Prediction.objects.get()
    assert (stored.confidence, stored.confidences) == (0.95, None)


@pytest.mark.parametrize("whole", [0.2, float("nan")])
def test_it_is_no_surer_than_the_model_is_of_the_whole(invoices: Workflow, whole: float) -> None:
    assert brought(invoices, whole, vendor=0.99, total=0.95).status == "referred"


def test_what_is_no_part_is_refused(invoices: Workflow) -> None:
    with pytest.raises(Invalid) as refused:
        brought(invoices, vendor=0.99, total=0.95, zzz=0.99)
    (problem,) = refused.value.problems
    assert problem.pointer == "/prediction/confidences/zzz"
    assert "vendor, total" in problem.detail
    assert not Case.objects.exists()


def test_a_wrong_field_makes_it_no_answer_and_people_decide(invoices: Workflow) -> None:
    told = brought(invoices, value={"vendor": "ACME", "total": "12,5"}, vendor=1.0, total=1.0)
    assert told.status == "referred"
    assert Prediction.objects.get().error.startswith("invalid: Not a number: a comma")
    assert Case.objects.get().seq == 0


@pytest.mark.parametrize("whole", [0.99, 0.1])
def test_confidences_of_an_answer_without_parts_say_nothing(db: None, whole: float) -> None:
    odd: Any = {"yes": 0.99, "no": None}
    factories.version("odd")
    workflow = factories.workflow("odd", model="odd", level="partial_automation")
    runtimes.NONSENSE.append(Outcome("yes", whole, confidences=odd))
    row, _ = factories.key(workflow)
    assert row.client_id is not None
    (told,) = receiving.receive(
        [Submission({"text": "hi"})],
        head=Head(workflow.pk, workflow.slug, workflows.in_force(workflow).no),
        client_id=row.client_id,
    )
    assert isinstance(told, CaseOut)
    assert told.status == ("decided" if whole == 0.99 else "referred")
    stored = Prediction.objects.get()
    assert (stored.confidence, stored.confidences) == (whole, None)
