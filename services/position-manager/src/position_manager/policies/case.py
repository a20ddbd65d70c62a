"""What a policy sees, and what it may answer."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import TypeAlias

from msgspec import Struct

from contracts.exits import ExitReason
from contracts.limits import Limits
from position_manager.book.position import Part, Position
from position_manager.market import Market


class Case(Struct, frozen=True):
    """Shares, the position that they belong to, the market, and the numbers that hold for them."""

    part: Part
    position: Position
    market: Market
    limits: Limits


def case_of(part: Part, position: Position, market: Market, account: str) -> Case:
    return Case(part, position, market, market.limits_of(account, position.symbol, part.strategy))


class Watch(Struct, frozen=True):
    """Leave once the price is `low` or below, or `high` or above. Between the two nothing is done."""

    reason: ExitReason
    low: float = -inf
    high: float = inf

    def says(self, price: float) -> ExitReason | None:
        """Judge a price; 0 is none."""
        return self.reason if price and not self.low < price < self.high else None


Policy: TypeAlias = Callable[[Case], Watch | ExitReason | None]
"""Gives the prices at which shares are left, or the reason to leave at any, or None: no price is reason enough."""
