"""The revision in force, parsed once."""

from uuid import UUID

import pytest
from pytest_django import DjangoAssertNumQueries

from hitl.models import Workflow
from hitl.services import revisions, workflows
from models_registry import serving
from tests import factories
from tests.hitl.services.rollouts.rolling import begin, second

pytestmark = pytest.mark.django_db


def test_a_revision_is_read_once_per_process(
    spam: Workflow, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = revisions.revision(spam.pk, 1)
    with django_assert_num_queries(0):
        assert revisions.revision(spam.pk, 1) is first
    assert (first.rules.level, first.asks) == ("shadow", True)
    assert first.rules.key == bytes(spam.sampling_key)


def test_a_new_revision_is_another_value(spam: Workflow) -> None:
    workflows.set_stop(spam, stopped=True, by=None, reason="test")
    assert revisions.revision(spam.pk, 2).rules.stopped
    assert not revisions.revision(spam.pk, 1).rules.stopped


def test_a_clients_own_model_is_not_asked(db: None) -> None:
    factories.version("own", runtime="client")
    ham = factories.workflow("ham", model="own", level="shadow")
    assert not revisions.revision(ham.pk, 1).asks
    assert not revisions.revision(factories.workflow("people").pk, 1).asks


@pytest.mark.parametrize(("strategy", "loaded"), [("shadow", 0), ("canary", 1), ("blue_green", 1)])
def test_a_challenger_that_may_answer_is_loaded_before_the_first_case(
    spam: Workflow, strategy: str, loaded: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    second(spam)
    row = begin(spam, strategy)
    warmed: list[UUID] = []
    monkeypatch.setattr(serving, "warm", warmed.append)
    revisions.revision.cache_clear()
    revisions.in_force(spam.pk)
    assert warmed == [row.challenger_id] * loaded


def test_one_that_cannot_be_loaded_stops_nobody(
    spam: Workflow, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    second(spam)
    begin(spam)

    def broken(_: UUID) -> None:
        raise ValueError("no such file")

    monkeypatch.setattr(serving, "warm", broken)
    revisions.revision.cache_clear()
    assert revisions.in_force(spam.pk).share == 0.5
    assert "not warm" in caplog.text
