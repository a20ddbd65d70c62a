"""Leave a fraction whose target is reached: the broker rests only its stop."""

from __future__ import annotations

from contracts.exits import ExitReason
from position_manager.state import Market, Part, Position


def watched_target(part: Part, position: Position, market: Market) -> ExitReason | None:
    if part.whole or position.quote is None or not market.is_open:
        return None
    return ExitReason.TARGET if position.quote.bid >= float(part.target_price) else None
