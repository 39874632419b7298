"""Measurements: mergeable tallies per series and window, recomputable from the facts."""

from django.db import models

from hitl.models.workflows import Workflow
from models_registry.models import CompactJSON


class Series(models.Model):
    """One metric of one workflow, split by model version, arm, level and slice ('' for none)."""

    workflow = models.ForeignKey(Workflow, models.PROTECT, related_name="series")
    metric = models.CharField(max_length=60)
    version = models.CharField(max_length=36, default="", blank=True)
    arm = models.CharField(max_length=10, default="", blank=True)
    level = models.CharField(max_length=40, default="", blank=True)
    slice = models.CharField(max_length=100, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workflow", "metric", "version", "arm", "level", "slice"],
                name="one_series_per_split",
            )
        ]

    def __str__(self) -> str:
        return f"{self.metric} of {self.workflow_id}"


class Measurement(models.Model):
    """The tally of one series over one window of `resolution` seconds; replaced whole."""

    pk = models.CompositePrimaryKey("series_id", "resolution", "start")
    series = models.ForeignKey(Series, models.CASCADE, related_name="measurements")
    resolution = models.PositiveIntegerField()
    start = models.DateTimeField()
    tally = CompactJSON()


class Cursor(models.Model):
    """How far a worker has got: everything before `at` is done."""

    name = models.CharField(primary_key=True, max_length=60)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} up to {self.at:%Y-%m-%d %H:%M:%S}"


class Condition(models.Model):
    """Something wrong with a workflow that was seen and is still so; gone when it is over.
    `numbers` is what it was computed from."""

    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="conditions")
    name = models.CharField(max_length=40)
    since = models.DateTimeField()
    numbers = CompactJSON()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workflow", "name"], name="one_condition_per_name")
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.workflow_id}"
