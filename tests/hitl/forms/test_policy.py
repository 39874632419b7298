"""The policy form: what it shows of a policy is what it asks for again."""

from typing import Any

import pytest

from hitl.domain.policy import SHARES, Fixed, Policy, PoolRule, Target, parse_policy
from hitl.forms import PolicyForm, blame
from hitl.forms.answers import Answers
from hitl.forms.groups import GROUPS
from hitl.forms.policy import DIALS, ON_LAPSE
from hitl.forms.pools import ROWS, key
from models_registry.domain.errors import Invalid
from models_registry.domain.task_types import TASK_TYPES

TASK = TASK_TYPES["classification"]
ANSWERS = Answers(TASK, TASK.check({"classes": ["no", "yes"]}))
POOLS = (
    PoolRule("claims", ("french", "legal"), "senior", 30),
    PoolRule("senior", (), "", 60),
    PoolRule("rest"),
)
POLICIES = [
    pytest.param(Policy(), id="defaults"),
    pytest.param(Policy(threshold=Fixed(0.0), blind_share=0.0, audit_share=0.0), id="zeros"),
    pytest.param(Policy(threshold=Target(0.013, 0.99), blind_share=1.0), id="target"),
    pytest.param(
        Policy(threshold=Target(0.05, 0.9, "distance", by_class=True), reviewer_errors=True),
        id="distances",
    ),
    pytest.param(
        Policy(
            agreement_share=0.1,
            guard="proof",
            promote="two",
            risk="medium",
            least_coverage=0.35,
            lapse_cases=0,
            lapse_days=30,
        ),
        id="ladder",
    ),
    pytest.param(Policy(undo_seconds=600, lease_minutes=1440, due_hours=8760), id="longest"),
    pytest.param(
        Policy(reviews_required=3, consensus="majority", second_look=True, redo_opens=True),
        id="several people",
    ),
    pytest.param(Policy(pools=POOLS, adjudication_pool="senior"), id="pools"),
    pytest.param(
        Policy(on_lapse="default", safe_default="no", audit_supersedes=False), id="default"
    ),
    pytest.param(Policy(two_stage=True, blur=True, mute=True, break_minutes=45), id="shown"),
    pytest.param(
        Policy(gold_share=0.05, gold_bar=0.0, gold_least=1000, onboarding=200), id="known answers"
    ),
]


def sent(**dials: Any) -> PolicyForm:
    form = PolicyForm(dials, answers=ANSWERS)
    assert form.is_valid(), form.errors
    return form


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_comes_back_as_it_was_shown(policy: Policy) -> None:
    form = sent(**PolicyForm.dials(policy))
    assert parse_policy(form.asked()) == policy
    assert form.changes(policy) == {}


@pytest.mark.parametrize("policy", POLICIES)
def test_hidden_fields_bring_a_policy_back_as_text(policy: Policy) -> None:
    """As the confirmation sends it again."""
    form = sent(**{name: str(value) for name, value in PolicyForm.dials(policy).items()})
    assert parse_policy(form.asked()) == policy


def test_every_dial_is_in_the_form_and_in_one_group() -> None:
    grouped = [name for group in GROUPS for name in group.names]
    assert sorted(grouped) == sorted(PolicyForm.base_fields)
    assert set(grouped) >= DIALS - {"pools"}


@pytest.mark.parametrize("share", SHARES)
def test_every_share_that_a_policy_takes_can_be_chosen(share: float) -> None:
    form = sent(**PolicyForm.dials(Policy(audit_share=share, blind_share=share, gold_share=share)))
    asked = form.asked()
    assert asked["audit_share"] == asked["blind_share"] == asked["gold_share"] == share


def test_only_moved_dials_are_asked_for() -> None:
    form = sent(**PolicyForm.dials(Policy()) | {"due_hours": "48", "blind_share": "0.25"})
    assert form.changes(Policy()) == {"due_hours": 48, "blind_share": 0.25}


@pytest.mark.parametrize(
    ("rule", "needed"), [("fixed", ["threshold"]), ("target", ["max_error", "confidence"])]
)
def test_only_the_dials_of_the_chosen_rule_must_be_there(rule: str, needed: list[str]) -> None:
    three = ("threshold", "max_error", "confidence")
    dials = PolicyForm.dials(Policy()) | {"rule": rule}
    assert list(PolicyForm(dials | dict.fromkeys(three, "")).errors) == needed
    form = sent(**dials | {name: "" for name in three if name not in needed})
    assert parse_policy(form.asked()).threshold == (Fixed() if rule == "fixed" else Target())


