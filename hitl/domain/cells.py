"""Cells of a table that people open in a spreadsheet, and the columns that answers have there."""

import re
from collections.abc import Sequence

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")
BEFORE = r"[\s\0\ufeff\u200b]*"  # what spreadsheets pass over at the beginning
RISKY = re.compile(rf"'*(?:[\t\r]|{BEFORE}[=+\-@＝＋－＠])")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
TAKEN = ("case", "reference", "decided_at", "source", "unusable", "input", "note", "prediction")
"""Columns of tables of answers that are no part of the answer."""


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: with an apostrophe before it if it begins
    like one, be it after spaces or with wide signs. Numbers stay as they are.

    >>> [safe(cell) for cell in ("=1+1", "-5", "@home", "plain", "'=1", " =1")]
    ["'=1+1", '-5', "'@home", 'plain', "''=1", "' =1"]
    """
    return f"'{cell}" if RISKY.match(cell) and not NUMBER.fullmatch(cell) else cell


def plain(cell: str) -> str:
    """A cell as it was before `safe`.

    >>> [plain(cell) for cell in ("'=1+1", "-5", "'quoted'", "''=1")]
    ['=1+1', '-5', "'quoted'", "'=1"]
    """
    return cell[1:] if cell.startswith("'") and RISKY.match(cell) else cell


def heads(columns: Sequence[str]) -> list[str]:
    """What stands above the columns of an answer; another word where a table has it already.

    >>> heads(["total", "note"])
    ['total', 'answer.note']
    """
    return [f"answer.{name}" if name in TAKEN else name for name in columns]
