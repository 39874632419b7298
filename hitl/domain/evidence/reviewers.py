"""Reviewers who miss errors: how many at most, and what the target must be because of it.

A model's error that a blind reviewer does not notice counts as agreement. If at most a share h of
the errors is missed, then a measured disagreement below target x (1 - h) shows an error below the
target. Cases on which the model is known to be wrong, and which look like any other, measure h.
The limit holds at all times at once, so that it may be read as often as cases come in.
"""

from math import floor

from hitl.domain.evidence.interval import interval

STEPS = 20  # targets that the limit can lead to: few, as evidence is counted anew for each


def most_missed(shown: int, missed: int, level: float) -> float:
    """The upper limit of the share of errors that reviewers miss; with probability 1 - level it is
    never too low, however often one looks. 1 while nothing was shown.

    >>> round(most_missed(60, 0, 0.05), 3), round(most_missed(400, 4, 0.05), 3)
    (0.089, 0.039)
    """
    return interval(shown, missed, 1.0 - level)[1]


def tightened(max_error: float, shown: int, missed: int, level: float) -> float:
    """The target that the measured disagreement must meet, so that the true error meets
    `max_error`: rounded down to a twentieth of it. `level` is what the limit on missed errors may
    fail with; the certificate has to do with the rest. 0 where nothing can be certified.

    The limit moves as more is known. Where there is wealth a stricter target has less of it than a
    looser one, so that trying several costs nothing beyond the one that is right.

    >>> round(tightened(0.02, 400, 4, 0.05), 4)
    0.019
    """
    left = 1.0 - most_missed(shown, missed, level)
    return max_error * floor(STEPS * left + 1e-9) / STEPS
