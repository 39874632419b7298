"""Reviewers who miss errors: how many at most, and what the target must be because of it.

A model's error that a blind reviewer does not notice counts as agreement. If at most a share h of
the errors is missed, then a measured disagreement below target x (1 - h) shows an error below the
target. Known-error cases, which look like any other, measure h.
"""

from scipy.stats import beta


def most_missed(shown: int, missed: int, level: float) -> float:
    """The upper limit of the share of errors that reviewers miss, exact (Clopper and Pearson 1934)
    at confidence 1 - level; 1 while nothing was shown.

    >>> round(most_missed(60, 0, 0.05), 3), round(most_missed(100, 2, 0.05), 3)
    (0.049, 0.062)
    """
    if missed >= shown:
        return 1.0
    return float(beta.ppf(1.0 - level, missed + 1, shown - missed))


def tightened(max_error: float, shown: int, missed: int, level: float) -> float:
    """The target that the measured disagreement must meet, so that the true error meets
    `max_error`. `level` is what the limit on missed errors may fail with; the certificate has to
    do with the rest. 0 where nothing can be certified.

    >>> round(tightened(0.02, 100, 2, 0.05), 4)
    0.0188
    """
    return max_error * (1.0 - most_missed(shown, missed, level))
