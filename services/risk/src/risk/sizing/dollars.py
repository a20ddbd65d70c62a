"""Always the same number of dollars."""

from __future__ import annotations

from risk.sizing.amounts import Dollars, Wish


def dollars(wish: Wish) -> Dollars:
    return Dollars(wish.state.limits.entry_dollars)
