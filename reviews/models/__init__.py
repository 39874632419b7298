"""Tables of judging: who holds which case, what they said, and how well they judge."""

from reviews.models.people import Comment, Mention, Preference
from reviews.models.rows import Claim, Gold, GoldAnswer, Review, Standing, Withdrawal

__all__ = [
    "Claim",
    "Comment",
    "Gold",
    "GoldAnswer",
    "Mention",
    "Preference",
    "Review",
    "Standing",
    "Withdrawal",
]
