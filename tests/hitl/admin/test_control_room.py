"""What the control room shows equals what is stored."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from hitl.admin import control_room
from hitl.admin.wording import spell
from hitl.models import Referral, Workflow
from hitl.services import cases, monitoring, workflows
from hitl.services.monitoring import Counts
from reviews.domain.consensus import Said, Verdict
from reviews.services import desk, judging
from tests.conftest import Api
from tests.hitl.admin.conftest import Enter, at

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def judge(person: User, value: str) -> None:
    found = desk.claim(person, desk.seats_of(person))
    assert found is not None
    judging.submit(person, found.referral_id, found.token, Said(Verdict.ANSWER, value))


@pytest.fixture
def busy(spam: Workflow, shop: Api, bob: User) -> Workflow:
    """Five cases at shadow, three judged (one against the model), one redone, then two decided by
    the model."""
    for i in range(5):
        shop.send("POST", "workflows/spam/cases", {"input": {"text": str(i)}})
    for value in ("yes", "yes", "no"):
        judge(bob, value)
    case = cases.listing(cases.Reader([spam.pk]), status="decided")[0]
    cases.say(case, kind="redo", value=None, statement="")
    workflows.set_level(spam, "partial_automation", by=bob, reason="trusted")
    for i in range(2):
        shop.send("POST", "workflows/spam/cases", {"input": {"text": f"again {i}"}})
    monitoring.measure(datetime.now(UTC) + timedelta(minutes=1))
    spam.refresh_from_db()
    return spam


def test_the_counts_equal_the_stored_data(busy: Workflow, alice: User, enter: Enter) -> None:
    answer = enter(alice).get(at(busy, "counts"))
    found = {figure.label: figure.value for figure in answer.context["figures"]}
    waiting = Referral.objects.filter(state="open").count()
    assert found == {
        "Arrived": "7",
        "Automated": "2",
        "Referred": "5",
        "Decided by people": "3",
        "Waiting now": str(waiting),
    }
    rows = {
        title: [(f.value, f.note) for f in figures]
        for title, _, figures in answer.context["quality"]
    }
    assert rows["Agreement, blind"] == [("66.7 %", "20.8–93.9 %, n 3")] * 2
    assert rows["Agreement, all"] == rows["Agreement, blind"]
    assert rows["Redo rate"] == [("20.0 %", "1 redone, 5 decided")] * 2


def test_no_data_is_said_and_never_shown_as_zero(spam: Workflow, alice: User, enter: Enter) -> None:
    answer = enter(alice).get(at(spam, "counts"))
    shown = [figure for *_, figures in answer.context["quality"] for figure in figures]
    assert {(figure.value, figure.known) for figure in shown} == {("no data yet", False)}
    assert "cr-unknown" in answer.content.decode()


def test_the_page_and_the_fragment_show_the_same_counts(
    busy: Workflow, alice: User, enter: Enter
) -> None:
    browser = enter(alice)
    fragment = browser.get(at(busy, "counts")).content.decode()
    assert "<html" not in fragment
    assert fragment.split("Waiting now")[0] in browser.get(at(busy)).content.decode()


def test_unchanged_counts_are_not_sent_again(spam: Workflow, alice: User, enter: Enter) -> None:
    browser = enter(alice)
    tag = browser.get(at(spam, "counts"))["ETag"]
    assert browser.get(at(spam, "counts"), headers={"If-None-Match": tag}).status_code == 304


def test_the_header_says_since_when_by_whom_and_why(
    busy: Workflow, alice: User, bob: User, enter: Enter
) -> None:
    workflows.change(busy, by=alice, reason="not the level", policy={"lease_minutes": 5})
    context = enter(alice).get(at(busy)).context
    assert context["level"].name == "partial_automation"
    assert (context["level_from"].no, context["level_by"]) == (2, "bob")
    assert context["level_from"].reason == "trusted"


def test_the_ladder_lights_the_present_level_and_offers_the_others(
    spam: Workflow, alice: User, enter: Enter
) -> None:
    answer = enter(alice).get(at(spam))
    rungs = answer.context["ladder"]
    assert [rung.present for rung in rungs] == [False, True, False, False, False]
    page = answer.content.decode()
    assert page.count('aria-current="step"') == 1
    for verb in ("Lower to human only", "Raise to AI assistance", "Raise to full automation"):
        assert verb in page
    assert "Stop automation" in page


def test_an_auditor_sees_the_room_without_buttons(
    spam: Workflow, audrey: User, enter: Enter
) -> None:
    page = enter(audrey).get(at(spam)).content.decode()
    assert "Automation level" in page
    assert "Revisions" in page
    for word in ("Raise to", "Lower to", "Stop automation", "Change the policy"):
        assert word not in page


def test_an_open_page_is_told_of_a_revision_that_came_in(
    spam: Workflow, alice: User, bob: User, enter: Enter
) -> None:
    workflows.set_level(spam, "ai_assistance", by=bob, reason="while you looked")
    browser = enter(alice)
    assert "while you looked" in browser.get(at(spam, "counts"), {"seen": 1}).content.decode()
    assert "came in" not in browser.get(at(spam, "counts"), {"seen": 2}).content.decode()


def test_revisions_say_what_changed_newest_first_and_go_on_after_fifty(
    spam: Workflow, alice: User, enter: Enter
) -> None:
    for i in range(60):
        workflows.change(spam, by=alice, reason=f"no {i}", policy={"due_hours": 100 + i})
    browser = enter(alice)
    first = browser.get(at(spam)).context["revisions"]
    assert [entry.row.no for entry in first.entries] == list(range(61, 11, -1))
    assert first.entries[0].changes == ["Due after: 158 h → 159 h"]
    assert first.older == 12
    answer = browser.get(at(spam), {"before": 12})
    rest = answer.context["revisions"]
    assert [entry.row.no for entry in rest.entries] == list(range(11, 0, -1))
    assert rest.older is None
    assert rest.entries[-1].changes == ["Created at shadow"]
    assert "The newest revisions" in answer.content.decode()


def test_a_change_of_champion_names_the_versions(spam: Workflow, alice: User, enter: Enter) -> None:
    workflows.change(spam, by=alice, reason="no model", model="")
    entry = enter(alice).get(at(spam)).context["revisions"].entries[0]
    assert entry.changes == ["Champion: spam-model v1 → none"]


def test_what_people_wrote_is_shown_as_text(spam: Workflow, alice: User, enter: Enter) -> None:
    workflows.set_level(spam, "ai_assistance", by=alice, reason="<script>alert(1)</script>")
    page = enter(alice).get(at(spam)).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        pytest.param(Counts(0, 0, 0, 0, None, None), "nobody has to wait", id="empty"),
        pytest.param(Counts(3, 0, 0, 2, None, None), "all held by reviewers", id="all held"),
        pytest.param(
            Counts(3, 0, 0, 2, NOON - timedelta(minutes=6), None),
            "first in line for 6 min",
            id="in line",
        ),
    ],
)
def test_the_queue_is_described(counts: Counts, said: str) -> None:
    assert control_room.figures(counts, NOON)[-1].note == said


@pytest.mark.parametrize(
    ("measured", "said"),
    [
        pytest.param(None, "not measured yet", id="never"),
        pytest.param(NOON - timedelta(minutes=2), "measured to 11:58 UTC", id="just now"),
        pytest.param(NOON - timedelta(days=1), "measured to 2026-02-28 12:00 UTC", id="long ago"),
    ],
)
def test_the_figures_of_quality_say_how_far_they_are_measured(
    measured: datetime | None, said: str
) -> None:
    assert control_room.measured(Counts(0, 0, 0, 0, None, measured), NOON) == said


def test_how_far_it_is_measured_stands_beside_the_figures(
    busy: Workflow, alice: User, enter: Enter
) -> None:
    answer = enter(alice).get(at(busy, "counts"))
    assert answer.context["measured"].startswith("measured to ")
    assert answer.context["measured"] in answer.content.decode()


def test_the_panel_has_our_icon(spam: Workflow, alice: User, enter: Enter) -> None:
    page = enter(alice).get(at(spam)).content.decode()
    assert re.search(r'<link rel="icon" href="[^"]*hitl/favicon[^"]*\.svg"', page)


def test_a_queue_past_the_limit_of_counting_says_or_more() -> None:
    counts = Counts(0, 0, 0, monitoring.MOST_SHOWN, None, None)
    assert control_room.figures(counts, datetime.now(UTC))[-1].value == "1,000 or more"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (7300, "2 h"), (86400, "1 day"), (200000, "2 days")],
)
def test_a_span_is_said_in_its_largest_unit(seconds: int, said: str) -> None:
    assert spell(timedelta(seconds=seconds)) == said


def test_what_no_person_did_names_its_cause(spam: Workflow) -> None:
    append = workflows.append
    row = append(spam, lambda t: replace(t, stopped=True), by=None, reason="x", cause="alarm")
    assert control_room.who(row) == "alarm"
    row = append(spam, lambda t: replace(t, stopped=False), by=None, reason="y")
    assert control_room.who(row) == "the system"


def test_the_ways_lead_on_for_those_who_may(
    spam: Workflow, alice: User, audrey: User, adam: User, enter: Enter
) -> None:
    here = {
        at(spam, "bulk"): "alice adam",
        reverse("admin:reviews_standing_changelist") + "?workflow=spam": "alice adam",
        reverse("admin:reviews_gold_changelist") + "?workflow=spam": "alice adam",
        reverse("admin:hitl_endpoint_changelist") + '">Endpoints': "adam",
        reverse("admin:hitl_delivery_changelist") + '">Deliveries': "adam",
    }
    for user in (alice, audrey, adam):
        browser = enter(user)
        page = browser.get(at(spam)).content.decode()
        for address, whose in here.items():
            shown = f'cr-button cr-small" href="{address}' in page
            assert shown == (user.username in whose), (user.username, address)
            if shown:
                assert browser.get(address.partition('"')[0]).status_code == 200


def test_who_may_see_the_control_room_is_led_there_from_the_start(
    spam: Workflow, audrey: User, bob: User, enter: Enter
) -> None:
    start = reverse("start")
    assert at(spam) in enter(audrey).get(start).content.decode()
    assert at(spam) not in enter(bob).get(start).content.decode()
