"""Files of inputs: taken in, referred to, given out. Who may see a case may see its files."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from django.conf import settings
from django.db import transaction

from hitl.domain.files import MOST_FILES, NOT_HERE, UNKNOWN, files_in, pointer, problems
from hitl.domain.files.contents import content_type
from hitl.models import CaseFile, File, Upload
from hitl.services.arriving import Submission
from hitl.services.revisions import Head, InForce, revision
from models_registry import blobs
from models_registry.domain.errors import Invalid, Missing, Problem, TooLarge

log = logging.getLogger(__name__)
REFUSED = "A file of the input cannot be used."


def store(content: bytes, *, client_id: UUID, where: str = "/file") -> File:
    """Keeps a file that a client sent; the same bytes again change nothing. Invalid, at `where`,
    for what people cannot be shown."""
    if len(content) > settings.HITL_FILE_BYTES:
        detail = f"The file has more than {settings.HITL_FILE_BYTES:,} bytes; send a smaller one."
        raise TooLarge(detail, problems=(Problem(where, detail),))
    found = content_type(content, where)
    file = File(sha256=blobs.put(content), size=len(content), content_type=found)
    with transaction.atomic():
        File.objects.bulk_create([file], ignore_conflicts=True)
        Upload.objects.bulk_create([Upload(file=file, client_id=client_id)], ignore_conflicts=True)
    return file


def attach(
    submission: Submission, parts: Iterable[tuple[str, bytes]], *, head: Head, client_id: UUID
) -> Submission:
    """The submission with files that came along with it, each under its property of the input."""
    properties = revision(head.workflow_id, head.revision_no).files
    if not isinstance(submission.input, dict):
        raise Invalid.at("/input", "Files belong to properties: the input must be an object.")
    given = dict(submission.input)
    for number, (name, content) in enumerate(parts, 1):
        where = pointer(name)
        if name not in properties:
            valid = ", ".join(sorted(properties)) or "none"
            raise Invalid.at(where, f"The input has no file of this name; valid: {valid}.")
        if name in given:
            raise Invalid.at(where, "This file is in the input already; send it once.")
        if number > MOST_FILES:
            raise Invalid.at("/input", f"A case has at most {MOST_FILES} files.")
        given[name] = {"file": store(content, client_id=client_id, where=where).pk}
    return replace(submission, input=given)


def checked(
    submissions: Sequence[Submission | Invalid], rules: InForce, client_id: UUID
) -> Sequence[Submission | Invalid]:
    """Refuses what refers to files that this client has not sent, or that do not fit; in one read
    for all of them, and in none where there are no files."""
    if not rules.files:
        return submissions
    asked = [s for s in submissions if isinstance(s, Submission)]
    named = {sha256 for s in asked for sha256 in files_in(s.input, rules.files).values()}
    sent: dict[str, str] = {}
    if named:
        mine = Upload.objects.filter(client_id=client_id, file__in=named)
        sent = dict(mine.values_list("file_id", "file__content_type"))
    return [
        s if isinstance(s, Invalid) else _refusal(s.input, rules.files, sent) or s
        for s in submissions
    ]


def of_workflow(value: object, rules: InForce, workflow_id: UUID) -> list[str]:
    """The files of an input that a person wrote. Invalid if one is not part of a case of the
    workflow: that is all that they may see."""
    named = sorted(set(files_in(value, rules.files).values()))
    sent: dict[str, str] = {}
    if named:
        known = CaseFile.objects.filter(case__workflow=workflow_id, file__in=named)
        sent = dict(known.values_list("file_id", "file__content_type"))
    refused = _refusal(value, rules.files, sent, unknown=NOT_HERE)
    if refused:
        raise refused
    return named


def of_case(case_id: UUID, sha256: str) -> File:
    """A file of a case that the caller may see; Missing if the case has no such file."""
    file = File.objects.filter(pk=sha256, cases__case=case_id).first()
    if file is None:
        raise Missing("There is no such file.")
    return file


def content(file: File) -> bytes:
    """The bytes, as they were sent."""
    try:
        return blobs.get(file.pk)
    except blobs.BlobDamaged as error:
        log.exception("file lost sha256=%s", file.pk)
        raise Missing("The file is lost; tell the people who run this service.") from error


def _refusal(
    value: object, properties: Mapping[str, str], sent: Mapping[str, str], unknown: str = UNKNOWN
) -> Invalid | None:
    found = problems(value, properties, sent, unknown)
    return Invalid(REFUSED, problems=tuple(found)) if found else None
