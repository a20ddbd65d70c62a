"""What to ask of the broker for a record, and on start; pure."""

from __future__ import annotations

from datetime import datetime
from itertools import chain, islice
from typing import TypeAlias

from msgspec import Struct

from contracts.commands import FlattenAsked
from contracts.control import GateSwitched, Halted
from contracts.exits import CancelProtection, ClosePosition, MoveProtection, PlaceProtection
from contracts.lifecycle import OPEN, OrderStatus
from contracts.locks import Locked
from contracts.log import Record
from contracts.orders import OrderChanged, Purpose
from contracts.previews import PreviewAsked
from contracts.signals import Signal
from contracts.verdicts import OrderApproved
from executor.book import Book, freezing
from executor.flattens import strangers
from executor.groups import standing_for
from executor.order import Order
from executor.stops import Why, left_to_take_back, stopped, taken_back

EXPIRED, FROZEN = "expired", "frozen"
UNAVAILABLE, FRACTIONAL, NEVER_ARRIVED = "unavailable", "fractional", "never_arrived"
EXTENDED_HOURS = "extended_hours"
UNSUPPORTED, NO_STOP = "unsupported", "no_stop"


class Place(Struct, frozen=True):
    """Send an order that was never sent."""

    client_order_id: str


class Resume(Struct, frozen=True):
    """Ask about an order that may have been sent; send it only if the broker does not know it."""

    client_order_id: str


class Cancel(Struct, frozen=True):
    client_order_id: str


class Move(Struct, frozen=True):
    """Raise the stop of a protection to where the book wants it; `resumed`: that may have been asked for already."""

    client_order_id: str
    resumed: bool = False


class TakeBack(Struct, frozen=True):
    """Cancel an entry for as long as something stops it; never the exits that it has set to work."""

    client_order_id: str


class Follow(Struct, frozen=True):
    """Tell the latest price of a symbol, and what the broker lets be done with it, because somebody named it."""

    symbol: str
    cause: int
    trace: str


Errand: TypeAlias = Place | Resume | Cancel | TakeBack | Move
Ask: TypeAlias = Errand | Follow


def asks(book: Book, record: Record) -> tuple[Ask, ...]:
    """Say what a new record, which the book has taken in, asks for."""
    match record.body:
        case OrderApproved(approval_id=i) | PlaceProtection(exit_id=i) | ClosePosition(exit_id=i):
            fresh = book.orders[i].n == 0
            return (Place(i),) if fresh else ()
        case CancelProtection() | MoveProtection():
            return _about_protection(book, record.body)
        case FlattenAsked():
            return tuple(Cancel(i) for i in strangers(book.orders.values(), record.body))
        case Halted() | Locked() | GateSwitched():
            return tuple(TakeBack(i) for i in taken_back(book, record.body))
        case Signal(symbol=symbol) | PreviewAsked(signal=Signal(symbol=symbol)):
            return (Follow(symbol, record.sequence, record.trace),)
        case _:
            return ()


def _about_protection(book: Book, wish: CancelProtection | MoveProtection) -> tuple[Ask, ...]:
    group = wish.client_order_id
    if isinstance(wish, CancelProtection):
        return tuple(Cancel(i) for i in sorted(standing_for(book.orders, group)))
    return (Move(group),) if group in book.moves else ()


def asks_on_start(book: Book, now: datetime) -> tuple[Errand, ...]:
    """Say what is left to do after a restart: nobody knows what the last process still sent."""
    doubtful = (OrderStatus.SUBMITTING, OrderStatus.UNKNOWN)
    resumed = (Resume(i) for i, order in book.orders.items() if order.status in doubtful)
    halted = (TakeBack(i) for i in left_to_take_back(book, now))
    others = dict.fromkeys(
        i for flatten in book.flattens.values() for i in strangers(book.orders.values(), flatten.asked)
    )
    cancels = (Cancel(i) for i in (*sorted(book.cancels), *others))
    return (*resumed, *cancels, *halted, *(Move(i, resumed=True) for i in sorted(book.moves)))


def wanted(book: Book, always: tuple[str, ...], most: int) -> frozenset[str]:
    """Choose the symbols whose prices to follow: what we are in first, then what signals named last."""
    open_orders = (order.symbol for order in book.orders.values() if order.status in OPEN)
    elsewhere = chain.from_iterable(book.elsewhere[account] for account in sorted(book.elsewhere))
    ordered = dict.fromkeys((*always, *book.positions, *open_orders, *elsewhere, *book.signalled))
    return frozenset(islice(ordered, most))


def is_ranged(book: Book) -> bool:
    """Say whether anybody measures stops by how far prices range in a day."""
    return any("stop_daily_atr" in layer.origins and layer.values.stop_daily_atr for layer in book.layers.values())


def withheld(book: Book, order: Order, now: datetime) -> Why | None:
    """Say why an order must not be sent now. Exits always go through."""
    if order.purpose is not Purpose.ENTRY:
        return None
    if why := stopped(book, order, now):
        return why
    if order.expires_at is not None and now > order.expires_at:
        return Why(EXPIRED, f"market time is {now:%F %T}, the approval was good until {order.expires_at:%F %T}")
    return None


def frozen(book: Book, order: Order) -> Why | None:
    """Say why an order has to wait until it may be sent or has expired. Exits never wait."""
    if order.purpose is Purpose.ENTRY and (reason := freezing(book, order)):
        return Why(FROZEN, reason)
    return None


def changed(account: str, order: Order, status: OrderStatus, at: datetime, why: Why | None = None) -> OrderChanged:
    """Word the next change of an order as we know it."""
    return OrderChanged(
        account=account, client_order_id=order.client_order_id, n=order.n + 1, purpose=order.purpose, status=status,
        symbol=order.symbol, side=order.side, qty=order.qty, type=order.type, time_in_force=order.time_in_force,
        at=at, notional=order.notional, filled_qty=order.filled_qty, filled_avg_price=order.filled_avg_price,
        limit_price=order.limit_price, stop_price=None if order.oco else order.stop_price,
        broker_order_id=order.broker_order_id, parent=order.parent, grouped=order.grouped,
        code=why.code if why else "", reason=why.reason if why else "",
    )  # fmt: skip
