"""Workflows over HTTP: what they are, their level, their stop, their history, their numbers."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hitl.api.access import ClientUser, visible_workflows
from hitl.api.times import Time, utc
from hitl.domain.levels import LEVELS
from hitl.domain.metrics import METRICS
from hitl.domain.policy import Policy
from hitl.domain.roles import Verb
from hitl.models import Proposal, Revision, Workflow
from hitl.services import monitoring, workflows
from hitl.services.evidence import proposing
from models_registry.api.bodies import Line, Said, person, query, read
from models_registry.api.openapi import described
from models_registry.domain.catalogue import Catalogue
from models_registry.domain.errors import Invalid, Missing
from models_registry.domain.task_types import TASK_TYPES

Slug = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$(?!\n)")]
Title = Annotated[str, msgspec.Meta(max_length=120, pattern=r"^[^\x00-\x1f]*$(?!\n)")]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]


def _one_of(catalogue: Catalogue[Any]) -> msgspec.Meta:
    """Names the valid ones in the API's description; what is sent is looked up by the service."""
    return msgspec.Meta(extra_json_schema={"enum": list(catalogue)})


LevelName = Annotated[str, _one_of(LEVELS)]


class WorkflowIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new workflow. `answer`: what an answer is, as the task type wants it said; for
    classification {"classes": [...]}."""

    slug: Slug
    schema: dict[str, Any]
    answer: dict[str, Any]
    title: Title = ""
    task_type: Annotated[str, _one_of(TASK_TYPES)] = "classification"
    level: LevelName = "human_only"
    policy: dict[str, Any] = {}
    model: Line = ""
    reason: Said = "created"


class WorkflowChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change; a policy is merged dial by dial. `model`: its newest version serves."""

    reason: Reason
    title: Title | UnsetType = UNSET
    schema: dict[str, Any] | UnsetType = UNSET
    answer: dict[str, Any] | UnsetType = UNSET
    policy: dict[str, Any] | UnsetType = UNSET
    model: Line | UnsetType = UNSET


class LevelIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """override: at full_automation under a target, decide every case although not all of them are
    certified; without it an override ends."""

    level: LevelName
    reason: Reason
    override: bool = False


class StopIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    stopped: bool
    reason: Reason


class VersionOut(msgspec.Struct, frozen=True):
    """The model version that answers."""

    id: UUID
    model: str
    number: int


class RevisionOut(msgspec.Struct, frozen=True):
    """One revision: what was in force, who put it there, why. thresholds: the certified ones, by
    version. more_audits: the share of automated cases that is audited while that is more than the
    policy's."""

    number: int
    level: str
    stopped: bool
    override: bool
    policy: Policy
    thresholds: dict[UUID, float]
    more_audits: float
    champion: VersionOut | None
    by: str | None
    cause: str
    reason: str
    at: datetime


class WorkflowOut(msgspec.Struct, frozen=True):
    """A workflow with the revision in force."""

    slug: str
    title: str
    task_type: str
    answer: dict[str, Any]
    revision: RevisionOut


class SchemaOut(msgspec.Struct, frozen=True):
    """What a case's input must fit, and what an answer looks like."""

    input: dict[str, Any]
    answer: dict[str, Any]


class MetricQuery(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"since": "from", "until": "to"}
):
    """from and to default to the last 24 hours."""

    metric: Annotated[str, _one_of(METRICS)]
    since: Time | None = None
    until: Time | None = None
    window: Literal["minute", "hour", "day"] = "hour"


class PointOut(msgspec.Struct, frozen=True):
    """`n` observations; low and high: 95 % interval where the value is an estimate."""

    start: datetime
    n: int
    value: float | None
    low: float | None
    high: float | None


class LineOut(msgspec.Struct, frozen=True):
    """One split: the version that answered, in which arm of a rollout, at which level; all three
    are empty for the merge of all."""

    version: str
    arm: str
    level: str
    points: list[PointOut]


class MetricOut(msgspec.Struct, frozen=True):
    metric: str
    window: str
    lines: list[LineOut]


class Workflows(APIView):
    """The workflows this caller may see."""

    clients = frozenset({"GET"})
    verbs = {"GET": Verb.SEE, "POST": Verb.CONFIGURE}

    @described("List workflows", answer=list[WorkflowOut])
    def get(self, request: Request) -> Response:
        rows = workflows.all_in_force(visible_workflows(request, Verb.SEE))
        return Response([_shown(row.workflow, row) for row in rows])

    @described("Create a workflow", body=WorkflowIn, answer=WorkflowOut, status=201, errors=[409])
    def post(self, request: Request) -> Response:
        asked = read(request, WorkflowIn)
        made = workflows.create(
            slug=asked.slug,
            title=asked.title,
            task_type=asked.task_type,
            schema=asked.schema,
            answer=asked.answer,
            level=asked.level,
            policy=asked.policy,
            model=asked.model,
            by=person(request),
            reason=asked.reason,
        )
        return Response(_out(made), status=201)


