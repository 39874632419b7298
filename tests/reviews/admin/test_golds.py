"""Known answers in the panel."""

from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.auth.models import User
from django.urls import reverse

from hitl.domain.roles import Role
from hitl.models import Case, Decision, Payload, Prediction, Referral, Workflow
from hitl.services import access, workflows
from models_registry.models import new_id
from reviews.models import Gold
from reviews.services import golds
from tests import factories
from tests.hitl.admin.conftest import Enter
from tests.reviews.answers import NOW, answer, bringing, case, known, review

pytestmark = pytest.mark.django_db

LIST = reverse("admin:reviews_gold_changelist") + "?workflow=spam"
ADD = reverse("admin:reviews_gold_add") + "?workflow=spam"
TYPED = {"input": '{"text": "hi"}', "answer": "yes", "note": "obvious"}


def retire(gold: Gold) -> str:
    return reverse("admin:reviews_gold_retire", args=[gold.pk])


# The list


def test_an_empty_list_says_what_would_stand_there(alice: User, enter: Enter) -> None:
    page = enter(alice).get(LIST).content.decode()
    assert "No known answers yet" in page
    assert "The policy serves none" in page
    assert "Add a known answer" in page


def test_each_known_answer_with_what_people_said(
    spam: Workflow, alice: User, bob: User, dora: User, enter: Enter
) -> None:
    gold = known(spam, "first", by=alice, note="from the handbook")
    known(spam, "second")
    answer(bob, gold, "yes")
    answer(dora, gold, "no")
    found = enter(alice).get(LIST)
    second, first = found.context["rows"]
    assert (first["figure"].value, first["figure"].note) == (
        "50.0 %",
        "1 of 2 right, 9.5–90.5 %",
    )
    assert second["figure"].value == "nobody was asked yet"
    page = found.content.decode()
    for text in ("from the handbook", "by alice", "2 served", "first"):
        assert text in page


def test_what_the_policy_does_with_them_is_said(spam: Workflow, alice: User, enter: Enter) -> None:
    dials = {"gold_share": 0.1, "gold_bar": 0.75, "gold_least": 20, "onboarding": 2}
    workflows.change(spam, by=alice, reason="t", policy=dials)
    known(spam)
    page = enter(alice).get(LIST).content.decode()
    assert "New reviewers are given 2 of them" in page
    assert "10 % of claims serve one" in page
    assert "less than 75 % of at least 20 is paused" in page
    assert "only 1 is served: that is how long it is. Add more" in page
    known(spam, "another")
    assert "how long it is" not in enter(alice).get(LIST).content.decode()


def test_without_a_bar_nobody_is_said_to_be_paused(
    spam: Workflow, alice: User, enter: Enter
) -> None:
    workflows.change(spam, by=alice, reason="t", policy={"gold_share": 0.1, "gold_bar": 0.0})
    page = enter(alice).get(LIST).content.decode()
    assert "No bar is set: nobody is paused by them." in page
    assert "less than 0" not in page


def test_an_image_is_told_by_its_size(alice: User, enter: Enter) -> None:
    row = {"type": "array", "items": {"type": "integer"}}
    schema = {"type": "object", "properties": {"pixels": {"type": "array", "items": row}}}
    digits = factories.workflow("digits", schema=schema)
    access.join(alice, [Role.OPERATOR], digits)
    gold = golds.create(digits, input={"pixels": [[0] * 8] * 6}, answer="no")
    listed = enter(alice).get(LIST.replace("spam", "digits")).content.decode()
    asked = enter(alice).get(retire(gold)).content.decode()
    for page in (listed, asked):
        assert "image, 8 × 6" in page
        assert "[[0" not in page


def test_the_menu_names_what_people_know(alice: User, enter: Enter) -> None:
    page = enter(alice).get(LIST).content.decode()
    assert "Known answers" in page
    assert "People" in page
    assert "Standings" not in page
    assert "Golds" not in page


def test_the_list_goes_on_after_fifty(spam: Workflow, alice: User, enter: Enter) -> None:
    made = [known(spam, str(i)) for i in range(52)]
    browser = enter(alice)
    first = browser.get(LIST)
    assert [row["gold"] for row in first.context["rows"]] == made[:1:-1]
    rest = browser.get(LIST + f"&after={first.context['older']}")
    assert [row["gold"] for row in rest.context["rows"]] == made[1::-1]
    assert rest.context["older"] is None
    assert "The newest" in rest.content.decode()
    nothing = browser.get(LIST + f"&after={made[0].pk}").content.decode()
    assert "There are no older ones" in nothing
    assert browser.get(LIST + "&after=nonsense").context["first"]


# Adding


def test_one_is_typed_in(spam: Workflow, alice: User, enter: Enter) -> None:
    done = enter(alice).post(ADD, TYPED, follow=True)
    assert done.redirect_chain == [(LIST, 302)]
    assert "is served in Spam from now on" in done.content.decode()
    gold = Gold.objects.get()
    assert (gold.answer, gold.note, gold.by) == ("yes", "obvious", alice)
    assert Payload.objects.get().input == {"text": "hi"}
    entry = LogEntry.objects.get()
    assert (entry.user, entry.action_flag, entry.object_id) == (alice, ADDITION, str(gold.pk))


