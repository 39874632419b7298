"""Sounds: whether one can be played, and its course as a picture."""

from io import BytesIO

import numpy as np
import soundfile

from models_registry.domain.errors import Invalid

FORMATS = frozenset({"WAV", "WAVEX", "FLAC", "OGG", "MP3"})
MOST_SECONDS = 4 * 3600  # silence packs well: a small file may be days long
MOST_SAMPLES = MOST_SECONDS * 48_000 * 2  # of all channels: what is unpacked to be drawn
PAIRS = 800  # as many as a wide screen has room to tell apart
BLOCK = 1 << 18  # samples that are unpacked at a time


def refuse_unusable(content: bytes, where: str) -> None:
    """Invalid for a sound that is cut short, damaged or longer than anybody listens."""
    try:
        with soundfile.SoundFile(BytesIO(content)) as sound:
            seconds = sound.frames / sound.samplerate
            usable = sound.format in FORMATS and sound.frames > 0 and not _is_cut(content)
            is_long = seconds > MOST_SECONDS or sound.frames * sound.channels > MOST_SAMPLES
            if usable and not is_long:
                sound.seek(max(0, sound.frames - BLOCK))
                usable = len(sound.read(BLOCK, dtype="float32")) > 0
    except Exception as error:  # decoders of foreign bytes raise whatever they come upon
        raise Invalid.at(where, "The sound is damaged or cut short; send it whole.") from error
    if not usable:
        raise Invalid.at(where, "The sound is damaged or cut short; send it whole.")
    if is_long:
        hours = MOST_SECONDS // 3600
        detail = f"The sound is too long; send one of at most {hours} hours in stereo at 48 kHz."
        raise Invalid.at(where, detail)


def _is_cut(content: bytes) -> bool:
    """A WAV file says in its head how long it is."""
    said = int.from_bytes(content[4:8], "little") + 8
    # Recorders that stream write a length of nothing, or the greatest there is.
    return content[:4] == b"RIFF" and len(content) < said < 0xFFFFFF00


def peaks(content: bytes, pairs: int = PAIRS) -> tuple[float, list[tuple[float, float]]]:
    """Seconds, and the lowest and highest sample of that many stretches of equal length."""
    with soundfile.SoundFile(BytesIO(content)) as sound:
        step = max(1, -(-sound.frames // pairs))
        found: list[tuple[float, float]] = []
        size = _blocksize(step, sound.channels)
        for block in sound.blocks(size, dtype="float32", always_2d=True):
            heard = np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0).clip(-1.0, 1.0)
            found += _extremes(heard.mean(axis=1), step)
        return sound.frames / sound.samplerate, found[:pairs]


def _blocksize(step: int, channels: int) -> int:
    """Whole stretches, so that none is split between two blocks."""
    return step * max(1, BLOCK // (step * channels))


def _extremes(
    samples: "np.ndarray[tuple[int], np.dtype[np.float32]]", step: int
) -> list[tuple[float, float]]:
    starts = np.arange(0, len(samples), step)
    low, high = np.minimum.reduceat(samples, starts), np.maximum.reduceat(samples, starts)
    return [(round(float(a), 3), round(float(b), 3)) for a, b in zip(low, high, strict=True)]
