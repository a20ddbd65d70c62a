"""Positions and what protects them at the broker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from contracts import lifecycle
from contracts.accounts import AccountSnapshot, Holding
from contracts.orders import OrderChanged, OrderFilled, Purpose
from contracts.plans import NextStep
from contracts.values import Side


class Protection(Struct, frozen=True):
    """Resting exits of one symbol. `covered_qty` counts the shares that a stop would sell; prices are dollars."""

    covered_qty: Decimal
    stop_prices: tuple[Decimal, ...]
    target_prices: tuple[Decimal, ...]
    client_order_ids: tuple[str, ...]


class Position(Struct, frozen=True):
    """A position as it stands: the broker's last word, and the fills that came after it.

    `is_covered`: a stop rests for every share of it. `plan` is what would happen next, as the position manager says;
    null while it says nothing about this symbol.
    """

    symbol: str
    qty: Decimal
    avg_entry_price: Decimal
    current_price: Decimal
    market_value: Decimal
    unrealized_pl: Decimal
    protection: Protection
    is_covered: bool
    plan: tuple[NextStep, ...] | None = None


def positions(
    snapshot: AccountSnapshot, fills: Iterable[OrderFilled], orders: Iterable[OrderChanged]
) -> tuple[Position, ...]:
    """Show what is held and what protects it. `fills` are those since the snapshot, which trails them by seconds."""
    held = {holding.symbol: holding for holding in snapshot.positions}
    for fill in fills:
        held[fill.symbol] = _moved(held.get(fill.symbol), fill)
    told = tuple(orders)
    # The exits that an entry brings sleep until it is complete.
    coming = {o.client_order_id for o in told if o.purpose is Purpose.ENTRY and o.status in lifecycle.OPEN}
    exits = (o for o in told if o.purpose is Purpose.PROTECT and o.parent not in coming)
    resting = [o for o in exits if o.status in lifecycle.WORKING]
    return tuple(
        _position(holding, [o for o in resting if o.symbol == holding.symbol])
        for holding in held.values()
        if holding.qty
    )


def planned(held: Iterable[Position], plans: Mapping[str, tuple[NextStep, ...]]) -> tuple[Position, ...]:
    return tuple(replace(one, plan=plans.get(one.symbol)) for one in held)


def _moved(holding: Holding | None, fill: OrderFilled) -> Holding:
    """Give a holding after one more fill; what is bought moves the average, what is sold does not."""
    before, average, price = (holding.qty, holding.avg_entry_price, holding.current_price) if holding else _NOTHING
    price = price or fill.price
    bought = fill.qty if fill.side is Side.BUY else Decimal(0)
    qty = before + (bought or -fill.qty)
    if bought and qty:
        average = (before * average + bought * fill.price) / qty
    return Holding(
        symbol=fill.symbol,
        qty=qty,
        avg_entry_price=round(average, 6),
        market_value=qty * price,
        unrealized_pl=round((price - average) * qty, 6),
        current_price=price,
    )


_NOTHING = Decimal(0), Decimal(0), Decimal(0)


def _position(holding: Holding, resting: list[OrderChanged]) -> Position:
    stops = [order for order in resting if order.stop_price is not None]
    covered = sum((order.qty - order.filled_qty for order in stops), Decimal(0))
    targets = [order for order in resting if order.stop_price is None and order.limit_price is not None]
    protection = Protection(
        covered,
        tuple(sorted({order.stop_price for order in stops if order.stop_price is not None})),
        tuple(sorted({order.limit_price for order in targets if order.limit_price is not None})),
        tuple(order.client_order_id for order in resting),
    )
    return Position(
        holding.symbol,
        holding.qty,
        holding.avg_entry_price,
        holding.current_price,
        holding.market_value,
        holding.unrealized_pl,
        protection,
        is_covered=covered >= abs(holding.qty),
    )
