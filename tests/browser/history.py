"""Two days of a workflow's life, made through services with the clock turned back.

Run inside the product's environment: `python -m tests.browser.history <slug>`. People judge what
arrives, clients ask for a redo now and then, and an operator raises the level twice.
"""

import random
import sys
from datetime import UTC, datetime, timedelta
from uuid import UUID

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402

from hitl.domain.roles import Role  # noqa: E402
from hitl.models import Condition, Referral, Revision, Workflow  # noqa: E402
from hitl.services import access, cases, monitoring, workflows  # noqa: E402
from hitl.services.arriving import Brought, Submission  # noqa: E402
from hitl.services.deadlines import AUDITS_OVERDUE  # noqa: E402
from hitl.services.receiving import receive  # noqa: E402
from hitl.services.revisions import Head  # noqa: E402
from models_registry.models import new_id  # noqa: E402
from reviews.domain.consensus import Said, Verdict  # noqa: E402
from reviews.services import desk, judging  # noqa: E402
from tests import factories  # noqa: E402

HOURS = 44
PER_HOUR = 36
RAISES = {
    30: ("ai_assistance", "agreement is above 95 % after a day"),
    9: ("partial_automation", "let it decide the clear ones"),
}
CLASSES = [str(digit) for digit in range(10)]
WRONG, REDONE, LEFT = 0.035, 0.02, 7


class History:
    """A workflow's past, hour by hour; the seed makes it the same each time."""

    def __init__(self, workflow: Workflow) -> None:
        self.workflow = workflow
        self.chance = random.Random(workflow.slug)
        self.now = datetime.now(UTC)
        self.truth: dict[UUID, str] = {}
        self.client = factories.key(workflow, client="past")[0].client_id
        self.people = [_person(name) for name in ("operator", "reviewer-1", "reviewer-2")]
        for person in self.people:
            access.join(person, [Role.REVIEWER, Role.OPERATOR], workflow)

    def live(self) -> None:
        Workflow.objects.filter(pk=self.workflow.pk).update(created=self._at(HOURS + 1))
        self._date(1, HOURS + 1)
        by, policy = self.people[0], {"blind_share": 0.5, "undo_seconds": 0}
        row = workflows.change(self.workflow, by=by, reason="half as evidence", policy=policy)
        self._date(row.no, HOURS + 0.5)
        for hour in range(HOURS, 0, -1):
            if hour in RAISES:
                level, reason = RAISES[hour]
                row = workflows.set_level(self.workflow, level, by=by, reason=reason)
                self._date(row.no, hour)
            self._hour(hour)
        monitoring.measure(self.now)

    def _at(self, hours: float) -> datetime:
        return self.now - timedelta(hours=hours)

    def _date(self, no: int, hours: float) -> None:
        self.workflow.revisions.filter(no=no).update(at=self._at(hours))

    def _hour(self, hour: int) -> None:
        """Cases come in; people judge all of them, but for the last hour's last few."""
        told = self._receive(hour)
        waiting = Referral.objects.filter(pool=self.workflow.pk, state="open").count()
        for i in range(waiting - (LEFT if hour == 1 else 0)):
            self._judge(self.people[i % 3], self._at(hour - 0.3))
        for case_id in told:
            if self.chance.random() < REDONE:
                case = cases.one(case_id, cases.Reader([self.workflow.pk]))
                if case.seq:
                    cases.say(case, kind="redo", value=None, statement="", now=self._at(hour - 0.5))

    def _receive(self, hour: int) -> list[UUID]:
        rules = workflows.in_force(self.workflow)
        submissions, truths = [], []
        for _ in range(PER_HOUR + self.chance.randint(-9, 9)):
            truth = self.chance.choice(CLASSES)
            value = self.chance.choice(CLASSES) if self.chance.random() < WRONG else truth
            confidence = min(0.999, self.chance.betavariate(7, 0.6))
            image = [[self.chance.randint(0, 16) for _ in range(8)] for _ in range(8)]
            submissions.append(Submission({"image": image}, prediction=Brought(value, confidence)))
            truths.append(truth)
        told = receive(
            submissions,
            head=Head(self.workflow.pk, self.workflow.slug, rules.no),
            client_id=self.client,  # type: ignore[arg-type]  # the key is a client's
            batch=new_id(),
            now=self._at(hour),
        )
        ids = [answer.id for answer in told if not isinstance(answer, Exception)]
        self.truth.update(zip(ids, truths, strict=True))
        return ids

    def _judge(self, person: User, at: datetime) -> None:
        found = desk.claim(person, desk.seats_of(person, self.workflow.slug))
        assert found is not None
        case_id = Referral.objects.get(pk=found.referral_id).case_id
        said = Said(Verdict.ANSWER, self.truth[case_id])
        judging.submit(person, found.referral_id, found.token, said, now=at)


def audits_overdue(workflow: Workflow) -> None:
    """What workers find where nobody judges the audits."""
    since, numbers = datetime.now(UTC) - timedelta(hours=3), {"due": 40, "overdue": 7}
    Condition.objects.create(workflow=workflow, name=AUDITS_OVERDUE, since=since, numbers=numbers)


def _person(name: str) -> User:
    return User.objects.get_or_create(username=name)[0]


if __name__ == "__main__":
    History(Workflow.objects.get(slug=sys.argv[1])).live()
    audits_overdue(Workflow.objects.get(slug=sys.argv[1]))
    assert Revision.objects.filter(workflow__slug=sys.argv[1]).count() == 2 + len(RAISES)
