"""No sector may take more than its share of the equity."""

from __future__ import annotations

from decimal import Decimal

from contracts.limits import Limits
from contracts.values import plain
from risk.candidate import UNKNOWN, Answer, Candidate
from risk.example import Example, moment
from risk.exposure import grown, no_price
from risk.state import ZERO, State

LIMITS = ("max_sector_fraction",)
CURE = "Enter less, leave something of the same sector, or raise the limit. SECTORS_FILE says what belongs to which."


def sector_exposure(state: State, candidate: Candidate) -> Answer:
    """Count what is held and may yet be bought in the symbol's sector, with this order, at the prices now."""
    if candidate.price is None or state.snapshot is None:
        return UNKNOWN
    symbol, fraction = candidate.signal.symbol, state.limits.max_sector_fraction
    sector, limit = state.sectors.get(symbol, ""), fraction * state.snapshot.equity
    if not fraction:
        return Answer(passed=True, value=sector or "no sector", limit="none", reason="")
    if not sector:
        reason = f"{symbol} belongs to no sector; name it in SECTORS_FILE, as a line {symbol},its sector"
        return Answer(passed=False, value="no sector", limit=plain(limit), reason=reason)
    if found := [one for one in state.unpriced if state.sectors.get(one) == sector]:
        return no_price(found, plain(limit))
    value = grown(state.by_sector.get(sector, ZERO), state.position(symbol), candidate.price, candidate.cost)
    reason = f"{sector} would be {plain(value)} dollars, more than {plain(limit)}"
    return Answer(value <= limit, plain(value), plain(limit), reason)


def broken() -> Example:
    limits, sectors = Limits(max_sector_fraction=Decimal("0.2")), {"AAPL": "technology", "MSFT": "technology"}
    return Example(moment(limits=limits, sectors=sectors, by_sector={"technology": Decimal(19_950)}))
