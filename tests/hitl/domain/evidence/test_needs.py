"""What a step needs, each in numbers and in words."""

from dataclasses import replace
from typing import Any

import pytest

from hitl.domain.evidence import needs
from hitl.domain.evidence.grid import LEAST_SCORES
from hitl.domain.evidence.needs import Ground, Missing
from hitl.domain.policy import Policy, Target

POLICY = Policy(threshold=Target())
GROUND = Ground("shadow", POLICY, version="spam 1", scores=LEAST_SCORES, audit_share=0.05)
SOME = replace(GROUND, threshold=0.8, coverage=0.35, to_least=Missing(0, 0.8))


def under_target(**dials: Any) -> Policy:
    return Policy(threshold=Target(), **dials)


@pytest.mark.parametrize(
    ("change", "need", "said"),
    [
        pytest.param({"version": ""}, needs.version, "choose one", id="no model"),
        pytest.param({"policy": Policy()}, needs.target, "set a target", id="fixed"),
        pytest.param({"scores": 17}, needs.grid, "17 of 400 confidences are in", id="grid"),
        pytest.param({"audit_share": 0.0}, needs.audits, "set an audit share", id="no audits"),
        pytest.param({"overdue": True}, needs.overdue, "have people judge", id="audits wait"),
        pytest.param({"warm": True}, needs.guard, "more audits will show", id="warm"),
        pytest.param({"stopped": True}, needs.stop, "End the stop", id="stopped"),
    ],
)
def test_each_need_says_what_to_do_about_it(change: Any, need: Any, said: str) -> None:
    assert need(GROUND).met
    missing = need(replace(GROUND, **change))
    assert not missing.met
    assert said in missing.text


def test_the_risk_class_is_named_with_what_it_allows() -> None:
    low = needs.risk("full_automation", GROUND)
    assert (low.met, low.text) == (True, "The risk class low allows Full automation.")
    medium = needs.risk("full_automation", replace(GROUND, policy=Policy(risk="medium")))
    assert not medium.met
    assert medium.text == "The risk class medium allows at most Partial automation."


def test_the_target_is_said_in_words() -> None:
    said = needs.target(GROUND).text
    assert said == ("The target: at most 2 % of automated decisions wrong, with 95 % confidence.")


def test_what_is_certified_is_held_against_the_least_coverage() -> None:
    found = needs.certified(SOME)
    assert (found.met, found.have, found.need) == (True, 0.35, 0.2)
    assert found.text == "Certified from a confidence of 0.8: 35 % of cases, 20 % are needed."
    more = replace(SOME, policy=Policy(threshold=Target(), least_coverage=0.5))
    assert not needs.certified(more).met
    assert needs.certified(more).text.startswith("35 % of cases certified, 50 % are needed.")


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        pytest.param(None, "is known once the thresholds are chosen", id="unknown"),
        pytest.param(Missing(0, 0.9), "the certificate follows.", id="in"),
        pytest.param(Missing(1, 0.9), "At least 1 more clean case is needed where", id="one"),
        pytest.param(Missing(1234, 0.9), "the confidence is 0.9 or more: blind", id="many"),
        pytest.param(Missing(9, 0.0), "9 more clean cases are needed: blind", id="anywhere"),
    ],
)
def test_what_is_missing_of_proof_is_counted_in_clean_cases(
    missing: Missing | None, said: str
) -> None:
    ground = replace(GROUND, to_least=missing, to_whole=missing)
    for found in (needs.certified(ground), needs.whole(ground)):
        assert (found.met, found.have) == (False, 0.0)
        assert found.text.startswith("Nothing certified")
        assert said in found.text


def test_the_whole_population_is_all_or_not() -> None:
    assert needs.whole(replace(SOME, threshold=0.0, coverage=1.0, whole=True)).met
    nearly = needs.whole(replace(SOME, to_whole=Missing(70, 0.1)))
    assert (nearly.met, nearly.have, nearly.need) == (False, 0.35, 1.0)
    assert "35 % certified of all cases" in nearly.text
    assert "At least 70 more" in nearly.text


@pytest.mark.parametrize(
    ("days", "met", "said"), [(12.4, True, "12 more days"), (-1.0, False, "has lapsed")]
)
def test_a_certificate_that_lapses_is_a_need(days: float, said: str, *, met: bool) -> None:
    (found,) = needs.lapse(replace(SOME, lapses_in=days))
    assert found.met is met
    assert said in found.text


def test_without_a_certificate_or_a_term_nothing_lapses() -> None:
    assert list(needs.lapse(replace(GROUND, lapses_in=5.0))) == []
    assert list(needs.lapse(SOME)) == []


def test_what_reviewers_miss_is_a_need_where_it_counts() -> None:
    assert list(needs.reviewers(replace(GROUND, obstacle="unknown"))) == []
    counts = replace(GROUND, policy=under_target(reviewer_errors=True))
    assert [one.met for one in needs.reviewers(counts)] == [True]
    (found,) = needs.reviewers(replace(counts, obstacle="They miss too much."))
    assert (found.met, found.text) == (False, "They miss too much.")
