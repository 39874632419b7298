"""The dials by which automation is earned: what counts as error, who takes a step, how long proof
holds."""

from django import forms

from hitl.forms.fields import Choices, choice, number, share, whole, yes

LOSSES: Choices = [
    ("wrong", "The share of wrong answers"),
    ("distance", "The mean distance from the right answer: words, fields, numbers"),
]
GUARDS: Choices = [
    ("detector", "The detector: as soon as audits look worse than the target"),
    ("proof", "The proof: once it is certain that they are"),
]
PROMOTE: Choices = [
    ("person", "A person, with one press"),
    ("two", "Two people: one proposes, another confirms"),
    ("itself", "The service by itself, as soon as it is earned"),
]
RISKS: Choices = [
    ("low", "Low: up to full automation"),
    ("medium", "Medium: up to partial automation"),
    ("high", "High: up to AI assistance; people decide every case"),
]


class EarnedDials(forms.Form):
    """A part of the form of a policy."""

    loss = choice("What the error is", LOSSES, "Target rule. A distance is between 0 and 1.")
    by_class = yes(
        "Certificates for every answer by itself",
        "Target rule. They are shown beside the others; the live threshold stays the one for all.",
    )
    agreement_share = share(
        "Share of agreements judged twice",
        "Share of the blind answers equal to the model's that a second person judges as well: it "
        "shows which errors people miss.",
    )
    reviewer_errors = yes(
        "Allow for what reviewers miss",
        "The target is tightened by the errors that people may miss. It needs known answers on "
        "which the model is wrong, or agreements that are judged twice.",
    )
    guard = choice(
        "What takes the model back",
        GUARDS,
        "The detector sees a change soonest. The proof comes later, and is false at most as often "
        "as a certificate, however long it runs.",
    )
    promote = choice(
        "Who takes the next step",
        PROMOTE,
        "Of the ladder, once it is earned. Anybody who operates the workflow may lower the level.",
    )
    risk = choice("Risk class", RISKS, "How bad a wrong decision is. It caps the automation level.")
    least_coverage = number(
        "Share certified before partial automation",
        0,
        1,
        "Share of all cases that must be certified; 0.2 is 20 %.",
    )
    lapse_cases = whole(
        "A certificate lapses after, automated cases",
        0,
        100_000_000,
        "Unless it is earned anew from what came since. 0 for never.",
    )
    lapse_days = whole("A certificate lapses after, days", 0, 3650, "The same. 0 for never.")
