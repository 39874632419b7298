"""The dials of a policy, in the groups in which an operator thinks of them."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import msgspec
from django import forms
from django.forms.boundfield import BoundField
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminSelectWidget

from hitl.domain.policy import Fixed, Policy, Target
from hitl.forms import pools
from hitl.forms.answers import AnswerField, Answers, as_text, ask
from hitl.forms.earned import EarnedDials
from hitl.forms.fields import Choices, choice, number, share, whole, yes
from hitl.forms.groups import GROUPS, Group

EVERYBODY = ("", "Everybody who reviews the workflow")
CONSENSUS: Choices = [
    ("unanimous", "Unanimous: all must say the same"),
    ("majority", "Majority: more than half must say the same"),
    ("first", "First: the earliest answer stands, the others show how far people agree"),
]
CHOSEN = ("audit_share", "blind_share", "gold_share", "agreement_share")  # from a list of shares
ON_LAPSE: Choices = [
    ("leave", "It stays in the queue, as it is"),
    ("raise", "It goes before all cases that are not raised"),
    ("adjudicate", "It goes to an adjudicator"),
    ("default", "The safe default is decided, marked as a rule's"),
]


class PolicyForm(EarnedDials):
    """The dials of a policy, each with what it does. `answers` are the workflow's: the safe
    default is one of them."""

    rule = forms.ChoiceField(
        choices=[("fixed", "A fixed confidence"), ("target", "A target for the error")],
        label="Threshold rule",
        help_text="What lets the model decide: a number that you choose, or proof that the error "
        "stays below a target. Under a target nothing is automated before a certificate exists.",
        widget=UnfoldAdminRadioSelectWidget,
    )
    threshold = number(
        "Confidence from which the model decides",
        0,
        1,
        "Fixed rule. Between 0 and 1, compared with the model's own confidence.",
        required=False,
    )
    max_error = number(
        "Highest error",
        0.0001,
        0.9999,
        "Target rule. Share of automated decisions that may be wrong; 0.02 is 2 %. Where the error "
        "is a distance: how far answers may be from the right one on average.",
        required=False,
    )
    confidence = number(
        "Confidence level of the proof", 0.5, 0.9999, "Target rule. 0.95 is 95 %.", required=False
    )
    audit_share = share(
        "Audit share", "Share of automated cases that a person judges as well, blind."
    )
    blind_share = share(
        "Blind share",
        "Share of referred cases judged without the suggestion: the only ones that tell how good "
        "the model is.",
        automatic="Automatic: 100 % under a target, 10 % under a fixed threshold",
    )
    two_stage = yes(
        "Two answers where the suggestion is hidden",
        "After a blind answer the suggestion is shown, and the person answers again: the first "
        "answer is evidence, the second decides.",
    )
    audit_supersedes = yes(
        "An audit that differs replaces the decision",
        "The client hears of the new decision. Otherwise the audit only counts as evidence.",
    )
    second_look = yes(
        "Second look",
        "A blind answer that differs from the model's is judged by a second person, blind, before "
        "it counts as evidence. Under a target that is always so.",
    )
    reviews_required = whole(
        "People per case", 1, 9, "They judge blind to each other. Cases that wait are adapted."
    )
    consensus = choice(
        "Consensus", CONSENSUS, "Where they do not agree, an adjudicator settles the case."
    )
    undo_seconds = whole(
        "Time to undo, seconds",
        0,
        600,
        "How long an answer can be taken back before it decides. 0 decides at once.",
    )
    lease_minutes = whole(
        "Lease, minutes", 1, 1440, "How long a case stays reserved for who took it."
    )
    adjudication_pool = forms.ChoiceField(
        choices=[EVERYBODY],
        required=False,
        label="Who settles conflicts",
        help_text="The pool of the adjudicators. They see the answers, never names nor the "
        "model's.",
        widget=UnfoldAdminSelectWidget,
    )
    due_hours = whole("Due after, hours", 1, 8760, "For cases whose client names no time.")
    audit_due_hours = whole("Audits due after, hours", 1, 8760, "The same for audits.")
    on_lapse = forms.ChoiceField(
        choices=ON_LAPSE,
        label="When a case is overdue",
        help_text="Concerns cases that a client waits for. Audits never lapse.",
        widget=UnfoldAdminRadioSelectWidget,
    )
    safe_default = AnswerField(
        required=False,
        label="Safe default",
        help_text="The answer that stands where nobody gave one in time.",
    )
    blur = yes("Blur pictures", "A picture is shown blurred until the person looks at it.")
    greyscale = yes("Pictures without colour", "Pictures are shown in greys.")
    mute = yes("Mute sound", "Sound begins muted.")
    break_minutes = whole(
        "Remind of a break after, minutes", 0, 480, "Of work without a pause. 0 for never."
    )
    gold_share = share(
        "Share of known answers", "Share of the cases a reviewer gets that are known answers."
    )
    onboarding = whole(
        "Onboarding", 0, 200, "Known answers that a new reviewer is given before any other case."
    )
    gold_bar = number(
        "Least share right", 0, 1, "Who is right on less is paused until an operator lifts it."
    )
    gold_least = whole("Judged after", 1, 1000, "Known answers before anybody can be paused.")
    redo_opens = yes(
        "A redo opens the case again",
        "A redo that names a value has a person look at the case again.",
    )

    OF_RULE: Mapping[str, tuple[str, ...]] = {
        "fixed": ("threshold",),
        "target": ("max_error", "confidence", "loss", "by_class"),
    }

    def __init__(self, *args: Any, answers: Answers | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = self.data if self.is_bound else self.initial
        self.rows = pools.rows_of(given)
        for row in range(self.rows):
            self.fields.update(pools.fields_of(row))
        names = [str(given.get(pools.key(row, "name"), "")).strip() for row in range(self.rows)]
        self.names = [name for name in dict.fromkeys(names) if name]
        self._offer("adjudication_pool", [EVERYBODY, *((name, name) for name in self.names)])
        if answers is not None:
            ask(cast(AnswerField, self.fields["safe_default"]), answers, nothing="None")

    def _offer(self, name: str, choices: Choices) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices

    def groups(self) -> Iterator[tuple[Group, list[BoundField]]]:
        """What the page shows, group by group."""
        for group in GROUPS:
            yield group, [self[name] for name in group.names]

    def pool_rows(self) -> list[list[BoundField]]:
        return [[self[pools.key(row, part)] for part in pools.PARTS] for row in range(self.rows)]

    @staticmethod
    def dials(policy: Policy) -> dict[str, Any]:
        """A policy as the form shows it; the rule that is not in force shows its defaults."""
        rule = policy.threshold
        fixed = rule if isinstance(rule, Fixed) else Fixed()
        target = rule if isinstance(rule, Target) else Target()
        shown = {name: getattr(policy, name) for name in PolicyForm.base_fields if name in DIALS}
        for name in CHOSEN:
            shown[name] = "" if shown[name] is None else f"{shown[name]:g}"
        return {
            **shown,
            "rule": "fixed" if rule is fixed else "target",
            "threshold": fixed.threshold,
            "max_error": target.max_error,
            "confidence": target.confidence,
            "loss": target.loss,
            "by_class": target.by_class,
            "safe_default": as_text(policy.safe_default),
            **pools.shown(policy.pools),
        }

    def clean(self) -> None:
        """Only the dials of the chosen rule must be there; rows of pools are named, each once."""
        for name in self.OF_RULE.get(self.cleaned_data.get("rule", ""), ()):
            if name not in self.errors and self.cleaned_data[name] is None:
                self.add_error(name, "This field is required.")
        used = pools.used(self.cleaned_data, self.rows)
        for name, said in pools.wrong_names(self.cleaned_data, used).items():
            self.add_error(name, said)

    def asked(self) -> dict[str, Any]:
        """The dials as `parse_policy` takes them."""
        given = {name: value for name, value in self.cleaned_data.items() if name in DIALS}
        chosen = self.cleaned_data["rule"]
        rule = {name: self.cleaned_data[name] for name in self.OF_RULE[chosen]}
        for name in CHOSEN:
            given[name] = float(given[name]) if given[name] else None
        used = pools.used(self.cleaned_data, self.rows)
        return {
            **given,
            "threshold": {"rule": chosen, **rule},
            "pools": pools.asked(self.cleaned_data, used),
        }

    def changes(self, before: Policy) -> dict[str, Any]:
        """The dials that differ from `before`: only these are asked for."""
        old = msgspec.json.decode(msgspec.json.encode(before))
        return {name: value for name, value in self.asked().items() if old[name] != value}

    def pointers(self) -> dict[str, str]:
        """Which field a refusal is about, by its pointer into the policy."""
        found = {f"policy/{name}": name for name in self.fields if name in DIALS}
        for index, row in enumerate(pools.used(self.cleaned_data, self.rows)):
            for part in pools.PARTS:
                found[f"policy/pools/{index}/{part}"] = pools.key(row, part)
        return found


DIALS = frozenset(Policy.__struct_fields__)
