"""Exits that come with their entry: one group under the entry's id, which sleeps until the entry is complete.

The executor tells a fill before the order that it filled, and that before its exits. So a group is expected from the
first fill on, and until something else is told, nothing else is placed for the shares: twice would be twice sold.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from contracts.lifecycle import TERMINAL, WORKING, OrderStatus
from contracts.orders import OrderChanged, OrderFilled, Purpose
from contracts.verdicts import OrderApproved
from position_manager.book import entries, ledger
from position_manager.book import parts as of
from position_manager.book.order import ZERO, Order
from position_manager.book.position import Levels, Position

ALONE = "the broker took the entry without its exits"
CUT_SHORT = "the entry ended before it was complete, and its exits with it"

_EXPECTED = Order(purpose=Purpose.PROTECT, qty=ZERO, oco=True, bracket=True, asleep=True)


def named(approval: OrderApproved) -> Levels:
    """Say what an approval wants: exits that come along stand where they were approved, whatever the fill costs."""
    comes_along = approval.stop_loss is not None and approval.take_profit is not None
    return Levels(
        stop=approval.stop_price if approval.stop_loss is None else approval.stop_loss,
        target=approval.target_price if approval.take_profit is None else approval.take_profit,
        strategy=approval.strategy,
        bracket=approval.qty if comes_along else ZERO,
    )


def after(levels: Levels, entry: OrderChanged) -> Levels:
    """Give up a group that does not come, for the fills that may yet be told of; know how many shares it is for."""
    if not levels.bracket:
        return levels
    bracket = entry.filled_qty if entry.status is OrderStatus.FILLED else levels.bracket
    return replace(levels, bracket=ZERO if _missing(entry) else bracket)


def bought(position: Position, fill: OrderFilled, entry_qty: Decimal) -> Position:
    """Let the group cover what a fill brought; what it has sold already goes at once."""
    name = fill.client_order_id
    before = position.orders.get(name, _EXPECTED)
    group = replace(before, qty=before.qty + fill.qty, asleep=before.asleep and fill.cum_qty < entry_qty)
    parts = tuple(
        replace(part, order=name) if part.execution_id == fill.execution_id else part for part in position.parts
    )
    position = replace(position, parts=parts, orders={**position.orders, name: group})
    position = position if group.asleep else entries.ended(position, name)
    return ledger.sold(position, group.booked - before.booked, name)


def met(position: Position, fact: OrderChanged | OrderFilled, levels: dict[str, Levels]) -> Position:
    """Begin a group with the first word of one of its exits, where that comes before the first fill."""
    expected = fact.parent not in position.orders and levels.get(fact.parent, Levels()).bracket
    if not expected or not isinstance(fact, OrderChanged) or fact.status not in WORKING:
        return position
    return replace(position, orders={**position.orders, fact.parent: _EXPECTED})


def told(position: Position | None, entry: OrderChanged) -> Position | None:
    """Wake the group when its entry is complete; let its shares go where it does not come."""
    name = entry.client_order_id
    group = position.orders.get(name) if position else None
    if position is None or group is None:
        return position
    if why := _missing(entry):
        # Once its exits are at work, only they themselves say how they end.
        return _without(position, name, why) if group.asleep or not entry.grouped else position
    if entry.status is OrderStatus.FILLED and group.asleep and group.qty >= entry.filled_qty:
        return replace(position, orders={**position.orders, name: replace(group, asleep=False)})
    return position


def _missing(entry: OrderChanged) -> str:
    """Say why no exits come with an entry, if so. Before the broker has spoken nobody knows."""
    if entry.broker_order_id and not entry.grouped:
        return ALONE
    return CUT_SHORT if entry.status in TERMINAL and entry.status is not OrderStatus.FILLED else ""


def _without(position: Position, name: str, why: str) -> Position:
    freed = (replace(part, order="", alone=why) if part.order == name else part for part in position.parts)
    orders = {one: order for one, order in position.orders.items() if one != name}
    return replace(position, parts=of.tidy(tuple(freed)), orders=orders)
