"""A position in terms of the shares that a split makes of its own."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_FLOOR, Decimal
from itertools import pairwise

from msgspec.structs import replace

from contracts.accounts import HoldingSplit
from contracts.exits import ExitReason
from contracts.orders import Purpose
from contracts.values import plain, round_to_tick
from position_manager.book import parts as of
from position_manager.book import strangers
from position_manager.book.order import ZERO, Order
from position_manager.book.position import Part, Position
from position_manager.market import Market
from position_manager.splits import announced as splits
from position_manager.splits.announced import Split

SHARE, GRAIN = Decimal(1), Decimal("1e-9")
"""What shares are counted in, whole ones and others."""
FINE, LEAST = Decimal("0.000001"), Decimal("0.0001")
"""What costs are told in, and the lowest price of the grid."""


def outdated(position: Position, parts: of.Parts, market: Market) -> Position:
    """Let go of the orders of these parts: their prices are those of the old shares, and no broker changes them."""
    names = {part.order for part in parts}
    orders = {
        exit_id: replace(order, outdated=True) if exit_id in names and _is_old(order, market) else order
        for exit_id, order in position.orders.items()
    }
    return position if orders == position.orders else replace(position, orders=orders)


def _is_old(order: Order, market: Market) -> bool:
    # A sale that waits for the open would sell the old number of shares; a limit outside the hours follows the price.
    waits = order.purpose is Purpose.CLOSE and order.limit_price is None and not market.is_open
    return order.open_qty > 0 and (order.purpose is Purpose.PROTECT or waits)


def older(position: Position, day: date) -> of.Parts:
    """Give what was bought before a day."""
    return tuple(part for part in position.parts if part.bought is None or splits.day(part.bought) < day)


def priced(position: Position, split: Split, market: Market) -> Position:
    ours = older(position, split.ex_date)
    if not ours:
        return position
    position = outdated(position, ours, market)
    parts = tuple(_repriced(part, split) if part in ours else part for part in position.parts)
    return replace(position, parts=parts, price=0.0, doubted=0.0, missing=None)


def _repriced(part: Part, split: Split) -> Part:
    return replace(
        part,
        entry_price=_short(split.price(part.entry_price).quantize(FINE)),
        stop_price=_on_grid(split.price(part.stop_price)),
        target_price=_on_grid(split.price(part.target_price)),
        best=float(split.price(Decimal(part.best))),
        because=ExitReason.SPLIT,
        refusals=0,
        wait=0,
    )


def _on_grid(price: Decimal) -> Decimal:
    return max(round_to_tick(price), LEAST)


def counted(position: Position, split: Split, fact: HoldingSplit) -> Position:
    """Give each part its share of the new count; what the broker pays in cash is missing where it was rounded."""
    ours = older(position, split.ex_date)
    held = sum((part.qty for part in ours), ZERO)
    if not held or (held == fact.qty_after and position.given_up == fact.qty_before - fact.qty_after):
        return position  # a count of before has taken it in
    shares = _shared(tuple(part.qty for part in ours), _total(held, split, fact))
    now = {part.part_id: qty for part, qty in zip(ours, shares, strict=True)}
    parts = tuple(
        replace(part, qty=now[part.part_id], because=ExitReason.SPLIT, refusals=0, wait=0)
        if part.part_id in now
        else part
        for part in position.parts
    )
    for exit_id in dict.fromkeys(part.order for part in parts if part.order):
        parts = of.uncover(parts, exit_id, position.orders[exit_id].open_qty, _freed)
    position = replace(position, parts=of.tidy(parts), given_up=split.shares(position.given_up), missing=None)
    return replace(position, strangers=strangers.counted(position.strangers, fact.qty_after - position.held))


def _freed(part: Part) -> Part:
    return replace(part, order="")


def _total(held: Decimal, split: Split, fact: HoldingSplit) -> Decimal:
    """Say how many our shares are now: the broker's own count where all were ours, for it says what was paid out."""
    total = _short(split.shares(held).quantize(GRAIN, ROUND_FLOOR))
    is_all = fact.qty_before == held and abs(fact.qty_after - total) < SHARE
    return fact.qty_after if is_all else total


def _shared(before: tuple[Decimal, ...], total: Decimal) -> tuple[Decimal, ...]:
    """Share a total out as it was: in whole shares where it is whole, so that no part has a fraction for nothing."""
    grain = SHARE if total == total.to_integral_value() else GRAIN
    held, reached, edges = sum(before, ZERO), ZERO, [ZERO]
    for qty in before:
        reached += qty
        edges.append((total * reached / held).quantize(grain, ROUND_FLOOR))
    edges[-1] = total
    return tuple(_short(right - left) for left, right in pairwise(edges))


def _short(number: Decimal) -> Decimal:
    return Decimal(plain(number))
