"""Market data in Alpaca's shapes: trades, quotes, minute bars and the longer bars made of them."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from exchange.fills import Print
from paper_exchange.listings import tape_of
from paper_exchange.market import Minute
from paper_exchange.tape import MINUTE, QUARTER

VENUE = "V"
SIZE = 100
TRADES_PER_BAR = 4


class Candle(Struct, frozen=True):
    """A bar of any length; `at` is its start."""

    at: int
    symbol: str
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int
    count: int
    turnover: Decimal


def candle(minute: Minute) -> Candle:
    bar = minute.bar
    typical = (bar.high + bar.low + bar.close) / 3
    return Candle(
        minute.at, bar.symbol, bar.open, bar.high, bar.low, bar.close, bar.volume, TRADES_PER_BAR,
        typical * bar.volume,
    )  # fmt: skip


def with_trades(one: Candle, trades: Sequence[Print]) -> Candle:
    """Add trades of its minute to a bar; the recorded ones end with its last quarter."""
    if not trades:
        return one
    prices = [trade.price for trade in trades]
    return replace(
        one,
        high=max(one.high, *prices),
        low=min(one.low, *prices),
        close=prices[-1] if trades[-1].at >= one.at + MINUTE - QUARTER else one.close,
        volume=one.volume + SIZE * len(prices),
        count=one.count + len(prices),
        turnover=one.turnover + SIZE * sum(prices),
    )


def joined(at: int, members: Sequence[Candle]) -> Candle:
    """Join bars of one symbol to the longer one that begins at `at`."""
    return Candle(
        at=at,
        symbol=members[0].symbol,
        open=members[0].open,
        high=max(one.high for one in members),
        low=min(one.low for one in members),
        close=members[-1].close,
        volume=sum(one.volume for one in members),
        count=sum(one.count for one in members),
        turnover=sum((one.turnover for one in members), Decimal(0)),
    )


def bar(one: Candle) -> dict[str, object]:
    """Write a bar without its time, whose form depends on where it goes."""
    average = one.turnover / one.volume if one.volume else one.close
    return {
        "o": float(one.open),
        "h": float(one.high),
        "l": float(one.low),
        "c": float(one.close),
        "v": one.volume,
        "n": one.count,
        "vw": round(float(average), 6),
    }


def quote(shown: Print) -> dict[str, object]:
    return {
        "ax": VENUE,
        "ap": float(shown.ask),
        "as": SIZE,
        "bx": VENUE,
        "bp": float(shown.bid),
        "bs": SIZE,
        "c": ["R"],
        "z": tape_of(shown.symbol),
    }


def trade(shown: Print) -> dict[str, object]:
    return {
        "x": VENUE,
        "p": float(shown.price),
        "s": SIZE,
        "c": ["@"],
        "i": shown.at // 10**9,
        "z": tape_of(shown.symbol),
    }
