"""POST /workflows/{slug}/cases."""

from hitl.models import Case, Decision, Payload, Prediction, Referral, Workflow
from hitl.services import workflows
from tests.conftest import Api


def test_a_case_at_shadow_waits_for_people(shop: Api, spam: Workflow) -> None:
    answer = shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}, "reference": "r1"})
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert told["status"] == "referred"
    assert told["decision"] is None
    assert told["route"] == {
        "action": "refer",
        "reason": "level",
        "threshold": None,
        "audit": False,
    }
    assert Case.objects.get().pk.hex == told["id"].replace("-", "")
    assert Payload.objects.get().input == {"text": "hi"}
    assert Prediction.objects.get().value == "yes"
    assert Referral.objects.get().state == "open"


def test_a_confident_case_is_decided_at_partial_automation(shop: Api, spam: Workflow) -> None:
    workflows.set_level(spam, "partial_automation", by=None, reason="test")
    told = shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}}).json()
    assert told["status"] == "decided"
    assert told["decision"]["value"] == "yes"
    assert Decision.objects.get().source == "model"


def test_an_array_goes_in_at_once_and_bad_items_are_refused_alone(
    shop: Api, spam: Workflow
) -> None:
    items = [{"input": {"text": str(i)}} for i in range(20)]
    items[7] = {"input": {"txt": 1}}
    items[9] = {"nonsense": True}
    answer = shop.send("POST", "workflows/spam/cases", items)
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert [i for i, one in enumerate(told) if one["status"] == "refused"] == [7, 9]
    assert told[7]["errors"][0]["pointer"] == "/input"
    assert Case.objects.count() == Referral.objects.count() == 18
