"""Known answers from a table: a line each, all of them or none."""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User

from hitl.domain.cells import heads, plain
from hitl.models import Workflow
from models_registry.domain.errors import Invalid, Problem
from models_registry.domain.nesting import decoded
from reviews.models import Gold
from reviews.services.gold_making import (
    AS_JSON,
    Making,
    Wanted,
    brought,
    making,
    said_by_client,
    store,
    wanted,
)

MOST = 1000  # lines of one table: one prediction, one transaction
TOLD = 100  # problems that a refusal names; the rest are found when these are mended
LONGEST_NOTE = 500
INPUT, NOTE, PREDICTION = "input", "note", "prediction"
Line = Mapping[str, str]


def load(
    workflow: Workflow, table: bytes, *, by: User | None = None, now: datetime | None = None
) -> list[Gold]:
    """Makes a known answer of every line. The columns: `input` as JSON, those of the answer,
    `note`, and `prediction` as JSON. Invalid with every line and column that is wrong; nothing is
    stored then."""
    make = making(workflow, by, now)
    titles = _titles(make)
    some: list[Wanted] = []
    problems: list[Problem] = []
    for number, cells in _lines(table, titles):
        try:
            some.append(_wanted(make, cells, titles))
        except Invalid as error:
            problems += [_placed(problem, number, titles) for problem in error.problems]
        if number >= MOST:
            raise Invalid.at("/rows", f"A table has at most {MOST:,} lines; send it in parts.")
    if problems:
        raise Invalid(problems[0].detail, problems=tuple(problems[:TOLD]))
    if not some:
        raise Invalid.at("/rows", "The table has no lines below its head.")
    return store(make, some)


def _titles(make: Making) -> dict[str, str]:
    """The columns of the answer, each with what stands above it."""
    columns = make.rules.task_type.columns(make.rules.answer)
    return dict(zip(columns, heads(columns), strict=True))


def _lines(table: bytes, titles: Mapping[str, str]) -> Iterator[tuple[int, Line]]:
    """Each line's number, from 0 below the head, with its cells by column; blank lines count, and
    are left out."""
    try:
        text = table.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid.at("", "The table is no UTF-8 text; save it as CSV in UTF-8.") from error
    csv.field_size_limit(settings.HITL_BODY_LIMIT)  # an input may be long; the body is limited
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = next(lines, [])
        _check(head, titles)
        for number, cells in enumerate(lines):
            if cells:
                yield number, _cells(head, cells, number)
    except csv.Error as error:
        raise Invalid.at("", f"Line {lines.line_num} is no CSV: {error}.") from error


def _check(head: list[str], titles: Mapping[str, str]) -> None:
    """Refuses a head that leaves out or doubles a column, or has a strange one."""
    known = [INPUT, *titles.values(), NOTE, PREDICTION]
    valid = f"The columns, separated by commas: {', '.join(known)}."
    strange = [name for name in head if name not in known]
    if strange:
        raise Invalid.at("/columns", f"There is no column {strange[0][:100]!r}. {valid}")
    if len(set(head)) < len(head):
        raise Invalid.at("/columns", f"A column stands there twice. {valid}")
    if INPUT not in head or not set(titles.values()) & set(head):
        raise Invalid.at("/columns", f"The input or the answer is missing. {valid}")


def _cells(head: list[str], cells: list[str], number: int) -> Line:
    if len(cells) != len(head):
        detail = f"Line {number + 2} has {len(cells)} cells; the head has {len(head)}."
        raise Invalid.at(f"/rows/{number}", detail)
    return dict(zip(head, map(plain, cells), strict=True))


def _wanted(make: Making, cells: Line, titles: Mapping[str, str]) -> Wanted:
    """A line, checked like a known answer that is given alone."""
    try:
        given = decoded(cells[INPUT])
    except ValueError as error:
        raise Invalid.at("/input", f'{error} Write it as {{"text": "hi"}}.') from error
    note = cells.get(NOTE, "")
    if len(note) > LONGEST_NOTE or "\0" in note:
        raise Invalid.at("/note", f"A note has at most {LONGEST_NOTE} characters, and no NUL.")
    row = {column: cells.get(title, "") for column, title in titles.items()}
    answer = make.rules.task_type.parsed(make.rules.answer, row)
    said = said_by_client(make, brought(_prediction(cells.get(PREDICTION, ""))))
    return wanted(make, given, answer, note=note, said=said)


def _prediction(cell: str) -> object:
    try:
        return decoded(cell) if cell.strip() else None
    except ValueError as error:
        raise Invalid.at("/prediction", f"{error} {AS_JSON}") from error


def _placed(problem: Problem, number: int, titles: Mapping[str, str]) -> Problem:
    """A problem of one known answer at its line and column; the detail counts lines as a
    spreadsheet does."""
    where = problem.pointer
    if where.startswith("/answer"):
        step = where.removeprefix("/answer").split("/")[1:2]
        column = step[0] if step and step[0] in titles else next(iter(titles))
        where = f"/{titles[column]}"
    return Problem(f"/rows/{number}{where}", f"Line {number + 2}: {problem.detail}")
