"""Counting: what one case adds, and that a subject's errors count once."""

from functools import partial

from hitl.domain.rollouts.counting import Pair, answered, audited, paired, unit_of
from hitl.domain.rollouts.judgement import Evidence
from hitl.domain.rollouts.plan import Plan

PLAN, NONE = Plan(), Evidence()
pair = partial(Pair, weight=1.0, least=1.0)


def test_only_one_of_them_right_is_a_win_or_a_loss() -> None:
    won = paired(NONE, pair(agree=False, champion_wrong=True, challenger_wrong=False), PLAN)
    lost = paired(NONE, pair(agree=False, champion_wrong=False, challenger_wrong=True), PLAN)
    assert (won.won, won.lost, lost.won, lost.lost) == (1, 0, 0, 1)
    assert won.wins == lost.losses
    assert won.losses == lost.wins
    assert max(won.margin) > max(lost.margin)


def test_both_wrong_in_different_ways_tells_of_the_margin_alone() -> None:
    seen = paired(NONE, pair(agree=False, champion_wrong=True, challenger_wrong=True), PLAN)
    assert (seen.wins, seen.won, seen.lost) == (NONE.wins, 0, 0)
    assert seen.margin != NONE.margin
    assert (seen.champion_errors, seen.challenger_errors) == (1, 1)


def test_agreement_needs_nobody_and_counts_by_the_least_probability() -> None:
    seen = paired(
        NONE,
        Pair(agree=True, champion_wrong=None, challenger_wrong=None, weight=1, least=0.05),
        PLAN,
    )
    full = paired(NONE, pair(agree=True, champion_wrong=None, challenger_wrong=None), PLAN)
    assert NONE.margin < seen.margin < full.margin
    assert seen.challenger_judged == 0


def test_a_disagreement_that_nobody_judged_adds_nothing() -> None:
    assert paired(NONE, pair(agree=False, champion_wrong=None, challenger_wrong=None), PLAN) == NONE


def test_errors_of_one_subject_count_once_and_its_cases_all() -> None:
    one = partial(audited, is_challengers=True, wrong=True, share=0.2, plan=PLAN)
    once = one(NONE, unit=unit_of("anna", "1"))
    again = one(once, unit=unit_of("anna", "2"))
    assert again.worse == once.worse
    assert again.challenger_errors == again.challenger_judged == again.of_step == 2
    assert one(again, unit=unit_of("ben", "3")).worse > once.worse


def test_units_are_hashes() -> None:
    assert "anna" not in unit_of("anna", "1")
    assert unit_of("", "1") != unit_of("", "2")


def test_the_champions_errors_speak_for_the_challenger() -> None:
    seen = audited(NONE, is_challengers=False, wrong=True, share=0.5, unit="u", plan=PLAN)
    assert max(seen.worse) < 0 < min(seen.better)
    assert (seen.champion_judged, seen.champion_errors, seen.of_step) == (1, 1, 0)


def test_with_all_or_nothing_whose_error_it_is_tells_nothing() -> None:
    for share in (0.0, 1.0):
        seen = audited(NONE, is_challengers=True, wrong=True, share=share, unit="u", plan=PLAN)
        assert seen.worse == NONE.worse


def test_answers_tell_of_failing_and_slowness() -> None:
    seen = answered(NONE, answers=10, failed=2, late=0, plan=PLAN)
    assert (seen.answers, seen.failed, seen.late) == (10, 2, 0)
    assert max(seen.failing) > 0 > max(seen.slow)
    assert answered(NONE, answers=0, failed=0, late=0, plan=PLAN) == NONE
