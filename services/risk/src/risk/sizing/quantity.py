"""Always the same number of shares."""

from __future__ import annotations

from risk.sizing.amounts import Shares, Wish


def quantity(wish: Wish) -> Shares:
    return Shares(wish.state.limits.default_quantity)
