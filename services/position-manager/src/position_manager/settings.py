"""What people set, taken into what is the same for all positions."""

from __future__ import annotations

from copy import deepcopy
from datetime import date

from msgspec.structs import replace

from contracts import layers
from contracts.control import EarningsSet, ExitPolicySet, LimitsSet
from contracts.limits import Limits
from contracts.market import Tick
from position_manager.market import Market
from position_manager.splits import announced as splits


def after(market: Market, fact: LimitsSet | ExitPolicySet | EarningsSet, account: str) -> Market:
    if isinstance(fact, EarningsSet):
        return replace(market, earnings=_by_symbol(fact))
    # Markets are values, a layer is changed in place.
    changed = deepcopy(market.layers)
    layers.set_limits(changed, fact if isinstance(fact, LimitsSet) else layers.of_policy(fact))
    return replace(market, layers=changed, limits=layers.effective(changed, Limits(), account))


def ticked(market: Market, tick: Tick) -> Market:
    ended = market.next_close if market.next_close and market.next_close <= tick.at else market.last_close
    return replace(
        market, now=tick.at, is_open=tick.is_open, next_open=tick.next_open, next_close=tick.next_close,
        last_close=ended, splits=splits.opened(market.splits, splits.day(tick.at)) if tick.is_open else market.splits,
    )  # fmt: skip


def _by_symbol(fact: EarningsSet) -> dict[str, tuple[date, ...]]:
    found = dict[str, tuple[date, ...]]()
    for one in fact.earnings:
        found[one.symbol] = (*found.get(one.symbol, ()), one.day)
    return found