def test_rows_of_pools_that_are_empty_count_for_nothing() -> None:
    rows = {key(1, "name"): " claims ", key(3, "name"): "legal", key(3, "skills"): "law, law,tax "}
    form = sent(**PolicyForm.dials(Policy()) | rows)
    assert parse_policy(form.asked()).pools == (
        PoolRule("claims"),
        PoolRule("legal", ("law", "tax")),
    )


def test_there_is_always_room_for_more_pools() -> None:
    assert len(PolicyForm(initial=PolicyForm.dials(Policy())).pool_rows()) == ROWS
    many = Policy(pools=tuple(PoolRule(f"p{i}") for i in range(7)))
    form = PolicyForm(initial=PolicyForm.dials(many))
    assert len(form.pool_rows()) == 9
    assert form.names == [f"p{i}" for i in range(7)]


def test_a_pool_that_is_just_being_named_can_settle_conflicts() -> None:
    dials = PolicyForm.dials(Policy()) | {key(0, "name"): "new", "adjudication_pool": "new"}
    assert parse_policy(sent(**dials).asked()).adjudication_pool == "new"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        pytest.param({key(0, "skills"): "law"}, key(0, "name"), id="no name"),
        pytest.param({key(0, "name"): "Law Firm"}, key(0, "name"), id="no name at all"),
        pytest.param({key(2, "name"): "a", key(4, "name"): "a"}, key(4, "name"), id="twice"),
        pytest.param(
            {key(0, "name"): "a", key(0, "skills"): "good french"}, key(0, "skills"), id="skill"
        ),
        pytest.param(
            {key(0, "name"): "a", key(0, "after_minutes"): "0"}, key(0, "after_minutes"), id="zero"
        ),
        pytest.param({"adjudication_pool": "nobody"}, "adjudication_pool", id="no such pool"),
        pytest.param({"safe_default": "maybe"}, "safe_default", id="no such answer"),
        pytest.param({"reviews_required": "10"}, "reviews_required", id="too many people"),
        pytest.param({"consensus": "loudest"}, "consensus", id="no such consensus"),
        pytest.param({"on_lapse": "forget"}, "on_lapse", id="no such lapse"),
        pytest.param({"break_minutes": "481"}, "break_minutes", id="no break for too long"),
        pytest.param({"loss": "distant"}, "loss", id="no such error"),
        pytest.param({"agreement_share": "0.3"}, "agreement_share", id="no such share"),
        pytest.param({"guard": "dog"}, "guard", id="no such guard"),
        pytest.param({"promote": "three"}, "promote", id="no such way to promote"),
        pytest.param({"risk": "none"}, "risk", id="no such risk"),
        pytest.param({"least_coverage": "20"}, "least_coverage", id="percent for a share"),
        pytest.param({"lapse_cases": "-1"}, "lapse_cases", id="cases below zero"),
        pytest.param({"lapse_days": "3651"}, "lapse_days", id="too many days"),
        pytest.param({"gold_bar": "1.1"}, "gold_bar", id="bar above one"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(given: dict[str, str], field: str) -> None:
    form = PolicyForm(PolicyForm.dials(Policy()) | given, answers=ANSWERS)
    assert list(form.errors) == [field]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        pytest.param(
            {key(1, "name"): "a", key(3, "name"): "b", key(3, "escalates_to"): "c"},
            key(3, "escalates_to"),
            id="no such pool",
        ),
        pytest.param(
            {key(4, "name"): "a", key(4, "escalates_to"): "a"}, key(4, "escalates_to"), id="itself"
        ),
        pytest.param({"on_lapse": "default"}, "safe_default", id="no default"),
    ],
)
def test_what_the_policy_refuses_is_said_beside_its_field(
    given: dict[str, str], field: str
) -> None:
    form = sent(**PolicyForm.dials(Policy()) | given)
    with pytest.raises(Invalid) as refused:
        parse_policy(form.asked())
    blame(form, refused.value, form.pointers())
    assert list(form.errors) == [field]


def test_a_forged_number_of_rows_is_cut() -> None:
    assert PolicyForm({"pool_999_name": "x", "pool_99999999_name": "y"}).rows == 100


def test_what_happens_when_the_time_is_over_has_its_four_meanings() -> None:
    assert [value for value, _ in ON_LAPSE] == ["leave", "raise", "adjudicate", "default"]
