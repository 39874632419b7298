"""The worker's run: send what was taken, side by side, and record what came of it.

Sending happens outside any transaction, in threads that touch no database.
"""

import logging
import random
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from redis.exceptions import RedisError
from standardwebhooks import Webhook

from hitl.domain.deliveries import DeliveryState, Verdict, is_success, judge, retry_after
from hitl.models import Attempt, Delivery, Endpoint
from hitl.services.deliveries.endpoints import stop
from hitl.services.deliveries.taking import Taken, take
from models_registry import outgoing

log = logging.getLogger(__name__)
THREADS = 64  # attempts of one run at the same time; they mostly wait
RUN_SECONDS = 10.0  # a run takes work no longer than this, so that workers can be stopped
TURN_SECONDS = 5  # the turn of a killed worker is over after this
SHOWN = 1000  # characters of an answer that are kept


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of an attempt; `status` is None where no answer came, then `error` says why."""

    at: datetime
    seconds: float
    status: int | None = None
    error: str = ""
    answer: str = ""
    wait: timedelta | None = None


Running = dict["Future[Sent | None]", Taken]


def deliver(now: datetime | None = None) -> int:
    """Sends what is due until nothing is, and records the results; the number of attempts.

    Of HITL_DELIVERY_RUNS runs at the same time each has a place of its own: a slow receiver must
    not take one worker after the other. The places only save workers; what keeps two runs from
    sending the same are the leases.
    """
    with _turn() as turn:
        if turn is None:
            return 0
        taken = take(THREADS, now)
        if not taken:
            return 0
        with outgoing.Http() as http, ThreadPoolExecutor(THREADS) as threads:
            return _run(http, threads, taken, turn, now)


def _run(
    http: outgoing.Http,
    threads: ThreadPoolExecutor,
    taken: list[Taken],
    turn: "_Turn",
    now: datetime | None,
) -> int:
    running: Running = {}
    made, ends = 0, time.monotonic() + RUN_SECONDS
    while True:
        running |= {threads.submit(send, http, one, now): one for one in taken}
        if not running:
            return made
        finished, _ = wait(running, timeout=1, return_when=FIRST_COMPLETED)
        for future in finished:
            sent, one = future.result(), running.pop(future)
            if sent is not None:
                record(one, sent, now=now)
                made += 1
        if time.monotonic() < ends:
            turn.keep()
            taken = take(THREADS - len(running), now)
        else:  # what is under way is waited for; another run may go on with the rest
            turn.end()
            taken = []


def send(http: outgoing.Http, one: Taken, now: datetime | None = None) -> Sent | None:
    """Makes the attempt, signed anew; None if it is too late for it."""
    if one.is_overtaken:
        return None
    at, began = now or datetime.now(UTC), time.monotonic()
    try:
        answer = http.post(
            one.url,
            content=one.body,
            headers=signed(one, at),
            seconds=settings.HITL_DELIVERY_SECONDS,
        )
    except outgoing.Unanswered as error:
        return Sent(at, time.monotonic() - began, error=str(error))
    except Exception as error:  # one message that cannot be sent must not hold up all others
        log.exception("delivery failed delivery=%s", one.id)
        return Sent(at, time.monotonic() - began, error=f"It cannot be sent: {error!r}")
    return Sent(
        at=at,
        seconds=time.monotonic() - began,
        status=answer.status,
        answer=answer.body.decode(errors="replace")[:SHOWN],
        wait=retry_after(answer.headers.get("Retry-After"), at),
    )


def signed(one: Taken, at: datetime) -> dict[str, str]:
    """The headers of an attempt at this moment: one signature per valid secret."""
    text = one.body.decode()
    signatures = [Webhook(secret).sign(str(one.id), at, text) for secret in one.secrets]
    return {
        "Content-Type": "application/json",
        "webhook-id": str(one.id),
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def record(
    one: Taken, sent: Sent, *, now: datetime | None = None, draw: float | None = None
) -> None:
    """Writes down an attempt and what follows from it. The delivery itself changes only if nobody
    has taken it since: a late result is a fact, not the present state."""
    at = now or one.clock_now()
    with transaction.atomic():
        # The endpoint's row before its deliveries, here as everywhere: no two wait for each other.
        endpoint, verdict = _judged(one, sent, at, random.random() if draw is None else draw)  # noqa: S311
        mine = Delivery.objects.filter(pk=one.id, tries=one.no)
        if verdict.state is not DeliveryState.DONE:
            mine = mine.filter(state=DeliveryState.PENDING)
        mine.update(state=verdict.state, step=verdict.step, next_at=verdict.next_at or at)
        if verdict.disable and endpoint is not None and endpoint.url == one.url:
            log.warning("endpoint disabled endpoint=%s: %s", endpoint.pk, verdict.disable)
            stop(endpoint.pk, verdict.disable)
        Attempt.objects.create(
            delivery_id=one.id,
            no=one.no,
            at=sent.at,
            status=sent.status,
            error=sent.error.replace("\0", "\N{REPLACEMENT CHARACTER}")[:300],
            answer=sent.answer,
            seconds=sent.seconds,
        )


def _judged(one: Taken, sent: Sent, at: datetime, draw: float) -> tuple[Endpoint | None, Verdict]:
    """The verdict; what it says of the endpoint's health is written. The endpoint is locked where
    the attempt failed."""
    ours = Endpoint.objects.filter(pk=one.endpoint_id)
    endpoint = None
    if is_success(sent.status):
        ours.filter(failing_since__isnull=False).update(failing_since=None)
    else:
        endpoint = ours.select_for_update(no_key=True).get()
        endpoint.failing_since = endpoint.failing_since or at
    verdict = judge(
        at=at,
        step=one.step,
        status=sent.status,
        wait=sent.wait,
        failing_since=endpoint.failing_since if endpoint else None,
        draw=draw,
    )
    if endpoint is not None:
        if verdict.pause_until is not None:
            before = endpoint.paused_until or verdict.pause_until
            endpoint.paused_until = max(before, verdict.pause_until)
        endpoint.save(update_fields=["failing_since", "paused_until"])
    return endpoint, verdict


class _Turn:
    """A place among the runs; kept while there is work."""

    def __init__(self, mark: str) -> None:
        self._mark = mark
        self._held = True

    def keep(self) -> None:
        with suppress(RedisError):
            cache.set(self._mark, 1, TURN_SECONDS)

    def end(self) -> None:
        """Once: after that the place may be another's."""
        if self._held:
            self._held = False
            with suppress(RedisError):  # it ends by itself
                cache.delete(self._mark)


@contextmanager
def _turn() -> Iterator["_Turn | None"]:
    """A free place; None if all are taken. Without Redis nobody counts, and nothing is lost."""
    turn = None
    for number in range(settings.HITL_DELIVERY_RUNS):
        mark = f"deliver:{number}"
        try:
            free = cache.add(mark, 1, TURN_SECONDS)
        except RedisError:
            free = True
        if free:
            turn = _Turn(mark)
            break
    try:
        yield turn
    finally:
        if turn is not None:
            turn.end()
