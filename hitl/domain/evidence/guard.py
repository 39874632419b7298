"""The guard: notices when what is automated has become worse than the target.

An e-detector of the Shiryaev-Roberts kind (Shin, Ramdas and Rinaldo 2024) over audited automated
cases, in the order in which they were drawn. While the error is at most the target the mean time to
a false alarm is at least the limit, in audits. The proof process reaches 1 / level with probability
at most `level`, ever, unless the error was above the target.
"""

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

RATIOS = (1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
WARM, COLD, ROLL_BACK = 300.0, 100.0, 100_000.0


class Temperature(StrEnum):
    """cold: nothing to see; warm: more audits, to be sure sooner; hot: back to people."""

    COLD = "cold"
    WARM = "warm"
    HOT = "hot"


class Guard(msgspec.Struct, frozen=True):
    """The detector's state after `seen` audits: all it needs to go on."""

    detectors: tuple[float, ...] = (0.0,) * len(RATIOS)
    proofs: tuple[float, ...] = (0.0,) * len(RATIOS)
    seen: int = 0
    temperature: Temperature = Temperature.COLD

    @property
    def strength(self) -> float:
        """The detector's value, compared with the limits."""
        return sum(self.detectors) / len(RATIOS)

    @property
    def proof(self) -> float:
        """The wealth against "the error was never above the target"."""
        return sum(self.proofs) / len(RATIOS) + 1.0 / (self.seen + 1)


def watch(
    guard: Guard, errors: Iterable[float], max_error: float, *, proof: float | None = None
) -> Guard:
    """The state after these audits too, in this order: 1 for an error, 0 for none, a part of 1
    where the target is a mean distance. Stays warm until it is cold again, and as it is once it
    is hot. proof: the wealth at which the proof process makes it hot, instead of the detector."""
    detectors, proofs = np.array(guard.detectors), np.array(guard.proofs)
    seen, temperature = guard.seen, guard.temperature
    right, wrong = likelihoods(max_error)
    for error in errors:
        if temperature == Temperature.HOT:
            break
        seen += 1
        factor = right + error * (wrong - right)  # mean at most 1 while the mean is on target
        detectors = factor * (detectors + 1.0)
        proofs = factor * (proofs + 1.0 / (seen * (seen + 1.0)))
        strength = float(detectors.mean())
        if proof is not None:
            is_proven = float(proofs.mean()) + 1.0 / (seen + 1) >= proof
            strength = ROLL_BACK if is_proven else min(strength, WARM)
        temperature = turned(temperature, strength)
    return Guard(tuple(detectors.tolist()), tuple(proofs.tolist()), seen, temperature)


@lru_cache(maxsize=64)
def likelihoods(max_error: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How much likelier an audit without and with an error is at each of the higher rates than at
    the target."""
    rates = np.minimum(max_error * np.array(RATIOS), (1.0 + max_error) / 2)
    return (1.0 - rates) / (1.0 - max_error), rates / max_error


def turned(before: Temperature, strength: float) -> Temperature:
    """The temperature at this strength, after another one. Hot stays hot."""
    if before == Temperature.HOT or strength >= ROLL_BACK:
        return Temperature.HOT
    if strength >= WARM:
        return Temperature.WARM
    return Temperature.COLD if strength < COLD else before
