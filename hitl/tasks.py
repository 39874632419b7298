"""What beat starts for deciding: short, idempotent, safe to lose and to repeat."""

from datetime import UTC, datetime

from celery import shared_task

from hitl.services import deadlines, deliveries, idempotency, monitoring
from hitl.services.evidence import working
from hitl.services.rollouts import answering, moving


@shared_task(name="hitl.measure")
def measure(now: str | None = None) -> int:
    return monitoring.measure(datetime.fromisoformat(now) if now else None)


@shared_task(name="hitl.sweep")
def sweep(now: str | None = None) -> int:
    return idempotency.forget_old(datetime.fromisoformat(now) if now else datetime.now(UTC))


@shared_task(name="hitl.deliver")
def deliver(now: str | None = None) -> int:
    return deliveries.deliver(datetime.fromisoformat(now) if now else None)


@shared_task(name="hitl.act_due")
def act_due() -> int:
    return deadlines.act_due()


@shared_task(name="hitl.check_audits")
def check_audits(now: str | None = None) -> int:
    return deadlines.check_audits(datetime.fromisoformat(now) if now else None)


@shared_task(name="hitl.earn")
def earn(now: str | None = None) -> int:
    return working.earn(datetime.fromisoformat(now) if now else None)


@shared_task(name="hitl.answer_silently")
def answer_silently(now: str | None = None) -> int:
    return answering.answer_silently(datetime.fromisoformat(now) if now else None)


@shared_task(name="hitl.roll")
def roll(now: str | None = None) -> int:
    return moving.roll(datetime.fromisoformat(now) if now else None)
