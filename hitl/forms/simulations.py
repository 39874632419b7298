"""Other terms to try out: plain dials; what is left empty stays as it is."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from hitl.domain.levels import LEVELS
from hitl.domain.policy import Fixed, Policy
from hitl.domain.staffing import Wanted
from hitl.forms.fields import number, share
from hitl.services.evidence.simulating import WEEKS, Asked

AS_IT_IS = "As it is"
USUAL = {"weeks": "4", "hours_per_day": "6", "wait_minutes": "60"}


def _whole(label: str, most: int, text: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=1,
        max_value=most,
        required=False,
        help_text=text,
        widget=UnfoldAdminIntegerFieldWidget(attrs={"min": 1, "max": most}),
    )


def _dials(present: Policy | None) -> dict[str, str]:
    """What an empty field stands for, as it is in force."""
    if present is None:
        return {}
    rule = present.threshold
    said = {"reviews_required": f"now {present.reviews_required}"}
    if isinstance(rule, Fixed):
        return {**said, "threshold": f"now {rule.threshold:g}"}
    goal = {"max_error": f"now {rule.max_error:g}", "confidence": f"now {rule.confidence:g}"}
    return {**said, **goal}


class SimulationForm(forms.Form):
    """The dials of a simulation."""

    weeks = _whole("Weeks", WEEKS, "How far back cases are replayed; empty for 4.")
    level = forms.ChoiceField(
        required=False,
        label="Automation level",
        help_text="How much the machine may do alone.",
        widget=UnfoldAdminSelectWidget,
    )
    max_error = number(
        "Highest error", 0.0001, 0.9999, "A target: 0.02 is 2 % wrong at most.", required=False
    )
    confidence = number(
        "Confidence level of the proof", 0.5, 0.9999, "Of the target. 0.95 is 95 %.", required=False
    )
    threshold = number(
        "Fixed threshold", 0, 1, "Instead of a target: automate from here.", required=False
    )
    audit_share = share("Audit share", "Automated cases judged as well.", automatic=AS_IT_IS)
    blind_share = share("Blind share", "Judged without the suggestion.", automatic=AS_IT_IS)
    reviews_required = _whole("People per case", 9, "Who judge one case, blind to each other.")
    hours_per_day = number(
        "Hours of reviewing per person and day", 0.5, 24, "Empty for 6.", required=False
    )
    wait_minutes = number(
        "Wanted wait, minutes", 0.5, 10080, "On average. Empty for 60.", required=False
    )

    def __init__(self, *args: Any, present: Policy | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, value in {**USUAL, **_dials(present)}.items():
            self.fields[name].widget.attrs["placeholder"] = value
        choices = [("", AS_IT_IS), *((one.name, one.title) for one in LEVELS.entries())]
        level: Any = self.fields["level"]
        level.choices = choices

    def weeks_asked(self) -> int:
        return int(self.cleaned_data["weeks"] or 4)

    def asked(self) -> Asked:
        """The other terms as the service takes them."""
        given = self.cleaned_data
        shares = {n: float(given[n]) if given[n] else None for n in ("audit_share", "blind_share")}
        plain = ("max_error", "confidence", "threshold")
        wanted = Wanted(given["hours_per_day"] or 6.0, given["wait_minutes"] or 60.0)
        dials: dict[str, Any] = shares | {name: given[name] for name in plain}
        return Asked(
            level=given["level"] or None,
            reviews_required=given["reviews_required"],
            wanted=wanted,
            **dials,
        )
