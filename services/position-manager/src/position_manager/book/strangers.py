"""Orders that others have at the broker for a symbol of ours: what of our shares they hold, and what they guard."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_FLOOR, Decimal
from itertools import islice
from typing import TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from contracts.exits import ClosePosition, PlaceProtection
from contracts.lifecycle import TERMINAL
from contracts.orders import OrderChanged, OrderFilled
from contracts.values import OrderType, Side
from position_manager.book.order import ZERO

KEPT = 50
"""Groups of one symbol that are remembered; of more, the newest."""

_STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})

Sale = TypeVar("Sale", bound=PlaceProtection | ClosePosition)


class Theirs(Struct, frozen=True, kw_only=True):
    """One order as the broker last told of it."""

    buys: bool
    stop: bool
    qty: Decimal
    filled: Decimal
    ended: bool

    @property
    def remaining(self) -> Decimal:
        return ZERO if self.ended else max(self.qty - self.filled, ZERO)


class Strangers(Struct, frozen=True, kw_only=True):
    """`groups` are by the order that the others of a group hang on, their members by client_order_id.

    `beyond` is what the account has beyond our own shares. Below 0 are shares of ours that were sold and that no count
    has confirmed to be gone.
    """

    groups: dict[str, dict[str, Theirs]] = field(default_factory=dict[str, dict[str, Theirs]])
    beyond: Decimal = ZERO

    @property
    def claimed(self) -> Decimal:
        return _sum(_claim(group.values()) for group in self.groups.values())

    @property
    def held(self) -> Decimal:
        """Say how many shares of ours are not to be had: others' shares are sold by others' orders first."""
        return max(self.claimed - self.beyond, ZERO)

    @property
    def guarded(self) -> Decimal:
        """Say for how many shares of ours a stop of theirs rests."""
        stops = (group.values() for group in self.groups.values() if any(one.stop for one in group.values()))
        return max(_sum(_claim(group) for group in stops) - max(self.beyond, ZERO), ZERO)


def _sum(parts: Iterable[Decimal]) -> Decimal:
    return sum(parts, ZERO)


def _claim(group: Iterable[Theirs]) -> Decimal:
    """Count what a group may sell, once: its exits sleep until its entry has bought all that they are to sell."""
    orders = tuple(group)
    if any(order.buys and not order.ended for order in orders):
        return ZERO
    return max((order.remaining for order in orders if not order.buys), default=ZERO)


def told(strangers: Strangers, fact: OrderChanged | OrderFilled) -> Strangers:
    """Take in what the broker says of an order of theirs."""
    if isinstance(fact, OrderFilled):
        return _filled(strangers, fact)
    name = fact.parent or fact.client_order_id
    group = strangers.groups.get(name, {})
    if fact.side is Side.BUY and not (fact.grouped or group):
        return strangers
    before = group.get(fact.client_order_id)
    now = Theirs(
        buys=fact.side is Side.BUY,
        stop=fact.type in _STOPS,
        qty=fact.qty,
        filled=max(fact.filled_qty, before.filled if before else ZERO),
        ended=fact.status in TERMINAL,
    )
    return _with(strangers, name, {**group, fact.client_order_id: now})


def _filled(strangers: Strangers, fill: OrderFilled) -> Strangers:
    moved = fill.qty if fill.side is Side.BUY else -fill.qty
    strangers = replace(strangers, beyond=strangers.beyond + moved)
    name = fill.parent or fill.client_order_id
    group = strangers.groups.get(name, {})
    if (order := group.get(fill.client_order_id)) is None:
        return strangers
    order = replace(order, filled=max(order.filled, fill.cum_qty))
    return _with(strangers, name, {**group, fill.client_order_id: order})


def _with(strangers: Strangers, name: str, group: dict[str, Theirs]) -> Strangers:
    groups = {**strangers.groups, name: group}
    if all(order.ended for order in group.values()):
        del groups[name]
    return replace(strangers, groups=dict(islice(groups.items(), max(len(groups) - KEPT, 0), None)))


def met(strangers: Strangers) -> Strangers:
    """See our first shares come: what others' orders held until then was theirs."""
    return replace(strangers, beyond=max(strangers.beyond, strangers.claimed))


def counted(strangers: Strangers, beyond: Decimal) -> Strangers:
    """Take in what the account has beyond our shares, of which it has all."""
    return replace(strangers, beyond=beyond)


def adopted(strangers: Strangers, qty: Decimal) -> Strangers:
    """Take in that shares beyond our own are ours from now on."""
    return replace(strangers, beyond=max(strangers.beyond - qty, ZERO))


def lacking(strangers: Strangers, gone: Decimal = ZERO) -> Strangers:
    """Take in that the account has fewer shares than are ours, and that `gone` are taken off our count for that."""
    return replace(strangers, beyond=min(min(strangers.beyond, ZERO) + gone, ZERO))


def explained(strangers: Strangers, gone: Decimal) -> Decimal:
    """Say how many of the shares that are gone were sold by orders of theirs, as was told."""
    return min(gone, max(-strangers.beyond, ZERO))


def _room(wanted: PlaceProtection | ClosePosition, free: Decimal) -> Decimal:
    # No group, and no sale outside the hours, takes fractions.
    at_market = isinstance(wanted, ClosePosition) and not wanted.extended_hours
    return free if at_market else free.to_integral_value(ROUND_FLOOR)


def fitting(wanted: Iterable[Sale], free: Decimal, *, whole: bool = False) -> list[Sale]:
    """Give the sales of ours that fit what is free: `whole`, or as far as that goes."""
    fits = list[Sale]()
    for one in wanted:
        qty = one.qty if one.qty <= free else ZERO if whole else _room(one, free)
        if qty > 0:
            free -= qty
            fits.append(replace(one, qty=qty))
    return fits
