"""Automation levels: how much the machine may do alone, as one ordered ladder."""

from dataclasses import dataclass
from typing import Literal

from models_registry.domain.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class AutomationLevel:
    """One step of the ladder.

    step: 0 (people only) upwards; a higher step never refers a case that a lower one automates.
    asks_model: whether the live model is called at all.
    shows_suggestion: whether reviewers of referred cases see the model's answer (outside the
        blind share); audits never show it.
    automates: which predictions the machine may decide on: none, those at or above the live
        threshold, or every usable one.
    promise: one sentence for people who choose the level.
    """

    name: str
    step: int
    title: str
    promise: str
    asks_model: bool = True
    shows_suggestion: bool = False
    automates: Literal["none", "confident", "usable"] = "none"


LEVELS: Catalogue[AutomationLevel] = Catalogue("automation level")

for _level in (
    AutomationLevel(
        "human_only",
        0,
        "Human only",
        "People decide every case. The model is not called.",
        asks_model=False,
    ),
    AutomationLevel(
        "shadow",
        1,
        "Shadow",
        "People decide every case without seeing the model, which answers silently.",
    ),
    AutomationLevel(
        "ai_assistance",
        2,
        "AI assistance",
        "People decide every case and see the model's suggestion, except on the blind share.",
        shows_suggestion=True,
    ),
    AutomationLevel(
        "partial_automation",
        3,
        "Partial automation",
        "The model decides at or above the live threshold; people decide the rest.",
        shows_suggestion=True,
        automates="confident",
    ),
    AutomationLevel(
        "full_automation",
        4,
        "Full automation",
        "The model decides every case it can answer; people decide only what it cannot.",
        shows_suggestion=True,
        automates="usable",
    ),
):
    LEVELS.register(_level.name, _level)

SHADOW = LEVELS["shadow"]
AI_ASSISTANCE = LEVELS["ai_assistance"]
