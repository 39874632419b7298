"""Workflows, their revisions, and who works on them."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from hitl.domain.levels import LEVELS
from hitl.domain.roles import Role
from models_registry.domain.task_types import TASK_TYPES
from models_registry.models import CompactJSON, Fact, ModelVersion, RegisteredModel, new_id


def level_choices() -> list[tuple[str, str]]:
    return LEVELS.choices(lambda level: level.title)


def task_type_choices() -> list[tuple[str, str]]:
    return TASK_TYPES.choices(lambda task_type: task_type.title)


def role_choices() -> list[tuple[str, str]]:
    return [(role.value, role.value.title()) for role in Role]


def new_sampling_key() -> bytes:
    return secrets.token_bytes(32)


class Workflow(models.Model):
    """One kind of decision. `revision_no` names the revision in force: whoever writes a case
    checks it in the same statement, so that nobody decides by rules that were just replaced."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=120)
    task_type = models.CharField(max_length=40, choices=task_type_choices)
    model = models.OneToOneField(
        RegisteredModel, models.PROTECT, null=True, blank=True, related_name="workflow"
    )
    revision_no = models.PositiveIntegerField(default=1)
    sampling_key = models.BinaryField(default=new_sampling_key, editable=False)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.title


class Revision(Fact):
    """Everything routing needs, as it was from one moment on: the history, the audit trail and
    the way back are this table."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workflow = models.ForeignKey(Workflow, models.PROTECT, related_name="revisions")
    no = models.PositiveIntegerField()
    level = models.CharField(max_length=40, choices=level_choices)
    stopped = models.BooleanField(default=False)
    policy = CompactJSON()
    schema = CompactJSON()
    answer = CompactJSON()
    champion = models.ForeignKey(ModelVersion, models.PROTECT, null=True, related_name="+")
    challenger = models.ForeignKey(ModelVersion, models.PROTECT, null=True, related_name="+")
    share = models.FloatField(default=0.0)
    thresholds = CompactJSON(default=dict)
    more_audits = models.FloatField(default=0.0)
    override = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    cause = models.CharField(max_length=40, default="person")
    reason = models.TextField(default="")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workflow", "no"], name="one_revision_per_number")
        ]
        ordering = ["workflow", "-no"]

    def __str__(self) -> str:
        return f"{self.workflow_id} #{self.no}"


class Guideline(Fact):
    """How to judge, in Markdown, as it was from one moment on; the newest number holds."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workflow = models.ForeignKey(Workflow, models.PROTECT, related_name="guidelines")
    no = models.PositiveIntegerField()
    text = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workflow", "no"], name="one_guideline_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.workflow_id} guidelines {self.no}"


class SavedFilter(models.Model):
    """Filters of the list of waiting cases that a person keeps under a name."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="saved_filters")
    name = models.CharField(max_length=60)
    filters = CompactJSON()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "workflow", "name"], name="one_saved_filter_per_name"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's role on one workflow, or on all of them (workflow empty), and the skills (names)
    that open pools to them there."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="hitl_memberships"
    )
    workflow = models.ForeignKey(
        Workflow, models.CASCADE, null=True, blank=True, related_name="memberships"
    )
    role = models.CharField(max_length=20, choices=role_choices)
    skills = CompactJSON(default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "workflow", "role"],
                condition=Q(workflow__isnull=False),
                name="one_membership_per_workflow_role",
            ),
            models.UniqueConstraint(
                fields=["user", "role"],
                condition=Q(workflow__isnull=True),
                name="one_membership_for_all_per_role",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role} of {self.workflow or 'all workflows'}"
