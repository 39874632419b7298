"""Sounds: how long, and their course."""

from io import BytesIO

import numpy as np
import pytest
import soundfile

from hitl.domain.files import sounds
from models_registry.domain.errors import Invalid
from tests.contents import sound


def test_the_course_of_a_sound_has_its_lowest_and_highest_samples() -> None:
    seconds, pairs = sounds.peaks(sound(seconds=2.0), 100)
    assert seconds == 2.0
    assert len(pairs) == 100
    assert all(-1 <= low <= high <= 1 for low, high in pairs)
    loudest = int(np.argmax([high for _, high in pairs]))
    assert 70 <= loudest <= 85  # sin(at)² is greatest at pi / 2 of two seconds


def test_a_sound_read_in_many_blocks_has_the_same_course(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = sounds.peaks(sound(seconds=3.0), 100)
    monkeypatch.setattr(sounds, "BLOCK", 1000)
    assert sounds.peaks(sound(seconds=3.0), 100) == whole


def test_a_sound_with_fewer_samples_than_pairs_has_one_for_each() -> None:
    _, pairs = sounds.peaks(sound(seconds=0.01))
    assert len(pairs) == 80


def test_a_sound_that_nobody_would_listen_to_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sounds, "MOST_SECONDS", 1)
    with pytest.raises(Invalid, match="too long"):
        sounds.refuse_unusable(sound(seconds=2.0), "/file")


def test_a_recording_that_streams_says_no_length() -> None:
    content = bytearray(sound())
    content[4:8] = b"\xff\xff\xff\xff"
    sounds.refuse_unusable(bytes(content), "/file")
    assert content


def test_more_samples_than_are_drawn_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sounds, "MOST_SAMPLES", 100)
    with pytest.raises(Invalid, match="too long"):
        sounds.refuse_unusable(sound(), "/file")


@pytest.mark.parametrize("sample", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_silence(sample: float) -> None:
    made = BytesIO()
    soundfile.write(made, np.full((800, 1), sample), 8000, format="WAV", subtype="FLOAT")
    assert set(sounds.peaks(made.getvalue())[1]) == {(0.0, 0.0)}
