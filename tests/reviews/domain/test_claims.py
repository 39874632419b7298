"""The states of a place on a case."""

from reviews.domain.claims import MAY_CLAIM_AGAIN, MOST_HELD, ClaimState, SkipKind
from reviews.domain.consensus import Verdict


def test_who_answered_or_skipped_never_meets_the_case_again() -> None:
    assert {*ClaimState} - {*MAY_CLAIM_AGAIN} == {
        ClaimState.HELD,
        ClaimState.DONE,
        ClaimState.SKIPPED,
    }


def test_the_words_are_those_of_the_table() -> None:
    assert [*ClaimState] == ["held", "done", "skipped", "expired", "released"]


def test_every_skip_but_one_is_a_judgement() -> None:
    """Or it would take the case out of a sample."""
    assert {*SkipKind} - {*Verdict} == {"not_for_me"}
    assert {*Verdict} - {*SkipKind} == {"answer"}


def test_nobody_hoards_and_everybody_has_a_next_case() -> None:
    assert 2 <= MOST_HELD <= 100
