"""Polygon's market data as our quotes and bars; no I/O. Its events tell milliseconds, its snapshots nanoseconds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import msgspec
from msgspec import Struct, field

from contracts.market import Bar, Quote
from executor.feeds.wire import DAY, MINUTE

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Trade(Struct, frozen=True, tag_field="ev", tag="T"):
    sym: str
    p: float
    t: int


class WireQuote(Struct, frozen=True, tag_field="ev", tag="Q"):
    sym: str
    t: int
    bp: float = 0.0
    ap: float = 0.0


class WireBar(Struct, frozen=True, tag_field="ev", tag="AM"):
    sym: str
    o: float
    h: float
    l: float  # noqa: E741 - the wire's name
    c: float
    v: float
    s: int


class Status(Struct, frozen=True, tag_field="ev", tag="status"):
    status: str
    message: str = ""


class _Day(Struct, frozen=True):
    o: float
    h: float
    l: float  # noqa: E741 - the wire's name
    c: float
    v: float
    t: int


class _Days(Struct, frozen=True):
    results: tuple[_Day, ...] | None = None


Event: TypeAlias = Trade | WireQuote | WireBar | Status

_KNOWN = frozenset({"T", "Q", "AM", "status"})


class _Kind(Struct, frozen=True):
    ev: str


class _LastTrade(Struct, frozen=True):
    p: float = 0.0
    t: int = 0


class _LastQuote(Struct, frozen=True):
    bid: float = field(default=0.0, name="p")
    ask: float = field(default=0.0, name="P")
    t: int = 0


class _Ticker(Struct, frozen=True, rename="camel"):
    ticker: str
    last_trade: _LastTrade = _LastTrade()
    last_quote: _LastQuote = _LastQuote()


class Snapshot(Struct, frozen=True):
    """`status` is OK, or says what the plan makes of it."""

    status: str = ""
    ticker: _Ticker | None = None
    tickers: tuple[_Ticker, ...] = ()


def events(frame: str | bytes) -> Iterable[Event]:
    """Read a frame; raise `msgspec.DecodeError` where it cannot be. Other kinds of event are passed over."""
    for raw in msgspec.json.decode(frame, type=list[msgspec.Raw]):
        if msgspec.json.decode(raw, type=_Kind).ev in _KNOWN:
            yield msgspec.json.decode(raw, type=Event)


def quote(wire: WireQuote, last: float) -> Quote:
    return Quote(symbol=wire.sym, bid=wire.bp, ask=wire.ap, at=_moment(wire.t), last=last)


def bar(wire: WireBar) -> Bar:
    return Bar(
        symbol=wire.sym, timeframe=MINUTE, open=wire.o, high=wire.h, low=wire.l, close=wire.c, volume=wire.v,
        at=_moment(wire.s),
    )  # fmt: skip


def days(symbol: str, body: bytes) -> list[Bar]:
    """Read the daily bars of a symbol; raise `msgspec.DecodeError` where it cannot be."""
    return [
        Bar(
            symbol=symbol,
            timeframe=DAY,
            open=one.o,
            high=one.h,
            low=one.l,
            close=one.c,
            volume=one.v,
            at=_moment(one.t),
        )
        for one in msgspec.json.decode(body, type=_Days).results or ()
    ]


def quotes(snapshot: Snapshot) -> list[Quote]:
    """List what a snapshot shows; it is empty before the day's first trade."""
    shown = snapshot.tickers if snapshot.ticker is None else (snapshot.ticker,)
    return [
        Quote(
            symbol=one.ticker, bid=one.last_quote.bid, ask=one.last_quote.ask, last=one.last_trade.p,
            at=_moment(max(one.last_quote.t, one.last_trade.t) / 1_000_000),
        )
        for one in shown if one.last_quote.t or one.last_trade.t
    ]  # fmt: skip


def _moment(milliseconds: float) -> datetime:
    return EPOCH + timedelta(milliseconds=milliseconds)
