"""route: single POSTs by 4 clients against a bare DRF view, and what a web process weighs."""

import inspect
import statistics
from typing import Any

import msgspec
import psutil

from benchmarks import ground

REQUESTS, CLIENTS = 1200, 4


def run() -> None:
    from benchmarks.baseline import views
    from hitl.management.world import build
    from hitl.models import Workflow
    from hitl.services import workflows
    from models_registry.runtimes import digits

    print("The baseline:\n" + inspect.getsource(views))
    world = build({"digits": digits.train()})
    unseen = digits.Unseen()
    cases = [msgspec.json.encode({"input": unseen.sample(i)[0]}) for i in range(REQUESTS)]
    notes = [
        msgspec.json.encode({"title": f"note {i}", "body": "x" * 300}) for i in range(REQUESTS)
    ]
    key = {"Authorization": f"Bearer {world.api_key}"}
    path = f"/api/v1/workflows/{world.workflows[0]}/cases"
    workflow = Workflow.objects.get(slug=world.workflows[0])
    lines = []
    with ground.served() as stack:
        for body, headers, where in ((cases, key, path), (notes, {}, "/baseline")):
            ground.ask(stack.port, where, headers, body[:200], CLIENTS)  # warm
        for level in ("shadow", "full_automation"):
            workflows.set_level(workflow, level, by=None, reason="benchmark")
            loads: list[ground.Load] = []

            def ours() -> float:
                loads.append(ground.ask(stack.port, path, key, cases, CLIENTS))  # noqa: B023
                return loads[-1].rate  # noqa: B023

            def baseline() -> float:
                return ground.ask(stack.port, "/baseline", {}, notes, CLIENTS).rate

            ratios, line = ground.paired(ours, baseline)
            rate = statistics.median(load.rate for load in loads)
            p50 = statistics.median(load.percentile(0.5) for load in loads)
            p99 = statistics.median(load.percentile(0.99) for load in loads)
            print(f"{level}: {rate:.0f} cases/s, p50 {p50:.1f} ms, p99 {p99:.1f} ms, {line}")
            lines.append(
                ground.verdict(f"ratio at {level}", statistics.median(ratios), 0.4, least=True)
            )
        weight = max(_megabytes(stack))
    statements = max(_statements(workflow, world.api_key, cases[0]).values())
    print("\n".join(lines))
    print(ground.verdict("SQL statements per POST", statements, 4, least=False))
    print(ground.verdict("MB of a web process", weight, 260, least=False))


def _megabytes(stack: Any) -> list[float]:
    """Resident memory of each web worker."""
    web = psutil.Process(stack.children[0].process.pid)
    return [child.memory_info().rss / 1e6 for child in web.children(recursive=True)]


def _statements(workflow: Any, key: str, body: bytes) -> dict[str, int]:
    """SQL statements of one POST per level, with and without an idempotency key."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from hitl.services import workflows

    client = Client(SERVER_NAME="127.0.0.1", headers={"Authorization": f"Bearer {key}"})
    found = {}
    for level in ("shadow", "full_automation"):
        workflows.set_level(workflow, level, by=None, reason="benchmark")
        for name in ("first", "plain", "with idempotency key"):
            extra = {"Idempotency-Key": f"{level}-once"} if "key" in name else {}
            with CaptureQueriesContext(
                connection,
            ) as captured:
                answer = client.post(
                    f"/api/v1/workflows/{workflow.slug}/cases",
                    body,
                    "application/json",
                    headers=extra,
                )
            assert answer.status_code == 201, answer.content
            if name != "first":  # a process's first case loads model and revision
                found[f"{level}, {name}"] = len(captured)
    print("SQL statements:", found)
    return found
