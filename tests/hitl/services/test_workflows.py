"""Workflows and their revisions."""

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User

from hitl.domain.roles import Role, Verb
from hitl.models import Revision, Workflow
from hitl.services import access, workflows
from hitl.services.workflows import Terms
from models_registry import services as registry
from models_registry.domain.errors import Busy, Conflict, Invalid, Missing
from tests import factories

pytestmark = pytest.mark.django_db


def newest(workflow: Workflow) -> Revision:
    return workflows.in_force(workflow)


def test_a_new_workflow_starts_with_revision_one(alice: User) -> None:
    made = factories.workflow("ham", by=alice)
    first = newest(made)
    assert (first.no, first.level, first.stopped, first.champion) == (1, "human_only", False, None)
    assert (first.by, first.cause, first.reason) == (alice, "person", "created")
    assert made.revision_no == 1


def test_whoever_creates_a_workflow_may_operate_it(alice: User, charlie: User) -> None:
    made = factories.workflow("ham", by=alice)
    assert access.may(alice, Verb.OPERATE, made.pk)
    assert not access.may(charlie, Verb.SEE, made.pk)


def test_a_person_with_a_role_everywhere_needs_none_on_a_new_workflow(db: None) -> None:
    root = factories.person("root", Role.OPERATOR)
    made = factories.workflow("ham", by=root)
    assert not made.memberships.exists()


def test_every_change_appends_one_revision_that_says_who_why_and_by_what_cause(
    spam: Workflow, alice: User
) -> None:
    workflows.set_level(spam, "full_automation", by=alice, reason=" it is good ")
    workflows.set_stop(spam, stopped=True, by=None, reason="drift")
    workflows.append(
        spam, lambda t: replace(t, thresholds={"v": 0.5}), by=None, reason="proof", cause="certify"
    )
    rows = list(spam.revisions.order_by("no"))
    assert [(r.no, r.level, r.stopped) for r in rows] == [
        (1, "shadow", False),
        (2, "full_automation", False),
        (3, "full_automation", True),
        (4, "full_automation", True),
    ]
    assert [(r.by, r.reason, r.cause) for r in rows[1:]] == [
        (alice, "it is good", "person"),
        (None, "drift", "person"),
        (None, "proof", "certify"),
    ]
    assert rows[3].thresholds == {"v": 0.5}
    spam.refresh_from_db()
    assert spam.revision_no == 4


def test_a_change_that_changes_nothing_appends_nothing(spam: Workflow) -> None:
    again = workflows.set_level(spam, "shadow", by=None, reason="again")
    assert again.no == 1
    assert spam.revisions.count() == 1


def test_of_two_changes_at_once_both_survive(spam: Workflow) -> None:
    """The other change lands after this one has read its terms and before it writes."""
    tries: list[str] = []

    def stop(t: Terms) -> Terms:
        if not tries:
            workflows.set_level(spam, "full_automation", by=None, reason="the other one")
        tries.append(t.level)
        return replace(t, stopped=True)

    workflows.append(spam, stop, by=None, reason="this one")
    assert tries == ["shadow", "full_automation"]
    assert [(r.no, r.level, r.stopped, r.reason) for r in spam.revisions.order_by("no")][1:] == [
        (2, "full_automation", False, "the other one"),
        (3, "full_automation", True, "this one"),
    ]


def test_who_loses_every_race_is_told_to_try_again(spam: Workflow) -> None:
    levels = iter(["full_automation", "ai_assistance", "human_only", "shadow", "human_only"])

    def stop(t: Terms) -> Terms:
        workflows.set_level(spam, next(levels), by=None, reason="quicker")
        return replace(t, stopped=True)

    with pytest.raises(Busy):
        workflows.append(spam, stop, by=None, reason="slow")
    assert not newest(spam).stopped
    assert newest(spam).no == 6


def test_who_names_the_revision_they_saw_is_told_if_it_is_over(spam: Workflow) -> None:
    workflows.set_level(spam, "full_automation", by=None, reason="first", seen=1)
    with pytest.raises(Conflict):
        workflows.set_stop(spam, stopped=True, by=None, reason="second", seen=1)
    assert newest(spam).no == 2


def test_an_unknown_level_is_refused_with_the_valid_ones(spam: Workflow) -> None:
    with pytest.raises(Invalid) as error:
        workflows.set_level(spam, "autopilot", by=None, reason="why not")
    (problem,) = error.value.problems
    assert problem.pointer == "/level"
    assert (
        "Valid: human_only, shadow, ai_assistance, partial_automation, full_automation"
        in problem.detail
    )
    assert newest(spam).no == 1


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_change_needs_a_reason(spam: Workflow, reason: str) -> None:
    with pytest.raises(Invalid) as error:
        workflows.set_stop(spam, stopped=True, by=None, reason=reason)
    assert error.value.problems[0].pointer == "/reason"


