"""Alpaca's market data as our quotes and bars; no I/O."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TypeAlias

import msgspec
from msgspec import Struct

from contracts.market import Bar, Quote

MINUTE = "1Min"


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


class Control(Struct, frozen=True):
    """What is not market data: success, error, subscription."""

    T: str
    msg: str = ""
    code: int = 0


class _Quotes(Struct, frozen=True):
    quotes: dict[str, WireQuote] = {}


class _Trades(Struct, frozen=True):
    trades: dict[str, WireTrade] = {}


Heard: TypeAlias = Quote | Bar | Control

_Message: TypeAlias = dict[str, object]


def messages(frame: str | bytes) -> Iterable[Heard]:
    """Read a frame, MessagePack or JSON; raise `msgspec.DecodeError` where it is neither."""
    for message in _decoded(frame):
        match message.get("T"):
            case "q":
                yield quote(str(message["S"]), msgspec.convert(message, WireQuote))
            case "b":
                yield _bar(msgspec.convert(message, WireBar))
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
