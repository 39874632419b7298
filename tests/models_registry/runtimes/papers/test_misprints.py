"""Misprints: as many as asked for, of the kinds a scanner makes, and the same every time."""

from random import Random

import pytest

from models_registry.runtimes.papers.misprints import (
    LOOKS_LIKE,
    PAIRS,
    WORST,
    as_number,
    listed,
    misprinted,
    rate,
    skeleton,
)

TEXT = "Order 1204: two crates\nof modern lamps"


def test_nothing_is_misprinted_at_a_rate_of_nothing() -> None:
    assert misprinted(TEXT, 0.0, Random(1)) == TEXT


def test_the_same_chance_misprints_the_same() -> None:
    assert misprinted(TEXT, 0.3, Random(1)) == misprinted(TEXT, 0.3, Random(1)) != TEXT


def test_lines_stay_lines_however_bad_the_scan() -> None:
    assert misprinted(TEXT * 50, 1.0, Random(1)).count("\n") == (TEXT * 50).count("\n")


def test_about_as_many_characters_are_misprinted_as_asked_for() -> None:
    scanned = misprinted("l" * 10_000, 0.1, Random(1))
    assert 500 < scanned.count("1") < 1000  # the others are lost, doubled or broken by a space
    assert 9500 < len(scanned) < 10_500


def test_papers_differ_in_how_bad_they_are() -> None:
    chance = Random(1)
    rates = sorted(rate(chance) for _ in range(500))
    assert rates[0] < 0.001
    assert 0.04 < rates[-1] <= WORST


@pytest.mark.parametrize(("good", "bad"), [*LOOKS_LIKE.items(), *PAIRS.items()])
def test_what_looks_alike_has_the_same_skeleton(good: str, bad: str) -> None:
    assert skeleton(good) == skeleton(bad)


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    assert as_number("2O2S") == "2025"
    assert as_number("12-34") == "12-34"


def test_a_list_is_written_in_one_line() -> None:
    assert listed("apples, pine boards") == ["apples", "pine boards"]
