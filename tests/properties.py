"""What property tests share: one profile (the same examples in every run, no deadline on a busy
machine) and the values that rules are asked about."""

import math

from hypothesis import settings
from hypothesis import strategies as st

from hitl.domain.levels import LEVELS
from hitl.domain.policy import SHARES, Fixed, Policy, PoolRule, Target
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


@st.composite
def pools(draw: st.DrawFn) -> tuple[PoolRule, ...]:
    """Up to three pools that escalate to later ones or to the workflow's own: in no circle."""
    names = draw(st.lists(st.sampled_from(["experts", "german", "a-b_9"]), unique=True))
    skills = st.lists(st.sampled_from(["german", "law"]), unique=True).map(tuple)
    return tuple(
        PoolRule(
            name,
            skills=draw(skills),
            escalates_to=draw(st.sampled_from(["", *names[i + 1 :]])),
            after_minutes=draw(st.none() | st.integers(1, 525600)),
        )
        for i, name in enumerate(names)
    )


@st.composite
def policies(
    draw: st.DrawFn,
    threshold: st.SearchStrategy[Fixed | Target] = fixed | targets,
) -> Policy:
    """Every dial at any value it may have."""
    rules = draw(pools())
    return Policy(
        threshold=draw(threshold),
        audit_share=draw(shares),
        blind_share=draw(st.none() | shares),
        reviews_required=draw(st.integers(1, 9)),
        consensus=draw(st.sampled_from(["unanimous", "majority", "first"])),
        undo_seconds=draw(st.integers(0, 600)),
        lease_minutes=draw(st.integers(1, 1440)),
        due_hours=draw(st.integers(1, 8760)),
        audit_due_hours=draw(st.integers(1, 8760)),
        on_lapse=draw(st.sampled_from(["leave", "raise", "adjudicate", "default"])),
        safe_default=draw(st.sampled_from(["no", ["no"], {"a": 1}])),
        pools=rules,
        adjudication_pool=draw(st.sampled_from(["", *(rule.name for rule in rules)])),
        audit_supersedes=draw(st.booleans()),
        redo_opens=draw(st.booleans()),
        second_look=draw(st.booleans()),
        gold_share=draw(shares),
        gold_bar=draw(units),
        gold_least=draw(st.integers(1, 1000)),
        onboarding=draw(st.integers(0, 200)),
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
