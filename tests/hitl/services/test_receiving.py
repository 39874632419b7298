"""Receiving cases: validate, predict, route, write once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy
import pytest

from hitl.domain.deliveries import Listener
from hitl.domain.pools import pool_id
from hitl.domain.receipts import CaseOut
from hitl.models import (
    Case,
    Decision,
    Delivery,
    Endpoint,
    Payload,
    Prediction,
    Referral,
    Workflow,
)
from hitl.models import together as together_models
from hitl.services import receiving, workflows
from hitl.services.arriving import Brought, Submission
from hitl.services.receiving import IGNORED, Answer
from hitl.services.revisions import Head
from models_registry.domain.errors import Busy, Invalid
from models_registry.domain.scoring import Outcome
from models_registry.models import new_id
from tests import factories, runtimes

pytestmark = pytest.mark.django_db

AUTOMATING = ["partial_automation", "full_automation"]
LEVELS = ["human_only", "shadow", "ai_assistance", *AUTOMATING]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def head(workflow: Workflow) -> Head:
    return Head(workflow.pk, workflow.slug, workflows.in_force(workflow).no)


def submission(text: str = "hi", **given: Any) -> Submission:
    return Submission({"text": text}, **given)


def receive(workflow: Workflow, *submissions: Submission | Invalid, **given: Any) -> list[Answer]:
    row, _ = factories.key(workflow)
    assert row.client_id is not None
    return receiving.receive(
        submissions or (submission(),),
        head=given.pop("head", None) or head(workflow),
        client_id=row.client_id,
        **given,
    )


def one(workflow: Workflow, *submissions: Submission, **given: Any) -> CaseOut:
    (told,) = receive(workflow, *submissions, **given)
    assert isinstance(told, CaseOut)
    return told


def ham(level: str, *, policy: dict[str, Any] | None = None, **script: Any) -> Workflow:
    """A workflow at this level with a scripted model; no audits, nobody blind by chance."""
    factories.version("ham-model", **script)
    dials = {"audit_share": 0.0, "blind_share": 0.0, **(policy or {})}
    return factories.workflow("ham", model="ham-model", level=level, policy=dials)


@pytest.mark.parametrize(
    ("level", "action", "reason", "threshold", "asked"),
    [
        ("human_only", "refer", "level", None, False),
        ("shadow", "refer", "level", None, True),
        ("ai_assistance", "refer", "level", None, True),
        ("partial_automation", "automate", "confident", 0.9, True),
        ("full_automation", "automate", "usable", 0.0, True),
    ],
)
def test_the_level_says_who_decides(
    db: None, level: str, action: str, reason: str, threshold: float | None, asked: bool
) -> None:
    told = one(ham(level), submission(reference="r", subject="s"), now=NOW)
    automated = action == "automate"
    case = Case.objects.get()
    assert (told.id, told.workflow, told.reference) == (case.pk, "ham", "r")
    assert told.automation_level == level
    assert told.status == case.status == ("decided" if automated else "referred")
    assert (told.route.action, told.route.reason, told.route.threshold) == (
        action,
        reason,
        threshold,
    )
    assert (case.action, case.reason, case.threshold, case.seq, case.subject, case.created) == (
        action,
        reason,
        threshold,
        int(automated),
        "s",
        NOW,
    )
    assert Payload.objects.get().input == {"text": "hi"}
    assert bool(runtimes.ASKED) is asked
    predictions = list(Prediction.objects.values_list("role", "arm", "value", "confidence"))
    assert predictions == ([("live", "champion", "yes", 0.95)] if asked else [])
    if automated:
        decision = Decision.objects.get()
        assert told.decision is not None
        assert told.decision.value == decision.value == "yes"
        assert (decision.n, decision.source, decision.prediction) == (
            1,
            "model",
            Prediction.objects.get(),
        )
        assert not Referral.objects.exists()
    else:
        assert told.decision is None
        referral = Referral.objects.get()
        assert (referral.kind, referral.state, referral.pool) == (
            "decide",
            "open",
            case.workflow_id,
        )
        assert (referral.needed, referral.free, referral.done) == (1, 1, 0)
        assert referral.uncertainty == pytest.approx(0.05 if asked else 1.0)
        assert referral.due == NOW + timedelta(hours=24)
        assert not Decision.objects.exists()


def test_a_client_may_ask_for_a_due_time_and_a_priority(spam: Workflow) -> None:
    due = NOW + timedelta(minutes=5)
    one(spam, submission(due_at=due, priority=7), now=NOW)
    referral = Referral.objects.get()
    assert (referral.due, referral.priority) == (due, 7)


def test_below_the_threshold_people_decide(db: None) -> None:
    told = one(ham("partial_automation", confidence=0.8999))
    assert (told.status, told.route.reason) == ("referred", "below_threshold")
    assert Referral.objects.get().uncertainty == pytest.approx(0.1001)


@pytest.mark.parametrize("level", AUTOMATING)
def test_a_stopped_workflow_is_routed_as_at_shadow(db: None, level: str) -> None:
    workflow = ham(level)
    workflows.set_stop(workflow, stopped=True, by=None, reason="test")
    told = one(workflow)
    assert (told.status, told.route.reason) == ("referred", "stopped")
    assert told.automation_level == level
    assert Case.objects.get().blind
    assert Prediction.objects.get().value == "yes"


UNUSABLE = [
    pytest.param({"fails": "no GPU"}, "no_prediction", "no GPU", id="fails"),
    pytest.param({"value": None}, "no_prediction", "The model gave no value.", id="NULL"),
    pytest.param({"value": "maybe"}, "invalid_prediction", "invalid: 'maybe'", id="no class"),
    pytest.param({"value": ["yes"]}, "invalid_prediction", "invalid: ['yes']", id="no text"),
    pytest.param({"confidence": None}, "unusable_confidence", "", id="no confidence"),
    pytest.param({"confidence": "nan"}, "unusable_confidence", "", id="NaN"),
    pytest.param({"confidence": "inf"}, "unusable_confidence", "", id="infinite"),
    pytest.param({"confidence": 1.5}, "unusable_confidence", "", id="above one"),
    pytest.param({"confidence": -0.1}, "unusable_confidence", "", id="below zero"),
]


@pytest.mark.parametrize(("script", "reason", "error"), UNUSABLE)
@pytest.mark.parametrize("level", AUTOMATING)
def test_what_the_model_cannot_say_people_decide(
    db: None, level: str, script: dict[str, Any], reason: str, error: str
) -> None:
    told = one(ham(level, **script))
    assert (told.status, told.route.reason) == ("referred", reason)
    assert Referral.objects.get().uncertainty == 1.0
    assert Prediction.objects.get().error.startswith(error)
    assert bool(Prediction.objects.get().error) is bool(error)


@pytest.mark.parametrize("script", [param.values[0] for param in UNUSABLE])
def test_an_unusable_prediction_is_stored_at_shadow_too(db: None, script: dict[str, Any]) -> None:
    assert one(ham("shadow", **script)).route.reason == "level"
    assert Prediction.objects.count() == 1


def test_a_models_message_with_a_nul_byte_is_kept_without_it(db: None) -> None:
    """PostgreSQL cannot store one, and a failing model is no error for the client."""
    assert one(ham("full_automation", fails="bad\x00byte")).route.reason == "no_prediction"
    assert Prediction.objects.get().error == "bad\N{REPLACEMENT CHARACTER}byte"


@pytest.mark.parametrize(
    ("value", "confidence", "reason"),
    [
        pytest.param(object(), 0.99, "invalid_prediction", id="an object"),
        pytest.param({"yes"}, 0.99, "invalid_prediction", id="a set"),
        pytest.param("\ud800", 0.99, "invalid_prediction", id="half a surrogate pair"),
        pytest.param(numpy.array(["yes", "no"]), 0.99, "invalid_prediction", id="an array"),
        pytest.param("yes", "sure", "unusable_confidence", id="confidence in words"),
        pytest.param("yes", [0.99], "unusable_confidence", id="confidence in a list"),
        pytest.param("yes", numpy.float32(0.99), "unusable_confidence", id="half a float64"),
    ],
)
def test_a_runtime_that_answers_nonsense_is_no_error_for_the_client(
    db: None, value: object, confidence: Any, reason: str
) -> None:
    runtimes.NONSENSE.append(Outcome(value, confidence))
    assert one(ham("full_automation")).route.reason == reason
    assert Prediction.objects.count() == 1


def test_without_a_model_people_decide(db: None) -> None:
    told = one(factories.workflow("people", level="full_automation"))
    assert told.route.reason == "no_prediction"
    assert not Prediction.objects.exists()


def test_an_audit_stands_beside_the_decision(db: None) -> None:
    due = NOW + timedelta(minutes=5)
    workflow = ham("full_automation", policy={"audit_share": 1.0})
    told = one(workflow, submission(due_at=due), now=NOW)
    assert (told.status, told.route.audit) == ("decided", True)
    referral, case = Referral.objects.get(), Case.objects.get()
    assert (referral.kind, referral.state) == ("audit", "open")
    assert referral.due == NOW + timedelta(hours=72), "the client's time is for its answer"
    assert (case.audit, case.blind, case.pi) == (True, True, 1.0)


def test_the_blind_share_is_drawn_on_referred_cases(db: None) -> None:
    one(ham("ai_assistance", policy={"blind_share": 1.0}))
    case = Case.objects.get()
    assert (case.blind, case.pi) == (True, 1.0)


def test_an_input_that_does_not_fit_is_refused_with_pointers(spam: Workflow) -> None:
    with pytest.raises(Invalid) as error:
        receive(spam, Submission({"text": 1}))
    assert [p.pointer for p in error.value.problems] == ["/input/text"]
    assert not Case.objects.exists()
    assert not runtimes.ASKED, "a model is only asked about what fits"


def test_an_entry_that_could_not_be_read_is_refused_alone(spam: Workflow) -> None:
    with pytest.raises(Invalid, match="unreadable"):
        receive(spam, Invalid("unreadable"))


# A client that brings its own predictions


@pytest.fixture
def own(db: None) -> Workflow:
    factories.version("own", runtime="client")
    dials = {"audit_share": 0.0}
    return factories.workflow("own", model="own", level="partial_automation", policy=dials)


def test_a_clients_own_prediction_is_routed_like_any_other(own: Workflow) -> None:
    assert one(own, submission(prediction=Brought("no", 0.99))).status == "decided"
    assert one(own, submission(prediction=Brought("no", 0.5))).route.reason == "below_threshold"
    assert set(Prediction.objects.values_list("value", "confidence")) == {
        ("no", 0.99),
        ("no", 0.5),
    }


@pytest.mark.parametrize(
    ("brought", "reason"),
    [
        pytest.param(None, "no_prediction", id="nothing"),
        pytest.param(Brought(None, 0.99), "no_prediction", id="NULL"),
        pytest.param(Brought("maybe", 0.99), "invalid_prediction", id="no class"),
        pytest.param(Brought({"a": [1]}, 0.99), "invalid_prediction", id="no text"),
        pytest.param(Brought("yes"), "unusable_confidence", id="no confidence"),
        pytest.param(Brought("yes", 7.0), "unusable_confidence", id="above one"),
    ],
)
def test_what_the_clients_model_cannot_say_people_decide(
    own: Workflow, brought: Brought | None, reason: str
) -> None:
    assert one(own, submission(prediction=brought)).route.reason == reason


@pytest.mark.parametrize("level", LEVELS[1:])
def test_a_prediction_is_refused_where_the_service_has_the_model(db: None, level: str) -> None:
    with pytest.raises(Invalid) as error:
        receive(ham(level), submission(prediction=Brought("yes", 1.0)))
    assert error.value.problems[0].pointer == "/prediction"


def test_a_prediction_is_refused_where_there_is_no_model(db: None) -> None:
    with pytest.raises(Invalid):
        receive(factories.workflow("none", level="shadow"), submission(prediction=Brought("yes")))


@pytest.mark.parametrize("model", ["own", "spam-model", ""])
def test_at_human_only_a_prediction_is_ignored_and_the_answer_says_so(
    spam: Workflow, model: str
) -> None:
    factories.version("own", runtime="client")
    if model == "spam-model":
        workflows.set_level(spam, "human_only", by=None, reason="test")
        workflow = spam
    else:
        workflow = factories.workflow("people", model=model, level="human_only")
    told = one(workflow, submission(prediction=Brought("yes", 0.99)))
    assert (told.notices, told.route.reason) == ([IGNORED], "level")
    assert not Prediction.objects.exists()
    assert one(workflow).notices == []


# The revision moves on while the model thinks


def test_a_case_is_routed_again_if_the_revision_moved_on_meanwhile(db: None) -> None:
    workflow = ham("full_automation")
    before = head(workflow)
    runtimes.MEANWHILE.append(
        lambda: workflows.set_stop(workflow, stopped=True, by=None, reason="stop!")
    )
    told = one(workflow, head=before)
    assert (told.status, told.route.reason) == ("referred", "stopped")
    case = Case.objects.get()
    assert (case.revision_no, case.reason) == (2, "stopped")
    assert runtimes.ASKED == [1], "the prediction is still the prediction"
    assert Prediction.objects.count() == Payload.objects.count() == Referral.objects.count() == 1
    assert not Decision.objects.exists()


def test_a_new_model_is_asked_again(db: None) -> None:
    workflow = ham("full_automation", value="no")
    before = head(workflow)
    newer = factories.version("newer", value="yes")
    runtimes.MEANWHILE.append(
        lambda: workflows.change(workflow, by=None, reason="new", model="newer")
    )
    told = one(workflow, head=before)
    assert told.decision is not None
    assert told.decision.value == "yes"
    assert Prediction.objects.get().version == newer
    assert runtimes.ASKED == [1, 1]


def test_an_input_is_held_against_the_schema_that_is_in_force_in_the_end(db: None) -> None:
    workflow = ham("shadow")
    before = head(workflow)
    narrow = {**factories.SCHEMA, "required": ["text", "more"]}
    runtimes.MEANWHILE.append(
        lambda: workflows.change(workflow, by=None, reason="narrow", schema=narrow)
    )
    with pytest.raises(Invalid):
        receive(workflow, head=before)
    assert not Case.objects.exists()


def test_a_whole_array_is_routed_again(db: None) -> None:
    workflow = ham("full_automation")
    before = head(workflow)
    runtimes.MEANWHILE.append(
        lambda: workflows.set_stop(workflow, stopped=True, by=None, reason="stop!")
    )
    many = [submission(str(i)) for i in range(together_models.FEW)]
    told = receive(workflow, *many, head=before, batch=new_id())
    assert len(told) == len(many)
    assert set(Case.objects.values_list("reason", flat=True)) == {"stopped"}


def test_a_revision_that_never_stands_still_is_a_fault_to_try_again(db: None) -> None:
    workflow = ham("full_automation")
    before = head(workflow)

    def turn(no: int = 0) -> None:
        factories.version(f"m{no}")
        workflows.change(workflow, by=None, reason="again", model=f"m{no}")
        runtimes.MEANWHILE.append(lambda: turn(no + 1))

    runtimes.MEANWHILE.append(turn)
    with pytest.raises(Busy):
        receive(workflow, head=before)
    assert runtimes.ASKED == [1] * receiving.TRIES
    assert not Case.objects.exists()


# Arrays


@pytest.mark.parametrize("size", [2, 40])
def test_an_array_is_one_call_of_the_model_and_the_good_ones_go_on(db: None, size: int) -> None:
    workflow = ham("full_automation")
    batch = new_id()
    many: list[Submission | Invalid] = [submission(str(i), reference=str(i)) for i in range(size)]
    many[0] = Invalid("unreadable")
    many.append(Submission({"txt": 1}))
    told = receive(workflow, *many, batch=batch)
    assert [isinstance(answer, CaseOut) for answer in told] == (
        [False] + [True] * (size - 1) + [False]
    )
    references = [answer.reference for answer in told if isinstance(answer, CaseOut)]
    assert references == [str(i) for i in range(1, size)]
    assert [size - 1] == runtimes.ASKED
    assert set(Case.objects.values_list("batch", flat=True)) == {batch}
    good = size - 1
    for table in (Case, Payload, Prediction, Decision):
        assert table.objects.count() == good


def test_an_array_of_which_nothing_is_good_writes_nothing(spam: Workflow) -> None:
    told = receive(spam, Submission(1), Submission(2), batch=new_id())
    assert all(isinstance(answer, Invalid) for answer in told)
    assert not Case.objects.exists()
    assert not runtimes.ASKED


def test_ids_are_in_the_order_of_the_array(spam: Workflow) -> None:
    told = receive(spam, *(submission(str(i)) for i in range(30)), batch=new_id())
    ids = [answer.id for answer in told if isinstance(answer, CaseOut)]
    assert ids == sorted(ids)
    texts = Payload.objects.order_by("pk").values_list("input", flat=True)
    assert [one["text"] for one in texts] == [str(i) for i in range(30)]


# Pools, deadlines, listeners

GERMAN = {"name": "german", "skills": ["german"], "after_minutes": 30}


def test_a_case_waits_in_the_pool_it_names(spam: Workflow) -> None:
    workflows.change(spam, by=None, reason="test", policy={"pools": [GERMAN, {"name": "law"}]})
    one(spam, submission(pool="german"), now=NOW)
    referral = Referral.objects.get()
    assert referral.pool == pool_id(spam.pk, "german")
    assert referral.acts_at == NOW + timedelta(minutes=30)


def test_an_audit_waits_in_the_pool_its_case_names(db: None) -> None:
    workflow = ham("full_automation", policy={"audit_share": 1.0, "pools": [GERMAN]})
    one(workflow, submission(pool="german"), now=NOW)
    referral = Referral.objects.get()
    assert (referral.kind, referral.pool) == ("audit", pool_id(workflow.pk, "german"))
    assert referral.acts_at == NOW + timedelta(minutes=30)


@pytest.mark.parametrize("pool", ["law", "*gold", " "])
@pytest.mark.parametrize("pools", [[], [GERMAN]])
def test_a_pool_that_is_not_there_is_refused_with_those_that_are(
    spam: Workflow, pools: list[Any], pool: str
) -> None:
    workflows.change(spam, by=None, reason="test", policy={"pools": pools})
    with pytest.raises(Invalid, match="valid: german" if pools else "valid: none") as error:
        receive(spam, submission(pool=pool))
    assert [problem.pointer for problem in error.value.problems] == ["/pool"]
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("on_lapse", "acts"), [("leave", False), ("raise", True), ("default", True)]
)
def test_a_case_that_may_lapse_is_looked_at_when_it_is_due(
    spam: Workflow, on_lapse: str, acts: bool
) -> None:
    dials = {"on_lapse": on_lapse, "safe_default": "no"}
    workflows.change(spam, by=None, reason="test", policy=dials)
    one(spam, submission(due_at=NOW + timedelta(hours=2)), now=NOW)
    assert Referral.objects.get().acts_at == (NOW + timedelta(hours=2) if acts else None)


def test_an_audit_does_not_lapse(db: None) -> None:
    one(ham("full_automation", policy={"audit_share": 1.0, "on_lapse": "raise"}))
    assert Referral.objects.get().acts_at is None


def test_complaint_6_as_many_people_are_asked_as_the_policy_says(spam: Workflow) -> None:
    workflows.change(spam, by=None, reason="test", policy={"reviews_required": 3})
    one(spam)
    referral = Referral.objects.get()
    assert (referral.needed, referral.free, referral.done) == (3, 3, 0)


def listening(workflow: Workflow, *types: str) -> tuple[Endpoint, Head]:
    client = factories.key(workflow)[0].client
    assert client is not None
    made = Endpoint.objects.create(client=client, url="https://x.example/", types=",".join(types))
    return made, head(workflow)._replace(listeners=(Listener(made.pk, frozenset(types)),))


def test_complaint_25_what_is_owed_is_written_with_the_decision(db: None) -> None:
    workflow = ham("full_automation")
    endpoint, target = listening(workflow, "case.decided")
    told = one(workflow, head=target, now=NOW)
    owed = Delivery.objects.get()
    assert (owed.endpoint, owed.case_id, owed.n) == (endpoint, told.id, 1)
    assert (owed.type, owed.state, owed.at, owed.next_at) == ("case.decided", "pending", NOW, NOW)


def test_an_array_owes_one_delivery_per_case(db: None) -> None:
    workflow = ham("full_automation")
    _, target = listening(workflow, "case.decided")
    many = [submission(str(i)) for i in range(together_models.FEW)]
    receive(workflow, *many, head=target, batch=new_id())
    assert Delivery.objects.values("case").distinct().count() == len(many)


def test_nothing_is_owed_about_what_was_not_decided(spam: Workflow) -> None:
    _, target = listening(spam, "case.decided")
    one(spam, head=target)
    assert not Delivery.objects.exists()


def test_nothing_is_owed_to_who_asked_for_something_else(db: None) -> None:
    workflow = ham("full_automation")
    _, target = listening(workflow, "case.superseded")
    one(workflow, head=target)
    assert not Delivery.objects.exists()
