"""The book held against the broker's orders and positions; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from contracts.accounts import DriftFound, DriftKind, Holding
from contracts.lifecycle import TERMINAL, WORKING
from contracts.orders import Purpose
from contracts.values import OrderType, Side, plain
from executor.book import Book, Order, alert, root, working
from executor.brokers.broker import BrokerOrder
from executor.observe import News, adopt, name, observe


class Difference(Struct, frozen=True):
    """Something that the broker sees otherwise. Told only when it is seen twice: the readings are not of one moment."""

    kind: DriftKind
    symbol: str
    ours: str
    theirs: str


def everyone(orders: Iterable[BrokerOrder]) -> list[BrokerOrder]:
    """List each order once, legs under their parents where the broker showed them so."""
    found = {order.broker_order_id: order for order in orders}
    legs = {leg.broker_order_id for order in found.values() for leg in order.legs}
    return [order for order in found.values() if order.broker_order_id not in legs]


def news(book: Book, seen: BrokerOrder, since: datetime | None) -> list[News]:
    """Say what is new about one order; one that is not ours is told if it lives or was placed after `since`."""
    if name(seen) in book.orders:
        return observe(book, seen)
    alive = seen.status not in TERMINAL
    lately = since is not None and seen.updated_at > since and seen.filled_qty > 0
    return adopt(book, seen) if alive or lately else []


def unseen(book: Book, orders: Sequence[BrokerOrder]) -> list[Order]:
    """List those orders, by the heads of their groups, that should live and that the broker did not list."""
    listed = {name(one) for order in orders for one in (order, *order.legs)}
    missing = (root(book, order) for order in working(book) if order.client_order_id not in listed)
    return list({order.client_order_id: order for order in missing}.values())


def differences(book: Book, orders: Sequence[BrokerOrder], positions: Sequence[Holding]) -> set[Difference]:
    """Compare positions with the sum of the fills, and look for orders and holdings that nobody minds."""
    theirs = {held.symbol: held.qty for held in positions}
    return {*_quantities(book, theirs), *_unprotected(book, theirs), *_strangers(book, orders)}


def _quantities(book: Book, theirs: dict[str, Decimal]) -> Iterable[Difference]:
    for symbol in sorted({*theirs, *book.positions}):
        ours, held = book.positions.get(symbol, Decimal(0)), theirs.get(symbol, Decimal(0))
        if ours != held:
            yield Difference(DriftKind.QUANTITY_DRIFT, symbol, plain(ours), plain(held))


def _unprotected(book: Book, theirs: dict[str, Decimal]) -> Iterable[Difference]:
    guarded = {o.symbol for o in book.orders.values() if o.side is Side.SELL and _guards(o)}
    for symbol, held in theirs.items():
        if held > 0 and symbol not in guarded:
            yield Difference(DriftKind.MISSING_STOP, symbol, "", plain(held))


def _guards(order: Order) -> bool:
    # A close on its way is what takes the place of a stop.
    if order.purpose is Purpose.CLOSE or order.status not in WORKING:
        return order.status not in TERMINAL
    return order.type in (OrderType.STOP, OrderType.STOP_LIMIT)


def _strangers(book: Book, orders: Sequence[BrokerOrder]) -> Iterable[Difference]:
    for seen in orders:
        order = book.orders.get(name(seen))
        if order is None or seen.status in TERMINAL:
            continue
        if order.purpose is Purpose.EXTERNAL or order.status in TERMINAL:
            ours = "" if order.purpose is Purpose.EXTERNAL else str(order.status)
            theirs = f"{name(seen)} {order.side} {plain(order.qty)}"
            yield Difference(DriftKind.EXTERNAL_ORDER, seen.symbol, ours, theirs)


def untold(book: Book, found: Iterable[Difference]) -> set[Difference]:
    """Leave out what the log tells already."""
    return {one for one in found if book.alerts.get(alert(one.kind, one.symbol, one.theirs)) != one.theirs}


def drifts(book: Book, found: Iterable[Difference], at: datetime) -> list[DriftFound]:
    """Word differences as facts."""
    ordered = sorted(found, key=lambda d: (d.kind, d.symbol, d.theirs))
    return [
        DriftFound(
            account=book.account, n=n, difference=one.kind, symbol=one.symbol, ours=one.ours, theirs=one.theirs, at=at
        )
        for n, one in enumerate(ordered, book.account_n + 1)
    ]  # fmt: skip
