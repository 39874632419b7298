"""One guarded write: all rows or none, only while the revision is in force."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from hitl.models import Case, Client, Payload, Prediction, Workflow
from hitl.models.together import FEW, Row, insert_together
from hitl.services import workflows
from models_registry.models import new_id
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
COUNTS = pytest.mark.parametrize("count", [1, FEW // 2, FEW], ids=["one", "a statement", "a COPY"])


@pytest.fixture
def client_id(db: None) -> UUID:
    return Client.objects.create(name="shop").pk


def rows(workflow: Workflow, client_id: UUID, count: int, value: object = "x") -> list[Row]:
    """`count` cases with their payloads, mixed as they come."""
    found = []
    for i in range(count):
        case_id = new_id()
        case = {
            "id": case_id,
            "workflow_id": workflow.pk,
            "revision_no": 1,
            "client_id": client_id,
            "reference": f"{i}\t\\N\n'\"é",
            "input_hash": "h",
            "action": "refer",
            "reason": "level",
            "threshold": None,
            "blind": True,
            "audit": False,
            "pi": 0.1,
            "status": "referred",
            "created": NOW,
        }
        found += [Row(Case, case), Row(Payload, {"case_id": case_id, "input": {"v": value}})]
    return found


@COUNTS
def test_rows_are_read_as_they_were_written(spam: Workflow, client_id: UUID, count: int) -> None:
    assert insert_together(rows(spam, client_id, count), workflow_id=spam.pk, revision_no=1)
    assert Case.objects.count() == Payload.objects.count() == count
    case = Case.objects.order_by("pk")[0]
    assert (case.reference, case.threshold, case.pi, case.created) == (
        "0\t\\N\n'\"é",
        None,
        0.1,
        NOW,
    )
    assert (case.blind, case.audit, case.workflow, case.client_id) == (True, False, spam, client_id)
    assert case.payload.input == {"v": "x"}


@COUNTS
def test_columns_left_out_get_their_default(spam: Workflow, client_id: UUID, count: int) -> None:
    assert insert_together(rows(spam, client_id, count), workflow_id=spam.pk, revision_no=1)
    assert set(Case.objects.values_list("subject", "seq", "batch")) == {("", 0, None)}


@COUNTS
def test_nothing_is_written_under_an_old_revision(
    spam: Workflow, client_id: UUID, count: int
) -> None:
    workflows.set_stop(spam, stopped=True, by=None, reason="test")
    some = rows(spam, client_id, count)
    assert not insert_together(some, workflow_id=spam.pk, revision_no=1)
    assert not insert_together(some, workflow_id=new_id(), revision_no=2)
    assert not Case.objects.exists()
    assert not Payload.objects.exists()
    assert insert_together(some, workflow_id=spam.pk, revision_no=2)


@COUNTS
def test_one_row_that_cannot_be_keeps_all_out(spam: Workflow, client_id: UUID, count: int) -> None:
    some = rows(spam, client_id, count)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_together([*some, some[-1]], workflow_id=spam.pk, revision_no=1)
    assert not Case.objects.exists()


@COUNTS
def test_null_is_stored_as_json_or_as_nothing(spam: Workflow, client_id: UUID, count: int) -> None:
    version = factories.version("other")
    some = rows(spam, client_id, count)
    predictions = [
        Row(
            Prediction,
            {
                "case_id": row.values["id"],
                "version_id": version.pk,
                "role": "live",
                "arm": "champion",
                "value": None,
                "confidence": None,
            },
        )
        for row in some
        if row.model is Case
    ]
    some = [
        row if row.model is Case else Row(Payload, {**row.values, "input": None}) for row in some
    ]
    assert insert_together([*some, *predictions], workflow_id=spam.pk, revision_no=1)
    assert Payload.objects.filter(input__isnull=False).count() == count
    assert set(Payload.objects.values_list("input", flat=True)) == {None}
    assert Prediction.objects.filter(value__isnull=True, error="").count() == count


def test_few_rows_are_one_statement_on_postgresql(
    spam: Workflow, client_id: UUID, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    most = 1 if connection.vendor == "postgresql" else 5
    with django_assert_max_num_queries(most):
        insert_together(rows(spam, client_id, 1), workflow_id=spam.pk, revision_no=1)
