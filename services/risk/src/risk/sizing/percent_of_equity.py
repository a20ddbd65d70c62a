"""Always the same part of what the account is worth."""

from __future__ import annotations

from risk.sizing.amounts import DOWN, Dollars, Wish


def percent_of_equity(wish: Wish) -> Dollars:
    return Dollars(DOWN.multiply(wish.state.limits.percent_of_equity, wish.account.equity))
