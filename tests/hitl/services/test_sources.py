"""Where metrics get their rows."""

from datetime import UTC, datetime, timedelta

import pytest

from hitl.domain.metrics import Row
from hitl.models import Case, Prediction, Referral, Workflow
from hitl.services import cases, receiving, sources, workflows
from hitl.services.arriving import Submission
from hitl.services.revisions import Head
from hitl.services.sources import SOURCES, Split
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SPAN = (NOW, NOW + timedelta(minutes=1))


def send(workflow: Workflow, when: datetime = NOW) -> Case:
    row, _ = factories.key(workflow)
    assert row.client_id is not None
    receiving.receive(
        [Submission({"text": "hi"})],
        head=Head(workflow.pk, workflow.slug, workflows.in_force(workflow).no),
        client_id=row.client_id,
        now=when,
    )
    return Case.objects.order_by("-pk")[0]


def test_every_source_takes_its_start_and_leaves_its_end(spam: Workflow) -> None:
    workflows.set_level(spam, "full_automation", by=None, reason="test")
    for when in (NOW - timedelta(microseconds=1), *SPAN):
        case = send(spam, when)
        cases.say(case, kind="redo", value=None, statement="", now=when)
        Referral.objects.create(
            case=case, kind="audit", pool=spam.pk, due=when, opened=when,
            state="closed", closed=when, answer="yes", free=0,
        )  # fmt: skip
    assert {name: [when for when, *_ in SOURCES[name](*SPAN)] for name in SOURCES} == {
        name: [NOW] for name in ("arrived", "answered", "decided", "redone")
    }


def test_rows_are_split_by_version_arm_and_level(spam: Workflow) -> None:
    send(spam)
    ((_, split, row),) = sources.arrived(*SPAN)
    version = str(Prediction.objects.get().version_id)
    assert split == Split(spam.pk, version, "champion", "shadow", "")
    assert row == Row("arrived", automated=False, null=False)


def test_a_case_without_a_model_belongs_to_no_version(spam: Workflow) -> None:
    workflows.set_level(spam, "human_only", by=None, reason="test")
    send(spam)
    ((_, split, row),) = sources.arrived(*SPAN)
    assert (split.version, split.arm, split.level) == ("", "", "human_only")
    assert row.null is None


@pytest.mark.parametrize(
    ("answer", "blind", "row"),
    [
        ("yes", "yes", Row("answered", agrees=True, blind=True)),
        ("no", None, Row("answered", agrees=False, blind=False)),
    ],
)
def test_an_answer_is_compared_with_the_live_prediction(
    spam: Workflow, answer: str, blind: str | None, row: Row
) -> None:
    send(spam)
    Referral.objects.update(state="closed", closed=NOW, answer=answer, blind_answer=blind)
    assert [found for *_, found in sources.answered(*SPAN)] == [row]


def test_an_answer_beside_a_failed_prediction_compares_nothing(spam: Workflow) -> None:
    factories.version("broken", fails="no")
    workflows.change(spam, by=None, reason="test", model="broken")
    send(spam)
    Referral.objects.update(state="closed", closed=NOW, answer="yes")
    assert [row.agrees for *_, row in sources.answered(*SPAN)] == [None]
    assert [row.null for *_, row in sources.arrived(*SPAN)] == [True]
