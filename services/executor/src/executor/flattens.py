"""Orders of people to leave positions that are not carried out yet, with what was last told of each; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import islice

from msgspec import Struct

from contracts.commands import FlattenAsked, FlattenChecked
from contracts.lifecycle import OPEN
from contracts.orders import OrderFilled, Purpose
from contracts.values import Side
from executor.order import Order

KEPT = 20
"""Commands that are watched at once; of more, the newest."""
ZERO = Decimal(0)


class Flatten(Struct, frozen=True):
    asked: FlattenAsked
    told: FlattenChecked | None = None


Flattens = Mapping[str, Flatten]


def taken(flattens: Flattens, fact: FlattenAsked | FlattenChecked) -> dict[str, Flatten]:
    """Begin to watch a command, take in what was told of it, let go of one that is done."""
    match fact:
        case FlattenAsked(command_id=name):
            kept = {**flattens, name: flattens.get(name, Flatten(fact))}
            return dict(islice(kept.items(), max(len(kept) - KEPT, 0), None))
        case FlattenChecked(command_id=name):
            before = flattens.get(name)
            if before is None or (before.told is not None and fact.n <= before.told.n):
                return dict(flattens)
            others = {one: flatten for one, flatten in flattens.items() if one != name}
            return others if fact.done else {**flattens, name: Flatten(before.asked, fact)}


def owned(before: Decimal, fill: OrderFilled, qty: Decimal) -> Decimal:
    """Say how many shares of a symbol entries of ours bought, after `qty` more of a fill."""
    if fill.purpose is Purpose.EXTERNAL:
        return before
    return before + qty if fill.side is Side.BUY else before - qty


def count_own(own: dict[str, Decimal], symbol: str, qty: Decimal, held: Decimal) -> None:
    """Take in, in place, how many shares are ours: never more than are held, whatever they went by."""
    if (qty := min(qty, held)) > 0:
        own[symbol] = qty
    else:
        own.pop(symbol, None)


def strangers(orders: Iterable[Order], asked: FlattenAsked) -> list[str]:
    """Name the orders of others that a command takes back: they hold shares that it sells, or would buy more."""
    found = (o for o in orders if o.purpose is Purpose.EXTERNAL and o.status in OPEN)
    return [order.client_order_id for order in found if asked.external and asked.covers(order.symbol)]
