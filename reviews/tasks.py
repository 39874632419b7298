"""What beat starts for judging: short, idempotent, safe to lose and to repeat."""

from celery import shared_task

from reviews.services import claims, judging


@shared_task(name="reviews.settle")
def settle() -> int:
    return judging.settle()


@shared_task(name="reviews.expire_claims")
def expire_claims() -> int:
    return claims.expire_due()
