"""The demo's workflows, one row each: what is asked, which model answers, how people slip."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from models_registry.runtimes import digits
from models_registry.runtimes.digits import Trained
from models_registry.runtimes.papers import correction, extraction, invoices, remarks

Input = dict[str, Any]

INVOICE_RULES = """\
## What to enter

- **Invoice number**: as it was printed, without "No." and spaces. Undo what the scanner misread:
  `20I5` is `2015`.
- **Date**: the day of the invoice, not of the order and not when it is due. With slashes the month
  comes first where amounts are in dollars.
- **Supplier**: who sends the invoice, not who gets it.
- **Total**: what is to pay, with tax.
- **Already paid**: leave it out where the paper does not say.

Leave a field empty if nobody can read it. These invoices are generated; none of them is real.
"""
REMARK_RULES = """\
## How to write the line

- Write what the sender wrote, in one line: undo misprints, add or take out broken spaces.
- Keep words, numbers and punctuation as they are; improve nothing.
- Where a number cannot be read, write it as it stands.

These remarks are generated; no delivery is real.
"""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One workflow of the demo.

    learn: trains the model, as it is registered. step: what that is called while it runs.
    supply: gives the function of input number i and its truth.
    predict: what the client's own model says about an input; None for a model that runs here.
    slip: a wrong answer, made from the true one.
    share: of the cases a second that the demo is asked for.
    """

    slug: str
    title: str
    task_type: str
    schema: Mapping[str, Any]
    answer: Mapping[str, Any]
    level: str
    reason: str
    step: str
    learn: Callable[[], Trained]
    supply: Callable[[], Callable[[int], tuple[Input, Any]]]
    slip: Callable[[Any, Random], Any]
    predict: Callable[[Input], dict[str, Any]] | None = None
    share: float = 0.2
    policy: Mapping[str, Any] = field(default_factory=dict)
    guidelines: str = ""

    @property
    def runtime(self) -> str:
        return "client" if self.predict else "sklearn"


def _other_digit(truth: str, chance: Random) -> str:
    return chance.choice([c for c in digits.CLASSES if c != truth])


def _typo(truth: str, chance: Random) -> str:
    """One character is left out."""
    at = chance.randrange(len(truth))
    return truth[:at] + truth[at + 1 :]


def _other_field(truth: Mapping[str, Any], chance: Random) -> dict[str, Any]:
    """One field is wrong, as such a field goes wrong."""
    name = chance.choice(invoices.FIELDS)
    return {**truth, name: _MISTAKES.get(name, _typo)(truth[name], chance)}


_MISTAKES: dict[str, Callable[[Any, Random], Any]] = {
    "date": lambda day, _: (date.fromisoformat(day) + timedelta(1)).isoformat(),
    "currency": lambda one, chance: chance.choice([c for c in invoices.CURRENCIES if c != one]),
    "total": lambda amount, _: str(Decimal(amount) * 10),
    "paid": lambda paid, _: not paid,
}


def _at_the_client(model: extraction.Extractor | correction.Corrector) -> Trained:
    """What is registered of a model that runs elsewhere: no file."""
    return Trained(b"", model.metrics, model.card)


EXHIBITS = (
    Exhibit(
        slug="digits",
        title="Handwritten digits",
        task_type="classification",
        schema=digits.SCHEMA,
        answer={"classes": digits.CLASSES},
        level="shadow",
        reason="Start of the trial: people decide, the model answers silently.",
        step="Training a model on 600 handwritten digits",
        learn=digits.train,
        supply=lambda: digits.Unseen().sample,
        slip=_other_digit,
        share=1.0,
    ),
    Exhibit(
        slug="invoices",
        title="Invoices (generated)",
        task_type="fields",
        schema=invoices.SCHEMA,
        answer=invoices.ANSWER,
        level="ai_assistance",
        reason="Checking six fields is quicker than typing them; on a quarter of the cases people "
        "answer first without the model, which shows whether it leads them astray.",
        step=f"Training a reader on {extraction.LEARNED} generated invoices",
        learn=lambda: _at_the_client(extraction.trained()),
        supply=lambda: invoices.sample,
        slip=_other_field,
        predict=lambda given: extraction.trained().predict(given),
        policy={"two_stage": True, "blind_share": 0.25},
        guidelines=INVOICE_RULES,
    ),
    Exhibit(
        slug="delivery-notes",
        title="Delivery notes, cleaned up (generated)",
        task_type="text",
        schema=remarks.SCHEMA,
        answer=remarks.ANSWER,
        level="ai_assistance",
        reason="Mending the model's line is quicker than typing it anew; people decide each one.",
        step=f"Training a corrector on {correction.LEARNED:,} generated remarks",
        learn=lambda: _at_the_client(correction.trained()),
        supply=lambda: remarks.sample,
        slip=_typo,
        predict=lambda given: correction.trained().predict(given),
        guidelines=REMARK_RULES,
    ),
)
