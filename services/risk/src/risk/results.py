"""What trading brought: each symbol's round trip, how many in a row have lost, and which ended at their stop."""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime
from decimal import Decimal

from msgspec import Struct, field, structs

from contracts.locks import Locked, LockKind
from contracts.orders import OrderFilled, Purpose
from contracts.values import Side

ZERO = Decimal(0)

REMEMBERED = 1_000
"""Stop losses; nobody sets a limit beyond this."""


class Trip(Struct, frozen=True, kw_only=True):
    """Shares that our entries bought and that are not sold: `balance` is what sales brought less what purchases cost.

    `strategy` is empty where entries of several took part.
    """

    qty: Decimal
    balance: Decimal
    strategy: str


class RoundTrip(Struct, frozen=True, kw_only=True):
    """A trip that is over. `cause` is the execution that ended it, `stopped` says that a protection did, at a loss."""

    symbol: str
    strategy: str
    gain: Decimal
    stopped: bool
    at: datetime
    cause: str


class StopLoss(Struct, frozen=True):
    at: datetime
    strategy: str


class Results(Struct, kw_only=True):
    """`trips` are by symbol; `losses` in a row and `stops` are counted from the last lock that they brought about."""

    trips: dict[str, Trip] = field(default_factory=dict[str, Trip])
    losses: int = 0
    stops: list[StopLoss] = field(default_factory=list[StopLoss])


def ended_by(results: Results, fill: OrderFilled, held: Decimal) -> RoundTrip | None:
    """Give the round trip that a fill completes, of a symbol of which so many shares are held before it."""
    before = results.trips.get(fill.symbol)
    if before is None or fill.side is Side.BUY:
        return None
    trip = _sold(before, fill, held)
    if trip.qty:
        return None
    stopped = fill.purpose is Purpose.PROTECT and trip.balance < 0
    return RoundTrip(
        symbol=fill.symbol, strategy=trip.strategy, gain=trip.balance, stopped=stopped, at=fill.at,
        cause=fill.execution_id,
    )  # fmt: skip


def filled(results: Results, fill: OrderFilled, held: Decimal, strategy: str) -> None:
    """Take a fill in; `strategy` is that of the entry that it belongs to, if to any."""
    before = results.trips.get(fill.symbol)
    if fill.purpose is Purpose.ENTRY and fill.side is Side.BUY:
        results.trips[fill.symbol] = _bought(before, fill, strategy)
    elif ended := ended_by(results, fill, held):
        del results.trips[fill.symbol]
        _count(results, ended)
    elif before is not None and fill.side is Side.SELL:
        results.trips[fill.symbol] = _sold(before, fill, held)


def _bought(before: Trip | None, fill: OrderFilled, strategy: str) -> Trip:
    cost = fill.qty * fill.price
    if before is None:
        return Trip(qty=fill.qty, balance=-cost, strategy=strategy)
    strategy = strategy if strategy == before.strategy else ""
    return Trip(qty=before.qty + fill.qty, balance=before.balance - cost, strategy=strategy)


def _sold(before: Trip, fill: OrderFilled, held: Decimal) -> Trip:
    # What a person sells are shares that the entries did not buy, as long as there are any.
    others = max(held - before.qty, ZERO) if fill.purpose is Purpose.EXTERNAL else ZERO
    qty = min(max(fill.qty - others, ZERO), before.qty)
    return structs.replace(before, qty=before.qty - qty, balance=before.balance + qty * fill.price)


def _count(results: Results, ended: RoundTrip) -> None:
    results.losses = results.losses + 1 if ended.gain < 0 else 0
    if ended.stopped:
        results.stops = [*results.stops, StopLoss(ended.at, ended.strategy)][-REMEMBERED:]


def locked(results: Results, lock: Locked) -> None:
    """Begin to count anew what has led to a lock."""
    if lock.lock is LockKind.CONSECUTIVE_LOSSES:
        results.losses = 0
    elif lock.lock is LockKind.STOP_LOSSES:
        results.stops = [stop for stop in results.stops if lock.strategy not in ("", stop.strategy)]


def settled(results: Results, symbols: Container[str]) -> None:
    """Forget trips of symbols that are held no more: their shares left without a sale, so with no result."""
    results.trips = {symbol: trip for symbol, trip in results.trips.items() if symbol in symbols}
