"""Webhook deliveries: who listens, what is owed, the worker that sends, the log."""

from hitl.services.deliveries.endpoints import (
    change_endpoint,
    create_endpoint,
    delete,
    disable,
    enable,
    endpoints,
    rotate,
    test,
)
from hitl.services.deliveries.log import attempts, listing, one, with_last_day
from hitl.services.deliveries.owing import owe, replay, replay_failed, replay_range, rows
from hitl.services.deliveries.sending import deliver

__all__ = [
    "attempts",
    "change_endpoint",
    "create_endpoint",
    "delete",
    "deliver",
    "disable",
    "enable",
    "endpoints",
    "listing",
    "one",
    "owe",
    "replay",
    "replay_failed",
    "replay_range",
    "rotate",
    "rows",
    "test",
    "with_last_day",
]
