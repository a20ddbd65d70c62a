"""What everything held and promised is worth, kept as sums: of all and of each sector, at the newest prices."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from risk.candidate import Answer
from risk.state import ZERO, Position, State


def count(state: State, symbol: str) -> None:
    """Take a position into the sums as it is now, in place of what was counted of it before."""
    position = state.positions[symbol]
    before, now = position.counted, position.worth(position.mark) if position.is_open else None
    state.slots += (now is not None) - (before is not None)
    _add(state, state.sectors.get(symbol, ""), (now or ZERO) - (before or ZERO))
    position.counted = now
    if position.is_open and not position.mark:
        state.unpriced[symbol] = True
    else:
        state.unpriced.pop(symbol, None)


def count_all(state: State) -> None:
    """Sum up from nothing, as when the sectors have changed."""
    state.slots, state.gross, state.by_sector, state.unpriced = 0, ZERO, {}, {}
    for symbol in sorted(state.positions):
        state.positions[symbol].counted = None
        count(state, symbol)


def grown(total: Decimal, position: Position, price: Decimal, cost: Decimal) -> Decimal:
    """Say what a sum that holds this position would be with an order of this cost, the position at this price."""
    return total - (position.counted or ZERO) + position.worth(price) + cost


def no_price(symbols: Iterable[str], limit: str) -> Answer:
    """Answer where something counts that nobody has named a price for; the feed follows what is held or ordered."""
    reason = f"no price is known for {', '.join(symbols)}"
    return Answer(passed=False, value="unknown", limit=limit, reason=reason, pending=True)


def _add(state: State, sector: str, change: Decimal) -> None:
    if change:
        state.gross += change
        state.by_sector[sector] = state.by_sector.get(sector, ZERO) + change
