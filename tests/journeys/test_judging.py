"""Sixteen people judge 2,000 cases, three each, while a client's receiver is in every bad mood.

Nothing is lost, nothing doubled: asked of what the server acknowledged, of the rows, and of what
the receiver heard."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

import pytest

from tests.journeys.test_races import slug
from tests.processes import Caller, Child, Children, Stack, until
from tests.receiver import (
    Heard,
    Receiver,
    Reply,
    garbage,
    hangs_up,
    in_order,
    ok,
    promises_more,
    receiving,
    says,
    says_less,
)

pytestmark = [pytest.mark.processes, pytest.mark.endurance]

CASES = 2000
PEOPLE = 16
OTHER = {"no": "yes", "yes": "no"}
AT_ONCE = 8  # attempts that may be under way to one endpoint


def contested(number: int) -> bool:
    return number % 40 == 0


@dataclass
class Moody(Receiver):
    """Refuses the first attempt of many messages, each in its own way, and takes the next one. Of
    contested cases it refuses the first decision always: the second must not overtake it."""

    seen: dict[str, int] = field(default_factory=dict)

    def take(self, heard: Heard) -> Reply:
        with self._lock:
            self.heard.append(heard)
            attempt = self.seen[heard.id] = self.seen.get(heard.id, 0) + 1
        number, n = int(heard.told["data"]["reference"]), heard.told["data"]["number"]
        moods: Sequence[Reply] = (
            says(500),
            says(302, Location=f"http://127.0.0.1:{self.port}/elsewhere"),
            hangs_up,
            garbage,
            says(503, Retry_After="1"),
            promises_more,
            says_less,
            says(200, b"\0" * 200_000),
        )
        if attempt > 1:
            return ok
        if contested(number) and n == 1:
            return says(500)
        if number % 37 == 1:
            return moods[number // 37 % len(moods)]
        if number in (7, 700):
            return self.stalls
        return self.drips if number in (8, 800) else ok


def test_three_of_sixteen_people_judge_each_of_2000_cases_and_the_client_hears_all(
    stack: Stack,
) -> None:
    name = slug()
    texts = [f"{i} {('no', 'yes')[i % 2]}" for i in range(CASES)]
    moody, gone = Moody(), Receiver(usually=says(410))
    with receiving(moody), receiving(gone):
        world = stack.world(
            slug=name,
            level="shadow",
            script={},
            policy={"reviews_required": 3, "undo_seconds": 1},
            reviewers=PEOPLE,
            hooks=[moody.url, gone.url],
        )
        arguments = [(stack.url, who, name, str(i)) for i, who in enumerate(world["reviewers"])]
        beat = stack.start_celery("beat", "-s", str(stack.home / name))
        worker = stack.start_celery("worker", "-c", "2")
        try:
            with Caller(stack.url, world["key"]) as client, Children("judge", arguments) as judges:
                ids = send(client, name, texts)
                for judge in judges:
                    judge.write("go")
                contest(client, ids)
                told = ended(client, name, judges)
                secret = world["hooks"][0][1]
                heard = until(lambda: whole(moody, secret, ids), "all is delivered", 120, pause=0.5)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{stack.logs()}") from error
        finally:
            stack.stop(beat, worker)
        at_the_end = len(gone.heard)
    facts = stack.facts(name)
    judged_as_acknowledged(facts, told)
    each_case_judged_by_three(facts)
    conflicts_adjudicated(facts, dict(zip(ids, texts, strict=True)))
    for case, numbers in heard.items():
        assert in_order(numbers), (case, numbers)
        assert set(numbers) == set(range(1, facts[case]["seq"] + 1))
    assert {one.path for one in moody.heard} == {"/hooks"}, "no redirect is followed"
    assert max(moody.seen.values()) > 1
    assert 1 <= at_the_end <= AT_ONCE, "what was under way with the 410, and nothing after it"
    owed = [one for case in facts.values() for one in case["owed"]]
    gone_for_good = [one for one in owed if one["endpoint"] == world["hooks"][1][0]]
    assert sum(one["tries"] for one in gone_for_good) == at_the_end
    assert "done" not in {one["state"] for one in gone_for_good}


def send(client: Caller, name: str, texts: Sequence[str]) -> list[str]:
    """Due in three days: a contest, due in one, goes before them."""
    due = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    cases = [
        {"input": {"text": text}, "reference": text.partition(" ")[0], "due_at": due}
        for text in texts
    ]
    ids: list[str] = []
    for at in range(0, len(cases), 1000):
        answer = client.send("POST", f"workflows/{name}/cases", cases[at : at + 1000])
        assert answer.status_code == 201, answer.text
        ids += [one["id"] for one in answer.json()]
    return ids


def contest(client: Caller, ids: Sequence[str]) -> None:
    """Objects to some decisions as soon as they are made."""
    for number in filter(contested, range(len(ids))):
        path = f"cases/{ids[number]}"
        until(lambda p=path: decided(client, p), f"{number} is decided", 300)  # type: ignore[misc]
        objection = {"kind": "contest", "statement": "That is wrong."}
        assert client.send("POST", f"{path}/feedback", objection).status_code == 201


def decided(client: Caller, path: str) -> bool:
    """Whether it is, after waiting for a while."""
    answer = client.send("GET", path, headers={"Prefer": "wait=10"})
    assert answer.status_code == 200, answer.text
    return answer.json()["decision"] is not None


def ended(client: Caller, name: str, judges: Sequence[Child]) -> list[dict[str, Any]]:
    """What each judge did, once every case is decided and every contest answered."""

    def all_decided() -> bool:
        if client.get(f"cases?workflow={name}&status=referred&limit=1")["cases"]:
            return False
        numbers = {int(one["reference"]): one["decision"]["number"] for one in client.cases()}
        return all(n == 1 + contested(number) for number, n in numbers.items())

    until(all_decided, "everything is judged", 300, pause=0.5)
    for judge in judges:
        judge.write("stop")
    return [judge.read() for judge in judges]


def whole(moody: Moody, secret: str, ids: Sequence[str]) -> dict[str, list[int]] | None:
    """What was heard of each case, once nothing is missing; every request is verified."""
    if len(moody.seen) < len(ids) + sum(map(contested, range(len(ids)))):
        return None
    numbers = moody.numbers(secret)
    return numbers if set(numbers) == set(ids) else None


def judged_as_acknowledged(facts: dict[str, Any], told: Sequence[dict[str, Any]]) -> None:
    """Every acknowledged judgement is stored once, every stored one was acknowledged."""
    assert [odd for one in told for odd in one["odd"]] == []
    given = list(chain.from_iterable(one["given"].items() for one in told))
    stored = [(r["id"], r["referral"]) for case in facts.values() for r in case["reviews"]]
    assert sorted(given) == sorted(stored)
    withdrawn = sorted(chain.from_iterable(one["withdrawn"] for one in told))
    assert withdrawn == sorted(
        r["id"] for case in facts.values() for r in case["reviews"] if r["withdrawn"]
    )
    assert withdrawn, "some took an answer back"
    assert any(one["skipped"] for one in told), "some passed a case on"
    assert all(one["given"] for one in told), "they work side by side"
    for one in told:
        assert len(set(one["claimed"])) == len(one["claimed"]), "a person meets a case once"


def each_case_judged_by_three(facts: dict[str, Any]) -> None:
    assert len(facts) == CASES
    for case in facts.values():
        live = [review for review in case["reviews"] if not review["withdrawn"]]
        people = [review["reviewer"] for review in live]
        assert len(set(people)) == len(people), "nobody judges a case twice"
        by_referral = {
            one["id"]: [review for review in live if review["referral"] == one["id"]]
            for one in case["referrals"]
        }
        for referral in case["referrals"]:
            asked = 3 if referral["kind"] == "decide" else 1
            assert len(by_referral[referral["id"]]) == referral["done"] == asked, case
            assert (referral["state"], referral["needed"]) == ("closed", asked)
        assert not [claim for claim in case["claims"] if claim["state"] == "held"]


def conflicts_adjudicated(facts: dict[str, Any], texts: dict[str, str]) -> None:
    """Who agrees decides; what people differ about is decided by somebody who had not judged; and
    each case has the decisions it should have, no more."""
    conflicts = 0
    for id_, case in facts.items():
        number, _, true = texts[id_].partition(" ")
        live = [review for review in case["reviews"] if not review["withdrawn"]]
        first, *later = case["referrals"]
        opinions = {
            (review["verdict"], review["value"])
            for review in live
            if review["referral"] == first["id"]
        }
        settled = len(opinions) == 1 and opinions <= {("answer", "no"), ("answer", "yes")}
        kinds = [] if settled else ["adjudicate"]
        kinds += ["contest"] if contested(int(number)) else []
        assert [one["kind"] for one in later] == kinds, case
        conflicts += not settled
        answer = next(iter(opinions))[1] if settled else true
        values = [answer]
        if contested(int(number)):
            values.append(OTHER[true])
        assert [one["value"] for one in case["decisions"]] == values, case
        assert [one["n"] for one in case["decisions"]] == list(range(1, case["seq"] + 1))
        assert {one["source"] for one in case["decisions"]} == {"human"}
    assert conflicts > CASES // 20
