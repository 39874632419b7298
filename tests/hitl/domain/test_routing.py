"""Who decides a case: properties over all rules, and the table of levels row by row."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hitl.domain.draws import is_drawn
from hitl.domain.levels import LEVELS
from hitl.domain.policy import Fixed, Policy, Target
from hitl.domain.routing import Route, Rules, Signal, level_in_force, route
from tests.properties import (
    KEY,
    VERSION,
    answers,
    case_ids,
    fixed,
    no_answers,
    policies,
    rules,
    signals,
    targets,
    units,
    unusable,
)

CASE = UUID(int=7)


def made(
    level: str, *, stopped: bool = False, at: Mapping[str, float] | None = None, **policy: Any
) -> Rules:
    return Rules(level, stopped, Policy(**policy), at or {}, KEY)


def said(confidence: float | None, version: str = VERSION) -> Signal:
    return Signal(version, has_value=True, confidence=confidence)


def automates(rules: Rules, case: UUID, signal: Signal) -> bool:
    return route(rules, case, signal).action == "automate"


running = rules(stopped=st.just(False))
running_fixed = rules(stopped=st.just(False), policy=policies(fixed))
running_target = rules(stopped=st.just(False), policy=policies(targets))


class TestProperties:
    """`a <= b` on booleans reads "a implies b"."""

    @given(running, case_ids, units, units)
    def test_more_confidence_never_turns_automate_into_refer(
        self, given: Rules, case: UUID, one: float, other: float
    ) -> None:
        low, high = sorted((one, other))
        assert automates(given, case, said(low)) <= automates(given, case, said(high))

    @given(running_fixed, case_ids, signals, units, units)
    def test_a_higher_fixed_threshold_never_automates_more(
        self, given: Rules, case: UUID, signal: Signal, one: float, other: float
    ) -> None:
        low, high = sorted((one, other))
        strict = replace(given, policy=replace_threshold(given.policy, high))
        lax = replace(given, policy=replace_threshold(given.policy, low))
        assert automates(strict, case, signal) <= automates(lax, case, signal)

    @given(running_target, case_ids, signals, units, units)
    def test_a_higher_certified_threshold_never_automates_more(
        self, given: Rules, case: UUID, signal: Signal, one: float, other: float
    ) -> None:
        low, high = sorted((one, other))
        strict = replace(given, thresholds={VERSION: high})
        lax = replace(given, thresholds={VERSION: low})
        assert automates(strict, case, signal) <= automates(lax, case, signal)

    @given(rules(), case_ids, signals)
    def test_a_higher_level_never_refers_what_a_lower_one_automates(
        self, given: Rules, case: UUID, signal: Signal
    ) -> None:
        ladder = sorted(LEVELS, key=lambda name: LEVELS[name].step)
        climbing = [automates(replace(given, level=name), case, signal) for name in ladder]
        assert climbing == sorted(climbing)

    @given(rules(), case_ids, signals)
    def test_the_same_inputs_give_the_same_route(
        self, given: Rules, case: UUID, signal: Signal
    ) -> None:
        twin = Rules(given.level, given.stopped, given.policy, dict(given.thresholds), given.key)
        assert route(given, case, signal) == route(twin, UUID(bytes=case.bytes), replace(signal))

    @given(rules(stopped=st.just(True)), case_ids, signals)
    def test_a_stopped_workflow_never_automates(
        self, given: Rules, case: UUID, signal: Signal
    ) -> None:
        assert route(given, case, signal).action == "refer"

    @given(rules(stopped=st.just(True)), case_ids, signals)
    def test_a_stopped_workflow_is_routed_as_at_shadow(
        self, given: Rules, case: UUID, signal: Signal
    ) -> None:
        assume(given.level != "human_only")
        shadow = route(replace(given, level="shadow", stopped=False), case, signal)
        assert replace(route(given, case, signal), reason="level") == shadow

    @given(rules(), case_ids, answers(unusable))
    def test_an_unusable_confidence_is_never_automated_at_any_level(
        self, given: Rules, case: UUID, signal: Signal
    ) -> None:
        assert route(given, case, signal).action == "refer"

    @given(rules(), case_ids, no_answers)
    def test_null_and_invalid_predictions_are_never_decided_by_the_machine(
        self, given: Rules, case: UUID, signal: Signal
    ) -> None:
        assert route(given, case, signal).action == "refer"

    @given(rules(policy=policies(targets)), case_ids, signals)
    def test_a_target_without_a_certificate_automates_nothing(
        self, given: Rules, case: UUID, signal: Signal
    ) -> None:
        assert route(replace(given, thresholds={}), case, signal).action == "refer"

    @given(rules(policy=policies(targets)), case_ids, signals, units)
    def test_a_certificate_of_another_version_counts_for_nothing(
        self, given: Rules, case: UUID, signal: Signal, threshold: float
    ) -> None:
        theirs = replace(given, thresholds={"version-2": threshold})
        assert route(theirs, case, signal).action == "refer"

    @given(running, case_ids, signals)
    def test_an_automated_case_had_a_usable_confidence_at_or_above_its_threshold(
        self, given: Rules, case: UUID, signal: Signal
    ) -> None:
        way = route(given, case, signal)
        if way.action == "automate":
            assert way.threshold is not None
            assert signal.confidence is not None
            assert way.threshold <= signal.confidence <= 1.0
            assert way.blind, "whoever audits never sees the suggestion"
            assert way.pi == given.policy.audit_share

    @given(rules(), case_ids, signals)
    def test_only_automated_cases_are_audited_and_pi_is_a_probability(
        self, given: Rules, case: UUID, signal: Signal
    ) -> None:
        way = route(given, case, signal)
        assert way.action == "automate" or not way.audit
        assert 0.0 <= way.pi <= 1.0
        if way.blind and way.action == "refer" and LEVELS[given.level].asks_model:
            assert way.pi > 0.0, "a case that was drawn had a chance to be drawn"

    @given(rules(level=st.just("full_automation"), policy=policies(targets)), case_ids, signals)
    def test_full_automation_under_a_target_is_partial_until_everything_is_certified(
        self, given: Rules, case: UUID, signal: Signal
    ) -> None:
        assume(given.thresholds.get(VERSION) != 0.0)
        partial = replace(given, level="partial_automation")
        assert route(given, case, signal) == route(partial, case, signal)


def replace_threshold(policy: Policy, threshold: float) -> Policy:
    return Policy(Fixed(threshold), policy.audit_share, policy.blind_share)


CONFIDENT, UNSURE = said(0.95), said(0.4)
NULL, WRONG = Signal(VERSION), Signal(VERSION, has_value=True, valid=False, confidence=0.99)
NOBODY, UNSCORED = Signal(), said(None)
ALL: dict[str, Any] = {"audit_share": 1.0, "blind_share": 1.0}
NONE: dict[str, Any] = {"audit_share": 0.0, "blind_share": 0.0}
TARGET: dict[str, Any] = {"threshold": Target()}


def refer(reason: Any, threshold: float | None, *, blind: bool, pi: float) -> Route:
    return Route("refer", reason, threshold, audit=False, blind=blind, pi=pi)


def automate(reason: Any, threshold: float, *, audit: bool, pi: float) -> Route:
    return Route("automate", reason, threshold, audit=audit, blind=True, pi=pi)


TABLE = [
    # human only: no model, people decide, no evidence
    (made("human_only", **ALL), NOBODY, refer("level", None, blind=True, pi=0.0)),
    (made("human_only", stopped=True), NOBODY, refer("stopped", None, blind=True, pi=0.0)),
    # shadow: nobody sees the suggestion, every human answer is evidence
    (made("shadow", **NONE), CONFIDENT, refer("level", None, blind=True, pi=1.0)),
    (made("shadow", **NONE), NULL, refer("level", None, blind=True, pi=1.0)),
    (made("shadow", stopped=True), CONFIDENT, refer("stopped", None, blind=True, pi=1.0)),
    # AI assistance: seen, except for the blind share
    (made("ai_assistance", **ALL), CONFIDENT, refer("level", None, blind=True, pi=1.0)),
    (made("ai_assistance", **NONE), CONFIDENT, refer("level", None, blind=False, pi=0.0)),
    (
        made("ai_assistance", stopped=True, **NONE),
        UNSURE,
        refer("stopped", None, blind=True, pi=1.0),
    ),
    # partial automation: at or above the threshold, audited; below it seen or blind
    (made("partial_automation", **ALL), CONFIDENT, automate("confident", 0.9, audit=True, pi=1.0)),
    (
        made("partial_automation", **NONE),
        CONFIDENT,
        automate("confident", 0.9, audit=False, pi=0.0),
    ),
    (
        made("partial_automation", **NONE),
        said(0.9),
        automate("confident", 0.9, audit=False, pi=0.0),
    ),
    (
        made("partial_automation", **ALL),
        said(math.nextafter(0.9, 0.0)),
        refer("below_threshold", 0.9, blind=True, pi=1.0),
    ),
    (
        made("partial_automation", **NONE),
        UNSURE,
        refer("below_threshold", 0.9, blind=False, pi=0.0),
    ),
    (made("partial_automation", **NONE), NULL, refer("no_prediction", 0.9, blind=False, pi=0.0)),
    (made("partial_automation", **NONE), NOBODY, refer("no_prediction", 0.9, blind=False, pi=0.0)),
    (
        made("partial_automation", **NONE),
        WRONG,
        refer("invalid_prediction", 0.9, blind=False, pi=0.0),
    ),
    (
        made("partial_automation", **NONE),
        UNSCORED,
        refer("unusable_confidence", 0.9, blind=False, pi=0.0),
    ),
    (
        made("partial_automation", stopped=True, **NONE),
        CONFIDENT,
        refer("stopped", None, blind=True, pi=1.0),
    ),
    # ... under a target: the certificate's threshold, or nothing
    (
        made("partial_automation", **TARGET),
        CONFIDENT,
        refer("nothing_certified", None, blind=True, pi=1.0),
    ),
    (
        made("partial_automation", at={VERSION: 0.8}, audit_share=1.0, **TARGET),
        CONFIDENT,
        automate("confident", 0.8, audit=True, pi=1.0),
    ),
    (
        made("partial_automation", at={VERSION: 0.8}, **TARGET),
        UNSURE,
        refer("below_threshold", 0.8, blind=True, pi=1.0),
    ),
    (
        made("partial_automation", at={VERSION: 0.0}, audit_share=0.0, **TARGET),
        UNSURE,
        automate("confident", 0.0, audit=False, pi=0.01),
    ),
    # full automation: whatever is usable, audited
    (made("full_automation", **ALL), CONFIDENT, automate("usable", 0.0, audit=True, pi=1.0)),
    (made("full_automation", **NONE), said(0.0), automate("usable", 0.0, audit=False, pi=0.0)),
    (made("full_automation", **NONE), NULL, refer("no_prediction", 0.0, blind=False, pi=0.0)),
    (made("full_automation", **NONE), WRONG, refer("invalid_prediction", 0.0, blind=False, pi=0.0)),
    (
        made("full_automation", **NONE),
        UNSCORED,
        refer("unusable_confidence", 0.0, blind=False, pi=0.0),
    ),
    (
        made("full_automation", stopped=True, **NONE),
        CONFIDENT,
        refer("stopped", None, blind=True, pi=1.0),
    ),
    # ... under a target: everything only while the whole population is certified
    (
        made("full_automation", **TARGET),
        CONFIDENT,
        refer("nothing_certified", None, blind=True, pi=1.0),
    ),
    (
        made("full_automation", at={VERSION: 0.8}, **TARGET),
        UNSURE,
        refer("below_threshold", 0.8, blind=True, pi=1.0),
    ),
    (
        made("full_automation", at={VERSION: 0.8}, audit_share=0.0, **TARGET),
        CONFIDENT,
        automate("confident", 0.8, audit=False, pi=0.01),
    ),
    (
        made("full_automation", at={VERSION: 0.0}, audit_share=0.0, **TARGET),
        UNSURE,
        automate("usable", 0.0, audit=False, pi=0.01),
    ),
    (
        made("full_automation", at={VERSION: 0.0}, **TARGET),
        UNSCORED,
        refer("unusable_confidence", 0.0, blind=True, pi=1.0),
    ),
]


def name_of(row: tuple[Rules, Signal, Route]) -> str:
    given, signal, way = row
    rule = type(given.policy.threshold).__name__.lower()
    stopped = ", stopped" if given.stopped else ""
    return f"{given.level}, {rule}{stopped}: {signal.confidence} {way.reason}, blind {way.blind}"


@pytest.mark.parametrize("row", [pytest.param(row, id=name_of(row)) for row in TABLE])
def test_each_row_of_the_table_of_levels(row: tuple[Rules, Signal, Route]) -> None:
    given, signal, expected = row
    assert route(given, CASE, signal) == expected


@pytest.mark.parametrize("number", range(20))
def test_the_draws_of_a_route_are_those_of_its_purpose_key_and_case(number: int) -> None:
    case = UUID(int=number)
    audited = route(made("full_automation", audit_share=0.5), case, CONFIDENT)
    assert audited.audit == is_drawn(KEY, "audit", case, 0.5)
    shown = route(made("ai_assistance", blind_share=0.5), case, CONFIDENT)
    assert shown.blind == is_drawn(KEY, "blind", case, 0.5)
    assert (audited.pi, shown.pi) == (0.5, 0.5)


def test_a_threshold_that_is_no_number_automates_nothing() -> None:
    given = made("full_automation", at={VERSION: math.nan}, **TARGET)
    assert route(given, CASE, said(1.0)).reason == "below_threshold"


@pytest.mark.parametrize(
    ("level", "expected"),
    [("human_only", "human_only"), *((name, "shadow") for name in list(LEVELS)[1:])],
)
def test_a_stop_never_makes_the_machine_do_more(level: str, expected: str) -> None:
    assert level_in_force(made(level, stopped=True)).name == expected
    assert level_in_force(made(level)).name == level
