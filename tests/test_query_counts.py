"""How many statements each door sends to the database, held against a checked-in baseline.

Statements of transactions themselves (BEGIN, SAVEPOINT, ...) are not counted; every door is asked
once before it is counted, so that what a process keeps (revisions, models) is there."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hitl.models import Workflow
from hitl.services import monitoring, workflows
from tests.conftest import Api, token

BASELINE = Path(__file__).parent / "query_counts.json"
WRITE = "HITL_WRITE_QUERY_COUNTS"
REGENERATE = (
    f"If the change is meant, write it down, once for each database: {WRITE}=1 .venv/bin/python "
    f"-m pytest tests/test_query_counts.py, and the same with HITL_TEST_DATABASE=postgres"
)
CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
CASE: dict[str, Any] = {"input": {"text": "hi"}}
CASES = "workflows/spam/cases"
Act = Callable[[], Any]


class Doors:
    """One method per door: prepares, and gives what is counted."""

    def __init__(self, spam: Workflow, shop: Api, alice: User, bob: User) -> None:
        self.spam, self.shop = spam, shop
        self.op, self.reviewer = token(alice), token(bob)
        self.keys = 0

    def _level(self, level: str) -> None:
        workflows.set_level(self.spam, level, by=None, reason="test")

    def _sent(self) -> str:
        return str(self.shop.send("POST", CASES, CASE).json()["id"])

    def _claimed(self) -> dict[str, Any]:
        self._sent()
        told: dict[str, Any] = self.reviewer.send("POST", "referrals/claim", {}).json()
        return told

    def _answer(self, name: str, **more: Any) -> Act:
        case = self._claimed()
        body = {"token": case["token"], **more}
        return lambda: self.reviewer.send("POST", f"referrals/{case['id']}/{name}", body)

    def send_at_shadow(self) -> Act:
        return lambda: self.shop.send("POST", CASES, CASE)

    def send_at_human_only(self) -> Act:
        self._level("human_only")
        return lambda: self.shop.send("POST", CASES, CASE)

    def send_at_full_automation(self) -> Act:
        self._level("full_automation")
        return lambda: self.shop.send("POST", CASES, CASE)

    def send_with_a_new_key(self) -> Act:
        self.keys += 1
        key = f"key-{self.keys}"
        return lambda: self.shop.send("POST", CASES, CASE, **{"Idempotency-Key": key})

    def send_with_a_known_key(self) -> Act:
        return lambda: self.shop.send("POST", CASES, CASE, **{"Idempotency-Key": "known"})

    def send_an_array_of_10(self) -> Act:
        return lambda: self.shop.send("POST", CASES, [CASE] * 10)

    def send_an_array_of_1000(self) -> Act:
        return lambda: self.shop.send("POST", CASES, [CASE] * 1000)

    def read_a_case(self) -> Act:
        case = self._sent()
        return lambda: self.shop.send("GET", f"cases/{case}")

    def list_cases(self) -> Act:
        for _ in range(5):
            self._sent()
        return lambda: self.shop.send("GET", "cases?limit=4")

    def give_feedback(self) -> Act:
        case = self._sent()
        return lambda: self.shop.send(
            "POST", f"cases/{case}/feedback", {"kind": "outcome", "value": "no"}
        )

    def claim(self) -> Act:
        self._sent()
        return lambda: self.reviewer.send("POST", "referrals/claim", {})

    def claim_of_nothing(self) -> Act:
        return lambda: self.reviewer.send("POST", "referrals/claim", {})

    def review(self) -> Act:
        workflows.change(self.spam, by=None, reason="test", policy={"undo_seconds": 10})
        return self._answer("review", value="no")

    def review_that_decides(self) -> Act:
        return self._answer("review", value="no")

    def review_an_audit(self) -> Act:
        workflows.change(self.spam, by=None, reason="test", policy={"audit_share": 1})
        self._level("full_automation")
        return self._answer("review", value="no")

    def skip(self) -> Act:
        return self._answer("skip", kind="not_for_me", reason="r")

    def release(self) -> Act:
        return self._answer("release")

    def list_workflows(self) -> Act:
        return lambda: self.op.send("GET", "workflows")

    def read_a_workflow(self) -> Act:
        return lambda: self.op.send("GET", "workflows/spam")

    def change_the_level(self) -> Act:
        level = "shadow" if workflows.in_force(self.spam).level != "shadow" else "human_only"
        body = {"level": level, "reason": "test"}
        return lambda: self.op.send("PUT", "workflows/spam/level", body)

    def list_revisions(self) -> Act:
        return lambda: self.op.send("GET", "workflows/spam/revisions")

    def read_the_schema(self) -> Act:
        return lambda: self.shop.send("GET", "workflows/spam/schema")

    def read_a_metric(self) -> Act:
        self._sent()
        monitoring.measure()
        return lambda: self.op.send("GET", "workflows/spam/metrics?metric=volume&window=minute")


NAMES = [name for name in vars(Doors) if not name.startswith("_")]
MOST = {  # what the product promises on PostgreSQL
    **{name: 4 for name in NAMES if name.startswith(("send_at", "send_with"))},
    "claim": 4,
    "review": 8,
    "skip": 8,
    "release": 8,
}


def counted(act: Act) -> tuple[int, str]:
    with CaptureQueriesContext(connection) as captured:
        answer = act()
    assert answer.status_code < 300, answer.content
    statements = [
        query["sql"]
        for query in captured.captured_queries
        if not query["sql"].lstrip().upper().startswith(CONTROL)
    ]
    return len(statements), "\n".join(statement[:200] for statement in statements)


@pytest.mark.parametrize("name", NAMES)
def test_a_door_sends_as_many_statements_as_before(
    spam: Workflow, shop: Api, alice: User, bob: User, name: str
) -> None:
    doors = Doors(spam, shop, alice, bob)
    getattr(doors, name)()()
    count, statements = counted(getattr(doors, name)())
    baseline = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    known = baseline.setdefault(connection.vendor, {})
    if os.environ.get(WRITE):
        known[name] = count
        kept = {vendor: {n: of[n] for n in NAMES if n in of} for vendor, of in baseline.items()}
        BASELINE.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n")
    assert known.get(name) == count, f"{statements}\n{REGENERATE}"
    if connection.vendor == "postgresql":
        assert count <= MOST.get(name, count), statements
