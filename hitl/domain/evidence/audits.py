"""How many automated cases are audited: many at first and while something looks wrong."""

from hitl.domain.policy import SHARES

MOST = 0.5
SETTLED = 500  # audits after which a new threshold is audited no more than another
BOOST = 10.0


def allowed(share: float) -> float:
    """The largest share that may be used and is not above this one.

    >>> allowed(0.3), allowed(0.004), allowed(2.0)
    (0.25, 0.0, 1.0)
    """
    return max(one for one in SHARES if one <= share)


def decayed(automated: int) -> float:
    """The share after so many automated cases since the first certificate: audits soon after it
    are cheap proof, and find early what is wrong.

    >>> [decayed(n) for n in (0, 1000, 5000, 100_000)]
    [0.5, 0.5, 0.1, 0.0]
    """
    return allowed(min(MOST, SETTLED / automated)) if automated else MOST


def boosted(share: float) -> float:
    """The share while the guard is warm: ten times as much, at most half.

    >>> boosted(0.05), boosted(0.01)
    (0.5, 0.1)
    """
    return max(share, allowed(min(MOST, BOOST * share + 1e-12)))