class OneWorkflow(APIView):
    clients = frozenset({"GET"})
    verbs = {"GET": Verb.SEE, "PATCH": Verb.OPERATE}

    @described("Read a workflow", answer=WorkflowOut)
    def get(self, request: Request, slug: str) -> Response:
        return Response(_out(_visible(request, slug)))

    @described("Change a workflow", body=WorkflowChange, answer=WorkflowOut, errors=[409])
    def patch(self, request: Request, slug: str) -> Response:
        asked = read(request, WorkflowChange)
        given = {
            name: value
            for name in ("title", "schema", "answer", "policy", "model")
            if (value := getattr(asked, name)) is not UNSET
        }
        workflow = workflows.find(slug)
        workflows.change(workflow, by=person(request), reason=asked.reason, **given)
        return Response(_out(workflows.find(slug)))


class Level(APIView):
    verbs = {"PUT": Verb.OPERATE}

    @described(
        "Change the automation level",
        body=LevelIn,
        answer=WorkflowOut,
        also={202: "Proposed: two people have to raise the level; see the ladder."},
        errors=[409, 503],
    )
    def put(self, request: Request, slug: str) -> Response:
        asked, workflow = read(request, LevelIn), workflows.find(slug)
        done = proposing.set_level(
            workflow,
            asked.level,
            by=person(request),
            reason=asked.reason,
            override=asked.override,
        )
        return Response(_out(workflow), status=202 if isinstance(done, Proposal) else 200)


class Stop(APIView):
    verbs = {"PUT": Verb.OPERATE}

    @described("Stop automation, or end a stop", body=StopIn, answer=WorkflowOut, errors=[503])
    def put(self, request: Request, slug: str) -> Response:
        asked, workflow = read(request, StopIn), workflows.find(slug)
        workflows.set_stop(workflow, stopped=asked.stopped, by=person(request), reason=asked.reason)
        return Response(_out(workflow))


class Revisions(APIView):
    verbs = {"GET": Verb.SEE}

    @described("List revisions, the newest first", answer=list[RevisionOut])
    def get(self, request: Request, slug: str) -> Response:
        rows = _visible(request, slug).revisions.select_related("champion__model", "by")
        return Response([_revision(row) for row in rows.order_by("-no")[:1000]])


class Schema(APIView):
    clients = frozenset({"GET"})
    verbs = {"GET": Verb.SEE}

    @described("Read the input's schema and the answer's form", answer=SchemaOut)
    def get(self, request: Request, slug: str) -> Response:
        workflow = _visible(request, slug)
        row = workflows.in_force(workflow)
        form = TASK_TYPES[workflow.task_type].form(row.answer)
        return Response(SchemaOut(row.schema, form))


class Metrics(APIView):
    clients = frozenset({"GET"})
    verbs = {"GET": Verb.SEE}

    @described("Read a metric over time", query=MetricQuery, answer=MetricOut, errors=[400])
    def get(self, request: Request, slug: str) -> Response:
        asked = query(request, MetricQuery)
        until = utc(asked.until or datetime.now(UTC))
        since = utc(asked.since) if asked.since else until - timedelta(days=1)
        if since >= until:
            raise Invalid.at("from", "`from` must be before `to`.")
        found = monitoring.lines(
            _visible(request, slug).pk,
            asked.metric,
            since=since,
            until=until,
            window=asked.window,
        )
        lines = msgspec.convert(found, list[LineOut], from_attributes=True)
        return Response(MetricOut(asked.metric, asked.window, lines))


def _visible(request: Request, slug: str) -> Workflow:
    workflow = workflows.find(slug)
    known = isinstance(request.user, ClientUser)
    if known and workflow.pk not in visible_workflows(request, Verb.SEE):
        raise Missing(f"There is no workflow {slug!r} for this key.")
    return workflow


def _out(workflow: Workflow) -> WorkflowOut:
    return _shown(workflow, workflows.in_force(workflow))


def _shown(workflow: Workflow, row: Revision) -> WorkflowOut:
    return WorkflowOut(
        workflow.slug, workflow.title, workflow.task_type, row.answer, _revision(row)
    )


def _revision(row: Revision) -> RevisionOut:
    version = row.champion
    return RevisionOut(
        number=row.no,
        level=row.level,
        stopped=row.stopped,
        override=row.override,
        policy=msgspec.convert(row.policy, Policy),
        thresholds={UUID(one): threshold for one, threshold in row.thresholds.items()},
        more_audits=row.more_audits,
        champion=VersionOut(version.pk, version.model.name, version.number) if version else None,
        by=row.by.get_username() if row.by else None,
        cause=row.cause,
        reason=row.reason,
        at=row.at,
    )
