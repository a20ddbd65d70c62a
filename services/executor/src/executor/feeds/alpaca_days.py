"""Alpaca's daily bars by REST."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import msgspec
from msgspec import Struct

from contracts.days import NEW_YORK
from contracts.market import Bar
from executor.brokers.alpaca.access import Access
from executor.feeds.feed import NotEntitledError, SourceUnavailableError
from executor.feeds.http import Http
from executor.feeds.wire import DAY

PAGE = "10000"
"""The most that one answer holds: far more than the days of a month of a few dozen symbols."""

SIP = "sip"


class _Day(Struct, frozen=True):
    t: datetime
    o: float
    h: float
    l: float  # noqa: E741 - the wire's name
    c: float
    v: float


class _Bars(Struct, frozen=True):
    bars: dict[str, tuple[_Day, ...] | None] | None = None


class AlpacaDays:
    """Every plan includes all exchanges' bars of the past; where one does not, its own feed's are taken."""

    at_once = 25
    """A paper exchange makes the days of so many of its recorded minutes within a second."""

    def __init__(self, access: Access, rest_url: str, feed: str) -> None:
        self._http = Http(rest_url, {"APCA-API-KEY-ID": access.key, "APCA-API-SECRET-KEY": access.secret})
        self._feed = feed

    def days(self, symbols: Sequence[str], first: date, last: date) -> list[Bar]:
        # These are stocks' bars, and one symbol that cannot be a stock's would have all of them refused.
        stocks = [symbol for symbol in symbols if "/" not in symbol]
        if not stocks:
            return []
        query = {
            "symbols": ",".join(stocks), "timeframe": DAY, "start": _midnight(first), "end": _midnight(last),
            "adjustment": "split", "limit": PAGE,
        }  # fmt: skip
        try:
            body = self._asked(query, SIP)
        except NotEntitledError:
            if self._feed == SIP:
                raise
            body = self._asked(query, self._feed)
        try:
            found = msgspec.json.decode(body, type=_Bars).bars or {}
        except msgspec.DecodeError as e:
            raise SourceUnavailableError(f"the answer cannot be read: {e}") from e
        return [_bar(symbol, day) for symbol, days in found.items() for day in days or ()]

    def _asked(self, query: dict[str, str], feed: str) -> bytes:
        return self._http.get("v2/stocks/bars", {**query, "feed": feed}) or b"{}"


def _midnight(day: date) -> str:
    """Name the moment that a day's bar is stamped with."""
    return datetime(day.year, day.month, day.day, tzinfo=NEW_YORK).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _bar(symbol: str, day: _Day) -> Bar:
    return Bar(
        symbol=symbol, timeframe=DAY, open=day.o, high=day.h, low=day.l, close=day.c, volume=day.v,
        at=day.t.astimezone(UTC),
    )  # fmt: skip
