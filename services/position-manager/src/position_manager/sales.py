"""How shares are sold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from contracts.exits import ClosePosition, ExitReason
from contracts.orders import Purpose
from position_manager.state import Position


def closing(position: Position, leaving: dict[str, ExitReason], account: str, at: datetime) -> Iterator[ClosePosition]:
    ready = [part for part in position.parts if part.part_id in leaving and not part.order]
    # What failed before waits for its tick, unless something else is sold now: then it goes along.
    if all(part.wait and part.closes for part in ready) or _cancels_under_way(position, leaving):
        return
    first = ready[0]
    yield ClosePosition(
        exit_id=first.next_id,
        account=account,
        symbol=position.symbol,
        qty=sum((part.qty for part in ready), Decimal(0)),
        reason=ExitReason.REMAINDER if first.closes else leaving[first.part_id],
        cause_id=first.approval_id or first.execution_id,
        at=at,
    )


def _cancels_under_way(position: Position, leaving: dict[str, ExitReason]) -> bool:
    """Say whether more shares are about to come free for the same sale. An order in doubt is not waited for."""
    orders = {p.order for p in position.parts if p.order and p.part_id in leaving}
    found = (order for exit_id in orders if (order := position.orders.get(exit_id)))
    return any(order.purpose is Purpose.PROTECT and order.known for order in found)
