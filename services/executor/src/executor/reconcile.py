"""The book held against one reading of the broker: typed differences; pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import islice

from msgspec import Struct

from contracts.accounts import DriftKind, Holding
from contracts.lifecycle import TERMINAL, WORKING, OrderStatus
from contracts.orders import OrderFilled, Purpose
from contracts.values import OrderType, Side, plain
from executor import drifts
from executor.book import Book, signed, working
from executor.brokers.broker import BrokerOrder
from executor.core import changed
from executor.drift import Difference
from executor.groups import root, sets_to_work
from executor.observe import Lineage, News, adopt, name, observe, taken_over
from executor.order import Order
from executor.stops import Why

DENIED, CASH = "denied", "USD"
CENT = Decimal("0.01")
"""Prices told by the order, not by the execution, are averages: their rounding stays below this for long."""


class Theirs(Struct, frozen=True, kw_only=True):
    """One reading of the broker. `denied` are orders of ours that it does not know.

    Of strangers' orders that have ended, only those after `since` count.
    """

    orders: Sequence[BrokerOrder]
    positions: Sequence[Holding]
    cash: Decimal
    denied: Sequence[str] = ()
    since: datetime | None = None


SUSPECTS = 20
"""So many ended orders are asked about where shares or cash cannot be explained; each costs a request."""


def everyone(orders: Iterable[BrokerOrder]) -> list[BrokerOrder]:
    """List each order once, legs under their parents where the broker showed them so."""
    found = {order.broker_order_id: order for order in orders}
    legs = {leg.broker_order_id for order in found.values() for leg in order.legs}
    return [order for order in found.values() if order.broker_order_id not in legs]


def unseen(book: Book, orders: Sequence[BrokerOrder], asked: Container[str] = ()) -> list[Order]:
    """List what to ask for: of orders that should live and were not listed, the heads of their groups.

    Many brokers list no exits whose entry is complete: that entry shows all of them. What was `asked` for is left out.
    """
    listed = {name(one) for one in _shown(orders)}
    wanted: dict[str, Order] = {}
    for order in working(book):
        if order.client_order_id not in listed:
            head = root(book.orders, order)
            shows = head.status not in TERMINAL or (sets_to_work(head) and head.client_order_id not in asked)
            one = head if shows and head.client_order_id not in listed else order
            wanted[one.client_order_id] = one
    return [order for order in wanted.values() if order.client_order_id not in asked]


def successors(book: Book, orders: Iterable[BrokerOrder]) -> set[str]:
    """Name, by its broker_order_id, what took the place of an order of a reading and is neither shown nor known."""
    replaced = {one.replaced_by for one in _shown(orders) if one.replaced_by}
    shown = {one.broker_order_id for one in _shown(orders)}
    return replaced - shown - {order.broker_order_id for order in book.orders.values()}


def suspects(book: Book, alarms: Iterable[Difference]) -> list[Order]:
    """List ended orders, newest first, that a late fill may have reached: no listing shows those that are old."""
    kinds = {(one.kind, one.symbol) for one in alarms}
    is_short = any(kind is DriftKind.CASH_DRIFT for kind, _ in kinds)
    ended = (book.orders[i] for i in reversed(book.ended))
    # One for dollars has the quantity that it bought so far.
    late = (o for o in ended if o.broker_order_id and (o.notional is not None or o.filled_qty < o.qty))
    found = (o for o in late if is_short or (DriftKind.QUANTITY_DRIFT, o.symbol) in kinds)
    return list(islice(found, SUSPECTS))


def differences(book: Book, theirs: Theirs) -> list[Difference]:
    """Compare orders, then positions and cash with what the fills, these orders' too, add up to."""
    before = {one.broker_order_id: one.replaces for one in _shown(theirs.orders)}
    told = [one for seen in theirs.orders for one in _order(book, seen, theirs.since, before)]
    fills = [fact for one in told for fact in one.news if isinstance(fact, OrderFilled)]
    denied = (one for i in theirs.denied for one in _denied(book, book.orders[i]))
    return [*told, *denied, *_quantities(book, fills, theirs), *_cash(book, fills, theirs), *_unprotected(book, theirs)]


def _shown(orders: Iterable[BrokerOrder]) -> Iterator[BrokerOrder]:
    return (one for order in orders for one in (order, *order.legs))


