"""The noisy channel: what is good stays, what is misprinted is read as what was seen before."""

import pytest

from models_registry.runtimes.papers.channel import Channel

LINES = ["12 crates of apples arrived wet", "3 crates of lamps are missing"] * 5


@pytest.fixture(scope="module")
def channel() -> Channel:
    return Channel(LINES)


@pytest.mark.parametrize("line", LINES[:2])
def test_a_good_line_stays_as_it_is(channel: Channel, line: str) -> None:
    read = channel.read(line)
    assert (read.text, read.edits, read.unknown) == (line, 0.0, 0)


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        pytest.param("3 crotes of 1amps are missing", LINES[1], id="look alike"),
        pytest.param("3 crates of larnps are missing", LINES[1], id="rn for m"),
        pytest.param("3 crtes of lammps are missing", LINES[1], id="lost and doubled"),
        pytest.param("3 cra tes oflamps are missing", LINES[1], id="broken spaces"),
        pytest.param("3crates of lamps are missing", LINES[1], id="space after a number"),
        pytest.param("l2 crates of apples arrived wet", LINES[0], id="digit"),
    ],
)
def test_a_misprint_is_undone(channel: Channel, line: str, meant: str) -> None:
    read = channel.read(line)
    assert read.text == meant
    assert read.edits > 0


def test_what_is_no_misprint_of_anything_known_stays_and_is_counted(channel: Channel) -> None:
    read = channel.read("3 crates of zucchini are missing")
    assert "zucchini" in read.text
    assert read.unknown == 1


def test_a_number_that_was_never_seen_is_no_unknown_word(channel: Channel) -> None:
    read = channel.read("77 crates of apples arrived wet")
    assert (read.text, read.unknown) == ("77 crates of apples arrived wet", 0)


def test_nothing_is_read_from_nothing(channel: Channel) -> None:
    assert channel.read("  ").text == ""
