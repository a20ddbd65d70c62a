"""Orders, executions and refusals in Alpaca's shapes."""

from decimal import Decimal
from functools import cache
from typing import TypeAlias
from uuid import UUID

import msgspec

from exchange.accounts import Account
from exchange.book import Order, OrderClass, identity
from exchange.numbers import plain
from exchange.refusals import Refusal
from exchange.turn import Event
from paper_exchange.times import microstamp, stamp

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

ASSETS = "0d2a3a4c-6a0b-5f6e-9a7e-6b1f3c2d4e5f"  # the seed of asset ids: the same in every exchange
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)  # what decoding raises, the last when it is deep
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@cache
def asset_id(symbol: str) -> str:
    return identity(ASSETS, symbol)


def number(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def order(account: Account, one: Order, *, nested: bool) -> dict[str, Json]:
    """Write an order in the key order that Alpaca uses; `nested` shows its legs."""
    legs: list[Json] = [order(account, account.orders[leg], nested=False) for leg in one.legs] if nested else []
    return {
        "id": one.id,
        "client_order_id": one.client_order_id,
        **_times(one),
        "replaced_by": one.replaced_by,
        "replaces": one.replaces,
        "asset_id": asset_id(one.symbol),
        "symbol": one.symbol,
        "asset_class": "us_equity",
        "notional": number(one.notional),
        "qty": number(one.qty),
        "filled_qty": plain(one.filled_qty),
        "filled_avg_price": number(one.filled_avg_price),
        "order_class": "" if one.order_class is OrderClass.SIMPLE else one.order_class.value,
        "order_type": one.type.value,
        "type": one.type.value,
        "side": one.side.value,
        "position_intent": f"{one.side}_to_{'close' if one.closes else 'open'}",
        "time_in_force": one.time_in_force.value,
        "limit_price": number(one.limit_price),
        "stop_price": number(one.stop_price),
        "status": one.status.value,
        "extended_hours": one.extended_hours,
        "legs": legs or None,
        "trail_percent": number(one.trail_percent),
        "trail_price": number(one.trail_price),
        "hwm": number(one.hwm),
        "subtag": None,
        "source": None,
        "expires_at": stamp(one.expires_at),
    }


def trade_update(account: Account, event: Event) -> dict[str, Json]:
    """Write what the stream tells about an order."""
    body = order(account, event.order, nested=True)
    requested_at = event.order.cancel_requested_at
    body["cancel_requested_at"] = None if requested_at is None else stamp(requested_at)
    del body["source"], body["subtag"]
    data: dict[str, Json] = {
        "at": microstamp(event.at),
        "event_id": _ulid(event),
        "event": event.event,
        "timestamp": stamp(event.at),
        "order": body,
    }
    if event.fill is not None:
        data |= {
            "price": plain(event.fill.price),
            "qty": plain(event.fill.qty),
            "position_qty": plain(event.fill.position_qty),
            "execution_id": event.fill.id,
            "settle_date": event.fill.settles,
        }
    elif event.event == "new":
        data["execution_id"] = identity(event.order.id, "new")
    return {"stream": "trade_updates", "data": data}


def refusal(one: Refusal) -> dict[str, Json]:
    return {"code": one.code, "message": one.message, **one.extra}


def _times(one: Order) -> dict[str, Json]:
    ends = {
        "filled_at": one.filled_at,
        "expired_at": one.expired_at,
        "canceled_at": one.canceled_at,
        "failed_at": one.failed_at,
        "replaced_at": one.replaced_at,
    }
    return {
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
        "submitted_at": stamp(one.submitted_at),
        **{name: None if at is None else stamp(at) for name, at in ends.items()},
    }


def _ulid(event: Event) -> str:
    """Make a ULID whose 80 free bits come from the event, so that a repeated event keeps its name."""
    filled = event.order.filled_qty
    free = UUID(identity(event.order.id, event.event, event.at, filled)).int & ((1 << 80) - 1)
    value = event.at // 10**6 << 80 | free
    return "".join(CROCKFORD[value >> shift & 31] for shift in range(125, -1, -5))
