"""Leave what no stop can protect any more: the broker rejected it and the price is already beyond it."""

from __future__ import annotations

from contracts.exits import ExitReason
from position_manager.state import Market, Part, Position


def rejected_stop(part: Part, position: Position, _: Market) -> ExitReason | None:
    """Judge by the bid; where it is empty, the last trade says what there is to know of the price."""
    if part.because is not ExitReason.PROTECTION_REJECTED or part.order or position.quote is None:
        return None
    price = position.quote.bid or position.quote.last
    return ExitReason.PROTECTION_REJECTED if 0 < price <= float(part.stop_price) else None
