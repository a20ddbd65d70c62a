"""Groups of orders: what happens to the other members when one of them changes.

A bracket's legs sleep until its entry has filled completely; then the profit-taker works, the stop guards.
Of two exits only one may trade: a partial fill shrinks the other, a fill, a trigger or an end cancels it.
"""

from msgspec import Struct
from msgspec.structs import replace

from exchange.accounts import Account, dormant
from exchange.book import STOPS, Order, OrderClass, Status, ended, remaining


class Effect(Struct, frozen=True):
    order: Order
    event: str | None = None
    wakes: bool = False


def others(account: Account, order: Order) -> tuple[Order, ...]:
    """List the members of the order's group that have not ended, without itself."""
    parent = order if order.parent_id is None else account.orders[order.parent_id]
    members = (parent, *(account.orders[leg] for leg in parent.legs))
    return tuple(member for member in members if member.id != order.id and not ended(member))


def passive(account: Account, order: Order) -> bool:
    """Whether the order is held: its entry has not filled, or it guards while its sibling works."""
    guards = order.parent_id is not None and order.type in STOPS and not order.triggered
    return dormant(account, order) or (guards and len(others(account, order)) > 0)


def standing(account: Account, order: Order) -> Status:
    """Tell the status of an order at the market once nothing about it is pending."""
    if passive(account, order):
        return Status.HELD
    return Status.PARTIALLY_FILLED if order.filled_qty else Status.NEW


def effects(account: Account, order: Order, now: int) -> tuple[Effect, ...]:
    """Tell what follows for the group from the order's new status."""
    if order.parent_id is None and order.order_class is not OrderClass.OCO:
        return _after_entry(account, order, now)
    return _after_exit(account, order, now)


def _after_entry(account: Account, order: Order, now: int) -> tuple[Effect, ...]:
    members = others(account, order)
    if order.status is Status.FILLED:
        return tuple(_activate(member, now, alone=len(members) == 1) for member in members)
    return tuple(_cancel(member, now) for member in members) if ended(order) else ()


def _after_exit(account: Account, order: Order, now: int) -> tuple[Effect, ...]:
    siblings = others(account, order)
    if ended(order) or order.triggered:
        return tuple(_cancel(sibling, now) for sibling in siblings)
    if order.filled_qty > 0:
        left = remaining(order)
        return tuple(Effect(replace(sibling, qty=left, updated_at=now)) for sibling in siblings)
    return ()


def _activate(leg: Order, now: int, *, alone: bool) -> Effect:
    if leg.type in STOPS and not alone:
        return Effect(replace(leg, updated_at=now, submitted_at=now), event="held", wakes=True)
    awake = replace(leg, status=Status.NEW, updated_at=now, submitted_at=now)
    return Effect(awake, event="new", wakes=True)


def _cancel(order: Order, now: int) -> Effect:
    return Effect(replace(order, status=Status.CANCELED, canceled_at=now, updated_at=now), event="canceled")
