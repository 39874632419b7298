"""Number: an exact decimal, with a unit, a range and a tolerance."""

import re
from collections.abc import Sequence
from decimal import Context, Decimal
from typing import Annotated, cast

import msgspec

from models_registry.domain.errors import Invalid
from models_registry.domain.task_types import TASK_TYPES, Definition, Posted, TaskType, definition

DIGITS = 40  # before the point, and after it; more is no measurement of anything
EXACT = Context(prec=6 * DIGITS)
WRITTEN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
HOW = "Write digits with a point, as 1234.5."
HINT = 'Give {"unit": "kg"}, or "" for a number without one; limits are numbers.'
Given = str | int | float
Word = Annotated[str, msgspec.Meta(max_length=50, pattern=r"^[^\x00-\x1f]*$(?!\n)")]


class Measured(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is measured: limits are included; two answers agree within the greater tolerance."""

    unit: Word
    minimum: Given | None = None
    maximum: Given | None = None
    decimals: Annotated[int, msgspec.Meta(ge=0, le=20)] | None = None
    tolerance_absolute: Given = "0"
    tolerance_relative: Given = "0"


def decimal(value: object, pointer: str) -> Decimal:
    """The exact decimal that somebody wrote; Invalid, with how to write it, if it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Invalid.at(pointer, f"Not a number. {HOW}")
    if isinstance(value, int) and value.bit_length() > 4 * DIGITS:
        raise Invalid.at(pointer, f"A number has at most {DIGITS} digits.")
    text = str(value).strip()
    if "," in text:
        raise Invalid.at(pointer, f"Not a number: a comma is not understood. {HOW}")
    if len(text) > 3 * DIGITS or not WRITTEN.fullmatch(text):
        raise Invalid.at(pointer, f"Not a number. {HOW}")
    found = Decimal(text)
    digits, exponent = found.as_tuple().digits, cast(int, found.as_tuple().exponent)
    if max(len(digits) + exponent, -exponent) > DIGITS:
        raise Invalid.at(
            pointer, f"A number has at most {DIGITS} digits before and after its point."
        )
    return found


def without_unit(value: object, unit: str, pointer: str) -> object:
    """A number that somebody wrote with its unit, without it; Invalid where another one is written.

    >>> without_unit("330.50 eur", "EUR", "/value")
    '330.50'
    """
    if not isinstance(value, str) or len(value) > 3 * DIGITS:
        return value
    number, rest = _split(value.strip())
    if not number or not rest:
        return value
    if unit and rest.casefold() == unit.casefold():
        return number
    if not rest[0].isalpha():
        return value  # no word, so no unit: a mark that does not belong in a number
    asked = f"write the number of {unit}" if unit else "write the number alone"
    raise Invalid.at(pointer, f"{rest!r} is not understood here: {asked}, as 1234.5.")


def _split(text: str) -> tuple[str, str]:
    """A number at the start of a text, and what stands after it."""
    found = WRITTEN.match(text)
    return (found[0], text[found.end() :].strip()) if found else ("", text)


def written(number: Decimal, decimals: int | None = None) -> str:
    """One way to write each number: no exponent, no minus before zero, and just the decimals that
    are asked for, else no zeros at the end."""
    if decimals is not None:
        number = EXACT.quantize(number, Decimal(1).scaleb(-decimals))
    else:
        number = EXACT.normalize(number)
    return f"{abs(number) if number == 0 else number:f}"


def _limit(answer: Definition, name: str) -> Decimal | None:
    stored = answer.get(name)
    return None if stored is None else Decimal(str(stored))


@TASK_TYPES.named("number")
class Number(TaskType):
    """A decimal number; stored as text, so that no digit is lost on the way.

    >>> task = Number()
    >>> answer = task.check({"unit": "kg", "minimum": 0, "decimals": 2, "tolerance_absolute": 0.05})
    >>> task.normalise(answer, 12.5, "/value"), task.agrees(answer, "12.50", "12.54")
    ('12.50', True)
    """

    name = "number"
    title = "A number"
    template = "reviews/answers/_number.html"
    example = {"unit": "kg", "minimum": 0, "maximum": 500, "decimals": 1, "tolerance_absolute": 0.5}

    def check(self, answer: object) -> dict[str, object]:
        parsed = cast(Measured, definition(answer, Measured, HINT))
        found: dict[str, object] = {"unit": parsed.unit.strip()}
        for name in ("minimum", "maximum", "tolerance_absolute", "tolerance_relative"):
            given = getattr(parsed, name)
            found[name] = None if given is None else written(decimal(given, f"/answer/{name}"))
        found["decimals"] = parsed.decimals
        low, high = _limit(found, "minimum"), _limit(found, "maximum")
        if low is not None and high is not None and low > high:
            raise Invalid.at("/answer/maximum", f"At least the minimum, {written(low)}.")
        if Decimal(str(found["tolerance_absolute"])) < 0:
            raise Invalid.at("/answer/tolerance_absolute", "At least 0.")
        if not 0 <= Decimal(str(found["tolerance_relative"])) <= 1:
            raise Invalid.at("/answer/tolerance_relative", "From 0 to 1; 0.01 is one percent.")
        return found

    def normalise(self, answer: Definition, value: object, pointer: str) -> object:
        number = decimal(without_unit(value, str(answer.get("unit", "")), pointer), pointer)
        low, high = _limit(answer, "minimum"), _limit(answer, "maximum")
        if low is not None and number < low:
            raise Invalid.at(pointer, f"At least {written(low)}.")
        if high is not None and number > high:
            raise Invalid.at(pointer, f"At most {written(high)}.")
        decimals = cast(int | None, answer.get("decimals"))
        stored = written(number, decimals)
        if Decimal(stored) != number:
            raise Invalid.at(pointer, f"At most {decimals} digits after the point.")
        return stored

    def distance(self, answer: Definition, left: object, right: object) -> float:
        """The difference as a share of the range, or of both numbers where there is no range."""
        one, other = Decimal(str(left)), Decimal(str(right))
        apart = EXACT.subtract(one, other).copy_abs()
        low, high = _limit(answer, "minimum"), _limit(answer, "maximum")
        if low is None or high is None:
            whole = EXACT.add(one.copy_abs(), other.copy_abs())
        else:
            whole = EXACT.subtract(high, low)
        return min(1.0, float(EXACT.divide(apart, whole))) if apart and whole else 0.0

    def agrees(self, answer: Definition, left: object, right: object) -> bool:
        one, other = Decimal(str(left)), Decimal(str(right))
        relative = Decimal(str(answer.get("tolerance_relative", 0)))
        near = EXACT.multiply(relative, max(one.copy_abs(), other.copy_abs()))
        allowed = max(Decimal(str(answer.get("tolerance_absolute", 0))), near)
        return EXACT.subtract(one, other).copy_abs() <= allowed

    def fits(self, answer: Definition, classes: Sequence[str]) -> str:
        try:
            for one in classes:
                self.normalise(answer, one, "/classes")
        except Invalid as error:
            return f"The model answers {one!r}, which is no answer here: {error.detail}"
        return ""

    def form(self, answer: Definition) -> dict[str, object]:
        decimals = cast(int | None, answer.get("decimals"))
        step = "any" if decimals is None else f"{Decimal(1).scaleb(-decimals):f}"
        told = {name: answer.get(name) for name in ("unit", "minimum", "maximum", "decimals")}
        return {"task_type": self.name, **told, "step": step}

    def posted(self, given: Posted) -> object | None:
        said = next(reversed(given.get("value", ())), "")
        return said if said.strip() else None

    def brief(self, answer: Definition, value: object) -> str:
        return f"{value} {answer.get('unit', '')}".strip()
