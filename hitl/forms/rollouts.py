"""What a rollout is started with."""

from collections.abc import Sequence
from typing import Any

from django import forms

from hitl.domain.rollouts.plan import USUAL
from hitl.domain.rollouts.strategies import STRATEGIES
from hitl.forms.fields import Choices, NamesField, choice, whole

GOALS: Choices = [
    ("not_worse", "It is shown to be not worse"),
    ("better", "It is shown to be better"),
    ("certified", "It is certified under the target, and nothing speaks against it"),
]
ADVANCE: Choices = [
    ("itself", "The service, once a step has lasted and enough was judged"),
    ("person", "A person, with one press each"),
]
NUMBERS = "Write numbers with commas between: 1, 5, 20, 50."
DIGITS = 10  # a percentage that was typed is no longer exact as a share


class RolloutForm(forms.Form):
    """Which version, by which strategy, in which steps."""

    version = choice("Version", [], "Of this workflow's model.")
    strategy = choice("Strategy", [], "")
    steps = NamesField(
        label="Steps of a canary, % of cases",
        help_text="Each larger than the one before; after the last one all cases move.",
    )
    soak_minutes = whole("Each step lasts at least, minutes", 0, 525_600, "Canary.")
    judged = whole(
        "Judged cases per step", 0, 1_000_000, "Canary: of the challenger, before the next step."
    )
    advance = choice("Who takes the steps", ADVANCE, "What is worse goes back by itself.")
    goal = choice("All cases move once", GOALS, "")

    def __init__(self, given: Any = None, *, versions: Sequence[tuple[str, str]]) -> None:
        usual = {
            "steps": [f"{100 * stage.share:g}" for stage in USUAL],
            "soak_minutes": USUAL[0].soak_minutes,
            "judged": USUAL[0].judged,
        }
        super().__init__(given, initial=usual)
        for name, choices in (
            ("version", versions),
            ("strategy", STRATEGIES.choices(lambda one: f"{one.title}: {one.promise}")),
        ):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = list(choices)

    def clean_steps(self) -> list[float]:
        """Shares, in order."""
        try:
            return [round(float(text) / 100, DIGITS) for text in self.cleaned_data["steps"]]
        except ValueError as error:
            raise forms.ValidationError(
                "Write numbers with commas between: 1, 5, 20, 50."
            ) from error

    def asked(self) -> dict[str, Any]:
        """The version, the strategy and the plan that are asked for."""
        given = self.cleaned_data
        stage = {"soak_minutes": given["soak_minutes"], "judged": given["judged"]}
        return {
            "version": int(given["version"]),
            "strategy": given["strategy"],
            "plan": {
                "steps": [{"share": share, **stage} for share in given["steps"]],
                "advance": given["advance"],
                "goal": given["goal"],
            },
        }

    @staticmethod
    def pointers() -> dict[str, str]:
        """Which field a refusal of the service is about."""
        same = {name: name for name in ("version", "strategy")}
        return same | {"plan/goal": "goal", "plan/steps": "steps"}
