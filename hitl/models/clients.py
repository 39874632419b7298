"""Client systems and the keys by which they, and people's scripts, are known."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from hitl.models.workflows import Workflow
from models_registry.models import new_id


class Client(models.Model):
    """A system that asks for decisions."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100, unique=True)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """A bearer key: of a client system, limited to its workflows, or a person's own token, which
    may do what the person may. Only the SHA-256 of the key is kept; keys have 256 random bits, so
    a slow hash would add nothing."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    client = models.ForeignKey(Client, models.CASCADE, null=True, blank=True, related_name="keys")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="hitl_keys"
    )
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    workflows = models.ManyToManyField(Workflow, blank=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    revoked = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API key"
        constraints = [
            models.CheckConstraint(
                condition=Q(client__isnull=True) ^ Q(user__isnull=True),
                name="key_of_a_client_or_a_person",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
