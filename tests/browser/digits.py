"""A workflow of handwritten digits, and hands that judge them: for tests of the review page."""

from typing import Any

from playwright.sync_api import Page, expect

DIGITS: dict[str, Any] = {
    "type": "object",
    "title": "A handwritten digit",
    "required": ["image"],
    "additionalProperties": False,
    "properties": {
        "image": {
            "title": "Image",
            "type": "array",
            "x-render": "image",
            "items": {"type": "array", "items": {"type": "number", "minimum": 0, "maximum": 16}},
        }
    },
}
FIRST = 32  # from this image on; any would do, the second is a picture for the README


def digit_cases(count: int) -> list[dict[str, Any]]:
    """Digits with the prediction of the client's own model."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    return [
        {
            "input": {"image": digits.images[i].tolist()},
            "prediction": {"value": str(digits.target[i]), "confidence": 0.831},
        }
        for i in range(FIRST, FIRST + count)
    ]


def referral(page: Page) -> str:
    return page.locator("#desk").get_attribute("data-referral") or ""


def answer(page: Page, digit: str) -> None:
    """Judges with two keys and waits for what follows."""
    before = referral(page)
    page.keyboard.press(digit)
    page.keyboard.press("Enter")
    expect(page.locator("#desk")).not_to_have_attribute("data-referral", before)


def chosen(page: Page, value: str, comment: str = "") -> None:
    """Waits until this is what the page shows as the judgement."""
    expect(page.locator(f"input[name=value][value='{value}']")).to_be_checked()
    expect(page.locator("#comment")).to_have_value(comment)


def write(page: Page, digit: str, comment: str) -> None:
    """Chooses and comments, by keyboard; submits nothing."""
    page.keyboard.press(digit)
    page.keyboard.press("m")
    page.keyboard.type(comment)


def drafts(page: Page) -> list[str]:
    """What this browser keeps."""
    names: list[str] = page.evaluate("() => Object.keys(localStorage)")
    return names
