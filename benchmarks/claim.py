"""claim: claiming and submitting with few and with many open referrals, spread over due times,
priorities and pools; and by somebody who has judged all that stands at the front."""

import http.client
import multiprocessing
import statistics
import time
from typing import Any
from uuid import UUID

import msgspec

from benchmarks import ground

SIZES = (1_000, 100_000, 1_000_000)
MET = 20_000  # half-finished referrals at the front that one reviewer has judged already
CYCLES, REVIEWERS = 60, 4
POOLS = ({"name": "left", "skills": ["left"]}, {"name": "right", "skills": ["right"]})
Figures = tuple[float, float]  # cycles a second; median of claim + submit in ms


def run() -> None:
    from hitl.management.world import build
    from models_registry.runtimes import digits

    world = build({"digits": digits.train()})
    _prepare(world.workflows[0], POOLS)
    tokens = _tokens([*world.reviewers, "autopilot-1"])
    figures: dict[int, Figures] = {}
    buffers: dict[int, float] = {}
    with ground.served() as stack:
        for size in SIZES:
            figures[size] = _measure(stack.port, tokens, world.workflows[0], size)
            buffers[size] = _buffers("reviewer-1")
            print(
                f"{size:>9,} open: {figures[size][0]:.0f} cycles/s with {REVIEWERS} reviewers, "
                f"claim + submit p50 {figures[size][1]:.1f} ms, claim touches "
                f"{buffers[size]:.0f} buffers"
            )
        one, met = _alone(stack.port, tokens[0], world.workflows[0])
    statements = _statements(tokens[0])
    print(f"one reviewer alone: p50 {one:.1f} ms; behind {MET:,} met by them: {met:.1f} ms")
    print("SQL statements:", statements)
    few = SIZES[0]
    for size in SIZES[1:]:
        ratio = figures[size][1] / figures[few][1]
        print(ground.verdict(f"p50, {size:,} to {few:,}", ratio, 1.3, least=False))
        ratio = buffers[size] / buffers[few]
        print(ground.verdict(f"buffers, {size:,} to {few:,}", ratio, 1.3, least=False))
    print(ground.verdict(f"p50 behind {MET:,} met, to none", met / one, 3, least=False))
    print(ground.verdict("cycles a second", min(f[0] for f in figures.values()), 100, least=True))
    print(ground.verdict("statements per claim", statements["claim"], 4, least=False))
    print(ground.verdict("statements per submit", statements["submit"], 8, least=False))


def _prepare(slug: str, pools: tuple[dict[str, Any], ...]) -> None:
    """The workflow with pools, each reviewer with the skills of one of them."""
    from hitl.models import Membership, Workflow
    from hitl.services import workflows

    workflow = Workflow.objects.get(slug=slug)
    workflows.change(workflow, by=None, reason="benchmark", policy={"pools": pools})
    skills = [pool["skills"] for pool in pools]
    for i, member in enumerate(Membership.objects.filter(role="reviewer").order_by("pk")):
        Membership.objects.filter(pk=member.pk).update(skills=skills[i % len(skills)])


def _tokens(names: list[str]) -> list[str]:
    from django.contrib.auth.models import User

    from hitl.services import clients

    people = [User.objects.get(username=name) for name in names]
    return [clients.issue_key(name="benchmark", user=user)[1] for user in people]


def _measure(port: int, tokens: list[str], slug: str, size: int) -> Figures:
    _fill(slug, size)
    _cycles(port, tokens, 20)  # warm
    runs = []
    for _ in range(ground.PAIRS):
        _fill(slug, size)
        runs.append(_cycles(port, tokens, CYCLES))
    rate = statistics.median(rate for rate, _ in runs)
    return rate, statistics.median(p50 for _, p50 in runs)


def _alone(port: int, token: str, slug: str) -> tuple[float, float]:
    """Median cycle of one reviewer in ms where three judge each case: with nothing met before, and
    with MET cases at the front that they have judged and two others have not."""
    from hitl.models import Workflow
    from hitl.services import workflows

    workflow = Workflow.objects.get(slug=slug)
    workflows.change(workflow, by=None, reason="three", policy={"reviews_required": 3})
    plain = [_cycles(port, [token], CYCLES)[1] for _ in range(ground.PAIRS)]
    _meet(slug, "reviewer-1", MET)
    behind = [_cycles(port, [token], CYCLES)[1] for _ in range(ground.PAIRS)]
    return statistics.median(plain), statistics.median(behind)


