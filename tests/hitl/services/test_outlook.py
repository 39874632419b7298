"""The outlook: what it says would happen is what then happens."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl.domain.levels import LEVELS
from hitl.domain.policy import Fixed, Policy, Target
from hitl.models import Case, Prediction, Workflow
from hitl.services import outlook as looking
from hitl.services import workflows
from hitl.services.arriving import Brought, Submission
from hitl.services.outlook import Outlook, outlook
from hitl.services.receiving import receive
from hitl.services.revisions import Head
from models_registry import services as registry
from models_registry.models import new_id
from tests import factories

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SPREAD = [None, float("nan"), *(i / 40 for i in range(41))]  # unusable ones among them


@pytest.fixture
def own(db: None) -> Workflow:
    """A workflow whose clients bring the predictions, so that a test chooses the confidences."""
    factories.version("own-model", runtime="client")
    return factories.workflow("own", model="own-model", level="shadow")


def send(
    workflow: Workflow,
    confidences: Sequence[float | None],
    at: datetime = NOON,
    value: object = "yes",
) -> None:
    key, _ = factories.key(workflow)
    assert key.client_id is not None
    receive(
        [
            Submission({"text": str(i)}, prediction=Brought(value, confidence))
            for i, confidence in enumerate(confidences)
        ],
        head=Head(workflow.pk, workflow.slug, workflows.in_force(workflow).no),
        client_id=key.client_id,
        batch=new_id(),
        now=at,
    )


def seen(workflow: Workflow, level: str, policy: Policy | None = None, **given: bool) -> Outlook:
    return outlook(
        workflow,
        level=level,
        stopped=given.get("stopped", False),
        policy=policy or Policy(),
        now=NOON + timedelta(hours=1),
    )


def counted(workflow: Workflow) -> tuple[int, int, int, int]:
    cases = Case.objects.filter(workflow=workflow)
    return (
        cases.filter(action="automate").count(),
        cases.filter(action="automate", audit=True).count(),
        cases.filter(action="refer").count(),
        cases.filter(action="refer", blind=True).count(),
    )


@pytest.mark.parametrize("level", list(LEVELS))
def test_routing_the_same_cases_again_gives_what_receiving_did(own: Workflow, level: str) -> None:
    policy = {"audit_share": 0.5, "blind_share": 0.5, "threshold": {"rule": "fixed"}}
    workflows.change(own, by=None, reason="test", policy=policy)
    workflows.set_level(own, level, by=None, reason="test")
    send(own, SPREAD * 4)
    send(own, [0.99] * 10, value="no class at all")
    found = seen(own, level, Policy(audit_share=0.5, blind_share=0.5))
    assert (found.automated, found.audited, found.referred, found.blind) == counted(own)
    assert found.replayed == found.cases == len(SPREAD) * 4 + 10


@pytest.mark.parametrize("threshold", [0.0, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("level", ["partial_automation", "full_automation"])
def test_what_it_expects_at_shadow_is_what_the_same_predictions_then_meet(
    own: Workflow, level: str, threshold: float
) -> None:
    send(own, SPREAD)
    expected = seen(own, level, Policy(threshold=Fixed(threshold)))
    policy = {"threshold": {"rule": "fixed", "threshold": threshold}}
    workflows.change(own, by=None, reason="test", policy=policy)
    workflows.set_level(own, level, by=None, reason="test")
    at_shadow = set(Case.objects.values_list("pk", flat=True))
    send(own, SPREAD)
    automated = Case.objects.exclude(pk__in=at_shadow).filter(action="automate")
    assert expected.basis == "estimated"
    assert expected.automated == automated.count()
    assert expected.referred == len(SPREAD) - automated.count()


def test_fewer_than_thirty_predictions_are_too_few(own: Workflow) -> None:
    send(own, [0.9] * 29)
    assert seen(own, "partial_automation").basis == "too_few"
    send(own, [0.9])
    assert seen(own, "partial_automation").basis == "estimated"


def test_a_level_at_which_people_decide_is_known_without_predictions(own: Workflow) -> None:
    found = seen(own, "shadow")
    assert (found.basis, found.automated, found.replayed) == ("known", 0, 0)
    assert seen(own, "full_automation", stopped=True).basis == "known"


def test_at_human_only_there_are_no_predictions_to_count_with(own: Workflow) -> None:
    workflows.set_level(own, "human_only", by=None, reason="test")
    send(own, [0.9] * 40)
    assert not seen(own, "human_only").asks_model
    found = seen(own, "partial_automation")
    assert (found.basis, found.cases, found.predictions) == ("too_few", 40, 0)


def test_another_version_says_nothing_about_this_one(own: Workflow) -> None:
    send(own, [0.99] * 40)
    registry.register_version(model="own-model", schema=factories.SCHEMA, classes=["no", "yes"])
    workflows.change(own, by=None, reason="newer", model="own-model")
    found = seen(own, "partial_automation")
    assert (found.basis, found.cases, found.predictions) == ("too_few", 40, 0)


def test_only_the_latest_cases_count(own: Workflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "MOST", 50)
    send(own, [0.1] * 50, NOON - timedelta(days=3))
    send(own, [0.99] * 50)
    found = seen(own, "partial_automation")
    assert (found.cases, found.automated) == (50, 50)


def test_the_rate_of_the_last_day_makes_a_day(own: Workflow) -> None:
    send(own, [0.99] * 40, NOON - timedelta(days=2))
    send(own, [0.99] * 30 + [0.1] * 30)
    found = seen(own, "partial_automation")
    assert found.arrivals == 60
    assert (found.automated, found.referred) == (70, 30)
    assert found.per_thousand(found.automated) == 700
    assert found.per_day(found.automated) == 42
    low, high = found.interval(found.automated)
    assert low < 700 < high


def test_under_a_target_without_a_certificate_nothing_is_automated(own: Workflow) -> None:
    send(own, [1.0] * 40)
    found = seen(own, "full_automation", Policy(threshold=Target()))
    assert (found.automated, found.reasons) == (0, {"nothing_certified": 40})


def test_an_erased_value_still_counts(own: Workflow) -> None:
    send(own, [0.99] * 40)
    Prediction.objects.update(value=None)
    assert seen(own, "partial_automation").automated == 40


@pytest.mark.parametrize(
    ("minutes", "a_day"),
    [
        pytest.param(0, None, id="this moment"),
        pytest.param(9, None, id="too short"),
        pytest.param(10, 40 * 144, id="long enough"),
        pytest.param(720, 80, id="half a day"),
        pytest.param(1439, 40, id="a day"),
    ],
)
def test_a_young_workflows_rate_is_that_of_its_own_time(
    own: Workflow, minutes: int, a_day: int | None
) -> None:
    send(own, [0.99] * 40, NOON + timedelta(hours=1) - timedelta(minutes=minutes))
    found = seen(own, "partial_automation")
    assert found.per_day(found.automated) == a_day
    assert found.per_thousand(found.automated) == 1000


def test_without_a_case_there_is_no_rate(own: Workflow) -> None:
    assert seen(own, "shadow").a_day is None


@given(count=st.integers(0, 500), rest=st.integers(0, 500), arrivals=st.integers(0, 10_000))
def test_parts_never_pass_the_whole(count: int, rest: int, arrivals: int) -> None:
    n = count + rest
    found = Outlook("estimated", True, n, n, n, arrivals, looking.DAY, count, 0, rest, 0, {})
    assert 0 <= found.per_thousand(count) <= 1000
    daily = found.per_day(count)
    assert daily is not None
    assert 0 <= daily <= arrivals
    if n:
        low, high = found.interval(count)
        assert 0 <= low <= found.per_thousand(count) <= high <= 1000
