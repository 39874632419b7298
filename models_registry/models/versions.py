"""Which models there are: registered models, their immutable versions, the artifacts by hash."""

from django.conf import settings
from django.db import models

from models_registry.models.rows import CompactJSON, Fact, new_id


class RegisteredModel(models.Model):
    """A model somebody trained, known by name; its versions replace one another. It serves at
    most one workflow."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.SlugField(max_length=100, unique=True)
    runtime = models.CharField(max_length=40)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Artifact(Fact):
    """The file of a trained model, stored once under the SHA-256 of its bytes."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    size = models.PositiveBigIntegerField()
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.sha256[:12]


class ModelVersion(Fact):
    """One trained state of a model: what it accepts, what it answers, how good it was."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    model = models.ForeignKey(RegisteredModel, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    runtime = models.CharField(max_length=40)
    artifact = models.ForeignKey(Artifact, models.PROTECT, null=True, related_name="versions")
    fingerprint = models.CharField(max_length=64, default="")
    schema = CompactJSON(default=dict)
    classes = CompactJSON(default=list)
    metrics = CompactJSON(default=dict)
    card = models.TextField(default="", blank=True)
    profile = CompactJSON(default=dict)
    created = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="registered_versions"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["model", "number"], name="one_version_per_number")
        ]
        ordering = ["model", "-number"]

    def __str__(self) -> str:
        return f"{self.model.name} v{self.number}"
