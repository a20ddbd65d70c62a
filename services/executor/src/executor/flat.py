"""What the broker still has of what was to be left, and why; pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from decimal import Decimal

from msgspec.structs import replace

from contracts.accounts import Holding
from contracts.commands import FlattenAsked, FlattenChecked, Remaining
from contracts.days import new_york
from contracts.lifecycle import OPEN, OrderStatus
from contracts.market import Tick
from contracts.orders import Purpose
from contracts.values import Side, plain
from executor.book import Book
from executor.flattens import ZERO, Flatten
from executor.order import Order
from executor.reconcile import Theirs

_FRIDAY, _FIRST, _LAST = 4, time(4), time(20)
"""When it may be traded before and after the hours, in New York. On a holiday the sale itself says that it waits."""

EXITS = frozenset({Purpose.PROTECT, Purpose.CLOSE})


def checked(book: Book, flatten: Flatten, theirs: Theirs, tick: Tick) -> FlattenChecked | None:
    """Word what a reading, which the book has taken in, says of a command; None where that was told already."""
    asked = flatten.asked
    holdings = (held for held in theirs.positions if asked.covers(held.symbol) and held.qty)
    found = tuple(_remaining(book, asked, held, tick) for held in holdings)
    orders = tuple(sorted(order.client_order_id for order in _open(book, asked, theirs)))
    flat, waits = (
        not found and not orders,
        any(_is_ours(asked, one) and _waits(book, one.symbol, tick) for one in found),
    )
    done = flat or not (orders or any(_is_ours(asked, one) for one in found))
    return _news(
        flatten,
        FlattenChecked(
            account=book.account, command_id=asked.command_id, n=0, flat=flat, done=done, at=tick.at,
            remaining=found, orders=orders, until=tick.next_open if waits else None,
        ),
    )  # fmt: skip


def failed(book: Book, flatten: Flatten, problem: str, tick: Tick) -> FlattenChecked | None:
    """Word that the broker could not be asked; the rest is as it was last seen."""
    last = flatten.told or FlattenChecked(
        account=book.account, command_id=flatten.asked.command_id, n=0, flat=False, done=False, at=tick.at
    )
    return _news(flatten, replace(last, problem=problem, at=tick.at))


def _news(flatten: Flatten, now: FlattenChecked) -> FlattenChecked | None:
    before = flatten.told
    if before is not None and replace(now, n=before.n, at=before.at) == before:
        return None
    return replace(now, n=1 if before is None else before.n + 1)


def _is_ours(asked: FlattenAsked, one: Remaining) -> bool:
    return one.qty > 0 and (asked.external or one.external < one.qty)


def _waits(book: Book, symbol: str, tick: Tick) -> bool:
    """Say whether shares can only be sold once the market opens: not before or after the hours either."""
    if tick.is_open:
        return False
    sales = [order for order in _sells(book, symbol) if order.purpose is Purpose.CLOSE]
    if sales:
        return any(not order.extended_hours for order in sales)
    now = new_york(tick.at)
    return now.weekday() > _FRIDAY or not _FIRST <= now.time() < _LAST


def _open(book: Book, asked: FlattenAsked, theirs: Theirs) -> Iterator[Order]:
    for order in book.orders.values():
        if order.status in OPEN and asked.covers(order.symbol) and order.client_order_id not in theirs.denied:
            counts = asked.external if order.purpose is Purpose.EXTERNAL else bool(asked.halt)
            if counts or order.purpose in EXITS:
                yield order


def _remaining(book: Book, asked: FlattenAsked, held: Holding, tick: Tick) -> Remaining:
    external = held.qty if held.qty < 0 else max(held.qty - book.own.get(held.symbol, ZERO), ZERO)
    is_strange = external < 0 or (external > 0 and not asked.external)
    why = _of_strangers(external) if is_strange and external == held.qty else _of_ours(book, held.symbol, tick)
    if is_strange and external != held.qty:
        why = f"{why}; {_of_strangers(external)}"
    return Remaining(symbol=held.symbol, qty=held.qty, external=external, why=why)


def _of_strangers(qty: Decimal) -> str:
    if qty < 0:
        return f"{plain(-qty)} are sold short, which is not done here: buy them back at the broker"
    return f"no entry of ours bought {plain(qty)}: they are sold with external=true only"


def _sells(book: Book, symbol: str) -> list[Order]:
    return [o for o in book.orders.values() if o.symbol == symbol and o.status in OPEN and o.side is Side.SELL]


def _of_ours(book: Book, symbol: str, tick: Tick) -> str:
    orders = _sells(book, symbol)
    sale = next((o for o in orders if o.purpose is Purpose.CLOSE), None)
    if sale is not None:
        limit = f" at {plain(sale.limit_price)} or better" if sale.limit_price is not None else ""
        return f"a sale of {plain(sale.qty)}{limit} is {sale.status}, {plain(sale.filled_qty)} of it done"
    if any(o.status is OrderStatus.UNKNOWN for o in orders):
        return "the fate of an order is not known, and the broker is asked for it"
    if not orders:
        return "its sale comes next"
    is_kept = _waits(book, symbol, tick) and all(o.status is not OrderStatus.PENDING_CANCEL for o in orders)
    return "its protection rests until it can be sold" if is_kept else "its protection is being taken back"
