"""A confidence sequence for an error rate: an interval that holds at all looks at once."""

import numpy as np
from scipy.optimize import brentq
from scipy.special import betaln, xlog1py, xlogy

PRIOR = 0.5  # Jeffreys': the mixture over rates that is bet against each rate p


def log_bet(p: float, cases: int, errors: int) -> float:
    """The log of the wealth against "the rate is p": a mixture of binomial likelihoods over that
    at p (H. Robbins, 1970)."""
    a = PRIOR
    mixed = float(betaln(a + errors, a + cases - errors) - betaln(a, a))
    return mixed - float(xlogy(errors, p) + xlog1py(cases - errors, -p))


def interval(cases: int, errors: int, confidence: float = 0.95) -> tuple[float, float]:
    """All rates whose wealth never grew beyond 1 / (1 - confidence): however often one looks, the
    true rate of independent cases is inside with this probability at all times.

    >>> low, high = interval(1000, 20)
    >>> round(100 * low, 1), round(100 * high, 1)
    (0.8, 4.1)
    """
    if not cases:
        return 0.0, 1.0
    needed = -np.log(1.0 - confidence)

    def beyond(p: float) -> float:
        return log_bet(p, cases, errors) - float(needed)

    middle = errors / cases
    tiny = 1e-15
    low = 0.0 if not errors else float(brentq(beyond, tiny, middle, xtol=1e-14))
    high = (
        1.0 if errors == cases else float(brentq(beyond, max(middle, tiny), 1.0 - tiny, xtol=1e-14))
    )
    return low, high
