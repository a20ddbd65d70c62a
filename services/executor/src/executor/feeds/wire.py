"""Alpaca's market data as our quotes and bars; no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TypeAlias

import msgspec
from msgspec import Struct

from contracts.market import Bar, Quote, TradingStatus

MINUTE, DAY = "1Min", "1Day"

HALTING, TRADING = frozenset("124HP"), frozenset("3T")
"""The status codes of the tapes A and B: opening delayed, halt, no open or resumption, resumption; and of the tape C:
halt, volatility pause, resumption. The others are about imbalances, indications, and quotes before trading resumes."""


class WireQuote(Struct, frozen=True):
    t: datetime
    S: str = ""
    bp: float = 0.0
    ap: float = 0.0


class WireTrade(Struct, frozen=True):
    t: datetime
    p: float


class WireBar(Struct, frozen=True):
    t: datetime
    S: str
    o: float
    h: float
    l: float  # noqa: E741 - the wire's name
    c: float
    v: float


class WireStatus(Struct, frozen=True):
    t: datetime
    S: str
    sc: str
    sm: str = ""
    rc: str = ""
    rm: str = ""


class Control(Struct, frozen=True):
    """What is not market data: success, error, subscription."""

    T: str
    msg: str = ""
    code: int = 0


class _Quotes(Struct, frozen=True):
    quotes: dict[str, WireQuote] = {}


class _Trades(Struct, frozen=True):
    trades: dict[str, WireTrade] = {}


Heard: TypeAlias = Quote | Bar | TradingStatus | Control

_Message: TypeAlias = dict[str, object]


def messages(frame: str | bytes) -> Iterable[Heard]:
    """Read a frame, MessagePack or JSON; raise `msgspec.DecodeError` where it is neither."""
    for message in _decoded(frame):
        match message.get("T"):
            case "q":
                yield quote(str(message["S"]), msgspec.convert(message, WireQuote))
            case "b":
                yield _bar(msgspec.convert(message, WireBar))
            case "s":
                yield from _status(msgspec.convert(message, WireStatus))
            case "success" | "error" | "subscription":
                yield msgspec.convert(message, Control)
            case _:
                continue


def _decoded(frame: str | bytes) -> list[_Message]:
    if isinstance(frame, str):
        return msgspec.json.decode(frame, type=list[_Message])
    return msgspec.msgpack.decode(frame, type=list[_Message])


def latest_quote(body: bytes, symbol: str) -> WireQuote | None:
    return msgspec.json.decode(body, type=_Quotes).quotes.get(symbol)


def latest_trade(body: bytes, symbol: str) -> WireTrade | None:
    return msgspec.json.decode(body, type=_Trades).trades.get(symbol)


def quote(symbol: str, wire: WireQuote, last: float = 0.0) -> Quote:
    return Quote(symbol=symbol, bid=wire.bp, ask=wire.ap, at=wire.t.astimezone(UTC), last=last)


def _bar(wire: WireBar) -> Bar:
    return Bar(
        symbol=wire.S, timeframe=MINUTE, open=wire.o, high=wire.h, low=wire.l, close=wire.c, volume=wire.v,
        at=wire.t.astimezone(UTC),
    )  # fmt: skip


def _status(wire: WireStatus) -> Iterator[TradingStatus]:
    if wire.sc in HALTING | TRADING:
        words = ": ".join(filter(None, (wire.sm, wire.rm)))
        reason = f"{words} ({wire.rc})" if wire.rc else words
        yield TradingStatus(
            symbol=wire.S, halted=wire.sc in HALTING, reason=reason or wire.sc, at=wire.t.astimezone(UTC)
        )
