"""What the market says, taken into the state: time, prices, what may be traded."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from msgspec import structs

from contracts.market import AssetReported, Quote, Tick, TradingStatus, mark
from contracts.previews import PreviewAsked
from contracts.values import round_to_tick
from risk import control, ledger, trips
from risk.state import State

# A share of the dearest stock costs less than a million dollars; a quote beyond this is broken.
_DEAREST = 10_000_000

# The feed tells of a halt that stands twice a day. One of which it speaks no more, because it is there no more or
# another took its place, must not stand for ever.
_SPOKEN_OF = timedelta(days=1)


def heard(state: State, fact: Quote | Tick | AssetReported | TradingStatus) -> None:
    match fact:
        case Quote():
            _quoted(state, fact)
        case Tick():
            _ticked(state, fact)
        case AssetReported():
            state.assets[fact.symbol] = fact
        case TradingStatus():
            _status_changed(state, fact)


def _quoted(state: State, quote: Quote) -> None:
    if 0 < mark(quote) < _DEAREST and (price := round_to_tick(Decimal(str(mark(quote))))) > 0:
        state.prices[quote.symbol] = price
        state.quotes[quote.symbol] = quote
        ledger.quoted(state, quote.symbol, price)


def _ticked(state: State, tick: Tick) -> None:
    state.now, state.is_open, state.next_close = tick.at, tick.is_open, tick.next_close
    horizon = tick.at - timedelta(seconds=_longest_look_back(state))
    state.recent = {key: at for key, at in state.recent.items() if at > horizon}
    for name, waiting in state.waiting.items():
        state.waiting[name] = structs.replace(waiting, ticks=waiting.ticks + 1)
    control.lapse(state, tick.at)
    state.statuses = {symbol: status for symbol, status in state.statuses.items() if tick.at - status.at < _SPOKEN_OF}
    if tick.is_open:
        trips.ticked(state.trips, tick.at)


def _longest_look_back(state: State) -> float:
    """Give how far back a duplicate may lie; a strategy or a symbol may look further than its account."""
    narrower = (one.values.duplicate_seconds for one in state.layers.values() if "duplicate_seconds" in one.origins)
    return max(state.limits.duplicate_seconds, *narrower, 0)


def _status_changed(state: State, status: TradingStatus) -> None:
    if status.halted:
        state.statuses[status.symbol] = status
    else:
        state.statuses.pop(status.symbol, None)


def supposing(state: State, asked: PreviewAsked) -> State:
    """Give the state as it would be at the price that was asked about."""
    if asked.price is None:
        return state
    symbol, price = asked.signal.symbol, float(asked.price)
    quote = Quote(symbol=symbol, bid=price, ask=price, last=price, at=state.now or asked.signal.at)
    return structs.replace(state, prices={**state.prices, symbol: asked.price}, quotes={**state.quotes, symbol: quote})
