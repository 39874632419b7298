"""The groups in which the dials of a policy stand on their page."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """Dials that belong together."""

    title: str
    text: str
    names: tuple[str, ...]


GROUPS = (
    Group(
        "Threshold",
        "From when on the model decides without people.",
        ("rule", "threshold", "max_error", "confidence", "loss", "by_class"),
    ),
    Group(
        "Looking over the model's shoulder",
        "What people judge blind, so that you learn how good the model is.",
        (
            "audit_share",
            "blind_share",
            "two_stage",
            "audit_supersedes",
            "second_look",
            "agreement_share",
            "reviewer_errors",
        ),
    ),
    Group(
        "The ladder",
        "What a step to a higher automation level needs, who takes it, and how long proof holds.",
        ("promote", "risk", "least_coverage", "guard", "lapse_cases", "lapse_days"),
    ),
    Group(
        "People",
        "How many judge a case, and how long they have.",
        ("reviews_required", "consensus", "undo_seconds", "lease_minutes"),
    ),
    Group(
        "Pools",
        "Who judges what. A client names the pool of a case; it goes to the reviewers who have all "
        "of the pool's skills. Skills are given to people with their roles. Empty rows count for "
        "nothing; two stay empty for more.",
        ("adjudication_pool",),
    ),
    Group(
        "Deadlines",
        "When an answer is due, and what happens if nobody gave one by then.",
        ("due_hours", "audit_due_hours", "on_lapse", "safe_default"),
    ),
    Group(
        "How cases are shown",
        "For pictures and sound that are hard to bear. Everybody can choose otherwise for "
        "themselves.",
        ("blur", "greyscale", "mute", "break_minutes"),
    ),
    Group(
        "Known answers",
        "Cases whose answer is known, served among the others: they show how well people judge.",
        ("gold_share", "onboarding", "gold_bar", "gold_least"),
    ),
    Group("After the decision", "What clients say later.", ("redo_opens",)),
)
