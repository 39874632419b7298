"""How the control room says things."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hitl.admin import wording
from hitl.domain.levels import LEVELS
from hitl.domain.policy import Policy, Target
from hitl.services.monitoring import Point
from hitl.services.outlook import DAY, Outlook

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
STATIC = Path(__file__).parents[3] / "templates" / "static" / "hitl"


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "0.0 %"),
        (0.035, "3.5 %"),
        (1.0, "100.0 %"),
        (0.99999, "> 99.9 %"),
        (0.00001, "< 0.1 %"),
    ],
)
def test_a_share_is_never_rounded_to_certainty(share: float, said: str) -> None:
    assert wording.percent(share) == said


def test_an_estimate_has_its_interval_and_n() -> None:
    shown = wording.estimate("x", Point(NOON, 902, 0.961, 0.948, 0.971))
    assert (shown.value, shown.note) == ("96.1 %", "94.8–97.1 %, n 902")


def test_nothing_measured_is_a_state_of_its_own() -> None:
    nothing = Point(NOON, 0, None, None, None)
    for shown in (wording.estimate("x", nothing), wording.redo("x", nothing)):
        assert (shown.value, shown.known) == ("no data yet", False)


def test_redos_come_with_their_counts() -> None:
    shown = wording.redo("x", Point(NOON, 340, 12 / 340, None, None))
    assert (shown.value, shown.note) == ("3.5 %", "12 redone, 340 decided")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("shadow", "partial_automation", "Raise to partial automation"),
        ("full_automation", "ai_assistance", "Lower to AI assistance"),
        ("shadow", "human_only", "Lower to human only"),
    ],
)
def test_a_button_is_a_verb_with_its_object(before: str, after: str, said: str) -> None:
    assert wording.towards(before, after) == said


def outlook(basis: str, **given: int) -> Outlook:
    numbers = {name: given.get(name, 0) for name in ("automated", "audited", "referred", "blind")}
    n = numbers["automated"] + numbers["referred"]
    return Outlook(basis, True, n, n, n, 48, DAY, **numbers, reasons={})  # type: ignore[arg-type]


def test_effects_stand_side_by_side() -> None:
    now = outlook("known", referred=100, blind=100)
    then = outlook("estimated", automated=75, audited=5, referred=25, blind=3)
    model, audited, people, blind = wording.effects(now, then)
    assert (model.now.value, model.then.value) == ("none", "about 750 of 1,000")
    assert model.then.note == "657–825; about 36 a day"
    assert (audited.now.value, audited.then.value) == ("none", "about 50 of 1,000")
    assert (people.now.value, people.now.note) == ("every case", "about 48 a day")
    assert (blind.now.value, blind.then.value) == ("all of them", "about 30 of 1,000")


def test_too_few_predictions_give_no_number() -> None:
    rows = wording.effects(outlook("known"), outlook("too_few", automated=3))
    assert not any(row.then.known for row in rows)


@pytest.mark.parametrize(
    ("minutes", "known", "estimated", "said"),
    [
        (5, "", "657–825", "not enough traffic yet for a daily figure."),
        (180, "about 380 a day", "657–825; about 290 a day", "the first 3 h ago"),
    ],
)
def test_a_daily_figure_says_what_it_is_reckoned_from(
    minutes: int, known: str, estimated: str, said: str
) -> None:
    traffic = timedelta(minutes=minutes)
    now = replace(outlook("known", referred=100), traffic=traffic)
    then = replace(outlook("estimated", automated=75, referred=25), traffic=traffic)
    model, _, people, _ = wording.effects(now, then)
    assert (people.now.note, model.then.note) == (known, estimated)
    assert said in wording.basis(now, then, "m v1")[-1]


def test_a_target_without_certificates_says_why_nothing_is_automated() -> None:
    then = replace(outlook("estimated", referred=9), reasons={"nothing_certified": 9})
    assert "certificate" in wording.target_note(Policy(threshold=Target()), then)
    assert not wording.target_note(Policy(), then)


@pytest.mark.parametrize("level", list(LEVELS))
def test_the_ramp_is_the_same_in_the_panel_and_on_our_own_pages(level: str) -> None:
    step = LEVELS[level].step
    colour = re.compile(rf"--(?:on-)?level-{step}: (#\w+);")
    ours, panel = (
        colour.findall((STATIC / name).read_text()) for name in ("hitl.css", "control-room.css")
    )
    assert ours == panel
    assert len(ours) == 4  # light and dark, ground and text


def test_an_interval_that_may_be_negative_is_read_at_a_glance() -> None:
    assert wording.interval(-0.48, -0.33) == "−0.48 to −0.33"
    assert wording.interval(-0.1, 0.25) == "−0.10 to 0.25"
    assert wording.number(-0.4) == "−0.40"


@pytest.mark.parametrize(
    ("cases", "said"),
    [(0, "0"), (7.4, "7"), (48, "48"), (384, "380"), (114_401, "110,000"), (995, "1,000")],
)
def test_a_daily_figure_has_two_digits(cases: float, said: str) -> None:
    assert wording.daily(cases) == f"about {said} a day"
