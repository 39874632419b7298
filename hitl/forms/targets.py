"""The target of a workflow as two numbers, in percent."""

from typing import Any

from django import forms

from hitl.domain.policy import Policy, Target
from hitl.forms.fields import number

DIGITS = 10  # a percentage that was typed is no longer exact as a share


class TargetForm(forms.Form):
    """How many automated decisions may be wrong, and how sure one must be."""

    max_error = number(
        "At most so many automated decisions wrong, %",
        0.01,
        99.99,
        "2 means that of 100 cases the model decides at most 2 are wrong.",
    )
    confidence = number(
        "Sure of that, %",
        50,
        99.99,
        "95 means that such a proof is wrong in at most 5 of 100 workflows like this one.",
    )

    @staticmethod
    def shown(policy: Policy) -> dict[str, str]:
        """The target in force; the usual one under a fixed threshold."""
        rule = policy.threshold if isinstance(policy.threshold, Target) else Target()
        return {
            "max_error": f"{100 * rule.max_error:.{DIGITS}g}",
            "confidence": f"{100 * rule.confidence:.{DIGITS}g}",
        }

    def rule(self, before: Policy) -> dict[str, Any]:
        """The threshold rule that is asked for; what a target says beyond the two stays."""
        old = before.threshold
        kept = {"loss": old.loss, "by_class": old.by_class} if isinstance(old, Target) else {}
        asked = {
            name: round(self.cleaned_data[name] / 100, DIGITS)
            for name in ("max_error", "confidence")
        }
        return {"rule": "target", **asked, **kept}
