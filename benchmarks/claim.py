"""claim: claiming and submitting at 1,000 and at 200,000 open referrals."""

import http.client
import multiprocessing
import statistics
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from benchmarks import ground

FEW, MANY = 1_000, 200_000
CYCLES, REVIEWERS = 60, 4


def run() -> None:
    from django.contrib.auth.models import User

    from hitl.management.world import build
    from hitl.services import clients
    from models_registry.runtimes import digits

    world = build(digits.train())
    tokens = [
        clients.issue_key(name="benchmark", user=User.objects.get(username=name))[1]
        for name in (*world.reviewers, "autopilot-1")
    ]
    figures: dict[int, tuple[float, float, float]] = {}
    with ground.served() as stack:
        for size in (FEW, MANY):
            _fill(world.workflow, size)
            _cycles(stack.port, tokens, 20)  # warm
            runs = []
            for _ in range(ground.PAIRS):
                _fill(world.workflow, size)
                runs.append(_cycles(stack.port, tokens, CYCLES))
            rate = statistics.median(rate for rate, _ in runs)
            p50 = statistics.median(p50 for _, p50 in runs)
            figures[size] = rate, p50, _buffers(tokens[0])
            print(
                f"{size:>7,} open: {rate:.0f} cycles/s with {REVIEWERS} reviewers, claim + submit "
                f"p50 {p50:.1f} ms, claim touches {figures[size][2]:.0f} buffers"
            )
    statements = _statements(tokens[0])
    print("SQL statements:", statements)
    rate, p50, buffers = (figures[MANY][i] / figures[FEW][i] for i in range(3))
    print(ground.verdict("p50, many to few", p50, 1.3, least=False))
    print(ground.verdict("buffers, many to few", buffers, 1.3, least=False))
    print(ground.verdict("cycles a second", min(f[0] for f in figures.values()), 100, least=True))
    print(ground.verdict("statements per claim", statements["claim"], 4, least=False))
    print(ground.verdict("statements per submit", statements["submit"], 8, least=False))


def _fill(slug: str, size: int) -> None:
    """Referrals up to `size`, through the same write as an array's, with spread due times and
    priorities; then the statistics a running database has."""
    from django.db import connection

    from hitl.models import Client, Referral, Workflow
    from hitl.services.receiving import Submission, receive
    from hitl.services.revisions import Head
    from models_registry.models import new_id
    from models_registry.runtimes import digits

    workflow = Workflow.objects.get(slug=slug)
    head = Head(workflow.pk, workflow.slug, workflow.revision_no)
    client = Client.objects.get()
    unseen = digits.Unseen()
    inputs = [unseen.sample(i)[0] for i in range(1000)]
    now = datetime.now(UTC)
    while (missing := size - Referral.objects.filter(state="open").count()) > 0:
        some = [
            Submission(one, priority=i % 7, due_at=now + timedelta(minutes=(i * 37) % 10_000))
            for i, one in enumerate(inputs[: min(1000, missing)])
        ]
        receive(some, head=head, client_id=client.pk, batch=new_id())
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _cycles(port: int, tokens: list[str], each: int) -> tuple[float, float]:
    """Cycles a second and their median in ms, by reviewers as processes."""
    with multiprocessing.get_context("spawn").Pool(REVIEWERS) as pool:
        pool.map(ground._nothing, range(REVIEWERS))
        began = time.perf_counter()
        found = pool.starmap(_review, [(port, token, each) for token in tokens], chunksize=1)
        wall = time.perf_counter() - began
    seconds = [s for some in found for s in some]
    return len(seconds) / wall, 1000 * statistics.median(seconds)


def _review(port: int, token: str, cycles: int) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def post(path: str, body: Any, status: int) -> Any:
        connection.request("POST", f"/api/v1/referrals/{path}", msgspec.json.encode(body), headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != status:
            raise RuntimeError(f"{answer.status}: {content[:500]!r}")
        return msgspec.json.decode(content)

    seconds = []
    for _ in range(cycles):
        began = time.perf_counter()
        case = post("claim", {"workflow": "digits"}, 200)
        post(f"{case['id']}/review", {"token": case["token"], "value": "7"}, 201)
        seconds.append(time.perf_counter() - began)
    return seconds


def _buffers(token: str) -> float:
    """Buffers the claim statement touches: EXPLAIN (ANALYZE, BUFFERS), rolled back, 5 times."""
    from django.contrib.auth.models import User
    from django.db import connection, transaction

    from hitl.services.clients import recognise
    from reviews.models import claiming
    from reviews.services.claims import pools_of

    caller = recognise(token, None)
    assert caller is not None
    assert caller.user_id is not None
    user = User.objects.get(pk=caller.user_id)
    pools = pools_of(user)
    found = []
    for _ in range(5):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {claiming.POSTGRES}",
                claiming.parameters(user.pk, pools),
            )
            plan = cursor.fetchone()[0]
            top = (msgspec.json.decode(plan) if isinstance(plan, str) else plan)[0]["Plan"]
            found.append(int(top["Shared Hit Blocks"] + top["Shared Read Blocks"]))
            transaction.set_rollback(True)
    return statistics.median(found)


def _count(captured: Any) -> int:
    """Statements; BEGIN and COMMIT, which carry nothing, aside."""
    return sum(q["sql"] not in {"BEGIN", "COMMIT"} for q in captured.captured_queries)


def _statements(token: str) -> dict[str, int]:
    """SQL statements of one claim and one submit over HTTP, authentication included."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(SERVER_NAME="127.0.0.1", headers={"Authorization": f"Bearer {token}"})
    found = {}
    for _ in range(2):  # the first one loads what is then cached
        with CaptureQueriesContext(connection) as captured:
            answer = client.post(
                "/api/v1/referrals/claim", b'{"workflow": "digits"}', "application/json"
            )
        found["claim"] = _count(captured)
        case = answer.json()
        body = msgspec.json.encode({"token": case["token"], "value": "7"})
        with CaptureQueriesContext(connection) as captured:
            answer = client.post(f"/api/v1/referrals/{case['id']}/review", body, "application/json")
        assert answer.status_code == 201, answer.content
        found["submit"] = _count(captured)
    return found
