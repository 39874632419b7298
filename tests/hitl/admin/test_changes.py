"""Changing level, stop and policy: confirmed, with a reason, never on an outdated page."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from hitl.domain.policy import parse_policy
from hitl.forms import PolicyForm
from hitl.models import Referral, Revision, Workflow
from hitl.services import workflows
from tests.conftest import Api
from tests.hitl.admin.conftest import Enter, at

pytestmark = pytest.mark.django_db


def newest(workflow: Workflow) -> Revision:
    return workflows.in_force(workflow)


def dials(workflow: Workflow, **changed: Any) -> dict[str, Any]:
    """The policy form as the browser sends it."""
    policy = parse_policy(newest(workflow).policy)
    return {**PolicyForm.dials(policy), "seen": newest(workflow).no, **changed}


def ask(level: str, **given: Any) -> dict[str, Any]:
    return {"level": level, "seen": 1, "reason": "it has been right", **given}


def test_an_operator_raises_the_level_through_the_confirmation(
    spam: Workflow, alice: User, enter: Enter
) -> None:
    browser = enter(alice)
    page = browser.get(at(spam, "level"), {"level": "partial_automation"}).content.decode()
    assert "Raise to partial automation" in page
    assert "The model decides at or above the live threshold" in page
    assert spam.revisions.count() == 1
    answer = browser.post(at(spam, "level"), ask("partial_automation"), follow=True)
    row = newest(spam)
    assert (row.no, row.level, row.by) == (2, "partial_automation", alice)
    assert row.reason == "it has been right"
    assert answer.redirect_chain[0][0] == at(spam)
    assert "Revision 2 is in force. Level: Shadow → Partial automation." in answer.content.decode()


@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_reason_nothing_changes(
    spam: Workflow, alice: User, enter: Enter, reason: str
) -> None:
    answer = enter(alice).post(at(spam, "level"), ask("partial_automation", reason=reason))
    assert "reason" in answer.context["form"].errors
    assert "Say why" in answer.content.decode()
    assert newest(spam).no == 1


def test_the_confirmation_says_the_effect_in_numbers(
    spam: Workflow, shop: Api, alice: User, enter: Enter
) -> None:
    shop.send("POST", "workflows/spam/cases", [{"input": {"text": str(i)}} for i in range(40)])
    answer = enter(alice).get(at(spam, "level"), {"level": "partial_automation"})
    page = answer.content.decode()
    assert "about 1,000 of 1,000" in page
    assert "not enough traffic yet for a daily figure" in page
    assert "a day" not in page.replace("a daily", "")
    assert "what spam-model v1 said about 40 of the last 40 cases" in page


def test_with_few_predictions_it_says_so_instead_of_numbers(
    spam: Workflow, alice: User, enter: Enter
) -> None:
    page = enter(alice).get(at(spam, "level"), {"level": "full_automation"}).content.decode()
    assert "not enough data" in page
    assert "of 1,000" not in page
    assert "has answered 0 of the last 0 cases; 30 are needed" in page


def test_from_human_only_it_says_that_the_model_was_not_asked(
    spam: Workflow, alice: User, enter: Enter
) -> None:
    workflows.set_level(spam, "human_only", by=None, reason="test")
    page = enter(alice).get(at(spam, "level"), {"level": "full_automation"}).content.decode()
    assert "At human only the model is not called" in page


def test_an_outdated_page_is_told_who_changed_what_and_asked_again(
    spam: Workflow, alice: User, bob: User, enter: Enter
) -> None:
    workflows.set_level(spam, "ai_assistance", by=bob, reason="before you")
    browser = enter(alice)
    answer = browser.post(at(spam, "level"), ask("full_automation"))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert newest(spam).level == "ai_assistance"
    assert "1 revision came in after this page was opened" in page
    assert "by bob" in page
    assert "Level: Shadow → AI assistance" in page
    assert "before you" in page
    assert 'value="it has been right"' in page
    assert '<input type="hidden" name="seen" value="2">' in page
    browser.post(at(spam, "level"), ask("full_automation", seen=2))
    assert newest(spam).level == "full_automation"


def test_a_revision_that_lands_while_the_button_is_pressed_is_asked_about_too(
    spam: Workflow, alice: User, enter: Enter
) -> None:
    landed: list[Revision] = []

    def race(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """Somebody else is first, just before the new number is taken."""
        if sql.startswith('UPDATE "hitl_workflow"') and not landed:
            landed.append(newest(spam))
            landed.append(workflows.set_stop(spam, stopped=True, by=None, reason="in between"))
        return execute(sql, params, many, context)

    browser = enter(alice)
    with connection.execute_wrapper(race):
        page = browser.post(at(spam, "level"), ask("full_automation")).content.decode()
    assert len(landed) == 2
    assert "in between" in page
    assert (newest(spam).no, newest(spam).level) == (2, "shadow")


def test_who_loses_the_race_is_not_shown_the_winners_change_as_undone(
    spam: Workflow, alice: User, enter: Enter
) -> None:
    landed: list[Revision] = []

    def race(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('UPDATE "hitl_workflow"') and not landed:
            landed.append(newest(spam))
            policy = {"lease_minutes": 5}
            landed.append(workflows.change(spam, by=None, reason="first", policy=policy))
        return execute(sql, params, many, context)

    browser = enter(alice)
    with connection.execute_wrapper(race):
        answer = browser.post(at(spam, "level"), ask("full_automation"))
    assert answer.context["changes"] == ["Level: Shadow → Full automation"]
    assert answer.context["current"].no == newest(spam).no == 2
    assert 'value="it has been right"' in answer.content.decode()
    browser.post(at(spam, "level"), ask("full_automation", seen=2))
    assert (newest(spam).level, newest(spam).policy["lease_minutes"]) == ("full_automation", 5)


def test_a_revision_that_nobody_has_seen_is_not_changed(
    spam: Workflow, alice: User, enter: Enter
) -> None:
    answer = enter(alice).post(at(spam, "level"), ask("full_automation", seen=999))
    assert answer.status_code == 200
    assert newest(spam).no == 1


def test_who_keeps_losing_the_race_is_told_to_try_again(
    spam: Workflow, alice: User, enter: Enter
) -> None:
    racing: list[int] = []

    def race(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('UPDATE "hitl_workflow"') and len(racing) % 2 == 0:
            racing.append(0)
            policy = {"due_hours": 100 + len(racing)}
            workflows.change(spam, by=None, reason="busy", policy=policy)
            racing.append(0)
        return execute(sql, params, many, context)

    given = {"stopped": "1", "seen": 1, "reason": "now"}
    browser = enter(alice)
    with connection.execute_wrapper(race):
        page = browser.post(at(spam, "stop"), given).content.decode()
    assert "Others change this workflow at the same time. Try again." in page
    assert 'value="now"' in page
    assert not newest(spam).stopped


@pytest.mark.parametrize("seen", ["9" * 5000, "-1", "x", "999"])
def test_a_forged_revision_number_is_no_error_of_ours(
    spam: Workflow, alice: User, enter: Enter, seen: str
) -> None:
    browser = enter(alice)
    asked = {"level": "full_automation", "seen": seen}
    assert browser.get(at(spam, "level"), asked | {"seen": seen[:1000]}).status_code == 200
    assert browser.post(at(spam, "level"), asked).status_code == 200
    assert browser.get(at(spam), {"before": seen[:1000]}).status_code == 200
    assert browser.get(at(spam, "counts"), {"seen": seen[:1000]}).status_code == 200
    assert newest(spam).no == 1


@pytest.mark.parametrize("level", ["shadow", "nonsense", ""])
def test_a_level_that_is_none_or_the_present_one_leads_back(
    spam: Workflow, alice: User, enter: Enter, level: str
) -> None:
    answer = enter(alice).post(at(spam, "level"), ask(level), follow=True)
    assert answer.redirect_chain[0][0] == at(spam)
    assert newest(spam).no == 1


def test_a_stop_and_its_end_are_revisions_with_reasons(
    spam: Workflow, alice: User, enter: Enter
) -> None:
    browser = enter(alice)
    assert "Stop automation" in browser.get(at(spam, "stop")).content.decode()
    browser.post(at(spam, "stop"), {"stopped": "1", "seen": 1, "reason": "wrong answers"})
    assert (newest(spam).stopped, newest(spam).reason) == (True, "wrong answers")
    room = browser.get(at(spam)).content.decode()
    assert "Automation is stopped" in room
    assert "wrong answers" in room
    assert "End the stop" in browser.get(at(spam, "stop")).content.decode()
    browser.post(at(spam, "stop"), {"stopped": "0", "seen": 2, "reason": "mended"})
    assert (newest(spam).no, newest(spam).stopped) == (3, False)


def test_a_stop_lands_even_from_an_outdated_page_and_tells_what_came_in_between(
    spam: Workflow, alice: User, bob: User, enter: Enter
) -> None:
    workflows.set_level(spam, "full_automation", by=bob, reason="bold")
    given = {"stopped": "1", "seen": 1, "reason": "now"}
    answer = enter(alice).post(at(spam, "stop"), given, follow=True)
    assert (newest(spam).no, newest(spam).stopped) == (3, True)
    page = answer.content.decode()
    assert "Revision 3 is in force. Automation stopped." in page
    assert "Meanwhile came revision 2 by bob: Level: Shadow → Full automation." in page


def test_the_end_of_a_stop_is_asked_again_on_an_outdated_page(
    spam: Workflow, alice: User, enter: Enter
) -> None:
    workflows.set_stop(spam, stopped=True, by=None, reason="one")
    workflows.set_level(spam, "full_automation", by=None, reason="two")
    given = {"stopped": "0", "seen": 2, "reason": "mended"}
    assert enter(alice).post(at(spam, "stop"), given).status_code == 200
    assert newest(spam).stopped


def test_two_people_who_stop_make_one_revision(spam: Workflow, alice: User, enter: Enter) -> None:
    given = {"stopped": "1", "seen": 1, "reason": "now"}
    enter(alice).post(at(spam, "stop"), given)
    answer = enter(alice).post(at(spam, "stop"), given, follow=True)
    assert newest(spam).no == 2
    assert "stopped already: revision 2, by alice" in answer.content.decode()


def test_a_policy_is_changed_in_two_steps(spam: Workflow, alice: User, enter: Enter) -> None:
    browser = enter(alice)
    assert "Audit share" in browser.get(at(spam, "policy")).content.decode()
    asked = dials(spam, audit_share="0.1", threshold="0.8")
    page = browser.post(at(spam, "policy"), asked).content.decode()
    assert "Audit share: 0 % → 10 %" in page
    assert "Threshold rule: fixed at 0.9 → fixed at 0.8" in page
    assert newest(spam).no == 1
    answer = browser.post(
        at(spam, "policy"), {**asked, "confirmed": "1", "reason": "more audits"}, follow=True
    )
    row = newest(spam)
    assert row.policy["audit_share"] == 0.1
    assert row.policy["threshold"] == {"rule": "fixed", "threshold": 0.8}
    assert (row.by, row.reason) == (alice, "more audits")
    assert "Revision 2 is in force" in answer.content.decode()


def test_a_target_and_the_automatic_blind_share_can_be_chosen(
    spam: Workflow, alice: User, enter: Enter
) -> None:
    asked = dials(
        spam, rule="target", max_error="0.01", blind_share="", confirmed="1", reason="proof"
    )
    enter(alice).post(at(spam, "policy"), asked)
    policy = parse_policy(newest(spam).policy)
    assert newest(spam).policy["threshold"]["max_error"] == 0.01
    assert policy.blind_share is None
    assert policy.blind_share_in_force == 1


def test_dials_that_do_not_route_say_so(spam: Workflow, alice: User, enter: Enter) -> None:
    page = enter(alice).post(at(spam, "policy"), dials(spam, undo_seconds="30")).content.decode()
    assert "Time to undo: 0 s → 30 s" in page
    assert "The routing of new cases stays as it is." in page


def test_only_the_moved_dial_is_asked_for_when_others_moved_theirs(
    spam: Workflow, alice: User, bob: User, enter: Enter
) -> None:
    asked = dials(spam, audit_share="0.1", confirmed="1", reason="more audits")
    workflows.change(spam, by=bob, reason="bob's", policy={"lease_minutes": 5})
    browser = enter(alice)
    answer = browser.post(at(spam, "policy"), asked)
    assert "1 revision came in" in answer.content.decode()
    again = {
        **answer.context["asked"].hidden,
        "seen": answer.context["current"].no,
        "reason": "more audits",
    }
    browser.post(at(spam, "policy"), again)
    policy = newest(spam).policy
    assert (policy["audit_share"], policy["lease_minutes"]) == (0.1, 5)


@pytest.mark.parametrize(
    ("dial", "value"),
    [
        pytest.param("threshold", "1.5", id="above one"),
        pytest.param("threshold", "nan", id="no number"),
        pytest.param("audit_share", "0.3", id="a share that is none"),
        pytest.param("lease_minutes", "0", id="no lease"),
        pytest.param("due_hours", "", id="empty"),
        pytest.param("undo_seconds", "601", id="too long"),
        pytest.param("rule", "guess", id="unknown rule"),
    ],
)
def test_a_dial_out_of_range_is_said_beside_it(
    spam: Workflow, alice: User, enter: Enter, dial: str, value: str
) -> None:
    answer = enter(alice).post(at(spam, "policy"), dials(spam, **{dial: value}, confirmed="1"))
    assert list(answer.context["form"].errors) == [dial]
    assert newest(spam).no == 1


def test_a_policy_that_stays_the_same_makes_no_revision(
    spam: Workflow, alice: User, enter: Enter
) -> None:
    answer = enter(alice).post(at(spam, "policy"), dials(spam), follow=True)
    assert "No dial was changed." in answer.content.decode()
    assert newest(spam).no == 1


def test_pools_are_set_up_in_rows(spam: Workflow, alice: User, enter: Enter) -> None:
    rows = {
        "pool_0_name": "claims",
        "pool_0_skills": "french, legal",
        "pool_0_after_minutes": "30",
        "pool_3_name": "senior",
        "adjudication_pool": "senior",
    }
    browser = enter(alice)
    page = browser.post(at(spam, "policy"), dials(spam, **rows)).content.decode()
    assert "New pool claims: for people with french and legal, after 30 min on to everybody" in page
    assert "New pool senior: for everybody" in page
    assert "Who settles conflicts: everybody → senior" in page
    browser.post(at(spam, "policy"), dials(spam, **rows, confirmed="1", reason="specialists"))
    policy = parse_policy(newest(spam).policy)
    assert [rule.name for rule in policy.pools] == ["claims", "senior"]
    assert policy.pools[0].skills == ("french", "legal")
    assert policy.adjudication_pool == "senior"
    answer = browser.post(at(spam, "policy"), dials(spam), follow=True)
    assert "No dial was changed." in answer.content.decode()


def test_every_moved_dial_is_confirmed_in_words(spam: Workflow, alice: User, enter: Enter) -> None:
    moved = {
        "reviews_required": "3",
        "consensus": "majority",
        "second_look": "on",
        "on_lapse": "default",
        "safe_default": "no",
        "gold_share": "0.05",
        "redo_opens": "on",
    }
    asked = dials(spam, **moved, confirmed="1")
    answer = enter(alice).post(at(spam, "policy"), asked)
    assert set(answer.context["changes"]) == {
        "People per case: 1 → 3",
        "Consensus: unanimous → majority",
        "Second look: no → yes",
        "When a case is overdue: stays in the queue → gets the safe default",
        "Safe default: none → no",
        "Share of known answers: 0 % → 5 %",
        "A redo opens the case again: no → yes",
    }
    hidden = answer.context["asked"].hidden
    given = {**hidden, "seen": newest(spam).no, "reason": "three heads"}
    enter(alice).post(at(spam, "policy"), given)
    policy = parse_policy(newest(spam).policy)
    assert (policy.reviews_required, policy.consensus, policy.safe_default) == (3, "majority", "no")
    assert policy.second_look
    assert policy.redo_opens
    assert policy.audit_supersedes


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        pytest.param(
            {"pool_0_name": "a", "pool_2_name": "b", "pool_2_escalates_to": "c"},
            "pool_2_escalates_to",
            "there is no pool",
            id="leads nowhere",
        ),
        pytest.param({"on_lapse": "default"}, "safe_default", "name the answer", id="no default"),
    ],
)
def test_what_the_policy_refuses_is_said_beside_its_field(
    spam: Workflow, alice: User, enter: Enter, given: dict[str, str], field: str, said: str
) -> None:
    answer = enter(alice).post(at(spam, "policy"), dials(spam, **given, confirmed="1", reason="r"))
    errors = answer.context["form"].errors
    assert list(errors) == [field]
    assert said in str(errors[field])
    assert "Nothing was changed yet" in answer.content.decode()
    assert newest(spam).no == 1


def test_a_pool_that_vanished_meanwhile_is_said_beside_who_needs_it(
    spam: Workflow, alice: User, bob: User, enter: Enter
) -> None:
    pools = [{"name": "senior"}]
    workflows.change(spam, by=bob, reason="bob's", policy={"pools": pools})
    asked = dials(spam, adjudication_pool="senior", confirmed="1", reason="seniors settle")
    workflows.change(spam, by=bob, reason="bob's", policy={"pools": []})
    answer = enter(alice).post(at(spam, "policy"), asked)
    assert list(answer.context["form"].errors) == ["adjudication_pool"]


def test_the_safe_default_is_chosen_from_the_answers(
    spam: Workflow, alice: User, enter: Enter
) -> None:
    page = enter(alice).get(at(spam, "policy")).content.decode()
    offered = page.split('name="safe_default"')[1].split("</select>")[0]
    assert [value in offered for value in ('value="no"', 'value="yes"', 'value="maybe"')] == [
        True,
        True,
        False,
    ]


def test_another_number_of_people_is_said_in_cases(
    spam: Workflow, shop: Api, alice: User, enter: Enter
) -> None:
    browser = enter(alice)
    asked = dials(spam, reviews_required="3")
    page = browser.post(at(spam, "policy"), asked).content.decode()
    assert "No case waits now; each new one for people needs that many." in page
    shop.send("POST", "workflows/spam/cases", [{"input": {"text": "a"}}, {"input": {"text": "b"}}])
    page = browser.post(at(spam, "policy"), asked).content.decode()
    assert "2 waiting cases will each need 3 people." in page
    Referral.objects.update(kind="adjudicate")  # these ask one person, whatever the policy says
    page = browser.post(at(spam, "policy"), asked).content.decode()
    assert "waiting case" not in page
    assert "Known answers must exist" not in page


@pytest.mark.parametrize("dial", [{"gold_share": "0.05"}, {"onboarding": "5"}])
def test_known_answers_are_said_to_be_needed(
    spam: Workflow, alice: User, enter: Enter, dial: dict[str, str]
) -> None:
    page = enter(alice).post(at(spam, "policy"), dials(spam, **dial)).content.decode()
    assert "Known answers must exist: see Known answers." in page
