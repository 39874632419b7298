"""Guidelines as somebody types them."""

import pytest

from hitl.forms.guidelines import GuidelinesForm


def test_a_text_stays_as_it_was_typed() -> None:
    form = GuidelinesForm({"seen": "0", "text": "    code\n"})
    assert form.is_valid()
    assert form.cleaned_data == {"seen": 0, "text": "    code\n"}


@pytest.mark.parametrize(
    ("given", "field"), [({"seen": "-1"}, "seen"), ({"seen": "0", "text": "a" * 50_001}, "text")]
)
def test_what_is_wrong_is_said_beside_its_field(given: dict[str, str], field: str) -> None:
    assert list(GuidelinesForm(given).errors) == [field]
