"""The life of a case: every legal move is walked, every other one refused."""

import itertools

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hitl.domain.cases import MOVES, Kind, ReferralState, Source, Status, move, needs_decision
from models_registry.domain.errors import Conflict
from tests import properties  # noqa: F401  (its profile)

LEGAL = {
    ("received", "referred"),
    ("received", "decided"),
    ("received", "cancelled"),
    ("referred", "decided"),
    ("referred", "cancelled"),
    ("decided", "decided"),
}


@pytest.mark.parametrize(("current", "target"), list(itertools.product(Status, Status)))
def test_a_case_moves_only_where_the_drawing_says(current: Status, target: Status) -> None:
    if (current, target) in LEGAL:
        assert move(current, target) is target
    else:
        with pytest.raises(Conflict, match=f"A {current} case cannot become {target}"):
            move(current, target)


def test_every_status_has_its_moves() -> None:
    assert set(MOVES) == set(Status)


@pytest.mark.parametrize("same", [True, False], ids=["same answer", "another answer"])
@pytest.mark.parametrize("status", list(Status))
def test_a_settled_answer_decides_unless_it_changes_nothing(status: Status, same: bool) -> None:
    expected = {
        Status.RECEIVED: True,
        Status.REFERRED: True,
        Status.DECIDED: not same,
        Status.CANCELLED: False,
    }
    assert needs_decision(status, same_answer=same) is expected[status]


def test_a_decision_that_is_needed_is_always_a_legal_move() -> None:
    for status, same in itertools.product(Status, (True, False)):
        if needs_decision(status, same_answer=same):
            assert move(status, Status.DECIDED) is Status.DECIDED


def test_the_words_are_those_of_the_glossary() -> None:
    assert [*Kind] == ["decide", "audit", "second_look", "contest", "adjudicate", "gold"]
    assert [*ReferralState] == ["open", "settling", "closed"]
    assert [*Source] == ["model", "human", "rule"]


values = st.sampled_from(["yes", "no"])


class CaseLife(RuleBasedStateMachine):
    """One case, walked by the rules as the services do it."""

    status = Status.RECEIVED
    decisions: list[tuple[int, Source, str]]
    referrals: list[ReferralState]

    def __init__(self) -> None:
        super().__init__()
        self.decisions, self.referrals = [], []

    def _decide(self, source: Source, value: str) -> None:
        self.status = move(self.status, Status.DECIDED)
        self.decisions.append((len(self.decisions) + 1, source, value))

    def _refer(self) -> None:
        self.referrals.append(ReferralState.OPEN)

    @property
    def _is_with_people(self) -> bool:
        return any(state is not ReferralState.CLOSED for state in self.referrals)

    @initialize(automated=st.booleans(), audit=st.booleans(), value=values)
    def arrive(self, automated: bool, audit: bool, value: str) -> None:
        if automated:
            self._decide(Source.MODEL, value)
        else:
            self.status = move(self.status, Status.REFERRED)
        if audit or not automated:
            self._refer()

    @precondition(lambda self: self._is_with_people)
    @rule(value=values)
    def people_settle(self, value: str) -> None:
        self.referrals[-1] = ReferralState.CLOSED
        same = bool(self.decisions) and self.decisions[-1][2] == value
        before = len(self.decisions)
        if needs_decision(self.status, same_answer=same):
            self._decide(Source.HUMAN, value)
        assert len(self.decisions) - before == (self.status is Status.DECIDED and not same)

    @precondition(lambda self: self.status is Status.DECIDED and not self._is_with_people)
    @rule()
    def somebody_contests(self) -> None:
        self._refer()

    @precondition(lambda self: self.status is Status.REFERRED)
    @rule()
    def the_client_cancels(self) -> None:
        self.status = move(self.status, Status.CANCELLED)

    @precondition(lambda self: self.status in (Status.DECIDED, Status.CANCELLED))
    @rule(back=st.sampled_from([Status.RECEIVED, Status.REFERRED, Status.CANCELLED]))
    def nobody_goes_back(self, back: Status) -> None:
        with pytest.raises(Conflict):
            move(self.status, back)

    @invariant()
    def there_is_at_most_one_open_referral(self) -> None:
        assert sum(state is not ReferralState.CLOSED for state in self.referrals) <= 1

    @invariant()
    def there_is_one_current_decision_exactly_while_decided(self) -> None:
        numbers = [n for n, _, _ in self.decisions]
        assert numbers == list(range(1, len(numbers) + 1))
        assert (self.status is Status.DECIDED) == bool(self.decisions)

    @invariant()
    def a_referred_case_is_with_people(self) -> None:
        assert self.status is not Status.REFERRED or self._is_with_people

    @invariant()
    def a_decision_that_supersedes_says_something_else(self) -> None:
        said = [value for _, _, value in self.decisions]
        assert all(a != b for a, b in itertools.pairwise(said))


CaseLife.TestCase.settings = settings(max_examples=40, stateful_step_count=15)
TestCaseLife = CaseLife.TestCase
