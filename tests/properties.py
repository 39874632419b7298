"""What property tests share: one profile (the same examples in every run, no deadline on a busy
machine) and the values that rules are asked about."""

import math

from hypothesis import settings
from hypothesis import strategies as st

from hitl.domain.levels import LEVELS
from hitl.domain.policy import SHARES, Fixed, Policy, Target
from hitl.domain.routing import Rules, Signal

settings.register_profile("house", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("house")

VERSION = "version-1"
KEY = b"a sampling key of 32 bytes......"

units = st.floats(0.0, 1.0)
shares = st.sampled_from(SHARES)
levels = st.sampled_from(list(LEVELS))
case_ids = st.uuids()

unusable = st.one_of(
    st.none(),
    st.sampled_from([math.nan, math.inf, -math.inf, -0.001, 1.001]),
    st.floats(max_value=0.0, exclude_max=True),
    st.floats(min_value=1.0, exclude_min=True),
)
fixed = st.builds(Fixed, threshold=units)
targets = st.builds(
    Target,
    max_error=st.floats(0.0, 1.0, exclude_min=True, exclude_max=True),
    confidence=st.floats(0.5, 1.0, exclude_max=True),
)
thresholds = st.one_of(st.just({}), st.builds(lambda t: {VERSION: t}, units))


def policies(
    threshold: st.SearchStrategy[Fixed | Target] = fixed | targets,
) -> st.SearchStrategy[Policy]:
    return st.builds(
        Policy, threshold=threshold, audit_share=shares, blind_share=st.none() | shares
    )


def rules(
    level: st.SearchStrategy[str] = levels,
    stopped: st.SearchStrategy[bool] = st.booleans(),  # noqa: B008  (strategies are values)
    policy: st.SearchStrategy[Policy] = policies(),  # noqa: B008
) -> st.SearchStrategy[Rules]:
    return st.builds(
        Rules,
        level=level,
        stopped=stopped,
        policy=policy,
        thresholds=thresholds,
        key=st.just(KEY),
    )


def answers(confidence: st.SearchStrategy[float | None] = units) -> st.SearchStrategy[Signal]:
    """Valid answers of the version that thresholds may be certified for."""
    return st.builds(lambda c: Signal(VERSION, has_value=True, confidence=c), confidence)


no_answers = st.one_of(
    st.just(Signal()),
    st.builds(lambda c: Signal(VERSION, has_value=False, confidence=c), st.none() | units),
    st.builds(lambda c: Signal(VERSION, has_value=True, valid=False, confidence=c), units),
    st.builds(lambda c: Signal(VERSION, has_value=False, valid=False, confidence=c), units),
)
signals = st.one_of(answers(), answers(unusable), no_answers)
