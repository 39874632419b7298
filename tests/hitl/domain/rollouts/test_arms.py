"""Arms: a unit keeps its arm, a larger share moves nobody back, shares converge."""

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from hitl.domain.rollouts.arms import arm_of

KEY, NEW = b"k" * 32, UUID(int=7)
shares = st.floats(0.0, 1.0)


@given(st.text(min_size=1), st.uuids(), st.uuids(), shares)
def test_a_subject_keeps_its_arm_whatever_the_case(
    subject: str, one: UUID, other: UUID, share: float
) -> None:
    assert arm_of(KEY, NEW, share, subject=subject, case_id=one) == arm_of(
        KEY, NEW, share, subject=subject, case_id=other
    )


@given(st.text(), st.uuids(), shares, shares)
def test_raising_the_share_moves_no_unit_back(
    subject: str, case: UUID, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    if arm_of(KEY, NEW, low, subject=subject, case_id=case) == "challenger":
        assert arm_of(KEY, NEW, high, subject=subject, case_id=case) == "challenger"


@given(st.text(), st.uuids())
def test_none_and_all_are_exact(subject: str, case: UUID) -> None:
    assert arm_of(KEY, NEW, 0.0, subject=subject, case_id=case) == "champion"
    assert arm_of(KEY, NEW, 1.0, subject=subject, case_id=case) == "challenger"


def test_shares_converge() -> None:
    """20,000 draws at .05: six standard deviations are .0093."""
    mine = [arm_of(KEY, NEW, 0.05, subject="", case_id=uuid4()) for _ in range(20_000)]
    assert abs(mine.count("challenger") / 20_000 - 0.05) < 0.0093


def test_another_challenger_draws_anew() -> None:
    """Of those that one challenger gets at .1, another one gets about a tenth."""
    names = [str(i) for i in range(5000)]
    case = UUID(int=1)
    first, second = (
        {n for n in names if arm_of(KEY, v, 0.1, subject=n, case_id=case) == "challenger"}
        for v in (NEW, UUID(int=8))
    )
    assert len(first & second) < len(first) / 3
