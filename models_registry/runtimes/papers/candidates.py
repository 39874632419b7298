"""What could be a field's value: pieces of a scanned invoice in the form of the field's type, each
with what stands around it. Nothing here knows which piece is right."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from models_registry.runtimes.papers.invoices import MONTHS
from models_registry.runtimes.papers.misprints import as_number, skeleton

D = "[0-9OoQlI|SBZG]"  # what a scanner may make of a digit
YEAR = rf"{D} ?{D} ?{D} ?{D}"
DATES = {
    "ymd": re.compile(rf"(?P<y>{YEAR}) ?- ?(?P<m>{D} ?{D}) ?- ?(?P<d>{D} ?{D})"),
    "dmy": re.compile(rf"(?P<d>{D} ?{D}) ?[./,] ?(?P<m>{D} ?{D}) ?[./,] ?(?P<y>{YEAR})"),
    "mdy": re.compile(rf"(?P<m>{D} ?{D}) ?[./,] ?(?P<d>{D} ?{D}) ?[./,] ?(?P<y>{YEAR})"),
    "dMy": re.compile(rf"(?P<d>{D} ?{D}) ?(?P<m>[^\W\d][\w ]{{2,11}}?) ?(?P<y>{YEAR})"),
    "Mdy": re.compile(rf"(?P<m>[^\W\d][\w ]{{2,11}}?) ?(?P<d>{D} ?{D}) ?[.,]? ?(?P<y>{YEAR})"),
}
AMOUNT = re.compile(  # a word that ends like a digit does not begin one
    rf"(?:[0-9]|(?<![A-Za-z]){D})[0-9OoQlI|SBZG., ']*?[., ]{{1,2}}{D} ?{D}(?![0-9])"
)
NUMBER = re.compile(r"\S*\d\S*(?: ?[-/]? ?\d\S*)?")
LABELLED = re.compile(r"^\W*\w+(?:[:.]? +|[:.])(.+)$")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value, where it stands, and how it is written."""

    value: str
    raw: str
    line: int
    left: str
    right: str
    style: str = ""


Features = dict[str, float]


def described(field: str, text: str) -> tuple[list[Candidate], list[Features]]:
    """All candidates of a field in a text, and the features of each."""
    lines = text.split("\n")
    every = [c for at, line in enumerate(lines) for c in FINDERS[field](line, at)]
    return every, [features(one, every, lines) for one in every]


def _dates(line: str, at: int) -> Iterator[Candidate]:
    for style, pattern in DATES.items():
        for match in pattern.finditer(line):
            day = _day(match, _month if "M" in style else _whole)
            if day:
                yield _candidate(day, match, line, at, style)


def _day(match: re.Match[str], month: Callable[[str], int]) -> str:
    """The date as ISO has it, '' if there is none."""
    year, day = (_whole(match[name]) for name in "yd")
    try:
        return date(year, month(match["m"]), day).isoformat() if 1990 <= year <= 2100 else ""
    except ValueError:
        return ""  # the thirtieth of February is no candidate


def _month(word: str) -> int:
    """1 to 12, 0 for what is no month."""
    from rapidfuzz.process import extractOne

    near = extractOne(word.replace(" ", ""), MONTHS, score_cutoff=65)
    return near[2] + 1 if near else 0


def _amounts(line: str, at: int) -> Iterator[Candidate]:
    for match in AMOUNT.finditer(line):
        cents = _whole(re.sub("[., ']", "", match[0]))
        yield _candidate(f"{cents // 100}.{cents % 100:02}", match, line, at)


def _numbers(line: str, at: int) -> Iterator[Candidate]:
    for match in NUMBER.finditer(line):
        for raw in dict.fromkeys((match[0], match[0].split(" ")[0])):
            value = _digits_repaired(raw.replace(" ", "").strip(".,:;"))
            if sum(map(str.isdigit, value)) > 1:
                yield _candidate(value, match, line, at)


def _digits_repaired(word: str) -> str:
    """Letters that look like digits are digits where they stand beside one."""
    chars = list(word)
    for i, char in enumerate(chars):
        beside = "".join(chars[max(0, i - 1) : i] + chars[i + 1 : i + 2])
        if any(map(str.isdigit, beside)):
            chars[i] = as_number(char)
    return "".join(chars)


def _names(line: str, at: int) -> Iterator[Candidate]:
    match = LABELLED.match(line)
    spans = {line.strip(): ""} | ({match[1].strip(): line[: match.start(1)]} if match else {})
    for name, left in spans.items():
        if len(name) > 4 and sum(map(str.isalpha, name)) > 0.6 * len(name):
            yield Candidate(name, name, at, left, "", "rest" if left else "line")


def _candidate(value: str, match: re.Match[str], line: str, at: int, style: str = "") -> Candidate:
    return Candidate(value, match[0], at, line[: match.start()], line[match.end() :], style)


def _whole(text: str) -> int:
    return int(as_number(text).replace(" ", ""))


FINDERS = {
    "invoice_number": _numbers,
    "date": _dates,
    "supplier": _names,
    "total": _amounts,
}


def features(one: Candidate, every: list[Candidate], lines: list[str]) -> Features:
    """What stands around a candidate, how it is written, and how it compares with the others."""
    left = skeleton(one.left.lower().strip())[-14:]
    said = {f"left {left[i : i + 3]}": 1.0 for i in range(max(1, len(left) - 2))}
    said |= {f"word {word}": 1.0 for word in skeleton(one.raw.lower()).split()[:5]}
    shape = re.sub("[0-9]+", "9", re.sub("[A-Za-z]+", "A", one.value))
    values = sorted({c.value for c in every}, key=lambda v: (len(v), v))
    before = [_cents(c) for c in every if c.line < one.line]
    doc = "".join(lines)
    return said | {
        f"shape {shape[:12]}": 1.0,
        f"length {min(len(one.value), 12)}": 1.0,
        f"style {one.style} {'dollar' if '$' in doc or 'USD' in doc else ''}": 1.0,
        f"line {min(one.line, 6)} {one.style}": 1.0,
        f"from end {min(len(lines) - one.line, 6)}": 1.0,
        f"rank {min(values.index(one.value), 3)}": 1.0,
        f"rank from end {min(len(values) - values.index(one.value), 4)}": 1.0,
        "sum": float(_is_sum(_cents(one), before)),
        "seen": float(sum(c.value == one.value for c in every)),
        "indented": float(bool(one.left)),
    }


def _cents(one: Candidate) -> int:
    """An amount in cents; what is none is 0, which no sum is."""
    digits = one.value.replace(".", "")
    return int(digits) if digits.isdigit() else 0


def _is_sum(cents: int, before: list[int]) -> bool:
    """Whether it is the sum of what stands above, up to some line."""
    return bool(cents) and cents in {sum(before[:n]) for n in range(1, len(before) + 1)}