_CASES = """
INSERT INTO hitl_case (id, workflow_id, revision_no, client_id, reference, subject, input_hash,
  action, reason, blind, audit, pi, status, seq, created)
SELECT uuidv7(), workflow_id, revision_no, client_id, '', '', input_hash, action, reason, blind,
  audit, pi, 'referred', 0, now()
FROM hitl_case, generate_series(1, %s::int) WHERE hitl_case.id = %s RETURNING id
"""
_ROWS = """
WITH made AS ({cases}),
paid AS (INSERT INTO hitl_payload (case_id, input)
  SELECT made.id, p.input FROM made, hitl_payload p WHERE p.case_id = %s)
INSERT INTO hitl_referral (id, case_id, kind, pool, due, priority, uncertainty, needed, free, done,
  state, contested, unusable, opened)
SELECT gen_random_uuid(), id, 'decide',
  (%s::uuid[])[1 + floor(random() * cardinality(%s::uuid[]))::int],
  now() + {due}, floor(random() * 7)::int, random(), {needed}, {free}, {needed} - {free},
  'open', false, false, now() FROM made RETURNING id, case_id
"""


def _copies(
    slug: str, count: int, pools: list[UUID], *, due: str, needed: int, free: int
) -> tuple[str, list[Any]]:
    """SQL that makes `count` more cases like the first, spread over pools, due times, priorities.
    Sent one by one over the API a million would take hours; their rows are the same."""
    from hitl.models import Case

    model = Case.objects.filter(workflow__slug=slug).order_by("pk")[0].pk
    rows = _ROWS.format(cases=_CASES, due=due, needed=needed, free=free)
    return rows, [count, model, model, pools, pools]


def _fill(slug: str, size: int) -> None:
    """Referrals up to `size`, then the statistics that a running database has."""
    from django.db import connection

    from hitl.models import Referral, Workflow
    from hitl.services.monitoring import all_pools

    _first(slug)
    pools = all_pools(Workflow.objects.get(slug=slug))
    missing = size - Referral.objects.filter(state="open").count()
    if missing > 0:
        spread = "random() * interval '7 days'"
        rows, given = _copies(slug, missing, pools, due=spread, needed=1, free=1)
        with connection.cursor() as cursor:
            cursor.execute(rows, given)
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _first(slug: str) -> None:
    """One case through the front door, for the others to be like."""
    from hitl.models import Case, Client, Workflow
    from hitl.services.arriving import Submission
    from hitl.services.receiving import receive
    from hitl.services.revisions import Head
    from models_registry.runtimes import digits

    workflow = Workflow.objects.get(slug=slug)
    if not Case.objects.filter(workflow=workflow).exists():
        head = Head(workflow.pk, workflow.slug, workflow.revision_no)
        one = Submission(digits.Unseen().sample(0)[0])
        receive([one], head=head, client_id=Client.objects.get().pk)


def _meet(slug: str, reviewer: str, count: int) -> None:
    """Half-finished referrals before all others, each judged once, by this reviewer."""
    from django.contrib.auth.models import User
    from django.db import connection

    from reviews.services.desk import seats_of

    person = User.objects.get(username=reviewer)
    pools = [pool for seat in seats_of(person) for pool in seat.pools]
    early = "interval '-30 days' + random() * interval '7 days'"
    rows, given = _copies(slug, count, pools, due=early, needed=3, free=2)
    with connection.cursor() as cursor:
        cursor.execute(rows, given)
        made = cursor.fetchall()
        cursor.execute(
            "INSERT INTO reviews_claim (id, referral_id, case_id, reviewer_id, token, state,"
            " expires, shown_at, skip_reason)"
            " SELECT uuidv7(), r, c, %s, 1, 'done', now(), now(), ''"
            " FROM unnest(%s::uuid[], %s::uuid[]) AS met(r, c)",
            [person.pk, *map(list, zip(*made, strict=True))],
        )
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _cycles(port: int, tokens: list[str], each: int) -> Figures:
    """Cycles a second and their median in ms, by reviewers as processes."""
    with multiprocessing.get_context("spawn").Pool(len(tokens)) as pool:
        pool.map(ground._nothing, range(len(tokens)))
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


def _buffers(reviewer: str) -> float:
    """Buffers the claim statement touches: EXPLAIN (ANALYZE, BUFFERS), rolled back, 5 times."""
    from django.contrib.auth.models import User
    from django.db import connection, transaction

    from reviews.models import claiming
    from reviews.models.claiming import Pool
    from reviews.services.desk import seats_of

    user = User.objects.get(username=reviewer)
    pools = [Pool(pool, seat.lease) for seat in seats_of(user) for pool in seat.pools]
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
