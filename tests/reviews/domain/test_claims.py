"""The states of a place on a case."""

from reviews.domain.claims import MAY_CLAIM_AGAIN, ClaimState


def test_who_answered_or_skipped_never_meets_the_case_again() -> None:
    assert {*ClaimState} - {*MAY_CLAIM_AGAIN} == {
        ClaimState.HELD,
        ClaimState.DONE,
        ClaimState.SKIPPED,
    }


def test_the_words_are_those_of_the_table() -> None:
    assert [*ClaimState] == ["held", "done", "skipped", "expired", "released"]
