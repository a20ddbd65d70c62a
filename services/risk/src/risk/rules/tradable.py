"""Only what the broker trades is bought."""

from __future__ import annotations

from msgspec import structs

from contracts.market import AssetReported
from risk.candidate import Answer, Candidate
from risk.example import ASSET, Example, moment
from risk.state import State

LIMITS = ()
CURE = "Check the symbol. What the broker does not trade today it may trade again tomorrow, when it is asked anew."

# Alpaca's word; a broker without one says nothing.
_IN_USE = ("active", "")


def tradable(state: State, candidate: Candidate) -> Answer:
    """Go by what the broker says of the symbol, which it is asked once a day when a signal or a preview names it.

    Whether it can be sold short is not asked: a SELL leaves a position and never opens a short one.
    """
    symbol = candidate.signal.symbol
    asset = state.assets.get(symbol)
    if asset is None:
        reason = f"the broker has not said yet whether {symbol} may be traded"
        return Answer(passed=False, value="unknown", limit="tradable", reason=reason, pending=True)
    value = _standing(asset)
    return Answer(value == "tradable", value, "tradable", f"the broker says that {symbol} is {value}")


def _standing(asset: AssetReported) -> str:
    if not asset.known:
        return "not known"
    if asset.status not in _IN_USE:
        return asset.status
    return "tradable" if asset.tradable else "not tradable"


def broken() -> Example:
    return Example(moment(assets={"AAPL": structs.replace(ASSET, tradable=False)}))
