"""Files of recorded bars: CSV, plain or gzipped, of minutes or of days."""

import csv
import gzip
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TypeAlias

from msgspec.structs import replace

from paper_exchange.recorded import CENT, Bar, Day
from paper_exchange.tape import NEW_YORK, Hours, Tape, path

PACKAGED = "data/minute-bars-2013-10-07_08.csv.gz"
SYMBOL = re.compile(r"[A-Z][A-Z0-9.]{0,11}")
NEEDED = ("symbol", "open", "high", "low", "close", "volume")
EARLIEST, LATEST = 1970, 2200  # market time is counted from 1970, and the calendar of the exchange ends
# A day of which only four prices are known is played in four minutes, all before the close of a half day.
DAILY_MINUTES = (9 * 60 + 30, 10 * 60 + 40, 11 * 60 + 50, 12 * 60 + 59)

Row: TypeAlias = Mapping[str, str | None]
Placed: TypeAlias = tuple[date, int, Bar]  # a bar, its day and its minute after midnight, New York


def load(file: str, hours: Hours) -> Tape:
    """Read a file of bars; an empty name means the recording in the package. Raises OSError, ValueError."""
    data = Path(file).read_bytes() if file else (files("paper_exchange") / PACKAGED).read_bytes()
    try:
        text = (gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data).decode()
    except (EOFError, zlib.error, UnicodeDecodeError, gzip.BadGzipFile) as error:
        raise ValueError(f"{file} is not a CSV file, plain or gzipped: {error}") from error
    return parse(text, hours)


def parse(text: str, hours: Hours) -> Tape:
    """Read bars, and keep those within the hours; a column `date` in place of `timestamp` means daily bars."""
    days: dict[date, dict[int, dict[str, Bar]]] = {}
    for line, (day, minute, bar) in _placed(text):
        if minute in hours.minutes:
            bars = days.setdefault(day, {}).setdefault(minute, {})
            if bar.symbol in bars:
                raise ValueError(f"line {line} of the bars: a second bar of {bar.symbol} at that time")
            bars[bar.symbol] = bar
    if not days:
        raise ValueError(f"no bar of the file lies within the {hours} hours of New York")
    if min(days).year < EARLIEST or max(days).year > LATEST:
        raise ValueError(f"the bars are of {min(days)} to {max(days)}, expected years from {EARLIEST} to {LATEST}")
    recorded = tuple(_day(at, days[at]) for at in sorted(days))
    return Tape(recorded, tuple(sorted({symbol for day in recorded for symbol in day.symbols})), hours)


def _placed(text: str) -> Iterator[tuple[int, Placed]]:
    reader = csv.DictReader(text.splitlines())
    columns = reader.fieldnames or ()
    missing = [name for name in NEEDED if name not in columns]
    daily = "timestamp" not in columns
    if missing or (daily and "date" not in columns):
        raise ValueError(
            f"the bars' first line was {','.join(columns)!r:.80}, expected the columns timestamp (or date), "
            f"{', '.join(NEEDED)} and perhaps bid_close, ask_close"
        )
    for row in reader:
        try:
            for placed in _of_day(row) if daily else (_of_minute(row),):
                yield reader.line_num, placed
        except ValueError as error:
            raise ValueError(f"line {reader.line_num} of the bars: {error}") from error


def _day(at: date, minutes: Mapping[int, Mapping[str, Bar]]) -> Day:
    symbols: dict[str, dict[int, Bar]] = {}
    for minute in sorted(minutes):
        for symbol, bar in minutes[minute].items():
            symbols.setdefault(symbol, {})[minute] = bar
    return Day(at, {minute: tuple(bars.values()) for minute, bars in minutes.items()}, symbols)


def _of_minute(row: Row) -> Placed:
    return (*_place(row["timestamp"] or ""), _bar(row))


def _of_day(row: Row) -> Iterable[Placed]:
    """Split a day into four minutes that lead through its prices, each from where the one before ended."""
    text, bar = row["date"] or "", _bar(row)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"date was {text!r}, expected one like 2013-10-07") from None
    prices, quarter = path(bar), bar.volume // 4
    for number, minute in enumerate(DAILY_MINUTES):
        before, price = prices[max(0, number - 1)], prices[number]
        volume = quarter if number else bar.volume - 3 * quarter
        legs = {"open": before, "high": max(before, price), "low": min(before, price), "close": price}
        yield day, minute, replace(bar, volume=volume, **legs)


@lru_cache(maxsize=4096)
def _place(timestamp: str) -> tuple[date, int]:
    expected = "expected the start of a minute like 2013-10-07T13:30:00Z"
    try:
        moment = datetime.fromisoformat(timestamp)
    except ValueError:
        raise ValueError(f"timestamp was {timestamp!r}, {expected}") from None
    if moment.second or moment.microsecond or len(timestamp) <= len("2013-10-07"):
        raise ValueError(f"timestamp was {timestamp!r}, {expected}")
    local = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(NEW_YORK)
    return local.date(), local.hour * 60 + local.minute


def _bar(row: Row) -> Bar:
    symbol = row["symbol"] or ""
    if not SYMBOL.fullmatch(symbol):
        raise ValueError(f"symbol was {symbol!r}, expected one like SPY or BRK.B")
    opened, high, low, close = (_price(row, name) for name in ("open", "high", "low", "close"))
    if not low <= min(opened, close) <= max(opened, close) <= high:
        raise ValueError(f"open {opened} and close {close} were expected between low {low} and high {high}")
    return Bar(symbol, opened, high, low, close, int(_number(row, "volume")), _spread(row))


def _spread(row: Row) -> Decimal:
    """Take the width of the quote; where there is none, or a crossed one, a cent."""
    if not row.get("bid_close") or not row.get("ask_close"):
        return CENT
    return max(CENT, _number(row, "ask_close") - _number(row, "bid_close"))


def _price(row: Row, name: str) -> Decimal:
    price = _number(row, name)
    if not price:
        raise ValueError(f"{name} was {row[name]!r}, expected a price above 0")
    return price


def _number(row: Row, name: str) -> Decimal:
    number = _decimal(row[name] or "")
    if number is None:
        raise ValueError(f"{name} was {row[name] or ''!r}, expected a number, 0 or more")
    return number


@lru_cache(maxsize=65536)  # the same prices come again and again: one object each
def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and number >= 0 else None
