"""What the market says, taken into the state: time, prices, what may be traded."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import structs

from contracts.market import AssetReported, Quote, Tick, TradingStatus, mark
from contracts.previews import PreviewAsked
from contracts.values import round_to_tick
from risk import control, ledger, splits, trips
from risk.state import State

# A share of the dearest stock costs less than a million dollars; a quote beyond this is broken.
_DEAREST = 10_000_000

# The feed tells of a halt that stands twice a day. One of which it speaks no more, because it is there no more or
# another took its place, must not stand for ever.
_SPOKEN_OF = timedelta(days=1)

# Whoever names a symbol has its price and the broker's word on it told anew, so what is older serves nobody.
_KEPT = timedelta(days=2)


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
    if price := _price(Decimal(str(mark(quote)))):
        state.prices[quote.symbol] = price
        state.quotes[quote.symbol] = quote
        ledger.quoted(state, quote.symbol, price)


def _price(said: Decimal) -> Decimal | None:
    """Give what a share costs on the price grid; None where that makes no sense."""
    return round_to_tick(said) or None if said.is_finite() and 0 < said < _DEAREST else None


def _ticked(state: State, tick: Tick) -> None:
    if state.now is not None and state.now.date() != tick.at.date():
        _forget(state, tick.at - _KEPT)
    state.now, state.is_open, state.next_close = tick.at, tick.is_open, tick.next_close
    horizon = tick.at - timedelta(seconds=_longest_look_back(state))
    state.recent = {key: at for key, at in state.recent.items() if at > horizon}
    for name, waiting in state.waiting.items():
        state.waiting[name] = structs.replace(waiting, ticks=waiting.ticks + 1)
    control.lapse(state, tick.at)
    splits.ticked(state, tick)
    state.statuses = {symbol: status for symbol, status in state.statuses.items() if tick.at - status.at < _SPOKEN_OF}
    if tick.is_open:
        trips.ticked(state.trips, tick.at)


def _forget(state: State, horizon: datetime) -> None:
    """Drop what nobody has spoken of since; positions keep the price that they were marked at."""
    state.assets = {symbol: asset for symbol, asset in state.assets.items() if asset.at > horizon}
    state.quotes = {symbol: quote for symbol, quote in state.quotes.items() if quote.at > horizon}
    state.prices = {symbol: price for symbol, price in state.prices.items() if symbol in state.quotes}


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
    """Give the state as it would be at the price that was asked about; one that makes no sense is not looked at."""
    price = None if asked.price is None else _price(asked.price)
    if price is None:
        return state
    symbol, at = asked.signal.symbol, state.now or asked.signal.at
    quote = Quote(symbol=symbol, bid=float(price), ask=float(price), last=float(price), at=at)
    return structs.replace(state, prices={**state.prices, symbol: price}, quotes={**state.quotes, symbol: quote})
