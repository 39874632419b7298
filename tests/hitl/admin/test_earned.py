"""How evidence is said."""

from dataclasses import replace
from datetime import UTC, datetime
from math import log10
from typing import Any

import pytest

from hitl.admin import earned
from hitl.domain.evidence.estimates import Drawn, estimate
from hitl.domain.evidence.guard import Temperature
from hitl.domain.evidence.zones import NextStep, Threshold, Zone
from hitl.services.evidence.growing import GrowthDay
from hitl.services.evidence.reading import Counting, Evidence, ToProve, Watched

ROW = Threshold(5, 0.93, False, 0.62, 400, 2, 0.005, 0.001, 0.02, 4.0, 4.5, 4.2, Zone.CERTIFIED)
STEP = NextStep(9, 0.8, 0.75, 4.2, 120, 160)
TODAY = datetime(2026, 3, 1, tzinfo=UTC).date()


def told(**given: Any) -> Evidence:
    """A workflow at partial automation whose model is certified from 0.93."""
    plain: dict[str, Any] = {
        "workflow": "spam",
        "version": "spam-model v1",
        "level": "partial_automation",
        "stopped": False,
        "rule": "target",
        "override": False,
        "state": "certified",
        "goal": ToProve(0.02, 0.95, "wrong", 0.02, 0.95),
        "obstacle": "",
        "live": 0.93,
        "coverage": 0.62,
        "scores": 0,
        "scores_needed": 400,
        "audit_share": 0.05,
        "thresholds": [ROW],
        "following": STEP,
        "over_time": [],
        "over_time_threshold": None,
        "over_time_needed": None,
        "counted": Counting(),
        "sampled": estimate([]),
        "guard": None,
        "certificates": [],
        "epochs": [],
    }
    return Evidence(**plain | given)


def test_what_is_certified_is_one_sentence() -> None:
    assert earned.lead(told()) == (
        "The model may decide 62 % of cases: from a confidence of 0.93 on, at most 2 % of "
        "its decisions are wrong. This is proven with 95 % confidence."
    )
    assert "whatever its confidence" in earned.lead(told(live=0.0, coverage=1.0))
    assert "on average at most 2 %" in earned.lead(
        told(goal=ToProve(0.02, 0.95, "distance", 0.02, 0.95))
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({"state": "no_model"}, "No model answers here", id="no model"),
        pytest.param(
            {"state": "not_asked", "level": "human_only"}, "At human only", id="human only"
        ),
        pytest.param({"state": "no_evidence"}, "Nothing has come in yet", id="nothing"),
        pytest.param({"state": "no_grid", "scores": 7}, "7 of 400 scores", id="no grid"),
        pytest.param({"rule": "fixed", "live": 0.9}, "from a confidence of 0.9", id="fixed"),
        pytest.param({"obstacle": "because"}, "Nothing can be certified", id="obstacle"),
        pytest.param(
            {"live": None}, "at least 120 more clean blind answers are needed", id="collecting"
        ),
        pytest.param({"live": None, "following": None}, "no threshold is left", id="hopeless"),
    ],
)
def test_every_state_has_a_sentence_and_says_what_to_do(given: dict[str, Any], said: str) -> None:
    assert said in earned.lead(told(**given))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({"stopped": True}, "Automation is stopped", id="stopped"),
        pytest.param({"override": True}, "without proof", id="override"),
        pytest.param({"level": "shadow"}, "people decide every case", id="shadow"),
        pytest.param({"rule": "fixed", "live": 0.9}, "Set it below", id="fixed"),
        pytest.param(
            {"goal": ToProve(0.02, 0.95, "wrong", 0.019, 0.975)}, "less than 1.9 %", id="tightened"
        ),
        pytest.param({}, "Next in reach: 75 % of cases, from a confidence of 0.8", id="next"),
        pytest.param({"state": "no_model"}, "Register a model", id="no model"),
        pytest.param({"state": "not_asked"}, "Raise the level to shadow", id="human only"),
    ],
)
def test_notes_name_what_else_holds(given: dict[str, Any], said: str) -> None:
    assert said in " ".join(earned.notes(told(**given)))


def test_audits_are_told_with_their_interval() -> None:
    assert "No audit has been judged" in earned.audits(told())
    found = earned.audits(told(sampled=estimate([Drawn(0.1, 500, 5, 2), Drawn(0.5, 500, 5)])))
    assert "Of 1,000 audits 10 found an error" in found
    assert "could not tell in 2 of them" in found
    assert "count for more cases" in found


def test_a_handful_of_audits_makes_no_rate() -> None:
    found = earned.audits(told(sampled=estimate([Drawn(0.1, 30, 1, 1)])))
    assert "Of 30 audits 1 found an error: not enough data for a rate, which takes 30." in found
    assert "could not tell in 1 of them" in found
    assert "between" not in found


def test_the_gauge_stands_between_its_limits() -> None:
    assert earned.gauge(told()) is None
    guard = Watched(Temperature.WARM, 300.0, 900, 0.4)
    found = earned.gauge(told(guard=guard))
    assert found is not None
    assert found.at == found.warm
    assert found.said.startswith("Warm")
    proving = replace(guard, proof=4.0, proof_limit=20.0)
    by_proof = earned.gauge(told(guard=proving))
    assert by_proof is not None
    assert (by_proof.at, by_proof.warm) == (round(100 * log10(5) / log10(21), 2), None)
    hot = earned.gauge(told(guard=replace(guard, strength=1e9)))
    assert hot is not None
    assert hot.at == 100.0


def test_the_table_names_the_live_threshold() -> None:
    (row,) = earned.table(told())
    assert (row.threshold, row.coverage, row.zone, row.live) == (
        "0.93",
        "62.0 %",
        "certified",
        True,
    )
    (bare,) = earned.table(told(thresholds=[replace(ROW, error=None)]))
    assert bare.error == "not enough data"
    (few,) = earned.table(told(thresholds=[replace(ROW, cases=29)]))
    assert few.error == "not enough data"


def test_growth_and_counts_are_told() -> None:
    assert earned.growth(told()) == ""
    days = [GrowthDay(TODAY, 3, 0, 3, 0, 0.1)]
    assert "0.8, over 1 day with" in earned.growth(told(over_time=days, over_time_threshold=0.8))
    assert earned.counted(told()) == "Counted so far: no blind answers."
    assert "5.0 % have no answer" in earned.counted(told(counted=Counting(100, 90, 5, 5)))


@pytest.mark.parametrize(
    ("value", "said"), [(0.62, "62 %"), (1.0, "100 %"), (0.999, "> 99 %"), (0.001, "< 1 %")]
)
def test_shares_are_whole_only_where_they_are(value: float, said: str) -> None:
    assert earned.share(value) == said
