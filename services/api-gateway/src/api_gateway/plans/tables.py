"""Rows of a CSV file: reports and sectors by symbol. A row that cannot be read is a problem and hides no other."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from api_gateway.plans.problem import Problem
from contracts.sessions import Earnings
from contracts.values import SYMBOL_PATTERN, large

SYMBOL, DAY, SECTOR = ("symbol", "ticker"), ("date", "reportdate", "report_date"), ("sector",)
"""What the columns may be called."""


class Row(NamedTuple):
    line: int
    symbol: str
    value: str


def earnings(file: str, text: str) -> tuple[tuple[Earnings, ...] | None, tuple[Problem, ...]]:
    """Read the days of reports; None where the file has no header that says which columns they are in."""
    found, problems = list[Earnings](), list[Problem]()
    rows = _rows(file, text, DAY)
    if isinstance(rows, Problem):
        return None, (rows,)
    for row in rows:
        if isinstance(row, Problem):
            problems.append(row)
        elif (day := day_of(row.value)) is None:
            problems.append(Problem(file, row.line, 0, f"date was {row.value!r}, expected one like 2026-10-29"))
        else:
            found.append(Earnings(symbol=row.symbol, day=day))
    return tuple(found), tuple(problems)


def sectors(file: str, text: str) -> tuple[dict[str, str] | None, tuple[Problem, ...]]:
    """Read the sectors; None where the file has no header that says which columns they are in."""
    found, problems = dict[str, str](), list[Problem]()
    rows = _rows(file, text, SECTOR)
    if isinstance(rows, Problem):
        return None, (rows,)
    for row in rows:
        if isinstance(row, Problem):
            problems.append(row)
        elif not row.value:
            problems.append(Problem(file, row.line, 0, "sector is empty, expected one such as technology"))
        elif found.setdefault(row.symbol, row.value) != row.value:
            what = f"sector of {row.symbol} was {row.value!r}, which was {found[row.symbol]!r} before, expected one"
            problems.append(Problem(file, row.line, 0, what))
    return found, tuple(problems)


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def symbol_of(text: str) -> str | None:
    symbol = large(text.strip())
    return symbol if re.fullmatch(SYMBOL_PATTERN, symbol) else None


def _rows(file: str, text: str, column: tuple[str, ...]) -> Iterator[Row | Problem] | Problem:
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), 1)]
    lines = [(number, line) for number, line in lines if line and not line.startswith("#")]
    number, header = lines[0] if lines else (1, "")
    names = [cell.strip().lower() for cell in _cells(header)]
    places = [next((names.index(name) for name in kind if name in names), None) for kind in (SYMBOL, column)]
    first, second = places
    if first is None or second is None:
        return Problem(file, number, 0, f"the header was {header[:100]!r}, expected columns symbol and {column[0]}")
    return (_row(file, number, line, first, second) for number, line in lines[1:])


def _row(file: str, number: int, line: str, first: int, second: int) -> Row | Problem:
    cells = [cell.strip() for cell in _cells(line)]
    if len(cells) <= max(first, second):
        return Problem(file, number, 0, f"the row was {line[:100]!r}, expected {max(first, second) + 1} cells or more")
    symbol = symbol_of(cells[first])
    if symbol is None:
        return Problem(file, number, 0, f"symbol was {cells[first][:100]!r}, expected one like AAPL or BRK.B")
    return Row(number, symbol, cells[second])


def _cells(line: str) -> list[str]:
    # Line by line, so that a quote that is never closed swallows its own row only.
    try:
        return next(csv.reader([line]))
    except csv.Error:
        return []
