"""Files that inputs refer to: stored once by hash, sent by whom, part of which cases."""

from django.db import models
from django.utils import timezone

from hitl.models.cases import Case
from hitl.models.clients import Client
from models_registry.models import Fact, new_id


class File(Fact):
    """Bytes behind Django's storage, under their SHA-256. content_type: what the bytes are, as
    found in them, whatever the sender said."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    size = models.PositiveBigIntegerField()
    content_type = models.CharField(max_length=60)
    created = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.sha256[:12]


class Upload(Fact):
    """A client sent this file: only who has sent a file may refer to it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    file = models.ForeignKey(File, models.PROTECT, related_name="uploads")
    client = models.ForeignKey(Client, models.PROTECT, related_name="uploads")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "file"], name="one_upload_per_client_file")
        ]


class CaseFile(Fact):
    """A file that is part of a case's input: who may see the case may see it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="files")
    file = models.ForeignKey(File, models.PROTECT, related_name="cases")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "file"], name="one_row_per_case_file")
        ]