def _order(book: Book, seen: BrokerOrder, since: datetime | None, before: Lineage) -> Iterator[Difference]:
    known, alive = book.orders.get(name(seen)), seen.status not in TERMINAL
    if known is not None:
        if news := observe(book, seen):
            yield Difference(_kind(known, news), seen.symbol, client_order_id=name(seen), news=tuple(news))
        if alive and (known.purpose is Purpose.EXTERNAL or known.status in TERMINAL):
            yield _external(seen, "" if known.purpose is Purpose.EXTERNAL else str(known.status), ())
    elif alive or (since is not None and seen.updated_at > since and seen.filled_qty > 0):
        news, is_strange = tuple(adopt(book, seen, before)), taken_over(book, seen, before) is None
        if alive and is_strange:
            yield _external(seen, "", news)
        else:
            kind = DriftKind.EXTERNAL_FILL if is_strange else DriftKind.ORDER_REPLACED
            yield Difference(kind, seen.symbol, client_order_id=name(seen), news=news)


def _kind(known: Order, news: Iterable[News]) -> DriftKind:
    if known.status in (OrderStatus.SUBMITTING, OrderStatus.UNKNOWN):
        return DriftKind.ORDER_RESOLVED
    is_filled = any(isinstance(fact, OrderFilled) for fact in news)
    return DriftKind.FILL_MISSED if is_filled else DriftKind.STATUS_BEHIND


def _external(seen: BrokerOrder, ours: str, news: tuple[News, ...]) -> Difference:
    theirs = f"{seen.side} {plain(seen.qty) if seen.notional is None else f'for {plain(seen.notional)} dollars'}"
    return Difference(DriftKind.EXTERNAL_ORDER, seen.symbol, ours, theirs, name(seen), news)


def _denied(book: Book, order: Order) -> Iterator[Difference]:
    name = drifts.key(DriftKind.ORDER_DENIED, order.symbol, order.client_order_id)
    if drifts.is_let_go(book.drifts, name):  # nobody waits for the order any more
        why = Why(DENIED, "the broker does not know the order, and a person resumed")
        group = [one for one in working(book) if root(book.orders, one) is order or one is order]
        news = [changed(book.account, one, OrderStatus.CANCELED, one.at, why) for one in group]
        yield Difference(DriftKind.ORDER_RESOLVED, order.symbol, client_order_id=order.client_order_id, news=(*news,))
    else:
        yield Difference(DriftKind.ORDER_DENIED, order.symbol, str(order.status), "", order.client_order_id)


def _quantities(book: Book, fills: Iterable[OrderFilled], theirs: Theirs) -> Iterator[Difference]:
    sums, held = dict(book.positions), {one.symbol: one.qty for one in theirs.positions}
    for fill in fills:
        sums[fill.symbol] = sums.get(fill.symbol, Decimal(0)) + signed(fill.side, fill.qty)
    for symbol in sorted({*held, *sums}):
        ours, its = sums.get(symbol, Decimal(0)), held.get(symbol, Decimal(0))
        if ours != its:
            yield Difference(DriftKind.QUANTITY_DRIFT, symbol, plain(ours), plain(its))


def _cash(book: Book, fills: Iterable[OrderFilled], theirs: Theirs) -> Iterator[Difference]:
    if book.cash is not None:
        ours = book.cash - sum(signed(fill.side, fill.qty) * fill.price for fill in fills)
        if abs(ours - theirs.cash) > CENT:
            yield Difference(DriftKind.CASH_DRIFT, CASH, plain(ours), plain(theirs.cash))


def _unprotected(book: Book, theirs: Theirs) -> Iterator[Difference]:
    sells = (o for o in book.orders.values() if o.side is Side.SELL and not _is_asleep(book, o))
    guarded = {o.symbol for o in sells if _guards(o)}
    for held in theirs.positions:
        if held.qty > 0 and held.symbol not in guarded:
            yield Difference(DriftKind.MISSING_STOP, held.symbol, "", plain(held.qty))


def _is_asleep(book: Book, order: Order) -> bool:
    """Say whether it is an exit that comes with its entry, which is not complete."""
    entry = root(book.orders, order)
    return entry.side is Side.BUY and entry.status not in TERMINAL


def _guards(order: Order) -> bool:
    # A close on its way is what takes the place of a stop.
    if order.purpose is Purpose.CLOSE or order.status not in WORKING:
        return order.status not in TERMINAL
    return order.type in (OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP)
