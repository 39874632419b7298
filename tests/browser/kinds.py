"""One workflow per task type with cases and a model's answers: for tests of the review page."""

from dataclasses import dataclass
from typing import Any

NOTE = (
    "Storm with heavy rain over the coast from noon; gusts up to 110 km/h. The ferry stays in "
    "port, schools close early. Snow is expected above 900 metres after midnight."
)
INVOICE = (
    "Kestrel Paper Ltd\n14 Dock Road, Porthaven\n\nInvoice 2041\nDate 3 February 2026\n\n"
    "80 g paper, 40 boxes        312.00\nDelivery                     18.50\n\n"
    "Total EUR                   330.50\n\nPaid by card. Thank you."
)
LINE = "the quick brown fox jumps over the lazy dog"


@dataclass(frozen=True, slots=True)
class Kind:
    """A task type at work: how answers are defined, what is asked, what the model says."""

    answer: dict[str, Any]
    text: str
    value: Any
    confidences: dict[str, float] | None = None

    def cases(self, count: int) -> list[dict[str, Any]]:
        said = {"value": self.value, "confidence": 0.62}
        if self.confidences:
            said |= {"confidences": self.confidences, "confidence": min(self.confidences.values())}
        return [
            {"input": {"text": f"{self.text}\n\nSheet {number}"}, "prediction": said}
            for number in range(1, count + 1)
        ]


SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "A page",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {"text": {"title": "Text", "type": "string", "x-render": "text"}},
}
KINDS = {
    "classification": Kind({"classes": ["calm", "windy", "stormy"]}, NOTE, "windy"),
    "multilabel": Kind(
        {
            "classes": ["rain", "wind", "snow", "heat", "flood"],
            "none_of_these": True,
            "least": 1,
            "most": 3,
        },
        NOTE,
        ["rain", "wind"],
    ),
    "number": Kind(
        {"unit": "EUR", "minimum": 0, "maximum": 10_000, "decimals": 2}, INVOICE, "330.50"
    ),
    "text": Kind({"compare": "wer", "multiline": True}, LINE, "the quick brown fax"),
    "fields": Kind(
        {
            "fields": [
                {"name": "vendor", "type": "text", "required": True},
                {"name": "total", "type": "number", "unit": "EUR", "decimals": 2},
                {"name": "date", "title": "Date of the invoice", "type": "date"},
                {"name": "kind", "type": "choice", "classes": ["invoice", "receipt"]},
                {"name": "paid", "type": "yes_no"},
            ]
        },
        INVOICE,
        {
            "vendor": "Kestrel Paper Ltd",
            "total": "330.50",
            "date": "2026-02-08",
            "kind": "invoice",
            "paid": True,
        },
        {"vendor": 0.98, "total": 0.95, "date": 0.41, "kind": 0.99, "paid": 0.77},
    ),
}
