"""Waiting for a decision: by few threads at a time, and never for one that is there."""

import importlib
from collections.abc import Iterator
from contextlib import ExitStack
from threading import BoundedSemaphore
from typing import Any

import pytest
from django.conf import settings
from django.db.models import F

from hitl.models import Case, Workflow
from hitl.services import waiting
from models_registry.models import new_id
from tests.reviews.desks import send

pytestmark = pytest.mark.django_db


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.meanwhile: list[Any] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        if self.meanwhile:
            self.meanwhile.pop(0)()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(waiting, "time", clock)
    return clock


@pytest.fixture
def two_places(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(waiting, "_places", BoundedSemaphore(2))
    yield
    with ExitStack() as stack:
        again = [stack.enter_context(waiting.place(1)) for _ in range(3)]
    assert again == [True, True, False], "every place was given back"


def test_a_decision_that_is_there_is_not_waited_for(spam: Workflow, clock: Clock) -> None:
    case = send(spam)
    Case.objects.update(seq=1)
    assert waiting.for_decision(case.pk, 30)
    assert clock.slept == []


def test_a_decision_is_seen_when_it_comes(spam: Workflow, clock: Clock) -> None:
    case = send(spam)
    clock.meanwhile = [lambda: None, lambda: Case.objects.update(seq=F("seq") + 1)]
    assert waiting.for_decision(case.pk, 30)
    assert clock.slept == [waiting.PAUSE, waiting.PAUSE]


def test_nobody_waits_longer_than_asked_for(spam: Workflow, clock: Clock) -> None:
    case = send(spam)
    assert not waiting.for_decision(case.pk, 0.5)
    assert sum(clock.slept) == pytest.approx(0.5)
    assert clock.slept[-1] < waiting.PAUSE


def test_a_case_that_is_gone_is_not_waited_for(db: None, clock: Clock) -> None:
    assert waiting.for_decision(new_id(), 30)


def test_few_wait_and_the_others_are_told_at_once(two_places: None) -> None:
    with waiting.place(1) as first, waiting.place(30) as second, waiting.place(1) as third:
        assert (first, second, third) == (True, True, False)
        with waiting.place(1) as fourth:
            assert not fourth
    with waiting.place(1) as later:
        assert later


def test_who_does_not_want_to_wait_takes_no_place(two_places: None) -> None:
    with ExitStack() as stack:
        assert not any(stack.enter_context(waiting.place(0)) for _ in range(3))
        assert stack.enter_context(waiting.place(1))


def test_a_place_is_given_back_whatever_happens(two_places: None) -> None:
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), waiting.place(1) as granted:
            1 / (not granted)


@pytest.mark.parametrize(("threads", "places"), [(1, 0), (3, 0), (4, 1), (8, 2), (18, 4)])
def test_at_most_a_quarter_of_the_threads_wait(
    monkeypatch: pytest.MonkeyPatch, threads: int, places: int
) -> None:
    monkeypatch.setattr(settings, "HITL_WEB_THREADS", threads)
    try:
        importlib.reload(waiting)
        with ExitStack() as stack:
            granted = [stack.enter_context(waiting.place(1)) for _ in range(threads)]
        assert sum(granted) == places <= threads / 4
    finally:
        monkeypatch.undo()
        importlib.reload(waiting)
