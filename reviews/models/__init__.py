"""Tables of judging: who holds which case, and what they said."""

from reviews.models.rows import Claim, Review

__all__ = ["Claim", "Review"]
