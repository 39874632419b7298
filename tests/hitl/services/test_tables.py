"""Answers as a table."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hitl.models import Case, Client, Decision, Sight, Workflow
from hitl.services import cases, tables
from hitl.services.cases import Reader
from models_registry.domain.errors import Missing
from reviews.services import golds
from tests import factories
from tests.reviews.desks import judge, level, reviewers, send

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HEAD = ["case", "reference", "decided_at", "source", "unusable"]


def reader(*some: Workflow, **given: Any) -> Reader:
    return Reader([workflow.pk for workflow in some], **given)


def table(slug: str, eyes: Reader, **given: Any) -> list[list[str]]:
    return [line for some in tables.answers(slug, eyes, **given) for line in some]


def decided(workflow: Workflow, at: datetime, value: object, **given: Any) -> Case:
    """A case of the client that the machine decided at this moment."""
    client, _ = Client.objects.get_or_create(name=given.pop("client", "shop"))
    case = Case.objects.create(
        workflow=workflow,
        revision_no=1,
        client=client,
        input_hash="",
        action="automate",
        reason="usable",
        blind=False,
        audit=False,
        pi=1.0,
        status="decided",
        seq=1,
        created=at,
        reference=given.pop("reference", ""),
    )
    Decision.objects.create(case=case, n=1, source="model", value=value, at=at, **given)
    return case


def test_each_decided_case_is_a_line(spam: Workflow) -> None:
    (bob,) = reviewers(spam, "bob")
    first, second = send(spam, reference="r1"), send(spam, reference="r2")
    judge(bob, "yes")
    head, line = table("spam", reader(spam))
    assert head == [*HEAD, "value"]
    one = Decision.objects.get()
    assert one.case_id in (first.pk, second.pk)
    reference = "r1" if one.case_id == first.pk else "r2"
    assert line == [str(one.case_id), reference, one.at.isoformat(), "human", "no", "yes"]


def test_a_superseding_decision_is_the_answer(spam: Workflow) -> None:
    case = decided(spam, NOW, "no")
    Decision.objects.create(case=case, n=2, source="human", value="yes", at=NOW)
    Case.objects.filter(pk=case.pk).update(seq=2)
    (line,) = table("spam", reader(spam))[1:]
    assert line[3:] == ["human", "no", "yes"]


def test_an_unusable_or_erased_answer_has_no_value(spam: Workflow) -> None:
    decided(spam, NOW, None, unusable=True)
    decided(spam, NOW + timedelta(seconds=1), None)
    assert [line[4:] for line in table("spam", reader(spam))[1:]] == [["yes", ""], ["no", ""]]


def test_fields_have_a_column_each_and_no_cell_is_a_formula(db: None) -> None:
    fields = [{"name": "note", "type": "text"}, {"name": "total", "type": "number"}]
    made = factories.workflow("papers", task_type="fields", answer={"fields": fields})
    decided(made, NOW, {"note": "=HYPERLINK(1)", "total": "-1.5"}, reference="@r")
    decided(made, NOW + timedelta(seconds=1), {"note": None, "total": "2"})
    head, first, second = table("papers", reader(made))
    assert head == [*HEAD, "answer.note", "total"]
    assert first[1] == "'@r"
    assert first[5:] == ["'=HYPERLINK(1)", "-1.5"]
    assert second[5:] == ["", "2"]


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_no_case_is_left_out_or_told_twice_between_batches(spam: Workflow, batch: int) -> None:
    moments = [NOW, NOW, NOW, NOW + timedelta(seconds=1), NOW + timedelta(seconds=1)]
    made = {str(decided(spam, at, "no").pk) for at in moments}
    lines = table("spam", reader(spam), batch=batch)[1:]
    assert len(lines) == len(made)
    assert {line[0] for line in lines} == made
    created = [Case.objects.get(pk=UUID(line[0])).created for line in lines]
    assert created == sorted(created)


def test_a_batch_costs_two_reads_however_long_it_is(spam: Workflow) -> None:
    for i in range(7):
        decided(spam, NOW + timedelta(seconds=i), "no")
    lines = tables.answers("spam", reader(spam))
    next(lines)
    with CaptureQueriesContext(connection) as asked:
        assert len(next(lines)) == 7
    assert len(asked) <= 3  # cases, their decisions, at most the revision


def test_moments_bound_the_table(spam: Workflow) -> None:
    for i in range(4):
        decided(spam, NOW + timedelta(hours=i), "no", reference=str(i))
    bounds = {
        "created_after": NOW,
        "created_before": NOW + timedelta(hours=3),
    }
    found = [line[1] for line in table("spam", reader(spam), **bounds)[1:]]
    assert found == ["1", "2"]
    late = table("spam", reader(spam), now=NOW + timedelta(hours=1))
    assert [line[1] for line in late[1:]] == ["0"]


def test_a_client_reads_its_own_cases_only(spam: Workflow) -> None:
    decided(spam, NOW, "no", reference="mine")
    decided(spam, NOW, "no", reference="theirs", client="bakery")
    shop = Client.objects.get(name="shop").pk
    lines = table("spam", reader(spam, client_id=shop))[1:]
    assert [line[1] for line in lines] == ["mine"]


def test_known_answers_are_in_no_table(spam: Workflow) -> None:
    golds.create(spam, input={"text": "hi"}, answer="yes")
    Case.objects.update(status="decided")
    assert table("spam", reader(spam))[1:] == []


def test_who_may_be_asked_does_not_read_what_is_to_be_judged(spam: Workflow) -> None:
    workflow = level(spam, "full_automation")
    case = send(workflow, reference="r")
    eyes = reader(workflow, judges=frozenset([workflow.pk]))
    assert table("spam", eyes)[1][3:] == ["model", "no", "yes"]
    cases.say(case, kind="contest", value=None, statement="no!")
    assert cases.told(cases.one(case.pk, eyes), eyes).decision is None
    assert table("spam", eyes)[1:] == [], "a line would say that it is decided"
    assert table("spam", reader(workflow))[1][3:] == ["model", "no", "yes"]


def test_who_read_an_answer_in_a_table_is_not_asked_about_it(spam: Workflow, bob: User) -> None:
    case = send(level(spam, "full_automation"))
    eyes = reader(spam, judges=frozenset([spam.pk]), user_id=bob.pk)
    assert len(table("spam", eyes)) == len(table("spam", eyes)) == 2
    assert list(Sight.objects.values_list("case", "user")) == [(case.pk, bob.pk)]


def test_an_unknown_workflow_is_missing(spam: Workflow) -> None:
    factories.workflow("ham")
    for slug in ("ham", "none"):
        with pytest.raises(Missing, match=f"There is no workflow '{slug}' for you."):
            tables.answers(slug, reader(spam))
