"""What we owe client systems: endpoints, deliveries, attempts."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from hitl.domain.deliveries import DeliveryState, EndpointState
from hitl.models.cases import Case
from hitl.models.clients import Client
from models_registry.models import Erasable, Fact, new_id


class Endpoint(models.Model):
    """Where a client system wants to hear of its cases. `types`: the event types it asked for,
    separated by commas. `failing_since`: the first failure after the last success. A deleted one
    is kept for its log, without secrets."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    client = models.ForeignKey(Client, models.CASCADE, related_name="endpoints")
    url = models.CharField(max_length=2000)
    types = models.CharField(max_length=200)
    description = models.CharField(max_length=200, default="", blank=True)
    state = models.CharField(
        max_length=8,
        default=EndpointState.ENABLED,
        choices=[(state.value, state.value) for state in EndpointState],
    )
    disabled_reason = models.CharField(max_length=200, default="", blank=True)
    paused_until = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["client"], condition=Q(state="enabled"), name="endpoint_listens")
        ]

    def __str__(self) -> str:
        return self.url


class EndpointSecret(models.Model):
    """A key that messages to the endpoint are signed with. After a rotation the old one signs too
    until it expires. Kept readable: an HMAC needs the key itself."""

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="secrets")
    secret = models.CharField(max_length=100)
    created = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField(null=True)


class Delivery(models.Model):
    """One message we owe one endpoint; its id is the message's id, the same at every attempt.
    `case` is empty for a test event. `n`: the decision that it tells of."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="deliveries")
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="deliveries")
    n = models.PositiveIntegerField(default=0)
    type = models.CharField(max_length=40)
    at = models.DateTimeField()
    state = models.CharField(
        max_length=8,
        default=DeliveryState.PENDING,
        choices=[(state.value, state.value) for state in DeliveryState],
    )
    tries = models.PositiveIntegerField(default=0)
    step = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "case", "n"], name="one_delivery_per_decision_and_endpoint"
            )
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "next_at"],
                condition=Q(state="pending"),
                name="delivery_pending",
            ),
            models.Index(
                fields=["endpoint", "case", "n"],
                condition=Q(state="pending"),
                name="delivery_in_order",
            ),
            models.Index(fields=["endpoint", "-at"], name="delivery_log"),
        ]

    def __str__(self) -> str:
        return f"{self.type} to {self.endpoint_id}"


class Attempt(Fact):
    """One try to deliver. `status` is empty where no answer came; then `error` says why."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="attempts")
    no = models.PositiveIntegerField()
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=300, default="")
    answer = Erasable(default=str)
    seconds = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["delivery", "no"], name="one_attempt_per_number")
        ]
