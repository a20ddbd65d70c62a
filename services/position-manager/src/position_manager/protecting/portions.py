"""Which shares of an entry are sold before the rest: so many of the whole order, however its fills are cut."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_FLOOR, Decimal
from functools import partial

from msgspec.structs import replace

from contracts.exits import ExitReason
from contracts.orders import OrderFilled
from contracts.values import round_to_tick
from position_manager.book.order import ZERO
from position_manager.book.parts import Parts, take
from position_manager.book.position import Part

Portions = tuple[tuple[Decimal, Decimal], ...]


def cut(parts: Parts, fill: OrderFilled, portions: Portions) -> Parts:
    """Let the shares of a fill, which are among the parts, leave for what is due of its order now.

    Where they are too few, as when a single share fills that completes both a half and a quarter, those of the fills
    before it make up for that.
    """
    for gain, qty in _due(fill, portions):
        left = qty
        for executions in (_this, _earlier):
            free = partial(executions, fill)
            room = min(left, sum((part.qty for part in parts if free(part)), ZERO))
            parts = take(parts, room, free, partial(_early, gain))
            left -= room
    return parts


def _due(fill: OrderFilled, portions: Portions) -> Iterator[tuple[Decimal, Decimal]]:
    """Give gains, and how many shares this fill adds to what leaves there. The fills before it have had theirs."""
    before = fill.cum_qty - fill.qty
    for gain, share in portions:
        yield gain, _whole(fill.cum_qty * share) - _whole(before * share)


def _whole(qty: Decimal) -> Decimal:
    return qty.to_integral_value(ROUND_FLOOR)


def _this(fill: OrderFilled, part: Part) -> bool:
    return part.execution_id == fill.execution_id and not part.early


def _earlier(fill: OrderFilled, part: Part) -> bool:
    order, _, _ = part.execution_id.rpartition("-")
    staying = part.leaving is None and not part.early
    return order == fill.client_order_id and part.execution_id != fill.execution_id and staying


def _early(gain: Decimal, part: Part) -> Part:
    # What rests for them has another target: it is taken back, as it is for more shares than it covers now.
    because = ExitReason.REMAINDER if part.order else part.because
    target = round_to_tick(part.entry_price * (1 + gain))
    return replace(part, target_price=target, early=True, order="", because=because)
