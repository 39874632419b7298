"""Judging in the panel: known answers, and the people who judge."""

from reviews.admin import golds, people

__all__ = ["golds", "people"]
