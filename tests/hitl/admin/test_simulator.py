"""What if: a form, two columns, and what cannot be known."""

import pytest
from django.contrib.auth.models import User

from hitl.models import Revision, Workflow
from tests.conftest import Api
from tests.hitl.admin.conftest import Enter, at

pytestmark = pytest.mark.django_db


def test_the_empty_page_teaches_and_the_room_leads_to_it(
    spam: Workflow, alice: User, enter: Enter
) -> None:
    browser = enter(alice)
    assert "No result yet." in browser.get(at(spam, "whatif")).content.decode()
    assert at(spam, "whatif") in browser.get(at(spam)).content.decode()


def test_other_terms_stand_beside_the_present_ones(
    spam: Workflow, shop: Api, alice: User, enter: Enter
) -> None:
    shop.send("POST", "workflows/spam/cases", [{"input": {"text": str(i)}} for i in range(40)])
    asked = {"level": "partial_automation", "threshold": "0.9", "reviews_required": "2"}
    answer = enter(alice).get(at(spam, "whatif"), asked)
    rows = {row.label: row for row in answer.context["rows"]}
    rate = rows["Decided by the model, from here on"]
    assert (rate.now.value, rate.then.value, rate.change) == ("0.0 %", "100.0 %", "+100.0 points")
    assert rows["Wrong among these"].then.value == "not enough data"
    page = answer.content.decode()
    assert "Each change by itself" in page
    assert "so nothing is known about their errors" in page
    assert Revision.objects.count() == 1


def test_with_too_few_cases_it_says_so(spam: Workflow, alice: User, enter: Enter) -> None:
    page = enter(alice).get(at(spam, "whatif"), {"weeks": "1"}).content.decode()
    assert "not enough data" in page
    assert "30 are needed" in page


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"weeks": "0"}, "weeks"),
        ({"threshold": "0.5", "max_error": "0.02"}, "threshold"),
        ({"level": "wild"}, "level"),
    ],
)
def test_a_wrong_dial_is_refused_beside_it(
    spam: Workflow, alice: User, enter: Enter, asked: dict[str, str], field: str
) -> None:
    assert list(enter(alice).get(at(spam, "whatif"), asked).context["form"].errors) == [field]


def test_auditors_may_look_and_outsiders_may_not(
    spam: Workflow, other: Workflow, audrey: User, bob: User, enter: Enter
) -> None:
    assert enter(audrey).get(at(spam, "whatif")).status_code == 200
    assert enter(audrey).get(at(other, "whatif")).status_code == 404
    assert enter(bob).get(at(spam, "whatif")).status_code in {302, 403}
