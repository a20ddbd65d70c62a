"""Recorded minute bars, and how a minute is played: four prints, each with a quote around it."""

import csv
import gzip
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec import Struct

from exchange.fills import Print

NEW_YORK = ZoneInfo("America/New_York")
SECOND = 10**9
QUARTER = 15 * SECOND
QUARTERS = 4
OPENS = 9 * 60 + 30  # minutes after midnight, New York
MINUTES = 390
CENT = Decimal("0.01")
RECORDING = "data/minute-bars-2013-10-07_08.csv.gz"


class Bar(Struct, frozen=True):
    symbol: str
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int
    spread: Decimal


class Day(Struct, frozen=True):
    date: date
    minutes: tuple[tuple[Bar, ...], ...]  # by minute of the regular session


class Tape(Struct, frozen=True):
    days: tuple[Day, ...]
    symbols: tuple[str, ...]


def load(path: str) -> Tape:
    """Read a CSV file of minute bars, plain or gzipped; an empty path means the recording in the package."""
    if not path:
        return parse(_unpacked((files("paper_exchange") / RECORDING).read_bytes()))
    return parse(_unpacked(Path(path).read_bytes()))


def parse(text: str) -> Tape:
    """Keep the regular hours. `timestamp` is a bar's start; `bid_close` and `ask_close` may be missing."""
    days: dict[date, list[list[Bar]]] = {}
    for number, row in enumerate(csv.DictReader(text.splitlines()), start=2):
        try:
            _add(days, _local(row["timestamp"]), _bar(row))
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            raise ValueError(f"line {number} of the bars is not a bar: {error!r}") from error
    if not days:
        raise ValueError("no bar of the file lies within 09:30 to 16:00 New York")
    recorded = (Day(day, tuple(tuple(bars) for bars in days[day])) for day in sorted(days))
    symbols = {bar.symbol for minutes in days.values() for bars in minutes for bar in bars}
    return Tape(tuple(recorded), tuple(sorted(symbols)))


def prints(bars: Iterable[Bar], quarter: int, at: int) -> tuple[Print, ...]:
    """Play one quarter of a minute: the open, the nearer extreme, the farther one, the close."""
    return tuple(_print(bar, _path(bar)[quarter], at) for bar in bars)


def _path(bar: Bar) -> tuple[Decimal, ...]:
    low_first = bar.open - bar.low <= bar.high - bar.open
    extremes = (bar.low, bar.high) if low_first else (bar.high, bar.low)
    return (bar.open, *extremes, bar.close)


def _print(bar: Bar, price: Decimal, at: int) -> Print:
    """Put a quote around the price and within the bar, as far as the bar is wider than a cent."""
    spread = max(CENT, min(bar.spread, bar.high - bar.low))
    bid = max(bar.low, (price - spread / 2).quantize(CENT))
    ask = bid + spread
    if ask > bar.high:
        bid, ask = bar.high - spread, bar.high
    return Print(bar.symbol, at, price, bid, ask, bar.low, bar.high)


def _add(days: dict[date, list[list[Bar]]], at: datetime, bar: Bar) -> None:
    minute = at.hour * 60 + at.minute - OPENS
    if 0 <= minute < MINUTES:
        minutes = days.setdefault(at.date(), [[] for _ in range(MINUTES)])
        minutes[minute].append(bar)


def _unpacked(data: bytes) -> str:
    return (gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data).decode()


def _local(timestamp: str) -> datetime:
    moment = datetime.fromisoformat(timestamp)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(NEW_YORK)


def _bar(row: dict[str, str]) -> Bar:
    bid, ask = row.get("bid_close"), row.get("ask_close")
    return Bar(
        symbol=row["symbol"],
        open=Decimal(row["open"]),
        high=Decimal(row["high"]),
        low=Decimal(row["low"]),
        close=Decimal(row["close"]),
        volume=int(float(row["volume"])),
        spread=max(CENT, Decimal(ask) - Decimal(bid)) if bid and ask else CENT,
    )