def test_the_answer_is_chosen_where_there_are_few(alice: User, enter: Enter) -> None:
    shown = enter(alice).get(ADD)
    choices = list(shown.context["typed"].fields["answer"].widget.choices)
    assert choices == [("", "Choose one"), ("no", "no"), ("yes", "yes")]
    assert "null" not in shown.content.decode().partition("<form")[2].partition("</form>")[0]


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        pytest.param({"input": '{"text": 1}'}, "input", id="input that does not fit"),
        pytest.param({"input": "{"}, "input", id="no JSON"),
        pytest.param({"input": ""}, "input", id="no input"),
        pytest.param({"answer": "maybe"}, "answer", id="no such answer"),
        pytest.param({"answer": ""}, "answer", id="no answer"),
        pytest.param({"note": "x" * 501}, "note", id="too long a note"),
    ],
)
def test_a_refusal_stands_beside_its_field(
    alice: User, enter: Enter, change: dict[str, Any], wrong: str
) -> None:
    shown = enter(alice).post(ADD, TYPED | change)
    assert list(shown.context["typed"].errors) == [wrong]
    assert not shown.context["copied"].is_bound
    assert not Gold.objects.exists()


@pytest.fixture
def own(alice: User) -> Workflow:
    made = bringing()
    access.join(alice, [Role.OPERATOR], made)
    return made


OWN = reverse("admin:reviews_gold_add") + "?workflow=own"
BROUGHT = {
    "input": '{"text": "a"}',
    "answer": "yes",
    "prediction": '{"value": "no", "confidence": 0.5}',
}


def test_what_a_clients_model_says_is_typed_in(own: Workflow, alice: User, enter: Enter) -> None:
    known(own)
    page = enter(alice).get(LIST.replace("spam", "own")).content.decode()
    assert "1 of them can be told by the screen" in page
    enter(alice).post(OWN, BROUGHT)
    said = Prediction.objects.get()
    assert (said.value, said.confidence) == ("no", 0.5)
    page = enter(alice).get(LIST.replace("spam", "own")).content.decode()
    assert "1 of them can be told by the screen" in page  # still the one without


@pytest.mark.parametrize("said", ["no", "[]", '{"value": "maybe"}', "[" * 101 + "]" * 101])
def test_what_no_model_says_stands_beside_its_field(
    own: Workflow, alice: User, enter: Enter, said: str
) -> None:
    shown = enter(alice).post(OWN, BROUGHT | {"prediction": said})
    assert list(shown.context["typed"].errors) == ["prediction"]
    assert not Gold.objects.exists()


def decided(workflow: Workflow, bob: User, source: str = "human") -> Case:
    referral = case(workflow, needed=1)
    Payload.objects.create(case=referral.case, input={"text": "hello"})
    review(bob, referral, "no")
    Decision.objects.create(case=referral.case, n=1, source=source, value="no", at=NOW)
    Case.objects.filter(pk=referral.case_id).update(status="decided", seq=1)
    return referral.case


def test_one_is_made_of_a_decided_case(
    spam: Workflow, alice: User, bob: User, enter: Enter
) -> None:
    done = enter(alice).post(ADD, {"case": str(decided(spam, bob).pk)})
    assert done.status_code == 302
    assert Gold.objects.get().answer == "no"


def test_one_of_another_workflow_of_mine_leads_there(
    spam: Workflow, other: Workflow, alice: User, bob: User, enter: Enter
) -> None:
    access.join(alice, [Role.OPERATOR], other)
    done = enter(alice).post(ADD, {"case": str(decided(other, bob).pk)})
    assert done["Location"].endswith("?workflow=other")


def test_what_is_no_known_answer_is_refused_beside_the_id(
    spam: Workflow, other: Workflow, alice: User, bob: User, enter: Enter
) -> None:
    keys = [decided(spam, bob, "model").pk, decided(other, bob).pk, new_id(), "nonsense", ""]
    for key in keys:
        shown = enter(alice).post(ADD, {"case": str(key)})
        assert list(shown.context["copied"].errors) == ["case"], key
        assert not shown.context["typed"].is_bound
    assert not Gold.objects.exists()


# Retiring


def test_one_is_retired_after_a_question(spam: Workflow, alice: User, enter: Enter) -> None:
    gold = known(spam)
    browser = enter(alice)
    page = browser.get(retire(gold)).content.decode()
    assert "Retire a known answer?" in page
    assert "cannot be brought back" in page
    assert golds.in_service(spam) == 1
    done = browser.post(retire(gold), follow=True)
    assert "is retired: nobody is asked it any more" in done.content.decode()
    assert Referral.objects.get().state == "closed"
    assert "retired <time" in done.content.decode()
    entry = LogEntry.objects.get()
    assert (entry.action_flag, entry.change_message) == (CHANGE, "Retired.")


def test_only_who_operates_the_workflow_retires(
    spam: Workflow, alice: User, bob: User, audrey: User, enter: Enter
) -> None:
    gold = known(spam)
    for person in (bob, audrey):
        assert enter(person).post(retire(gold)).status_code == 403
    eve = factories.person("eve", Role.OPERATOR, workflow=factories.workflow("bread"))
    assert enter(eve).post(retire(gold)).status_code == 404
    assert (
        enter(alice).post(reverse("admin:reviews_gold_retire", args=[new_id()])).status_code == 404
    )
    assert golds.in_service(spam) == 1
