"""Ending: all traffic to one or the other by one revision, and back, also long after."""

import pytest

from hitl.models import Prediction, Rollout, Workflow
from hitl.services import workflows
from hitl.services.rollouts import ending, starting
from models_registry.domain.errors import Conflict, Invalid, Missing
from tests import factories
from tests.hitl.services.rollouts.rolling import begin, goes_to, live, second
from tests.reviews.desks import send

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("strategy", ["shadow", "canary", "blue_green"])
def test_promoted_it_answers_everything(spam: Workflow, strategy: str) -> None:
    second(spam, value="no")
    row = ending.promote(begin(spam, strategy).pk, by=None, reason="better")
    assert live(spam) == (2, None, 0.0)
    assert (row.state, row.said) == ("promoted", "better")
    case = send(spam)
    said = Prediction.objects.get(case=case)
    assert (said.value, said.arm, said.role) == ("no", "champion", "live")


def test_aborted_nobody_is_answered_by_it_any_more(spam: Workflow) -> None:
    second(spam, value="no")
    row = begin(spam)
    mine = goes_to(spam, "challenger")
    case = send(spam, subject=mine)
    assert Prediction.objects.get(case=case).arm == "challenger"
    ending.abort(row.pk, by=None, reason="worse")
    assert live(spam) == (1, None, 0.0)
    assert Prediction.objects.get(case=send(spam, subject=mine)).value == "yes"
    row.refresh_from_db()
    assert (row.state, row.closed is not None) == ("aborted", True)


def test_what_has_ended_cannot_end_again(spam: Workflow) -> None:
    second(spam)
    row = begin(spam)
    ending.abort(row.pk, by=None, reason="enough")
    for again in (ending.promote, ending.abort):
        with pytest.raises(Conflict, match="aborted already"):
            again(row.pk, by=None, reason="again")
    assert live(spam) == (1, None, 0.0)


def test_back_to_what_answered_before_also_long_after(spam: Workflow) -> None:
    second(spam)
    ending.promote(begin(spam).pk, by=None, reason="better")
    workflows.set_level(spam, "ai_assistance", by=None, reason="later")
    made = ending.back(spam, by=None, reason="complaints")
    assert live(spam) == (1, None, 0.0)
    assert (made.cause, made.level) == ("return", "ai_assistance")
    ending.back(spam, by=None, reason="no, it was fine")
    assert live(spam) == (2, None, 0.0)


def test_a_return_ends_what_is_under_way(spam: Workflow) -> None:
    second(spam)
    ending.promote(begin(spam).pk, by=None, reason="better")
    second(spam)
    starting.start(spam, version=3, strategy="shadow", by=None, reason="third")
    ending.back(spam, by=None, reason="complaints", version=1)
    assert live(spam) == (1, None, 0.0)
    assert not Rollout.objects.filter(closed=None).exists()


def test_there_must_be_something_to_return_to(spam: Workflow) -> None:
    second(spam)
    with pytest.raises(Conflict, match="none to return to"):
        ending.back(spam, by=None, reason="test")
    with pytest.raises(Invalid) as refused:
        ending.back(spam, by=None, reason="test", version=2)
    assert refused.value.problems[0].pointer == "/version"


def test_a_rollout_is_found_in_its_own_workflow_alone(spam: Workflow) -> None:
    second(spam)
    row = begin(spam)
    assert ending.find(spam, row.pk) == row
    with pytest.raises(Missing):
        ending.find(factories.workflow("other"), row.pk)
