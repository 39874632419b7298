"""What a rollout is started with, from the form to the plan."""

from hitl.domain.rollouts.plan import USUAL, parse_plan
from hitl.forms.rollouts import RolloutForm

GIVEN = {
    "version": "2",
    "strategy": "canary",
    "steps": "1, 5, 20, 50",
    "soak_minutes": "60",
    "judged": "200",
    "advance": "itself",
    "goal": "not_worse",
}
VERSIONS = [("2", "model v2")]


def test_the_usual_form_is_the_usual_plan() -> None:
    form = RolloutForm(GIVEN, versions=VERSIONS)
    assert form.is_valid(), form.errors
    asked = form.asked()
    assert (asked["version"], asked["strategy"]) == (2, "canary")
    assert parse_plan(asked["plan"]).steps == USUAL


def test_it_comes_filled_in() -> None:
    html = RolloutForm(versions=VERSIONS).as_p()
    assert 'value="1, 5, 20, 50"' in html
    assert "model v2" in html


def test_what_is_no_number_is_refused() -> None:
    form = RolloutForm(GIVEN | {"steps": "1, many"}, versions=VERSIONS)
    assert "Write numbers" in str(form.errors["steps"])
