"""Workflows in the panel: the list, adding one, and the page itself."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hitl.domain.roles import Role
from hitl.models import Workflow
from hitl.services import workflows
from models_registry.models import RegisteredModel
from tests import factories
from tests.conftest import Api
from tests.hitl.admin.conftest import Enter, at

pytestmark = pytest.mark.django_db

LIST = reverse("admin:hitl_workflow_changelist")
ADD = reverse("admin:hitl_workflow_add")
NEW = {
    "title": "Letters",
    "slug": "letters",
    "task_type": "classification",
    "classes": "a\nb\n\n c ",
    "schema": '{"type": "object"}',
    "level": "shadow",
    "reason": "a trial",
}


@pytest.fixture
def olive(db: None) -> User:
    """Operates all workflows."""
    return factories.person("olive", Role.OPERATOR)


def test_the_list_shows_state_without_a_query_per_row(
    spam: Workflow, shop: Api, olive: User, enter: Enter
) -> None:
    shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}})
    workflows.set_stop(spam, stopped=True, by=olive, reason="test")
    browser = enter(olive)
    with CaptureQueriesContext(
        connection,
    ) as one:
        page = browser.get(LIST).content.decode()
    assert 'level-1" title=' in page
    assert "Stopped" in page
    assert "spam-model v1" in page
    for i in range(5):
        factories.workflow(f"more-{i}")
    browser.get(LIST)  # reads each revision, once per process
    with CaptureQueriesContext(connection) as six:
        browser.get(LIST)
    assert len(six) - len(one) <= 5  # how many wait: one count per row


def test_an_operator_sees_own_workflows_only(
    spam: Workflow, other: Workflow, alice: User, enter: Enter
) -> None:
    page = enter(alice).get(LIST).content.decode()
    assert at(spam) in page
    assert at(other) not in page


def test_a_workflow_is_added_with_its_first_revision(olive: User, enter: Enter) -> None:
    answer = enter(olive).post(ADD, NEW, follow=True)
    made = Workflow.objects.get(slug="letters")
    assert answer.redirect_chain[0][0] == at(made)
    row = workflows.in_force(made)
    assert (row.no, row.level, row.by, row.reason) == (1, "shadow", olive, "a trial")
    assert [c["value"] for c in row.answer["classes"]] == ["a", "b", "c"]
    assert "revision 1" in answer.content.decode()


def test_schema_and_classes_may_be_left_to_the_model(olive: User, enter: Enter) -> None:
    factories.version("letter-model")
    enter(olive).post(ADD, NEW | {"classes": "", "schema": "", "model": _pk("letter-model")})
    row = workflows.in_force(Workflow.objects.get(slug="letters"))
    assert row.schema == factories.SCHEMA
    assert [c["value"] for c in row.answer["classes"]] == ["no", "yes"]
    assert str(row.champion) == "letter-model v1"


def _pk(model: str) -> Any:
    return RegisteredModel.objects.get(name=model).pk


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        pytest.param("title", "", "required", id="no title"),
        pytest.param("slug", "With Space", "Small letters", id="bad name"),
        pytest.param("slug", "spam", "is taken. Choose another one.", id="name taken"),
        pytest.param("classes", "only", "Name at least two classes, one per line.", id="one class"),
        pytest.param("classes", "", "at least two", id="no class and no model"),
        pytest.param("classes", "a\na", "Named twice", id="a class twice"),
        pytest.param("schema", "{", "This is no JSON", id="no JSON"),
        pytest.param("schema", "[1]", "is an object", id="JSON, but no object"),
        pytest.param("schema", '{"type": 7}', "Not a usable JSON Schema", id="no schema"),
        pytest.param("level", "higher", "not one of the available", id="unknown level"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    spam: Workflow, olive: User, enter: Enter, field: str, value: str, said: str
) -> None:
    answer = enter(olive).post(ADD, NEW | {field: value})
    assert answer.status_code == 200
    errors = answer.context["form"].errors
    assert list(errors) == [field]
    assert said in str(errors[field])
    assert Workflow.objects.count() == 1


def test_a_name_that_is_taken_meanwhile_is_said_beside_it(
    olive: User, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = workflows.create

    def second(**given: Any) -> Workflow:
        create(**given)
        return create(**given)

    monkeypatch.setattr(workflows, "create", second)
    errors = enter(olive).post(ADD, NEW).context["form"].errors
    assert list(errors) == ["slug"]
    assert "is taken" in str(errors["slug"])


def test_an_auditor_adds_no_workflow(audrey: User, enter: Enter) -> None:
    assert enter(audrey).get(ADD).status_code == 403
    assert enter(audrey).post(ADD, NEW).status_code == 403
    assert Workflow.objects.count() == 1


def test_the_operator_of_one_workflow_is_told_of_the_one_they_added(
    alice: User, enter: Enter
) -> None:
    answer = enter(alice).post(ADD, NEW, follow=True)
    assert answer.status_code == 200
    assert "Letters is there" in answer.content.decode()


def test_the_room_takes_no_post_of_its_own(spam: Workflow, alice: User, enter: Enter) -> None:
    assert enter(alice).post(at(spam), {"title": "hacked"}).status_code == 403
    spam.refresh_from_db()
    assert spam.title == "Spam"


def test_an_address_that_is_no_id_is_not_found(spam: Workflow, alice: User, enter: Enter) -> None:
    page = reverse("admin:hitl_workflow_change", args=["nonsense"])
    assert enter(alice).get(page).status_code == 404