def test_a_policy_is_merged_dial_by_dial(spam: Workflow) -> None:
    workflows.change(spam, by=None, reason="a", policy={"audit_share": 0.5})
    workflows.change(spam, by=None, reason="b", policy={"undo_seconds": 5})
    policy = newest(spam).policy
    assert (policy["audit_share"], policy["undo_seconds"], policy["lease_minutes"]) == (0.5, 5, 10)


def test_a_wrong_dial_is_refused_where_it_stands(spam: Workflow) -> None:
    with pytest.raises(Invalid) as error:
        workflows.change(spam, by=None, reason="a", policy={"threshold": {"threshold": 2}})
    assert error.value.problems[0].pointer.startswith("/policy/threshold")
    assert newest(spam).no == 1


def test_the_newest_version_of_the_named_model_becomes_the_champion(spam: Workflow) -> None:
    second = registry.register_version(
        model="spam-model",
        artifact=b'{"confidence": 0.5}',
        schema=factories.SCHEMA,
    )
    assert newest(spam).champion_id != second.pk
    workflows.change(spam, by=None, reason="better", model="spam-model")
    assert newest(spam).champion == second


def test_a_model_may_be_taken_away(spam: Workflow) -> None:
    workflows.change(spam, by=None, reason="broken", model="")
    assert newest(spam).champion is None
    spam.refresh_from_db()
    assert spam.model is None


def test_a_model_whose_classes_do_not_fit_is_refused(spam: Workflow) -> None:
    factories.version("colours", classes=["red", "yes"])
    with pytest.raises(Invalid) as error:
        workflows.change(spam, by=None, reason="new", model="colours")
    (problem,) = error.value.problems
    assert (problem.pointer, "no class red" in problem.detail) == ("/model", True)
    spam.refresh_from_db()
    assert spam.model is not None
    assert spam.model.name == "spam-model"


def test_classes_that_the_champion_does_not_fit_are_refused(spam: Workflow) -> None:
    with pytest.raises(Invalid, match="no class yes"):
        workflows.change(spam, by=None, reason="rename", answer={"classes": ["no", "maybe"]})


def test_a_model_serves_one_workflow(spam: Workflow) -> None:
    with pytest.raises(Conflict):
        factories.workflow("ham", model="spam-model")
    ham = factories.workflow("ham")
    with pytest.raises(Conflict, match="serves another workflow"):
        workflows.change(ham, by=None, reason="share", model="spam-model")
    assert newest(ham).no == 1


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        pytest.param({"model": "nobody"}, "/model", id="unknown model"),
        pytest.param({"level": "all"}, "/level", id="unknown level"),
        pytest.param({"answer": {"classes": ["a"]}}, "/answer", id="one class"),
        pytest.param({"schema": {"type": "strnig"}}, "/schema", id="no schema"),
        pytest.param({"policy": {"audit_share": 0.3}}, "/policy", id="odd share"),
        pytest.param({"policy": {"nonsense": 1}}, "/policy", id="unknown dial"),
    ],
)
def test_a_workflow_that_cannot_work_is_refused(
    db: None, given: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(Invalid) as error:
        factories.workflow("ham", **given)
    assert error.value.problems[0].pointer.startswith(pointer)
    assert not Workflow.objects.exists()


def test_a_slug_that_is_taken_is_refused(spam: Workflow) -> None:
    with pytest.raises(Conflict, match="'spam' is taken"):
        factories.workflow("spam")


def test_an_unknown_workflow_is_missing(db: None) -> None:
    with pytest.raises(Missing, match="'ham'"):
        workflows.find("ham")


def test_who_makes_a_workflow_can_operate_it(spam: Workflow, alice: User) -> None:
    ham = factories.workflow("ham", by=alice)
    assert access.may(alice, Verb.OPERATE, ham.pk)
    assert alice.hitl_memberships.count() == 2


def test_who_operates_all_workflows_needs_no_further_role(db: None) -> None:
    chief = factories.person("chief", Role.OPERATOR)
    factories.workflow("ham", by=chief)
    assert chief.hitl_memberships.count() == 1


def test_an_answer_definition_is_checked_as_a_change_would_store_it(spam: Workflow) -> None:
    assert workflows.check_answer(spam, {"classes": ["no", "yes", "x"]}) == {
        "classes": [{"value": value, "title": value} for value in ("no", "yes", "x")]
    }
    with pytest.raises(Invalid, match="does not fit"):
        workflows.check_answer(spam, {"classes": ["a", "b"]})
    workflows.change(spam, by=None, reason="t", policy={"safe_default": "no"}, model="")
    with pytest.raises(Invalid, match="'no' is not a class") as refused:
        workflows.check_answer(spam, {"classes": ["a", "b"]})
    assert refused.value.problems[0].pointer == "/policy/safe_default"
