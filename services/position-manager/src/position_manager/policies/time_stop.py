"""Leave what has been held longer than the policy's days."""

from __future__ import annotations

from datetime import timedelta

from contracts.exits import ExitReason
from position_manager.state import Market, Part, Position


def time_stop(_: Part, position: Position, market: Market) -> ExitReason | None:
    """Days are days of market time, nights and weekends included; it sells only while the market is open."""
    if market.now is None or not market.is_open:
        return None
    too_long = market.now - position.opened > timedelta(days=market.policy.max_days)
    return ExitReason.TIME_STOP if too_long else None
