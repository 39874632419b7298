"""What a simulation cannot know, in words: counted instead of guessed."""

from collections.abc import Iterator
from typing import NamedTuple

from hitl.domain.evidence.estimates import LEAST, Estimate
from hitl.domain.policy import Target
from hitl.domain.staffing import LEAST_CASES, LEAST_REVIEWS
from hitl.services.evidence.past import MOST
from hitl.services.evidence.simulating import Outcome, Simulated


class Limit(NamedTuple):
    """One thing that cannot be known: a name for programs, a sentence for people."""

    name: str
    said: str


def limits(found: Simulated) -> list[Limit]:
    """Everything that stands between this simulation and certainty, what matters most first."""
    return [*_of_cases(found), *_of_errors(found.then), *_of_proof(found), *_of_people(found)]


def _of_cases(found: Simulated) -> Iterator[Limit]:
    if not found.complete:
        yield Limit(
            "truncated",
            f"Only the newest {MOST:,} cases were replayed, from {found.start:%Y-%m-%d}.",
        )
    if not found.then.enough or not found.now.enough:
        yield Limit(
            "too_few",
            f"{found.version or 'A model'} has answered {found.predictions:,} of {found.cases:,} "
            f"cases in this time; {LEAST} are needed for numbers.",
        )
    elif found.predictions < found.cases:
        yield Limit(
            "unanswered",
            f"{found.cases - found.predictions:,} of {found.cases:,} cases were not answered by "
            f"{found.version or 'a model'}: what it would have said about them is not known.",
        )
    if found.stopped:
        yield Limit("stopped", "Automation is stopped; both sides are reckoned as if it were not.")


def _of_errors(then: Outcome) -> Iterator[Limit]:
    course = then.course
    if course.unknowable:
        yield Limit(
            "selection",
            f"{course.unknowable:,} of {course.automated:,} cases that would be automated had no "
            "chance of a blind answer: how many of them are wrong cannot be known. The error "
            "concerns the others alone.",
        )
    if course.automated and not course.error.is_enough:
        yield _too_few_answers(course.error)
    if course.awaited:
        yield Limit(
            "awaited",
            f"{course.awaited:,} blind answers about cases that would be automated are not there "
            "yet.",
        )


def _too_few_answers(error: Estimate) -> Limit:
    more = "Audits or a blind share give such answers."
    if not error.cases:
        return Limit(
            "no_answers",
            "None of the cases that would be automated has been judged blind, so nothing is known "
            f"about their errors. {more}",
        )
    if not error.answers:
        return Limit(
            "no_answers",
            f"{error.cases:,} of the cases that would be automated were judged blind, and people "
            "could tell in none of them, so nothing is known about their errors.",
        )
    has = "has" if error.answers == 1 else "have"
    return Limit(
        "few_answers",
        f"Only {error.answers:,} of the cases that would be automated {has} a blind answer; "
        f"{LEAST} are needed for an error rate. {more}",
    )


def _of_proof(found: Simulated) -> Iterator[Limit]:
    policy, course = found.then.policy, found.then.course
    if not isinstance(policy.threshold, Target):
        return
    if not found.grid:
        yield Limit(
            "no_grid",
            "Nothing can be certified yet: the thresholds to test are chosen from the first 400 "
            "answers of the model.",
        )
    if course.undrawn:
        yield Limit(
            "undrawn",
            f"{course.undrawn:,} cases would have been judged blind under these terms and were "
            "not: with their answers more might be certified, and sooner.",
        )
    yield Limit(
        "not_replayed",
        "Roll-backs by the guard and certificates that lapse are not replayed.",
    )


def _of_people(found: Simulated) -> Iterator[Limit]:
    if found.effort is None:
        yield Limit(
            "no_times",
            f"Fewer than {LEAST_REVIEWS} judgements were timed, so hours and people are not known.",
        )
    if found.arrivals is None:
        yield Limit(
            "no_traffic",
            f"{found.cases:,} of at least {LEAST_CASES} cases came in this time, so the traffic is "
            "not known."
            if found.cases < LEAST_CASES
            else "All of these cases came within an hour: too short a time to know the traffic.",
        )
    elif found.arrivals.busiest_day is None:
        yield Limit(
            "no_profile",
            "Too little for the busiest hours of the week (two weeks and 2,000 cases): people are "
            "reckoned for an average day.",
        )
