"""Replacement: an order gives its place, in the market and in its group, to one with other terms."""

from decimal import Decimal

from msgspec.structs import replace

from exchange import groups
from exchange.book import (
    Amendment,
    Moment,
    Order,
    OrderClass,
    Status,
    TimeInForce,
    ended,
    identity,
    remaining,
)
from exchange.matching import keep, route
from exchange.opening import expiry
from exchange.trailing import drawn
from exchange.turn import Turn


def successor(old: Order, amendment: Amendment, at: Moment, seed: str, number: int) -> Order:
    """Make the replacement.

    A quantity counts what the order has filled already, so the replacement is for the rest; it begins at zero.
    """
    terms = replace(
        old,
        qty=None if old.qty is None else (amendment.qty or old.qty) - old.filled_qty,
        limit_price=amendment.limit_price or old.limit_price,
        stop_price=amendment.stop_price or old.stop_price,
        triggered=old.triggered and amendment.stop_price is None,
        **_trail(old, amendment.trail),
        **_lifetime(old, amendment.time_in_force, at),
    )
    return replace(
        terms if terms.hwm is None else drawn(terms, terms.hwm),
        id=identity(seed, "order", number),
        client_order_id=amendment.client_order_id or identity(seed, "client-order", number),
        status=Status.PENDING_NEW,
        created_at=at.now,
        updated_at=at.now,
        submitted_at=at.now,
        filled_qty=Decimal(0),
        filled_avg_price=None,
        legs=(),
        replaces=old.id,
    )


def swap(turn: Turn, old: Order) -> None:
    """Let the replacement that is on its way take the order's place."""
    now = turn.at.now
    held = groups.passive(turn.account, old)
    new = turn.account.orders[old.replaced_by or ""]
    if ended(new):
        keep(turn, old)
        return
    # The quantity of a group's member is the group's: it may have shrunk on the way.
    qty = new.qty if old.order_class is OrderClass.SIMPLE else remaining(old)
    turn.say("replaced", turn.put(replace(old, status=Status.REPLACED, replaced_at=now, updated_at=now, due=None)))
    new = turn.put(replace(new, qty=qty, legs=old.legs))
    _relink(turn, old, new)
    if held:
        turn.say("held", turn.put(replace(new, status=Status.HELD, updated_at=now)))
    else:
        route(turn, new)


def _relink(turn: Turn, old: Order, new: Order) -> None:
    for leg in new.legs:
        turn.put(replace(turn.account.orders[leg], parent_id=new.id))
    if new.parent_id is not None:
        parent = turn.account.orders[new.parent_id]
        turn.put(replace(parent, legs=tuple(new.id if leg == old.id else leg for leg in parent.legs)))


def _trail(old: Order, trail: Decimal | None) -> dict[str, Decimal]:
    if trail is None:
        return {}
    return {"trail_percent" if old.trail_price is None else "trail_price": trail}


def _lifetime(old: Order, word: str | None, at: Moment) -> dict[str, TimeInForce | int]:
    if word is None or word == old.time_in_force:
        return {}
    tif = TimeInForce(word)
    return {"time_in_force": tif, "expires_at": expiry(tif, at, extended_hours=old.extended_hours)}
