"""What stops entries: people who halt, locks of the gate, the gate switched off; pure. Exits are never asked about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from contracts.control import AnyHalt, GateSwitched, Halted, covers
from contracts.halts import standing, worst
from contracts.lifecycle import OPEN
from contracts.locks import Locked
from contracts.orders import Purpose
from contracts.values import TradingState
from executor.book import Book
from executor.order import Order

HALTED, LOCKED, GATE_OFF = "halted", "locked", "gate_off"


class Why(Struct, frozen=True):
    """Why an order was not sent, or was refused."""

    code: str
    reason: str


def stopped(book: Book, order: Order, now: datetime) -> Why | None:
    """Say what keeps an entry from being sent; of several halts or locks, the newest."""
    if (gate := book.gate) is not None and not gate.active:
        return Why(GATE_OFF, f"the gate was switched off by {gate.by}: {gate.why}")
    for one in reversed(list(_covering(book, order, now))):
        if isinstance(one, Halted):
            return Why(HALTED, f"entries were halted by {one.by}: {one.why}")
        return Why(LOCKED, one.reason)
    return None


def is_taken_back(book: Book, order: Order, now: datetime) -> bool:
    """Say whether an entry must not even stay at the broker: HALTED takes it back, REDUCING lets it work."""
    if order.purpose is not Purpose.ENTRY:
        return False
    levels = (one.level for one in _covering(book, order, now))
    return _is_off(book.gate) or worst(levels) is TradingState.HALTED


def taken_back(book: Book, stop: Halted | Locked | GateSwitched) -> list[str]:
    """Name the entries that may be at the broker and that a stop, which the book has taken in, takes back."""
    match stop:
        case GateSwitched():
            is_hard = book.gate == stop and _is_off(stop)
        case Halted():
            is_hard = stop.control_id in book.halts and stop.level is TradingState.HALTED
        case Locked():
            is_hard = stop.level is TradingState.HALTED
    return [order.client_order_id for order in _open(book) if is_hard and _is_about(stop, order)]


def left_to_take_back(book: Book, now: datetime) -> list[str]:
    """Name all entries that may be at the broker and must not stay there."""
    return [order.client_order_id for order in _open(book) if is_taken_back(book, order, now)]


def _open(book: Book) -> Iterator[Order]:
    return (o for o in book.orders.values() if o.purpose is Purpose.ENTRY and o.status in OPEN)


def _is_off(gate: GateSwitched | None) -> bool:
    return gate is not None and not gate.active


def _is_about(stop: Halted | Locked | GateSwitched, order: Order) -> bool:
    return isinstance(stop, GateSwitched) or covers(stop, order.strategy, order.symbol)


def _covering(book: Book, order: Order, now: datetime) -> Iterator[AnyHalt]:
    alive = (*standing(book.locks, now).values(), *standing(book.halts, now).values())
    return (one for one in alive if covers(one, order.strategy, order.symbol))
